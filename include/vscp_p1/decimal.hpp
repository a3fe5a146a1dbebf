#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "vscp_p1/result.hpp"

namespace vscp_p1 {

/// mantissa × 10^exponent, exactly as many decimals as the meter sent: 001234.567 is {1234567, -3}.
/// A change of unit by a power of ten changes the exponent only; no double is involved.
struct Decimal {
  std::int64_t mantissa = 0;
  std::int8_t exponent = 0;

  constexpr Decimal scaled(int power_of_ten) const noexcept {
    return {mantissa, static_cast<std::int8_t>(exponent + power_of_ten)};
  }
  friend constexpr bool operator==(const Decimal&, const Decimal&) = default;
};

/// Exact; nullopt when the mantissa does not fit, or its negative would not.
std::optional<Decimal> product(const Decimal& x, const Decimal& y) noexcept;
std::optional<Decimal> sum(Decimal x, Decimal y) noexcept;
inline std::optional<Decimal> difference(const Decimal& x, const Decimal& y) noexcept {
  return sum(x, {-y.mantissa, y.exponent});
}

/// A number that a text begins with, and how many characters it took.
struct DecimalPrefix {
  Decimal value;
  std::size_t length;
};

/// [sign] digits [. digits]; more than 18 significant digits or 18 decimals are bad_number, never a wrapped value.
Result<DecimalPrefix> parse_decimal_prefix(std::string_view text) noexcept;

/// Decimal digits with `.`, independent of the locale; a zero has no sign. Lifetime: of this object.
class DecimalText {
 public:
  explicit DecimalText(const Decimal& value) noexcept;
  std::string_view view() const noexcept { return {text_.data() + begin_, text_.size() - begin_}; }

 private:
  std::array<char, 64> text_{};
  std::size_t begin_;
};

}  // namespace vscp_p1
