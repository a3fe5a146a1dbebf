#include "vscp_p1/node.hpp"

#include <gtest/gtest.h>

#include "unit/support.hpp"

namespace vscp_p1 {
namespace {

const Guid own_guid = Guid::from_mac({0x5C, 0xCF, 0x7F, 0xC4, 0x1E, 0x7B});

std::string hex_data(const Event& event) {
  return test::hex({reinterpret_cast<const char*>(event.data().data()), event.data().size()});
}

Reading power_reading() { return {*find_quantity("1-0:1.7.0"_obis), {1193, 0}, 0, {1'700'000'000, 0}, "01.193"}; }

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
  auto& own = settings.quantities[power_reading().quantity];
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

TEST(Node, every_quantity_makes_an_event) {
  const Settings settings;
  const Node node(own_guid, settings);
  for (std::size_t i = 0; i < quantities.size(); ++i) {
    const auto event = node.measurement({i, {1, 0}, 0, {}, "1"});
    EXPECT_EQ(event.name, quantities[i].key);
    EXPECT_EQ(event.guid.id(), quantities[i].number) << quantities[i].key;
    EXPECT_EQ(event.type, vscp_type(quantities[i].dimension)) << quantities[i].key;
  }
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

}  // namespace
}  // namespace vscp_p1
