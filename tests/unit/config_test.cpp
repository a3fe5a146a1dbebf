#include "io/config.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>

namespace vscp_p1::io {
namespace {

Config read(const std::string& text) {
  std::istringstream stream(text);
  return read_config(stream);
}

std::string faults_of(const Config& config) {
  std::string text;
  for (const auto& fault : config.faults) text += std::to_string(fault.line) + ": " + fault.text + "\n";
  return text;
}

// What is shown reads as the same again.
TEST(Config, what_is_shown_can_be_read_again) {
  for (const std::string text : {
           "",
           "[MQTT]\ntopic = \"''\"\n",
           "[MQTT]\ntopic = ' '\n",
           "[MQTT]\ntopic = \" a/b \"\n",
           "[MQTT]\ntopic = '\"a\"'\n",
           "[MQTT]\ntopic = '\n",
           "[MQTT]\nuser = 'true:'\n",
           "[MQTT]\nnote_sum_active_energy_out = \"  note\"\n",
           "[MQTT]\nnote_sum_active_energy_out = ''\n",
           "[SERIAL]\nserial_port = '/dev/tty '\n",
           "[QUANTITY pool]\nobis = 0-0:94.98.31\nnote = ' \"pool\" '\nwire_unit = ' kW'\nfactor = 0.5\n",
           "[QUANTITY pool]\nobis = 0-0:94.98.31\ntype = 14\nunit = 0\nwire_unit = kW\n",
           "[PUBLISH]\ninterval = 90\naverage_pool = max\nheartbeat_voltage_l1 = 2h\n[QUANTITY pool]\nobis = "
           "1-0:77.7.0\n",
           "[PUBLISH]\ndeadband = 0.25\non_change_gas_1 = true\ndeadband_gas_1 = 0\n",
           "[ALARM a]\nquantity = fuse\n[ALARM b]\nquantity = silence\nfor = 5m\n[GENERAL]\nmain_fuse = 16\n",
           "[ALARM a]\nquantity = voltage_l1\nop = >=\nvalue = -1.50\nhysteresis = 2\nnote = ' x'\n[VSCP]\nzone = "
           "9\n",
           "[QUANTITY voltage_l1]\nunit = 0\n[QUANTITY own]\nobis = 1-0:32.7.0\n",
       }) {
    const auto config = read(text);
    ASSERT_EQ(faults_of(config), "") << text;
    const auto shown = show_settings(config.settings);
    const auto again = read(shown);
    EXPECT_EQ(faults_of(again), "") << text;
    EXPECT_EQ(show_settings(again.settings), shown) << text;
  }
}

TEST(Config, quotes_that_keep_blanks_are_no_oddity) {
  EXPECT_EQ(read("[MQTT]\nuser = ' name '\n").settings.mqtt.user, " name ");
  EXPECT_TRUE(read("[MQTT]\nuser = ' name '\n").warnings.empty());
  EXPECT_EQ(read("[MQTT]\nuser = 'name'\n").warnings.size(), 1U);
}

TEST(Config, lines_are_text) {
  for (const std::string_view bytes : {"\x1b[2J", "\x7f", "\xC2\x9B", "\xE4", "\xED\xA0\x80"}) {
    const auto config = read("[MQTT]\nuser = a" + std::string(bytes) + "b\n");
    ASSERT_EQ(config.faults.size(), 1U) << bytes;
    EXPECT_EQ(config.faults.front().line, 2U);
    EXPECT_EQ(config.faults.front().text.find(bytes), std::string::npos) << "the bytes themselves are not shown";
  }
  EXPECT_EQ(read("[MQTT]\nuser =\tå\tb\n").settings.mqtt.user, "å\tb");
}

TEST(Config, a_password_inside_an_address_is_not_shown) {
  for (const std::string text : {
           "[MQTT]\nhost = mqtt://u:hushhush@h\n",
           "[MQTT]\nhost = u:hushhush@h\n",
           "[MQTT]\nhost = a, 'u:hush,hushhush@h'\n",
           "[MQTT]\nhost = ::1%u:hushhush@h # comment\n",
           "[SERIAL]\nserial_port = http://u:hushhush@h:1\n",
           "[SERIAL]\nserial_port = tcp://u:hushhush@h:1\n",
       }) {
    const auto config = read(text);
    ASSERT_EQ(config.faults.size(), 1U) << text;
    EXPECT_EQ(config.faults.front().line, 2U);
    EXPECT_EQ(config.faults.front().text.find("hush"), std::string::npos) << config.faults.front().text;
    const bool is_host = text.starts_with("[MQTT]");
    EXPECT_EQ(config.faults.front().text.find("user and password have keys of their own") != text.npos, is_host);
  }
  EXPECT_TRUE(faults_of(read("[MQTT]\nhost = a b\n")).starts_with("2: host = a b: ")) << "others are shown";
}

// The search for the nearest name must not take minutes for it.
TEST(Config, a_name_of_a_megabyte_is_like_none) {
  const auto config = read("[GENERAL]\nonly = " + std::string(1'000'000, 'x') + "\n");
  ASSERT_EQ(config.faults.size(), 1U);
  EXPECT_EQ(config.faults.front().text.find("did you mean"), std::string::npos);
}

TEST(Config, what_home_assistant_and_the_summary_cannot_be) {
  struct Case {
    std::string text, fault;
  };
  const Case cases[] = {
      {"[HOMEASSISTANT]\ndiscovery = true\n", ""},
      {"[VSCP]\npayload = xml\n[HOMEASSISTANT]\ndiscovery = true\n",
       "4: discovery: Home Assistant reads no events but those in JSON: set payload = json in section [VSCP]\n"},
      {"[GENERAL]\nno_vscp = true\n[VSCP]\npayload = xml\n[HOMEASSISTANT]\ndiscovery = true\n", ""},
      {"[VSCP]\npayload = xml\n", ""},
      {"[HOMEASSISTANT]\nprefix =\n", "2: prefix: is empty\n"},
      {"[HOMEASSISTANT]\nprefix = vscp/x\n",
       "2: prefix = vscp/x: must not be below vscp/: that is for VSCP events only\n"},
      {"[HOMEASSISTANT]\nprefix = a/\n", "2: prefix = a/: must not begin or end with '/'\n"},
      {"[HOMEASSISTANT]\nprefix = a/+\n", "2: prefix = a/+: must not contain '+' or '#': they are for subscribers\n"},
      {"[HOMEASSISTANT]\nname =\n", "2: name: must not be empty\n"},
      {"[SUMMARY]\ntopic = p1/{meter}/{guid}\ninterval = 60\n", ""},
      {"[SUMMARY]\ntopic = vscp/p1\n", "2: topic = vscp/p1: must not be below vscp/: that is for VSCP events only\n"},
      {"[SUMMARY]\ntopic = vscp\n", "2: topic = vscp: must not be below vscp/: that is for VSCP events only\n"},
      {"[SUMMARY]\ntopic = vscp-p1d/summary\n", ""},
      {"[SUMMARY]\ntopic = p1/{meter}\n[RAW]\ntopic = p1/{meter}\n",
       "2: topic: the same as in section [RAW]: give one of the two another\n"},
      {"[GENERAL]\nno_vscp = true\n[MQTT]\nnote_voltage_l1 = vscp/x\n",
       "4: note_voltage_l1 is used as a topic and must not be below vscp/: that is for VSCP events only\n"},
      {"[QUANTITY fuse]\nobis = 1-0:77.7.0\n",
       "1: [QUANTITY fuse]: alarms mean something else by it, give it another name\n"},
      {"[SUMMARY]\ntopic = p1/{name}\n",
       "2: topic = p1/{name}: has the unknown token {name}; there are {guid} {meter} {xguid}\n"},
      {"[SUMMARY]\ntopic = p1\n[QUANTITY time]\nobis = 0-0:94.98.31\ntype = 4\nunit = 0\n",
       "2: topic: the summary has a member time of its own: give [QUANTITY time] another name\n"},
      {"[QUANTITY time]\nobis = 0-0:94.98.31\ntype = 4\nunit = 0\n", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(faults_of(read(c.text)), c.fault) << c.text;
}

Rates rates_of(const Config& config, std::string_view key) {
  const auto& all = config.settings.quantities;
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& q) { return q.key == key; });
  return config.settings.publish.of(static_cast<std::size_t>(found - all.begin()));
}

TEST(Config, rates_of_a_quantity_go_before_those_of_all_wherever_they_stand) {
  const auto config = read(
      "[PUBLISH]\ninterval_voltage_l1 = 60\ninterval_pool = 5m\ninterval = 10\naverage = mean\n"
      "[QUANTITY pool]\nobis = 1-0:77.7.0\n[PUBLISH]\naverage_voltage_l1 = max\n");
  ASSERT_EQ(faults_of(config), "");
  EXPECT_TRUE(config.warnings.empty());
  EXPECT_EQ(rates_of(config, "voltage_l1").interval, 60U);
  EXPECT_EQ(rates_of(config, "voltage_l1").average, Rates::Average::max);
  EXPECT_EQ(rates_of(config, "voltage_l2").interval, 10U);
  EXPECT_EQ(rates_of(config, "voltage_l2").average, Rates::Average::mean);
  EXPECT_EQ(rates_of(config, "pool").interval, 300U);
  EXPECT_EQ(rates_of(config, "pool").average, Rates::Average::mean);
}

TEST(Config, only_rates_of_quantities_that_are_set_are_shown) {
  const auto text = show_settings(read("[PUBLISH]\ninterval = 10\ninterval_voltage_l1 = 60\n").settings);
  EXPECT_NE(text.find("\ninterval = 10s\n"), text.npos);
  EXPECT_NE(text.find("\ninterval_voltage_l1 = 1m\n"), text.npos);
  EXPECT_EQ(text.find("\ninterval_voltage_l2"), text.npos);
  EXPECT_EQ(text.find("\naverage_voltage_l1"), text.npos);
}

// The longest name that a quantity may have, behind the longest rate.
TEST(Config, long_names_have_rates) {
  const std::string name(39, 'x');
  const auto config = read("[QUANTITY " + name + "]\nobis = 1-0:77.7.0\n[PUBLISH]\non_change_" + name + " = true\n");
  ASSERT_EQ(faults_of(config), "");
  EXPECT_TRUE(rates_of(config, name).on_change);
}

TEST(Config, rates_that_have_no_effect_are_warned_of) {
  for (const std::string line : {"average_sum_active_energy_out = mean", "average_gas_1 = max", "interval_tariff = 5",
                                 "heartbeat_month_sum_active_energy_out = 5"}) {
    const auto config = read("[PUBLISH]\n" + line + "\n");
    EXPECT_EQ(faults_of(config), "") << line;
    ASSERT_EQ(config.warnings.size(), 1U) << line;
    EXPECT_EQ(config.warnings[0].line, 2U);
    EXPECT_NE(config.warnings[0].text.find("has no effect"), std::string::npos) << config.warnings[0].text;
  }
  EXPECT_TRUE(read("[PUBLISH]\naverage_sum_active_energy_out = last\ninterval_gas_1 = 1h\n").warnings.empty());
}

TEST(Config, an_alarm_with_all_its_keys) {
  const auto config = read(
      "[ALARM Dip]\nquantity = Voltage_L1\nop = <=\nvalue = 207.5\nhysteresis = 2\nfor = 5m\none_shot = yes\n"
      "code = 255\nzone = 3\nsubzone = 4\nnote = A dip: all; of it\n");
  ASSERT_EQ(faults_of(config), "");
  ASSERT_EQ(config.settings.alarms.size(), 1U);
  const auto& alarm = config.settings.alarms[0];
  EXPECT_EQ(alarm.name, "dip");
  EXPECT_EQ(alarm.quantity, "voltage_l1");
  EXPECT_EQ(alarm.quantities, std::vector{*find_quantity("1-0:32.7.0"_obis)});
  EXPECT_EQ(alarm.op, AlarmSettings::Operator::at_most);
  EXPECT_EQ(alarm.value, (Decimal{2075, -1}));
  EXPECT_EQ(alarm.hysteresis, (Decimal{2, 0}));
  EXPECT_EQ(alarm.hold, 300U);
  EXPECT_TRUE(alarm.one_shot);
  EXPECT_EQ(alarm.code, 255);
  EXPECT_EQ(alarm.zone, 3);
  EXPECT_EQ(alarm.subzone, 4);
  EXPECT_EQ(alarm.id, 21);
  EXPECT_EQ(alarm.note, "A dip: all; of it");
}

TEST(Config, every_operator_of_an_alarm) {
  using Operator = AlarmSettings::Operator;
  for (const auto& [text, op] : {std::pair<std::string, Operator>{">", Operator::above},
                                 {"<", Operator::below},
                                 {">=", Operator::at_least},
                                 {"<=", Operator::at_most},
                                 {"==", Operator::equal},
                                 {"!=", Operator::other}}) {
    for (const std::string separator : {" = ", "=", ": ", ":", " : '"}) {
      const auto quote = separator.ends_with('\'') ? "'" : "";
      const auto config = read("[ALARM a]\nquantity = voltage_l1\nvalue = 1\nop" + separator + text + quote + "\n");
      ASSERT_EQ(faults_of(config), "") << separator << text;
      EXPECT_EQ(config.settings.alarms.at(0).op, op) << separator << text;
    }
  }
}

TEST(Config, what_an_alarm_leaves_open) {
  const auto config = read(
      "[ALARM a]\nquantity = fuse\n[ALARM b]\nquantity = silence\n[ALARM c]\nfuse = 25.5\n"
      "[ALARM d]\nquantity = pool\nop = >\nvalue = 1\n[ALARM e]\nquantity = silence\nfor = 7\n"
      "[GENERAL]\nmain_fuse = 16\n[VSCP]\nzone = 5\nsubzone = 6\n[SERIAL]\nserial_timeout = 33\n"
      "[QUANTITY pool]\nobis = 1-0:77.7.0\nid = 4660\n");
  ASSERT_EQ(faults_of(config), "");
  const auto& alarms = config.settings.alarms;
  ASSERT_EQ(alarms.size(), 5U);
  EXPECT_EQ(alarms[0].quantities.size(), 3U);
  EXPECT_EQ(alarms[0].op, AlarmSettings::Operator::above);
  EXPECT_EQ(alarms[0].value, (Decimal{16, 0})) << "main_fuse";
  EXPECT_EQ(alarms[0].code, 1);
  EXPECT_EQ(alarms[0].zone, 5);
  EXPECT_EQ(alarms[0].subzone, 6);
  EXPECT_EQ(alarms[0].id, 0);
  EXPECT_EQ(alarms[0].note, "Alarm a (fuse)");
  EXPECT_TRUE(alarms[1].is_of_silence());
  EXPECT_EQ(alarms[1].value, (Decimal{33, 0})) << "serial_timeout";
  EXPECT_EQ(alarms[2].value, (Decimal{255, -1}));
  EXPECT_EQ(alarms[2].quantities.size(), 3U);
  EXPECT_EQ(alarms[3].id, 4660);
  EXPECT_EQ(alarms[4].value, (Decimal{0, 0}));
  EXPECT_EQ(alarms[4].hold, 7U);
}

TEST(Config, faults_of_rates_and_alarms_have_their_line) {
  struct Case {
    std::string text;
    std::size_t line;
    std::string_view part;
  };
  const std::string voltage = "[ALARM a]\nquantity = voltage_l1\nop = >\nvalue = 1\n";
  const Case cases[] = {
      {"[PUBLISH]\ninterval = x\n", 2, "such as 10, 30s"},
      {"[PUBLISH]\ninterval = -1\n", 2, "such as 10, 30s"},
      {"[PUBLISH]\nheartbeat = 1.5\n", 2, "such as 10, 30s"},
      {"[PUBLISH]\ndeadband = 5%\n", 2, "must be a number"},
      {"[PUBLISH]\naverage = median\n", 2, "last, mean, min, max"},
      {"[PUBLISH]\non_change = perhaps\n", 2, "true or false"},
      {"[PUBLISH]\naverage_voltage_l1 = median\n", 2, "last, mean, min, max"},
      {"[PUBLISH]\ninterval_voltage_l4 = 1\n", 2, "voltage_l4 is no quantity, did you mean voltage_l"},
      {"[PUBLISH]\ninterval_ = 1\n", 2, "is no quantity"},
      {"[PUBLISH]\nintervall = 1\n", 2, "did you mean interval?"},
      {"[PUBLISH]\ninterval_gas_1 = 1\ninterval_gas_1 = 2\n", 3, "second time (first in line 2)"},
      {"[MQTT]\non_change = true\n", 2, "belongs into section [PUBLISH]"},
      {"[ALARM a]\n", 1, "needs quantity"},
      {"[ALARM a]\nquantity =\n", 2, "must be a quantity"},
      {"[ALARM a]\nquantity = voltage_l4\nop = >\nvalue = 1\n", 2,
       "voltage_l4 is no quantity, did you mean voltage_l"},
      {"[ALARM a]\nquantity = voltage_l1\nvalue = 1\n", 1, "needs op"},
      {"[ALARM a]\nquantity = voltage_l1\nop = >\n", 1, "needs value"},
      {"[ALARM a]\nquantity = voltage_l1\nop = =>\nvalue = 1\n", 3, ">, <, >=, <=, ==, !="},
      {"[ALARM a]\nquantity = voltage_l1\nop =\nvalue = 1\n", 3, ">, <, >=, <=, ==, !="},
      {"[ALARM a]\nquantity = voltage_l1\nop = >\nvalue = 1,5\n", 4, "must be a number"},
      {"[ALARM a]\nquantity = equipment_id\nop = >\nvalue = 1\n", 2, "is a text"},
      {"[ALARM a]\nquantity = month_sum_active_energy_out\nop = >\nvalue = 1\n", 2, "tells of the past"},
      {voltage + "hysteresis = -1\n", 5, "must be a number"},
      {voltage + "for = soon\n", 5, "such as 10, 30s"},
      {voltage + "one_shot = perhaps\n", 5, "true or false"},
      {voltage + "code = 0\n", 5, "1 to 255"},
      {voltage + "code = 256\n", 5, "1 to 255"},
      {voltage + "zone = 256\n", 5, "0 to 255"},
      {voltage + "hysterese = 1\n", 5, "did you mean hysteresis?"},
      {voltage + "fuse = 25\n", 1, "belongs to quantity = fuse"},
      {voltage + "value = 2\n", 5, "second time (first in line 4)"},
      {voltage + "[ALARM A]\nvalue = 2\n", 6, "second time (first in line 4)"},
      {"[ALARM a]\nfuse = 25\nvalue = 26\n", 1, "keep one of the two"},
      {"[ALARM a]\nquantity = silence\nop = <\n", 1, "op is >"},
      {"[ALARM a]\nquantity = silence\nfor = 0\n", 1, "from 1 on"},
      {"[ALARM a]\nquantity = silence\nvalue = -5\nfor = 10\n", 1, "from 1 on"},
      {"[ALARM a]\nquantity = silence\nvalue = 999999999999999999\n", 1, "from 1 on"},
      {"[ALARM a b]\n", 1, "[ALARM name]: the name is one word"},
      {"[ALARM " + std::string(43, 'x') + "]\n", 1, "at most 42"},
      {"[ALARM]\n", 1, "[ALARM name]"},
      {"[GENERAL]\nno_vscp = true\n" + voltage + "note = a#\n", 7, "is used as a topic"},
  };
  for (const auto& c : cases) {
    const auto config = read(c.text);
    ASSERT_EQ(config.faults.size(), 1U) << c.text << faults_of(config);
    EXPECT_EQ(config.faults[0].line, c.line) << c.text << faults_of(config);
    EXPECT_NE(config.faults[0].text.find(c.part), std::string::npos) << c.text << faults_of(config);
  }
}

}  // namespace
}  // namespace vscp_p1::io
