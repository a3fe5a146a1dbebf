#include "vscp_p1/mbus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/meter.hpp"

namespace vscp_p1 {
namespace {

using test::Meter;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string shown(std::optional<Medium> medium) {
  return medium ? std::string(detail::media[static_cast<std::size_t>(*medium)].key) : "none";
}

TEST(Mbus, medium_by_unit_then_type_then_code) {
  struct Case {
    std::string_view code;
    int type;
    std::string_view unit, expected;
  };
  constexpr int none = MbusDevice::type_unknown;
  const Case cases[] = {
      {"0-1:24.2.1", 3, "m3", "gas"},
      {"0-1:24.2.1", 7, "m3", "water"},
      {"0-1:24.2.1", 6, "m3", "water"},
      {"0-1:24.2.1", 21, "m3", "water"},
      {"0-1:24.2.1", 22, "m3", "water"},
      {"0-1:24.2.1", 23, "m3", "water"},
      {"0-1:24.2.1", 40, "m3", "water"},
      {"0-1:24.2.1", 12, "GJ", "heat"},   // WarmteLink
      {"0-1:24.2.1", 12, "m3", "water"},  // WarmteLink again, by its unit
      {"0-1:24.2.1", 4, "GJ", "heat"},
      {"0-1:24.2.1", 13, "MJ", "heat"},
      {"0-1:24.2.1", 4, "kWh", "heat"},
      {"0-1:24.2.1", 10, "GJ", "cold"},
      {"0-1:24.2.1", 11, "GJ", "cold"},
      {"0-1:24.2.1", 2, "kWh", "electricity"},
      {"0-1:24.2.1", 3, "GJ", "heat"},  // the unit is stronger than the type
      {"0-1:24.2.1", 7, "kWh", "electricity"},
      {"0-1:24.2.1", 3, "M3", "gas"},
      {"0-1:24.2.1", 3, "dm3", "gas"},
      {"0-1:24.2.1", 1, "m3", "volume"},  // oil
      {"0-1:24.2.1", 5, "m3", "volume"},  // steam
      {"0-1:24.2.1", 9, "m3", "volume"},  // compressed air
      {"0-1:24.2.1", none, "m3", "gas"},
      {"0-1:24.2.3", none, "m3", "gas"},  // Belgium
      {"0-1:24.2.1", none, "GJ", "heat"},
      {"0-1:24.2.1", none, "kWh", "electricity"},
      {"0-1:24.3.0", none, "GJ", "heat"},
      {"0-1:24.3.1", none, "GJ", "cold"},  // DSMR 3.0
      {"0-1:24.2.1", 3, "", "gas"},
      {"0-1:24.2.1", 7, "", "water"},
      {"0-1:24.2.1", 12, "", "heat"},
      {"0-1:24.2.1", 10, "", "cold"},
      {"0-1:24.2.1", 2, "", "electricity"},
      {"0-1:24.3.1", none, "", "cold"},
      {"0-1:24.2.1", none, "", "gas"},
      {"0-1:24.2.2", none, "m3/h", "flow"},
      {"0-1:24.2.3", 4, "C", "temperature"},
      {"0-1:24.2.4", 4, "C", "return_temperature"},
      {"0-1:24.2.1", 3, "bar", "none"},
      {"0-1:24.2.1", 3, "V", "none"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(shown(mbus_medium(*parse_obis(c.code), c.type, c.unit)), c.expected)
        << c.code << " type " << c.type << " unit \"" << c.unit << '"';
  }
}

// ---- devices and rows, through the mapper

struct Device {
  int channel;
  std::string_view id;
  std::string_view value;                    // with its unit
  std::string_view stamp = "240101120000W";  // empty: none is sent
  std::string_view type = "003";
};

std::string lines_of(const std::vector<Device>& devices) {
  std::string lines;
  for (const auto& d : devices) {
    const auto channel = std::string("0-").append(std::to_string(d.channel));
    lines.append(channel).append(":24.1.0(").append(d.type).append(")\r\n");
    if (!d.id.empty()) lines.append(channel).append(":96.1.0(").append(d.id).append(")\r\n");
    lines.append(channel).append(":24.2.1");
    if (!d.stamp.empty()) lines.append("(").append(d.stamp).append(")");
    lines.append("(").append(d.value).append(")\r\n");
  }
  return lines;
}

constexpr std::string_view A = "41414141", B = "42424242", C = "43434343";

TEST(MbusBinding, a_device_keeps_its_row_when_it_moves) {
  Meter meter;
  EXPECT_THAT(meter.values(lines_of({{1, A, "100*m3"}})), ElementsAre("gas_1 100"));
  EXPECT_THAT(meter.values(lines_of({{1, B, "500*m3"}, {2, A, "100*m3"}})), ElementsAre("gas_2 500", "gas_1 100"))
      << "A moved to channel 2, B came on its old one";
  EXPECT_THAT(meter.values(lines_of({{1, B, "500*m3"}, {2, A, "100*m3"}})), ElementsAre("gas_2 500", "gas_1 100"))
      << "and stay";
  EXPECT_THAT(meter.values(lines_of({{2, B, "500*m3"}, {4, A, "100*m3"}, {1, C, "7*m3"}})),
              ElementsAre("gas_2 500", "gas_1 100", "gas_3 7"))
      << "all moved, C is new";
  EXPECT_THAT(meter.held(), IsEmpty()) << "the guard follows the device";
}

TEST(MbusBinding, the_order_of_the_lines_does_not_matter) {
  Meter meter;
  meter.values(lines_of({{1, A, "100*m3"}}));
  EXPECT_THAT(meter.values(lines_of({{2, A, "100*m3"}, {1, B, "500*m3"}})), ElementsAre("gas_1 100", "gas_2 500"));
}

TEST(MbusBinding, first_seen_on_a_channel_gives_the_row) {
  EXPECT_THAT(Meter().values(lines_of({{4, A, "1*m3"}, {2, B, "2*m3"}})), ElementsAre("gas_4 1", "gas_2 2"));
}

TEST(MbusBinding, each_medium_has_its_own_rows) {
  Meter meter;
  meter.values(lines_of({{1, A, "100*m3"}}));
  EXPECT_THAT(meter.values(lines_of({{1, B, "5*m3", "240101120000W", "007"}, {2, A, "100*m3"}})),
              ElementsAre("water_1 5", "gas_1 100"));
}

TEST(MbusBinding, a_device_that_replaces_another_takes_its_row) {
  Meter meter;
  EXPECT_THAT(meter.values(lines_of({{2, A, "1000*m3"}})), ElementsAre("gas_2 1000"));
  EXPECT_THAT(meter.values(lines_of({{2, B, "3*m3"}})), ElementsAre("gas_2 3"));
  EXPECT_THAT(meter.held(), IsEmpty()) << "another device starts anew";
}

TEST(MbusBinding, no_two_devices_share_a_row) {
  Meter meter;
  meter.values(lines_of({{2, A, "100*m3"}}));
  EXPECT_THAT(meter.values(lines_of({{1, A, "100*m3"}, {2, "", "700*m3"}})), ElementsAre("gas_2 100", "gas_1 700"))
      << "a device without an id on the channel that A left";
}

TEST(MbusBinding, without_ids_the_channel_is_the_row) {
  Meter meter;
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(meter.values(lines_of({{1, "", "100*m3"}, {3, "", "300*m3"}})),
                ElementsAre("gas_1 100", "gas_3 300"));
  }
  EXPECT_THAT(meter.values("0-1:96.1.1()\r\n0-1:24.2.1(240101120000W)(101*m3)\r\n"), ElementsAre("gas_1 101"))
      << "an empty id is none";
}

TEST(MbusBinding, without_an_id_the_only_one_of_its_medium_has_moved) {
  Meter meter;
  EXPECT_THAT(meter.values(lines_of({{1, "", "100*m3"}, {2, "", "7*m3", "240101120000W", "007"}})),
              ElementsAre("gas_1 100", "water_2 7"));
  EXPECT_THAT(meter.values(lines_of({{1, "", "7*m3", "240101120000W", "007"}, {2, "", "100*m3"}})),
              ElementsAre("water_2 7", "gas_1 100"))
      << "they changed places";
  EXPECT_THAT(meter.values(lines_of({{4, "", "100*m3"}})), ElementsAre("gas_1 100"));
}

TEST(MbusBinding, an_id_that_several_have_is_none) {
  for (const char* id : {"2D2D2D2D", "20202020", "30303030"}) {
    Meter meter;
    for (int i = 0; i < 2; ++i) {
      EXPECT_THAT(meter.values(lines_of({{1, id, "100*m3"}, {2, id, "300*m3"}, {3, id, "400*m3"}})),
                  ElementsAre("gas_1 100", "gas_2 300", "gas_3 400"))
          << id;
    }
  }
}

TEST(MbusBinding, an_id_that_is_missing_for_once_moves_nothing) {
  Meter meter;
  EXPECT_THAT(meter.values(lines_of({{1, A, "100*m3"}})), ElementsAre("gas_1 100"));
  EXPECT_THAT(meter.values(lines_of({{3, A, "100*m3"}})), ElementsAre("gas_1 100"));
  EXPECT_THAT(meter.values(lines_of({{3, "", "100*m3"}})), ElementsAre("gas_1 100"));
  EXPECT_THAT(meter.values(lines_of({{3, A, "100*m3"}})), ElementsAre("gas_1 100"));
}

TEST(MbusBinding, the_meters_stamp_tells_what_is_dead_whatever_dates_the_events) {
  Settings settings;
  settings.vscp.datetime = TimeSource::host;
  EXPECT_THAT(Meter(settings).values(lines_of({{1, A, "100*m3", "230101120000W"}, {2, B, "871*m3"}})),
              ElementsAre("gas_2 871"));
  EXPECT_THAT(Meter().values(lines_of({{1, A, "100*m3", "000101010000W"}, {2, B, "871*m3"}})),
              ElementsAre("gas_2 871"))
      << "a clock that is not set beside one that is";
}

TEST(MbusBinding, zero_without_time_and_unit_was_never_read) {
  EXPECT_THAT(Meter().values("0-1:24.1.0(003)\r\n0-1:24.2.1(0)\r\n"), IsEmpty());
  EXPECT_THAT(Meter().values("0-1:24.1.0()\r\n0-1:24.2.1(0)\r\n"), IsEmpty());
  EXPECT_THAT(Meter().values("0-1:24.1.0(003)\r\n0-1:24.2.1(240101120000W)(0*m3)\r\n"), ElementsAre("gas_1 0"));
}

TEST(MbusBinding, belgian_ids_bind_too) {
  Meter meter;
  meter.values("0-1:24.1.0(003)\r\n0-1:96.1.1(4141)\r\n0-1:24.2.3(240101120000W)(100*m3)\r\n");
  EXPECT_THAT(meter.values("0-2:24.1.0(003)\r\n0-2:96.1.1(4141)\r\n0-2:24.2.3(240101120000W)(100*m3)\r\n"),
              ElementsAre("gas_1 100"));
}

// ---- dead channels

TEST(MbusBinding, dead_channels) {
  struct Case {
    std::string_view name;
    std::vector<Device> devices;
    std::vector<std::string> expected;
  };
  const Case cases[] = {
      {"never read", {{1, A, "00000000", "632525252525W"}, {2, B, "5*m3"}}, {"gas_2 5"}},
      {"never read, alone", {{1, A, "00000000", "632525252525S"}}, {}},
      {"epoch", {{1, A, "00000000", "700101010000W"}, {2, B, "5*m3"}}, {"gas_2 5"}},
      {"two days older", {{1, A, "900*m3", "240101120000W"}, {2, B, "5*m3", "240103130000W"}}, {"gas_2 5"}},
      {"two days older, behind", {{1, B, "5*m3", "240103130000W"}, {2, A, "900*m3", "240101120000W"}}, {"gas_1 5"}},
      {"a day older", {{1, A, "900*m3", "240101120000W"}, {2, B, "5*m3", "240102120000W"}}, {"gas_1 900", "gas_2 5"}},
      {"two days older, of another kind",
       {{1, A, "900*m3", "240101120000W"}, {2, B, "5*m3", "240103130000W", "007"}},
       {"gas_1 900", "water_2 5"}},
      {"zero beside one that lives", {{1, A, "0.000*m3"}, {2, B, "5*m3"}}, {"gas_2 5"}},
      {"zero beside one that lives, behind", {{1, B, "5*m3"}, {2, A, "0.000*m3"}}, {"gas_1 5"}},
      {"zero alone", {{1, A, "0.000*m3"}}, {"gas_1 0.000"}},
      {"zero twice", {{1, A, "0.000*m3"}, {2, B, "0.000*m3"}}, {"gas_1 0.000", "gas_2 0.000"}},
      {"zero beside another kind",
       {{1, A, "0.000*m3"}, {2, B, "5*m3", "240101120000W", "007"}},
       {"gas_1 0.000", "water_2 5"}},
      {"no stamps", {{1, A, "900*m3", ""}, {2, B, "5*m3", "240103130000W"}}, {"gas_1 900", "gas_2 5"}},
      // The old meter's slot still has its last value: the new one, which begins at zero, is the one that lives.
      {"zero and fresh, beside stale", {{1, A, "0*m3", "240105120000W"}, {2, B, "900*m3"}}, {"gas_1 0"}},
      {"stale, beside zero and fresh", {{1, B, "900*m3"}, {2, A, "0*m3", "240105120000W"}}, {"gas_2 0"}},
  };
  for (const auto& c : cases) EXPECT_EQ(Meter().values(lines_of(c.devices)), c.expected) << c.name;
}

TEST(MbusBinding, no_flow_and_no_heat_is_not_dead) {
  EXPECT_THAT(Meter().values("0-1:24.2.2(0.000*m3/s)\r\n0-2:24.2.2(2.500*m3/s)\r\n0-1:24.2.3(0*C)\r\n"
                             "0-2:24.2.3(61*C)\r\n0-1:24.2.4(0*C)\r\n0-2:24.2.4(31*C)\r\n"),
              ElementsAre("flow_1 0.000", "flow_2 2.500", "temperature_1 0", "temperature_2 61",
                          "return_temperature_1 0", "return_temperature_2 31"));
}

TEST(MbusBinding, a_dead_channel_takes_no_row) {
  Meter meter;
  EXPECT_THAT(meter.values(lines_of({{1, A, "0*m3"}, {2, B, "5*m3"}})), ElementsAre("gas_2 5"));
  EXPECT_THAT(meter.values(lines_of({{1, A, "1*m3"}, {2, B, "5*m3"}})), ElementsAre("gas_1 1", "gas_2 5"))
      << "it lives now";
}

// ---- the one meter that is read

Settings with_gas(std::string_view wanted) {
  Settings settings;
  settings.mbus[static_cast<std::size_t>(Medium::gas)] = wanted;
  return settings;
}

TEST(MbusBinding, overrides) {
  const std::vector<Device> devices = {
      {1, A, "100*m3"}, {2, B, "200*m3"}, {3, "", "300*m3"}, {4, C, "4*m3", "240101120000W", "007"}};
  struct Case {
    std::string_view wanted;
    std::vector<std::string> expected;
  };
  const Case cases[] = {
      {"", {"gas_1 100", "gas_2 200", "gas_3 300", "water_4 4"}},
      {"1", {"gas_1 100", "water_4 4"}},
      {"2", {"gas_2 200", "water_4 4"}},
      {"3", {"gas_3 300", "water_4 4"}},
      {"4", {"water_4 4"}},
      {"42424242", {"gas_1 200", "water_4 4"}},  // as sent
      {"BBBB", {"gas_1 200", "water_4 4"}},      // as a person reads it
      {"AAAA", {"gas_1 100", "water_4 4"}},
      {"bbbb", {"gas_1 200", "water_4 4"}},
      {"CCCC", {"water_4 4"}},  // a water meter
  };
  for (const auto& c : cases) EXPECT_EQ(Meter(with_gas(c.wanted)).values(lines_of(devices)), c.expected) << c.wanted;
}

TEST(MbusBinding, an_id_is_read_wherever_it_is) {
  Meter meter(with_gas("AAAA"));
  for (const int channel : {1, 3, 2}) {
    EXPECT_THAT(meter.values(lines_of({{channel, A, "100*m3"}, {4, B, "700*m3"}})), ElementsAre("gas_1 100"))
        << "channel " << channel;
  }
}

TEST(MbusBinding, a_channel_is_read_whoever_is_there) {
  Meter meter(with_gas("2"));
  EXPECT_THAT(meter.values(lines_of({{2, A, "100*m3"}})), ElementsAre("gas_2 100"));
  EXPECT_THAT(meter.values(lines_of({{1, A, "100*m3"}, {2, B, "700*m3"}})), ElementsAre("gas_2 700"))
      << "A moved away: channel 2 is gas_2";
}

TEST(MbusBinding, what_is_not_read_does_not_declare_others_dead) {
  EXPECT_THAT(Meter(with_gas("1")).values(lines_of({{1, A, "0*m3"}, {2, B, "5*m3"}})), ElementsAre("gas_1 0"));
  EXPECT_THAT(Meter(with_gas("AAAA")).values(lines_of({{1, A, "9*m3"}, {2, B, "5*m3", "240104120000W"}})),
              ElementsAre("gas_1 9"));
}

}  // namespace
}  // namespace vscp_p1
