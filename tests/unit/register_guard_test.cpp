#include "vscp_p1/register_guard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/meter.hpp"

namespace vscp_p1 {
namespace {

using test::Meter;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t start = 1'780'000'000;
constexpr std::int64_t hour = 3600;
constexpr std::int64_t day = 24 * hour;

// One register of a house with a fuse of 3 × 25 A, in its VSCP unit.
class Register {
 public:
  explicit Register(Dimension dimension = Dimension::active_energy, std::uint8_t unit = 1)
      : dimension_(dimension), unit_(unit) {}

  // "good", "held" or "again" for a value `seconds` after the start.
  std::string at(std::int64_t seconds, std::string_view value, std::size_t device = 1) {
    const auto number = parse_decimal_prefix(value)->value;
    switch (guard_.check(0, dimension_, {number, start + seconds, unit_, true}, device)) {
      case RegisterGuard::Verdict::good: return "good";
      case RegisterGuard::Verdict::held: return "held";
      case RegisterGuard::Verdict::held_again: return "again";
    }
    return "?";
  }
  std::string last_good() const { return std::string(DecimalText(guard_.last_good(0)).view()); }

 private:
  Dimension dimension_;
  std::uint8_t unit_;
  RegisterGuard guard_{25};
};

TEST(RegisterGuard, what_is_plausible_within_ten_seconds) {
  struct Case {
    std::string_view from, to, expected;
  };
  const Case cases[] = {
      {"1234.567", "1234.567", "good"},   {"1234.567", "1234.568", "good"},
      {"1234.567", "1234.600", "good"},   {"1234.567", "1234.566", "held"},
      {"1234.567", "234.567", "held"},    {"1234.567", "0.000", "held"},
      {"1234.567", "0", "held"},          {"1234.567", "1284.567", "held"},
      {"1234.567", "9234.567", "held"},   {"0.000", "1234.567", "held"},
      {"1234.567", "12345670.0", "held"}, {"0", "1", "good"},
      {"1234", "1235", "good"},           {"123456789.999", "123456790.000", "good"},
  };
  for (const auto& c : cases) {
    Register energy;
    ASSERT_EQ(energy.at(0, c.from), "good") << "the first is taken";
    EXPECT_EQ(energy.at(10, c.to), c.expected) << c.from << " → " << c.to;
  }
}

TEST(RegisterGuard, the_main_fuse_limits_each_kind) {
  struct Case {
    std::string_view name;
    Dimension dimension;
    std::uint8_t unit;
    std::string_view from, possible, too_much;  // in an hour: 25 A × 690 V = 17.25 kW
  };
  const Case cases[] = {
      {"kWh", Dimension::active_energy, 1, "1000.000", "1017.000", "1020.000"},
      {"Wh", Dimension::active_energy, 2, "1000000", "1017000", "1020000"},
      {"kvarh", Dimension::reactive_energy, 0, "1000.000", "1017.000", "1020.000"},
      {"VAh", Dimension::apparent_energy, 0, "1000000", "1017000", "1020000"},
      {"gas", Dimension::volume, 0, "1000.000", "1010.000", "1100.000"},
  };
  for (const auto& c : cases) {
    Register good(c.dimension, c.unit);
    good.at(0, c.from);
    EXPECT_EQ(good.at(hour, c.possible), "good") << c.name << " within an hour";
    Register bad(c.dimension, c.unit);
    bad.at(0, c.from);
    EXPECT_EQ(bad.at(hour, c.too_much), "held") << c.name << " within an hour";
  }
}

TEST(RegisterGuard, a_long_pause_allows_more) {
  Register energy;
  energy.at(0, "1000.000");
  EXPECT_EQ(energy.at(2 * hour, "1030.000"), "good") << "17.25 kW for two hours";
  EXPECT_EQ(energy.at(2 * hour + 30 * day, "9000.000"), "good") << "a month";
  EXPECT_EQ(energy.at(2 * hour + 30 * day + 10, "9100.000"), "held") << "and ten seconds";
}

// J are many: a product must not overflow, whatever the time between two readings.
TEST(RegisterGuard, years_between_two_readings) {
  struct Case {
    std::string_view name;
    Dimension dimension;
    std::uint8_t unit;
  };
  for (const auto& c : {Case{"J", Dimension::thermal_energy, 0}, Case{"kWh of heat", Dimension::thermal_energy, 1},
                        Case{"Wh", Dimension::active_energy, 2}, Case{"kWh", Dimension::active_energy, 1},
                        Case{"m3", Dimension::volume, 0}}) {
    for (const auto pause : {day, 30 * day, 40 * day, 365 * day, 10 * 365 * day, 70 * 365 * day}) {
      Register meter(c.dimension, c.unit);
      meter.at(0, "1000.000");
      EXPECT_EQ(meter.at(pause, "1010.000"), "good") << c.name << " after " << pause / day << " days";
      EXPECT_EQ(meter.at(0, "1010.000"), "good") << c.name << ": a clock that goes back is no use";
    }
  }
}

TEST(RegisterGuard, the_next_telegram_confirms) {
  for (const std::string_view value : {"0.000", "500.000", "999999.000"}) {
    Register energy;
    energy.at(0, "1000.000");
    EXPECT_EQ(energy.at(10, value), "held") << value;
    EXPECT_EQ(energy.last_good(), "1000.000") << value;
    EXPECT_EQ(energy.at(20, value), "good") << value << " again";
    EXPECT_EQ(energy.last_good(), value);
    EXPECT_EQ(energy.at(30, value), "good") << value << " is the register now";
  }
  Register energy;
  energy.at(0, "1000.000");
  EXPECT_EQ(energy.at(10, "5.000"), "held");
  EXPECT_EQ(energy.at(20, "5.001"), "good") << "it has gone on a little";
}

TEST(RegisterGuard, an_unconfirmed_one_is_forgotten) {
  Register energy;
  energy.at(0, "1000.000");
  EXPECT_EQ(energy.at(10, "0.000"), "held") << "the meter starts";
  EXPECT_EQ(energy.at(20, "1000.001"), "good") << "and goes on";
  EXPECT_EQ(energy.at(30, "0.000"), "again") << "the first is no confirmation";
  EXPECT_EQ(energy.at(40, "1000.002"), "good");
  EXPECT_EQ(energy.at(50, "9000.000"), "again");
  EXPECT_EQ(energy.at(60, "8000.000"), "again") << "another wrong one confirms nothing";
  EXPECT_EQ(energy.at(70, "0.000"), "again");
  EXPECT_EQ(energy.at(80, "1000.002"), "good");
}

TEST(RegisterGuard, another_device_starts_anew) {
  Register energy;
  energy.at(0, "1000.000", 1);
  EXPECT_EQ(energy.at(10, "3.000", 2), "good") << "the meter was changed";
  EXPECT_EQ(energy.at(20, "2.000", 2), "held");
  EXPECT_EQ(energy.at(30, "70000.000", 1), "good") << "and back";
}

TEST(RegisterGuard, another_wrong_value_confirms_nothing) {
  Register up;
  up.at(0, "1000.000");
  EXPECT_EQ(up.at(10, "5000.000"), "held");
  EXPECT_EQ(up.at(20, "8999.000"), "again");
  EXPECT_EQ(up.at(30, "1000.200"), "good");
  Register down;
  down.at(0, "5000.000");
  EXPECT_EQ(down.at(10, "1000.000"), "held");
  EXPECT_EQ(down.at(20, "4000.000"), "again");
  EXPECT_EQ(down.at(30, "5000.100"), "good");
}

TEST(RegisterGuard, whole_units_in_a_burst) {
  Register energy;
  for (int number = 1; number <= 1000; ++number) {
    ASSERT_EQ(energy.at(0, std::to_string(number)), "good") << "kWh number " << number << " at the same time";
  }
  Register heat(Dimension::thermal_energy, 0);
  for (int number = 1; number <= 100; ++number) {
    ASSERT_EQ(heat.at(0, std::to_string(number) + "0000000"), "good") << "0.01 GJ number " << number;
  }
}

// ---- through the mapper

std::string energy(std::string_view value, std::string_view more = {}) {
  std::string lines("0-0:96.1.1(4530)\r\n1-0:1.8.0(");
  return lines.append(value).append(")\r\n").append(more);
}

TEST(Plausibility, each_kind_of_register_is_watched) {
  struct Case {
    std::string_view key, good, bad;
  };
  const Case cases[] = {
      {"sum_active_energy_out", "1-0:1.8.0(001000.000*kWh)", "1-0:1.8.0(000999.000*kWh)"},
      {"sum_active_energy_out", "1-0:1.8.0(1000000*Wh)", "1-0:1.8.0(9000000*Wh)"},
      {"sum_active_energy_out", "1-0:1.8.0(1.000*MWh)", "1-0:1.8.0(9.000*MWh)"},
      {"sum_active_energy_out_t1", "1-0:1.8.1(001000.000*kWh)", "1-0:1.8.1(000000.000*kWh)"},
      {"sum_active_energy_in", "1-0:2.8.0(001000.000*kWh)", "1-0:2.8.0(002000.000*kWh)"},
      {"sum_reactive_energy_out", "1-0:3.8.0(001000.000*kvarh)", "1-0:3.8.0(002000.000*kvarh)"},
      {"sum_reactive_energy_in", "1-0:4.8.0(1000000*varh)", "1-0:4.8.0(1*varh)"},
      {"gas_1", "0-1:24.2.1(240101120000W)(01000.000*m3)", "0-1:24.2.1(240101120500W)(09000.000*m3)"},
      {"water_2", "0-2:24.1.0(007)\r\n0-2:24.2.1(240101120000W)(01000.000*m3)",
       "0-2:24.1.0(007)\r\n0-2:24.2.1(240101120500W)(00001.000*m3)"},
      {"heat_1", "0-1:24.1.0(012)\r\n0-1:24.2.1(240101120000W)(100.000*GJ)",
       "0-1:24.1.0(012)\r\n0-1:24.2.1(240101120500W)(900.000*GJ)"},
      {"electricity_1", "0-1:24.1.0(002)\r\n0-1:24.2.1(240101120000W)(100.000*kWh)",
       "0-1:24.1.0(002)\r\n0-1:24.2.1(240101120500W)(900.000*kWh)"},
  };
  for (const auto& c : cases) {
    Meter meter;
    ASSERT_EQ(meter.read(c.good).size(), 1U) << c.good;
    EXPECT_THAT(meter.read(c.bad), IsEmpty()) << c.good << " → " << c.bad;
    ASSERT_EQ(meter.held().size(), 1U) << c.bad;
    EXPECT_TRUE(meter.held()[0].starts_with(std::string(c.key).append(" "))) << meter.held()[0];
    EXPECT_EQ(meter.skipped(Errc::implausible), 1U) << c.bad;
    EXPECT_EQ(meter.read(c.bad).size(), 1U) << "confirmed: " << c.bad;
  }
}

TEST(Plausibility, what_may_fall_is_not_watched) {
  Meter meter;
  for (
      const std::string_view lines :
      {"1-0:1.7.0(10.000*kW)\r\n1-0:32.7.0(230.0*V)\r\n1-0:14.7.0(50.0*Hz)\r\n1-0:1.6.0(240101120000W)(09.000*kW)\r\n"
       "1-0:16.8.0(000100.000*kWh)\r\n1-0:13.7.0(1.000)\r\n",
       "1-0:1.7.0(00.000*kW)\r\n1-0:32.7.0(000.0*V)\r\n1-0:14.7.0(49.9*Hz)\r\n1-0:1.6.0(240201120000W)(00.001*kW)\r\n"
       "1-0:16.8.0(-000900.000*kWh)\r\n1-0:13.7.0(0.100)\r\n"}) {
    EXPECT_GE(meter.read(lines).size(), 5U) << lines;
    EXPECT_THAT(meter.held(), IsEmpty());
  }
}

TEST(Plausibility, held_is_told_once_per_hold) {
  Meter meter;
  meter.read(energy("001000.000*kWh"));
  EXPECT_THAT(meter.read(energy("000900.000*kWh")), IsEmpty());
  EXPECT_THAT(meter.held(), ElementsAre("sum_active_energy_out 900.000 after 1000.000"));
  EXPECT_THAT(meter.read(energy("000800.000*kWh")), IsEmpty());
  EXPECT_THAT(meter.held(), IsEmpty()) << "the hold goes on";
  EXPECT_THAT(meter.values(energy("001000.001*kWh")), ElementsAre("sum_active_energy_out 1000.001"));
  EXPECT_THAT(meter.held(), IsEmpty());
  meter.read(energy("000700.000*kWh"));
  EXPECT_THAT(meter.held(), IsEmpty()) << "a line that is bad now and then is not told each time";
  for (int i = 2; i <= 101; ++i)
    meter.read(energy("001000." + std::string(i < 10 ? "00" : i < 100 ? "0" : "") + std::to_string(i) + "*kWh"));
  meter.read(energy("000700.000*kWh"));
  EXPECT_THAT(meter.held(), ElementsAre("sum_active_energy_out 700.000 after 1000.101"))
      << "after a hundred good ones";
}

TEST(Plausibility, the_rest_of_the_telegram_is_published) {
  Meter meter;
  meter.read(energy("001000.000*kWh"));
  EXPECT_THAT(meter.values(energy("000000.000*kWh", "1-0:1.7.0(1*kW)\r\n1-0:2.8.0(5*kWh)\r\n")),
              ElementsAre("momentan_active_effect_out 1000", "sum_active_energy_in 5"));
}

TEST(Plausibility, another_meter_starts_anew) {
  Meter meter;
  meter.read("0-0:96.1.1(4530)\r\n1-0:1.8.0(001000.000*kWh)\r\n");
  EXPECT_THAT(meter.values("0-0:96.1.1(4531)\r\n1-0:1.8.0(000003.000*kWh)\r\n"),
              ElementsAre("sum_active_energy_out 3.000"));
  meter.read("0-1:96.1.0(4730)\r\n0-1:24.2.1(240101120000W)(01000.000*m3)\r\n");
  EXPECT_THAT(meter.values("0-1:96.1.0(4731)\r\n0-1:24.2.1(240101120500W)(00002.000*m3)\r\n"),
              ElementsAre("gas_1 2.000"))
      << "the gas meter was changed";
}

// The identity or the clock of one telegram may be damaged, or its unit: that lets no spike through.
TEST(Plausibility, what_a_telegram_leaves_out_opens_no_door) {
  struct Case {
    std::string_view name, first, spike, last;
  };
  const Case cases[] = {
      {"one of two ids is missing", "0-0:96.1.0(41)\r\n0-0:96.1.1(4B38)\r\n1-0:1.8.0(5000.000*kWh)",
       "0-0:96.1.0(41)\r\n1-0:1.8.0(9000.000*kWh)", "0-0:96.1.0(41)\r\n0-0:96.1.1(4B38)\r\n1-0:1.8.0(5000.100*kWh)"},
      {"an id that was not set", "0-0:96.1.1(2D2D2D2D)\r\n1-0:1.8.0(5000.000*kWh)",
       "0-0:96.1.1(4B38)\r\n1-0:1.8.0(9000.000*kWh)", "0-0:96.1.1(4B38)\r\n1-0:1.8.0(5000.100*kWh)"},
      {"an id in lower case", "0-0:96.1.1(4B4A)\r\n1-0:1.8.0(5000.000*kWh)",
       "0-0:96.1.1(4b4a)\r\n1-0:1.8.0(9000.000*kWh)", "0-0:96.1.1(4B4A)\r\n1-0:1.8.0(5000.100*kWh)"},
      {"a broken clock", "0-0:1.0.0(250101120000W)\r\n1-0:1.8.0(5000.000*kWh)",
       "0-0:1.0.0(000101010000W)\r\n1-0:1.8.0(9000.000*kWh)", "0-0:1.0.0(250101120020W)\r\n1-0:1.8.0(5000.100*kWh)"},
      {"another unit", "1-0:1.8.0(5000.000*kWh)", "1-0:1.8.0(0*Wh)", "1-0:1.8.0(5000.100*kWh)"},
  };
  for (const auto& c : cases) {
    Meter meter;
    const auto values = [&](std::string_view lines) { return meter.values(std::string(lines).append("\r\n")); };
    EXPECT_THAT(values(c.first), ElementsAre("sum_active_energy_out 5000.000")) << c.name;
    EXPECT_THAT(values(c.spike), IsEmpty()) << c.name;
    EXPECT_THAT(values(c.last), ElementsAre("sum_active_energy_out 5000.100")) << c.name;
  }
}

TEST(Plausibility, off_lets_all_through) {
  Settings settings;
  settings.plausibility = false;
  Meter meter(settings);
  for (const std::string_view value : {"001000.000*kWh", "000000.000*kWh", "900000.000*kWh", "000001.000*kWh"}) {
    EXPECT_EQ(meter.read(energy(value)).size(), 1U) << value;
    EXPECT_THAT(meter.held(), IsEmpty()) << value;
  }
}

TEST(Plausibility, a_larger_fuse_allows_more) {
  for (const auto& [fuse, count] : {std::pair(25U, 0U), std::pair(250U, 1U)}) {
    Settings settings;
    settings.main_fuse = fuse;
    Meter meter(settings);
    meter.read("0-0:1.0.0(240101120000W)\r\n1-0:1.8.0(001000.000*kWh)\r\n");
    EXPECT_EQ(meter.read("0-0:1.0.0(240101130000W)\r\n1-0:1.8.0(001100.000*kWh)\r\n").size(), count)
        << "100 kWh within an hour with a fuse of " << fuse << " A";
  }
}

TEST(Plausibility, whole_kwh_at_one_time_stamp) {
  Meter meter;
  for (int number = 1; number <= 200; ++number) {
    std::string lines("0-0:1.0.0(240101120000W)\r\n1-0:1.8.0(");
    lines.append(std::to_string(number)).append(".000*kWh)\r\n");
    ASSERT_EQ(meter.read(lines).size(), 1U) << "telegram " << number;
  }
}

}  // namespace
}  // namespace vscp_p1
