#include "vscp_p1/encode.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <ctime>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "unit/support.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

using nlohmann::json;

const std::string guid_text = "FF:FF:FF:FF:FF:FF:FF:FE:5C:CF:7F:C4:1E:7B:00:01";

// The example of the VSCP specification: class 1040 type 13, index 1, zone 2, subzone 3, kWh, "12345.678", at
// 2026-11-21 08:30:15.123456 UTC.
Event example() {
  Event event;
  event.type = 13;
  event.guid = Guid::from_mac({0x5C, 0xCF, 0x7F, 0xC4, 0x1E, 0x7B}).with_id(1);
  event.time = {1'795'249'815, 123'456};
  event.name = "sum_active_energy_out";
  event.note = "Meter reading";
  set_measurement(event, EventClass::measurement_str, {{12345678, -3}, 1, 1, 2, 3});
  return event;
}

std::string encoded(const Event& event, PayloadFormat format, JsonNames names = JsonNames::both) {
  std::string payload;
  encode_event(event, format, names, payload);
  return payload;
}

json parsed(const Event& event, JsonNames names = JsonNames::both) {
  return json::parse(encoded(event, PayloadFormat::json, names));
}

void expect_vscp_names(const json& event) {
  EXPECT_EQ(event.at("vscpHead"), 0x8060);
  EXPECT_EQ(event.at("vscpObId"), 0);
  EXPECT_EQ(event.at("vscpDateTime"), "2026-11-21T08:30:15Z");
  EXPECT_EQ(event.at("vscpTimeStamp"), 123'456);
  EXPECT_EQ(event.at("vscpClass"), 1040);
  EXPECT_EQ(event.at("vscpType"), 13);
  EXPECT_EQ(event.at("vscpGuid"), guid_text);
  EXPECT_EQ(event.at("vscpData"), json::parse("[1,2,3,1,49,50,51,52,53,46,54,55,56,0]"));
  EXPECT_EQ(event.at("vscpNote"), "Meter reading");
}

void expect_plain_names(const json& event) {
  EXPECT_EQ(event.at("head"), 0x8060);
  EXPECT_EQ(event.at("obid"), 0);
  EXPECT_EQ(event.at("datetime"), "2026-11-21T08:30:15Z");
  EXPECT_EQ(event.at("timestamp"), 123'456);
  EXPECT_EQ(event.at("timestamp_ns"), "0x18ea0231f984f000");
  EXPECT_EQ(event.at("class"), 1040);
  EXPECT_EQ(event.at("type"), 13);
  EXPECT_EQ(event.at("guid"), guid_text);
  EXPECT_EQ(event.at("data"), json::parse("[1,2,3,1,49,50,51,52,53,46,54,55,56,0]"));
  EXPECT_EQ(event.at("note"), "Meter reading");
}

TEST(EncodeJson, both_generations_of_names) {
  const auto event = parsed(example());
  expect_vscp_names(event);
  expect_plain_names(event);
  EXPECT_EQ(event.size(), 9U + 10U + 1U);
}

TEST(EncodeJson, one_generation_alone) {
  const auto old_names = parsed(example(), JsonNames::vscp);
  expect_vscp_names(old_names);
  EXPECT_EQ(old_names.size(), 10U);
  EXPECT_FALSE(old_names.contains("head"));
  const auto new_names = parsed(example(), JsonNames::plain);
  expect_plain_names(new_names);
  EXPECT_EQ(new_names.size(), 11U);
  EXPECT_FALSE(new_names.contains("vscpHead"));
}

TEST(EncodeJson, measurement_agrees_with_the_data) {
  for (const auto names : {JsonNames::both, JsonNames::vscp, JsonNames::plain}) {
    const auto measurement = parsed(example(), names).at("measurement");
    EXPECT_EQ(measurement.at("value"), 12345.678);
    EXPECT_EQ(measurement.at("unit"), 1);
    EXPECT_EQ(measurement.at("sensorindex"), 1);
    EXPECT_EQ(measurement.at("zone"), 2);
    EXPECT_EQ(measurement.at("subzone"), 3);
    EXPECT_EQ(measurement.size(), 5U);
  }
  EXPECT_NE(encoded(example(), PayloadFormat::json).find("\"value\":12345.678,"), std::string::npos)
      << "the digits as sent";
}

TEST(EncodeJson, begins_with_a_brace_and_numbers_are_unsigned_integers) {
  const auto text = encoded(example(), PayloadFormat::json);
  EXPECT_EQ(text.front(), '{');
  EXPECT_EQ(text.back(), '}');
  const auto event = json::parse(text);
  for (const char* key : {"head", "obid", "timestamp", "class", "type", "vscpHead", "vscpObId", "vscpTimeStamp",
                          "vscpClass", "vscpType"}) {
    EXPECT_TRUE(event.at(key).is_number_unsigned()) << key;
  }
}

TEST(EncodeJson, no_key_stands_twice) {
  std::vector<std::string> keys;
  const json::parser_callback_t collect = [&](int depth, json::parse_event_t what, json& value) {
    if (what == json::parse_event_t::key && depth == 1) keys.push_back(value);
    return true;
  };
  EXPECT_TRUE(json::parse(encoded(example(), PayloadFormat::json), collect).is_object());
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
}

TEST(EncodeJson, every_value_text_is_json) {
  for (const Decimal value :
       {Decimal{-500, -3}, Decimal{0, -3}, Decimal{0, 3}, Decimal{5, 2}, Decimal{-1, 9}, Decimal{1, -18}}) {
    auto event = example();
    event.measurement->value = value;
    const auto text = encoded(event, PayloadFormat::json);
    EXPECT_TRUE(json::accept(text)) << text;
    EXPECT_NE(text.find("\"value\":" + std::string(DecimalText(value).view())), std::string::npos) << text;
  }
}

// The same event by the library alone, dates and digits by the C library's.
void put_fields(nlohmann::ordered_json& object, const Event& event, const std::array<const char*, 9>& keys) {
  const auto printed = [](const char* format, auto... values) {
    std::array<char, 100> text{};
    const int length = std::snprintf(text.data(), text.size(), format, values...);
    return std::string(text.data(), static_cast<std::size_t>(length));
  };
  const std::time_t seconds = event.time.seconds;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::string guid;
  for (const auto byte : event.guid.bytes) guid += printed(guid.empty() ? "%02X" : ":%02X", unsigned{byte});
  std::string note(event.note);
  if (!event.full_text.empty()) note.append(": ").append(event.full_text);
  object[keys[0]] = 32864;
  object[keys[1]] = 0;
  object[keys[2]] = printed("%04d-%02d-%02dT%02d:%02d:%02dZ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                            utc.tm_hour, utc.tm_min, utc.tm_sec);
  object[keys[3]] = event.time.microseconds;
  object[keys[4]] = event.vscp_class;
  object[keys[5]] = event.type;
  object[keys[6]] = guid;
  object[keys[7]] = std::vector<int>(event.data().begin(), event.data().end());
  object[keys[8]] = note;
  if (keys[0] != std::string_view("head")) return;
  object["timestamp_ns"] = printed("0x%016llx", static_cast<unsigned long long>(event.time.seconds) * 1'000'000'000 +
                                                    event.time.microseconds * 1000ULL);
}

std::string by_the_library(const Event& event, JsonNames names) {
  nlohmann::ordered_json object;
  if (names != JsonNames::plain) {
    put_fields(object, event,
               {"vscpHead", "vscpObId", "vscpDateTime", "vscpTimeStamp", "vscpClass", "vscpType", "vscpGuid",
                "vscpData", "vscpNote"});
  }
  if (names != JsonNames::vscp) {
    put_fields(object, event, {"head", "obid", "datetime", "timestamp", "class", "type", "guid", "data", "note"});
  }
  if (const auto& m = event.measurement) {
    object["measurement"] = {{"value", nullptr},
                             {"unit", m->unit},
                             {"sensorindex", m->sensor_index},
                             {"zone", m->zone},
                             {"subzone", m->subzone}};
  }
  auto text = without_raw_controls(object.dump(-1, ' ', false, json::error_handler_t::replace));
  // The digits of the value are no double, which the library would make of them.
  if (event.measurement) text.replace(text.rfind("null"), 4, DecimalText(event.measurement->value).view());
  return text;
}

// Events of which everything is random, and often at its limit.
class RandomEvents {
 public:
  Event next() {
    Event event;
    event.vscp_class = number<std::uint16_t>();
    event.type = number<std::uint16_t>();
    for (auto& byte : event.guid.bytes) byte = number<std::uint8_t>();
    event.time = {static_cast<std::int64_t>(number<std::uint64_t>() % 253'402'300'800),
                  number<std::uint32_t>() % 1'000'000};
    if (number<std::uint8_t>() % 8 != 0) {
      event.measurement = {{number<std::int64_t>(), static_cast<std::int8_t>(number<std::uint8_t>() % 65 - 32)},
                           number<std::uint8_t>(),
                           number<std::uint8_t>(),
                           number<std::uint8_t>(),
                           number<std::uint8_t>()};
    }
    for (auto i = number<std::uint8_t>() % (Event::max_data + 1); i > 0; --i) event.append(number<std::uint8_t>());
    event.note = note_ = text();
    event.full_text = full_text_ = number<std::uint8_t>() % 4 == 0 ? text() : "";
    return event;
  }

 private:
  // As many short numbers as long ones; now and then the lowest and the largest.
  template <class Number>
  Number number() {
    const auto choice = generator_() % 16;
    if (choice == 0) return std::numeric_limits<Number>::min();
    if (choice == 1) return std::numeric_limits<Number>::max();
    return static_cast<Number>(generator_() >> generator_() % 64);
  }

  std::string text() {
    static const std::vector<std::string> pieces = {"Meter reading",
                                                    " ",
                                                    "L1",
                                                    "~",
                                                    "\"",
                                                    "\\",
                                                    "/",
                                                    "\n",
                                                    "\x1F",
                                                    "\x7F",
                                                    std::string(1, '\0'),
                                                    "\xC2\x80",
                                                    "\xC3\xA5ngstr\xC3\xB6m",
                                                    "\xE2\x82\xAC",
                                                    "\xEF\xBF\xBE",
                                                    "\xF0\x9F\x94\x8C",
                                                    "\xFF",
                                                    "\xC3"};
    const auto first = generator_() % 2 == 0 ? 4U : pieces.size();  // half of them need no escape
    std::string result;
    for (auto i = generator_() % 12; i > 0; --i) result += pieces[generator_() % first];
    return result;
  }

  std::mt19937_64 generator_{1040};
  std::string note_, full_text_;
};

TEST(EncodeJson, random_events_are_what_the_library_writes) {
  RandomEvents events;
  for (int i = 0; i < 2000; ++i) {
    const auto event = events.next();
    for (const auto names : {JsonNames::both, JsonNames::vscp, JsonNames::plain}) {
      ASSERT_EQ(encoded(event, PayloadFormat::json, names), by_the_library(event, names)) << "event " << i;
    }
  }
}

// Each byte at each place of a note, alone and behind plain text: it is looked at eight bytes at a time.
TEST(EncodeJson, notes_of_any_byte_are_what_the_library_writes) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (const std::size_t size : {1U, 7U, 8U, 9U, 17U}) {
      for (std::size_t place = 0; place < size; ++place) {
        std::string note(size, 'n');
        note[place] = static_cast<char>(byte);
        auto event = example();
        event.note = note;
        ASSERT_EQ(encoded(event, PayloadFormat::json), by_the_library(event, JsonNames::both))
            << byte << " at " << place;
      }
    }
  }
}

// The longest text of each value: the room that is made for an event is enough.
TEST(Encode, holds_the_longest_event) {
  Event event;
  event.vscp_class = event.type = UINT16_MAX;
  event.guid.bytes.fill(UINT8_MAX);
  event.time = {253'402'300'799, UINT32_MAX};
  event.measurement = {{INT64_MIN, 32}, 255, 255, 255, 255};
  for (std::size_t i = 0; i < Event::max_data; ++i) event.append(std::uint8_t{255});
  const std::string note(300, 'n');
  event.note = note;
  EXPECT_EQ(encoded(event, PayloadFormat::json), by_the_library(event, JsonNames::both));
  const auto xml = encoded(event, PayloadFormat::xml);
  EXPECT_TRUE(xml.ends_with(" subzone=\"255\"/>")) << xml;
  const auto string = encoded(event, PayloadFormat::string);
  EXPECT_TRUE(string.starts_with("32864,65535,65535,0,9999-12-31T23:59:59Z,4294967295,FF:")) << string;
  EXPECT_TRUE(string.ends_with(",255,255")) << string;
  EXPECT_EQ(encoded(event, PayloadFormat::binary).size(), 39 + Event::max_data);
}

TEST(EncodeJson, notes_are_escaped) {
  struct Case {
    std::string note, expected;
  };
  const Case cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"a \"quoted\" word", "a \"quoted\" word"},
      {"back\\slash", "back\\slash"},
      {"line\nfeed\ttab\r", "line\nfeed\ttab\r"},
      {std::string("nul\0byte", 8), std::string("nul\0byte", 8)},
      {"\x01\x1f\x7f", "\x01\x1f\x7f"},
      {"Zähler 1 €", "Zähler 1 €"},
      {"</event>", "</event>"},
      {"C1 \xC2\x80\xC2\x9B\xC2\x9F", "C1 \xC2\x80\xC2\x9B\xC2\x9F"},
      {"FFFE \xEF\xBF\xBE", "FFFE \xEF\xBF\xBE"},
      {"broken \xff utf-8", "broken \xEF\xBF\xBD utf-8"},
      {"cut \xC3", "cut \xEF\xBF\xBD"},
      {"surrogate \xED\xA0\x80", "surrogate \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
  };
  for (const auto& c : cases) {
    auto event = example();
    event.note = c.note;
    const auto text = encoded(event, PayloadFormat::json);
    ASSERT_TRUE(json::accept(text)) << text;
    EXPECT_TRUE(is_plain_text(text)) << "whoever shows it on a terminal is safe: " << test::hex(c.note);
    const auto note = json::parse(text).at("note").get<std::string>();
    EXPECT_EQ(json::parse(text).at("vscpNote"), note) << test::hex(c.note);
    // how many U+FFFD stand for a broken sequence is the library's choice
    if (c.note.find("\xED") == std::string::npos) {
      EXPECT_EQ(test::hex(note), test::hex(c.expected)) << test::hex(c.note);
    }
  }
}

TEST(EncodeJson, event_without_data_and_measurement) {
  Event event;
  event.vscp_class = 20;
  event.type = 6;
  const auto object = parsed(event);
  EXPECT_EQ(object.at("data"), json::array());
  EXPECT_EQ(object.at("vscpData"), json::array());
  EXPECT_FALSE(object.contains("measurement"));
  EXPECT_EQ(object.at("datetime"), "1970-01-01T00:00:00Z");
  EXPECT_EQ(object.at("timestamp_ns"), "0x0000000000000000");
}

TEST(EncodeString, fields_in_order) {
  EXPECT_EQ(encoded(example(), PayloadFormat::string),
            "32864,1040,13,0,2026-11-21T08:30:15Z,123456," + guid_text + ",1,2,3,1,49,50,51,52,53,46,54,55,56,0");
  EXPECT_EQ(encoded(Event{}, PayloadFormat::string),
            "32864,0,0,0,1970-01-01T00:00:00Z,0,00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00");
}

TEST(EncodeBinary, is_the_example_with_our_head) {
  // 0x0060 is replaced by our 0x8060 and the CRC computed anew, bit by bit.
  const std::string frame =
      "8060"                              // head
      "0001E240"                          // microseconds
      "07EA0B15081E0F"                    // 2026-11-21 08:30:15
      "0410000D"                          // class, type
      "FFFFFFFFFFFFFFFE5CCF7FC41E7B0001"  // GUID
      "000E0102030131323334352E36373800";
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < frame.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(frame.substr(i, 2), nullptr, 16)));
  }
  const auto crc = crc16_ccitt_false(bytes);
  const std::array<char, 2> crc_bytes = {static_cast<char>(crc >> 8), static_cast<char>(crc & 0xFF)};
  EXPECT_EQ(test::hex(encoded(example(), PayloadFormat::binary)),
            "0000" + frame + test::hex({crc_bytes.data(), crc_bytes.size()}));
  bytes[0] = 0x00;
  EXPECT_EQ(crc16_ccitt_false(bytes), 0xFBE7) << "with the example's head the CRC is the example's";
}

