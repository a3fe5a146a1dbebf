#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>

#include "decode.hpp"
#include "live.hpp"

// States and what a meter says of itself, through a real broker: at the start, when they change, and never else.
namespace itest {
namespace {

const std::string info_topic = "vscp-p1d/" + base_guid + "/info";

std::vector<std::string> ordinary() {
  return {"1-3:0.2.8(50)",     "0-0:1.0.0(240730123456S)", "0-0:96.1.1(45303031)",
          "0-0:96.14.0(0001)", "0-0:96.3.10(1)",           "0-0:96.7.21(00004)",
          "0-0:96.13.0()",     "0-1:24.1.0(003)",          "0-1:96.1.0(4731)",
          "0-1:24.4.0(1)",     "1-0:1.8.0(000100.000*kWh)"};
}

// The same with another line for one of the codes.
std::vector<std::string> with(std::vector<std::string> lines, const std::string& line) {
  const auto code = line.substr(0, line.find('(') + 1);
  const auto same = std::find_if(lines.begin(), lines.end(), [&](auto& l) { return l.starts_with(code); });
  if (same == lines.end()) {
    lines.push_back(line);
  } else {
    *same = line;
  }
  return lines;
}

// "class/type data" of an event that is no reading of a meter; of a text its note, of a tariff's number its digits.
std::string shown(const DecodedEvent& event) {
  auto text = std::to_string(event.event_class) + "/" + std::to_string(event.type);
  if (event.event_class == 1040) return text.append(" ").append(decode_value(event).text);
  for (const auto byte : event.data) text.append(" ").append(std::to_string(byte));
  if (event.event_class == 509) text.append(" ").append(event.note);
  return text;
}

class States : public LiveMeterTest {
 protected:
  // Sends a telegram that ends with a voltage of its own, and gives the events in front of that, as shown() shows
  // them; readings of the energy and the count of failures are left out.
  std::vector<std::string> events_of(std::vector<std::string> lines) {
    const auto marker = std::to_string(++sent_) + ".25";
    lines.push_back("1-0:32.7.0(" + marker + "*V)");
    EXPECT_TRUE(meter_.write(telegram(lines)));
    EXPECT_TRUE(daemon_->wait_for_err("telegram " + std::to_string(sent_) + ":")) << daemon_->err();
    EXPECT_TRUE(subscriber_.wait_for_part("\"value\":" + marker)) << daemon_->err();
    // States follow the readings: what another message behind them shows has come.
    EXPECT_TRUE(meter_.write(telegram({"1-0:52.7.0(" + marker + "*V)"})));
    ++sent_;
    EXPECT_TRUE(subscriber_.wait_for([&](const auto& all) {
      return std::any_of(all.begin(), all.end(), [&](const Message& message) {
        return contains(message.payload, "\"value\":" + marker) && contains(message.payload, "Voltage L2");
      });
    })) << daemon_->err();
    std::vector<std::string> rows;
    const auto messages = subscriber_.messages("vscp/");
    for (; seen_ < messages.size(); ++seen_) {
      const auto event = decode_json(messages[seen_].payload);
      const bool is_level_one = event.event_class < 1024 && event.event_class != 0;
      EXPECT_LE(event.data.size(), is_level_one ? 8U : 512U) << messages[seen_].payload;
      const bool is_tariff = event.note == "Tariff";
      const bool own = event.event_class == 0 || event.event_class == 1026;
      if (!own && (!is_reading(event) || is_tariff)) rows.push_back(shown(event));
    }
    return rows;
  }

  std::vector<Message> infos() const { return subscriber_.messages(info_topic); }

