#include "decode.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <stdexcept>

#include "vscp_p1/quantity.hpp"

namespace itest {
namespace {

using nlohmann::json;

void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

unsigned number_of(std::string_view text) {
  unsigned number = 0;
  const auto base = text.starts_with("0x") ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  require(error == std::errc{} && end == text.data() + text.size(), "not a number: " + std::string(text));
  return number;
}

std::uint8_t byte_of(std::string_view text) {
  const auto number = number_of(text);
  require(number <= 255, "not a byte: " + std::string(text));
  return static_cast<std::uint8_t>(number);
}

unsigned unsigned_in(const json& object, const char* key) {
  require(object.contains(key), std::string("no field ") + key);
  require(object[key].is_number_unsigned(), std::string("not an unsigned integer: ") + key);
  return object[key].get<unsigned>();
}

void check_common(const DecodedEvent& event) {
  static const std::regex guid("([0-9A-F]{2}:){15}[0-9A-F]{2}");
  static const std::regex datetime(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)");
  require(std::regex_match(event.guid, guid), "guid " + event.guid);
  require(std::regex_match(event.datetime, datetime), "datetime " + event.datetime);
  require(event.microseconds <= 999'999, "microseconds " + std::to_string(event.microseconds));
}

struct FieldNames {
  const char *head, *obid, *datetime, *timestamp, *event_class, *type, *guid, *data, *note;
};
constexpr FieldNames vscp_fields = {"vscpHead", "vscpObId", "vscpDateTime", "vscpTimeStamp", "vscpClass",
                                    "vscpType", "vscpGuid", "vscpData",     "vscpNote"};
constexpr FieldNames plain_fields = {"head", "obid", "datetime", "timestamp", "class",
                                     "type", "guid", "data",     "note"};

DecodedEvent read_fields(const json& object, const FieldNames& names) {
  DecodedEvent event;
  event.head = unsigned_in(object, names.head);
  event.obid = unsigned_in(object, names.obid);
  event.event_class = unsigned_in(object, names.event_class);
  event.type = unsigned_in(object, names.type);
  event.microseconds = unsigned_in(object, names.timestamp);
  event.guid = object.at(names.guid).get<std::string>();
  event.datetime = object.at(names.datetime).get<std::string>();
  event.note = object.at(names.note).get<std::string>();
  for (const auto& byte : object.at(names.data)) {
    require(byte.is_number_unsigned() && byte.get<unsigned>() <= 255, "data byte " + byte.dump());
    event.data.push_back(byte.get<std::uint8_t>());
  }
  return event;
}

bool same(const DecodedEvent& x, const DecodedEvent& y) {
  const auto all = [](const DecodedEvent& e) {
    return std::tie(e.head, e.obid, e.event_class, e.type, e.microseconds, e.guid, e.datetime, e.note, e.data);
  };
  return all(x) == all(y);
}

void check_timestamp_ns(const DecodedEvent& event) {
  const auto nanoseconds = static_cast<std::uint64_t>(utc_seconds(event.datetime)) * 1'000'000'000 +
                           std::uint64_t{event.microseconds} * 1000;
  std::array<char, 32> expected{};
  std::snprintf(expected.data(), expected.size(), "0x%016llx", static_cast<unsigned long long>(nanoseconds));
  require(event.timestamp_ns == expected.data(), "timestamp_ns " + event.timestamp_ns + " for " + event.datetime);
}

// The number of the block `measurement`, digit by digit.
std::string value_text(std::string_view payload) {
  constexpr std::string_view before = "\"measurement\":{\"value\":";
  const auto begin = payload.find(before);
  require(begin != std::string_view::npos, "no measurement.value");
  const auto text = payload.substr(begin + before.size());
  return std::string(text.substr(0, text.find_first_of(",}")));
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<std::uint8_t>(c);
  return number;
}

std::uint16_t ccitt_false(std::string_view bytes) {
  std::uint16_t crc = 0xFFFF;
  for (const char c : bytes) {
    crc = static_cast<std::uint16_t>(crc ^ static_cast<std::uint8_t>(c) << 8);
    for (int bit = 0; bit < 8; ++bit) {
      crc = static_cast<std::uint16_t>((crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1);
    }
  }
  return crc;
}

std::string guid_text(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    std::array<char, 4> pair{};
    std::snprintf(pair.data(), pair.size(), "%02X", static_cast<unsigned>(static_cast<std::uint8_t>(c)));
    if (!text.empty()) text += ':';
    text += pair.data();
  }
  return text;
}

}  // namespace

unsigned DecodedEvent::id() const {
  return number_of("0x" + guid.substr(42, 2)) * 256 + number_of("0x" + guid.substr(45, 2));
}

std::int64_t utc_seconds(const std::string& datetime) {
  std::tm parts{};
  require(::strptime(datetime.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts) != nullptr, "datetime " + datetime);
  return ::timegm(&parts);
}

std::string key_of(unsigned id) {
  for (const auto& row : vscp_p1::quantities) {
    if (row.number == id) return std::string(row.key);
  }
  return "-";
}

DecodedEvent decode_json(std::string_view payload, Names names) {
  require(payload.starts_with('{'), "JSON does not begin with {");
  const auto object = json::parse(payload);
  const bool old_names = names != Names::plain;
  const bool new_names = names != Names::vscp;
  require(object.contains("vscpClass") == old_names, "vscp… names");
  require(object.contains("class") == new_names, "plain names");
  auto event = read_fields(object, old_names ? vscp_fields : plain_fields);
  if (names == Names::both) {
    require(same(event, read_fields(object, plain_fields)), "the generations of names disagree");
  }
  check_common(event);
  if (new_names) {
    event.timestamp_ns = object.at("timestamp_ns").get<std::string>();
    check_timestamp_ns(event);
  }
  if (object.contains("measurement")) {
    const auto& block = object["measurement"];
    require(block.at("value").is_number(), "measurement.value is no number");
    event.measurement = {value_text(payload), unsigned_in(block, "unit"), unsigned_in(block, "sensorindex"),
                         unsigned_in(block, "zone"), unsigned_in(block, "subzone")};
  }
  return event;
}

DecodedEvent decode_xml(std::string_view payload, Names names) {
  require(payload.starts_with("<event ") && payload.ends_with("/>"), "no <event …/>");
  std::map<std::string, std::string> attributes;
  static const std::regex attribute("([A-Za-z]+)=\"([^\"]*)\"");
  const std::string text(payload);
  for (std::sregex_iterator it(text.begin(), text.end(), attribute), end; it != end; ++it) {
    require(attributes.emplace((*it)[1], (*it)[2]).second, "an attribute stands twice: " + (*it)[1].str());
  }
  const auto read = [&](const FieldNames& fields, const char* size) {
    DecodedEvent event;
    event.head = number_of(attributes.at(fields.head));
    event.obid = number_of(attributes.at(fields.obid));
    event.event_class = number_of(attributes.at(fields.event_class));
    event.type = number_of(attributes.at(fields.type));
    event.microseconds = number_of(attributes.at(fields.timestamp));
    event.guid = attributes.at(fields.guid);
    event.datetime = attributes.at(fields.datetime);
    if (const auto note = attributes.find(fields.note); note != attributes.end()) event.note = note->second;
    if (!attributes.at(fields.data).empty()) {
      for (const auto& byte : split(attributes.at(fields.data), ',')) {
        require(byte.starts_with("0x"), "data byte " + byte);
        event.data.push_back(byte_of(byte));
      }
    }
    require(number_of(attributes.at(size)) == event.data.size(), size);
    return event;
  };
  require(attributes.contains("vscpClass") == (names != Names::plain), "vscp… names");
  require(attributes.contains("class") == (names != Names::vscp), "plain names");
  auto event = names == Names::vscp ? read(vscp_fields, "vscpSizeData") : read(plain_fields, "sizedata");
  if (names == Names::both)
    require(same(event, read(vscp_fields, "vscpSizeData")), "the generations of names disagree");
  check_common(event);
  if (attributes.contains("value")) {
    event.measurement = {attributes["value"], number_of(attributes["unit"]), number_of(attributes["sensorindex"]),
                         number_of(attributes["zone"]), number_of(attributes["subzone"])};
  }
  return event;
}

DecodedEvent decode_string(std::string_view payload) {
  const auto fields = split(payload, ',');
  require(fields.size() >= 7, "fewer than six commas");
  DecodedEvent event;
  event.head = number_of(fields[0]);
  event.event_class = number_of(fields[1]);
  event.type = number_of(fields[2]);
  event.obid = number_of(fields[3]);
  event.datetime = fields[4];
  event.microseconds = number_of(fields[5]);
  event.guid = fields[6];
  for (std::size_t i = 7; i < fields.size(); ++i) event.data.push_back(byte_of(fields[i]));
  check_common(event);
  return event;
}

DecodedEvent decode_binary(std::string_view payload) {
  require(payload.size() >= 39, "a binary event is too short");
  require(payload[0] == 0, "no marker byte");
  const auto frame = payload.substr(1);
  const auto field = [&](std::size_t at, std::size_t size) {
    return static_cast<unsigned>(big_endian(frame.substr(at, size)));
  };
  require(field(0, 1) == 0, "frame type");
  const auto size = field(34, 2);
  require(frame.size() == 36 + size + 2, "size of a binary event");
  require(field(36 + size, 2) == ccitt_false(frame.substr(1, 35 + size)), "CRC of a binary event");
  DecodedEvent event;
  event.head = field(1, 2);
  event.microseconds = field(3, 4);
  std::array<char, 32> iso{};
  std::snprintf(iso.data(), iso.size(), "%04u-%02u-%02uT%02u:%02u:%02uZ", field(7, 2) % 10'000, field(9, 1) % 100,
                field(10, 1) % 100, field(11, 1) % 100, field(12, 1) % 100, field(13, 1) % 100);
  event.datetime = iso.data();
  event.event_class = field(14, 2);
  event.type = field(16, 2);
  event.guid = guid_text(frame.substr(18, 16));
  for (const char c : frame.substr(36, size)) event.data.push_back(static_cast<std::uint8_t>(c));
  check_common(event);
  return event;
}

DecodedValue decode_value(const DecodedEvent& event) {
  const auto& data = event.data;
  const std::string bytes(data.begin(), data.end());
  require(data.size() >= 3, "no data");
  if (event.event_class == 10) {
    require(data.size() <= 8, "more than eight bytes in class 10");
    require(data[0] >> 5 == 0b100, "not a normalised integer");
    const auto width = 8 * (data.size() - 2);
    auto mantissa = static_cast<std::int64_t>(big_endian(bytes.substr(2)) << (64 - width)) >> (64 - width);
    const int exponent = (data[1] & 0x80) != 0 ? -(data[1] & 0x7F) : data[1];
    return {"", static_cast<double>(mantissa) * std::pow(10.0, exponent), data[0] >> 3 & 3U, data[0] & 7U};
  }
  require(data.size() >= 5, "no value");
  if (event.event_class == 1060) {
    require(data.size() == 12, "a double has eight bytes");
    return {"", std::bit_cast<double>(big_endian(bytes.substr(4))), data[3], data[0]};
  }
  require(event.event_class == 1040, "not a measurement");
  require(data.back() == 0, "no NUL behind the number");
  const auto text = bytes.substr(4, bytes.size() - 5);
  static const std::regex number(R"(-?(0|[1-9]\d*)(\.\d+)?)");
  require(std::regex_match(text, number), "not a number: " + text);
  return {text, std::stod(text), data[3], data[0]};
}

Message parse_line(const std::string& line) {
  const auto blank = line.find(' ');
  require(blank != std::string::npos, "no `topic payload`: " + line);
  Message message{line.substr(0, blank), line.substr(blank + 1), 0, false};
  if (message.payload.starts_with("hex:")) {
    const auto hex = message.payload.substr(4);
    message.payload.clear();
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      message.payload += static_cast<char>(byte_of("0x" + hex.substr(i, 2)));
    }
  }
  return message;
}

bool is_reading(const DecodedEvent& event) {
  return event.event_class == 1040 || event.event_class == 1060 || event.event_class == 10;
}

std::vector<DecodedEvent> readings_in(const std::vector<Message>& messages) {
  std::vector<DecodedEvent> readings;
  for (const auto& message : messages) {
    auto event = decode_json(message.payload);
    if (is_reading(event)) readings.push_back(std::move(event));
  }
  return readings;
}

std::vector<DecodedEvent> readings_in(const std::string& output) {
  std::vector<Message> messages;
  for (const auto& line : lines_of(output)) messages.push_back(parse_line(line));
  return readings_in(messages);
}

std::vector<DecodedEvent> readings_among(std::vector<Message> messages) {
  std::erase_if(messages, [](const Message& message) { return !contains(message.payload, "vscpClass"); });
  return readings_in(messages);
}

std::vector<unsigned> numbers_in(const std::vector<Message>& messages) {
  constexpr unsigned id_of_the_counter = 1;
  std::vector<unsigned> numbers;
  for (const auto& event : readings_among(messages)) {
    if (event.id() == id_of_the_counter) numbers.push_back(static_cast<unsigned>(decode_value(event).number));
  }
  return numbers;
}

std::vector<unsigned> range(unsigned first, unsigned last) {
  std::vector<unsigned> numbers;
  for (; first <= last; ++first) numbers.push_back(first);
  return numbers;
}

}  // namespace itest
