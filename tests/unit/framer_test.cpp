#include "vscp_p1/framer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/support.hpp"

namespace vscp_p1 {
namespace {

using test::Frames;
using test::frames_of;
using test::with_crc;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string body = "/EXA5\\meter\r\n\r\n1-0:1.8.0(000001.234*kWh)\r\n1-0:1.7.0(00.567*kW)\r\n";
const std::string good = with_crc(body);
const std::string plain = body + "!\r\n";

// The telegram with the digits of its CRC in lower case.
std::string lower_crc(std::string text) {
  for (auto i = text.rfind('!'); i < text.size(); ++i) {
    if (text[i] >= 'A' && text[i] <= 'F') text[i] = static_cast<char>(text[i] - 'A' + 'a');
  }
  return text;
}

// The body with a salt in its header so that the CRC begins with a zero digit or has a letter in it.
template <class Wanted>
std::string telegram_whose_crc(Wanted wanted) {
  for (int salt = 0; salt < 100'000; ++salt) {
    const auto text = with_crc("/EXA5\\" + std::to_string(salt) + body.substr(11));
    if (wanted(crc16_arc(text.substr(0, text.find('!') + 1)))) return text;
  }
  return {};
}

TEST(Framer, gives_body_and_text_as_received) {
  const auto frames = frames_of(good);
  ASSERT_THAT(frames.bodies, ElementsAre(body));
  EXPECT_THAT(frames.texts, ElementsAre(good));
  EXPECT_THAT(frames.drops, IsEmpty());
}

TEST(Framer, the_text_is_all_of_the_telegram_and_nothing_else) {
  struct Case {
    std::string_view name;
    std::string stream;
    std::vector<std::string> texts;
  };
  const std::string no_line_end = good.substr(0, good.size() - 2);
  const std::string lf_only = body + "!\n";
  const std::string no_end_mark = "/EXA5\\m\r\n\r\n1-0:1.8.1(00001.000*kWh)\r\n0-1:24.4.0(1)\r\n";
  const Case cases[] = {
      {"two", good + good, {good, good}},
      {"noise around", "x\r\n" + good + "\r\n\r\ny\r\n" + good, {good, good}},
      {"without CRC", plain + good, {plain, good}},
      {"LF", lf_only + good, {lf_only, good}},
      {"blanks behind the CRC", no_line_end + "  \r\n" + good, {no_line_end + "  \r\n", good}},
      {"header right behind the CRC", no_line_end + good, {no_line_end, good}},
      {"end of the stream behind the CRC", good + no_line_end, {good, no_line_end}},
      {"no end mark", no_end_mark + good, {no_end_mark, good}},
      {"damaged between", good + body + "!0000\r\n" + good, {good, good}},
      {"cut, then whole", body.substr(0, 40) + good, {good}},
  };
  for (const auto& c : cases) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{13}, c.stream.size()}) {
      Framer framer;
      Frames frames;
      for (std::string_view rest = c.stream; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size())))
        framer.feed(rest.substr(0, piece), frames);
      framer.finish(frames);
      EXPECT_EQ(frames.texts, c.texts) << c.name << ", in pieces of " << piece;
    }
  }
}

TEST(Framer, the_text_at_a_pause_is_what_has_come) {
  const std::string no_line_end = good.substr(0, good.size() - 2);
  Framer framer;
  Frames frames;
  framer.feed(no_line_end, frames);
  framer.pause(frames);
  framer.feed("\r\n" + good, frames);
  EXPECT_THAT(frames.texts, ElementsAre(no_line_end, good));
  EXPECT_THAT(frames.drops, IsEmpty());
}

