#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <regex>

#include "decode.hpp"
#include "harness.hpp"

// --dry-run, and through it every class of events in every form of payload.
namespace itest {
namespace {

const std::vector<std::string> all_kinds = {"0-0:1.0.0(240730123456S)",
                                            "1-0:1.8.0(000671.578*kWh)",
                                            "1-0:2.8.0(00000123456*Wh)",
                                            "1-0:3.8.0(000001.250*kvarh)",
                                            "1-0:1.7.0(01.193*kW)",
                                            "1-0:2.7.0(-0.500*kW)",
                                            "1-0:3.7.0(00.000*kvar)",
                                            "1-0:32.7.0(231.4*V)",
                                            "1-0:31.7.0(002*A)",
                                            "0-1:24.1.0(003)",
                                            "0-1:24.2.1(240730120500S)(01234.567*m3)",
                                            "0-2:24.1.0(007)",
                                            "0-2:24.2.1(240730120500S)(00000.001*m3)",
                                            "0-3:24.1.0(004)",
                                            "0-3:24.2.1(240730120500S)(00012.345*GJ)"};

// Id, type, unit, digits and time of what must come out.
struct Expected {
  unsigned id, type, unit;
  std::string digits, datetime;
};
const std::vector<Expected> expected = {
    {1, 13, 1, "671.578", "2024-07-30T10:34:56Z"},     {2, 13, 2, "123456", "2024-07-30T10:34:56Z"},
    {3, 65, 0, "1.250", "2024-07-30T10:34:56Z"},       {5, 14, 0, "1193", "2024-07-30T10:34:56Z"},
    {6, 14, 0, "-500", "2024-07-30T10:34:56Z"},        {7, 64, 0, "0", "2024-07-30T10:34:56Z"},
    {21, 16, 0, "231.4", "2024-07-30T10:34:56Z"},      {24, 5, 0, "2", "2024-07-30T10:34:56Z"},
    {61, 28, 0, "1234.567", "2024-07-30T10:05:00Z"},   {72, 28, 0, "0.001", "2024-07-30T10:05:00Z"},
    {83, 13, 0, "12345000000", "2024-07-30T10:05:00Z"}};

TEST(DryRun, ShowsOnlyMessagesOnStandardOutput) {
  const auto result = dry_run(config_for(), "noise\r\n" + numbered(1) + numbered(2), {"-d"});
  EXPECT_EQ(result.code, 0);
  static const std::regex line(R"(vscp/([0-9A-F]{2}:){15}[0-9A-F]{2}/\d+/\d+ \{.*\})");
  const auto lines = lines_of(result.out);
  EXPECT_EQ(lines.size(), 5U);
  for (const auto& text : lines) EXPECT_TRUE(std::regex_match(text, line)) << text;
  EXPECT_TRUE(contains(result.err, "telegrams: 2 good")) << result.err;
  EXPECT_TRUE(result.out.ends_with('\n'));
}

TEST(DryRun, BeginsOnlineAndEndsTerminating) {
  const auto lines = lines_of(dry_run(config_for(), numbered(1)).out);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_TRUE(lines[0].starts_with("vscp/" + base_guid + "/0/2 "));
  EXPECT_TRUE(lines[1].starts_with("vscp/" + base_guid + "/1026/2 "));
  EXPECT_TRUE(lines[3].starts_with("vscp/" + base_guid + "/20/6 "));
}

TEST(DryRun, NeedsNoConfiguration) {
  const TempDir dir;
  const auto result = run_daemon(dir, {"--dry-run", "--source", "file:" + dir.write("capture", numbered(9))});
  EXPECT_EQ(result.code, 0) << result.err;
  const auto readings = readings_in(result.out);
  ASSERT_EQ(readings.size(), 1U);
  EXPECT_EQ(decode_value(readings[0]).text, "9.000");
  EXPECT_TRUE(readings[0].guid.starts_with("FF:FF:FF:FF:FF:FF:FF:F")) << readings[0].guid;
  EXPECT_TRUE(readings[0].guid.ends_with(":00:01")) << readings[0].guid;
}

TEST(DryRun, ClosedOutputEndsTheProgram) {
  const TempDir dir;
  const auto result =
      run({"timeout", "10", "sh", "-c", std::string(VSCP_P1D) + " --dry-run --source emulator: | head -n 3"},
          {dir.path().string(), Process::Input::null, {}});
  EXPECT_EQ(lines_of(result.out).size(), 3U);
}

struct Form {
  const char* event_class;
  const char* payload;
  const char* names;
};

std::string name_of(const Form& form) {
  return std::string("class_") + form.event_class + "_" + form.payload + "_" + form.names;
}
void PrintTo(const Form& form, std::ostream* out) { *out << name_of(form); }

class EveryForm : public testing::TestWithParam<Form> {
 protected:
  static DecodedEvent decode(const std::string& payload) {
    const std::string form = GetParam().payload;
    const std::string names = GetParam().names;
    const auto generation = names == "both" ? Names::both : names == "vscp" ? Names::vscp : Names::plain;
    if (form == "json") return decode_json(payload, generation);
    if (form == "xml") return decode_xml(payload, generation);
    return form == "string" ? decode_string(payload) : decode_binary(payload);
  }
};

TEST_P(EveryForm, DecodesToWhatTheMeterSent) {
  auto config = config_for();
  config["VSCP"]["event_class"] = GetParam().event_class;
  config["VSCP"]["payload"] = GetParam().payload;
  config["VSCP"]["json_names"] = GetParam().names;
  config["VSCP"]["zone"] = "200";
  config["VSCP"]["subzone"] = "100";
  const auto result = dry_run(config, telegram(all_kinds));
  ASSERT_EQ(result.code, 0) << result.err;
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), expected.size() + 3);
  const unsigned event_class = static_cast<unsigned>(std::atoi(GetParam().event_class));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& want = expected[i];
    SCOPED_TRACE(key_of(want.id));
    const bool is_binary = std::string(GetParam().payload) == "binary";
    EXPECT_EQ(contains(lines[i + 2], " hex:"), is_binary);
    const auto message = parse_line(lines[i + 2]);
    const auto event = decode(message.payload);
    EXPECT_EQ(message.topic, "vscp/" + event.guid + "/" + GetParam().event_class + "/" + std::to_string(want.type));
    EXPECT_EQ(event.head, 0x8060U);
    EXPECT_EQ(event.event_class, event_class);
    EXPECT_EQ(event.type, want.type);
    EXPECT_EQ(event.id(), want.id);
    EXPECT_EQ(event.datetime, want.datetime);
    const auto value = decode_value(event);
    EXPECT_EQ(value.unit, want.unit);
    EXPECT_EQ(value.sensor_index, event_class == 10 && want.id > 7 ? 0 : want.id);
    const auto number = std::stod(want.digits);
    EXPECT_NEAR(value.number, number, event_class == 10 ? std::abs(number) * 1e-12 : 0);
    EXPECT_EQ(value.text, event_class == 1040 ? want.digits : "");
    if (event_class != 10) {
      EXPECT_EQ(event.data[1], 200);
      EXPECT_EQ(event.data[2], 100);
    }
    if (event.measurement) {
      EXPECT_EQ(std::stod(event.measurement->value), number);
      EXPECT_EQ(event.measurement->unit, want.unit);
      EXPECT_EQ(event.measurement->zone, 200U);
      EXPECT_EQ(event.measurement->subzone, 100U);
      EXPECT_EQ(event.measurement->sensor_index, value.sensor_index);
    }
  }
  for (const auto index : {std::size_t{0}, std::size_t{1}, lines.size() - 1}) {
    EXPECT_NO_THROW(decode(parse_line(lines[index]).payload)) << lines[index];
  }
}

