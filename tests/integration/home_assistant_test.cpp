#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "decode.hpp"
#include "live.hpp"

// Home Assistant's discovery through a real broker: told, told again, taken back.
namespace itest {
namespace {

using nlohmann::json;
using Names = std::set<std::string>;

const std::string node_id = "vscp-p1d-FFFFFFFFFFFFFFFE02005E102030";

std::string config_topic(const std::string& key, const std::string& component = "sensor") {
  return "homeassistant/" + component + "/" + node_id + "/" + key + "/config";
}

std::vector<std::string> house(unsigned number) {
  return {"1-3:0.2.8(50)",        "0-0:96.1.1(4530)",    "1-0:1.8.1(" + std::to_string(number) + ".500*kWh)",
          "1-0:1.7.0(00.250*kW)", "1-0:32.7.0(230.1*V)", "0-0:96.14.0(0002)",
          "0-0:96.3.10(1)",       "0-1:24.1.0(003)",     "0-1:24.2.1(240730120000S)(00567.890*m3)"};
}
const Names keys_of_house = {
    "sum_active_energy_out_t1", "momentan_active_effect_out", "voltage_l1", "tariff", "breaker", "gas_1"};

// The keys of quantities whose configuration a client finds that comes now.
Names configurations_at(const Broker& broker) {
  Names keys;
  const Subscriber subscriber(broker);
  for (const auto& message : subscriber.messages("homeassistant/")) {
    const auto levels = split(message.topic, '/');
    if (message.retained && levels.size() == 5) keys.insert(levels[3]);
  }
  return keys;
}

Names without(Names names, const std::string& name) {
  names.erase(name);
  return names;
}

class HomeAssistantTest : public LiveMeterTest {
 protected:
  void start() {
    config_["HOMEASSISTANT"].try_emplace("discovery", "true");
    LiveMeterTest::start();
  }

  // Sends a telegram of the house and waits for its readings.
  void send() {
    ++number_;
    ASSERT_TRUE(meter_.write(telegram(house(number_))));
    ASSERT_TRUE(subscriber_.wait_for_part("\"value\":" + std::to_string(number_) + ".500")) << daemon_->err();
  }

  void send_gas_only() {
    ASSERT_TRUE(meter_.write(telegram(house(++number_))));
    ASSERT_TRUE(daemon_->wait_for_err("telegram " + std::to_string(number_) + ":")) << daemon_->err();
  }

  bool wait_for_configurations(const Names& keys) const {
    return wait_until([&] { return configurations_at(broker_) == keys; });
  }

  void publish(const std::string& topic, const std::string& payload, const Arguments& more = {}) const {
    Arguments command = {"mosquitto_pub", "-h", "127.0.0.1", "-p", std::to_string(broker_.port()), "-t", topic};
    command.insert(command.end(), more.begin(), more.end());
    if (!payload.empty()) command.insert(command.end(), {"-m", payload});
    ASSERT_EQ(run(command).code, 0);
  }

