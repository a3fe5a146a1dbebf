#include "vscp_p1/unit.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscp_p1 {
namespace {

TEST(Unit, names_and_powers) {
  struct Case {
    Dimension dimension;
    std::string_view unit;
    int power;
    int code;  // −1: not a unit of it
  };
  using D = Dimension;
  const Case cases[] = {
      {D::active_energy, "kWh", 0, 1},
      {D::active_energy, "kwh", 0, 1},
      {D::active_energy, "KWH", 0, 1},
      {D::active_energy, "Wh", 0, 2},
      {D::active_energy, "MWh", 3, 1},
      {D::active_energy, "", 0, 1},
      {D::active_energy, "kW", 0, -1},
      {D::active_energy, "kvarh", 0, -1},
      {D::active_energy, "kWhh", 0, -1},
      {D::reactive_energy, "kVArh", 0, 0},
      {D::reactive_energy, "varh", -3, 0},
      {D::reactive_energy, "MVArh", 3, 0},
      {D::reactive_energy, "kWh", 0, -1},
      {D::active_power, "kW", 3, 0},
      {D::active_power, "W", 0, 0},
      {D::active_power, "", 3, 0},
      {D::active_power, "kvar", 0, -1},
      {D::reactive_power, "kVAr", 3, 0},
      {D::reactive_power, "kVar", 3, 0},
      {D::reactive_power, "VAr", 0, 0},
      {D::reactive_power, "kVA", 0, -1},
      {D::voltage, "V", 0, 0},
      {D::voltage, "kV", 3, 0},
      {D::voltage, "A", 0, -1},
      {D::current, "A", 0, 0},
      {D::current, "kA", 3, 0},
      {D::current, "mA", -3, 0},
      {D::volume, "m3", 0, 0},
      {D::volume, "dm3", -3, 0},
      {D::volume, "", 0, 0},
      {D::volume, "GJ", 0, -1},
      {D::thermal_energy, "GJ", 9, 0},
      {D::thermal_energy, "MJ", 6, 0},
      {D::thermal_energy, "", 9, 0},
      {D::thermal_energy, "kWh", 0, 1},
      {D::thermal_energy, "m3", 0, -1},
      {D::apparent_power, "kVA", 3, 0},
      {D::apparent_energy, "kVAh", 3, 0},
      {D::frequency, "Hz", 0, 0},
      {D::frequency, "kHz", 3, 0},
      {D::power_factor, "", 0, 0},
      {D::temperature, "C", 0, 1},
      {D::temperature, "degC", 0, 1},
      {D::temperature,
       "\xC2\xB0"
       "C",
       0, 1},
      {D::temperature,
       "\xB0"
       "C",
       0, 1},
      {D::temperature, "K", 0, 0},
      {D::duration, "s", 0, 0},
      {D::duration, "", 0, 0},
      {D::count, "", 0, 0},
      {D::count, "kWh", 0, -1},
      {D::limit, "", 0, 0},
      {D::limit, "kW", 3, 0},
      {D::limit, "A", 0, 0},
  };
  for (const auto& c : cases) {
    const auto* unit = find_unit(c.dimension, c.unit);
    const auto name = std::string(c.unit) + " of dimension " + std::to_string(static_cast<int>(c.dimension));
    ASSERT_EQ(unit != nullptr, c.code >= 0) << name;
    if (unit == nullptr) continue;
    EXPECT_EQ(unit->power, c.power) << name;
    EXPECT_EQ(unit->code, c.code) << name;
  }
}

TEST(Unit, every_dimension_has_a_unit) {
  for (int i = static_cast<int>(Dimension::none) + 1; i <= static_cast<int>(Dimension::limit); ++i) {
    EXPECT_NE(find_unit(static_cast<Dimension>(i), ""), nullptr) << "dimension " << i;
  }
  for (const auto& unit : wire_units) {
    for (const char c : unit.name) EXPECT_FALSE(c >= 'A' && c <= 'Z') << unit.name << " must stand in lower case";
  }
}

TEST(Unit, conversions) {
  struct Case {
    std::string_view number, unit, expected;
    int type, code;
  };
  const Case cases[] = {
      {"01.193", "kW", "1193", 14, 0},
      {"0.050", "kHz", "50", 9, 0},
      {"3.6", "m3/h", "0.001", 36, 0},
      {"1", "m3/h", "0.000277778", 36, 0},
      {"-1", "m3/h", "-0.000277778", 36, 0},
      {"360", "l/h", "0.0001", 36, 0},
      {"999999999999999999", "m3/h", "277777777777778", 36, 0},
      {"7", "l/s", "7", 36, 1},
      {"2", "kVA", "2000", 0, 0},
  };
  for (const auto& c : cases) {
    const auto* unit = find_unit(c.unit);
    ASSERT_NE(unit, nullptr) << c.unit;
    EXPECT_EQ(DecimalText(converted(parse_decimal_prefix(c.number)->value, *unit)).view(), c.expected)
        << c.number << ' ' << c.unit;
    EXPECT_EQ(unit->type, c.type) << c.unit;
    EXPECT_EQ(unit->code, c.code) << c.unit;
  }
  EXPECT_EQ(find_unit("furlong"), nullptr);
}

}  // namespace
}  // namespace vscp_p1
