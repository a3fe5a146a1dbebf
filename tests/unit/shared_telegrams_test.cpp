#include <gtest/gtest.h>

#include <charconv>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "unit/support.hpp"

namespace vscp_p1 {
namespace {

using nlohmann::json;

const std::filesystem::path directory = SOURCE_DIR "/../shared/telegrams";

// Where we and somebody else's test suite disagree, and why.
struct Exception {
  std::string_view file, code, reason;  // code "*": all of the file
};
constexpr Exception exceptions[] = {
    {"NL-ROBTHREE_TEST-5.0-1.txt", "0-2:24.2.1", "says S in December: the letter is the truth (DSMR 5.0.2 §6.4)"},
    {"NL-ROBTHREE_TEST-5.0-1.txt", "0-4:24.2.1", "says S in December: the letter is the truth (DSMR 5.0.2 §6.4)"},
    {"LU-SPEC_SMARTY-1.1.3-1.txt", "0-2:24.2.1", "was never read (632525252525, LUX example): no value to publish"},
    {"LU-SPEC_SMARTY-1.1.3-1.txt", "0-3:24.2.1", "was never read (632525252525, LUX example): no value to publish"},
    {"NL-SPEC_MT382-5.0-5.txt", "0-1:24.2.1", "was never read (632525252525): no value to publish"},
    {"XX-MIJNVERBRUIK_LEGACYWATER4-1.txt", "0-4:24.4.0", "is 3: a valve is off, on or released (DSMR 3.0 §5.10)"},
};

const Exception* exception_for(std::string_view file, std::string_view code) {
  for (const auto& e : exceptions) {
    if (e.file == file && (e.code == code || e.code == "*")) return &e;
  }
  return nullptr;
}

// What a file gives when it is not one telegram with readings and nothing dropped.
struct Stream {
  std::string_view file;
  std::size_t telegrams, dropped;  // with readings; noise not counted
  std::string_view reason;
};
constexpr Stream streams[] = {
    {"NL-DSMRREADER_RESTART-1.txt", 1, 1, "cut in mid-value and restarted"},
    {"NL-ISKRA_M550T_TRUNCATED-5.0-1.txt", 1, 1, "the first is cut, the second is good"},
    {"NL-NDOKTER_STREAM-BUFFER-1.txt", 3, 0, "three, two of them without CRC"},
    {"NL-SPEC_MT382-5.0-11.txt", 1, 0, "minimal: its states"},
    {"XX-MIJNVERBRUIK_BASIC-1.txt", 1, 0, "minimal: its states"},
    {"BE-DSMRHUB_FRAGMENT-X-1.txt", 1, 0, "a fragment: its failure log"},
    {"XX-ESPHOME_POS-DEMAND11-1.txt", 1, 0, "demand only"},
    {"AT-SAGEMCOM_EST5-5.0-1.txt", 0, 1, "without its end"},
    {"NL-SPEC_MT382-5.0-7.txt", 0, 1, "without its end"},
    {"XX-ESPHOME_NEG-NOCRLF-1.txt", 0, 1, "without the line end behind '!'"},
    {"XX-ESPHOME_NEG-TINY-1.txt", 0, 1, "without a line"},
    {"XX-ESPHOME_NEG-BRACKETS-1.txt", 0, 0, "one bad line"},
    {"XX-ESPHOME_NEG-BRACKETS-3.txt", 0, 0, "one bad line"},
    {"XX-ESPHOME_NEG-EXTRAUNIT-1.txt", 0, 0, "one line that is not ours"},
    {"XX-ESPHOME_NEG-LENGTH-1.txt", 1, 0, "a version text of any length"},
    {"XX-ESPHOME_NEG-NOTANUMBER-1.txt", 0, 0, "one bad line"},
    {"XX-ESPHOME_NEG-OBIS256-1.txt", 0, 0, "one bad line"},
    {"XX-ESPHOME_NEG-WRONGUNIT-1.txt", 0, 0, "one line in a wrong unit"},
};

Stream stream_of(std::string_view file) {
  for (const auto& stream : streams) {
    if (stream.file == file) return stream;
  }
  return {file, 1, 0, "one telegram"};
}

struct Entry {
  std::string file, crc, notes;
};

std::vector<Entry> index_entries() {
  std::vector<Entry> entries;
  for (const auto& line : test::split(test::read_file(directory / "INDEX.tsv"), '\n')) {
    const auto columns = test::split(line, '\t');
    if (columns.size() >= 7 && columns[0].ends_with(".txt")) entries.push_back({columns[0], columns[5], columns[6]});
  }
  return entries;
}

// What the telegrams of a file give, by code; M-Bus readings by "0-n:", whatever their code.
struct Found {
  Decimal value;
  std::uint8_t unit;
  UtcTime time;
};
struct Mapped {
  std::map<std::string, std::vector<Found>> readings;
  std::map<std::string, std::string> texts;  // of states, as sent
};

std::string reading_key(const Obis& code) {
  return is_mbus_reading(code) ? "0-" + std::to_string(code.b) + ":" : std::string(ObisText(code).view());
}

// The key under which a code of the expectation is looked up, and which of several entries of a profile it is;
// nullopt for what is no value: clocks, device types, whole profiles.
struct ExpectedKey {
  std::string key;
  std::size_t index = 0;
};
std::optional<ExpectedKey> expected_key(const std::string& code) {
  const auto bracket = code.find('[');
  const auto id = parse_obis(code.substr(0, bracket));
  if (!id) return std::nullopt;
  if (bracket != std::string::npos) return ExpectedKey{reading_key(*id), std::stoul(code.substr(bracket + 1))};
  if (is_mbus_reading(*id)) return ExpectedKey{reading_key(*id)};
  if (const auto row = find_quantity(*id)) return ExpectedKey{std::string(ObisText(quantities[*row].id).view())};
  return std::nullopt;
}

// A number as the JSON file has it: shortest digits that give the double back.
std::string number_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return std::to_string(value.get<std::int64_t>());
  std::array<char, 64> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value.get<double>(), std::chars_format::fixed).ptr;
  return {text.data(), end};
}

