#include "io/config.hpp"

#include <gtest/gtest.h>

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
      {"[SUMMARY]\ntopic = p1/{name}\n",
       "2: topic = p1/{name}: has the unknown token {name}; there are {guid} {meter} {xguid}\n"},
      {"[SUMMARY]\ntopic = p1\n[QUANTITY time]\nobis = 0-0:94.98.31\ntype = 4\nunit = 0\n",
       "2: topic: the summary has a member time of its own: give [QUANTITY time] another name\n"},
      {"[QUANTITY time]\nobis = 0-0:94.98.31\ntype = 4\nunit = 0\n", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(faults_of(read(c.text)), c.fault) << c.text;
}

}  // namespace
}  // namespace vscp_p1::io