  unsigned number_ = 0;
};

TEST_F(HomeAssistantTest, IsToldOfEveryQuantityThatTheMeterSends) {
  start();
  EXPECT_EQ(configurations_at(broker_), Names{}) << "nothing is known before the first telegram";
  send();
  send();
  EXPECT_TRUE(wait_for_configurations(keys_of_house));
  for (const auto& message : subscriber_.messages("homeassistant/")) {
    const auto config = json::parse(message.payload);
    EXPECT_EQ(count(message.topic), 1U) << "told once: " << message.topic;
    EXPECT_EQ(config["device"]["identifiers"][0], node_id);
    EXPECT_EQ(config["device"]["serial_number"], "E0");
    EXPECT_EQ(config["device"]["hw_version"], "P1 50");
    for (const auto& item : config["availability"]) {
      EXPECT_TRUE(subscriber_.wait_for_text(item["topic"], item["payload_available"])) << item;
    }
  }
}

// As Home Assistant reads it: the state topic has events, and their member is the number.
TEST_F(HomeAssistantTest, TheNumberIsWhereTheConfigurationSays) {
  start();
  send();
  ASSERT_TRUE(wait_for_configurations(keys_of_house));
  const std::vector<std::pair<std::string, std::string>> cases = {{"sum_active_energy_out_t1", "1.5"},
                                                                  {"momentan_active_effect_out", "250"},
                                                                  {"voltage_l1", "230.1"},
                                                                  {"tariff", "2"},
                                                                  {"gas_1", "567.89"}};
  for (const auto& [key, value] : cases) {
    const auto config = json::parse(payloads(config_topic(key)).at(0));
    EXPECT_EQ(config["value_template"], "{{ value_json.measurement.value }}") << key;
    const auto events = payloads(config["state_topic"]);
    ASSERT_FALSE(events.empty()) << config["state_topic"];
    EXPECT_EQ(json::parse(events[0])["measurement"]["value"].dump(), value) << key;
  }
  const auto breaker = json::parse(payloads(config_topic("breaker", "binary_sensor")).at(0));
  std::string filter = breaker["state_topic"];
  ASSERT_TRUE(filter.ends_with("/20/+")) << filter;
  const auto events = subscriber_.messages(filter.substr(0, filter.size() - 1));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(json::parse(events[0].payload)["vscpType"], 3) << "ON";
}

TEST_F(HomeAssistantTest, IsToldAgainWhenItAnnouncesItself) {
  for (const char* protocol : {"3.1.1", "5"}) {
    config_["MQTT"]["protocol"] = protocol;
    start();
    send();
    ASSERT_TRUE(wait_for_configurations(keys_of_house));
    const auto before = count(config_topic("voltage_l1"));
    const auto tariff = "vscp/" + base_guid.substr(0, 42) + "01:65/1040/1";
    const auto tariffs = count(tariff);
    EXPECT_GT(tariffs, 0U) << tariff;
    publish("homeassistant/status", "offline");
    publish("homeassistant/status", "online");
    EXPECT_TRUE(wait_until([&] { return count(config_topic("voltage_l1")) == before + 1; })) << protocol;
    EXPECT_TRUE(wait_until([&] { return count(config_topic("breaker", "binary_sensor")) == before + 1; }));
    EXPECT_TRUE(wait_until([&] { return count(tariff) > tariffs; })) << daemon_->err();
    EXPECT_EQ(payloads(config_topic("gas_1")).front(), payloads(config_topic("gas_1")).back());
    stop();
  }
}

TEST_F(HomeAssistantTest, WhatAReloadSwitchesOffIsRemoved) {
  start();
  send();
  ASSERT_TRUE(wait_for_configurations(keys_of_house));
  config_["GENERAL"]["send_voltage"] = "false";
  reload();
  EXPECT_TRUE(wait_for_configurations(without(keys_of_house, "voltage_l1")));
  config_["GENERAL"]["only"] = "gas_1, breaker";
  reload();
  EXPECT_TRUE(wait_for_configurations({"gas_1", "breaker"}));
  send_gas_only();
  config_["GENERAL"]["only"] = "";
  config_["GENERAL"]["send_voltage"] = "true";
  reload();
  send();
  EXPECT_TRUE(wait_for_configurations(keys_of_house)) << "and comes again";
  config_["HOMEASSISTANT"]["discovery"] = "false";
  reload();
  EXPECT_TRUE(wait_for_configurations({}));
  send();
  EXPECT_EQ(configurations_at(broker_), Names{});
}

// The last telegram of the old port is read with the new settings.
TEST_F(HomeAssistantTest, AReloadThatAddsAQuantityAndMovesToAnotherPort) {
  start();
  send();
  ASSERT_TRUE(wait_for_configurations(keys_of_house));
  const Pty other(dir_.file("other"));
  auto lines = house(++number_);
  lines.emplace_back("0-0:94.98.31(00042)");
  ASSERT_TRUE(meter_.write(telegram(lines)));
  config_["SERIAL"]["serial_port"] = other.name();
  config_["QUANTITY pool"] = {{"obis", "0-0:94.98.31"}, {"type", "14"}, {"unit", "0"}};
  reload();
  ASSERT_TRUE(daemon_->wait_for_err(other.name() + ": open")) << daemon_->err();
  ASSERT_TRUE(other.write(telegram(lines)));
  auto expected = keys_of_house;
  expected.insert("pool");
  EXPECT_TRUE(wait_for_configurations(expected)) << daemon_->err();
}

TEST_F(HomeAssistantTest, WhatARestartSwitchesOffIsRemoved) {
  start();
  send();
  ASSERT_TRUE(wait_for_configurations(keys_of_house));
  stop();
  config_["GENERAL"]["send_voltage"] = "false";
  publish(config_topic("of_an_older_version"), "{}", {"-r"});
  publish("homeassistant/sensor/of_somebody_else/voltage_l1/config", "{}", {"-r"});
  start();
  auto expected = without(keys_of_house, "voltage_l1");
  EXPECT_TRUE(wait_until([&] {
    return subscriber_.wait_for_text(config_topic("voltage_l1"), "", milliseconds{0}) &&
           subscriber_.wait_for_text(config_topic("of_an_older_version"), "", milliseconds{0});
  })) << daemon_->err();
  send();
  expected.insert("voltage_l1");  // of somebody else
  EXPECT_TRUE(wait_for_configurations(expected));
}

TEST_F(HomeAssistantTest, AnotherGuidPrefixOrNameMovesTheEntities) {
  start();
  send();
  ASSERT_TRUE(wait_for_configurations(keys_of_house));
  config_["VSCP"]["guid"] = "FF:FF:FF:FF:FF:FF:FF:FE:02:00:5E:10:20:31:00:00";
  config_["HOMEASSISTANT"]["name"] = "Garage";
  reload();
  send();
  auto other = config_topic("gas_1");
  other.replace(other.find("102030"), 6, "102031");
  EXPECT_TRUE(subscriber_.wait_for_text(config_topic("gas_1"), "")) << daemon_->err();
  ASSERT_TRUE(wait_until([&] { return count(other) >= 1; })) << daemon_->err();
  EXPECT_EQ(json::parse(payloads(other)[0])["device"]["name"], "Garage");
  config_["HOMEASSISTANT"]["prefix"] = "ha";
  reload();
  send();
  EXPECT_TRUE(subscriber_.wait_for_text(other, "")) << daemon_->err();
  EXPECT_TRUE(wait_until([&] { return subscriber_.messages("ha/").size() == keys_of_house.size(); }));
  EXPECT_EQ(configurations_at(broker_), Names{});
}

TEST_F(HomeAssistantTest, ABrokerThatForgotEverythingIsToldAgain) {
  start();
  send();
  ASSERT_TRUE(wait_for_configurations(keys_of_house));
  broker_.kill();
  ASSERT_TRUE(daemon_->wait_for_err("trying again")) << daemon_->err();
  broker_.start();
  ASSERT_TRUE(daemon_->wait_for_err("connected,", 2)) << daemon_->err();
  EXPECT_TRUE(wait_for_configurations(keys_of_house));
  ASSERT_TRUE(subscriber_.wait_subscribed(2));
  const auto before = count(config_topic("gas_1"));
  publish("homeassistant/status", "online");
  EXPECT_TRUE(wait_until([&] { return count(config_topic("gas_1")) == before + 1; })) << "it listens again";
}

TEST_F(HomeAssistantTest, AnotherMeterIsAnotherDevice) {
  start();
  send();
  ASSERT_TRUE(wait_for_configurations(keys_of_house));
  auto lines = house(++number_);
  lines[1] = "0-0:96.1.1(4531)";
  lines[2] = "1-0:1.8.1(2500*Wh)";
  ASSERT_TRUE(meter_.write(telegram(lines)));
  const auto topic = config_topic("sum_active_energy_out_t1");
  ASSERT_TRUE(wait_until([&] { return count(topic) == 2; })) << daemon_->err();
  const auto config = json::parse(payloads(topic)[1]);
  EXPECT_EQ(config["device"]["serial_number"], "E1");
  EXPECT_EQ(config["unit_of_measurement"], "Wh");
}

TEST_F(HomeAssistantTest, IsLeftAloneByDefault) {
  config_["HOMEASSISTANT"]["discovery"] = "false";
  publish(config_topic("voltage_l1"), "{}", {"-r"});
  start();
  send();
  EXPECT_EQ(configurations_at(broker_), Names{"voltage_l1"});
  EXPECT_FALSE(contains(broker_.log(), "Received SUBSCRIBE from vscp-p1d"));
}

// A broker of our own making: MQTT packets by hand.
class HandMadeBroker : public testing::Test {
 protected:
  void start() {
    broker_.listen();
    auto config = config_for();
    config["MQTT"]["host"] = "127.0.0.1";
    config["MQTT"]["port"] = std::to_string(broker_.port());
    config["HOMEASSISTANT"]["discovery"] = "true";
    config["SERIAL"]["serial_port"] = meter_.name();
    daemon_ = start_daemon(dir_, config, {"-v"});
    ASSERT_TRUE(broker_.accept());
    broker_.send(std::string("\x20\x02\x00\x00", 4));  // CONNACK
    ASSERT_TRUE(daemon_->wait_for_err("connected,")) << daemon_->err();
  }

