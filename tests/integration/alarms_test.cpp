#include <gtest/gtest.h>

#include "decode.hpp"
#include "live.hpp"

// [ALARM name]: CLASS1.ALARM 1/2 when it begins, 1/13 when it ends.
namespace itest {
namespace {

using Rows = std::vector<std::string>;
using Keys = std::map<std::string, std::string>;

// "type id code,zone,subzone note" of each alarm event.
Rows alarms_in(const std::vector<Message>& messages) {
  Rows rows;
  for (const auto& message : messages) {
    if (!contains(message.topic, "/1/2") && !contains(message.topic, "/1/13")) continue;
    const auto event = decode_json(message.payload);
    std::string data;
    for (const auto byte : event.data) data.append(data.empty() ? "" : ",").append(std::to_string(byte));
    EXPECT_EQ(event.event_class, 1U);
    EXPECT_EQ(message.topic, "vscp/" + event.guid + "/1/" + std::to_string(event.type));
    auto row = std::to_string(event.type);
    row.append(" ").append(std::to_string(event.id())).append(" ").append(data);
    rows.push_back(row.append(" ").append(event.note));
  }
  return rows;
}

Rows alarms_of_run(const ConfigText& config, const std::string& capture) {
  const auto result = dry_run(config, capture);
  EXPECT_EQ(result.code, 0) << result.err;
  std::vector<Message> messages;
  for (const auto& line : lines_of(result.out)) messages.push_back(parse_line(line));
  return alarms_in(messages);
}

ConfigText with_alarm(const Keys& keys, const std::string& name = "test") {
  auto config = config_for();
  config["ALARM " + name] = keys;
  return config;
}

std::string at(unsigned second, const Rows& lines) {
  auto all = lines;
  all.insert(all.begin(), "0-0:1.0.0(2407301234" + std::to_string(second / 10) + std::to_string(second % 10) + "S)");
  return telegram(all);
}

// A telegram in each second, with a power in kW.
std::string powers(const std::vector<std::string>& values) {
  std::string capture;
  unsigned second = 0;
  for (const auto& value : values) capture += at(second++, {"1-0:1.7.0(" + value + "*kW)"});
  return capture;
}

const Keys power_above_1000 = {{"quantity", "momentan_active_effect_out"}, {"op", ">"}, {"value", "1000"}};
const std::string note = "Alarm test (momentan_active_effect_out)";

Keys with(Keys keys, const Keys& more) {
  for (const auto& [key, value] : more) keys[key] = value;
  return keys;
}

TEST(Alarms, BeginAndEndOnceInTheUnitThatIsPublished) {
  const auto config = with_alarm(with(power_above_1000, {{"code", "7"}, {"zone", "3"}, {"subzone", "4"}}));
  EXPECT_EQ(alarms_of_run(config, powers({"00.900", "01.001", "01.500", "01.001", "01.000", "00.500", "02.000"})),
            (Rows{"2 5 7,3,4 " + note, "13 5 7,3,4 " + note, "2 5 7,3,4 " + note}));
}

TEST(Alarms, HaveTheTimeOfTheTelegramAndTheZoneOfAll) {
  auto config = with_alarm(power_above_1000);
  config["VSCP"]["zone"] = "8";
  config["VSCP"]["subzone"] = "9";
  const auto result = dry_run(config, powers({"00.900", "01.001"}));
  for (const auto& line : lines_of(result.out)) {
    if (!contains(line, "/1/2 ")) continue;
    const auto event = decode_json(parse_line(line).payload);
    EXPECT_EQ(event.datetime, "2024-07-30T10:34:01Z");
    EXPECT_EQ(event.data, (Bytes{1, 8, 9}));
    EXPECT_FALSE(event.measurement);
    return;
  }
  FAIL() << "no alarm in " << result.out;
}

TEST(Alarms, EveryOperator) {
  struct Case {
    std::string op;
    Rows expected;  // of 999, 1000, 1001, 1000, 999 W
  };
  const std::string on = "2 5 1,0,0 " + note, off = "13 5 1,0,0 " + note;
  for (const auto& c : std::vector<Case>{{">", {on, off}},
                                         {">=", {on, off}},
                                         {"<", {on, off, on}},
                                         {"<=", {on, off, on}},
                                         {"==", {on, off, on, off}},
                                         {"!=", {on, off, on, off, on}}}) {
    EXPECT_EQ(alarms_of_run(with_alarm(with(power_above_1000, {{"op", c.op}})),
                            powers({"00.999", "01.000", "01.001", "01.000", "00.999"})),
              c.expected)
        << c.op;
  }
}

TEST(Alarms, HysteresisForAndOneShot) {
  const std::string on = "2 5 1,0,0 " + note, off = "13 5 1,0,0 " + note;
  EXPECT_EQ(alarms_of_run(with_alarm(with(power_above_1000, {{"hysteresis", "100"}})),
                          powers({"01.001", "00.950", "01.001", "00.901", "00.900", "01.000", "01.001"})),
            (Rows{on, off, on}));
  EXPECT_EQ(alarms_of_run(with_alarm(with(power_above_1000, {{"for", "3"}})),
                          powers({"01.001", "01.001", "01.001", "00.001", "01.001", "01.001", "01.001"})),
            Rows{});
  EXPECT_EQ(alarms_of_run(with_alarm(with(power_above_1000, {{"for", "3s"}})),
                          powers({"01.001", "01.001", "01.001", "01.001", "01.001", "00.001"})),
            (Rows{on, off}));
  EXPECT_EQ(alarms_of_run(with_alarm(with(power_above_1000, {{"one_shot", "true"}})),
                          powers({"01.001", "00.001", "01.001", "00.001"})),
            (Rows{on, off}));
}

TEST(Alarms, WorkOnWhatIsNotPublished) {
  const std::string on = "2 5 1,0,0 " + note, off = "13 5 1,0,0 " + note;
  for (const auto& [section, key, value] :
       std::vector<std::array<std::string, 3>>{{"GENERAL", "send_active_effect", "false"},
                                               {"GENERAL", "only", "voltage_l1"},
                                               {"PUBLISH", "interval", "1h"}}) {
    auto config = with_alarm(power_above_1000);
    config[section][key] = value;
    EXPECT_EQ(alarms_of_run(config, powers({"00.900", "01.001", "00.900"})), (Rows{on, off})) << key;
  }
  auto config = with_alarm(with(power_above_1000, {{"op", "=="}, {"value", "0"}}));
  config["GENERAL"]["skip_zero"] = "true";
  EXPECT_EQ(alarms_of_run(config, powers({"00.900", "00.000", "00.900"})), (Rows{on, off})) << "skip_zero";
}

TEST(Alarms, AReadingThatIsHeldBackDoesNotCount) {
  const auto config = with_alarm({{"quantity", "sum_active_energy_out"}, {"op", ">"}, {"value", "5000"}});
  const auto capture = [](const std::string& last) {
    return at(0, {"1-0:1.8.0(001234.567*kWh)"}) + at(1, {"1-0:1.8.0(009234.567*kWh)"}) +
           at(2, {"1-0:1.8.0(" + last + "*kWh)"});
  };
  EXPECT_EQ(alarms_of_run(config, capture("001234.568")), Rows{});
  EXPECT_EQ(alarms_of_run(config, capture("009234.568")).size(), 1U) << "confirmed";
}

TEST(Alarms, OfTariffsGasAndAddedQuantities) {
  EXPECT_EQ(alarms_of_run(with_alarm({{"quantity", "tariff"}, {"op", "=="}, {"value", "2"}}),
                          at(0, {"0-0:96.14.0(0001)"}) + at(1, {"0-0:96.14.0(0002)"}) + at(2, {"0-0:96.14.0(0001)"})),
            (Rows{"2 357 1,0,0 Alarm test (tariff)", "13 357 1,0,0 Alarm test (tariff)"}));
  EXPECT_EQ(alarms_of_run(with_alarm({{"quantity", "gas_1"}, {"op", ">="}, {"value", "12"}}),
                          at(0, {"0-1:24.1.0(003)", "0-1:24.2.1(240730120000S)(00012.000*m3)"})),
            Rows{"2 61 1,0,0 Alarm test (gas_1)"});
  auto config = with_alarm({{"quantity", "pool"}, {"op", "<"}, {"value", "-2.5"}, {"note", "Frost"}});
  config["QUANTITY pool"] = {{"obis", "1-0:77.7.0"}, {"type", "6"}, {"unit", "1"}, {"id", "500"}};
  EXPECT_EQ(alarms_of_run(config, at(0, {"1-0:77.7.0(-2.5)"}) + at(1, {"1-0:77.7.0(-2.51)"})),
            Rows{"2 500 1,0,0 Frost"});
}

TEST(Alarms, OfTheMainFuse) {
  const auto currents = [](unsigned second, const std::string& l1, const std::string& l2, const std::string& l3) {
    return at(second, {"1-0:31.7.0(" + l1 + "*A)", "1-0:51.7.0(" + l2 + "*A)", "1-0:71.7.0(" + l3 + "*A)"});
  };
  const auto capture = currents(0, "016", "016", "016") + currents(1, "003", "016.1", "003") +
                       currents(2, "017", "003", "003") + currents(3, "003", "003", "016");
  const Rows expected = {"2 0 1,0,0 Alarm test (fuse)", "13 0 1,0,0 Alarm test (fuse)"};
  auto by_general = with_alarm({{"quantity", "fuse"}});
  by_general["GENERAL"]["main_fuse"] = "16";
  EXPECT_EQ(alarms_of_run(by_general, capture), expected);
  EXPECT_EQ(alarms_of_run(with_alarm({{"fuse", "16"}}), capture), expected);
  EXPECT_EQ(alarms_of_run(with_alarm({{"quantity", "fuse"}, {"value", "16"}}), capture), expected);
  EXPECT_EQ(alarms_of_run(with_alarm({{"quantity", "fuse"}}), capture), Rows{}) << "80 A";
  EXPECT_EQ(alarms_of_run(with_alarm({{"fuse", "16"}}), at(0, {"1-0:31.7.0(017*A)"})).size(), 1U) << "one phase";
}

TEST(Alarms, WithoutVscp) {
  auto config = with_alarm(with(power_above_1000, {{"note", "house/too much"}}));
  config["GENERAL"]["no_vscp"] = "true";
  config["GENERAL"]["only"] = "voltage_l1";
  EXPECT_EQ(lines_of(dry_run(config, powers({"00.900", "01.001", "00.900"})).out),
            (Rows{"house/too much on", "house/too much off"}));
}

TEST(Alarms, AreSaidInTheLog) {
  const auto result = dry_run(with_alarm(power_above_1000), powers({"01.001", "01.002", "00.500"}));
  EXPECT_EQ(count_of(result.err, "alarm test begins: momentan_active_effect_out is 1001"), 1U) << result.err;
  EXPECT_EQ(count_of(result.err, "alarm test ends: momentan_active_effect_out is 500"), 1U) << result.err;
  EXPECT_EQ(count_of(result.err, "alarm test"), 2U) << result.err;
}

// ---- with a port and a broker

class LiveAlarms : public LiveMeterTest {
 protected:
  Rows alarms() const { return alarms_in(subscriber_.messages("vscp/")); }
  // Waits for so many alarm events.
  bool wait_for(std::size_t events) const {
    return subscriber_.wait_for([&](const auto& messages) { return alarms_in(messages).size() >= events; });
  }
};

const std::string dead_on = "2 0 1,0,0 Alarm dead (silence)", dead_off = "13 0 1,0,0 Alarm dead (silence)";

TEST_F(LiveAlarms, OfSilence) {
  config_["ALARM dead"] = {{"quantity", "silence"}, {"for", "1"}};
  start();
  ASSERT_TRUE(wait_for(1)) << daemon_->err();  // it was never heard of
  send(1);
  ASSERT_TRUE(wait_for(2)) << daemon_->err();
  ASSERT_TRUE(wait_for(3)) << daemon_->err();
  send(2);
  ASSERT_TRUE(wait_for(4)) << daemon_->err();
  EXPECT_EQ(alarms(), (Rows{dead_on, dead_off, dead_on, dead_off}));
}

TEST_F(LiveAlarms, OfSilenceByTheTimeoutOfThePort) {
  config_["ALARM dead"] = {{"quantity", "silence"}};
  config_["SERIAL"]["serial_timeout"] = "1";
  start();
  ASSERT_TRUE(wait_for(1)) << daemon_->err();
  ASSERT_TRUE(daemon_->wait_for_err("no good telegram for 1 s")) << daemon_->err();
  send(1);
  ASSERT_TRUE(wait_for(2)) << daemon_->err();
  auto first = alarms();
  first.resize(2);
  EXPECT_EQ(first, (Rows{dead_on, dead_off}));
}

TEST_F(LiveAlarms, OfSilenceFromAReloadOn) {
  start();
  send(1);
  config_["ALARM dead"] = {{"quantity", "silence"}, {"for", "1"}};
  reload();
  ASSERT_TRUE(wait_for(1)) << daemon_->err();
  config_["ALARM dead"]["for"] = "1h";
  reload();
  ASSERT_TRUE(wait_for(2)) << daemon_->err();
  EXPECT_EQ(alarms(), (Rows{dead_on, dead_off})) << "a changed one is reset";
}

TEST_F(LiveAlarms, AMetersClockThatIsSetMakesNoDuration) {
  config_["ALARM test"] = with(power_above_1000, {{"for", "5m"}});
  start();
  unsigned number = 0;
  for (const auto* time : {"240730120000S", "240730121500S", "240730121501S"}) {
    send(++number, {"0-0:1.0.0(" + std::string(time) + ")", "1-0:1.7.0(02.000*kW)"});
  }
  EXPECT_EQ(alarms(), Rows{});
}

TEST_F(LiveAlarms, AReloadKeepsThoseThatAreTheSame) {
  const Rows high = {"1-0:1.7.0(02.000*kW)"};
  config_["ALARM kept"] = power_above_1000;
  config_["ALARM gone"] = with(power_above_1000, {{"code", "9"}});
  start();
  send(1, high);
  ASSERT_TRUE(wait_for(2)) << daemon_->err();
  config_.erase("ALARM gone");
  config_["MQTT"]["note_voltage_l1"] = "Oven";
  reload();
  ASSERT_TRUE(wait_for(3)) << daemon_->err();
  send(2, high);
  send(3, {"1-0:1.7.0(00.100*kW)"});
  ASSERT_TRUE(wait_for(4)) << daemon_->err();
  const std::string kept = " (momentan_active_effect_out)";
  EXPECT_EQ(alarms(), (Rows{"2 5 9,0,0 Alarm gone" + kept, "2 5 1,0,0 Alarm kept" + kept,
                            "13 5 9,0,0 Alarm gone" + kept, "13 5 1,0,0 Alarm kept" + kept}));
}

TEST_F(LiveAlarms, AnotherNodeBeginsAnew) {
  const Rows high = {"1-0:1.7.0(02.000*kW)"};
  config_["ALARM test"] = power_above_1000;
  start();
  send(1, high);
  auto guid = base_guid;
  guid.replace(24, 2, "77");
  config_["VSCP"]["guid"] = guid;
  reload();
  send(2, high);
  ASSERT_TRUE(wait_for(3)) << daemon_->err();
  EXPECT_EQ(alarms(), (Rows{"2 5 1,0,0 " + note, "13 5 1,0,0 " + note, "2 5 1,0,0 " + note}));
  EXPECT_EQ(subscriber_.messages("vscp/" + base_guid.substr(0, 42) + "00:05/1/13").size(), 1U);
  EXPECT_EQ(subscriber_.messages("vscp/" + guid.substr(0, 42) + "00:05/1/2").size(), 1U);
}

}  // namespace
}  // namespace itest
