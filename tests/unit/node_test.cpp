#include "vscp_p1/node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/support.hpp"

namespace vscp_p1 {
namespace {

const Guid own_guid = Guid::from_mac({0x5C, 0xCF, 0x7F, 0xC4, 0x1E, 0x7B});

std::string hex_data(const Event& event) {
  return test::hex({reinterpret_cast<const char*>(event.data().data()), event.data().size()});
}

Reading power_reading() {
  constexpr auto code = "1-0:1.7.0"_obis;
  return {*find_quantity(code), code, {1193, 0}, 14, 0, {1'700'000'000, 0}, {1193, -3}, "01.193"};
}

TEST(Node, measurement_has_the_defaults_of_the_table) {
  const Settings settings;
  const auto event = Node(own_guid, settings).measurement(power_reading());
  EXPECT_EQ(event.vscp_class, 1040);
  EXPECT_EQ(event.type, 14);
  EXPECT_EQ(GuidText(event.guid).view(), "FF:FF:FF:FF:FF:FF:FF:FE:5C:CF:7F:C4:1E:7B:00:05");
  EXPECT_EQ(event.time, (UtcTime{1'700'000'000, 0}));
  EXPECT_EQ(event.name, "momentan_active_effect_out");
  EXPECT_EQ(event.note, "Active effect out");
  EXPECT_EQ(event.obis, "1-0:1.7.0"_obis);
  EXPECT_EQ(hex_data(event), "050000003131393300");
  ASSERT_TRUE(event.measurement);
  EXPECT_EQ(event.measurement->value, (Decimal{1193, 0}));
  EXPECT_EQ(event.measurement->sensor_index, 5);
}

TEST(Node, measurement_follows_the_settings) {
  Settings settings;
  auto& own = settings.quantities.edit(power_reading().quantity);
  own.id = 0x1234;
  own.sensor_index = 6;
  own.note = "Kitchen";
  settings.vscp.zone = 7;
  settings.vscp.subzone = 8;
  const Node node(own_guid, settings);
  auto event = node.measurement(power_reading());
  EXPECT_EQ(event.guid.id(), 0x1234);
  EXPECT_EQ(event.note, "Kitchen");
  EXPECT_EQ(hex_data(event), "060708003131393300");
  settings.vscp.event_class = EventClass::measurement;
  event = node.measurement(power_reading());
  EXPECT_EQ(event.vscp_class, 10);
  EXPECT_EQ(hex_data(event), "860004A9");
  settings.vscp.event_class = EventClass::measurement_float;
  event = node.measurement(power_reading());
  EXPECT_EQ(event.vscp_class, 1060);
  EXPECT_EQ(hex_data(event), "060708004092A40000000000");
}

// The events of a state that changes: class, type, id, data.
std::vector<std::string> state_events(std::string_view key, std::string_view from, std::string_view to) {
  Settings settings;
  settings.vscp.zone = 3;
  settings.vscp.subzone = 4;
  const auto row =
      std::find_if(quantities.begin(), quantities.end(), [&](const Quantity& q) { return q.key == key; });
  std::vector<std::string> shown;
  const auto quantity = static_cast<std::size_t>(row - quantities.begin());
  Node(own_guid, settings).state({quantity, from, to}, {1'700'000'000, 0}, [&shown](const Event& event) {
    shown.push_back(std::to_string(event.vscp_class) + "/" + std::to_string(event.type) + " " +
                    std::to_string(event.guid.id()) + " " + hex_data(event));
  });
  return shown;
}

TEST(Node, states) {
  using ::testing::ElementsAre;
  EXPECT_THAT(state_events("tariff", "", "0002"), ElementsAre("1040/1 357 650304003200", "20/42 357 6503040002"));
  EXPECT_THAT(state_events("tariff", "T1", "T2"), ElementsAre("1040/1 357 650304003200", "20/42 357 6503040102"));
  EXPECT_THAT(state_events("breaker", "", "1"), ElementsAre("20/3 358 660304"));
  EXPECT_THAT(state_events("breaker", "1", "0"), ElementsAre("20/4 358 660304"));
  EXPECT_THAT(state_events("breaker", "", "OFF"), ElementsAre("20/4 358 660304"));
  EXPECT_THAT(state_events("breaker", "", "2"), ElementsAre("20/4 358 660304")) << "released, not connected";
  EXPECT_THAT(state_events("valve_2", "", "1"), ElementsAre("20/7 152 980304"));
  EXPECT_THAT(state_events("valve_2", "", "0"), ElementsAre("20/8 152 980304"));
  EXPECT_THAT(state_events("relay_1", "", "1"), ElementsAre("20/3 161 A10304"));
  EXPECT_THAT(state_events("equipment_id", "", "E0012"), ElementsAre("509/1 369 7105004530303132"));
  EXPECT_THAT(state_events("equipment_id", "", "E00123"),
              ElementsAre("509/1 369 7105004530303132", "509/1 369 71050133"));
  EXPECT_THAT(state_events("text_message", "old", ""), ElementsAre("509/1 360 680500"));
  EXPECT_EQ(state_events("text_message", "", std::string(2000, 'x')).size(), 256U) << "the index is one byte";
}

TEST(Node, the_first_part_of_a_text_shows_all_of_it) {
  const Settings settings;
  std::vector<std::string> texts;
  const auto id = *find_quantity("0-0:96.1.1"_obis);
  Node(own_guid, settings).state({id, "", "E0012345"}, {}, [&texts](const Event& event) {
    texts.emplace_back(event.full_text);
    EXPECT_LE(event.data().size(), 8U) << "Level I";
  });
  EXPECT_THAT(texts, ::testing::ElementsAre("E0012345", ""));
}

TEST(Node, power_failure) {
  const Settings settings;
  const Node node(own_guid, settings);
  EXPECT_EQ(node.power(false, {}).vscp_class, 1);
  EXPECT_EQ(node.power(false, {}).type, 5);
  EXPECT_EQ(hex_data(node.power(false, {})), "000000");
  EXPECT_EQ(hex_data(node.power(true, {})), "010000");
}

TEST(Node, own_guid_has_id_zero) {
  const Settings settings;
  EXPECT_EQ(Node(own_guid.with_id(99), settings).guid(), own_guid);
}

TEST(Node, life_cycle_events) {
  Settings settings;
  settings.vscp.zone = 3;
  settings.vscp.subzone = 4;
  const Node node(own_guid, settings);
  struct Case {
    Event event;
    int vscp_class, type;
    std::string_view data;
  };
  const Case cases[] = {
      {node.online(test::host_now), 0, 2, "FFFFFFFFFFFFFFFE5CCF7FC41E7B0000"},
      {node.heartbeat(test::host_now), 1026, 2, "767363702D703164"},  // the node's name
      {node.terminating(test::host_now), 20, 6, "000304"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(c.event.vscp_class, c.vscp_class) << c.event.name;
    EXPECT_EQ(c.event.type, c.type) << c.event.name;
    EXPECT_EQ(hex_data(c.event), c.data) << c.event.name;
    EXPECT_EQ(c.event.guid, own_guid) << c.event.name;
    EXPECT_EQ(c.event.time, test::host_now) << c.event.name;
    EXPECT_FALSE(c.event.measurement) << c.event.name;
    EXPECT_FALSE(c.event.name.empty());
    EXPECT_FALSE(c.event.note.empty()) << c.event.name;
  }
}

TEST(Node, alarms) {
  const Settings settings;
  const Node node(own_guid, settings);
  AlarmSettings alarm;
  alarm.name = "overvoltage";
  alarm.note = "Too much";
  alarm.code = 7;
  alarm.zone = 3;
  alarm.subzone = 4;
  alarm.id = 21;
  for (const auto& [begins, type] : {std::pair{true, 2}, std::pair{false, 13}}) {
    const auto event = node.alarm(alarm, begins, test::host_now);
    EXPECT_EQ(event.vscp_class, 1);
    EXPECT_EQ(event.type, type);
    EXPECT_EQ(hex_data(event), "070304");
    EXPECT_EQ(event.guid, own_guid.with_id(21));
    EXPECT_EQ(event.name, "overvoltage");
    EXPECT_EQ(event.note, "Too much");
    EXPECT_EQ(event.time, test::host_now);
    EXPECT_FALSE(event.measurement);
  }
}

}  // namespace
}  // namespace vscp_p1