Decimal normalised(Decimal value) {
  while (value.mantissa != 0 && value.mantissa % 10 == 0) {
    value.mantissa /= 10;
    ++value.exponent;
  }
  if (value.mantissa == 0) value.exponent = 0;
  return value;
}

struct UnitRule {
  std::string_view name;
  int power;
  int code;
};

// The meter's units and what VSCP wants (facts/vscp.md §6), apart from the table under test.
constexpr UnitRule unit_rules[] = {
    {"kwh", 0, 1}, {"wh", 0, 2}, {"kw", 3, 0}, {"w", 0, 0},   {"kvarh", 0, 0}, {"varh", -3, 0}, {"kvar", 3, 0},
    {"var", 0, 0}, {"v", 0, 0},  {"kv", 3, 0}, {"kva", 3, 0}, {"va", 0, 0},    {"hz", 0, 0},    {"s", 0, 0},
    {"a", 0, 0},   {"ka", 3, 0}, {"m3", 0, 0}, {"gj", 9, 0},  {"mj", 6, 0},
};

const UnitRule* unit_rule(std::string unit) {
  std::transform(unit.begin(), unit.end(), unit.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const auto& rule : unit_rules) {
    if (rule.name == unit) return &rule;
  }
  return nullptr;
}

Decimal truncated(Decimal value) {
  for (; value.exponent < 0; ++value.exponent) value.mantissa /= 10;
  return value;
}