  std::size_t sent_ = 0;
  std::size_t seen_ = 0;
};

using Rows = std::vector<std::string>;

TEST_F(States, AreSentOnceAtTheStart) {
  start();
  EXPECT_EQ(events_of(ordinary()),
            (Rows{"509/1 124 5 0 53 48 Version of the P1 port: 50", "509/1 113 5 0 69 48 48 49 Equipment id: E001",
                  "1040/1 1", "20/42 101 0 0 0 1", "20/3 102 0 0", "509/1 171 5 0 71 49 Equipment id M-Bus 1: G1",
                  "20/7 151 0 0"}));
  EXPECT_EQ(events_of(ordinary()), Rows{}) << "the same telegram again";
  EXPECT_EQ(events_of({"1-0:1.8.0(000100.000*kWh)"}), Rows{}) << "lines that are missing are no change";
  EXPECT_EQ(events_of(ordinary()), Rows{});
}

TEST_F(States, AreSentWhenTheyChange) {
  start();
  auto lines = ordinary();
  events_of(lines);
  const auto change = [&](const std::string& line) { return events_of(lines = with(lines, line)); };
  EXPECT_EQ(change("0-0:96.14.0(0002)"), (Rows{"1040/1 2", "20/42 101 0 0 1 2"}));
  EXPECT_EQ(change("0-0:96.3.10(0)"), Rows{"20/4 102 0 0"});
  EXPECT_EQ(change("0-0:96.3.10(1)"), Rows{"20/3 102 0 0"});
  EXPECT_EQ(change("0-1:24.4.0(0)"), Rows{"20/8 151 0 0"});
  EXPECT_EQ(change("0-0:96.13.0(48656C6C6F21)"),
            (Rows{"509/1 104 5 0 72 101 108 108 111 Text message: Hello!", "509/1 104 5 1 33 Text message"}));
  EXPECT_EQ(change("0-0:96.13.0(4279)"), Rows{"509/1 104 5 0 66 121 Text message: By"});
  const auto cleared = change("0-0:96.13.0()");
  ASSERT_EQ(cleared.size(), 1U);
  EXPECT_TRUE(cleared[0].starts_with("509/1 104 5 0 Text message")) << cleared[0];
  EXPECT_EQ(change("0-0:96.3.10(9)"), Rows{}) << "no position";
  for (const char* line : {"0-0:96.3.10()", "0-1:24.4.0()", "0-0:96.14.0()"}) {
    EXPECT_EQ(change(line), Rows{}) << line << " is nothing, not zero";
  }
  EXPECT_EQ(change("0-0:96.3.10(1)"), Rows{}) << "as before";
}

TEST_F(States, AnotherEquipmentIdIsAChangedMeter) {
  start();
  auto lines = ordinary();
  events_of(lines);
  EXPECT_EQ(count_of(daemon_->err(), "meter changed"), 0U) << "the first is no change";
  lines = with(with(lines, "0-0:96.1.1(45303032)"), "1-0:1.8.0(000000.002*kWh)");
  EXPECT_EQ(events_of(lines), Rows{"509/1 113 5 0 69 48 48 50 Equipment id: E002"});
  events_of(lines);
  EXPECT_EQ(count_of(daemon_->err(), "meter changed"), 1U) << daemon_->err();
  EXPECT_TRUE(contains(daemon_->err(), "E001")) << daemon_->err();
  EXPECT_TRUE(contains(daemon_->err(), "E002")) << daemon_->err();
  EXPECT_FALSE(contains(daemon_->err(), "held back")) << "a new meter starts anew";
}

TEST_F(States, APowerFailureIsTwoAlarms) {
  start();
  auto lines = ordinary();
  events_of(lines);
  EXPECT_EQ(events_of(lines = with(lines, "0-0:96.7.21(00005)")), (Rows{"1/5 0 0 0", "1/5 1 0 0"}));
  EXPECT_EQ(events_of(lines), Rows{}) << "the count stays";
  EXPECT_EQ(events_of(lines = with(lines, "0-0:96.7.21(00000)")), Rows{}) << "a meter that begins to count anew";
  EXPECT_EQ(events_of(lines), Rows{}) << "confirmed";
  EXPECT_EQ(events_of(with(lines, "0-0:96.7.21(00003)")), (Rows{"1/5 0 0 0", "1/5 1 0 0"})) << "once, however many";
}

TEST_F(States, InfoIsRetained) {
  start();
  events_of(ordinary());
  ASSERT_TRUE(subscriber_.wait_for([](const auto& all) {
    return std::any_of(all.begin(), all.end(), [](const Message& m) { return m.topic == info_topic; });
  }));
  const auto expected = nlohmann::json::parse(
      R"({"header": "TST5 integration", "manufacturer": "TST", "version": "50", "equipment_id": "E001",
          "mbus": {"1": {"type": 3, "id": "G1"}}})");
  EXPECT_EQ(nlohmann::json::parse(infos().at(0).payload), expected);
  events_of(ordinary());
  EXPECT_EQ(infos().size(), 1U) << "once";
  const Subscriber late(broker_);
  ASSERT_TRUE(late.wait_for([](const auto& all) {
    return std::any_of(all.begin(), all.end(), [](const Message& m) { return m.topic == info_topic; });
  }));
  const auto kept = late.messages(info_topic);
  EXPECT_TRUE(kept.at(0).retained);
  EXPECT_EQ(nlohmann::json::parse(kept.at(0).payload), expected);
  events_of(with(ordinary(), "0-1:96.1.0(4732)"));
  ASSERT_EQ(infos().size(), 2U) << "a changed device";
  EXPECT_EQ(nlohmann::json::parse(infos().at(1).payload)["mbus"]["1"]["id"], "G2");
}

TEST_F(States, InfoCanBeSwitchedOff) {
  start({{"STATE", {{"retained", "false"}}}});
  EXPECT_FALSE(events_of(ordinary()).empty()) << "the states are still sent";
  EXPECT_TRUE(infos().empty());
  const Subscriber late(broker_);
  ASSERT_TRUE(late.wait_for_text(status_topic, "online")) << "it has all that is retained";
  EXPECT_TRUE(late.messages(info_topic).empty());
}

TEST_F(States, SwitchesHold) {
  start({{"GENERAL", {{"send_state", "false"}, {"send_identity", "false"}}}});
  EXPECT_EQ(events_of(ordinary()), Rows{});
  EXPECT_EQ(events_of(with(ordinary(), "0-0:96.14.0(0002)")), Rows{});
  EXPECT_EQ(infos().size(), 1U) << "the info does not depend on them";
}

TEST_F(States, AHeldBackReadingIsSaidOnce) {
  start();
  auto lines = ordinary();
  events_of(lines);
  for (const char* value : {"000050.000", "000040.000", "000030.000"}) {
    events_of(lines = with(lines, std::string("1-0:1.8.0(") + value + "*kWh)"));
  }
  EXPECT_EQ(count_of(daemon_->err(), "held back"), 1U) << daemon_->err();
  events_of(lines);
  EXPECT_TRUE(subscriber_.wait_for_part("\"value\":30.000")) << "confirmed";
  for (const char* value : {"\"value\":50.000", "\"value\":40.000"}) {
    for (const auto& message : subscriber_.messages()) EXPECT_FALSE(contains(message.payload, value));
  }
}

TEST_F(States, UnknownCodesAreInTheSummary) {
  start();
  events_of(with(with(ordinary(), "0-0:94.98.31(1)"), "1-0:77.7.0(50*Hz)"));
  events_of(with(ordinary(), "0-0:94.98.31(1)"));
  daemon_->signal(SIGTERM);
  EXPECT_EQ(daemon_->wait_exit(), 0);
  const auto log = daemon_->err();
  const auto summary = log.substr(std::min(log.size(), log.rfind("telegrams: ")));
  EXPECT_TRUE(contains(summary, "0-0:94.98.31, 1-0:77.7.0")) << log;
  EXPECT_EQ(count_of(summary, "0-0:94.98.31"), 1U) << summary;
  EXPECT_TRUE(contains(summary, "--unknown")) << summary;
}

TEST(NoVscpStates, AreTextsUnderTheirNotes) {
  auto config = config_for();
  config["GENERAL"]["no_vscp"] = "true";
  config["VSCP"]["scale_momentan_active_effect_out"] = "60";
  config["MQTT"]["note_breaker"] = "meter/breaker";
  const auto first = telegram({"0-0:96.1.1(45303031)", "0-0:96.14.0(0001)", "0-0:96.3.10(1)", "0-0:96.13.0()",
                               "0-0:96.7.21(00001)", "1-0:1.7.0(01.193*kW)"});
  const auto second = telegram({"0-0:96.1.1(45303031)", "0-0:96.14.0(0002)", "0-0:96.3.10(1)", "0-0:96.13.0(4869)",
                                "0-0:96.7.21(00002)", "1-0:1.7.0(00.100*kW)"});
  const auto result = dry_run(config, first + second);
  ASSERT_EQ(result.code, 0) << result.err;
  std::vector<std::string> plain;
  for (const auto& line : lines_of(result.out)) {
    if (!line.starts_with("vscp-p1d/")) plain.push_back(line);
  }
  EXPECT_EQ(plain, (Rows{"Number of power failures 00001", "Active effect out 71.580", "Equipment id E001",
                         "Tariff 0001", "meter/breaker 1", "Number of power failures 00002",
                         "Active effect out 6.000", "Tariff 0002", "Text message Hi"}))
      << "scaled numbers are in the meter's unit; nothing of VSCP: " << result.out;
}

TEST(LevelOne, NeverMoreThanEightBytes) {
  const std::string text(600, '4');
  for (const char* event_class : {"10", "1040", "1060"}) {
    auto config = config_for();
    config["VSCP"]["event_class"] = event_class;
    const auto result = dry_run(
        config, telegram({"0-0:96.13.0(" + text + ")", "0-0:96.1.1(" + text.substr(0, 34) + ")", "0-0:96.14.0(0002)",
                          "0-0:96.3.10(1)", "0-1:24.4.0(2)", "0-0:96.7.21(00001)", "1-0:1.8.0(99999999.999*kWh)"}) +
                    telegram({"0-0:96.7.21(00002)", "0-0:96.14.0(0001)", "0-0:96.3.10(0)"}));
    ASSERT_EQ(result.code, 0) << result.err;
    std::size_t texts = 0;
    for (const auto& line : lines_of(result.out)) {
      const auto event = decode_json(parse_line(line).payload);
      texts += event.event_class == 509 ? 1 : 0;
      const bool is_new_node = event.event_class == 0 && event.type == 2;  // 16 bytes of the GUID, as VSCP wants it
      EXPECT_LE(event.data.size(), event.event_class < 1024 && !is_new_node ? 8U : 512U) << line;
    }
    EXPECT_EQ(texts, 60U + 4U) << "300 characters and 17 in parts of five";
  }
}

}  // namespace
}  // namespace itest