TEST(Framer, crc_check_decides) {
  struct Case {
    std::string name, stream;
    CrcCheck check;
    std::string_view expected;  // "" for a telegram, else the reason
  };
  const std::string wrong = body + "!0000\r\n";
  const Case cases[] = {
      {"good", good, CrcCheck::automatic, ""},
      {"good", good, CrcCheck::required, ""},
      {"good", good, CrcCheck::off, ""},
      {"none", plain, CrcCheck::automatic, ""},
      {"none", plain, CrcCheck::required, "CRC missing"},
      {"none", plain, CrcCheck::off, ""},
      {"wrong", wrong, CrcCheck::automatic, "CRC mismatch"},
      {"wrong", wrong, CrcCheck::required, "CRC mismatch"},
      {"wrong", wrong, CrcCheck::off, ""},
      {"not hex", body + "!WXYZ\r\n", CrcCheck::automatic, "CRC malformed"},
      {"a word", body + "!WRONG\r\n", CrcCheck::automatic, "CRC malformed"},
      {"five digits", body + "!ABCDE\r\n", CrcCheck::automatic, "CRC malformed"},
      {"sign", body + "!-123\r\n", CrcCheck::automatic, "CRC malformed"},
      {"prefix", body + "!0x12\r\n", CrcCheck::automatic, "CRC malformed"},
      {"malformed", body + "!WXYZ\r\n", CrcCheck::off, ""},
      {"cut", good.substr(0, good.size() - 3) + "\r\n", CrcCheck::automatic, "CRC mismatch"},
  };
  for (const auto& c : cases) {
    const auto frames = frames_of(c.stream, c.check);
    const auto found = frames.drops.empty() ? std::string() : frames.drops[0];
    EXPECT_EQ(found, c.expected) << c.name << " with check " << static_cast<int>(c.check);
    EXPECT_EQ(frames.bodies.size(), c.expected.empty() ? 1U : 0U) << c.name;
    EXPECT_LE(frames.drops.size(), 1U) << c.name << ": one stretch, one reason";
  }
}

TEST(Framer, the_check_may_change_inside_a_telegram) {
  Framer framer(CrcCheck::required);
  std::vector<std::string> found;
  const auto note = [&found](const Result<Telegram>& result) {
    found.emplace_back(result ? result->body : message(result.error()));
  };
  framer.feed(plain.substr(0, 30), note);
  framer.set_crc_check(CrcCheck::off);
  framer.feed(plain.substr(30), note);
  framer.set_crc_check(CrcCheck::required);
  framer.feed(plain, note);
  EXPECT_THAT(found, ElementsAre(body, "CRC missing"));
}

TEST(Framer, crc_in_lower_case_or_without_leading_zeros) {
  const auto with_letter = telegram_whose_crc([](unsigned crc) { return (crc & 0xF) > 9; });
  EXPECT_EQ(frames_of(lower_crc(with_letter)).order, "t") << lower_crc(with_letter);
  for (const int zeros : {1, 2}) {
    const auto text = telegram_whose_crc([&](unsigned crc) { return crc >> (16 - 4 * zeros) == 0; });
    const auto mark = text.find('!');
    const auto shorter = text.substr(0, mark + 1) + text.substr(mark + 1 + static_cast<std::size_t>(zeros));
    EXPECT_EQ(frames_of(shorter).order, "t") << shorter;
  }
}

TEST(Framer, line_ends_and_padding_around_telegrams_are_no_noise) {
  for (const std::string& padding :
       {std::string("\r\n"), std::string("\n\n"), std::string(21, '\0'), std::string(" ")}) {
    const auto frames = frames_of(padding + good + padding + good + padding);
    EXPECT_EQ(frames.order, "tt") << "padding " << test::hex(padding);
  }
}

TEST(Framer, noise_between_telegrams_is_one_stretch_each) {
  const auto frames = frames_of("abc\r\ndef" + good + "0123\xff\xff\r\nxyz\r\n" + good);
  EXPECT_EQ(frames.order, "ntnt");
}