std::vector<Form> every_form() {
  std::vector<Form> forms;
  for (const char* event_class : {"1040", "1060", "10"}) {
    for (const char* payload : {"json", "xml", "string", "binary"}) {
      const bool has_names = std::string(payload) == "json" || std::string(payload) == "xml";
      for (const char* names : {"both", "vscp", "plain"}) {
        if (has_names || std::string(names) == "both") forms.push_back({event_class, payload, names});
      }
    }
  }
  return forms;
}

INSTANTIATE_TEST_SUITE_P(Payload, EveryForm, testing::ValuesIn(every_form()),
                         [](const auto& tested) { return name_of(tested.param); });

// ---- class 10 has room for a few bytes only

TEST(Class10, LargeNumbersAndManyDecimalsKeepTheirValue) {
  auto config = config_for();
  config["VSCP"]["event_class"] = "10";
  const std::vector<std::pair<std::string, double>> numbers = {{"99999999.999", 99999999.999},
                                                               {"00000000.00000001", 0.00000001},
                                                               {"12345678901.25", 12345678901.25},
                                                               {"0.0", 0},
                                                               {"-128", -128},
                                                               {"-129.5", -129.5},
                                                               {"140737488355327", 140737488355327.0}};
  for (const auto& [text, number] : numbers) {
    const auto readings = readings_in(dry_run(config, telegram({"1-0:1.8.0(" + text + "*kWh)"})).out);
    ASSERT_EQ(readings.size(), 1U) << text;
    EXPECT_LE(readings[0].data.size(), 8U);
    EXPECT_NEAR(decode_value(readings[0]).number, number, std::abs(number) * 1e-12) << text;
  }
}

