#include "vscp_p1/encode_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <nlohmann/json.hpp>

#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

// "0" … "255", with their lengths.
struct ByteText {
  std::array<char, 3> digits{};
  std::uint8_t length = 0;
};
constexpr auto byte_texts = [] {
  std::array<ByteText, 256> texts;
  for (unsigned byte = 0; byte < texts.size(); ++byte) {
    auto& text = texts[byte];
    if (byte >= 100) text.digits[text.length++] = static_cast<char>('0' + byte / 100);
    if (byte >= 10) text.digits[text.length++] = static_cast<char>('0' + byte / 10 % 10);
    text.digits[text.length++] = static_cast<char>('0' + byte % 10);
  }
  return texts;
}();

// Writes behind the end of a string, into room that is there: no piece of it is checked by itself.
class Writer {
 public:
  Writer(std::string& out, std::size_t room) : out_(out) {
    const auto end = out.size();
    out.resize(end + room);
    at_ = out.data() + end;
  }
  ~Writer() { out_.resize(static_cast<std::size_t>(at_ - out_.data())); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void text(std::string_view text) { at_ = std::copy(text.begin(), text.end(), at_); }
  void number(std::uint64_t number) { at_ = std::to_chars(at_, at_ + longest_number, number).ptr; }
  void byte(std::uint8_t number) {
    const auto& text = byte_texts[number];
    std::memcpy(at_, text.digits.data(), text.digits.size());
    at_ += text.length;
  }
  void hex(std::uint64_t number) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (int shift = 60; shift >= 0; shift -= 4) *at_++ = digits[number >> shift & 0xF];
  }

 private:
  static constexpr std::size_t longest_number = 20;

  std::string& out_;
  char* at_;
};

// Printable ASCII that JSON takes as it is, which nearly every note is.
bool is_plain_json(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

std::string quoted_note(const Event& event) {
  std::string note(event.note);
  if (!event.full_text.empty()) note.append(": ").append(event.full_text);
  return json_quoted(note);
}

// The keys of one generation, with what JSON has around them. The head of all events is the same.
struct Keys {
  std::string_view datetime, timestamp, vscp_class, type, guid, data, note;
};
static_assert(Event::head == 32864);
constexpr Keys vscp_keys = {R"("vscpHead":32864,"vscpObId":0,"vscpDateTime":")",
                            R"(","vscpTimeStamp":)",
                            R"(,"vscpClass":)",
                            R"(,"vscpType":)",
                            R"(,"vscpGuid":")",
                            R"(","vscpData":)",
                            R"(,"vscpNote":)"};
constexpr Keys plain_keys = {R"("head":32864,"obid":0,"datetime":")",
                             R"(","timestamp":)",
                             R"(,"class":)",
                             R"(,"type":)",
                             R"(,"guid":")",
                             R"(","data":)",
                             R"(,"note":)"};
constexpr std::size_t most_of_the_rest = 800;  // keys, numbers, times and GUIDs of both generations: 600 at most

// The values of an event as JSON has them, the same for both generations.
struct Values {
  IsoTime datetime;
  GuidText guid;
  std::array<char, 4 * Event::max_data + 2> data_text;
  std::size_t data_size = 0;
  std::string note_in_quotes;  // when it is not plain

  explicit Values(const Event& event) : datetime(event.time), guid(event.guid) {
    char* at = data_text.data();
    *at++ = '[';
    for (const auto byte : event.data()) {
      const auto& text = byte_texts[byte];
      std::memcpy(at, text.digits.data(), text.digits.size());
      at += text.length;
      *at++ = ',';
    }
    if (event.data().empty()) ++at;
    *(at - 1) = ']';
    data_size = static_cast<std::size_t>(at - data_text.data());
    if (!event.full_text.empty() || !is_plain_json(event.note)) note_in_quotes = quoted_note(event);
  }
};

void write_fields(Writer& out, const Event& event, const Values& values, const Keys& keys) {
  out.text(keys.datetime);
  out.text(values.datetime.view());
  out.text(keys.timestamp);
  out.number(event.time.microseconds);
  out.text(keys.vscp_class);
  out.number(event.vscp_class);
  out.text(keys.type);
  out.number(event.type);
  out.text(keys.guid);
  out.text(values.guid.view());
  out.text(keys.data);
  out.text({values.data_text.data(), values.data_size});
  out.text(keys.note);
  if (!values.note_in_quotes.empty()) return out.text(values.note_in_quotes);
  out.text(R"(")");
  out.text(event.note);
  out.text(R"(")");
}

void write_measurement(Writer& out, const Measurement& m) {
  out.text(R"(,"measurement":{"value":)");
  out.text(DecimalText(m.value).view());
  out.text(R"(,"unit":)");
  out.byte(m.unit);
  out.text(R"(,"sensorindex":)");
  out.byte(m.sensor_index);
  out.text(R"(,"zone":)");
  out.byte(m.zone);
  out.text(R"(,"subzone":)");
  out.byte(m.subzone);
  out.text("}");
}

}  // namespace

// Notes come from the user and from the meter: the library escapes what JSON forbids.
std::string json_quoted(std::string_view text) {
  return without_raw_controls(nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void encode_json(const Event& event, JsonNames names, std::string& payload) {
  const Values values(event);
  const auto note_size = std::max(event.note.size() + 2, values.note_in_quotes.size());
  Writer out(payload, most_of_the_rest + 2 * (values.data_size + note_size));
  out.text("{");
  if (names != JsonNames::plain) write_fields(out, event, values, vscp_keys);
  if (names == JsonNames::both) out.text(",");
  if (names != JsonNames::vscp) {
    write_fields(out, event, values, plain_keys);
    // Decoders that know it take the time from it: nanoseconds since 1970 as a hex string.
    out.text(R"(,"timestamp_ns":"0x)");
    out.hex(static_cast<std::uint64_t>(event.time.seconds) * 1'000'000'000 +
            event.time.microseconds * std::uint64_t{1000});
    out.text(R"(")");
  }
  if (event.measurement) write_measurement(out, *event.measurement);
  out.text("}");
}

}  // namespace vscp_p1
