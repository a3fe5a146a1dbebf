#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>

#include "io/config.hpp"

namespace vscp_p1::io {
namespace {

Config read(const std::string& text) {
  std::istringstream stream(text);
  return read_config(stream);
}

std::string remarks_of(const std::vector<ConfigRemark>& remarks) {
  std::string text;
  for (const auto& remark : remarks) text += std::to_string(remark.line) + ": " + remark.text + "\n";
  return text;
}

std::string faults_of(const Config& config) { return remarks_of(config.faults); }

const std::string meter_a = "[METER a]\nserial_port = tcp://a:1\n";
const std::string meter_b = "[METER b]\nserial_port = tcp://b:1\n";

TEST(MeterSections, without_one_there_are_none) { EXPECT_TRUE(read("[VSCP]\nzone = 1\n").meters.empty()); }

TEST(MeterSections, a_meter_has_the_settings_for_all_and_its_own) {
  const auto config = read(
      "[METER Main]\nserial_port = /dev/p1\nzone = 7\nsend_gas = false\ntopic_prefix = house/{guid}\nretain = true\n"
      "note_voltage_l1 = Oven\nid_voltage_l2 = 77\nemulator_interval = 3\nsummary_topic = p1/{guid}\nraw_tcp_port = "
      "2001\n"
      "homeassistant_name = House\nstate_info_topic =\ninterval = 30\naverage_voltage_l1 = max\n"
      "decryption_key = 000102030405060708090a0b0c0d0e0f\n"
      "[VSCP]\nzone = 3\nsubzone = 4\nguid = 01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:00:00\n" +
      meter_b);
  ASSERT_EQ(faults_of(config), "");
  ASSERT_EQ(config.meters.size(), 2U);
  EXPECT_EQ(config.meters[0].name, "main");
  EXPECT_EQ(config.meters[1].name, "b");
  const auto& own = config.meters[0].settings;
  const auto& other = config.meters[1].settings;
  EXPECT_EQ(own.serial.port, "/dev/p1");
  EXPECT_EQ(own.vscp.zone, 7);
  EXPECT_EQ(own.vscp.subzone, 4) << "for all";
  EXPECT_FALSE(own.vscp.guid) << "that of the process is of no meter";
  EXPECT_FALSE(own.send[static_cast<std::size_t>(Group::gas)]);
  EXPECT_EQ(own.mqtt.topic_prefix, "house/{guid}");
  EXPECT_TRUE(own.mqtt.retain);
  EXPECT_EQ(own.emulator.interval, 3U);
  EXPECT_EQ(own.summary.topic, "p1/{guid}");
  EXPECT_EQ(own.raw.tcp_port, 2001);
  EXPECT_EQ(own.home.name, "House");
  EXPECT_EQ(own.state.info_topic, "");
  EXPECT_EQ(own.publish.all.interval, 30U);
  ASSERT_EQ(own.publish.own.size(), 1U);
  EXPECT_EQ(own.publish.own.begin()->second.interval, 30U);
  EXPECT_EQ(own.publish.own.begin()->second.average, Rates::Average::max);
  EXPECT_TRUE(own.encryption.decryption_key);
  const auto row = own.publish.own.begin()->first;
  EXPECT_EQ(own.quantities[row].note, "Oven");
  EXPECT_EQ(own.quantities[row + 1].id, 77);
  EXPECT_NE(other.quantities[row].note, "Oven");
  EXPECT_EQ(&own.quantities[0], &other.quantities[0]) << "what is the same is there once";
  EXPECT_EQ(other.vscp.zone, 3);
  EXPECT_EQ(other.publish.all.interval, 0U);
  EXPECT_FALSE(other.encryption.decryption_key);
  EXPECT_EQ(config.settings.mqtt.topic_prefix, "");
}

// A rate for all of the meter goes before the one for all meters, not before that of a quantity.
TEST(MeterSections, rates_of_a_quantity_are_those_for_all_meters) {
  const auto config = read("[PUBLISH]\ninterval = 10\ninterval_voltage_l1 = 20\n" + meter_a +
                           "interval = 30\non_change = true\n" + meter_b + "interval_voltage_l1 = 10\n");
  ASSERT_EQ(faults_of(config), "");
  const auto& a = config.meters[0].settings.publish;
  ASSERT_EQ(a.own.size(), 1U);
  EXPECT_EQ(a.all.interval, 30U);
  EXPECT_EQ(a.own.begin()->second.interval, 20U);
  EXPECT_TRUE(a.own.begin()->second.on_change);
  EXPECT_TRUE(config.meters[1].settings.publish.own.empty()) << "as all again";
}

TEST(MeterSections, alarms_are_completed_for_each_meter) {
  const auto config = read(
      "[ALARM f]\nquantity = fuse\n[ALARM s]\nquantity = silence\n[ALARM z]\nquantity = fuse\n"
      "zone = 1\nfuse = 99\n[GENERAL]\nmain_fuse = 25\n" +
      meter_a + "main_fuse = 16\nserial_timeout = 60\nzone = 9\n" + meter_b);
  ASSERT_EQ(faults_of(config), "");
  const auto& a = config.meters[0].settings.alarms;
  const auto& b = config.meters[1].settings.alarms;
  ASSERT_EQ(a.size(), 3U);
  ASSERT_EQ(b.size(), 3U);
  EXPECT_EQ(a[0].value, (Decimal{16, 0}));
  EXPECT_EQ(a[0].zone, 9);
  EXPECT_EQ(a[1].value, (Decimal{60, 0}));
  EXPECT_EQ(a[2].value, (Decimal{99, 0}));
  EXPECT_EQ(a[2].zone, 1);
  EXPECT_EQ(b[0].value, (Decimal{25, 0}));
  EXPECT_EQ(b[0].zone, 0);
  EXPECT_EQ(b[1].value, (Decimal{20, 0}));
}

TEST(MeterSections, a_key_and_the_file_of_a_key_take_each_others_place) {
  const std::string key = "decryption_key = 000102030405060708090a0b0c0d0e0f\n";
  const std::string file = "decryption_key_file = /etc/key\n";
  const auto with_file = read("[SERIAL]\n" + key + meter_a + file);
  EXPECT_FALSE(with_file.meters[0].settings.encryption.decryption_key);
  const auto with_key = read("[SERIAL]\n" + file + meter_a + key);
  EXPECT_EQ(with_key.meters[0].settings.encryption.decryption_key_file, "");
  const auto with_both = read(meter_a + key + file);
  EXPECT_TRUE(with_both.meters[0].settings.encryption.decryption_key);
  EXPECT_EQ(with_both.meters[0].settings.encryption.decryption_key_file, "/etc/key") << "is told elsewhere";
}

TEST(MeterSections, faults_have_their_line) {
  struct Case {
    std::string text, fault;
  };
  const Case cases[] = {
      {"[METER a]\n", "1: serial_port: is missing in [METER a]: each meter has its own\n"},
      {"[SERIAL]\nserial_port = /dev/p1\n[METER a]\n",
       "3: serial_port: is missing in [METER a]: each meter has its own\n"},
      {meter_a + "host = b\n", "3: host belongs into section [MQTT]: all meters share it\n"},
      {meter_a + "one_shot = true\n", "3: one_shot belongs into section [GENERAL]: all meters share it\n"},
      {meter_a + "path = x\n", "3: path belongs into section [SPOOL]: all meters share it\n"},
      {meter_a + "tcp_port = 1\n", "3: tcp_port is written raw_tcp_port in section [METER a]\n"},
      {meter_a + "zonne = 1\n", "3: unknown key zonne in section [METER a], did you mean zone?\n"},
      {meter_a + "summary_topik = 1\n",
       "3: unknown key summary_topik in section [METER a], did you mean summary_topic?\n"},
      {meter_a + "zone = 256\n", "3: zone = 256: must be a number from 0 to 255\n"},
      {meter_a + "zone = 1\nzone = 2\n", "4: zone is set a second time (first in line 3): keep one of the two\n"},
      {meter_a + "interval = x\n", "3: interval = x: must be a time such as 10, 30s, 5m or 1h, or 0\n"},
      {meter_a + "interval_voltage_l4 = 1\n",
       "3: interval_voltage_l4: voltage_l4 is no quantity, did you mean voltage_l1?\n"},
      {meter_a + "only = voltage_l4\n", "3: only: voltage_l4 is no quantity, did you mean voltage_l1?\n"},
      {"[GENERAL]\nonly = voltage_l4\n" + meter_a, "2: only: voltage_l4 is no quantity, did you mean voltage_l1?\n"},
      {meter_a + "no_vscp = true\nnote_voltage_l1 = vscp/x\n",
       "4: note_voltage_l1 is used as a topic and must not be below vscp/: that is for VSCP events only\n"},
      {"[MQTT]\nnote_voltage_l1 = a#\n" + meter_a + "topic = x/{note}\n",
       "3: [METER a] note_voltage_l1 is used as a topic and must not contain '+' or '#': they are for subscribers\n"},
      {"[HOMEASSISTANT]\ndiscovery = true\n" + meter_a + "payload = xml\n",
       "3: [METER a] discovery: Home Assistant reads no events but those in JSON: set payload = json in section "
       "[VSCP]\n"},
      {"[METER a]\nserial_port = /dev/p1\n[METER b]\nserial_port = /dev/p1\n",
       "4: serial_port: the same as of [METER a]: a port has one reader\n"},
      {"[METER a]\nserial_port = -\n[METER b]\nserial_port = -\n",
       "4: serial_port: the same as of [METER a]: a port has one reader\n"},
      {"[METER a]\nserial_port = tcp://a:1\n[METER b]\nserial_port = tcp://a:1\n", ""},
      {meter_a + "raw_tcp_port = 5\n" + meter_b + "raw_tcp_port = 5\n",
       "6: raw_tcp_port: the same as of [METER a]: give each another one\n"},
      {"[RAW]\ntcp_port = 5\n" + meter_a, ""},
      {"[RAW]\ntcp_port = 5\n" + meter_a + meter_b,
       "2: tcp_port: each meter needs its own: set raw_tcp_port in the sections [METER name]\n"},
      {"[SUMMARY]\ntopic = p1\n" + meter_a + meter_b,
       "5: summary_topic: the same as of [METER a]: put {guid} into it, or give each meter a topic_prefix of its "
       "own\n"},
      {"[SUMMARY]\ntopic = p1/{meter}\n" + meter_a + meter_b, ""},
      {"[SUMMARY]\ntopic = p1\n[MQTT]\ntopic_prefix = {guid}\n" + meter_a + meter_b, ""},
      {"[SUMMARY]\ntopic = p1\n" + meter_a + "topic_prefix = a\n" + meter_b, ""},
      {meter_a + "raw_topic = a/b\n" + meter_b + "topic_prefix = a\nraw_topic = b\n",
       "7: raw_topic: the same as of [METER a]: put {guid} into it, or give each meter a topic_prefix of its own\n"},
      {meter_a + "topic_prefix = /a\n", "3: topic_prefix = /a: must not begin or end with '/'\n"},
      {meter_a + "topic_prefix = a/\n", "3: topic_prefix = a/: must not begin or end with '/'\n"},
      {meter_a + "topic_prefix = {meter}\n",
       "3: topic_prefix = {meter}: has the unknown token {meter}; there are {guid} {xguid}\n"},
      {"[MQTT]\ntopic_prefix = " + std::string(990, 'x') + "\n",
       "2: topic_prefix: is too long in front of the topics\n"},
      {"[MQTT]\nmeters_per_connection = 100001\n",
       "2: meters_per_connection = 100001: must be a number from 0 to 100000\n"},
      {"[METER a b]\n", "1: [METER name]: the name is one word of letters, digits and '_', at most 42 of them\n"},
  };
  for (const auto& c : cases) EXPECT_EQ(faults_of(read(c.text)), c.fault) << c.text;
}

TEST(MeterSections, plain_topics_of_two_meters_are_warned_of) {
  const std::string plain = "[GENERAL]\nno_vscp = true\n";
  EXPECT_EQ(remarks_of(read(plain + meter_a + meter_b).warnings),
            "5: no_vscp: [METER b] has the same topics as [METER a]: give each meter a topic_prefix of its own\n");
  EXPECT_TRUE(read(plain + meter_a + meter_b + "topic_prefix = b\n").warnings.empty());
  EXPECT_TRUE(read(plain + "[MQTT]\ntopic_prefix = {guid}\n" + meter_a + meter_b).warnings.empty());
}

TEST(MeterSections, secrets_are_not_shown) {
  for (const std::string line :
       {"decryption_key = hushhush", "authentication_key = hushhush", "authentication = hushhush",
        "decryption_key_file = 0123456789abcdef0123456789abcdef\nauthentication = hush",
        "zone = 1\n[METER b]\nserial_port = tcp://u:hushhush@h:1"}) {
    const auto config = read(meter_a + line + "\n");
    EXPECT_FALSE(config.faults.empty()) << line;
    EXPECT_EQ(faults_of(config).find("hush"), std::string::npos) << faults_of(config);
    EXPECT_EQ(faults_of(config).find("0123456789abcdef"), std::string::npos) << faults_of(config);
  }
  const auto config = read("[SERIAL]\ndecryption_key = 000102030405060708090a0b0c0d0e0f\n" + meter_a +
                           "decryption_key = ff0102030405060708090a0b0c0d0e0f\n" + meter_b);
  const auto shown = show_settings(config.settings, config.meters);
  EXPECT_TRUE(
      shown.ends_with("\n[METER a]\nserial_port = tcp://a:1\ndecryption_key = ********\n"
                      "\n[METER b]\nserial_port = tcp://b:1\n"))
      << shown;
}

TEST(MeterSections, what_is_shown_can_be_read_again) {
  for (const auto& text : {
           meter_a + meter_b +
               "zone = 5\nnote_voltage_l1 = ' x'\nguid = 01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:00:00\n",
           "[VSCP]\nguid = 01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:00:00\n" + meter_a,
           "[PUBLISH]\ninterval = 10\ninterval_voltage_l1 = 20\n" + meter_a + "interval = 30\n" + meter_b +
               "interval_voltage_l1 = 10\naverage_voltage_l2 = max\n",
           "[ALARM f]\nquantity = fuse\n[ALARM s]\nquantity = silence\n" + meter_a +
               "main_fuse = 16\nserial_timeout = 60\nzone = 9\n" + meter_b + "subzone = 4\n",
           "[ALARM f]\nquantity = fuse\nfuse = 20\nzone = 3\n" + meter_a + "main_fuse = 16\nzone = 9\n",
           "[GENERAL]\nonly = voltage_l1\n" + meter_a + "only =\n" + meter_b + "only = voltage_l2\n",
           "[SERIAL]\ndecryption_key_file = /a\n[SUMMARY]\ntopic = p1/{guid}\n" + meter_a +
               "decryption_key_file =\nsummary_topic =\n",
       }) {
    const auto config = read(text);
    ASSERT_EQ(faults_of(config), "") << text;
    const auto shown = show_settings(config.settings, config.meters);
    const auto again = read(shown);
    EXPECT_EQ(faults_of(again), "") << shown;
    EXPECT_EQ(show_settings(again.settings, again.meters), shown) << text;
    ASSERT_EQ(again.meters.size(), config.meters.size());
    for (std::size_t i = 0; i < config.meters.size(); ++i) {
      EXPECT_EQ(again.meters[i].settings, config.meters[i].settings) << text << config.meters[i].name;
    }
  }
}

}  // namespace
}  // namespace vscp_p1::io
