// Lines in the usual form are read in one pass (LineReader::next_plain, Mapper::add_plain), all others in general
// ways. A zero in front of the code keeps its meaning and makes a line unusual: both must give the same, whatever is
// in the lines.

#include <gtest/gtest.h>

#include <sstream>

#include "unit/support.hpp"

namespace vscp_p1 {
namespace {

std::string with_unusual_codes(std::string_view body) {
  std::string text;
  for (const auto& line : test::split(body, '\n')) {
    const bool is_header = text.empty();
    if (!is_header && parse_obis_prefix(line)) text += '0';
    text += line + '\n';
  }
  text.pop_back();
  return text;
}

std::string show(const Decimal& value) {
  return std::to_string(value.mantissa) + 'e' + std::to_string(static_cast<int>(value.exponent));
}

void show(std::ostream& out, std::span<const Reading> readings) {
  for (const auto& r : readings) {
    out << r.quantity << ' ' << ObisText(r.code).view() << ' ' << show(r.value) << ' ' << r.type << '/'
        << static_cast<int>(r.unit) << ' ' << r.time.seconds << '.' << r.time.microseconds << ' ' << show(r.number)
        << " [" << r.digits << "] " << (r.wire_unit == nullptr ? "-" : r.wire_unit->name) << ' ' << r.is_entry
        << '\n';
  }
}

// All that a mapper tells of a telegram.
std::string told(Mapper& mapper, std::string_view body) {
  std::ostringstream out;
  const auto mapping = mapper.map(body, test::host_now);
  out << mapping.lines << ' ' << mapping.header << ' ' << mapping.meter << ' ' << mapping.time.seconds << '\n';
  show(out, mapping.readings);
  show(out << "measured\n", mapping.measured);
  for (const auto& s : mapping.states) out << "state " << s.quantity << ' ' << s.text << '\n';
  for (const auto& h : mapping.held)
    out << "held " << h.quantity << ' ' << show(h.value) << show(h.last_good) << '\n';
  for (const auto& d : mapping.devices) out << "device " << d.type << ' ' << d.id << '\n';
  for (const auto count : mapper.skipped()) out << count << ' ';
  for (const auto& u : mapper.unknown()) out << ObisText(u.code).view() << 'x' << u.lines << ' ';
  return out.str();
}

// One edit: a character or a line more, less or another, or a piece of what matters in lines.
void edit(std::string& text, std::mt19937& random) {
  static const auto pieces = std::to_array<std::string_view>({"*kWh",
                                                              "*W",
                                                              "*KW",
                                                              "*kVArh",
                                                              "*V",
                                                              "*",
                                                              "()",
                                                              "((",
                                                              "))",
                                                              "(0)",
                                                              "\n",
                                                              "\r\n",
                                                              "\r\n(",
                                                              " ",
                                                              "-",
                                                              ".",
                                                              "0",
                                                              "12345678",
                                                              "123456789012",
                                                              "0-0:1.0.0(230101120000W)\r\n",
                                                              "0-1:24.1.0(003)\r\n",
                                                              "1-0:1.8.0(000001.5*kWh)\r\n",
                                                              "1-0:1.7.0(1)\r\n",
                                                              "(230101120000W)",
                                                              "*255",
                                                              "\xDB",
                                                              "\xB0"
                                                              "C"});
  const auto below = [&random](std::size_t limit) { return limit == 0 ? 0 : random() % limit; };
  const auto at = below(text.size());
  switch (below(5)) {
    case 0: text[at] = pieces[below(pieces.size())].back(); break;
    case 1: text.erase(at, 1 + below(3)); break;
    case 2: text.insert(at, pieces[below(pieces.size())]); break;
    case 3: text.insert(std::min(text.find('\n', at), text.size() - 1) + 1, pieces[below(pieces.size())]); break;
    default: {
      const auto begin = text.find('\n', at);
      const auto end = begin == std::string::npos ? begin : text.find('\n', begin + 1);
      if (end != std::string::npos) text.insert(text.find('\n') + 1, text.substr(begin + 1, end - begin));
    }
  }
}

Settings settings_of(std::mt19937& random) {
  Settings settings;
  settings.totals = random() % 2 == 0;
  settings.skip_zero = random() % 4 == 0;
  settings.send[random() % settings.send.size()] = random() % 4 != 0;
  if (random() % 4 == 0) settings.quantities.edit(random() % quantities.size()).scale = {15, -1};
  if (random() % 4 == 0) {
    auto& own = settings.quantities.edit(random() % detail::meter_quantities.size());
    own.obis = "1-0:21.7.0"_obis;
    own.has_own_code = true;
  }
  return settings;
}

std::vector<std::string> bodies() {
  std::vector<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator(SOURCE_DIR "/tests/data")) {
    if (entry.path().extension() != ".txt") continue;
    const auto stream = test::read_file(entry.path());
    const auto begin = std::min(stream.find('/'), stream.size());
    all.push_back(stream.substr(begin, std::min(stream.rfind('!'), stream.size()) - begin));
  }
  return all;
}

TEST(UsualLines, give_what_unusual_ones_give) {
#ifdef __SANITIZE_ADDRESS__
  constexpr std::uint32_t rounds = 5;
#else
  constexpr std::uint32_t rounds = 40;
#endif
  for (const auto& body : bodies()) {
    for (std::uint32_t seed = 0; seed < rounds; ++seed) {
      std::mt19937 random(seed);
      const auto settings = settings_of(random);
      Mapper usual(settings, {}), unusual(settings, {});
      auto text = body;
      for (int telegram = 0; telegram < 4; ++telegram) {
        const auto other = with_unusual_codes(text);
        ASSERT_EQ(told(usual, text), told(unusual, other)) << "seed " << seed << ", telegram " << telegram << ":\n"
                                                           << text;
        for (auto edits = random() % 4; edits > 0; --edits) edit(text, random);
      }
    }
  }
}

}  // namespace
}  // namespace vscp_p1
