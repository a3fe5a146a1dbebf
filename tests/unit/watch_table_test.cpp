#include "vscp_p1/watch_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/meter.hpp"

namespace vscp_p1 {
namespace {

using test::Meter;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "key: value unit, age", with '*' when the last telegram changed it.
std::vector<std::string> shown(const WatchTable& table, const Settings& settings = {}) {
  std::vector<std::string> rows;
  for (const auto& [quantity, row] : table.rows()) {
    auto text = settings.quantities[quantity].key + ": " + row.value;
    if (!row.unit.empty()) text.append(" ").append(row.unit);
    text.append(", ").append(std::to_string(row.age));
    rows.push_back(row.has_changed ? text + "*" : text);
  }
  return rows;
}

std::vector<std::string> after(const std::vector<std::string>& telegrams, const Settings& settings = {}) {
  Meter meter(settings);
  WatchTable table;
  for (const auto& telegram : telegrams) table.update(meter.map(telegram), settings, 100);
  return shown(table, settings);
}

TEST(WatchTable, NumbersInUnitsOfVscp) {
  EXPECT_THAT(after({"1-0:1.8.0(000671.578*kWh)\r\n1-0:1.7.0(01.193*kW)\r\n1-0:32.7.0(231.4*V)\r\n"
                     "1-0:31.7.0(002*A)\r\n1-0:3.8.0(000001.250*kvarh)\r\n1-0:9.7.0(00.870*kVA)\r\n"
                     "0-0:96.7.21(00004)\r\n"}),
              ElementsAre("sum_active_energy_out: 671.578 kWh, 0", "sum_reactive_energy_out: 1.250 kvarh, 0",
                          "momentan_active_effect_out: 1193 W, 0", "voltage_l1: 231.4 V, 0", "current_l1: 2 A, 0",
                          "power_failures: 4, 0", "momentan_apparent_effect_out: 870 VA, 0"));
}

TEST(WatchTable, StatesInWords) {
  EXPECT_THAT(after({"0-0:96.14.0(0002)\r\n0-0:96.3.10(1)\r\n0-0:96.13.0(48656C6C6F)\r\n0-1:24.4.0(0)\r\n"}),
              ElementsAre("tariff: 2, 0", "breaker: on, 0", "text_message: Hello, 0", "valve_1: closed, 0"));
  EXPECT_THAT(after({"0-0:96.3.10(2)\r\n0-0:96.13.0()\r\n"}),
              ElementsAre("breaker: released, 0", "text_message: -, 0"));
}

TEST(WatchTable, TextsOfTheMeterDoNothingToATerminal) {
  EXPECT_THAT(after({"0-0:96.13.0(\x1b[2J\x07)\r\n"}), ElementsAre("text_message: \\x1b[2J\\x07, 0"));
}

TEST(WatchTable, AgeIsThatOfTheValueByTheMetersClock) {
  EXPECT_THAT(after({"0-0:1.0.0(240730123456S)\r\n1-0:1.7.0(1*kW)\r\n0-1:24.1.0(003)\r\n"
                     "0-1:24.2.1(240730120456S)(01234.567*m3)\r\n"}),
              ElementsAre("momentan_active_effect_out: 1000 W, 0", "gas_1: 1234.567 m3, 1800"));
}

TEST(WatchTable, TellsWhatTheLastTelegramChanged) {
  const std::string first = "1-0:32.7.0(231.4*V)\r\n1-0:52.7.0(230.0*V)\r\n0-0:96.14.0(0001)\r\n";
  const std::string second = "1-0:32.7.0(231.5*V)\r\n1-0:52.7.0(230.0*V)\r\n0-0:96.14.0(0002)\r\n";
  EXPECT_THAT(after({first, second}),
              ElementsAre("voltage_l1: 231.5 V, 0*", "voltage_l2: 230.0 V, 0", "tariff: 2, 0*"));
  EXPECT_THAT(after({first, second, second}),
              ElementsAre("voltage_l1: 231.5 V, 0", "voltage_l2: 230.0 V, 0", "tariff: 2, 0"));
}

TEST(WatchTable, KeepsWhatATelegramLeavesOut) {
  Meter meter;
  WatchTable table;
  const Settings settings;
  table.update(meter.map("1-0:32.7.0(231.4*V)\r\n1-0:52.7.0(230.0*V)\r\n"), settings, 7);
  table.update(meter.map("1-0:32.7.0(231.4*V)\r\n"), settings, 17);
  ASSERT_EQ(table.rows().size(), 2U);
  EXPECT_EQ(table.rows().at(test::index_of("voltage_l1")).seen, 17U);
  EXPECT_EQ(table.rows().at(test::index_of("voltage_l2")).seen, 7U);
  table.clear();
  EXPECT_THAT(shown(table), IsEmpty());
}

TEST(WatchTable, OfAProfileTheLatestEntry) {
  EXPECT_THAT(after({"0-0:1.0.0(240201000000W)\r\n1-0:99.97.0(2)(0-0:96.7.19)(240130000000W)(0000000301*s)"
                     "(231230000000W)(0000000999*s)\r\n"}),
              ElementsAre("power_failure_duration: 301 s, 172800"));
  EXPECT_THAT(after({"0-0:1.0.0(240201000000W)\r\n1-0:99.97.0(2)(0-0:96.7.19)(231230000000W)(0000000999*s)"
                     "(240130000000W)(0000000301*s)\r\n"}),
              ElementsAre("power_failure_duration: 301 s, 172800"));
}

TEST(WatchTable, ShowsTheNoteAsItIsSet) {
  Settings settings;
  settings.quantities.edit(test::index_of("voltage_l1")).note = "Spänning\nL1";
  settings.quantities.edit(test::index_of("voltage_l2")).note = "";
  Meter meter(settings);
  WatchTable table;
  table.update(meter.map("1-0:32.7.0(231.4*V)\r\n1-0:52.7.0(230.0*V)\r\n"), settings, 0);
  EXPECT_EQ(table.rows().at(test::index_of("voltage_l1")).name, "Spänning\\x0aL1");
  EXPECT_EQ(table.rows().at(test::index_of("voltage_l2")).name, "voltage_l2");
}

}  // namespace
}  // namespace vscp_p1
