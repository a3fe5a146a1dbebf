#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "meters.hpp"

// What several meters give to others: Home Assistant, plain texts, summaries, telegrams, alarms.
namespace itest {
namespace {

using nlohmann::json;

class MetersOutputs : public MetersTest {
 protected:
  void start_both() {
    add("a", 1, a_.name());
    add("b", 2, b_.name());
    start();
    wait_for_open({"a", "b"});
    ASSERT_TRUE(daemon_->wait_for_err("connected,")) << daemon_->err();
  }

  static std::string node_id(unsigned number) {
    auto guid = meter_guid(number).substr(0, 41);
    std::erase(guid, ':');
    return "vscp-p1d-" + guid;
  }
  void publish_retained(const std::string& topic, const std::string& payload) const {
    ASSERT_EQ(run({"mosquitto_pub", "-h", "127.0.0.1", "-p", std::to_string(broker_.port()), "-t", topic, "-r", "-m",
                   payload})
                  .code,
              0);
  }
  // "node key" of each configuration that a client finds that comes now, with the configurations.
  std::map<std::string, json> configurations() const {
    std::map<std::string, json> found;
    const Subscriber late(broker_);
    for (const auto& message : late.messages("homeassistant/")) {
      const auto levels = split(message.topic, '/');
      if (levels.size() == 5 && !message.payload.empty())
        found[levels[2] + " " + levels[3]] = json::parse(message.payload);
    }
    return found;
  }
  bool wait_for_configurations(const std::set<std::string>& names) const {
    return wait_until([&] {
      std::set<std::string> found;
      for (const auto& [name, config] : configurations()) found.insert(name);
      return found == names;
    });
  }

