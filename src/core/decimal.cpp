#include "vscp_p1/decimal.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "vscp_p1/text_writer.hpp"

namespace vscp_p1 {
namespace {
constexpr std::size_t max_digits = 18;  // what an int64_t holds whatever the digits are
constexpr int max_power = 32;           // keeps the text of any value inside DecimalText

// The lowest number has no counterpart: without it every value can be negated.
bool is_negatable(const Decimal& value) noexcept { return value.mantissa != INT64_MIN; }
}  // namespace

Result<DecimalPrefix> parse_decimal_prefix(std::string_view text) noexcept {
  const char* at = text.data();
  const char* const end = at + text.size();
  const bool negative = at != end && *at == '-';
  if (at != end && (*at == '-' || *at == '+')) ++at;
  const char* const begin = at;

  std::uint64_t mantissa = 0;  // of as many digits as there are, so that it may wrap
  const auto read_digits = [&] {
    const char* const first = at;
    for (; at != end && *at >= '0' && *at <= '9'; ++at) mantissa = mantissa * 10 + static_cast<unsigned>(*at - '0');
    return static_cast<std::size_t>(at - first);
  };
  auto digits = read_digits();
  std::size_t decimals = 0;
  if (digits == 0) return Errc::bad_number;
  if (at != end && *at == '.') {
    ++at;
    decimals = read_digits();
    if (decimals == 0) return Errc::bad_number;
    digits += decimals;
  }
  if (digits > max_digits) {  // of these, those that count
    digits -= static_cast<std::size_t>(
        std::count(begin, std::find_if(begin, at, [](char c) { return c != '0' && c != '.'; }), '0'));
  }
  if (digits > max_digits || decimals > max_digits) return Errc::bad_number;
  const auto value = static_cast<std::int64_t>(mantissa);
  return DecimalPrefix{{negative ? -value : value, static_cast<std::int8_t>(-static_cast<int>(decimals))},
                       static_cast<std::size_t>(at - text.data())};
}

std::optional<Decimal> product(const Decimal& x, const Decimal& y) noexcept {
  const int exponent = x.exponent + y.exponent;
  Decimal result;
  if (__builtin_mul_overflow(x.mantissa, y.mantissa, &result.mantissa)) return std::nullopt;
  if (exponent < -max_power || exponent > max_power) return std::nullopt;
  result.exponent = static_cast<std::int8_t>(exponent);
  return is_negatable(result) ? std::optional(result) : std::nullopt;
}

std::optional<Decimal> sum(Decimal x, Decimal y) noexcept {
  if (x.exponent < y.exponent) std::swap(x, y);
  for (; x.exponent > y.exponent; --x.exponent) {
    if (__builtin_mul_overflow(x.mantissa, 10, &x.mantissa)) return std::nullopt;
  }
  if (__builtin_add_overflow(x.mantissa, y.mantissa, &x.mantissa)) return std::nullopt;
  return is_negatable(x) ? std::optional(x) : std::nullopt;
}

int compare(Decimal x, Decimal y) noexcept {
  if (x.exponent < y.exponent) return -compare(y, x);
  const int sign = x.mantissa < 0 ? -1 : 1;
  for (; x.exponent > y.exponent; --x.exponent) {
    // What does not fit with the other's decimals is beyond any mantissa.
    if (__builtin_mul_overflow(x.mantissa, 10, &x.mantissa)) return sign;
  }
  return x.mantissa < y.mantissa ? -1 : x.mantissa > y.mantissa ? 1 : 0;
}

void DecimalMean::add(const Decimal& value) noexcept {
  const auto deviation = difference(value, first_);
  const auto total = deviation ? sum(deviations_, *deviation) : std::nullopt;
  fits_ = fits_ && total;
  if (total) deviations_ = *total;
  ++count_;
}

std::optional<Decimal> DecimalMean::mean() const noexcept {
  constexpr int more_decimals = 3;
  const auto total = product(deviations_, {1000, 0});
  if (!fits_ || !total) return std::nullopt;
  const std::int64_t count = count_;
  auto quotient = total->mantissa / count;
  auto rest = total->mantissa % count;
  if (rest < 0) {
    --quotient;
    rest += count;
  }
  auto mean = sum(first_, {quotient, static_cast<std::int8_t>(deviations_.exponent - more_decimals)});
  if (!mean) return std::nullopt;
  // It is the largest number of so many decimals that is not above the mean; `rest` is missing.
  const bool rounds_up = mean->mantissa < 0 ? rest > count - rest : rest >= count - rest;
  if (rounds_up) mean = sum(*mean, {1, mean->exponent});
  while (mean && mean->exponent < deviations_.exponent && mean->mantissa % 10 == 0) {
    mean->mantissa /= 10;
    ++mean->exponent;
  }
  return mean;
}

// From its end: two digits at a time.
DecimalText::DecimalText(const Decimal& value) noexcept : begin_(text_.size()) {
  const bool negative = value.mantissa < 0;
  auto rest = negative ? 0 - static_cast<std::uint64_t>(value.mantissa) : static_cast<std::uint64_t>(value.mantissa);
  const auto put = [this](char c) { text_[--begin_] = c; };
  const auto put_digit = [&] {
    put(static_cast<char>('0' + rest % 10));
    rest /= 10;
  };
  const auto put_pair = [&] {
    begin_ -= 2;
    std::memcpy(text_.data() + begin_, decimal_pairs[static_cast<std::size_t>(rest % 100)].data(), 2);
    rest /= 100;
  };
  const int exponent = std::clamp(int{value.exponent}, -max_power, max_power);
  if (rest != 0) {
    for (int zeros = exponent; zeros > 0; --zeros) put('0');
  }
  if (exponent < 0) {
    int decimals = -exponent;
    for (; decimals >= 2; decimals -= 2) put_pair();
    if (decimals == 1) put_digit();
    put('.');
  }
  while (rest >= 100) put_pair();
  rest >= 10 ? put_pair() : put_digit();
  if (negative) put('-');
}

}  // namespace vscp_p1
