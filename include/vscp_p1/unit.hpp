#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "vscp_p1/decimal.hpp"
#include "vscp_p1/word.hpp"

namespace vscp_p1 {

/// What is measured. It decides the units a meter may send and what VSCP makes of them.
enum class Dimension : std::uint8_t {
  none,  // a text or a state, no measurement
  active_energy,
  reactive_energy,
  apparent_energy,
  active_power,
  reactive_power,
  apparent_power,
  voltage,
  current,
  frequency,
  power_factor,
  volume,
  thermal_energy,
  flow,
  temperature,
  duration,
  count,
  ratio,
  limit,  // of power or current, as the unit says
};

/// A unit as meters spell it, in lower case, and what makes a VSCP value of it: × 10^power ÷ divisor in unit `code`
/// of the VSCP measurement `type`, the same number in classes 10, 1040 and 1060. The first of a dimension is the one
/// meant when the meter sends none.
struct WireUnit {
  Dimension dimension;
  std::string_view name;
  int power;
  std::uint16_t type;
  std::uint8_t code;
  std::string_view vscp_name;
  int divisor = 1;
};

inline constexpr auto wire_units = std::to_array<WireUnit>({
    {Dimension::active_energy, "kwh", 0, 13, 1, "kWh"},
    {Dimension::active_energy, "wh", 0, 13, 2, "Wh"},
    {Dimension::active_energy, "mwh", 3, 13, 1, "kWh"},
    {Dimension::reactive_energy, "kvarh", 0, 65, 0, "kvarh"},
    {Dimension::reactive_energy, "varh", -3, 65, 0, "kvarh"},
    {Dimension::reactive_energy, "mvarh", 3, 65, 0, "kvarh"},
    {Dimension::apparent_energy, "kvah", 3, 0, 0, "VAh"},
    {Dimension::apparent_energy, "vah", 0, 0, 0, "VAh"},
    {Dimension::apparent_energy, "mvah", 6, 0, 0, "VAh"},
    {Dimension::active_power, "kw", 3, 14, 0, "W"},
    {Dimension::active_power, "w", 0, 14, 0, "W"},
    {Dimension::active_power, "mw", 6, 14, 0, "W"},
    {Dimension::reactive_power, "kvar", 3, 64, 0, "var"},
    {Dimension::reactive_power, "var", 0, 64, 0, "var"},
    {Dimension::reactive_power, "mvar", 6, 64, 0, "var"},
    {Dimension::apparent_power, "kva", 3, 0, 0, "VA"},
    {Dimension::apparent_power, "va", 0, 0, 0, "VA"},
    {Dimension::apparent_power, "mva", 6, 0, 0, "VA"},
    {Dimension::voltage, "v", 0, 16, 0, "V"},
    {Dimension::voltage, "kv", 3, 16, 0, "V"},
    {Dimension::voltage, "mv", -3, 16, 0, "V"},
    {Dimension::current, "a", 0, 5, 0, "A"},
    {Dimension::current, "ka", 3, 5, 0, "A"},
    {Dimension::current, "ma", -3, 5, 0, "A"},
    {Dimension::frequency, "hz", 0, 9, 0, "Hz"},
    {Dimension::frequency, "khz", 3, 9, 0, "Hz"},
    {Dimension::power_factor, "", 0, 63, 0, "cos phi"},
    {Dimension::volume, "m3", 0, 28, 0, "m3"},
    {Dimension::volume, "dm3", -3, 28, 0, "m3"},
    {Dimension::volume, "l", -3, 28, 0, "m3"},
    {Dimension::thermal_energy, "gj", 9, 13, 0, "J"},
    {Dimension::thermal_energy, "mj", 6, 13, 0, "J"},
    {Dimension::thermal_energy, "kj", 3, 13, 0, "J"},
    {Dimension::thermal_energy, "j", 0, 13, 0, "J"},
    {Dimension::thermal_energy, "kwh", 0, 13, 1, "kWh"},
    {Dimension::thermal_energy, "mwh", 3, 13, 1, "kWh"},
    {Dimension::thermal_energy, "wh", 0, 13, 2, "Wh"},
    {Dimension::flow, "m3/h", 0, 36, 0, "m3/s", 3600},
    {Dimension::flow, "l/h", -3, 36, 0, "m3/s", 3600},
    {Dimension::flow, "dm3/h", -3, 36, 0, "m3/s", 3600},
    {Dimension::flow, "m3/s", 0, 36, 0, "m3/s"},
    {Dimension::flow, "l/s", 0, 36, 1, "l/s"},
    {Dimension::temperature, "c", 0, 6, 1, "degC"},
    {Dimension::temperature,
     "\xC2\xB0"
     "c",
     0, 6, 1, "degC"},  // UTF-8
    {Dimension::temperature,
     "\xB0"
     "c",
     0, 6, 1, "degC"},  // Latin-1
    {Dimension::temperature, "degc", 0, 6, 1, "degC"},
    {Dimension::temperature, "k", 0, 6, 0, "K"},
    {Dimension::duration, "s", 0, 4, 0, "s"},
    {Dimension::count, "", 0, 1, 0, ""},
    {Dimension::ratio, "", 0, 0, 0, ""},
    {Dimension::ratio, "imp/kwh", 0, 0, 0, ""},
    {Dimension::ratio, "imp/kvarh", 0, 0, 0, ""},
    {Dimension::limit, "w", 0, 14, 0, "W"},  // first: Elgama sends watts without a unit
    {Dimension::limit, "kw", 3, 14, 0, "W"},
    {Dimension::limit, "mw", 6, 14, 0, "W"},
    {Dimension::limit, "a", 0, 5, 0, "A"},
    {Dimension::limit, "ka", 3, 5, 0, "A"},
    {Dimension::limit, "ma", -3, 5, 0, "A"},
    {Dimension::limit, "va", 0, 0, 0, "VA"},
    {Dimension::limit, "kva", 3, 0, 0, "VA"},
});

/// A name of at most 7 characters and the bracket behind it, in whatever case the letters are.
constexpr std::uint64_t unit_word(std::uint64_t word, std::uint64_t bracket_mark) noexcept {
  return up_to_mark(word, bracket_mark) | every_byte(0x20);
}

namespace detail {

// Those of the names that have letters only. 0: another one.
inline constexpr auto unit_words = [] {
  std::array<std::uint64_t, wire_units.size()> words{};
  std::transform(wire_units.begin(), wire_units.end(), words.begin(), [](const WireUnit& unit) {
    std::uint64_t word = 0;
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    if (unit.name.empty() || !std::all_of(unit.name.begin(), unit.name.end(), is_letter)) return word;
    word = ')';
    for (auto i = unit.name.size(); i > 0; --i) word = word << 8 | static_cast<std::uint64_t>(unit.name[i - 1]);
    return word | every_byte(0x20);
  });
  return words;
}();

// By dimension: where its units begin, and behind the last one where they end.
inline constexpr auto first_units = [] {
  std::array<std::uint8_t, static_cast<std::size_t>(wire_units.back().dimension) + 2> first{};
  for (std::size_t dimension = 0; dimension < first.size(); ++dimension) {
    first[dimension] = static_cast<std::uint8_t>(std::count_if(wire_units.begin(), wire_units.end(), [&](auto& unit) {
      return static_cast<std::size_t>(unit.dimension) < dimension;
    }));
  }
  return first;
}();
static_assert(std::is_sorted(wire_units.begin(), wire_units.end(),
                             [](const auto& x, const auto& y) { return x.dimension < y.dimension; }));

}  // namespace detail

/// The unit spelled `name` in any case among those of `dimension`; an empty name is the dimension's first.
/// nullptr when the quantity has no such unit.
const WireUnit* find_unit(Dimension dimension, std::string_view name) noexcept;

/// The same by the unit_word() of the name, or 0 for an empty one; nullptr also for a name that has not only letters.
inline const WireUnit* find_unit(Dimension dimension, std::uint64_t word) noexcept {
  std::size_t unit = detail::first_units[static_cast<std::size_t>(dimension)];
  const std::size_t end = detail::first_units[static_cast<std::size_t>(dimension) + 1];
  if (word != 0) {
    while (unit < end && detail::unit_words[unit] != word) ++unit;
  }
  return unit < end ? &wire_units[unit] : nullptr;
}

/// The unit spelled `name` in any case, of the first dimension that has it.
const WireUnit* find_unit(std::string_view name) noexcept;

/// Rounded half away from zero behind nine more digits, if the mantissa has room for them.
Decimal quotient(Decimal number, int divisor) noexcept;

/// A meter's number in the VSCP unit: exact, but for flow per hour.
inline Decimal converted(const Decimal& number, const WireUnit& unit) noexcept {
  return (unit.divisor == 1 ? number : quotient(number, unit.divisor)).scaled(unit.power);
}

bool equal_ignoring_case(std::string_view x, std::string_view y) noexcept;

}  // namespace vscp_p1