  Pty a_{dir_.file("a")}, b_{dir_.file("b")};
};

TEST_F(MetersOutputs, EachIsADeviceOfHomeAssistant) {
  config_["HOMEASSISTANT"]["discovery"] = "true";
  config_["METER a"]["homeassistant_name"] = "House";
  const auto old_of_a = "homeassistant/sensor/" + node_id(1) + "/of_an_older_version/config";
  const auto of_nobody = "homeassistant/sensor/" + node_id(9) + "/voltage_l1/config";
  publish_retained(old_of_a, "{}");
  publish_retained(of_nobody, "{}");
  add("a", 1, a_.name());
  config_["METER a"]["homeassistant_name"] = "House";
  add("b", 2, b_.name());
  config_["METER b"]["homeassistant_name"] = "Garage";
  start();
  wait_for_open({"a", "b"});
  const auto name = [](unsigned number, const std::string& key) { return node_id(number) + " " + key; };
  const auto others = name(9, "voltage_l1");
  ASSERT_TRUE(wait_for_configurations({others})) << "the old one is removed: " << daemon_->err();
  for (const std::string& filter :
       {"homeassistant/+/" + node_id(1) + "/+/config", "homeassistant/+/" + node_id(2) + "/+/config",
        std::string("homeassistant/status")}) {
    EXPECT_TRUE(broker_.wait_for_log(filter)) << broker_.log();
  }
  EXPECT_EQ(count_of(broker_.log(), "Received SUBSCRIBE from vscp-p1d"), 3U) << "status once: " << broker_.log();

  ASSERT_TRUE(a_.write(numbered(1, {"0-0:96.1.1(4141)", "1-0:32.7.0(230.1*V)"})));
  ASSERT_TRUE(b_.write(numbered(2, {"0-0:96.1.1(4242)"})));
  const std::set<std::string> all = {others, name(1, "voltage_l1"), name(1, "sum_active_energy_out"),
                                     name(2, "sum_active_energy_out")};
  ASSERT_TRUE(wait_for_configurations(all)) << daemon_->err();
  const auto found = configurations();
  const auto& of_a = found.at(name(1, "sum_active_energy_out"));
  EXPECT_EQ(of_a["device"]["name"], "House");
  EXPECT_EQ(of_a["device"]["serial_number"], "AA");
  EXPECT_TRUE(of_a["state_topic"].get<std::string>().starts_with("a/vscp/" + meter_guid(1).substr(0, 41))) << of_a;
  EXPECT_EQ(of_a["availability"][0]["topic"], status_topic);
  EXPECT_EQ(of_a["availability"][1]["topic"], "a/vscp-p1d/" + meter_guid(1) + "/meter");
  EXPECT_EQ(found.at(name(2, "sum_active_energy_out"))["device"]["name"], "Garage");

  // It comes again when Home Assistant has started, and goes with its meter.
  const auto topic = "homeassistant/sensor/" + node_id(2) + "/sum_active_energy_out/config";
  ASSERT_EQ(run({"mosquitto_pub", "-h", "127.0.0.1", "-p", std::to_string(broker_.port()), "-t",
                 "homeassistant/status", "-m", "online"})
                .code,
            0);
  EXPECT_TRUE(wait_until([&] { return count(topic) == 2; })) << daemon_->err();
  config_.erase("METER a");
  reload();
  EXPECT_TRUE(wait_for_configurations({others, name(2, "sum_active_energy_out")})) << daemon_->err();
  EXPECT_TRUE(broker_.wait_for_log("Received UNSUBSCRIBE from vscp-p1d")) << broker_.log();
}

TEST_F(MetersOutputs, PlainTextsBelowThePrefix) {
  config_["GENERAL"]["no_vscp"] = "true";
  config_["HOMEASSISTANT"]["discovery"] = "true";
  config_["MQTT"]["note_sum_active_energy_out"] = "energy";
  config_["ALARM high"] = {{"quantity", "voltage_l1"}, {"op", ">"}, {"value", "250"}, {"note", "too high"}};
  start_both();
  config_["METER a"]["topic_prefix"] = "flat/{guid}";
  reload();
  ASSERT_TRUE(a_.write(numbered(1, {"1-0:32.7.0(260.0*V)"})));
  ASSERT_TRUE(b_.write(numbered(2)));
  EXPECT_TRUE(subscriber_.wait_for_text("flat/" + meter_guid(1) + "/energy", "00000001.000")) << daemon_->err();
  EXPECT_TRUE(subscriber_.wait_for_text("flat/" + meter_guid(1) + "/too high", "on")) << daemon_->err();
  EXPECT_TRUE(subscriber_.wait_for_text("b/energy", "00000002.000")) << daemon_->err();
  const auto topic_of = [&](unsigned number) {
    const auto found = configurations();
    const auto config = found.find(node_id(number) + " sum_active_energy_out");
    return config == found.end() ? "" : config->second["state_topic"].get<std::string>();
  };
  EXPECT_TRUE(wait_until([&] { return topic_of(1) == "flat/" + meter_guid(1) + "/energy"; })) << topic_of(1);
  EXPECT_TRUE(wait_until([&] { return topic_of(2) == "b/energy"; })) << topic_of(2);
}

TEST_F(MetersOutputs, SummariesAndTelegramsBelowThePrefix) {
  config_["SUMMARY"]["topic"] = "summary";
  config_["RAW"]["topic"] = "raw/{guid}";
  const auto port = free_port();
  config_["METER b"]["raw_tcp_port"] = std::to_string(port);
  add("a", 1, a_.name());
  const auto of_b = config_["METER b"];
  add("b", 2, b_.name());
  config_["METER b"].insert(of_b.begin(), of_b.end());
  start();
  wait_for_open({"a", "b"});
  EXPECT_TRUE(daemon_->wait_for_err("b: tcp_port " + std::to_string(port) + ": telegrams are served"))
      << daemon_->err();
  const auto text = numbered(1);
  ASSERT_TRUE(a_.write(text));
  ASSERT_TRUE(b_.write(numbered(2)));
  EXPECT_TRUE(subscriber_.wait_for([&](const auto&) {
    return count("a/summary") == 1 && count("b/summary") == 1 && count("a/raw/" + meter_guid(1)) == 1 &&
           count("b/raw/" + meter_guid(2)) == 1;
  })) << daemon_->err();
  EXPECT_TRUE(contains(subscriber_.messages("b/summary").front().payload, "\"sum_active_energy_out\":2"));
}

TEST_F(MetersOutputs, AlarmsOfEach) {
  config_["ALARM fuse"] = {{"quantity", "fuse"}};
  config_["GENERAL"]["main_fuse"] = "16";
  add("a", 1, a_.name());
  add("b", 2, b_.name());
  config_["METER b"]["main_fuse"] = "25";
  start();
  wait_for_open({"a", "b"});
  for (const auto* meter : {&a_, &b_}) ASSERT_TRUE(meter->write(numbered(1, {"1-0:31.7.0(020.0*A)"})));
  EXPECT_TRUE(daemon_->wait_for_err("a: alarm fuse begins: current_l1 is 20")) << daemon_->err();
  const auto alarms = [&](const std::string& name, unsigned number) {
    return subscriber_.messages(name + "/vscp/" + meter_guid(number) + "/1/").size();
  };
  EXPECT_TRUE(wait_until([&] { return alarms("a", 1) == 1; })) << daemon_->err();
  ASSERT_TRUE(b_.write(numbered(2, {"1-0:31.7.0(030.0*A)"})));
  EXPECT_TRUE(wait_until([&] { return alarms("b", 2) == 1; })) << daemon_->err();
  EXPECT_EQ(alarms("a", 1), 1U);
}

}  // namespace
}  // namespace itest