TEST(EncodeXml, has_both_generations_of_attributes) {
  const auto text = encoded(example(), PayloadFormat::xml);
  EXPECT_EQ(text.substr(0, 7), "<event ");
  EXPECT_EQ(text.substr(text.size() - 2), "/>");
  const std::string data = "0x01,0x02,0x03,0x01,0x31,0x32,0x33,0x34,0x35,0x2e,0x36,0x37,0x38,0x00";
  for (const std::string& attribute :
       {std::string(" head=\"32864\""), std::string(" obid=\"0\""), std::string(" datetime=\"2026-11-21T08:30:15Z\""),
        std::string(" timestamp=\"123456\""), std::string(" class=\"1040\""), std::string(" type=\"13\""),
        " guid=\"" + guid_text + "\"", std::string(" sizedata=\"14\""), " data=\"" + data + "\"",
        std::string(" vscpHead=\"32864\""), std::string(" vscpClass=\"1040\""), std::string(" vscpType=\"13\""),
        " vscpGuid=\"" + guid_text + "\"", " vscpData=\"" + data + "\"", std::string(" value=\"12345.678\""),
        std::string(" unit=\"1\""), std::string(" sensorindex=\"1\""), std::string(" zone=\"2\""),
        std::string(" subzone=\"3\"")}) {
    EXPECT_NE(text.find(attribute), std::string::npos) << attribute << " is missing in " << text;
  }
  EXPECT_EQ(encoded(example(), PayloadFormat::xml, JsonNames::plain).find("vscp"), std::string::npos);
  EXPECT_EQ(encoded(example(), PayloadFormat::xml, JsonNames::vscp).find(" head="), std::string::npos);
}

