#include "vscp_p1/unit.hpp"

#include <algorithm>

#include "vscp_p1/text.hpp"
#include "vscp_p1/word.hpp"

namespace vscp_p1 {
namespace {

constexpr std::size_t longest_in_word = 7;

// A name of at most 7 characters in a word, as find_unit() takes it.
constexpr std::uint64_t word_of(std::string_view name) noexcept {
  std::uint64_t word = 0;
  for (auto i = name.size(); i-- > 0;) word = word << 8 | static_cast<std::uint8_t>(name[i]);
  return lower_word(word) | static_cast<std::uint64_t>(name.size()) << 56;
}

// The same for the names of wire_units; those that are longer are found by their text only.
constexpr auto unit_words = [] {
  std::array<std::uint64_t, wire_units.size()> words{};
  std::transform(wire_units.begin(), wire_units.end(), words.begin(), [](const WireUnit& unit) {
    return unit.name.size() <= longest_in_word ? word_of(unit.name) : ~std::uint64_t{0};
  });
  return words;
}();

// By dimension: where its units begin, and behind the last one where they end.
constexpr auto first_units = [] {
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

}  // namespace

bool equal_ignoring_case(std::string_view x, std::string_view y) noexcept {
  return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](char a, char b) { return lower(a) == lower(b); });
}

const WireUnit* find_unit(Dimension dimension, std::uint64_t name) noexcept {
  const auto first = first_units[static_cast<std::size_t>(dimension)];
  const auto end = first_units[static_cast<std::size_t>(dimension) + 1];
  for (std::size_t i = first; i < end; ++i) {
    if (unit_words[i] == name || name == 0) return &wire_units[i];
  }
  return nullptr;
}

const WireUnit* find_unit(Dimension dimension, std::string_view name) noexcept {
  if (name.size() <= longest_in_word) return find_unit(dimension, word_of(name));
  for (const auto& unit : wire_units) {
    if (unit.dimension == dimension && equal_ignoring_case(name, unit.name)) return &unit;
  }
  return nullptr;
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
