#include <gtest/gtest.h>

#include "harness.hpp"

// Plain MQTT instead of VSCP, and the templates of topics.
namespace itest {
namespace {

TEST(NoVscp, NoteIsTheTopicAndTheMetersDigitsThePayload) {
  auto config = config_for();
  config["GENERAL"]["no_vscp"] = "true";
  config["MQTT"]["note_voltage_l1"] = "home/meter/voltage l1";
  const auto result = dry_run(config, telegram({"0-0:1.0.0(240730123456S)", "1-0:1.8.0(000671.578*kWh)",
                                                "1-0:1.7.0(01.193*kW)", "1-0:2.7.0(-0.500*kW)", "1-0:32.7.0(231.4*V)",
                                                "0-1:24.1.0(003)", "0-1:24.2.1(240730120500S)(01234.567*m3)"}));
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out,
            "Meter reading active energy out 000671.578\n"
            "Active effect out 01.193\n"
            "Active effect in -0.500\n"
            "home/meter/voltage l1 231.4\n"
            "Meter reading gas 1 01234.567\n");
}

TEST(NoVscp, BrokerSeesNoVscpTopicAtAll) {
  const TempDir dir;
  const Broker broker;
  const Subscriber subscriber(broker);
  auto config = config_for(&broker);
  config["GENERAL"]["no_vscp"] = "true";
  const auto daemon = start_daemon(dir, config, {"--source", "file:" + dir.write("capture", numbered_with(1, 26))});
  EXPECT_EQ(daemon->wait_exit(), 0) << daemon->err();
  ASSERT_TRUE(subscriber.wait_for_text(status_topic, "offline"));
  EXPECT_TRUE(subscriber.wait_for_text("Meter reading active energy out", "00000001.000"));
  EXPECT_TRUE(subscriber.wait_for_text("Current L3", "026.0"));
  EXPECT_TRUE(subscriber.messages("vscp/").empty());
  EXPECT_EQ(subscriber.messages().size() - subscriber.messages("vscp-p1d/").size(), 26U);
}

// ---- topics

TEST(Topic, EveryTokenInEachForm) {
  const std::vector<std::pair<std::string, std::string>> tokens = {{"guid", base_guid.substr(0, 42) + "10:E1"},
                                                                   {"xguid", base_guid.substr(0, 42) + "10:E1"},
                                                                   {"class", "1040"},
                                                                   {"xclass", "1040"},
                                                                   {"type", "16"},
                                                                   {"xtype", "16"},
                                                                   {"nickname", "4321"},
                                                                   {"id", "4321"},
                                                                   {"sensorindex", "12"},
                                                                   {"zone", "3"},
                                                                   {"subzone", "4"},
                                                                   {"unit", "0"},
                                                                   {"name", "voltage_l1"},
                                                                   {"obis", "1-0:32.7.0"},
                                                                   {"note", "Oven"},
                                                                   {"meter", "E001"}};
  for (const auto& [token, text] : tokens) {
    auto config = config_for();
    config["VSCP"].insert(
        {{"id_voltage_l1", "4321"}, {"sensorindex_voltage_l1", "12"}, {"zone", "3"}, {"subzone", "4"}});
    config["MQTT"]["note_voltage_l1"] = "Oven";
    config["GENERAL"]["send_identity"] = "false";
    config["MQTT"]["topic"] = "a/{" + token + "}/b{{" + token + "}}c";
    const auto result = dry_run(config, telegram({"0-0:96.1.1(45303031)", "1-0:32.7.0(231.4*V)"}));
    ASSERT_EQ(result.code, 0) << token << result.err;
    const auto lines = lines_of(result.out);
    ASSERT_EQ(lines.size(), 4U) << token;
    EXPECT_TRUE(lines[2].starts_with("a/" + text + "/b" + text + "c {")) << lines[2].substr(0, 100);
  }
}

TEST(Topic, ThePythonScriptsOwn) {
  auto config = config_for();
  config["MQTT"]["topic"] = "vscp/{xguid}/{xclass}/{xtype}";
  EXPECT_EQ(dry_run(config, "").code, 0);
  const auto lines = lines_of(dry_run(config, numbered(1)).out);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_TRUE(lines[2].starts_with("vscp/" + base_guid.substr(0, 42) + "00:01/1040/13 "));
}

TEST(Topic, WrongOnesAreFaultsOfTheConfiguration) {
  for (const char* topic :
       {"vscp/{uid}/x", "vscp/{guid", "vscp/guid}", "vscp/+/x", "vscp/#", "vscp/{{guid}", "", "{}"}) {
    auto config = config_for();
    config["MQTT"]["topic"] = topic;
    const auto result = dry_run(config, numbered(1));
    EXPECT_EQ(result.code, 78) << topic;
    EXPECT_TRUE(contains(result.err, "topic")) << result.err;
    EXPECT_TRUE(result.out.empty()) << topic;
  }
}

TEST(Topic, NotesThatBecomeTopicsAreChecked) {
  auto config = config_for();
  config["MQTT"]["note_voltage_l1"] = "50 % + more #1";
  EXPECT_EQ(dry_run(config, numbered(1)).code, 0);
  config["GENERAL"]["no_vscp"] = "true";
  EXPECT_EQ(dry_run(config, numbered(1)).code, 78);
  config["GENERAL"]["no_vscp"] = "false";
  config["MQTT"]["topic"] = "vscp/{note}";
  EXPECT_EQ(dry_run(config, numbered(1)).code, 78);
}

TEST(Topic, MetersTextCannotBreakOutOfItsLevel) {
  auto config = config_for();
  config["MQTT"]["topic"] = "m/{meter}/end";
  const auto result = dry_run(config, telegram({"0-0:96.1.1(a/b+c#d e)", "1-0:32.7.0(231.4*V)"}));
  EXPECT_TRUE(contains(result.out, "m/a_b_c_d_e/end {")) << result.out;
}

}  // namespace
}  // namespace itest
