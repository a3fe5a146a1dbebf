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

/// Below, at or above 0 as x is less than, equal to or greater than y, by value: 1.0 is 1.00. Exact for all values.
int compare(Decimal x, Decimal y) noexcept;

/// The mean of numbers without a double and without a sum that could overflow: the first one and the deviations
/// from it.
class DecimalMean {
 public:
  void start(const Decimal& first) noexcept {
    first_ = first;
    deviations_ = {0, first.exponent};
    count_ = 1;
    fits_ = true;
  }
  void add(const Decimal& value) noexcept;
  /// Rounded half away from zero, with as many decimals as needed but at most three more than the finest number.
  /// nullopt when the numbers have more digits than that leaves room for.
  std::optional<Decimal> mean() const noexcept;

 private:
  Decimal first_;
  Decimal deviations_;
  std::uint32_t count_ = 1;  // small, since there is one for each quantity of many meters
  bool fits_ = true;
};

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
