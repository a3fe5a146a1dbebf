#include "vscp_p1/encode.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "vscp_p1/crc16.hpp"
#include "vscp_p1/encode_json.hpp"
#include "vscp_p1/text.hpp"
#include "vscp_p1/text_writer.hpp"

namespace vscp_p1 {
namespace {

std::string note_of(const Event& event) {
  std::string note(event.note);
  if (!event.full_text.empty()) note.append(": ").append(event.full_text);
  return note;
}

// Control characters and U+FFFE are no characters of XML (XML 1.0 §2.2).
std::string xml_escaped(std::string_view text) {
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '&' && c != '<' && c != '>' && c != '"'; };
  if (std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string out;
  for (const char c : plain_text(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

struct FieldNames {
  std::string_view head, obid, datetime, timestamp, vscp_class, type, guid, size, data, note;
};
constexpr FieldNames vscp_names = {"vscpHead", "vscpObId", "vscpDateTime", "vscpTimeStamp", "vscpClass",
                                   "vscpType", "vscpGuid", "vscpSizeData", "vscpData",      "vscpNote"};
constexpr FieldNames plain_names = {"head", "obid", "datetime", "timestamp", "class",
                                    "type", "guid", "sizedata", "data",      "note"};

// The texts of an event, the same for both generations.
struct Values {
  IsoTime datetime;
  GuidText guid;
  std::string note;

  explicit Values(const Event& event) : datetime(event.time), guid(event.guid), note(xml_escaped(note_of(event))) {}
};

void begin_attribute(TextWriter& out, std::string_view name) {
  out.character(' ');
  out.text(name);
  out.text("=\"");
}

void write_text(TextWriter& out, std::string_view name, std::string_view value) {
  begin_attribute(out, name);
  out.text(value);
  out.character('"');
}

void write_number(TextWriter& out, std::string_view name, std::uint32_t value) {
  begin_attribute(out, name);
  out.number(value);
  out.character('"');
}

void write_data(TextWriter& out, std::string_view name, std::span<const std::uint8_t> data) {
  begin_attribute(out, name);
  for (const auto& byte : data) {
    out.text(&byte == data.data() ? "0x" : ",0x");
    out.pair(hex_pairs[byte]);
  }
  out.character('"');
}

void write_attributes(TextWriter& out, const Event& event, const Values& values, const FieldNames& names) {
  write_number(out, names.head, Event::head);
  write_number(out, names.obid, 0);
  write_text(out, names.datetime, values.datetime.view());
  write_number(out, names.timestamp, event.time.microseconds);
  write_number(out, names.vscp_class, event.vscp_class);
  write_number(out, names.type, event.type);
  write_text(out, names.guid, values.guid.view());
  write_number(out, names.size, static_cast<std::uint32_t>(event.data().size()));
  write_data(out, names.data, event.data());
  write_text(out, names.note, values.note);
}

void encode_xml(const Event& event, JsonNames names, std::string& payload) {
  constexpr std::size_t most_of_the_rest = 600;  // names, numbers, times and GUIDs of both generations: 553
  constexpr std::size_t longest_byte = 5;        // ",0xFF"
  const Values values(event);
  TextWriter out(payload, most_of_the_rest + 2 * (longest_byte * event.data().size() + values.note.size()));
  out.text("<event");
  if (names != JsonNames::vscp) write_attributes(out, event, values, plain_names);
  if (names != JsonNames::plain) write_attributes(out, event, values, vscp_names);
  if (const auto& m = event.measurement) {
    write_text(out, "value", DecimalText(m->value).view());
    write_number(out, "unit", m->unit);
    write_number(out, "sensorindex", m->sensor_index);
    write_number(out, "zone", m->zone);
    write_number(out, "subzone", m->subzone);
  }
  out.text("/>");
}

// head,class,type,obid,datetime,timestamp,GUID,d1,d2,…
void encode_string(const Event& event, std::string& payload) {
  constexpr std::size_t most_of_the_rest = 99;
  constexpr std::size_t longest_byte = 4;  // ",255"
  TextWriter out(payload, most_of_the_rest + longest_byte * event.data().size());
  for (const std::uint16_t number : {Event::head, event.vscp_class, event.type, std::uint16_t{0}}) {
    out.number(number);
    out.character(',');
  }
  out.text(IsoTime(event.time).view());
  out.character(',');
  out.number(event.time.microseconds);
  out.character(',');
  out.text(GuidText(event.guid).view());
  for (const auto byte : event.data()) {
    out.character(',');
    out.number(byte);
  }
}

// A marker byte 0x00, then the frame: type and encryption (0), head, microseconds, date, time, class, type, GUID,
// size, data, and the CRC of all behind the frame's first byte. Everything is big endian.
void encode_binary(const Event& event, std::string& payload) {
  constexpr std::size_t without_data = 38;
  std::array<std::uint8_t, without_data + Event::max_data> frame;
  auto* at = frame.data();
  const auto put = [&at](std::uint32_t number, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) *at++ = static_cast<std::uint8_t>(number >> shift);
  };
  const IsoTime iso(event.time);
  const auto put_date_part = [&](std::size_t position, std::size_t digits, int bytes) {
    unsigned number = 0;
    std::from_chars(iso.view().data() + position, iso.view().data() + position + digits, number);
    put(number, bytes);
  };
  put(0, 1);
  put(Event::head, 2);
  put(event.time.microseconds, 4);
  put_date_part(0, 4, 2);
  for (const std::size_t position : {5U, 8U, 11U, 14U, 17U}) put_date_part(position, 2, 1);
  put(event.vscp_class, 2);
  put(event.type, 2);
  at = std::copy(event.guid.bytes.begin(), event.guid.bytes.end(), at);
  put(static_cast<std::uint32_t>(event.data().size()), 2);
  at = std::copy(event.data().begin(), event.data().end(), at);
  put(crc16_ccitt_false({frame.data() + 1, at}), 2);
  payload += '\0';
  payload.append(reinterpret_cast<const char*>(frame.data()), static_cast<std::size_t>(at - frame.data()));
}

}  // namespace

void encode_event(const Event& event, PayloadFormat format, JsonNames names, std::string& payload) {
  switch (format) {
    case PayloadFormat::json: return encode_json(event, names, payload);
    case PayloadFormat::xml: return encode_xml(event, names, payload);
    case PayloadFormat::string: return encode_string(event, payload);
    case PayloadFormat::binary: return encode_binary(event, payload);
  }
}

}  // namespace vscp_p1
