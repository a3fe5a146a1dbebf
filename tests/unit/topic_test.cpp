#include "vscp_p1/topic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "vscp_p1/settings.hpp"

namespace vscp_p1 {
namespace {

using Tokens = TopicTemplate::Tokens;
using ::testing::HasSubstr;

Event example() {
  Event event;
  event.vscp_class = 1040;
  event.type = 13;
  event.guid = Guid::from_mac({0x5C, 0xCF, 0x7F, 0xC4, 0x1E, 0x7B}).with_id(257);
  event.measurement = Measurement{{1, 0}, 1, 4, 2, 3};
  event.obis = "1-0:1.8.0"_obis;
  event.name = "sum_active_energy_out";
  event.note = "Meter reading";
  return event;
}

std::string expanded(std::string_view text, const Event& event = example(), std::string_view meter = "KFM5 \\x/1+#") {
  const auto topic = TopicTemplate::compile(text);
  if (!topic) return topic.error();
  std::string out;
  topic->expand(event, meter, out);
  return out;
}

std::string joined(std::string_view before, std::string_view text, std::string_view behind) {
  std::string all(before);
  return all.append(text).append(behind);
}

TEST(Topic, every_token) {
  const std::string guid = "FF:FF:FF:FF:FF:FF:FF:FE:5C:CF:7F:C4:1E:7B:01:01";
  struct Case {
    std::string_view token;
    std::string expected;
  };
  const Case cases[] = {
      {"guid", guid},
      {"xguid", guid},
      {"class", "1040"},
      {"xclass", "1040"},
      {"type", "13"},
      {"xtype", "13"},
      {"nickname", "257"},
      {"id", "257"},
      {"sensorindex", "4"},
      {"zone", "2"},
      {"subzone", "3"},
      {"unit", "1"},
      {"name", "sum_active_energy_out"},
      {"obis", "1-0:1.8.0"},
      {"note", "Meter reading"},
      {"meter", "KFM5__x_1__"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(expanded(joined("a/{", c.token, "}/b")), joined("a/", c.expected, "/b"));
    EXPECT_EQ(expanded(joined("a/{{", c.token, "}}/b")), joined("a/", c.expected, "/b"));
    EXPECT_EQ(expanded(joined("{", c.token, "}")), c.expected);
  }
}

TEST(Topic, well_known_templates) {
  EXPECT_EQ(expanded("vscp/{guid}/{class}/{type}"), "vscp/FF:FF:FF:FF:FF:FF:FF:FE:5C:CF:7F:C4:1E:7B:01:01/1040/13");
  EXPECT_EQ(expanded("vscp/{xguid}/{xclass}/{xtype}"), expanded("vscp/{{guid}}/{{class}}/{{type}}"));
  EXPECT_EQ(expanded("{class}{type}/{{zone}}{subzone}"), "104013/23");
  EXPECT_EQ(expanded("no/token"), "no/token");
  EXPECT_EQ(expanded("with blanks/åäö"), "with blanks/åäö");
}

TEST(Topic, what_an_event_does_not_have) {
  Event event;
  event.vscp_class = 0;
  event.type = 2;
  EXPECT_EQ(expanded("{class}/{type}/{name}/{obis}/{note}/{sensorindex}/{zone}/{unit}", event), "0/2/-/-/-/0/0/0");
  EXPECT_EQ(expanded("m/{meter}", event, ""), "m/-");
}

TEST(Topic, meter_stays_one_level) {
  struct Case {
    std::string_view meter, expected;
  };
  const Case cases[] = {
      {"4530303434", "4530303434"},
      {"ADN9 6534", "ADN9_6534"},
      {"a/b+c#d\\e", "a_b_c_d_e"},
      {std::string_view("\x00\x01\x1f\x7f", 4), "____"},
      {"\xff\xC3\xA5", "___"},
      {"NES5:83335-3E", "NES5:83335-3E"},
      {"$SYS", "$SYS"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(expanded("x/{meter}", example(), c.meter), joined("x/", c.expected, "")) << c.meter;
}

TEST(Topic, meter_makes_no_topic_of_the_brokers_own) {
  EXPECT_EQ(expanded("{meter}/{type}", example(), "$SYS/broker"), "_SYS_broker/13");
  EXPECT_EQ(expanded("{meter}{meter}", example(), "$"), "_$");
  EXPECT_EQ(expanded("$SYS/{meter}", example(), "x"), "$SYS/x") << "that is the user's wish";
}

TEST(Topic, meter_of_a_hundred_kilobytes_is_cut) {
  EXPECT_EQ(expanded("x/{meter}", example(), std::string(100'000, 'a')), "x/" + std::string(128, 'a'));
}

TEST(Topic, faults_are_told) {
  struct Case {
    std::string text;
    std::string_view expected;
  };
  const Case cases[] = {
      {"", "is empty"},
      {"vscp/#", "must not contain '+' or '#'"},
      {"vscp/+/x", "must not contain '+' or '#'"},
      {"vscp/{guid", "has a '{' without a '}'"},
      {"vscp/{{guid}", "has a '{' without a '}'"},
      {"vscp/guid}", "has a '}' without a '{'"},
      {"vscp/{guid}}", "has a '}' without a '{'"},
      {"vscp/{Guid}", "has the unknown token {Guid}"},
      {"vscp/{}", "has the unknown token {}"},
      {"vscp/{guid }", "has the unknown token {guid }"},
      {"vscp/{klass}", "{class}"},  // those there are
      {"vscp/{{{guid}}}", "has the unknown token {{guid}"},
      {std::string("a\0b", 3), "must not contain control characters"},
      {"a\nb", "must not contain control characters"},
      {"a\x7f", "must not contain control characters"},
      {"a\xC2\x85", "must not contain control characters"},  // C1: mosquitto refuses them as well
      {"a\xEF\xBF\xBF", "code points that are none"},
      {"a\xEF\xB7\x90", "code points that are none"},
      {"a\xff", "is not UTF-8"},
      {"a\xC0\xAF", "is not UTF-8"},          // an overlong '/'
      {"a\xED\xA0\x80", "is not UTF-8"},      // a surrogate
      {"a\xF4\x90\x80\x80", "is not UTF-8"},  // beyond U+10FFFF
      {"a\xC3", "is not UTF-8"},
      {std::string(1001, 'x'), "is too long"},
  };
  for (const auto& c : cases) {
    const auto topic = TopicTemplate::compile(c.text);
    ASSERT_FALSE(topic) << c.text.substr(0, 40) << " is no topic";
    EXPECT_THAT(topic.error(), HasSubstr(c.expected)) << c.text.substr(0, 40);
  }
  EXPECT_TRUE(TopicTemplate::compile(std::string(1000, 'x')));
  EXPECT_TRUE(TopicTemplate::compile("a/\xF0\x9F\x94\x8C"));
}

TEST(Topic, state_topics_know_the_guid_only) {
  EXPECT_TRUE(TopicTemplate::compile("vscp-p1d/{guid}/status", Tokens::guid_only));
  EXPECT_TRUE(TopicTemplate::compile("vscp-p1d/{{xguid}}/status", Tokens::guid_only));
  const auto topic = TopicTemplate::compile("vscp-p1d/{class}/status", Tokens::guid_only);
  ASSERT_FALSE(topic);
  EXPECT_THAT(topic.error(), HasSubstr("has the unknown token {class}"));
  EXPECT_THAT(topic.error(), ::testing::Not(HasSubstr("{type}"))) << "only those that are allowed are named";
}

TEST(Topic, others_know_guid_and_meter) {
  EXPECT_TRUE(TopicTemplate::compile("p1/{guid}/{{meter}}", Tokens::guid_and_meter));
  const auto topic = TopicTemplate::compile("p1/{note}", Tokens::guid_and_meter);
  ASSERT_FALSE(topic);
  EXPECT_EQ(topic.error(), "has the unknown token {note}; there are {guid} {meter} {xguid}");
}

TEST(Topic, only_events_are_below_vscp) {
  for (const std::string_view good : {"p1/{meter}", "vscp-p1d/raw", "VSCP/raw", "/vscp/raw", "p1", "{guid}/vscp"})
    EXPECT_EQ(foreign_topic_fault(good), "") << good;
  for (const std::string_view wrong : {"vscp/raw", "vscp", "vscp/", "vscp//x"})
    EXPECT_THAT(std::string(foreign_topic_fault(wrong)), HasSubstr("below vscp/")) << wrong;
  for (const std::string_view wrong : {"{meter}", "{meter}/raw", "{{meter}}/raw", "vs{meter}/raw"})
    EXPECT_THAT(std::string(foreign_topic_fault(wrong)), HasSubstr("{meter}")) << wrong;
}

TEST(Topic, expand_appends) {
  const auto topic = TopicTemplate::compile("x/{type}");
  ASSERT_TRUE(topic);
  std::string out = "a ";
  topic->expand(example(), "", out);
  EXPECT_EQ(out, "a x/13");
}

// Each token alone with the longest text it can be: the room that is made for a topic is enough.
TEST(Topic, holds_the_longest_values) {
  Event event;
  event.vscp_class = event.type = UINT16_MAX;
  event.guid.bytes.fill(UINT8_MAX);
  event.measurement = Measurement{{1, 0}, 255, 255, 255, 255};
  event.obis = Obis{255, 255, 255, 255, 255};
  const std::string name(50, 'k'), note(255, 'n'), meter(200, 'm');
  event.name = name;
  event.note = note;
  const std::pair<std::string_view, std::string> cases[] = {
      {"{class}", "65535"},
      {"{type}", "65535"},
      {"{id}", "65535"},
      {"{sensorindex}", "255"},
      {"{zone}", "255"},
      {"{subzone}", "255"},
      {"{unit}", "255"},
      {"{obis}", "255-255:255.255.255"},
      {"{name}", name},
      {"{note}", note},
      {"{meter}", meter.substr(0, 128)},
      {"{guid}", "FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF"},
  };
  std::string all_tokens, all_expected;
  for (const auto& [token, expected] : cases) {
    EXPECT_EQ(expanded(token, event, meter), expected);
    all_tokens.append(token);
    all_expected.append(expected);
  }
  EXPECT_EQ(expanded(all_tokens, event, meter), all_expected);
  EXPECT_EQ(expanded("{meter}", event, "$" + meter), "_" + meter.substr(0, 128));
}

TEST(Topic, knows_whether_it_shows_the_note) {
  EXPECT_TRUE(TopicTemplate::compile("a/{note}")->uses_note());
  EXPECT_TRUE(TopicTemplate::compile("a/{{note}}")->uses_note());
  EXPECT_FALSE(TopicTemplate::compile("a/note/{name}")->uses_note());
}

TEST(Topic, one_per_quantity) {
  for (const std::string_view text :
       {"vscp/{guid}/{class}/{type}", "{id}/{type}/{class}", "a/{name}/{class}/{type}"}) {
    EXPECT_TRUE(TopicTemplate::compile(text)->is_one_per_quantity()) << text;
  }
  for (const std::string_view text :
       {"vscp", "{class}/{type}", "{guid}", "{obis}/{type}", "{id}/{type}", "a/{name}/{class}"}) {
    EXPECT_FALSE(TopicTemplate::compile(text)->is_one_per_quantity()) << text;
  }
}

TEST(Topic, tokens_of_a_summary) {
  EXPECT_TRUE(TopicTemplate::compile("p1/{meter}/{guid}", Tokens::guid_and_meter));
  EXPECT_FALSE(TopicTemplate::compile("p1/{name}", Tokens::guid_and_meter));
  EXPECT_FALSE(TopicTemplate::compile("p1/{meter}", Tokens::guid_only));
}

// MQTT 3.1.1 §4.7, with the examples there.
TEST(Topic, what_a_filter_matches) {
  struct Case {
    std::string_view filter, topic;
    bool matches;
  };
  const Case cases[] = {
      {"a/b", "a/b", true},
      {"a/b", "a/bc", false},
      {"a/b", "a/b/c", false},
      {"a/b/c", "a/b", false},
      {"a/b", "a", false},
      {"A/b", "a/b", false},
      {"sport/tennis/player1/#", "sport/tennis/player1", true},
      {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
      {"sport/tennis/player1/#", "sport/tennis/player10", false},
      {"sport/#", "sport", true},
      {"#", "a/b", true},
      {"sport/tennis/+", "sport/tennis/player1", true},
      {"sport/tennis/+", "sport/tennis/player1/ranking", false},
      {"sport/+", "sport", false},
      {"sport/+", "sport/", true},
      {"+", "/finance", false},
      {"+/+", "/finance", true},
      {"/+", "/finance", true},
      {"+/b/#", "a/b/c", true},
      {"+/b/#", "a/c/b", false},
      {"homeassistant/+/vscp-p1d-01/+/config", "homeassistant/sensor/vscp-p1d-01/gas_1/config", true},
      {"homeassistant/+/vscp-p1d-01/+/config", "homeassistant/sensor/vscp-p1d-02/gas_1/config", false},
      {"", "a", false},
      {"a", "", false},
  };
  for (const auto& c : cases) EXPECT_EQ(matches_filter(c.topic, c.filter), c.matches) << c.filter << " " << c.topic;
}

TEST(Topic, a_prefix_stands_in_front) {
  MqttSettings settings;
  EXPECT_EQ(settings.prefixed("vscp/{guid}"), "vscp/{guid}");
  EXPECT_EQ(settings.prefixed(""), "");
  settings.topic_prefix = "house/{guid}";
  EXPECT_EQ(settings.prefixed("vscp/{guid}"), "house/{guid}/vscp/{guid}");
  EXPECT_EQ(settings.prefixed(""), "house/{guid}/") << "in front of a note";
}

}  // namespace
}  // namespace vscp_p1
