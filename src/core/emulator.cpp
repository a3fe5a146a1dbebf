#include "vscp_p1/emulator.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>

#include "vscp_p1/crc16.hpp"

namespace vscp_p1 {
namespace {

constexpr std::int64_t hour = 3600;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t watt_seconds_per_watt_hour = 3600;

// value × 10^decimals as an integer; what is finer is cut off.
std::int64_t to_units(const Decimal& value, int decimals) noexcept {
  std::int64_t units = value.mantissa;
  for (int power = value.exponent + decimals; power > 0; --power) units *= 10;
  for (int power = value.exponent + decimals; power < 0; ++power) units /= 10;
  return units;
}

// A fixed-width number of the meter: `units` / 10^decimals with leading zeros. Registers roll over.
void append_fixed(std::string& out, std::int64_t units, std::size_t width, std::size_t decimals) {
  const auto wanted = width - (decimals > 0 ? 1 : 0);
  std::int64_t rollover = 1;
  for (std::size_t digit = 0; digit < wanted; ++digit) rollover *= 10;
  std::string digits = std::to_string(units % rollover);
  if (digits.size() < wanted) digits.insert(0, wanted - digits.size(), '0');
  if (decimals > 0) digits.insert(digits.size() - decimals, 1, '.');
  out += digits;
}

void append_value(std::string& out, std::string_view obis, std::int64_t units, std::size_t width,
                  std::size_t decimals, std::string_view unit) {
  out += obis;
  out += '(';
  append_fixed(out, units, width, decimals);
  out += unit;
  out += ")\r\n";
}

// −1 … 1, the same for the same second: appliances that switch, without a random generator to carry along.
double flicker(std::int64_t second, std::uint64_t salt) noexcept {
  std::uint64_t x = (static_cast<std::uint64_t>(second) / 60 + salt) * 0x9E3779B97F4A7C15;
  x ^= x >> 32;
  x *= 0xD6E8FEB86659FD93;
  x ^= x >> 32;
  return static_cast<double>(x % 2001) / 1000.0 - 1.0;
}

double bump(double hour_of_day, double centre, double width) noexcept {
  const double distance = (hour_of_day - centre) / width;
  return std::exp(-distance * distance);
}

// Share of the mean load at an hour of the day: breakfast, dinner, quiet nights; its own mean over a day is 1.
double load_shape(double hour_of_day) noexcept {
  constexpr double base = 0.55;
  constexpr double mean_of_bumps = (0.9 * 1.2 + 1.6 * 2.2) * 1.772453850905516 / 24;  // √π × height × width
  const double shape = base + 0.9 * bump(hour_of_day, 7.5, 1.2) + 1.6 * bump(hour_of_day, 18.5, 2.2);
  return shape / (base + mean_of_bumps);
}

// Share of the roof's peak power: up between 6 and 20 o'clock.
double solar_shape(double hour_of_day) noexcept {
  if (hour_of_day < 6 || hour_of_day > 20) return 0;
  return std::sin((hour_of_day - 6) / 14 * std::numbers::pi);
}

}  // namespace

MeterEmulator::MeterEmulator(const EmulatorSettings& settings, const TimeZone& zone)
    : settings_(settings),
      zone_(zone),
      imported_{to_units(settings.electricity_offset, 3) * watt_seconds_per_watt_hour, 0},
      mean_load_(to_units(settings.electricity_increment, 6) * watt_seconds_per_watt_hour / 1000 /
                 static_cast<std::int64_t>(settings.interval)) {}

std::string_view MeterEmulator::telegram(UtcTime now) {
  advance(now);
  show_power(now);
  text_ = "/EMU5\\vscp-p1d\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(";
  append_clock(now);
  text_ += ")\r\n0-0:96.1.1(56534350303030303030303030303031)\r\n";
  append_registers();
  append_phases();
  append_gas(now);
  text_ += '!';
  constexpr std::string_view hex = "0123456789ABCDEF";
  const unsigned crc = crc16_arc(text_);
  for (const int shift : {12, 8, 4, 0}) text_ += hex[crc >> shift & 0xF];
  text_ += "\r\n";
  return text_;
}

// What was shown holds until now.
void MeterEmulator::advance(UtcTime now) {
  if (shown_ == 0) begun_ = shown_ = now.seconds;
  std::int64_t power = 0;
  for (const auto& phase : phases_) power += phase.power;
  const auto energy = std::abs(power) * std::max<std::int64_t>(now.seconds - shown_, 0);
  (power < 0 ? exported_ : imported_)[tariff_] += energy;
  shown_ = now.seconds;
}

void MeterEmulator::show_power(UtcTime now) {
  constexpr double most_power = 17'250;                     // W per phase: a main fuse of 75 A
  constexpr double roof_peak = 3500;                        // W, on phase 2
  constexpr std::array<double, 3> share = {0.5, 0.2, 0.3};  // of the load
  const std::int64_t second_of_day = local(now) % day;
  const double hour_of_day = static_cast<double>(second_of_day) / static_cast<double>(hour);
  const double load = static_cast<double>(mean_load_) * load_shape(hour_of_day);
  for (std::size_t i = 0; i < share.size(); ++i) {
    double power = load * share[i] * (1 + 0.2 * flicker(now.seconds, 3 * i));
    if (i == 1) power -= roof_peak * solar_shape(hour_of_day) * (0.9 + 0.1 * flicker(now.seconds, 100));
    power = std::clamp(power, -most_power, most_power);
    phases_[i].power = std::llround(power);
    phases_[i].voltage = std::llround(2300 - power / 200 + 10 * flicker(now.seconds, 200 + i));
  }
  const bool night = hour_of_day < 7 || hour_of_day >= 23;
  tariff_ = night ? 0 : 1;  // Dutch numbering: tariff 1 is the low one
}

void MeterEmulator::append_clock(UtcTime now) {
  const auto offset = zone_.offset_at_utc(now.seconds);
  const IsoTime iso({now.seconds + offset, 0});
  for (const std::size_t position : {2U, 5U, 8U, 11U, 14U, 17U}) text_ += iso.view().substr(position, 2);
  text_ += offset == zone_.standard_offset() ? 'W' : 'S';
}

void MeterEmulator::append_registers() {
  constexpr std::string_view kwh = "*kWh";
  const auto wh = [](std::int64_t watt_seconds) { return watt_seconds / watt_seconds_per_watt_hour; };
  append_value(text_, "1-0:1.8.1", wh(imported_[0]), 10, 3, kwh);
  append_value(text_, "1-0:1.8.2", wh(imported_[1]), 10, 3, kwh);
  append_value(text_, "1-0:2.8.1", wh(exported_[0]), 10, 3, kwh);
  append_value(text_, "1-0:2.8.2", wh(exported_[1]), 10, 3, kwh);
  append_value(text_, "0-0:96.14.0", static_cast<std::int64_t>(tariff_) + 1, 4, 0, "");
  std::int64_t power = 0;
  for (const auto& phase : phases_) power += phase.power;
  append_value(text_, "1-0:1.7.0", std::max<std::int64_t>(power, 0), 6, 3, "*kW");
  append_value(text_, "1-0:2.7.0", std::max<std::int64_t>(-power, 0), 6, 3, "*kW");
  text_ += "0-0:96.7.21(00002)\r\n0-0:96.7.9(00001)\r\n1-0:99.97.0(0)(0-0:96.7.19)\r\n0-0:96.13.0()\r\n";
}

void MeterEmulator::append_phases() {
  constexpr std::array<std::string_view, 3> voltage = {"1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0"};
  constexpr std::array<std::string_view, 3> current = {"1-0:31.7.0", "1-0:51.7.0", "1-0:71.7.0"};
  constexpr std::array<std::string_view, 3> out = {"1-0:21.7.0", "1-0:41.7.0", "1-0:61.7.0"};
  constexpr std::array<std::string_view, 3> in = {"1-0:22.7.0", "1-0:42.7.0", "1-0:62.7.0"};
  for (std::size_t i = 0; i < 3; ++i) append_value(text_, voltage[i], phases_[i].voltage, 5, 1, "*V");
  for (std::size_t i = 0; i < 3; ++i) {
    const auto amperes = (std::abs(phases_[i].power) * 10 + phases_[i].voltage / 2) / phases_[i].voltage;
    append_value(text_, current[i], amperes, 3, 0, "*A");
  }
  for (std::size_t i = 0; i < 3; ++i) {
    append_value(text_, out[i], std::max<std::int64_t>(phases_[i].power, 0), 6, 3, "*kW");
  }
  for (std::size_t i = 0; i < 3; ++i) {
    append_value(text_, in[i], std::max<std::int64_t>(-phases_[i].power, 0), 6, 3, "*kW");
  }
}

// The gas meter is read on the full interval of local standard time, which never jumps; its reading keeps that time
// until the next.
void MeterEmulator::append_gas(UtcTime now) {
  const auto interval = static_cast<std::int64_t>(settings_.interval_gas);
  const auto full_interval = [&](std::int64_t moment) { return (moment + zone_.standard_offset()) / interval; };
  const auto readings = full_interval(now.seconds) - full_interval(begun_);
  const auto volume = to_units(settings_.gas_offset, 3) + readings * to_units(settings_.gas_increment, 3);
  text_ += "0-1:24.1.0(003)\r\n0-1:96.1.0(4730303030303030303030303030303031)\r\n0-1:24.2.1(";
  append_clock({full_interval(now.seconds) * interval - zone_.standard_offset(), 0});
  text_ += ")(";
  append_fixed(text_, volume, 9, 3);
  text_ += "*m3)\r\n";
}

}  // namespace vscp_p1
