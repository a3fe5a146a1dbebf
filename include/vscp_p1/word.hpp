#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace vscp_p1 {

/// Eight characters in one number, to work on all of them at once. The first is the lowest byte on every machine.
inline std::uint64_t word_at(const char* eight) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

constexpr std::uint64_t every_byte(std::uint8_t byte) noexcept { return std::uint64_t{0x0101'0101'0101'0101} * byte; }

/// Bit 7 of the first byte that is `c`, and perhaps of some behind it; bytes that are no ASCII are marked as well.
constexpr std::uint64_t marks_of(std::uint64_t word, char c) noexcept {
  return ((word ^ every_byte(static_cast<std::uint8_t>(c))) - every_byte(1)) & every_byte(0x80);
}

/// Characters as the digits that they are; what is no digit becomes more than 9.
constexpr std::uint64_t digits_of(std::uint64_t word) noexcept { return word ^ every_byte('0'); }

/// Bit 7 of the first byte that is more than 9, and of some behind it.
constexpr std::uint64_t marks_above_nine(std::uint64_t digits) noexcept {
  return ((digits + every_byte(0x76)) | digits) & every_byte(0x80);
}

/// How many bits the bytes in front of the first mark have; 64 without one.
constexpr unsigned bits_before(std::uint64_t marks) noexcept {
  return static_cast<unsigned>(std::countr_zero(marks)) & ~7U;
}

/// The bytes up to the first of at least one mark, and the marked one.
constexpr std::uint64_t up_to_mark(std::uint64_t word, std::uint64_t marks) noexcept {
  return word & (marks ^ (marks - 1));
}

/// The first bytes moved to the end, behind zeros; 8 … 64 bits of them.
constexpr std::uint64_t first_bits_last(std::uint64_t word, unsigned bits) noexcept {
  return word << (64 - bits) % 64;
}

/// Digits two by two, the first of the two counting ten, in units of 16 bits.
constexpr std::uint64_t pairs_of_digits(std::uint64_t digits) noexcept {
  return digits * 2561 >> 8 & 0x00FF'00FF'00FF'00FF;
}

/// The number that eight digits are.
constexpr std::uint32_t number_of_digits(std::uint64_t digits) noexcept {
  const auto fours = pairs_of_digits(digits) * 6553601 >> 16 & 0x0000'FFFF'0000'FFFF;
  return static_cast<std::uint32_t>(fours * 42949672960001 >> 32);
}

}  // namespace vscp_p1