TEST(Framer, resynchronises) {
  struct Case {
    std::string name, stream, order, first_drop;
  };
  const std::string cut = "telegram cut short";
  const Case cases[] = {
      {"cut in a value, then a new one", body.substr(0, body.size() - 9) + good, "dt", cut},
      {"cut behind a line", body + good, "dt", cut},
      {"cut in the header", "/EXA" + good, "dt", cut},
      {"lone slash", "/" + good, "dt", cut},
      {"cut checksum", good.substr(0, good.size() - 4) + good, "dt", "CRC mismatch"},
      {"cut behind the end mark", body + "!" + good, "tt", ""},  // as DSMR 2.2 ends
      {"slash inside a value", body + "0-0:96.13.0(a/b)\r\n/" + good.substr(1), "dt", cut},
      {"bad CRC, then good", body + "!0001\r\n" + good, "dt", "CRC mismatch"},
      {"header in mid-line", "/EXA5\\meter\r\n\r\n1-0:1.7.0(00.321*k" + good, "dt", cut},
      {"header in mid-line twice", "/EXA5\\m\r\n\r\n1-0:1.7.0(00.3" + ("/EXA5\\m\r\n1-0:1" + good), "dt", cut},
      {"NUL inside", "/EXA5\\m\r\n" + std::string(5, '\0') + good, "dt", cut},
      {"end mark alone", "!\r\n" + good, "nt", "noise between telegrams"},
      {"end mark and digits", "!1234\r\n" + good, "nt", "noise between telegrams"},
  };
  for (const auto& c : cases) {
    const auto frames = frames_of(c.stream);
    // several stretches may be dropped, but the good telegram comes once and last
    ASSERT_FALSE(frames.bodies.empty()) << c.name << ": the good telegram is lost";
    EXPECT_EQ(frames.bodies.back(), body) << c.name;
    EXPECT_EQ(std::count(frames.order.begin(), frames.order.end(), 't'),
              std::count(c.order.begin(), c.order.end(), 't'))
        << c.name << ": " << frames.order;
    EXPECT_EQ(frames.drops.empty() ? "" : frames.drops[0], c.first_drop) << c.name;
  }
}

TEST(Framer, slash_in_a_line_of_a_good_telegram_stays) {
  for (const std::string_view line :
       {"0-0:96.13.0(http://example.org/x)", "0-0:96.1.0(a/b)", "0-0:96.13.0(/EXA5 in a text)", "half/line"}) {
    const auto text = with_crc(body + std::string(line) + "\r\n");
    EXPECT_EQ(frames_of(text + text).order, "tt") << line;
  }
  const auto header = with_crc("/EXA5/with/slashes" + body.substr(11));
  EXPECT_EQ(frames_of(header).order, "t") << "slashes in the header";
  const auto header_alone = "/EXA5/with/slashes" + plain.substr(11);
  EXPECT_EQ(frames_of(header_alone).order, "t") << "slashes in the header, no CRC";
}

TEST(Framer, end_mark_is_found_where_it_ends) {
  const std::string in_header = "/EXA5!METER\r\n\r\n1-0:1.8.0(1*kWh)\r\n";
  EXPECT_THAT(frames_of(with_crc(in_header)).bodies, ElementsAre(in_header));
  const std::string in_value = "/EXA5\\m\r\n\r\n0-0:96.13.0(hey! you)\r\n1-0:1.8.0(1*kWh)\r\n";
  EXPECT_THAT(frames_of(with_crc(in_value)).bodies, ElementsAre(in_value));
  const std::string same_line = "/EXA5\\m\r\n\r\n1-0:1.8.0(1*kWh)";  // Aidon's printed examples
  EXPECT_THAT(frames_of(with_crc(same_line)).bodies, ElementsAre(same_line));
  EXPECT_THAT(frames_of(same_line + "!\r\n").bodies, ElementsAre(same_line));
}

TEST(Framer, any_line_end_will_do) {
  std::string unix_body;
  for (const char c : body) {
    if (c != '\r') unix_body += c;
  }
  EXPECT_THAT(frames_of(with_crc(unix_body)).bodies, ElementsAre(unix_body));
  EXPECT_THAT(frames_of(unix_body + "!\n").bodies, ElementsAre(unix_body));
}

