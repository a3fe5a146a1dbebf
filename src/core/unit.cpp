#include "vscp_p1/unit.hpp"

#include <algorithm>

#include "vscp_p1/text.hpp"

namespace vscp_p1 {
bool equal_ignoring_case(std::string_view x, std::string_view y) noexcept {
  return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                    [](char a, char b) { return a == b || lower(a) == lower(b); });
}

const WireUnit* find_unit(Dimension dimension, std::string_view name) noexcept {
  std::size_t unit = detail::first_units[static_cast<std::size_t>(dimension)];
  const std::size_t end = detail::first_units[static_cast<std::size_t>(dimension) + 1];
  while (unit < end && !name.empty() && !equal_ignoring_case(name, wire_units[unit].name)) ++unit;
  return unit < end ? &wire_units[unit] : nullptr;
}

const WireUnit* find_unit(std::string_view name) noexcept {
  for (const auto& unit : wire_units) {
    if (equal_ignoring_case(name, unit.name)) return &unit;
  }
  return nullptr;
}

// Digits that were added and turn out to be zeros are taken away again.
Decimal quotient(Decimal number, int divisor) noexcept {
  constexpr std::int64_t room = INT64_MAX / 10;
  const auto exponent = number.exponent;
  for (int digits = 0; digits < 9 && number.mantissa < room && number.mantissa > -room; ++digits) {
    number.mantissa *= 10;
    --number.exponent;
  }
  const std::int64_t half = number.mantissa < 0 ? -divisor / 2 : divisor / 2;
  const auto rest = number.mantissa % divisor;
  number.mantissa = number.mantissa / divisor + (rest + half) / divisor;
  while (number.exponent < exponent && number.mantissa % 10 == 0) {
    number.mantissa /= 10;
    ++number.exponent;
  }
  return number;
}

}  // namespace vscp_p1
