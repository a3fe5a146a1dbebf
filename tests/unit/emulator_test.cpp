#include "vscp_p1/emulator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>

#include "unit/support.hpp"

namespace vscp_p1 {
namespace {

// What a telegram shows: the digits without the point of each code, and the times as UTC.
struct Shown {
  std::map<std::string, std::int64_t> numbers;  // energy in Wh, power in W, volume in dm³
  std::int64_t clock = 0;
  std::int64_t gas_time = 0;
  char letter = '?';

  std::int64_t at(const std::string& code) const {
    const auto found = numbers.find(code);
    if (found == numbers.end()) ADD_FAILURE() << code << " is missing";
    return found == numbers.end() ? 0 : found->second;
  }
};

Shown read(std::string_view telegram, const TimeZone& zone) {
  Shown shown;
  Framer framer(CrcCheck::required);
  int telegrams = 0;
  framer.feed(telegram, [&](const Result<Telegram>& found) {
    ASSERT_TRUE(found) << message(found.error());
    ++telegrams;
    LineReader lines(found->body);
    while (const auto line = lines.next()) {
      ASSERT_TRUE(*line) << message(line->error());
      ValueCursor values((*line)->values);
      std::string_view value = values.next().value_or("");
      const std::string code(ObisText((*line)->id).view());
      if (code == "0-0:1.0.0" || code == "0-1:24.2.1") {
        const auto time = parse_timestamp(value, zone);
        ASSERT_TRUE(time) << value;
        (code == "0-0:1.0.0" ? shown.clock : shown.gas_time) = time->seconds;
        if (code == "0-0:1.0.0") shown.letter = value.back();
        if (code == "0-0:1.0.0") continue;
        value = values.next().value_or("");
      }
      if (const auto number = parse_decimal_prefix(value)) shown.numbers[code] = number->value.mantissa;
    }
  });
  EXPECT_EQ(telegrams, 1) << telegram;
  return shown;
}

const TimeZone cet;

std::int64_t utc(std::string_view text) { return parse_timestamp(text, *TimeZone::parse("UTC0"))->seconds; }

TEST(Emulator, telegram_has_a_crc_and_all_quantities_of_a_three_phase_meter) {
  MeterEmulator meter(EmulatorSettings{}, cet);
  test::Pipeline pipeline(CrcCheck::required);
  pipeline.feed(meter.telegram({utc("20240621 12:00:00"), 0}));
  ASSERT_EQ(pipeline.telegrams().size(), 1U);
  std::vector<std::string> keys;
  for (const auto& row : pipeline.telegrams()[0]) keys.push_back(row.substr(0, row.find('\t')));
  EXPECT_THAT(
      keys, ::testing::UnorderedElementsAre(
                "sum_active_energy_out_t1", "sum_active_energy_out_t2", "sum_active_energy_in_t1",
                "sum_active_energy_in_t2", "momentan_active_effect_out", "momentan_active_effect_in", "voltage_l1",
                "voltage_l2", "voltage_l3", "current_l1", "current_l2", "current_l3", "momentan_active_effect_l1_out",
                "momentan_active_effect_l2_out", "momentan_active_effect_l3_out", "momentan_active_effect_l1_in",
                "momentan_active_effect_l2_in", "momentan_active_effect_l3_in", "gas_1", "power_failures",
                "long_power_failures", "p1_version", "equipment_id", "tariff", "tariff", "mbus_id_1"));
}

TEST(Emulator, begins_with_its_settings) {
  EmulatorSettings settings;
  settings.electricity_offset = {500, 0};  // 500 kWh
  settings.gas_offset = {1'234'567, -3};
  MeterEmulator meter(settings, cet);
  const auto shown = read(meter.telegram({utc("20240621 12:00:00"), 0}), cet);
  EXPECT_EQ(shown.at("1-0:1.8.1"), 500'000);
  EXPECT_EQ(shown.at("1-0:1.8.2"), 0);
  EXPECT_EQ(shown.at("1-0:2.8.1"), 0);
  EXPECT_EQ(shown.at("0-1:24.2.1"), 1'234'567);
}

TEST(Emulator, energy_is_the_integral_of_the_shown_power) {
  for (const std::int64_t interval : {1, 10, 60, 977}) {
    MeterEmulator meter(EmulatorSettings{}, cet);
    const auto begin = utc("20240620 22:00:00");  // midnight in summer
    const auto first = read(meter.telegram({begin, 0}), cet);
    // Wattseconds by direction and tariff since the first telegram; the last digit of a register is 3600 of them.
    std::map<std::string, std::int64_t> energy;
    auto before = first;
    int tariff_changes = 0;
    bool out = false;
    bool in = false;
    const std::int64_t telegrams = (interval == 1 ? 3600 : 86'400) / interval;
    for (std::int64_t n = 1; n <= telegrams; ++n) {
      const auto now = read(meter.telegram({begin + n * interval, 0}), cet);
      const auto tariff = std::to_string(before.at("0-0:96.14.0"));
      energy["1-0:1.8." + tariff] += before.at("1-0:1.7.0") * interval;
      energy["1-0:2.8." + tariff] += before.at("1-0:2.7.0") * interval;
      for (const std::string code : {"1-0:1.8.1", "1-0:1.8.2", "1-0:2.8.1", "1-0:2.8.2"}) {
        const auto difference = (now.at(code) - first.at(code)) * 3600 - energy[code];
        ASSERT_LT(std::abs(difference), 3600) << code << " after " << n << " telegrams of " << interval << " s";
      }
      ASSERT_TRUE(now.at("1-0:1.7.0") == 0 || now.at("1-0:2.7.0") == 0) << "one direction at a time";
      out = out || now.at("1-0:1.7.0") > 0;
      in = in || now.at("1-0:2.7.0") > 0;
      tariff_changes += now.at("0-0:96.14.0") != before.at("0-0:96.14.0") ? 1 : 0;
      before = now;
    }
    if (interval == 1) continue;
    EXPECT_TRUE(out && in) << "both directions in a day";
    EXPECT_EQ(tariff_changes, 2) << "at 7 and at 23 o'clock";
  }
}

TEST(Emulator, total_power_is_the_sum_of_the_phases) {
  MeterEmulator meter(EmulatorSettings{}, cet);
  for (std::int64_t now = utc("20240621 00:00:00"); now < utc("20240622 00:00:00"); now += 600) {
    const auto shown = read(meter.telegram({now, 0}), cet);
    std::int64_t sum = 0;
    for (const std::string phase : {"2", "4", "6"})
      sum += shown.at("1-0:" + phase + "1.7.0") - shown.at("1-0:" + phase + "2.7.0");
    EXPECT_EQ(shown.at("1-0:1.7.0") - shown.at("1-0:2.7.0"), sum) << IsoTime({now, 0}).view();
    for (const std::string code : {"1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0"}) {
      EXPECT_GT(shown.at(code), 2070) << "voltage within 10 % of 230 V";
      EXPECT_LT(shown.at(code), 2530) << "voltage within 10 % of 230 V";
    }
  }
}

TEST(Emulator, the_house_uses_what_the_settings_say) {
  EmulatorSettings settings;
  settings.electricity_increment = {5, -3};  // kWh in 10 s: 1800 W
  MeterEmulator meter(settings, cet);
  const auto begin = utc("20231220 23:00:00");
  double watts = 0;
  int samples = 0;
  for (auto now = begin; now < begin + 86'400; now += 60, ++samples) {
    const auto shown = read(meter.telegram({now, 0}), cet);
    // the roof is on phase 2, the others carry 80 % of the load
    watts += static_cast<double>(shown.at("1-0:21.7.0") + shown.at("1-0:61.7.0"));
  }
  EXPECT_NEAR(watts / samples / 0.8, 1800, 90);
}

TEST(Emulator, stays_plausible_at_the_limits_of_its_settings) {
  EmulatorSettings settings;
  settings.electricity_offset = {999'999'999, -3};
  settings.electricity_increment = {99'999, -3};
  settings.gas_offset = {99'999'999, -3};
  settings.gas_increment = {999'999, -3};
  settings.interval = 1;
  MeterEmulator meter(settings, cet);
  for (std::int64_t second = utc("240621000000"); second < utc("240622000000"); second += 60) {
    const auto shown = read(meter.telegram({second, 0}), cet);
    for (const auto* voltage : {"1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0"}) {
      ASSERT_NEAR(static_cast<double>(shown.at(voltage)), 2300, 230) << "0.1 V";
    }
    ASSERT_LE(shown.at("1-0:1.7.0"), 3 * 17'250) << "W";
  }
}

TEST(Emulator, sun_shines_by_day_only) {
  MeterEmulator meter(EmulatorSettings{}, cet);
  for (auto now = utc("20240620 22:00:00"); now < utc("20240621 22:00:00"); now += 300) {
    const auto shown = read(meter.telegram({now, 0}), cet);
    const auto hour = (now - utc("20240620 22:00:00")) / 3600;
    if (hour < 6 || hour >= 20) {
      EXPECT_EQ(shown.at("1-0:42.7.0"), 0) << "at " << hour;
    }
    if (hour >= 11 && hour < 15) {
      EXPECT_GT(shown.at("1-0:42.7.0"), 0) << "at " << hour;
    }
  }
}

TEST(Emulator, gas_is_read_on_the_full_hour_of_the_local_clock) {
  for (const std::string_view rule : {"CET-1CEST,M3.5.0,M10.5.0/3", "IST-5:30", "NST3:30NDT,M3.2.0,M11.1.0"}) {
    const auto zone = *TimeZone::parse(rule);
    MeterEmulator meter(EmulatorSettings{}, zone);
    std::optional<Shown> before;
    for (auto now = utc("20240330 21:07:00"); now < utc("20240331 06:00:00"); now += 77) {
      const auto shown = read(meter.telegram({now, 0}), zone);
      const auto local = shown.gas_time + zone.offset_at_utc(shown.gas_time);
      ASSERT_EQ(local % 3600, 0) << rule << ": " << IsoTime({shown.gas_time, 0}).view();
      ASSERT_LE(shown.gas_time, now) << rule;
      ASSERT_LT(now - shown.gas_time, 3600) << rule;
      if (before) {
        const auto hours = (shown.gas_time - before->gas_time) / 3600;
        ASSERT_EQ(shown.at("0-1:24.2.1") - before->at("0-1:24.2.1"), hours * 125) << rule << ": 0.125 m3 per hour";
      }
      before = shown;
    }
  }
}

TEST(Emulator, clock_follows_summer_time) {
  struct Case {
    std::string_view utc_time, rule;
    char letter;
  };
  const std::string_view cet_rule = "CET-1CEST,M3.5.0,M10.5.0/3";
  const std::string_view sydney = "AEST-10AEDT,M10.1.0,M4.1.0/3";
  const Case cases[] = {
      {"20240331 00:59:59", cet_rule, 'W'}, {"20240331 01:00:00", cet_rule, 'S'},
      {"20241027 00:59:59", cet_rule, 'S'}, {"20241027 01:00:00", cet_rule, 'W'},
      {"20240115 12:00:00", sydney, 'S'},   {"20240715 12:00:00", sydney, 'W'},
      {"20240715 12:00:00", "<-03>3", 'W'},
  };
  for (const auto& c : cases) {
    const auto zone = *TimeZone::parse(c.rule);
    MeterEmulator meter(EmulatorSettings{}, zone);
    const auto shown = read(meter.telegram({utc(c.utc_time), 0}), zone);
    EXPECT_EQ(shown.letter, c.letter) << c.utc_time << ' ' << c.rule;
    EXPECT_EQ(shown.clock, utc(c.utc_time)) << c.rule;
  }
}

TEST(Emulator, energy_goes_on_through_both_changes_of_the_clock) {
  for (const std::string_view day : {"20240330 22:00:00", "20241026 22:00:00"}) {
    MeterEmulator meter(EmulatorSettings{}, cet);
    std::int64_t clock = 0;
    std::int64_t imported = 0;
    for (auto now = utc(day); now < utc(day) + 8 * 3600; now += 30) {
      const auto shown = read(meter.telegram({now, 0}), cet);
      EXPECT_GT(shown.clock, clock) << "the letter tells the hours that come twice apart";
      const auto total = shown.at("1-0:1.8.1") + shown.at("1-0:1.8.2");
      EXPECT_GE(total, imported);
      clock = shown.clock;
      imported = total;
    }
  }
}

TEST(Emulator, a_clock_that_steps_back_takes_nothing_away) {
  MeterEmulator meter(EmulatorSettings{}, cet);
  const auto noon = utc("20240621 12:00:00");
  read(meter.telegram({noon, 0}), cet);
  const auto before = read(meter.telegram({noon + 3600, 0}), cet);
  const auto after = read(meter.telegram({noon, 0}), cet);
  for (const std::string code : {"1-0:1.8.1", "1-0:1.8.2", "1-0:2.8.1", "1-0:2.8.2"})
    EXPECT_EQ(after.at(code), before.at(code)) << code;
}

}  // namespace
}  // namespace vscp_p1
