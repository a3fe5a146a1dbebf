#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "vscp_p1/result.hpp"

namespace vscp_p1 {

/// OBIS code A-B:C.D.E (IEC 62056-61): medium, channel, quantity, kind of value, tariff.
/// Value group F is not used in P1 telegrams (DSMR 5.0.2 §6.4).
struct Obis {
  std::uint8_t a = 0, b = 0, c = 0, d = 0, e = 0;

  friend constexpr auto operator<=>(const Obis&,
                                    const Obis&) = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14
};

/// An OBIS code read from the start of a text, and how many characters it took.
struct ObisPrefix {
  Obis id;
  std::size_t length;
};

/// Reads the code that `text` begins with; a suffix `*255` or `.255` (value group F) is dropped. A `:` in the place
/// of a `.` is accepted: simulators copied this misprint from the DSMR 4.0 examples. Each number is 0 … 255.
constexpr Result<ObisPrefix> parse_obis_prefix(std::string_view text) noexcept {
  std::size_t pos = 0;
  const auto number = [&](std::uint8_t& result) {
    const std::size_t begin = pos;
    unsigned value = 0;
    for (; pos < text.size() && pos - begin < 4 && text[pos] >= '0' && text[pos] <= '9'; ++pos) {
      value = value * 10 + static_cast<unsigned>(text[pos] - '0');
    }
    result = static_cast<std::uint8_t>(value);
    return pos > begin && value <= 255;
  };
  const auto separator = [&](char first, char second) {
    if (pos == text.size() || (text[pos] != first && text[pos] != second)) return false;
    ++pos;
    return true;
  };
  Obis id;
  std::uint8_t group_f = 0;
  const bool good = number(id.a) && separator('-', '-') && number(id.b) && separator(':', ':') && number(id.c) &&
                    separator('.', ':') && number(id.d) && separator('.', ':') && number(id.e) &&
                    (!separator('*', '.') || number(group_f));
  if (!good) return Errc::bad_obis;
  return ObisPrefix{id, pos};
}

/// The code that is the whole of `text`.
constexpr Result<Obis> parse_obis(std::string_view text) noexcept {
  const auto prefix = parse_obis_prefix(text);
  if (!prefix || prefix->length != text.size()) return Errc::bad_obis;
  return prefix->id;
}

/// "A-B:C.D.E" in at most 19 characters.
class ObisText {
 public:
  explicit ObisText(const Obis& id) noexcept;
  std::string_view view() const noexcept { return {text_.data(), length_}; }

 private:
  std::array<char, 20> text_{};
  std::size_t length_ = 0;
};

inline namespace literals {
/// "1-0:1.8.0"_obis: a wrong code does not compile.
consteval Obis operator""_obis(const char* text, std::size_t length) {
  const auto id = parse_obis({text, length});
  if (!id) throw "not an OBIS code";
  return *id;
}
}  // namespace literals

}  // namespace vscp_p1
