#include "vscp_p1/fields.hpp"

#include <gtest/gtest.h>

#include "vscp_p1/obis.hpp"

namespace vscp_p1 {
namespace {

TEST(Fields, values_by_their_place) {
  const DataLine line{"1-0:1.8.0"_obis, "( 1*kWh )()(last)"};
  EXPECT_EQ(value_at(line, 0), "1*kWh");
  EXPECT_EQ(value_at(line, 1), "");
  EXPECT_EQ(value_at(line, 2), "last");
  EXPECT_EQ(value_at(line, 3), "") << "there is none";
}

TEST(Fields, units_in_any_spelling) {
  struct Case {
    std::string_view value, unit;
  };
  for (const auto& c :
       {Case{"1.5*kWh", "kWh"}, Case{"1.5kWh", "kWh"}, Case{"1.5*kWh ", "kWh"}, Case{"1.5 *kWh", "kWh"},
        Case{"-063*A", "A"}, Case{"1.5", ""}, Case{"1.5*", ""}, Case{"", ""}, Case{"*m3", ""}}) {
    EXPECT_EQ(unit_of(c.value), c.unit) << c.value;
  }
}

TEST(Fields, a_stamp_on_either_side) {
  struct Case {
    std::string_view first, second, stamp, value;
  };
  constexpr std::string_view stamp = "240101120000W";
  for (const auto& c : {Case{stamp, "1*kW", stamp, "1*kW"}, Case{"1*kW", stamp, stamp, "1*kW"},
                        Case{"1*kW", "", "", "1*kW"}, Case{stamp, "", stamp, ""}}) {
    const auto fields = timed_fields(c.first, c.second);
    EXPECT_EQ(fields.stamp, c.stamp) << c.first << ' ' << c.second;
    EXPECT_EQ(fields.value, c.value) << c.first << ' ' << c.second;
  }
}

TEST(Fields, forms_of_an_mbus_reading) {
  struct Case {
    Obis id;
    std::string_view values, stamp, unit, value;
  };
  for (const auto& c : {Case{"0-1:24.2.1"_obis, "(240101120000W)(00001.5*m3)", "240101120000W", "m3", "00001.5*m3"},
                        Case{"0-1:24.2.1"_obis, "(00001.5*m3)", "", "m3", "00001.5*m3"},
                        Case{"0-1:24.3.0"_obis, "(240101120000)(00)(60)(1)(0-1:24.2.1)(m3)\r\n(00001.5)",
                             "240101120000", "m3", "00001.5"}}) {
    const auto fields = mbus_fields({c.id, c.values});
    ASSERT_TRUE(fields) << c.values;
    EXPECT_EQ(fields->stamp, c.stamp) << c.values;
    EXPECT_EQ(fields->unit, c.unit) << c.values;
    EXPECT_EQ(fields->value, c.value) << c.values;
  }
  EXPECT_FALSE(mbus_fields({"0-1:24.3.0"_obis, "(240101120000)(00)(60)"})) << "a profile that is cut";
}

}  // namespace
}  // namespace vscp_p1