// Raw TST, ISO in UTC, or ISO with an offset and perhaps a zone name behind it.
std::optional<std::int64_t> expected_time(const std::string& text) {
  if (text.size() < 16 || text[4] != '-' || text[10] != 'T') {
    const auto time = parse_timestamp(text, TimeZone());
    return time ? std::optional(time->seconds) : std::nullopt;
  }
  const auto number = [&](std::size_t position) { return text.substr(position, 2); };
  const bool has_seconds = text.size() > 16 && text[16] == ':';
  const auto civil = parse_timestamp(text.substr(0, 4) + number(5) + number(8) + " " + number(11) + ":" + number(14) +
                                         ":" + (has_seconds ? number(17) : "00"),
                                     *TimeZone::parse("UTC0"));
  if (!civil) return std::nullopt;
  const std::size_t behind = has_seconds ? 19 : 16;
  if (text.substr(behind) == "Z") return civil->seconds;
  const auto sign = text.substr(behind, 1);
  if (sign != "+" && sign != "-") return std::nullopt;
  const int offset = std::stoi(number(behind + 1)) * 3600 + std::stoi(number(behind + 4)) * 60;
  return civil->seconds - (sign == "+" ? offset : -offset);
}

// "" when the state is what is expected, else the difference. Numbers stand for positions, tariffs and versions.
std::string state_mismatch(const json& value, const std::string& sent) {
  if (value.is_array()) return "";
  if (value.is_number()) {
    const auto number = parse_decimal_prefix(sent);
    const bool same =
        number && normalised(number->value) == normalised(parse_decimal_prefix(number_text(value))->value);
    return same ? "" : sent + ", expected " + number_text(value);
  }
  const auto text = value.get<std::string>();
  return text == sent || text == state_text(Shape::text, sent) ? "" : sent + ", expected " + text;
}

// "" when the reading is what is expected, else the difference.
std::string mismatch(const json& expected, const Mapped& mapped, const ExpectedKey& key) {
  const auto entries = mapped.readings.find(key.key);
  const auto* found =
      entries == mapped.readings.end() || entries->second.size() <= key.index ? nullptr : &entries->second[key.index];
  if (expected.contains("absent")) return found == nullptr ? "" : "a reading, expected none";
  if (const auto text = mapped.texts.find(key.key); text != mapped.texts.end() && expected.contains("value")) {
    return state_mismatch(expected.at("value"), text->second);
  }
  const bool raw = expected.contains("raw");
  const bool whole = expected.contains("value_truncated_to_int");
  if (!raw && !whole && !expected.contains("value")) return "";      // nothing but a time
  if (!raw && !whole && expected.at("value").is_array()) return "";  // the fields before the number
  const auto text = number_text(expected.at(raw ? "raw" : whole ? "value_truncated_to_int" : "value"));
  const auto number = parse_decimal_prefix(text);
  if (!number || number->length != text.size()) return "";  // a text of that suite, not a number
  if (found == nullptr) return "no reading, expected " + text;
  const auto unit_text =
      expected.contains("unit") && expected.at("unit").is_string() ? expected.at("unit").get<std::string>() : "";
  const auto* rule = unit_rule(unit_text);
  if (!unit_text.empty() && rule == nullptr) return "the test does not know the unit " + unit_text;
  const auto wanted = normalised(number->value.scaled(rule != nullptr ? rule->power : 0));
  const auto value = normalised(whole ? truncated(found->value) : found->value);
  if (value != wanted) {
    return std::string(DecimalText(found->value).view()) + ", expected " + std::string(DecimalText(wanted).view());
  }
  if (rule != nullptr && rule->code != found->unit) {
    return "unit " + std::to_string(found->unit) + ", expected " + std::to_string(rule->code);
  }
  // kinds of time: none, a string, or (in one suite) something else
  if (key.key.back() == ':' && expected.contains("timestamp") && expected.at("timestamp").is_string()) {
    const auto stamp = expected.at("timestamp").get<std::string>();
    const auto time = expected_time(stamp);
    const bool same = time ? found->time.seconds == *time : found->time == test::host_now;
    if (!same) return "time " + std::string(IsoTime(found->time).view()) + ", expected " + stamp;
  }
  return {};
}

