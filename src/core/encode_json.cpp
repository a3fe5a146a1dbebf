#include "vscp_p1/encode_json.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>

#include "vscp_p1/text.hpp"
#include "vscp_p1/text_writer.hpp"
#include "vscp_p1/word.hpp"

namespace vscp_p1 {
namespace {

// Printable ASCII without quotes and backslashes. In each line bit 7 of the first byte that is none becomes set: from
// 0x7F on, below a blank, '"', '\\'.
bool is_plain_ascii(std::uint64_t word) noexcept {
  const auto marks = ((word | (word + every_byte(1))) & every_byte(0x80)) |  //
                     ((word - every_byte(' ')) & every_byte(0x80)) |         //
                     marks_of(word, '"') |                                   //
                     marks_of(word, '\\');
  return marks == 0;
}

// Nearly every note is, so that eight characters are looked at at a time.
bool is_plain_ascii(std::string_view text) noexcept {
  for (; text.size() >= 8; text.remove_prefix(8)) {
    if (!is_plain_ascii(word_at(text.data()))) return false;
  }
  std::array<char, 8> rest;
  rest.fill(' ');
  std::copy(text.begin(), text.end(), rest.begin());
  return is_plain_ascii(word_at(rest.data()));
}

// Text that JSON takes as it is.
bool is_plain_json(std::string_view text) noexcept {
  return is_plain_ascii(text) || (is_plain_text(text) && text.find_first_of("\"\\") == std::string_view::npos);
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
                            R"(","vscpData":[)",
                            R"(],"vscpNote":)"};
constexpr Keys plain_keys = {R"("head":32864,"obid":0,"datetime":")",
                             R"(","timestamp":)",
                             R"(,"class":)",
                             R"(,"type":)",
                             R"(,"guid":")",
                             R"(","data":[)",
                             R"(],"note":)"};

// The values of an event as JSON has them, the same for both generations.
struct Values {
  const Event& event;
  IsoTime datetime;
  GuidText guid;
  ListText<Event::max_data> data;
  std::string escaped_note{};  // in its quotes, when the note is not plain

  explicit Values(const Event& e) : event(e), datetime(e.time), guid(e.guid), data(e.data()) {
    if (!e.full_text.empty() || !is_plain_json(e.note)) escaped_note = quoted_note(e);
  }
};

template <const Keys& keys>
void write_fields(TextWriter& out, const Values& values) {
  const auto& event = values.event;
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
  out.text(values.data.view());
  out.text(keys.note);
  if (!values.escaped_note.empty()) return out.text(values.escaped_note);
  out.character('"');
  out.text(event.note);
  out.character('"');
}

// Decoders that know it take the time from it: nanoseconds since 1970 as a hex string.
void write_nanoseconds(TextWriter& out, const UtcTime& time) {
  const auto nanoseconds =
      static_cast<std::uint64_t>(time.seconds) * 1'000'000'000 + time.microseconds * std::uint64_t{1000};
  out.text(R"(,"timestamp_ns":"0x)");
  for (int shift = 56; shift >= 0; shift -= 8) out.pair(hex_pairs[nanoseconds >> shift & 0xFF]);
  out.character('"');
}

void write_measurement(TextWriter& out, const Measurement& m) {
  out.text(R"(,"measurement":{"value":)");
  out.text(DecimalText(m.value).view());
  out.text(R"(,"unit":)");
  out.number(m.unit);
  out.text(R"(,"sensorindex":)");
  out.number(m.sensor_index);
  out.text(R"(,"zone":)");
  out.number(m.zone);
  out.text(R"(,"subzone":)");
  out.number(m.subzone);
  out.character('}');
}

}  // namespace

// Notes come from the user and from the meter: the library escapes what JSON forbids.
std::string json_quoted(std::string_view text) {
  return without_raw_controls(nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void encode_json(const Event& event, JsonNames names, std::string& payload) {
  constexpr std::size_t most_of_the_rest = 600;  // keys, numbers, times and GUIDs of both generations: 578
  const Values values(event);
  const auto note_size = std::max(event.note.size() + 2, values.escaped_note.size());
  TextWriter out(payload, most_of_the_rest + 2 * (values.data.view().size() + note_size));
  out.character('{');
  if (names != JsonNames::plain) write_fields<vscp_keys>(out, values);
  if (names == JsonNames::both) out.character(',');
  if (names != JsonNames::vscp) {
    write_fields<plain_keys>(out, values);
    write_nanoseconds(out, event.time);
  }
  if (event.measurement) write_measurement(out, *event.measurement);
  out.character('}');
}

}  // namespace vscp_p1
