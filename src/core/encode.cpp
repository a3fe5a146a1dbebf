#include "vscp_p1/encode.hpp"

#include <charconv>
#include <vector>

#include "vscp_p1/crc16.hpp"
#include "vscp_p1/encode_json.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_hex(std::string& out, std::uint64_t number, int digits) {
  constexpr std::string_view hex = "0123456789abcdef";
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += hex[number >> shift & 0xF];
}

std::string note_of(const Event& event) {
  std::string note(event.note);
  if (!event.full_text.empty()) note.append(": ").append(event.full_text);
  return note;
}

// Control characters and U+FFFE are no characters of XML (XML 1.0 §2.2).
std::string xml_escaped(std::string_view text) {
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
  std::string_view head, obid, datetime, timestamp, vscp_class, type, guid, data, note;
};
constexpr FieldNames vscp_names = {"vscpHead", "vscpObId", "vscpDateTime", "vscpTimeStamp", "vscpClass",
                                   "vscpType", "vscpGuid", "vscpData",     "vscpNote"};
constexpr FieldNames plain_names = {"head", "obid", "datetime", "timestamp", "class", "type", "guid", "data", "note"};

class XmlAttributes {
 public:
  explicit XmlAttributes(std::string& out) : out_(out) {}

  void text(std::string_view name, std::string_view value) {
    out_ += ' ';
    out_ += name;
    out_ += "=\"";
    out_ += value;
    out_ += '"';
  }
  void number(std::string_view name, std::uint64_t value) {
    std::string digits;
    append_number(digits, value);
    text(name, digits);
  }

 private:
  std::string& out_;
};

void append_attributes(XmlAttributes& xml, const Event& event, const FieldNames& names, std::string_view size_name) {
  std::string data;
  for (const auto byte : event.data()) {
    data += data.empty() ? "0x" : ",0x";
    append_hex(data, byte, 2);
  }
  xml.number(names.head, Event::head);
  xml.number(names.obid, 0);
  xml.text(names.datetime, IsoTime(event.time).view());
  xml.number(names.timestamp, event.time.microseconds);
  xml.number(names.vscp_class, event.vscp_class);
  xml.number(names.type, event.type);
  xml.text(names.guid, GuidText(event.guid).view());
  xml.number(size_name, event.data().size());
  xml.text(names.data, data);
  xml.text(names.note, xml_escaped(note_of(event)));
}

void encode_xml(const Event& event, JsonNames names, std::string& out) {
  out += "<event";
  XmlAttributes xml(out);
  if (names != JsonNames::vscp) append_attributes(xml, event, plain_names, "sizedata");
  if (names != JsonNames::plain) append_attributes(xml, event, vscp_names, "vscpSizeData");
  if (const auto& m = event.measurement) {
    xml.text("value", DecimalText(m->value).view());
    xml.number("unit", m->unit);
    xml.number("sensorindex", m->sensor_index);
    xml.number("zone", m->zone);
    xml.number("subzone", m->subzone);
  }
  out += "/>";
}

// head,class,type,obid,datetime,timestamp,GUID,d1,d2,…
void encode_string(const Event& event, std::string& out) {
  for (const std::uint64_t number :
       {std::uint64_t{Event::head}, std::uint64_t{event.vscp_class}, std::uint64_t{event.type}, std::uint64_t{0}}) {
    append_number(out, number);
    out += ',';
  }
  out += IsoTime(event.time).view();
  out += ',';
  append_number(out, event.time.microseconds);
  out += ',';
  out += GuidText(event.guid).view();
  for (const auto byte : event.data()) {
    out += ',';
    append_number(out, byte);
  }
}

// A marker byte 0x00, then the frame: type and encryption (0), head, microseconds, date, time, class, type, GUID,
// size, data, and the CRC of all behind the frame's first byte. Everything is big endian.
void encode_binary(const Event& event, std::string& out) {
  std::vector<std::uint8_t> frame;
  const auto put = [&frame](std::uint64_t number, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      frame.push_back(static_cast<std::uint8_t>(number >> shift));
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
  frame.insert(frame.end(), event.guid.bytes.begin(), event.guid.bytes.end());
  put(event.data().size(), 2);
  frame.insert(frame.end(), event.data().begin(), event.data().end());
  put(crc16_ccitt_false(std::span<const std::uint8_t>(frame).subspan(1)), 2);
  out += '\0';
  out.append(frame.begin(), frame.end());
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
