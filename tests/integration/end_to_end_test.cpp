#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <future>
#include <map>
#include <nlohmann/json.hpp>

#include "decode.hpp"
#include "harness.hpp"

// The main job: telegrams in a pseudo terminal at the meter's pace come out of a real broker as correct events.
namespace itest {
namespace {

const std::filesystem::path telegram_folder = SOURCE_DIR "/../shared/telegrams";

std::int64_t host_seconds() {
  return std::chrono::duration_cast<seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Topic and payload, without the spaces that come behind it over MQTT; a time of the host's clock, which differs from
// run to run, is taken out.
std::string comparable(const Message& message, std::int64_t test_began) {
  const auto event = decode_json(message.payload);
  if (utc_seconds(event.datetime) < test_began - 1) {
    return message.topic + " " + message.payload.substr(0, message.payload.find_last_not_of(' ') + 1);
  }
  auto object = nlohmann::json::parse(message.payload);
  for (const char* key : {"vscpDateTime", "datetime", "vscpTimeStamp", "timestamp", "timestamp_ns"})
    object[key] = "host";
  return message.topic + " " + object.dump();
}

// What depends on the telegram before: one that runs through a program of its own gives more.
bool is_published_on_change(const std::string& key) {
  return key.starts_with("tariff") || key.starts_with("month_") || key.starts_with("interval_") ||
         key == "power_failure_duration";
}

std::vector<std::string> comparable_readings(const std::vector<Message>& messages, std::int64_t test_began) {
  std::vector<std::string> result;
  for (const auto& message : messages) {
    const auto event = decode_json(message.payload);
    if (is_reading(event) && !is_published_on_change(key_of(event.id()))) {
      result.push_back(comparable(message, test_began));
    }
  }
  return result;
}

std::vector<Message> messages_in(const std::string& output) {
  std::vector<Message> messages;
  for (const auto& line : lines_of(output)) messages.push_back(parse_line(line));
  return messages;
}

TEST(EndToEnd, EveryTelegramAtTheMetersPaceArrivesAsFromAFile) {
  const auto telegrams = captures(telegram_folder);
  if (telegrams.empty()) GTEST_SKIP() << telegram_folder << " is not here";
  const auto began = host_seconds();
  const TempDir dir;
  const Broker broker;
  const Subscriber subscriber(broker);
  const Pty meter(dir.file("meter"));
  auto config = config_for(&broker);
  config["SERIAL"]["serial_port"] = meter.name();
  config["GENERAL"]["plausibility"] = "false";  // these are many meters, some with the same id
  const auto daemon = start_daemon(dir, config, {"-v"});
  ASSERT_TRUE(daemon->wait_for_err(": open"));

  auto written = std::async(std::launch::async, [&] {
    return std::all_of(telegrams.begin(), telegrams.end(),
                       [&](const NamedText& one) { return meter.write_at_pace(one.text + "\r\n"); });
  });
  std::vector<std::string> expected;
  std::size_t with_readings = 0;
  for (const auto& [name, text] : telegrams) {
    const auto from_file = dry_run(config, text + "\r\n");
    ASSERT_EQ(from_file.code, 0) << name << from_file.err;
    const auto readings = comparable_readings(messages_in(from_file.out), began);
    with_readings += readings.empty() ? 0 : 1;
    expected.insert(expected.end(), readings.begin(), readings.end());
  }
  ASSERT_TRUE(written.get());
  EXPECT_GT(with_readings, 80U);
  ASSERT_TRUE(meter.write(numbered(424'242)));
  expected.push_back(comparable_readings(messages_in(dry_run(config, numbered(424'242)).out), began).at(0));

  EXPECT_TRUE(subscriber.wait_for_part("\"value\":424242.000"));
  const auto arrived = comparable_readings(subscriber.messages("vscp/"), began);
  EXPECT_EQ(arrived.size(), expected.size());
  for (std::size_t i = 0; i < std::min(arrived.size(), expected.size()); ++i) ASSERT_EQ(arrived[i], expected[i]);
}

TEST(EndToEnd, BadTelegramsGiveNoEventAndOneCountedReason) {
  const auto index = read_file(telegram_folder / "INDEX.tsv");
  if (index.empty()) GTEST_SKIP() << telegram_folder << " is not here";
  std::size_t bad = 0;
  for (const auto& line : lines_of(index)) {
    const auto fields = split(line, '\t');
    // A wrong CRC that the peers' tests want refused, in a file that holds nothing else.
    if (fields[5] != "bad" || !contains(fields[6], "NEGATIVE: CRC")) continue;
    ++bad;
    const auto result = dry_run(config_for(), read_file(telegram_folder / fields[0]) + "\r\n");
    EXPECT_EQ(result.code, 0) << fields[0];
    EXPECT_TRUE(readings_in(result.out).empty()) << fields[0];
    EXPECT_TRUE(contains(result.err, "telegrams: 0 good; dropped: ")) << fields[0] << result.err;
    EXPECT_FALSE(contains(result.err, "dropped: none; lines")) << fields[0] << result.err;
  }
  EXPECT_GE(bad, 4U);
}

// The values that other people's test suites assert, for the quantities that this program knows.
TEST(EndToEnd, ValuesAreThoseOfTheExpectationsBesideTheTelegrams) {
  const std::map<std::string, std::string> keys = {{"1-0:1.8.0", "sum_active_energy_out"},
                                                   {"1-0:2.8.0", "sum_active_energy_in"},
                                                   {"1-0:1.8.1", "sum_active_energy_out_t1"},
                                                   {"1-0:1.8.2", "sum_active_energy_out_t2"},
                                                   {"1-0:2.8.1", "sum_active_energy_in_t1"},
                                                   {"1-0:2.8.2", "sum_active_energy_in_t2"},
                                                   {"1-0:1.7.0", "momentan_active_effect_out"},
                                                   {"1-0:2.7.0", "momentan_active_effect_in"},
                                                   {"1-0:32.7.0", "voltage_l1"},
                                                   {"1-0:52.7.0", "voltage_l2"},
                                                   {"1-0:72.7.0", "voltage_l3"},
                                                   {"1-0:31.7.0", "current_l1"},
                                                   {"1-0:51.7.0", "current_l2"},
                                                   {"1-0:71.7.0", "current_l3"}};
  std::size_t compared = 0;
  for (const auto& [name, text] : captures(telegram_folder)) {
    const auto expectation = telegram_folder / (name.substr(0, name.size() - 4) + ".expected.json");
    if (!std::filesystem::exists(expectation)) continue;
    auto config = config_for();
    config["SERIAL"]["crc"] = "off";  // some are anonymised copies, whose CRC no longer fits
    std::map<std::string, double> values;
    for (const auto& event : readings_in(dry_run(config, text + "\r\n").out)) {
      values[key_of(event.id())] = decode_value(event).number;
    }
    const auto expected = nlohmann::json::parse(read_file(expectation));
    for (const auto& [obis, key] : keys) {
      if (!expected.contains(obis) || !expected[obis].is_object() || !expected[obis].contains("value")) continue;
      const auto& entry = expected[obis];
      if (!entry["value"].is_number()) continue;
      const auto unit = entry.value("unit", "");
      const double factor = unit == "kW" ? 1000 : 1;
      if (!values.contains(key)) {
        ADD_FAILURE() << name << " gives no " << key;
        continue;
      }
      EXPECT_NEAR(values[key], entry["value"].get<double>() * factor, 1e-6) << name << " " << key;
      ++compared;
    }
  }
  if (compared == 0) GTEST_SKIP() << telegram_folder << " is not here";
  EXPECT_GT(compared, 50U);
}

TEST(EndToEnd, EveryJsonEventIsWhatEveryDecoderReads) {
  const auto began = host_seconds();
  const auto lines = std::vector<std::string>{"0-0:1.0.0(240229235959W)", "1-0:1.8.0(000671.578*kWh)",
                                              "1-0:1.7.0(01.193*kW)",     "1-0:32.7.0(231.4*V)",
                                              "0-1:24.1.0(003)",          "0-1:24.2.1(240229233000W)(00012.345*m3)"};
  auto config = config_for();
  config["VSCP"]["zone"] = "7";
  config["VSCP"]["subzone"] = "8";
  const auto result = dry_run(config, telegram(lines));
  ASSERT_EQ(result.code, 0);
  const auto messages = messages_in(result.out);
  ASSERT_EQ(messages.size(), 7U);
  std::vector<DecodedEvent> events;
  for (const auto& message : messages) {
    events.push_back(decode_json(message.payload));
    const auto& event = events.back();
    EXPECT_EQ(event.head, 0x8060U);
    EXPECT_EQ(message.topic,
              "vscp/" + event.guid + "/" + std::to_string(event.event_class) + "/" + std::to_string(event.type));
    if (!is_reading(event)) {
      EXPECT_GE(utc_seconds(event.datetime), began);
      EXPECT_FALSE(event.measurement);
      continue;
    }
    const auto value = decode_value(event);
    ASSERT_TRUE(event.measurement);
    EXPECT_EQ(event.measurement->value, value.text);
    EXPECT_EQ(event.measurement->unit, value.unit);
    EXPECT_EQ(event.measurement->sensor_index, value.sensor_index);
    EXPECT_EQ(event.data[1], 7);
    EXPECT_EQ(event.data[2], 8);
    EXPECT_EQ(event.measurement->zone, 7U);
    EXPECT_EQ(event.measurement->subzone, 8U);
    EXPECT_EQ(event.datetime, value.sensor_index == 61 ? "2024-02-29T22:30:00Z" : "2024-02-29T22:59:59Z");
    EXPECT_EQ(event.microseconds, 0U);
  }
  EXPECT_EQ(events[0].event_class * 1000 + events[0].type, 2U);
  EXPECT_EQ(events[0].data.size(), 16U);
  EXPECT_EQ(events[1].event_class * 1000 + events[1].type, 1026'002U);
  EXPECT_EQ(decode_value(events[2]).text, "671.578");
  EXPECT_EQ(decode_value(events[3]).text, "1193");
  EXPECT_EQ(decode_value(events[4]).text, "231.4");
  EXPECT_EQ(decode_value(events[5]).text, "12.345");
  EXPECT_EQ(events[6].event_class * 1000 + events[6].type, 20'006U);
}

TEST(EndToEnd, NoiseAroundTelegramsDoesNoHarm) {
  const TempDir dir;
  const Broker broker;
  const Subscriber subscriber(broker);
  const Pty meter(dir.file("meter"));
  const auto daemon = start_daemon(dir, config_for(&broker), {"-v", "--source", meter.name()});
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  std::string noise;
  for (unsigned i = 0, x = 1; i < 20'000; ++i) {
    x = x * 1'664'525 + 1'013'904'223;
    noise += static_cast<char>(x >> 24);
  }
  const auto whole = numbered(2);
  ASSERT_TRUE(meter.write(numbered(1)));
  ASSERT_TRUE(meter.write(noise + "\r\n"));
  ASSERT_TRUE(meter.write(whole.substr(0, whole.size() / 2) + numbered(3) + numbered(4)));
  ASSERT_TRUE(subscriber.wait_for_part("\"value\":4.000"));
  std::vector<std::string> values;
  for (const auto& event : readings_in(subscriber.messages("vscp/"))) values.push_back(decode_value(event).text);
  EXPECT_EQ(values, (std::vector<std::string>{"1.000", "3.000", "4.000"}));
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait_exit(), 0);
  EXPECT_TRUE(contains(daemon->err(), "telegrams: 3 good; dropped: ")) << daemon->err();
}

}  // namespace
}  // namespace itest