  TempDir dir_;
  TcpServer broker_;
  Pty meter_{dir_.file("meter")};
  std::unique_ptr<Process> daemon_;
};

TEST_F(HandMadeBroker, ASubscriptionThatIsRefusedIsSaidOnce) {
  start();
  const std::string said = "refuses the subscription to homeassistant/";
  // Paho numbers its packets from 1 on, and heeds no answer that comes too early.
  ASSERT_TRUE(wait_until([&] {
    broker_.send(std::string("\x90\x03\x00\x01\x80", 5) + std::string("\x90\x03\x00\x02\x80", 5));
    return count_of(daemon_->err(), said) == 2;
  })) << daemon_->err();
  EXPECT_TRUE(contains(daemon_->err(), said + "+/" + node_id + "/+/config")) << daemon_->err();
  ASSERT_TRUE(meter_.write(telegram(house(1))));
  EXPECT_TRUE(daemon_->wait_for_err("telegram 1:")) << daemon_->err();
}

TEST_F(HandMadeBroker, AFloodOfWhatIsListenedToIsNotKept) {
  start();
  const auto before = daemon_->memory();
  const auto publish = [](const std::string& topic) {
    const std::size_t size = 2 + topic.size() + 100'000;
    std::string packet = "\x30";
    packet += static_cast<char>(size % 128 | 0x80);
    packet += static_cast<char>(size / 128 % 128 | 0x80);
    packet += static_cast<char>(size / 128 / 128);
    packet += '\0';
    packet += static_cast<char>(topic.size());
    return packet + topic + std::string(100'000, 'x');
  };
  for (int i = 0; i < 150; ++i) {
    broker_.send(publish("homeassistant/status"));
    broker_.send(publish(config_topic("key" + std::to_string(i))));
  }
  ASSERT_TRUE(meter_.write(telegram(house(1))));
  ASSERT_TRUE(daemon_->wait_for_err("telegram 1:")) << daemon_->err();
  constexpr std::size_t most_growth = is_sanitized ? 200'000 : 8'000;
  EXPECT_LT(daemon_->memory(), before + most_growth) << "kB, of 30000 that came; " << before << " before";
}

}  // namespace
}  // namespace itest
