#include "vscp_p1/profile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/meter.hpp"

namespace vscp_p1 {
namespace {

using test::Meter;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "code time value" of each entry, or "malformed".
std::vector<std::string> entries_of(std::string_view line) {
  std::string body("/EXA5\\meter\r\n");
  body.append(line).append("\r\n");
  const auto data = LineReader(body).next();
  if (!data || !*data) return {"no line"};
  ProfileReader reader;
  if (!reader.read(**data)) {
    EXPECT_THAT(reader.entries(), IsEmpty()) << "a malformed profile gives nothing: " << line;
    return {"malformed"};
  }
  std::vector<std::string> rows;
  for (const auto& e : reader.entries()) {
    std::string row(ObisText(e.captured).view());
    rows.push_back(row.append(" ").append(e.time).append(" ").append(e.value));
  }
  return rows;
}

// ---- months (p1.md 3.12)

std::string two_digits(int number) { return std::to_string(100 + number).substr(1); }

// Entry n: month end, peak on the 15th of month n at 18:15, 10.5 kW + n.
std::string belgian_months(int count) {
  std::string line("0-0:98.1.0(");
  line.append(std::to_string(count)).append(")(1-0:1.6.0)(1-0:1.6.0)");
  for (int n = 1; n <= count; ++n) {
    const auto year = [](int month) { return two_digits(24 + (month - 1) / 12); };
    const auto month = [](int number) { return two_digits((number - 1) % 12 + 1); };
    line.append("(").append(year(n + 1)).append(month(n + 1)).append("01000000W)");
    line.append("(").append(year(n)).append(month(n)).append("15181500W)");
    line.append("(").append(two_digits(10 + n)).append(".500*kW)");
  }
  return line;
}

TEST(Profile, belgian_months_have_the_time_of_the_peak) {
  Meter meter;
  const auto rows = meter.read(belgian_months(13));
  ASSERT_EQ(rows.size(), 13U);
  EXPECT_EQ(rows[0], "month_max_active_effect_out 11500 0 2024-01-15T17:15:00Z");
  EXPECT_EQ(rows[1], "month_max_active_effect_out 12500 0 2024-02-15T17:15:00Z");
  EXPECT_EQ(rows[11], "month_max_active_effect_out 22500 0 2024-12-15T17:15:00Z");
  EXPECT_EQ(rows[12], "month_max_active_effect_out 23500 0 2025-01-15T17:15:00Z");
}

TEST(Profile, any_number_of_belgian_months) {
  for (int count = 0; count <= 13; ++count) {
    EXPECT_EQ(Meter().read(belgian_months(count)).size(), static_cast<std::size_t>(count)) << count << " months";
  }
  EXPECT_THAT(entries_of("0-0:98.1.0(0)(1-0:1.6.0)(1-0:1.6.0)()"), IsEmpty()) << "eMUCS: none yet";
  EXPECT_THAT(entries_of("0-0:98.1.0(12)"), IsEmpty()) << "XT211: a number without data";
}

TEST(Profile, a_month_that_was_never_read_is_left_out_alone) {
  Meter meter;
  EXPECT_THAT(meter.read("0-0:98.1.0(3)(1-0:1.6.0)(1-0:1.6.0)(241001000000S)(35255255255255255S)(00.000*kW)"
                         "(251101000000W)(632525252525W)(00.000*kW)(251201000000W)(251129004500W)(03.772*kW)"),
              ElementsAre("month_max_active_effect_out 3772 0 2025-11-28T23:45:00Z"));
  EXPECT_EQ(meter.skipped(Errc::never_read), 2U);
  EXPECT_EQ(meter.skipped(Errc::bad_profile), 0U);
}

TEST(Profile, hungarian_month_end_in_the_order_of_the_list) {
  const std::string line =
      "0-0:98.1.0(230701000000S)(000040.777*kWh)(000008.950*kWh)(000031.827*kWh)(000142.250*kWh)(000111.164*kWh)"
      "(000031.086*kWh)(000000.030*kvarh)(000073.988*kvarh)(000000.205*kvarh)(000000.048*kvarh)(000039.199*kvarh)"
      "(000035.020*kvarh)(000183.027*kWh)(03.564*kW)(02.156*kW)(03.565*kW)(04.104*kW)(04.105*kW)(03.400*kW)";
  const std::string at = " 2023-06-30T22:00:00Z";
  std::vector<std::string> expected = {
      "month_sum_active_energy_out 40.777 1",    "month_sum_active_energy_out_t1 8.950 1",
      "month_sum_active_energy_out_t2 31.827 1", "month_sum_active_energy_in 142.250 1",
      "month_sum_active_energy_in_t1 111.164 1", "month_sum_active_energy_in_t2 31.086 1",
      "month_sum_reactive_energy_out 0.030 0",   "month_sum_reactive_energy_in 73.988 0",
      "month_sum_reactive_energy_q1 0.205 0",    "month_sum_reactive_energy_q2 0.048 0",
      "month_sum_reactive_energy_q3 39.199 0",   "month_sum_reactive_energy_q4 35.020 0",
      "month_sum_active_energy_abs 183.027 1",   "month_max_active_effect_out 3564 0",
      "month_max_active_effect_out_t1 2156 0",   "month_max_active_effect_out_t2 3565 0",
      "month_max_active_effect_in 4104 0",       "month_max_active_effect_in_t1 4105 0",
      "month_max_active_effect_in_t2 3400 0"};
  for (auto& row : expected) row.append(at);
  EXPECT_EQ(Meter().read(line), expected);
  std::string broken = line;  // as Holley breaks it, with the suffix T
  broken.replace(broken.find('S'), 1, "T");
  broken.insert(broken.find("(000111"), "\r\n").insert(broken.find("(03.564"), "\r\n");
  EXPECT_EQ(Meter().read(broken), expected) << "Holley";
  const auto less = line.substr(0, line.rfind('('));
  EXPECT_THAT(entries_of(less), ElementsAre("malformed")) << "18 registers: nobody knows which is missing";
  EXPECT_THAT(entries_of(std::string(line).append("(1*kW)")), ElementsAre("malformed")) << "20 registers";
}

TEST(Profile, months_of_the_e660_have_a_status) {
  const std::string line =
      "0-0:98.1.1(1)(0-0:0.1.0)(1-0:1.8.0)(1-0:2.8.0)(1-0:5.8.0)(1-0:6.8.0)(1-0:7.8.0)(1-0:8.8.0)"
      "(251201000000W)(00)(0012300.00*kWh)(0000120.00*kWh)(0000012.00*kvarh)(0000018.00*kvarh)(0000033.00*kvarh)"
      "(0000500.00*kvarh)";
  const std::string at = " 2025-11-30T23:00:00Z";
  std::vector<std::string> expected = {
      "month_sum_active_energy_out 12300.00 1", "month_sum_active_energy_in 120.00 1",
      "month_sum_reactive_energy_q1 12.00 0",   "month_sum_reactive_energy_q2 18.00 0",
      "month_sum_reactive_energy_q3 33.00 0",   "month_sum_reactive_energy_q4 500.00 0"};
  for (auto& row : expected) row.append(at);
  EXPECT_EQ(Meter().read(line), expected);
}

TEST(Profile, units_in_any_spelling) {
  for (const std::string_view value : {"02.589*kW", "02.589kW", "02.589*KW", "02.589", "2589*W"}) {
    const auto line = "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(250701000000S)(250604230000S)(" + std::string(value) + ")";
    EXPECT_THAT(Meter().read(line), ElementsAre("month_max_active_effect_out 2589 0 2025-06-04T21:00:00Z")) << value;
  }
  for (const std::string_view value : {"0000000240*s", "0000000240*S", "0000000240s", "0000000240"}) {
    const auto line = "1-0:99.97.0(1)(0-0:96.7.19)(101208152415W)(" + std::string(value) + ")";
    EXPECT_EQ(Meter().read(line).size(), 1U) << value;
  }
}

TEST(Profile, israeli_load_profile) {
  EXPECT_THAT(entries_of("1-0:99.1.0(1)(0-0:96.10.7)(1-0:1.29.0)(1-0:2.29.0)(251207001500W)(00)(000000.165*kWh)"
                         "(000000.001*kWh)"),
              ElementsAre("1-0:1.29.0 251207001500W 000000.165*kWh", "1-0:2.29.0 251207001500W 000000.001*kWh"));
  const auto zone = *TimeZone::parse("IST-2IDT,M3.4.4/26,M10.5.0");
  const auto rows = Meter({}, zone).read(
      "1-0:99.1.0(1)(0-0:96.10.7)(1-0:1.29.0)(1-0:2.29.0)(251207001500W)(00)(000000.165*kWh)(000000.001*kWh)");
  ASSERT_EQ(rows.size(), 2U) << "two energies, the status is none";
  EXPECT_TRUE(rows[0].ends_with(" 0.165 1 2025-12-06T22:15:00Z")) << rows[0];
  EXPECT_TRUE(rows[1].ends_with(" 0.001 1 2025-12-06T22:15:00Z")) << rows[1];
}

// ---- power failures (p1.md 3.11)

TEST(Profile, forms_of_the_failure_log) {
  struct Case {
    std::string_view name, line;
    std::vector<std::string> expected;
  };
  const std::string one = "0-0:96.7.19 101208152415W 0000000240*s";
  const std::string two = "0-0:96.7.19 101208151004W 0000000301*s";
  const Case cases[] = {
      {"two", "1-0:99.97.0(2)(0-0:96.7.19)(101208152415W)(0000000240*s)(101208151004W)(0000000301*s)", {one, two}},
      {"one", "1-0:99.97.0(1)(0-0:96.7.19)(101208152415W)(0000000240*s)", {one}},
      {"nothing", "1-0:99.97.0()", {}},
      {"none, no code", "1-0:99.97.0(0)()", {}},
      {"none", "1-0:99.97.0(0)(0-0:96.7.19)", {}},
      {"one that is empty", "1-0:99.97.0(1)()()()", {}},
      {"no unit, as Kenter",
       "1-0:99.97.0(1)(0-0:96.7.19)(101208152415W)(0000000240)",
       {"0-0:96.7.19 101208152415W 0000000240"}},
      {"misprints of DSMR 4.0",
       "1-0:99:97.0(2)(0:96.7.19)(101208152415W)(0000000240*s)(101208151004W)(0000000301*s)",
       {one, two}},
      {"capture object of DSMR 4.0.4", "1-0:99.97.0(1)(1-0:96.7.19)(101208152415W)(0000000240*s)", {one}},
      {"eleven digits",
       "1-0:99.97.0(1)(0-0:96.7.19)(101208152415W)(00000000301*s)",
       {"0-0:96.7.19 101208152415W 00000000301*s"}},
      {"more than 32 bits",
       "1-0:99.97.0(1)(0-0:96.7.19)(101208152415W)(2317482647*s)",
       {"0-0:96.7.19 101208152415W 2317482647*s"}},
      {"count larger than the data", "1-0:99.97.0(2)(0-0:96.7.19)(101208152415W)(0000000240*s)", {"malformed"}},
      {"count smaller than the data",
       "1-0:99.97.0(1)(0-0:96.7.19)(101208152415W)(0000000240*s)(101208151004W)(0000000301*s)",
       {"malformed"}},
      {"odd groups", "1-0:99.97.0(2)(0-0:96.7.19)(101208152415W)(0000000240*s)(101208151004W)", {"malformed"}},
      {"none, but data", "1-0:99.97.0(0)(0-0:96.7.19)(101208152415W)(0000000240*s)", {"malformed"}},
      {"no number", "1-0:99.97.0(0-0:96.7.19)(101208152415W)(0000000240*s)", {"malformed"}},
      {"negative number", "1-0:99.97.0(-1)(0-0:96.7.19)(101208152415W)(0000000240*s)", {"malformed"}},
      {"endless number",
       "1-0:99.97.0(99999999999999999999)(0-0:96.7.19)(101208152415W)(0000000240*s)",
       {"malformed"}},
      {"two times, no duration", "1-0:99.97.0(1)(0-0:96.7.19)(101208152415W)(101208151004W)", {"malformed"}},
      {"unreadable duration of the second",
       "1-0:99.97.0(2)(0-0:96.7.19)(101208152415W)(0000000240*s)(101208151004W)(x*s)",
       {"malformed"}},
      {"unreadable time of the second",
       "1-0:99.97.0(2)(0-0:96.7.19)(101208152415W)(0000000240*s)(10120815)(0000000301*s)",
       {"malformed"}},
  };
  for (const auto& c : cases) EXPECT_EQ(entries_of(c.line), c.expected) << c.name;
}

TEST(Profile, failures_are_durations_at_their_end) {
  EXPECT_THAT(Meter().read("1-0:99.97.0(2)(0-0:96.7.19)(101208152415W)(0000000240*s)(240523144934S)(0005564711*s)"),
              ElementsAre("power_failure_duration 240 0 2010-12-08T14:24:15Z",
                          "power_failure_duration 5564711 0 2024-05-23T12:49:34Z"));
}

TEST(Profile, ten_failures) {
  std::string line("1-0:99.97.0(10)(0-0:96.7.19)");
  for (int n = 1; n <= 10; ++n)
    line.append("(2401").append(two_digits(n)).append("120000W)(000000000").append("1*s)");
  const auto rows = Meter().read(line);
  ASSERT_EQ(rows.size(), 10U);
  EXPECT_EQ(rows[9], "power_failure_duration 1 0 2024-01-10T11:00:00Z");
}

TEST(Profile, other_malformed_buffers) {
  for (const std::string_view line : {
           "0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)(240701000000S)(240604230000S)(02.624*kW)",
           "0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)(240701000000S)(240604230000S)(02.624*kW)(240801000000S)"
           "(240705210000S)",
           "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(240701000000S)(240604230000S)(02.624*kW)(240801000000S)"
           "(240705210000S)(02.676*kW)",
           "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(240701000000S)(240604230000S)",
           "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(02.624*kW)",
           "0-0:98.1.0(x)(1-0:1.6.0)(1-0:1.6.0)(240701000000S)(240604230000S)(02.624*kW)",
           "0-0:98.1.1(2)(0-0:0.1.0)(1-0:1.8.0)(251201000000W)(00)(0012300.00*kWh)",
           "1-0:99.1.0(2)(0-0:96.10.7)(1-0:1.29.0)(1-0:2.29.0)(251207001500W)(00)(000000.165*kWh)(000000.000*kWh)",
       }) {
    EXPECT_THAT(entries_of(line), ElementsAre("malformed")) << line;
    Meter meter;
    EXPECT_THAT(meter.read(line), IsEmpty()) << line;
    EXPECT_EQ(meter.skipped(Errc::bad_profile), 1U) << line;
  }
}

// ---- published when it changes

TEST(Profile, is_published_when_it_changes) {
  const std::string log = "1-0:99.97.0(1)(0-0:96.7.19)(101208152415W)(0000000240*s)\r\n";
  const std::string more =
      "1-0:99.97.0(2)(0-0:96.7.19)(240523144934S)(0000000300*s)(101208152415W)(0000000240*s)\r\n";
  Meter meter;
  EXPECT_EQ(meter.read(belgian_months(2) + "\r\n" + log).size(), 3U);
  EXPECT_THAT(meter.read(belgian_months(2) + "\r\n" + log), IsEmpty()) << "the same again";
  EXPECT_THAT(meter.read("1-0:1.7.0(1*kW)\r\n"), ElementsAre("momentan_active_effect_out 1000 0 host"));
  EXPECT_THAT(meter.read(belgian_months(2) + "\r\n" + log), IsEmpty()) << "missing in between is no change";
  EXPECT_EQ(meter.read(belgian_months(2) + "\r\n" + more).size(), 2U) << "the log alone has changed";
  EXPECT_EQ(meter.read(belgian_months(3) + "\r\n" + more).size(), 3U) << "the months alone have changed";
}

TEST(Profile, a_malformed_one_is_counted_once_and_a_good_one_follows) {
  const std::string bad = "1-0:99.97.0(2)(0-0:96.7.19)(101208152415W)(0000000240*s)\r\n";
  Meter meter;
  for (int i = 0; i < 3; ++i) EXPECT_THAT(meter.read(bad), IsEmpty());
  EXPECT_EQ(meter.skipped(Errc::bad_profile), 1U);
  EXPECT_THAT(meter.values("1-0:99.97.0(1)(0-0:96.7.19)(101208152415W)(0000000240*s)\r\n"),
              ElementsAre("power_failure_duration 240"));
}

}  // namespace
}  // namespace vscp_p1