Mapped mapped_of(std::string_view stream, CrcCheck crc) {
  Framer framer(crc);
  Mapper mapper(test::default_settings(), {});
  Mapped all;
  const auto sink = [&](const Result<Telegram>& found) {
    if (!found) return;
    const auto mapping = mapper.map(found->body, test::host_now);
    std::map<std::string, std::vector<Found>> readings;
    for (const auto& r : mapping.readings) readings[reading_key(r.code)].push_back({r.value, r.unit, r.time});
    for (auto& [key, entries] : readings) all.readings.insert_or_assign(key, std::move(entries));
    for (const auto& s : mapping.states) {
      all.texts.insert_or_assign(std::string(ObisText(quantities[s.quantity].id).view()), std::string(s.text));
    }
  };
  framer.feed(stream, sink);
  framer.finish(sink);
  return all;
}

class SharedTelegrams : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(directory / "INDEX.tsv")) GTEST_SKIP() << directory << " is not here";
  }
};

TEST_F(SharedTelegrams, bad_crc_gives_no_reading_and_one_dropped_stretch) {
  std::size_t files = 0;
  for (const auto& entry : index_entries()) {
    if (entry.crc != "bad") continue;
    ++files;
    test::Pipeline pipeline;
    pipeline.feed(test::read_file(directory / entry.file));
    pipeline.finish();
    std::string reasons;
    for (const auto reason : pipeline.drops()) reasons += " [" + std::string(message(reason)) + "]";
    EXPECT_EQ(pipeline.telegrams().size(), 0U) << entry.file << ": telegrams with readings; " << entry.notes;
    EXPECT_EQ(pipeline.dropped_telegrams(), 1U) << entry.file << ": dropped" << reasons << "; " << entry.notes;
  }
  std::cout << files << " telegrams with a bad CRC\n";
  EXPECT_GT(files, 40U);
}

TEST_F(SharedTelegrams, values_are_those_of_other_test_suites) {
  std::size_t telegrams = 0;
  std::size_t values = 0;
  std::size_t mismatches = 0;
  for (const auto& entry : index_entries()) {
    const auto path = directory / (entry.file.substr(0, entry.file.size() - 4) + ".expected.json");
    if (!std::filesystem::exists(path)) continue;
    ++telegrams;
    const auto mapped =
        mapped_of(test::read_file(directory / entry.file), entry.crc == "bad" ? CrcCheck::off : CrcCheck::automatic);
    const auto expected = json::parse(test::read_file(path));
    for (const auto& [code, value] : expected.items()) {
      const auto key = expected_key(code);
      if (!key || !value.is_object()) continue;
      ++values;
      const auto fault = mismatch(value, mapped, *key);
      if (fault.empty()) continue;
      if (const auto* exception = exception_for(entry.file, code)) {
        std::cout << entry.file << ' ' << code << ": " << exception->reason << '\n';
        continue;
      }
      ++mismatches;
      ADD_FAILURE() << entry.file << ' ' << code << ": " << fault;
    }
  }
  std::cout << telegrams << " telegrams, " << values << " values, " << mismatches << " mismatches\n";
  EXPECT_GE(telegrams, 50U);
  EXPECT_GE(values, 500U);
}

TEST_F(SharedTelegrams, good_crc_or_none_gives_readings) {
  std::size_t files = 0;
  std::size_t readings = 0;
  for (const auto& entry : index_entries()) {
    if (entry.crc != "ok" && entry.crc != "none") continue;
    ++files;
    test::Pipeline pipeline;
    pipeline.feed(test::read_file(directory / entry.file));
    pipeline.finish();
    const auto expected = stream_of(entry.file);
    EXPECT_EQ(pipeline.telegrams().size(), expected.telegrams)
        << entry.file << ": telegrams with readings, as it is " << expected.reason << "; " << entry.notes;
    EXPECT_EQ(pipeline.dropped_telegrams(), expected.dropped)
        << entry.file << ": dropped stretches, as it is " << expected.reason << "; " << entry.notes;
    for (const auto& rows : pipeline.telegrams()) readings += rows.size();
  }
  std::cout << files << " telegrams with a good CRC or none, " << readings << " readings\n";
  EXPECT_GT(files, 100U);
}

}  // namespace
}  // namespace vscp_p1
