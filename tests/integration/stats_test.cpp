#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "live.hpp"

// The program's counters, retained at the broker.
namespace itest {
namespace {

using nlohmann::json;

const std::string stats_topic = "vscp-p1d/" + base_guid + "/stats";

class Stats : public LiveMeterTest {
 protected:
  json last() const {
    const auto all = subscriber_.messages(stats_topic);
    return all.empty() ? json() : json::parse(all.back().payload);
  }
  // Waits until the last of them holds this member.
  bool wait_for(const std::string& key, const json& value, milliseconds deadline = patience) const {
    return wait_until(
        [&] {
          const auto stats = last();
          return stats.contains(key) && stats[key] == value;
        },
        deadline);
  }
  // A SIGHUP has them told at once, when they are not what was told last: their seconds go on.
  json told_now(unsigned good) {
    const auto before = subscriber_.messages(stats_topic).size();
    EXPECT_TRUE(wait_until([&] {
      daemon_->signal(SIGHUP);
      return subscriber_.messages(stats_topic).size() > before && last()["telegrams"]["good"] == good;
    })) << daemon_->err();
    return last();
  }

  void expect_none() {
    ASSERT_TRUE(meter_.write(numbered(1)));
    ASSERT_TRUE(subscriber_.wait_for_text(meter_topic, "online")) << daemon_->err();
    daemon_->signal(SIGTERM);
    EXPECT_EQ(daemon_->wait_exit(), 0);
    ASSERT_TRUE(subscriber_.wait_for_text(status_topic, "offline"));
    EXPECT_TRUE(subscriber_.messages(stats_topic).empty());
  }
};

TEST_F(Stats, AreRetainedFromTheStart) {
  start();
  ASSERT_TRUE(wait_for("broker", "connected")) << daemon_->err();
  const Subscriber late(broker_);
  ASSERT_TRUE(
      late.wait_for([](const auto& all) { return !all.empty() && all.back().topic != "" && all.size() >= 2; }));
  const auto kept = late.messages(stats_topic);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_TRUE(kept[0].retained);
  const auto stats = json::parse(kept[0].payload);
  EXPECT_EQ(stats["meter"], "waiting");
  EXPECT_EQ(stats["last_telegram"], nullptr);
  EXPECT_EQ(stats["reconnects"], 0);
  EXPECT_EQ(stats["telegrams"], json::parse(R"({"good": 0, "dropped": {}})"));
}

TEST_F(Stats, CountByReason) {
  start();
  auto damaged = numbered(2);
  damaged[damaged.size() - 3] = damaged[damaged.size() - 3] == '0' ? '1' : '0';
  const std::vector<std::string> odd = {"0-0:94.98.31(1)", "1-0:32.7.0(abc*V)"};
  ASSERT_TRUE(meter_.write(numbered(1, odd) + damaged + numbered(3, odd)));
  ASSERT_TRUE(daemon_->wait_for_err("telegram 2:")) << daemon_->err();
  const auto stats = told_now(2);
  EXPECT_EQ(stats["telegrams"]["dropped"], json::parse(R"({"crc_mismatch": 1})")) << stats;
  EXPECT_EQ(stats["lines_skipped"]["unknown_obis"], 2) << stats;
  EXPECT_EQ(stats["lines_skipped"]["bad_number"], 2) << stats;
  EXPECT_EQ(stats["unknown"], json::parse(R"({"0-0:94.98.31": 2})")) << stats;
  EXPECT_EQ(stats["events"], 2 + 2) << "online, heartbeat and two readings: " << stats;
  EXPECT_EQ(stats["spooled"], 0) << stats;
  EXPECT_EQ(stats["dropped"], 0) << stats;
  EXPECT_GE(stats["last_telegram"], 0) << stats;
  EXPECT_LE(stats["last_telegram"], stats["uptime"]) << stats;
  EXPECT_TRUE(stats["version"].is_string()) << stats;
  EXPECT_TRUE(stats["waiting"].is_number_unsigned()) << stats;
}

TEST_F(Stats, CountsOutliveAReload) {
  start();
  ASSERT_TRUE(meter_.write(numbered(1, {"0-0:94.98.31(1)"})));
  ASSERT_TRUE(daemon_->wait_for_err("telegram 1:")) << daemon_->err();
  auto config = config_for(&broker_);
  config["SERIAL"]["serial_port"] = meter_.name();
  config["VSCP"]["zone"] = "3";
  dir_.write("config.ini", to_text(config));
  const auto stats = told_now(1);
  EXPECT_EQ(stats["unknown"], json::parse(R"({"0-0:94.98.31": 1})")) << stats;
}

TEST_F(Stats, AreToldWhenTheStateChanges) {
  start({{"SERIAL", {{"serial_timeout", "2"}}}});
  ASSERT_TRUE(meter_.write(numbered(1)));
  EXPECT_TRUE(wait_for("meter", "online")) << daemon_->err();
  EXPECT_TRUE(wait_for("meter", "silent")) << daemon_->err();
  ASSERT_TRUE(meter_.write(numbered(2)));
  EXPECT_TRUE(wait_for("meter", "online")) << daemon_->err();
  EXPECT_EQ(last()["telegrams"]["good"], 2);
  meter_.unplug();
  EXPECT_TRUE(wait_for("meter", "no_port")) << daemon_->err();
  broker_.kill();
  ASSERT_TRUE(daemon_->wait_for_err("trying again")) << daemon_->err();
  broker_.start();
  EXPECT_TRUE(wait_for("reconnects", 1, 2 * patience)) << daemon_->err();
  EXPECT_EQ(last()["broker"], "connected");
}

TEST_F(Stats, ASteadyMeterIsNoChangeOfState) {
  start();
  ASSERT_TRUE(meter_.write(numbered(1)));
  ASSERT_TRUE(wait_for("meter", "online")) << daemon_->err();
  const auto before = subscriber_.messages(stats_topic).size();
  for (unsigned number = 2; number <= 30; ++number) ASSERT_TRUE(meter_.write(numbered(number)));
  ASSERT_TRUE(subscriber_.wait_for_part("\"value\":30.000")) << daemon_->err();
  EXPECT_EQ(subscriber_.messages(stats_topic).size(), before);
}

TEST_F(Stats, AreToldEachMinute) {
  start({{"SERIAL", {{"serial_timeout", "600"}}}});
  ASSERT_TRUE(meter_.write(numbered(1)));
  ASSERT_TRUE(wait_for("meter", "online")) << daemon_->err();
  const auto before = subscriber_.messages(stats_topic).size();
  EXPECT_TRUE(wait_until([&] { return subscriber_.messages(stats_topic).size() > before; }, seconds{60} + patience))
      << last();
}

TEST_F(Stats, GoWithTheOtherRetainedTexts) {
  start({{"STATE", {{"retained", "false"}}}});
  expect_none();
}

TEST_F(Stats, CanBeSwitchedOff) {
  start({{"STATE", {{"stats_topic", ""}}}});
  expect_none();
}

}  // namespace
}  // namespace itest