// ---- the number keeps the meter's decimals

TEST(Number, KeepsTheMetersDecimals) {
  const std::vector<std::pair<std::string, std::string>> numbers = {
      {"1-0:1.8.0(000671.578*kWh)", "671.578"},   {"1-0:1.8.0(-0.500*kWh)", "-0.500"},
      {"1-0:1.8.0(00.000*kWh)", "0.000"},         {"1-0:1.7.0(01.193*kW)", "1193"},
      {"1-0:1.7.0(0000.42*kW)", "420"},           {"1-0:1.7.0(00.1234*kW)", "123.4"},
      {"1-0:1.8.0(123456.789*kWh)", "123456.789"}};
  for (const auto& [line, digits] : numbers) {
    const auto readings = readings_in(dry_run(config_for(), telegram({line})).out);
    ASSERT_EQ(readings.size(), 1U) << line;
    EXPECT_EQ(decode_value(readings[0]).text, digits) << line;
    EXPECT_EQ(readings[0].measurement.value().value, digits) << line;
  }
}

// ---- settings of the time

std::string time_of_event(const ConfigText& config, const std::string& stamp) {
  const auto readings = readings_in(dry_run(config, telegram({"0-0:1.0.0(" + stamp + ")", "1-0:1.7.0(1*kW)"})).out);
  return readings.size() == 1 ? readings[0].datetime : "no event";
}

TEST(Time, FollowsTheLetterAndTheZone) {
  auto config = config_for();
  EXPECT_EQ(time_of_event(config, "240730120000S"), "2024-07-30T10:00:00Z");
  EXPECT_EQ(time_of_event(config, "240730120000W"), "2024-07-30T11:00:00Z");
  EXPECT_EQ(time_of_event(config, "240730120000"), "2024-07-30T10:00:00Z");
  EXPECT_EQ(time_of_event(config, "241027023000S"), "2024-10-27T00:30:00Z");
  EXPECT_EQ(time_of_event(config, "241027023000W"), "2024-10-27T01:30:00Z");
  config["VSCP"]["timezone"] = "EET-2EEST,M3.5.0/3,M10.5.0/4";
  EXPECT_EQ(time_of_event(config, "240730120000S"), "2024-07-30T09:00:00Z");
  EXPECT_EQ(time_of_event(config, "240130120000W"), "2024-01-30T10:00:00Z");
}