TEST(EncodeXml, notes_are_escaped) {
  struct Case {
    std::string_view note, expected;
  };
  const Case cases[] = {
      {"a \"b\" <c> & d", " note=\"a &quot;b&quot; &lt;c&gt; &amp; d\""},
      {"&amp;", " note=\"&amp;amp;\""},
      {"\x01\n\x1f", " note=\"   \""},
      {"Zähler €", " note=\"Zähler €\""},
      {"broken \xff utf-8", " note=\"broken \xEF\xBF\xBD utf-8\""},
      {"cut \xC3", " note=\"cut \xEF\xBF\xBD\""},
      {"\x7F\xC2\x9B", " note=\"  \""},
      {"FFFE \xEF\xBF\xBE", " note=\"FFFE \xEF\xBF\xBD\""},
  };
  for (const auto& c : cases) {
    auto event = example();
    event.note = c.note;
    const auto text = encoded(event, PayloadFormat::xml, JsonNames::plain);
    EXPECT_NE(text.find(c.expected), std::string::npos) << c.expected << " is missing in " << text;
  }
}

TEST(Encode, appends_to_the_payload) {
  for (const auto format : {PayloadFormat::json, PayloadFormat::xml, PayloadFormat::string, PayloadFormat::binary}) {
    std::string payload = "before";
    encode_event(example(), format, JsonNames::both, payload);
    EXPECT_EQ(payload, "before" + encoded(example(), format)) << static_cast<int>(format);
  }
}

}  // namespace
}  // namespace vscp_p1
