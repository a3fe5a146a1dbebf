#include "vscp_p1/mapper.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/meter.hpp"

namespace vscp_p1 {
namespace {

using test::default_settings;
using test::host_now;
using test::index_of;
using test::Meter;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

// "key value unit datetime" of each reading.
std::vector<std::string> shown(const Mapper::Mapping& mapping) {
  std::vector<std::string> rows;
  for (const auto& r : mapping.readings) {
    std::string row(quantities[r.quantity].key);
    row += ' ' + std::string(DecimalText(r.value).view()) + ' ' + std::to_string(r.unit) + ' ';
    row += r.time == host_now ? std::string_view("host") : IsoTime(r.time).view();
    rows.push_back(row);
  }
  return rows;
}

std::vector<std::string> mapped(std::string_view lines, const Settings& settings = default_settings(),
                                const TimeZone& zone = {}) {
  Mapper mapper(settings, zone);
  const std::string body = "/EXA5\\meter\r\n\r\n" + std::string(lines);
  return shown(mapper.map(body, host_now));
}

// The one reason that lines were skipped for, or "".
std::string skipped(std::string_view lines) {
  Mapper mapper(default_settings(), {});
  const std::string body = "/EXA5\\meter\r\n\r\n" + std::string(lines);
  mapper.map(body, host_now);
  std::string reasons;
  for (std::size_t i = 0; i < mapper.skipped().size(); ++i) {
    if (mapper.skipped()[i] == 0) continue;
    reasons += reasons.empty() ? "" : ", ";
    reasons += std::to_string(mapper.skipped()[i]) + " " + std::string(message(static_cast<Errc>(i)));
  }
  return reasons;
}

TEST(Mapper, electricity_values_and_units) {
  struct Case {
    std::string_view line, expected;  // "" for no reading
  };
  const Case cases[] = {
      {"1-0:1.8.1(000671.578*kWh)", "sum_active_energy_out_t1 671.578 1 host"},
      {"1-0:1.8.1(123456.789*kWh)", "sum_active_energy_out_t1 123456.789 1 host"},
      {"1-0:1.8.0(000201283*Wh)", "sum_active_energy_out 201283 2 host"},
      {"1-0:1.8.0(1.5*MWh)", "sum_active_energy_out 1500 1 host"},
      {"1-0:1.8.0(00001896.020)", "sum_active_energy_out 1896.020 1 host"},
      {"1-0:1.7.0(01.193*kW)", "momentan_active_effect_out 1193 0 host"},
      {"1-0:1.7.0(00.000*kW)", "momentan_active_effect_out 0 0 host"},
      {"1-0:1.7.0(04529*W)", "momentan_active_effect_out 4529 0 host"},
      {"1-0:1.7.0(001.3224*kW)", "momentan_active_effect_out 1322.4 0 host"},
      {"1-0:1.7.0(001.322kW)", "momentan_active_effect_out 1322 0 host"},
      {"1-0:1.7.0(001.322*kW )", "momentan_active_effect_out 1322 0 host"},
      {"1-0:1.7.0( 001.322*kW)", "momentan_active_effect_out 1322 0 host"},
      {"1-0:1.7.0(-00.024*kW)", "momentan_active_effect_out -24 0 host"},
      {"1-0:3.7.0(0.741*kVAr)", "momentan_reactive_effect_out 741 0 host"},
      {"1-0:3.8.0(000036521*varh)", "sum_reactive_energy_out 36.521 0 host"},
      {"1-0:32.7.0(0.2334*kV)", "voltage_l1 233.4 0 host"},
      {"1-0:31.7.0(-063*A)", "current_l1 -63 0 host"},
      {"1-0:31.7.0(150*mA)", "current_l1 0.150 0 host"},
      {"1-0:1.8.0*255(00004711.1234567*kWh)", "sum_active_energy_out 4711.1234567 1 host"},
      {"1-0:1.8.0.255(1*kWh)", "sum_active_energy_out 1 1 host"},
      {"1-0:1.8.0()", ""},
      {"1-0:1.8.0(*kWh)", ""},
      {"1-0:1.8.0(1*kW)", ""},
      {"1-0:1.7.0(1*kWh)", ""},
      {"1-0:32.7.0(1*A)", ""},
      {"1-0:1.7.0(abc*kW)", ""},
      {"1-0:31.7.0(65.0*A,-65.0*A)", ""},
      {"1-0:1.8.0(99999999999.999*kWh)", "sum_active_energy_out 99999999999.999 1 host"},
      {"1-0:1.8.0(99999999999999999999.999*kWh)", ""},
      {"11-0:1.7.0(1*kW)", ""},
      {"1-0:1.7.00(1*kW)", "momentan_active_effect_out 1000 0 host"},
      {"1-0:14.7.0(50.0*Hz)", "frequency 50.0 0 host"},
  };
  for (const auto& c : cases) {
    const auto rows = mapped(c.line);
    EXPECT_EQ(rows.empty() ? "" : rows[0], c.expected) << c.line;
    EXPECT_LE(rows.size(), 1U) << c.line;
  }
}

TEST(Mapper, lines_without_a_reading_are_counted_by_reason) {
  struct Case {
    std::string_view lines, expected;
  };
  const Case cases[] = {
      {"1-0:1.7.0(1*kW)", ""},
      {"1-0:1.7.0()", ""},
      {"1-0:1.7.0(*kW)", ""},
      {"hello", "1 bad OBIS code"},
      {"1-0:256.7.0(1*kW)", "1 bad OBIS code"},
      {"1-0:1.7.0(1*kW", "1 bad line"},
      {"1-0:1.7.0", "1 bad line"},
      {"1-0:1.7.0(x*kW)", "1 bad number"},
      {"1-0:1.7.0(9999999999999999999*kW)", "1 bad number"},
      {"1-0:1.7.0(1*V)", "1 unit does not belong to the quantity"},
      {"1-0:77.7.0(50*Hz)\r\n1-0:81.7.4(1)", "2 unknown OBIS code"},
      {"0-0:1.0.0(632525252525S)\r\n1-0:1.7.0(1*kW)", "1 bad timestamp"},
      {"0-1:24.2.1(632525252525S)(1*m3)", "1 M-Bus value never read"},
      {"0-1:24.2.1(000101000000W)(1*m3)", "1 bad timestamp"},
      {"1-0:99.97.0(2)(0-0:96.7.19)(101208152415W)(1*s)", "1 bad profile"},
      {"0-0:96.3.10(7)", "1 bad number"},
      {"0-0:98.1.0(12)\r\n0-0:96.13.0()\r\n0-0:0.0.0(1)\r\n0-1:24.1.0(3)", ""},
      {"0-1:24.3.0(1)(2)(m3)", "1 bad line"},
  };
  for (const auto& c : cases) EXPECT_EQ(skipped(c.lines), c.expected) << c.lines;
}

TEST(Mapper, mbus_medium) {
  struct Case {
    std::string_view name, lines, expected;  // "" for no reading
  };
  const Case cases[] = {
      {"gas", "0-1:24.1.0(003)\n0-1:24.2.1(160115220000W)(00001.290*m3)", "gas_1 1.290 0 2016-01-15T21:00:00Z"},
      {"type behind the value", "0-1:24.2.1(160115220000W)(1*m3)\n0-1:24.1.0(007)",
       "water_1 1 0 2016-01-15T21:00:00Z"},
      {"type 3", "0-2:24.1.0(3)\n0-2:24.2.1(160115220000W)(1*m3)", "gas_2 1 0 2016-01-15T21:00:00Z"},
      {"no type", "0-4:24.2.1(160115220000W)(1*m3)", "gas_4 1 0 2016-01-15T21:00:00Z"},
      {"Belgian gas", "0-1:24.1.0(003)\n0-1:24.2.3(160115220000W)(1*m3)", "gas_1 1 0 2016-01-15T21:00:00Z"},
      {"warm water", "0-1:24.1.0(006)\n0-1:24.2.1(160115220000W)(1*m3)", "water_1 1 0 2016-01-15T21:00:00Z"},
      {"heat GJ", "0-1:24.1.0(012)\n0-1:24.2.1(160115220000W)(12.345*GJ)",
       "heat_1 12345000000 0 2016-01-15T21:00:00Z"},
      {"heat MJ", "0-3:24.1.0(004)\n0-3:24.2.1(160115220000W)(5*MJ)", "heat_3 5000000 0 2016-01-15T21:00:00Z"},
      {"heat type with m3", "0-1:24.1.0(012)\n0-1:24.2.1(160115220000W)(1*m3)", "water_1 1 0 2016-01-15T21:00:00Z"},
      {"strange type with MJ", "0-3:24.1.0(808)\n0-3:24.2.1(160115220000W)(1*MJ)",
       "heat_3 1000000 0 2016-01-15T21:00:00Z"},
      {"heat in kWh", "0-1:24.1.0(004)\n0-1:24.2.1(160115220000W)(7*kWh)", "heat_1 7 1 2016-01-15T21:00:00Z"},
      {"slave electricity", "0-1:24.1.0(002)\n0-1:24.2.1(160115220000W)(7*kWh)",
       "electricity_1 7 1 2016-01-15T21:00:00Z"},
      {"kWh of a strange type", "0-1:24.1.0(101)\n0-1:24.2.1(160115220000W)(7*kWh)",
       "electricity_1 7 1 2016-01-15T21:00:00Z"},
      {"cooling", "0-1:24.1.0(010)\n0-1:24.2.1(160115220000W)(7*GJ)", "cold_1 7000000000 0 2016-01-15T21:00:00Z"},
      {"oil", "0-1:24.1.0(001)\n0-1:24.2.1(160115220000W)(7*l)", "volume_1 0.007 0 2016-01-15T21:00:00Z"},
      {"flow", "0-1:24.1.0(004)\n0-1:24.2.2(160115220000W)(3.6*m3/h)", "flow_1 0.001 0 2016-01-15T21:00:00Z"},
      {"flow that does not divide", "0-1:24.2.2(1*m3/h)", "flow_1 0.000277778 0 host"},
      {"temperature", "0-1:24.2.3(61.5*C)", "temperature_1 61.5 1 host"},
      {"return temperature",
       "0-1:24.2.4(31.5*\xC2\xB0"
       "C)",
       "return_temperature_1 31.5 1 host"},
      {"heat in Wh", "0-1:24.1.0(004)\n0-1:24.2.5(61*Wh)", "heat_1 61 2 host"},
      {"absent device", "0-1:24.1.0()\n0-1:24.2.1(0)", ""},
      {"channel 9", "0-9:24.2.1(160115220000W)(1*m3)", "gas_9 1 0 2016-01-15T21:00:00Z"},
      {"channel 10", "0-10:24.2.1(160115220000W)(1*m3)", ""},
      {"channel 0", "0-0:24.2.1(160115220000W)(1*m3)", ""},
      {"channel 255", "0-255:24.2.1(160115220000W)(1*m3)", ""},
      {"dm3", "0-1:24.2.1(160115220000W)(1234*dm3)", "gas_1 1.234 0 2016-01-15T21:00:00Z"},
      {"no unit", "0-1:24.1.0(007)\n0-1:24.2.1(160115220000W)(00000.5)", "water_1 0.5 0 2016-01-15T21:00:00Z"},
      {"no unit, heat", "0-1:24.1.0(004)\n0-1:24.2.1(160115220000W)(2)", "heat_1 2000000000 0 2016-01-15T21:00:00Z"},
      {"no capture time", "0-1:24.1.0(003)\n0-1:24.2.1(00003.3*m3)", "gas_1 3.3 0 host"},
      {"never read", "0-1:24.2.1(632525252525W)(00000.000)", ""},
      {"never read, 17 digits", "0-1:24.2.1(35255255255255255S)(00000.000)", ""},
      {"epoch of a dead slot", "0-1:24.2.1(700101010000W)(00000000)", ""},
      {"clock of the device not set", "0-1:24.2.1(000101010000W)(00003.000)", "gas_1 3.000 0 host"},
      {"empty", "0-1:24.2.1()(*m3)", ""},
      {"DSMR 3.0", "0-1:24.3.0(140311160000)(00)(60)(1)(0-1:24.2.1)(m3)\r\n(02231.808)",
       "gas_1 2231.808 0 2014-03-11T15:00:00Z"},
      {"DSMR 3.0 on one line", "0-1:24.3.0(140311160000)(00)(60)(1)(0-1:24.2.1)(m3)(7)",
       "gas_1 7 0 2014-03-11T15:00:00Z"},
      {"DSMR 3.0 water", "0-4:24.1.0(07)\n0-4:24.3.0(140311160000)(00)(60)(1)(0-4:24.2.1)(m3)(7)",
       "water_4 7 0 2014-03-11T15:00:00Z"},
      {"DSMR 3.0 heat", "0-4:24.1.0(04)\n0-4:24.3.0(140311160000)(00)(60)(1)(0-4:24.2.1)(GJ)(7)",
       "heat_4 7000000000 0 2014-03-11T15:00:00Z"},
      {"DSMR 3.0 cold", "0-4:24.3.1(140311160000)(00)(60)(1)(0-4:24.2.1)(GJ)(7)",
       "cold_4 7000000000 0 2014-03-11T15:00:00Z"},
      {"DSMR 3.0 without the value", "0-1:24.3.0(140311160000)(00)(60)(1)(0-1:24.2.1)(m3)", ""},
      {"DSMR 3.0 with another status", "0-1:24.3.0(140311160000)(08)(60)(1)(0-1:24.2.1)(m3)(7)",
       "gas_1 7 0 2014-03-11T15:00:00Z"},
  };
  for (const auto& c : cases) {
    const auto rows = mapped(c.lines);
    EXPECT_EQ(rows.empty() ? "" : rows[0], c.expected) << c.name;
    EXPECT_LE(rows.size(), 1U) << c.name;
  }
}

TEST(Mapper, telegram_time) {
  struct Case {
    std::string_view lines, expected;
  };
  const Case cases[] = {
      {"0-0:1.0.0(160115220459W)\n", "2016-01-15T21:04:59Z"},
      {"0-0:1.0.0(160715220459S)\n", "2016-07-15T20:04:59Z"},
      {"0-0:1.0.0(20240629 18:05:09)\n", "2024-06-29T16:05:09Z"},
      {"0-0:1.0.0(07EA010B0208151900003C00)\n", "2026-01-11T07:21:25Z"},
      {"0-0:1.1.0(160115220459W)\n", "2016-01-15T21:04:59Z"},
      {"1-0:0.9.1(154953)\n1-0:0.9.2(240405)\n", "2024-04-05T13:49:53Z"},
      {"1-0:0.9.2(240405)\n1-0:0.9.1(154953)\n", "2024-04-05T13:49:53Z"},
      {"1-0:0.9.2(240405)\n", "host"},
      {"", "host"},
      {"0-0:1.0.0()\n", "host"},
      {"0-0:1.0.0(213112235959W)\n", "host"},
      {"0-0:1.0.0(000101010000W)\n", "host"},
      {"0-0:1.0.0(700101010000W)\n", "host"},                  // 2070
      {"0-0:1.0.0(681027002758S)\n", "host"},                  // 2068
      {"0-0:1.0.0(260602135959S)\n", "2026-06-02T11:59:59Z"},  // a day ahead of the host's clock
      {"0-0:1.0.0(260602140001S)\n", "host"},                  // more than a day
  };
  for (const auto& c : cases) {
    EXPECT_THAT(mapped(std::string(c.lines) + "1-0:1.7.0(1*kW)\n"),
                ElementsAre("momentan_active_effect_out 1000 0 " + std::string(c.expected)))
        << c.lines;
    EXPECT_THAT(mapped("1-0:1.7.0(1*kW)\n" + std::string(c.lines)),
                ElementsAre("momentan_active_effect_out 1000 0 " + std::string(c.expected)))
        << "behind the value: " << c.lines;
  }
}

TEST(Mapper, host_clock_that_was_never_set_judges_no_meter) {
  Mapper mapper(default_settings(), {});
  const auto mapping = mapper.map("/E\n0-0:1.0.0(260602140001S)\n1-0:1.7.0(1*kW)\n", {1000, 0});
  ASSERT_EQ(mapping.readings.size(), 1U);
  EXPECT_EQ(IsoTime(mapping.readings[0].time).view(), "2026-06-02T12:00:01Z");
}

TEST(Mapper, zone_and_host_time_options) {
  const auto zone = *TimeZone::parse("EET-2EEST,M3.5.0/3,M10.5.0/4");
  const std::string_view lines = "0-0:1.0.0(230203112030W)\n1-0:1.7.0(1*kW)\n0-1:24.2.1(230703110000)(1*m3)\n";
  EXPECT_THAT(
      mapped(lines, default_settings(), zone),
      ElementsAre("momentan_active_effect_out 1000 0 2023-02-03T09:20:30Z", "gas_1 1 0 2023-07-03T08:00:00Z"));
  Settings settings;
  settings.vscp.datetime = TimeSource::host;
  EXPECT_THAT(mapped(lines, settings, zone), ElementsAre("momentan_active_effect_out 1000 0 host", "gas_1 1 0 host"));
}

TEST(Mapper, odd_numbers_and_units) {
  struct Case {
    std::string_view line;
    std::vector<std::string> expected;
  };
  const Case cases[] = {
      {"1-0:1.8.0( 12345.678 *kWh)", {"sum_active_energy_out 12345.678"}},
      {"1-0:1.8.0(12345.678 kWh )", {"sum_active_energy_out 12345.678"}},
      {"1-0:1.8.0(000012345678)", {"sum_active_energy_out 12345678"}},
      {"1-0:1.8.0(240101120000W)", {}},
      {"1-0:1.8.0(240101120000)(00001.000*kWh)", {"sum_active_energy_out 1.000"}},
  };
  for (const auto& c : cases) EXPECT_EQ(Meter().values(std::string(c.line).append("\r\n")), c.expected) << c.line;
}

TEST(Mapper, repeated_lines_give_the_last_in_the_place_of_the_first) {
  EXPECT_THAT(mapped("1-0:1.7.0(1*kW)\n1-0:2.7.0(2*kW)\n1-0:1.7.0(3*kW)\n"),
              ElementsAre("momentan_active_effect_out 3000 0 host", "momentan_active_effect_in 2000 0 host"));
  EXPECT_THAT(mapped("1-0:1.7.0(1*kW)\n1-0:1.7.0(x*kW)\n"), ElementsAre("momentan_active_effect_out 1000 0 host"));
}

TEST(Mapper, each_group_has_its_switch) {
  for (std::size_t group = 0; group < group_names.size(); ++group) {
    Settings settings;
    settings.send.fill(false);
    settings.send[group] = true;
    for (std::size_t i = 0; i < quantities.size(); ++i) {
      EXPECT_EQ(settings.is_wanted(i), quantities[i].group == static_cast<Group>(group)) << quantities[i].key;
    }
  }
  Settings settings;
  settings.send[static_cast<std::size_t>(Group::water)] = false;
  EXPECT_THAT(mapped("0-1:24.2.1(1*m3)\n0-2:24.1.0(7)\n0-2:24.2.1(1*m3)\n1-0:32.7.0(1*V)", settings),
              ElementsAre("gas_1 1 0 host", "voltage_l1 1 0 host"));
}

TEST(Mapper, digits_are_the_meters_own) {
  Mapper mapper(default_settings(), {});
  const std::string body =
      "/E\n1-0:1.7.0(01.193*kW)\n1-0:1.8.0(-000671.578kWh)\n0-1:24.2.1(160115220000W)(00001.290*m3)\n";
  std::vector<std::string> digits;
  for (const auto& r : mapper.map(body, host_now).readings) digits.emplace_back(r.digits);
  EXPECT_THAT(digits, ElementsAre("01.193", "-000671.578", "00001.290"));
}

TEST(Mapper, meter_identity) {
  struct Case {
    std::string_view lines, expected;
  };
  const Case cases[] = {
      {"1-0:1.7.0(1*kW)\n", "EXA5\\meter"},
      {"0-0:96.1.1(4530303434)\n", "4530303434"},
      {"0-0:96.1.0(K06725)\n", "K06725"},
      {"0-0:42.0.0(5341)\n", "5341"},
      {"0-0:42.0.0(5341)\n0-0:96.1.1(4530)\n", "4530"},
      {"0-0:96.1.1()\n0-0:42.0.0(5341)\n", "5341"},
      {"0-0:96.1.1()\n", "EXA5\\meter"},
      {"0-1:96.1.1(4730)\n", "EXA5\\meter"},
  };
  for (const auto& c : cases) {
    Mapper mapper(default_settings(), {});
    const std::string body = "/EXA5\\meter\r\n\r\n" + std::string(c.lines);
    EXPECT_EQ(mapper.map(body, host_now).meter, c.expected) << c.lines;
  }
}

TEST(Mapper, lines_are_counted_and_nothing_is_carried_over) {
  Mapper mapper(default_settings(), {});
  const auto first = mapper.map("/E\n0-1:24.1.0(007)\n0-1:24.2.1(160115220000W)(1*m3)\nbad\n", host_now);
  EXPECT_EQ(first.lines, 2U);
  EXPECT_THAT(shown(first), ElementsAre("water_1 1 0 2016-01-15T21:00:00Z"));
  const auto second = mapper.map("/E\n0-1:24.2.1(160115220000W)(1*m3)\n", host_now);
  EXPECT_EQ(second.lines, 1U);
  EXPECT_THAT(shown(second), ElementsAre("gas_1 1 0 2016-01-15T21:00:00Z"))
      << "the device type is that of the telegram";
  EXPECT_THAT(shown(mapper.map("", host_now)), IsEmpty());
  EXPECT_EQ(mapper.skipped()[static_cast<std::size_t>(Errc::bad_obis)], 1U) << "since the start";
}

// ---- zones

struct ZoneCase {
  std::string_view stamp, stockholm, helsinki, jerusalem;
};

void expect_times(const std::vector<ZoneCase>& cases) {
  const auto time_in = [](std::string_view rule, std::string_view stamp) {
    std::string lines("0-0:1.0.0(");
    lines.append(stamp).append(")\r\n1-0:1.7.0(1*kW)\r\n");
    const auto rows = Meter({}, *TimeZone::parse(rule)).read(lines);
    return rows.size() == 1 ? rows[0].substr(rows[0].rfind(' ') + 1) : "no reading";
  };
  for (const auto& c : cases) {
    EXPECT_EQ(time_in("CET-1CEST,M3.5.0,M10.5.0/3", c.stamp), c.stockholm) << c.stamp << " in Stockholm";
    EXPECT_EQ(time_in("EET-2EEST,M3.5.0/3,M10.5.0/4", c.stamp), c.helsinki) << c.stamp << " in Helsinki";
    EXPECT_EQ(time_in("IST-2IDT,M3.4.4/26,M10.5.0", c.stamp), c.jerusalem) << c.stamp << " in Jerusalem";
  }
}

// 31 March 2024: 02:00 in Stockholm, 03:00 in Helsinki; Friday, 29 March 2024, 02:00 in Jerusalem.
TEST(Mapper, begin_of_summer_time) {
  expect_times({
      {"240329015959W", "2024-03-29T00:59:59Z", "2024-03-28T23:59:59Z", "2024-03-28T23:59:59Z"},
      {"240329015959", "2024-03-29T00:59:59Z", "2024-03-28T23:59:59Z", "2024-03-28T23:59:59Z"},
      {"240329030000", "2024-03-29T02:00:00Z", "2024-03-29T01:00:00Z", "2024-03-29T00:00:00Z"},
      {"240329030000S", "2024-03-29T01:00:00Z", "2024-03-29T00:00:00Z", "2024-03-29T00:00:00Z"},
      {"240331015959", "2024-03-31T00:59:59Z", "2024-03-30T23:59:59Z", "2024-03-30T22:59:59Z"},
      {"240331015959W", "2024-03-31T00:59:59Z", "2024-03-30T23:59:59Z", "2024-03-30T23:59:59Z"},
      {"240331030000S", "2024-03-31T01:00:00Z", "2024-03-31T00:00:00Z", "2024-03-31T00:00:00Z"},
      {"240331030000W", "2024-03-31T02:00:00Z", "2024-03-31T01:00:00Z", "2024-03-31T01:00:00Z"},
      {"240331040000", "2024-03-31T02:00:00Z", "2024-03-31T01:00:00Z", "2024-03-31T01:00:00Z"},
  });
}

// 27 October 2024: 03:00 in Stockholm, 04:00 in Helsinki, 02:00 in Jerusalem. An hour comes twice.
TEST(Mapper, end_of_summer_time) {
  expect_times({
      {"241027013000S", "2024-10-26T23:30:00Z", "2024-10-26T22:30:00Z", "2024-10-26T22:30:00Z"},
      {"241027013000W", "2024-10-27T00:30:00Z", "2024-10-26T23:30:00Z", "2024-10-26T23:30:00Z"},
      {"241027013000", "2024-10-26T23:30:00Z", "2024-10-26T22:30:00Z", "2024-10-26T22:30:00Z"},
      {"241027023000S", "2024-10-27T00:30:00Z", "2024-10-26T23:30:00Z", "2024-10-26T23:30:00Z"},
      {"241027023000W", "2024-10-27T01:30:00Z", "2024-10-27T00:30:00Z", "2024-10-27T00:30:00Z"},
      {"241027023000", "2024-10-27T00:30:00Z", "2024-10-26T23:30:00Z", "2024-10-27T00:30:00Z"},
      {"241027033000S", "2024-10-27T01:30:00Z", "2024-10-27T00:30:00Z", "2024-10-27T00:30:00Z"},
      {"241027033000W", "2024-10-27T02:30:00Z", "2024-10-27T01:30:00Z", "2024-10-27T01:30:00Z"},
      {"241027033000", "2024-10-27T02:30:00Z", "2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z"},
      {"241027043000", "2024-10-27T03:30:00Z", "2024-10-27T02:30:00Z", "2024-10-27T02:30:00Z"},
  });
}

// Swedish meters know no summer time (SE20): W in every month is one hour before UTC.
TEST(Mapper, swedish_winter_time_all_summer) {
  Meter meter;
  for (int month = 1; month <= 12; ++month) {
    const auto two = std::to_string(100 + month).substr(1);
    std::string lines("0-0:1.0.0(24");
    lines.append(two).append("15120000W)\r\n1-0:1.7.0(1*kW)\r\n");
    std::string expected("momentan_active_effect_out 1000 0 2024-");
    EXPECT_THAT(meter.read(lines), ElementsAre(expected.append(two).append("-15T11:00:00Z"))) << lines;
  }
}

TEST(Mapper, broken_stamps_date_nothing) {
  for (const std::string_view stamp : {"",
                                       "0",
                                       "S",
                                       "W",
                                       "632525252525S",
                                       "632525252525W",
                                       "632525252525",
                                       "35255255255255255S",
                                       "700101010000W",
                                       "700101000000",
                                       "700101000000S",
                                       "000101010000W",
                                       "000101000001W",
                                       "000101000000",
                                       "681027002758S",
                                       "213112235959W",
                                       "202056789012W",
                                       "000000000000W",
                                       "999999999999W",
                                       "991231235959W",
                                       "991231235959",
                                       "260603120000S",
                                       "19700101 00:00:00",
                                       "20991231 23:59:59",
                                       "07B2010104000000FF000000",
                                       "FFFFFFFFFFFFFFFFFFFFFFFF",
                                       "0833010104000000FF000000",
                                       "240230120000W",
                                       "2401011200",
                                       "\xFF\xFF\xFF",
                                       "24010112000\xFF"
                                       "W",
                                       "-40101120000W"}) {
    std::string s("(");
    s.append(stamp).append(")");
    const auto lines = std::string("0-0:1.0.0") + s + "\r\n1-0:1.7.0(1*kW)\r\n0-1:24.2.1" + s +
                       "(1*m3)\r\n0-2:24.3.0" + s + "(00)(60)(1)(0-2:24.2.1)(m3)(7)\r\n1-0:1.6.0" + s +
                       "(1*kW)\r\n1-0:99.97.0(1)(0-0:96.7.19)" + s + "(5*s)\r\n0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)" +
                       s + s + "(1*kW)\r\n7-0:23.1.0" + s +
                       "(00)(60)(2)(7-0:23.1.0)(m3)(1)(2)\r\n1-0:0.9.1(999999)\r\n1-0:0.9.2(999999)\r\n";
    Meter meter;
    const auto& mapping = meter.map(lines);
    EXPECT_FALSE(mapping.readings.empty()) << "the power is read whatever the clock says: " << stamp;
    for (const auto& reading : mapping.readings) {
      EXPECT_GE(reading.time.seconds, 978'307'200) << stamp << ": before 2001, " << quantities[reading.quantity].key;
      EXPECT_LE(reading.time.seconds, host_now.seconds + 86'400)
          << stamp << ": more than a day ahead, " << quantities[reading.quantity].key;
    }
  }
}

TEST(Mapper, a_clock_that_was_stepped_back_is_no_judge) {
  constexpr std::int64_t year = 365 * 86'400;
  Mapper mapper(default_settings(), {});
  UtcTime stepped = host_now;
  stepped.seconds -= year;
  const auto mapping =
      mapper.map("/EXA5\\meter\r\n\r\n0-0:1.0.0(260601130000S)\n1-0:1.8.0(1*kWh)\n", stepped, host_now.seconds);
  EXPECT_THAT(shown(mapping), ElementsAre("sum_active_energy_out 1 1 2026-06-01T11:00:00Z"));
}

TEST(Mapper, hours_of_a_profile_are_not_ahead_either) {
  Meter meter;
  const auto rows = meter.read("7-0:23.1.0(260601120000S)(00)(1440)(3)(7-0:23.1.0)(m3)(1)(2)(3)\r\n");
  EXPECT_THAT(rows, ElementsAre("gas_dsmr22 1 0 2026-06-01T10:00:00Z", "gas_dsmr22 2 0 2026-06-02T10:00:00Z"))
      << "the next would be too far ahead";
  EXPECT_THAT(meter.read("7-0:23.1.0(260601120000S)(00)(99999)(3)(7-0:23.1.0)(m3)(1)(2)(3)\r\n"), IsEmpty())
      << "no period of a meter";
}

// ---- totals

Settings with_totals() {
  Settings settings;
  settings.totals = true;
  return settings;
}

TEST(Mapper, totals) {
  struct Case {
    std::string_view name, lines;
    std::vector<std::string> expected;
  };
  const Case cases[] = {
      {"two tariffs",
       "1-0:1.8.1(000671.578*kWh)\n1-0:1.8.2(000842.472*kWh)\n",
       {"sum_active_energy_out_t1 671.578", "sum_active_energy_out_t2 842.472", "sum_active_energy_out 1514.050"}},
      {"out and in",
       "1-0:1.8.1(1.0*kWh)\n1-0:1.8.2(2.0*kWh)\n1-0:2.8.1(4.0*kWh)\n1-0:2.8.2(8.0*kWh)\n",
       {"sum_active_energy_out_t1 1.0", "sum_active_energy_out_t2 2.0", "sum_active_energy_in_t1 4.0",
        "sum_active_energy_in_t2 8.0", "sum_active_energy_out 3.0", "sum_active_energy_in 12.0"}},
      {"the meter sends the total",
       "1-0:1.8.0(100.0*kWh)\n1-0:1.8.1(1.0*kWh)\n1-0:1.8.2(2.0*kWh)\n",
       {"sum_active_energy_out 100.0", "sum_active_energy_out_t1 1.0", "sum_active_energy_out_t2 2.0"}},
      {"the meter sends it behind",
       "1-0:1.8.1(1.0*kWh)\n1-0:1.8.2(2.0*kWh)\n1-0:1.8.0(100.0*kWh)\n",
       {"sum_active_energy_out_t1 1.0", "sum_active_energy_out_t2 2.0", "sum_active_energy_out 100.0"}},
      {"one tariff unreadable", "1-0:1.8.1(1.0*kWh)\n1-0:1.8.2(x*kWh)\n", {"sum_active_energy_out_t1 1.0"}},
      {"one tariff that the meter does not use",
       "1-0:1.8.1(1.0*kWh)\n1-0:1.8.2()\n",
       {"sum_active_energy_out_t1 1.0", "sum_active_energy_out 1.0"}},
      {"one tariff in another unit", "1-0:1.8.1(1.0*kWh)\n1-0:1.8.2(2*V)\n", {"sum_active_energy_out_t1 1.0"}},
      {"different decimals",
       "1-0:1.8.1(1.5*kWh)\n1-0:1.8.2(2.125*kWh)\n",
       {"sum_active_energy_out_t1 1.5", "sum_active_energy_out_t2 2.125", "sum_active_energy_out 3.625"}},
      {"four tariffs",
       "1-0:1.8.1(1*kWh)\n1-0:1.8.2(2*kWh)\n1-0:1.8.3(4*kWh)\n1-0:1.8.4(8*kWh)\n",
       {"sum_active_energy_out_t1 1", "sum_active_energy_out_t2 2", "sum_active_energy_out_t3 4",
        "sum_active_energy_out_t4 8", "sum_active_energy_out 15"}},
      {"a line that comes twice",
       "1-0:1.8.1(1*kWh)\n1-0:1.8.2(2*kWh)\n1-0:1.8.2(2*kWh)\n",
       {"sum_active_energy_out_t1 1", "sum_active_energy_out_t2 2", "sum_active_energy_out 3"}},
      {"reactive",
       "1-0:3.8.1(1*kvarh)\n1-0:3.8.2(2*kvarh)\n",
       {"sum_reactive_energy_out_t1 1", "sum_reactive_energy_out_t2 2", "sum_reactive_energy_out 3"}},
      {"no tariffs", "1-0:1.7.0(1*kW)\n", {"momentan_active_effect_out 1000"}},
  };
  for (const auto& c : cases) EXPECT_EQ(Meter(with_totals()).values(c.lines), c.expected) << c.name;
  EXPECT_THAT(Meter().values("1-0:1.8.1(1*kWh)\n1-0:1.8.2(2*kWh)\n"),
              ElementsAre("sum_active_energy_out_t1 1", "sum_active_energy_out_t2 2"))
      << "off by default";
}

TEST(Mapper, totals_need_no_published_tariffs) {
  auto settings = with_totals();
  settings.only = {"sum_active_energy_out"};
  EXPECT_THAT(Meter(settings).values("1-0:1.8.1(1*kWh)\n1-0:1.8.2(2*kWh)\n1-0:2.8.1(4*kWh)\n"),
              ElementsAre("sum_active_energy_out 3"));
}

TEST(Mapper, totals_of_scaled_tariffs) {
  auto settings = with_totals();
  settings.quantities.edit(index_of("sum_active_energy_out_t1")).scale = {10, 0};
  settings.quantities.edit(index_of("sum_active_energy_out_t2")).scale = {10, 0};
  EXPECT_THAT(Meter(settings).values("1-0:1.8.1(1*kWh)\n1-0:1.8.2(2*kWh)\n"),
              ElementsAre("sum_active_energy_out_t1 10", "sum_active_energy_out_t2 20", "sum_active_energy_out 30"));
}

// ---- what is left out, and what is multiplied

TEST(Mapper, skip_zero) {
  Settings settings;
  settings.skip_zero = true;
  EXPECT_THAT(Meter(settings).values("1-0:1.7.0(00.000*kW)\n1-0:2.7.0(-00.000*kW)\n1-0:32.7.0(000.0*V)\n"
                                     "1-0:1.8.0(0*kWh)\n1-0:31.7.0(0.01*A)\n1-0:21.7.0(-0.001*kW)\n"),
              ElementsAre("current_l1 0.01", "momentan_active_effect_l1_out -1"));
}

TEST(Mapper, only) {
  Settings settings;
  settings.only = {"voltage_l2", "gas_2"};
  EXPECT_THAT(Meter(settings).values("1-0:32.7.0(1*V)\n1-0:52.7.0(2*V)\n1-0:72.7.0(3*V)\n0-1:24.2.1(1*m3)\n"
                                     "0-2:24.2.1(2*m3)\n"),
              ElementsAre("voltage_l2 2", "gas_2 2"));
  settings.send[static_cast<std::size_t>(Group::voltage)] = false;
  EXPECT_THAT(Meter(settings).values("1-0:52.7.0(2*V)\n"), IsEmpty()) << "the switch of its group holds too";
}

TEST(Mapper, scale_is_exact) {
  struct Case {
    std::string_view key, line;
    Decimal scale;
    std::string_view expected;
  };
  const Case cases[] = {
      {"momentan_active_effect_out", "1-0:1.7.0(01.193*kW)", {60, 0}, "momentan_active_effect_out 71580"},
      {"momentan_active_effect_out", "1-0:1.7.0(01.193*kW)", {1, -1}, "momentan_active_effect_out 119.3"},
      {"momentan_active_effect_out", "1-0:1.7.0(01.193*kW)", {-1, 0}, "momentan_active_effect_out -1193"},
      {"sum_active_energy_out", "1-0:1.8.0(000671.578*kWh)", {60, 0}, "sum_active_energy_out 40294.680"},
      {"sum_active_energy_out", "1-0:1.8.0(000000671578*Wh)", {15, -1}, "sum_active_energy_out 1007367.0"},
      {"voltage_l1", "1-0:32.7.0(0.2334*kV)", {110, 0}, "voltage_l1 25674.0"},
      {"gas_1", "0-1:24.2.1(240101120000W)(00001.290*m3)", {98, -2}, "gas_1 1.26420"},
      {"sum_active_energy_out", "1-0:1.8.0(99999999999.999*kWh)", {1'000'000'000, 0}, ""},  // overflow
      {"sum_active_energy_out", "1-0:1.8.0(-99999999999.999*kWh)", {1'000'000'000, 0}, ""},
  };
  for (const auto& c : cases) {
    Settings settings;
    settings.quantities.edit(index_of(c.key)).scale = c.scale;
    Meter meter(settings);
    const auto rows = meter.values(c.line);
    EXPECT_EQ(rows.empty() ? "" : rows[0], c.expected) << c.line << " × " << DecimalText(c.scale).view();
    EXPECT_EQ(meter.skipped(Errc::bad_number), c.expected.empty() ? 1U : 0U) << c.line;
  }
}

// Else the device would be taken for one of another medium.
TEST(Mapper, a_device_type_that_is_none_is_skipped) {
  for (const std::string_view type : {"(4294967299)", "(-3)", "(3.0)", "(3*m3)", "(240101120000W)(3)", "(x)"}) {
    Meter meter;
    meter.map("0-1:24.1.0" + std::string(type) + "\r\n0-1:24.2.1(240101120000W)(1*m3)\r\n");
    EXPECT_EQ(meter.skipped(Errc::bad_number), 1U) << type;
  }
  Meter meter;
  EXPECT_EQ(meter.map("0-1:24.1.0(003)\r\n0-1:24.2.1(240101120000W)(1*m3)\r\n").devices[1].type, 3);
  EXPECT_EQ(meter.skipped(Errc::bad_number), 0U);
}

TEST(Mapper, a_scaled_number_has_no_digits_of_the_meter) {
  Settings settings;
  settings.quantities.edit(index_of("momentan_active_effect_out")).scale = {60, 0};
  Meter meter(settings);
  const auto& mapping = meter.map("1-0:1.7.0(01.193*kW)\n");
  ASSERT_EQ(mapping.readings.size(), 1U);
  EXPECT_EQ(mapping.readings[0].digits, "");
  EXPECT_EQ(DecimalText(mapping.readings[0].number).view(), "71.580") << "in the meter's kW";
}

// ---- quantities of [QUANTITY …] sections

std::size_t add_own(Settings& settings, std::string_view key, Obis code) {
  QuantitySettings own{std::string(key), code, 1001, 233, std::string(key)};
  own.has_own_code = true;
  own.custom = CustomUnit{};
  own.custom->as_sent = true;
  settings.quantities.push_back(own);
  return settings.quantities.size() - 1;
}

TEST(Mapper, own_quantity_of_a_tariff_line_and_totals) {
  auto settings = with_totals();
  add_own(settings, "night", "1-0:1.8.1"_obis);
  EXPECT_THAT(Meter(settings).values("1-0:1.8.1(1*kWh)\n1-0:1.8.2(2*kWh)\n"),
              ElementsAre("night 1", "sum_active_energy_out_t2 2"))
      << "no total: one of its tariffs is something else";
}

void give_own_code(Settings& settings, std::string_view key, const Obis& code) {
  auto& row = settings.quantities.edit(index_of(key));
  row.obis = code;
  row.has_own_code = true;
}

TEST(Mapper, row_of_the_table_with_the_code_of_no_channel) {
  Settings settings;
  give_own_code(settings, "gas_1", "0-77:24.2.1"_obis);
  Meter meter(settings);
  EXPECT_THAT(meter.values("0-77:24.2.1(240101120000W)(100*m3)\n"), ElementsAre("gas_1 100"));
  EXPECT_THAT(meter.values("0-77:24.2.1(240101120500W)(1*m3)\n"), IsEmpty()) << "still watched";
}

TEST(Mapper, row_of_the_table_with_another_code) {
  Settings settings;
  give_own_code(settings, "voltage_l1", "1-0:32.7.1"_obis);
  give_own_code(settings, "tariff", "0-0:96.14.9"_obis);
  give_own_code(settings, "text_message", "0-0:96.13.9"_obis);
  Meter meter(settings);
  EXPECT_THAT(meter.values("1-0:32.7.1(231.0*V)\n1-0:32.7.0(999.0*V)\n"), ElementsAre("voltage_l1 231.0"))
      << "the code of the table is no longer its code";
  EXPECT_THAT(meter.states("0-0:96.14.9(0002)\n0-0:96.13.9(4869)\n0-0:96.14.0(0001)\n"),
              ElementsAre("tariff 0002", "text_message 4869"));
}

// A text of the table has several codes: only that of the row is another quantity's.
TEST(Mapper, own_code_that_would_be_a_text) {
  Settings settings;
  give_own_code(settings, "voltage_l1", "0-1:96.1.1"_obis);
  Meter meter(settings);
  EXPECT_THAT(meter.values("0-1:96.1.1(230*V)\n0-1:96.1.0(4730)\n"), ElementsAre("voltage_l1 230"));
  EXPECT_THAT(meter.states("0-1:96.1.1(230*V)\n"), IsEmpty());
  EXPECT_THAT(meter.states("0-1:96.1.0(4730)\n0-1:96.1.0(4731)\n"), ElementsAre("mbus_id_1 4731"));
}

TEST(Mapper, other_settings_keep_counts_and_rows) {
  Settings settings;
  Mapper mapper(settings, {});
  const auto map = [&mapper](std::string_view lines) {
    const std::string body = "/EXA5\\meter\r\n\r\n" + std::string(lines);
    return shown(mapper.map(body, host_now));
  };
  const auto gas_on = [](char channel, std::string_view value) {
    const std::string prefix = std::string("0-") + channel;
    return prefix + ":24.1.0(003)\r\n" + prefix + ":96.1.0(4731)\r\n" + prefix + ":24.2.1(" + std::string(value) +
           "*m3)\r\n0-0:94.98.31(7)\r\n";
  };
  EXPECT_THAT(map(gas_on('1', "5")), ::testing::ElementsAre("gas_1 5 0 host"));
  settings.quantities.push_back(
      {"pool_pump", "0-0:94.98.31"_obis, 1001, 233, "Pool pump", {1, 0}, CustomUnit{}, true});
  settings.send[static_cast<std::size_t>(Group::other)] = false;
  mapper.reconfigure({});
  EXPECT_THAT(map(gas_on('2', "6")), ::testing::ElementsAre("gas_1 6 0 host")) << "the device keeps its row";
  ASSERT_EQ(mapper.unknown().size(), 1U);
  EXPECT_EQ(mapper.unknown()[0].lines, 1U) << "the code is known now";
  EXPECT_EQ(mapper.skipped()[static_cast<std::size_t>(Errc::unknown_obis)], 1U);
  settings.send[static_cast<std::size_t>(Group::gas)] = false;
  mapper.reconfigure({});
  EXPECT_THAT(map(gas_on('2', "6")), ::testing::IsEmpty());
}

}  // namespace
}  // namespace vscp_p1
