#include "vscp_p1/unit.hpp"

#include <algorithm>

#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

// Rounded half away from zero. As many digits are added as the mantissa has room for, nine at most, and those that
// turn out to be zeros are taken away again.
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

}  // namespace

bool equal_ignoring_case(std::string_view x, std::string_view y) noexcept {
  return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](char a, char b) { return lower(a) == lower(b); });
}

const WireUnit* find_unit(Dimension dimension, std::string_view name) noexcept {
  for (const auto& unit : wire_units) {
    if (unit.dimension == dimension && (name.empty() || equal_ignoring_case(name, unit.name))) return &unit;
  }
  return nullptr;
}

const WireUnit* find_unit(std::string_view name) noexcept {
  for (const auto& unit : wire_units) {
    if (equal_ignoring_case(name, unit.name)) return &unit;
  }
  return nullptr;
}

Decimal converted(Decimal number, const WireUnit& unit) noexcept {
  return (unit.divisor == 1 ? number : quotient(number, unit.divisor)).scaled(unit.power);
}

}  // namespace vscp_p1