TEST(Time, NamedZones) {
  if (!std::filesystem::exists("/usr/share/zoneinfo/Europe/Helsinki")) GTEST_SKIP() << "no package tzdata";
  auto config = config_for();
  for (const auto& [zone, time] : std::map<std::string, std::string>{{"Europe/Stockholm", "2024-07-30T10:00:00Z"},
                                                                     {"Europe/Helsinki", "2024-07-30T09:00:00Z"},
                                                                     {"UTC", "2024-07-30T12:00:00Z"}}) {
    config["VSCP"]["timezone"] = zone;
    EXPECT_EQ(time_of_event(config, "240730120000"), time) << zone;
  }
}

TEST(Time, ByTheHostWhenAskedForOrInvalid) {
  const auto now = std::chrono::duration_cast<seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  auto config = config_for();
  EXPECT_NEAR(static_cast<double>(utc_seconds(time_of_event(config, "632525252525S"))), static_cast<double>(now), 30);
  EXPECT_NEAR(static_cast<double>(utc_seconds(time_of_event(config, ""))), static_cast<double>(now), 30);
  config["VSCP"]["datetime"] = "host";
  EXPECT_NEAR(static_cast<double>(utc_seconds(time_of_event(config, "240730120000S"))), static_cast<double>(now), 30);
}

// ---- switches

TEST(Switches, LeaveOutTheirGroup) {
  const std::map<std::string, std::vector<unsigned>> groups = {{"energy", {1, 2, 3}},    {"active_effect", {5, 6}},
                                                               {"reactive_effect", {7}}, {"voltage", {21}},
                                                               {"current", {24}},        {"gas", {61}},
                                                               {"water", {72}},          {"heat", {83}}};
  for (const auto& [group, ids] : groups) {
    auto config = config_for();
    config["GENERAL"]["send_" + group] = "false";
    std::vector<unsigned> sent;
    for (const auto& event : readings_in(dry_run(config, telegram(all_kinds)).out)) sent.push_back(event.id());
    EXPECT_EQ(sent.size(), expected.size() - ids.size()) << group;
    for (const auto id : ids) EXPECT_EQ(std::count(sent.begin(), sent.end(), id), 0) << group;
  }
}

TEST(Switches, IdSensorIndexAndNotePerQuantity) {
  auto config = config_for();
  config["VSCP"]["id_voltage_l1"] = "4660";
  config["VSCP"]["sensorindex_voltage_l1"] = "99";
  config["MQTT"]["note_voltage_l1"] = "Spänning <\"L1\"> & co";
  const auto readings = readings_in(dry_run(config, telegram({"1-0:32.7.0(231.4*V)"})).out);
  ASSERT_EQ(readings.size(), 1U);
  EXPECT_TRUE(readings[0].guid.ends_with(":12:34")) << readings[0].guid;
  EXPECT_EQ(decode_value(readings[0]).sensor_index, 99U);
  EXPECT_EQ(readings[0].note, "Spänning <\"L1\"> & co");
}

TEST(Switches, GuidIsAcceptedInEverySpelling) {
  for (const auto& spelling : {std::string("ff-ff-ff-ff-ff-ff-ff-fe-02-00-5e-10-20-30-ab-cd"),
                               std::string("FFFFFFFF-FFFF-FFFE-0200-5E1020300000"), "'" + base_guid + "'"}) {
    auto config = config_for();
    config["VSCP"]["guid"] = spelling;
    const auto readings = readings_in(dry_run(config, numbered(1)).out);
    ASSERT_EQ(readings.size(), 1U) << spelling;
    EXPECT_EQ(readings[0].guid, base_guid.substr(0, 42) + "00:01") << spelling;
  }
}

}  // namespace
}  // namespace itest