TEST(Framer, a_64_KiB_telegram_passes) {
  std::string large = "/EXA5\\meter\r\n\r\n";
  while (large.size() < 65'536) large += "0-0:96.13.0(" + std::string(1000, '3') + ")\r\n";
  const auto text = with_crc(large);
  EXPECT_THAT(frames_of(text).bodies, ElementsAre(large));
  const auto one_line = with_crc("/EXA5\\meter\r\n\r\n0-0:96.13.0(" + std::string(65'536, '3') + ")\r\n");
  EXPECT_EQ(frames_of(one_line + good).order, "tt") << "a single line of 64 KiB";
}

TEST(Framer, limit_is_kept_and_the_next_telegram_comes) {
  constexpr std::size_t limit = 256;
  struct Case {
    std::string name, stream;
  };
  const std::string line = "0-0:96.13.0(" + std::string(1000, '3') + ")\r\n";
  const Case cases[] = {
      {"one overlong line", "/EXA5\\m\r\n" + line},
      {"overlong line without an end", "/EXA5\\m\r\n" + std::string(10 * limit, 'x')},
      {"many lines", "/EXA5\\m\r\n" + std::string(500, '\n')},
      {"header without an end", "/" + std::string(3000, 'x') + "\r\n"},
      {"exactly the limit", "/" + std::string(limit - 1, 'x')},
  };
  for (const auto& c : cases) {
    const auto frames = frames_of(c.stream + good, CrcCheck::automatic, limit);
    ASSERT_THAT(frames.bodies, ElementsAre(body)) << c.name << ": " << frames.order;
    EXPECT_EQ(frames.drops[0], "telegram too long") << c.name;
  }
}

TEST(Framer, overflow_keeps_the_head_of_a_telegram_that_began_inside_a_line) {
  const std::size_t limit = good.size() + 10;
  for (std::size_t length = 1; length < 2 * limit; ++length) {
    const std::string cut = "/EXA5\\m\r\n1-0:1.7.0(" + std::string(length, '3');
    const auto frames = frames_of(cut + good, CrcCheck::automatic, limit);
    ASSERT_THAT(frames.bodies, ElementsAre(body)) << length << " digits before: " << frames.order;
  }
}

TEST(Framer, overflow_of_the_default_limit) {
  const std::string stream = "/EXA5\\m\r\n0-0:96.13.0(" + std::string(Framer::default_limit * 3, '3') + ")\r\n";
  const auto frames = frames_of(stream + good);
  ASSERT_THAT(frames.bodies, ElementsAre(body));
  EXPECT_EQ(frames.drops[0], "telegram too long");
}

// Some DSMR 2.2 meters send no '!' (facts: Iskra MT382); their last line is the valve of the gas meter.
TEST(Framer, a_telegram_may_lack_its_end_mark_where_nothing_else_is_missing) {
  const std::string old = "/ISk5\\2MT382-1000\r\n\r\n1-0:1.8.1(00001.001*kWh)\r\n0-1:24.4.0(1)\r\n";
  const std::string newer = "/ISk5\\2MT382-1000\r\n\r\n1-3:0.2.8(50)\r\n0-1:24.4.0(1)\r\n";
  const std::string cut = "/ISk5\\2MT382-1000\r\n\r\n1-0:1.8.1(00001.001*kWh)\r\n";
  EXPECT_THAT(frames_of(old + good).bodies, ElementsAre(old, body)) << "at the next header";
  EXPECT_THAT(frames_of(old + newer + "!\r\n").bodies, ElementsAre(old, newer)) << "whatever follows";
  EXPECT_THAT(frames_of(old, CrcCheck::automatic, Framer::default_limit, true).bodies, ElementsAre(old));
  EXPECT_THAT(frames_of(newer + good).bodies, ElementsAre(body)) << "a version means that a CRC is missing too";
  EXPECT_THAT(frames_of(cut + good).bodies, ElementsAre(body)) << "lines are missing";
  EXPECT_THAT(frames_of(old + good, CrcCheck::required).bodies, ElementsAre(body));
}

TEST(Framer, a_bare_end_mark_without_a_line_end_is_enough_where_no_crc_is_due) {
  const std::string old = "/ISk5\\2MT382-1000\r\n\r\n1-0:1.8.1(00001.001*kWh)\r\n";
  const std::string newer = "/EXA5\\m\r\n\r\n0-0:1.0.0(241121093015W)\r\n1-0:1.8.1(00001.001*kWh)\r\n";
  const auto at_end = [](const std::string& stream) {
    return frames_of(stream, CrcCheck::automatic, Framer::default_limit, true).bodies;
  };
  EXPECT_THAT(at_end(old + "!"), ElementsAre(old));
  EXPECT_THAT(at_end(newer + "!"), ElementsAre()) << "its CRC was cut off";
  EXPECT_THAT(at_end(newer + "!\r\n"), ElementsAre(newer)) << "a whole end line: this meter has no CRC";
  EXPECT_THAT(frames_of(old + "!" + good).bodies, ElementsAre(old, body));
  EXPECT_THAT(frames_of(newer + "!" + good).bodies, ElementsAre(body)) << "its CRC was lost";
}

TEST(Framer, a_pause_gives_what_is_complete_and_drops_nothing) {
  const auto after_pause = [](const std::string& stream) {
    Framer framer;
    std::string given;
    const auto sink = [&given](const Result<Telegram>& found) {
      given = found ? found->body : message(found.error());
    };
    framer.feed(stream, sink);
    framer.pause(sink);
    return given;
  };
  EXPECT_EQ(after_pause(good.substr(0, good.size() - 2)), body);
  EXPECT_EQ(after_pause(good.substr(0, good.size() - 3)), "") << "the CRC may go on";
  EXPECT_EQ(after_pause("/ISk5\\2MT382-1000\r\n\r\n0-1:24.4.0(1)\r\n"),
            "/ISk5\\2MT382-1000\r\n\r\n0-1:24.4.0(1)\r\n");
  EXPECT_EQ(after_pause("/ISk5\\2MT382-1000\r\n\r\n1-0:1.8.1(00001.0"), "");
}

TEST(Framer, finish_gives_what_is_complete) {
  struct Case {
    std::string name, stream, order;
  };
  const Case cases[] = {
      {"line end missing behind the CRC", good.substr(0, good.size() - 2), "t"},
      {"half a line end", good.substr(0, good.size() - 1), "t"},
      {"cut CRC", good.substr(0, good.size() - 4), "d"},
      {"no end mark", body, "d"},
      {"end mark without a line end where lines tell of no CRC", body + "!", "t"},
      {"noise", "garbage", "n"},
      {"nothing", "", ""},
      {"whole", good, "t"},
      {"padding behind", good + "\r\n" + std::string(3, '\0'), "t"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(frames_of(c.stream, CrcCheck::automatic, Framer::default_limit, true).order, c.order) << c.name;
  }
}

TEST(Framer, finish_and_reset_forget_everything) {
  for (const bool finish : {true, false}) {
    Framer framer;
    Frames ignored;
    framer.feed(body.substr(0, 40), ignored);
    finish ? framer.finish(ignored) : framer.reset();
    Frames frames;
    framer.feed(good, frames);
    EXPECT_EQ(frames.order, "t") << (finish ? "finish" : "reset");
  }
}

TEST(Framer, any_split_gives_the_same) {
  const std::string stream =
      "\xff\xfe" + body.substr(0, 45) + good + std::string(2, '\0') + plain + body + "!0000\r\n" + good;
  const auto whole = frames_of(stream);
  ASSERT_EQ(whole.order, "ndttdt");
  for (std::size_t piece = 1; piece < stream.size(); ++piece) {
    Framer framer;
    Frames frames;
    for (std::size_t begin = 0; begin < stream.size(); begin += piece)
      framer.feed(stream.substr(begin, piece), frames);
    ASSERT_EQ(frames.order, whole.order) << "pieces of " << piece;
    ASSERT_EQ(frames.bodies, whole.bodies) << "pieces of " << piece;
    ASSERT_EQ(frames.drops, whole.drops) << "pieces of " << piece;
  }
}

// ---- meters with a CRC of their own (p1.md 2.4 and 2.5)

std::string ended_with(std::string text, unsigned crc) {
  const std::array<char, 2> bytes = {static_cast<char>(crc >> 8), static_cast<char>(crc & 0xFF)};
  return text.append("!").append(test::hex({bytes.data(), bytes.size()})).append("\r\n");
}

TEST(Framer, crc_of_holley_and_of_the_slovenian_iskra) {
  const std::string holley = "/HLY5/D545-METER\r\n\r\n1-0:1.8.0(000001.234*kWh)\r\n";
  const std::string iskra = "/ISK9\\2M551T-200\r\n\r\n1-0:1.8.0(000001.234*kWh)\r\n";
  const std::string dutch_iskra = "/ISK5\\2M550T-1012\r\n\r\n1-0:1.8.0(000001.234*kWh)\r\n";
  const auto x25 = [](const std::string& text) { return crc16_x25(text + "!"); };
  struct Case {
    std::string_view name;
    std::string stream;
    CrcCheck check;
    std::string_view expected;  // "" for a telegram
  };
  constexpr std::string_view mismatch = "CRC mismatch";
  const Case cases[] = {
      {"Holley X25", ended_with(holley, x25(holley)), CrcCheck::automatic, ""},
      {"Holley X25", ended_with(holley, x25(holley)), CrcCheck::required, ""},
      {"Holley ARC", with_crc(holley), CrcCheck::automatic, ""},
      {"Holley, wrong", ended_with(holley, x25(holley) ^ 1U), CrcCheck::automatic, mismatch},
      {"Holley 0000", ended_with(holley, 0), CrcCheck::automatic, mismatch},
      {"another meter, X25", ended_with(body, x25(body)), CrcCheck::automatic, mismatch},
      {"ISK9 0000", ended_with(iskra, 0), CrcCheck::automatic, ""},
      {"ISK9 0000", ended_with(iskra, 0), CrcCheck::required, mismatch},
      {"ISK9 ARC", with_crc(iskra), CrcCheck::required, ""},
      {"ISK9, wrong", ended_with(iskra, 1), CrcCheck::automatic, mismatch},
      {"ISK5 0000", ended_with(dutch_iskra, 0), CrcCheck::automatic, mismatch},
      {"another meter, 0000", ended_with(body, 0), CrcCheck::automatic, mismatch},
  };
  for (const auto& c : cases) {
    const auto frames = frames_of(c.stream, c.check);
    EXPECT_EQ(frames.drops.empty() ? "" : frames.drops[0], c.expected)
        << c.name << (c.check == CrcCheck::required ? ", required" : ", auto");
    EXPECT_EQ(frames.bodies.size(), c.expected.empty() ? 1U : 0U) << c.name;
  }
}

TEST(Framer, header_with_a_slash_in_it_behind_noise) {
  const std::string holley = "/HLY5/D545-METER\r\n\r\n1-0:1.8.0(000001.234*kWh)\r\n";
  const auto x25 = ended_with(holley, crc16_x25(holley + "!"));
  const auto arc = with_crc("/EXA5/D545/1" + body.substr(11));
  for (const std::string_view noise :
       {"\xff\xfe", "abc", "ab/cd", "/", "//", "1-0:1.7.0(00.3", "/EXA5\\m\r\n1-0:1.7.0(00.3",
        "/EXA5\\m\r\n\r\n1-0:1.7.0(00.3*kW)\r\n", "/HLY5/D545-ME"}) {
    for (const auto& text : {x25, arc}) {
      const auto frames = frames_of(std::string(noise).append(text));
      EXPECT_THAT(frames.bodies, ElementsAre(text.substr(0, text.find('!')))) << "noise " << noise << frames.order;
    }
  }
}

}  // namespace
}  // namespace vscp_p1
