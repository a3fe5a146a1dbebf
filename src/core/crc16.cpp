#include "vscp_p1/crc16.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace vscp_p1 {
namespace {

constexpr std::size_t block_units = 15;
using ArcTables = std::array<std::array<std::uint16_t, 256>, block_units>;

// tables[k][b] is the CRC of byte b followed by k zero bytes.
constexpr ArcTables arc_tables = [] {
  ArcTables tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    unsigned crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? crc >> 1 ^ 0xA001U : crc >> 1;
    tables[0][byte] = static_cast<std::uint16_t>(crc);
  }
  for (std::size_t zeros = 1; zeros < tables.size(); ++zeros) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const unsigned shorter = tables[zeros - 1][byte];
      tables[zeros][byte] = static_cast<std::uint16_t>(shorter >> 8 ^ tables[0][shorter & 0xFFU]);
    }
  }
  return tables;
}();

// P(x) = x16+x15+x2+1 = (x+1) T(x) with T(x) = x15+x+1, and squaring over GF(2) gives T(x)^128 = T(x^128): modulo T a
// unit of 128 bits is worth the same as itself added to the units 14 and 15 places behind it, bit by bit and whatever
// the order of bytes. So it is with T^64, T^32, T^16 and T^8 for units of 8, 4, 2 and 1 bytes.
using Vector = std::uint64_t __attribute__((vector_size(16)));  // what most processors work on at once
constexpr std::size_t block_size = block_units * sizeof(Vector);

template <class Unit>
Unit unit_at(const char* text) noexcept {
  Unit unit;
  std::memcpy(&unit, text, sizeof unit);
  return unit;
}

template <class Unit>
void put(char* text, Unit unit) noexcept {
  std::memcpy(text, &unit, sizeof unit);
}

// Moves the units of a block to those of the block behind it, so that it is worth both. The last one is moved when
// the first one has come to it. `behind` may begin within the block: what is overwritten of it was read before.
template <class Unit>
void move_on(char* block, const char* behind) noexcept {
  constexpr std::size_t last = (block_units - 1) * sizeof(Unit);
  const auto moved = static_cast<Unit>(unit_at<Unit>(block + last) ^ unit_at<Unit>(block));
  const auto result = static_cast<Unit>(moved ^ unit_at<Unit>(behind + last));
  put(block + last, moved);
  for (std::size_t i = 0; i < last; i += sizeof(Vector)) {
    put(block + i,
        unit_at<Vector>(block + i) ^ unit_at<Vector>(block + i + sizeof(Unit)) ^ unit_at<Vector>(behind + i));
  }
  put(block + last, result);
}

Vector sum_of(const char* block) noexcept {
  Vector sum{};
  for (std::size_t i = 0; i < block_size; i += sizeof sum) sum ^= unit_at<Vector>(block + i);
  return sum;
}

}  // namespace

// Modulo T the bytes become 15 that are worth the same; modulo x+1 they are worth their parity. Of the two numbers of
// 16 bits that are the same modulo T it is the one with this parity.
std::uint16_t crc16_arc(std::string_view bytes) noexcept {
  alignas(Vector) std::array<char, block_size> block;
  const auto first = bytes.size() % block_size;
  std::copy_n(bytes.data(), first, std::fill_n(block.data(), block_size - first, '\0'));  // zeros change nothing
  auto sum = sum_of(block.data());
  for (bytes.remove_prefix(first); !bytes.empty(); bytes.remove_prefix(block_size)) {
    move_on<Vector>(block.data(), bytes.data());
    sum ^= sum_of(bytes.data());
  }
  move_on<std::uint64_t>(block.data(), &block[block_size / 2]);
  move_on<std::uint32_t>(block.data(), &block[block_size / 4]);
  move_on<std::uint16_t>(block.data(), &block[block_size / 8]);
  move_on<std::uint8_t>(block.data(), &block[block_size / 16]);
  unsigned crc = 0;
  for (std::size_t i = 0; i < block_units; ++i) {
    crc ^= arc_tables[block_units - 1 - i][static_cast<std::uint8_t>(block[i])];
  }
  constexpr unsigned reflected_t = 0xC001;
  const bool has_other_parity = __builtin_parityll(sum[0] ^ sum[1] ^ crc) != 0;
  return static_cast<std::uint16_t>(has_other_parity ? crc ^ reflected_t : crc);
}

std::uint16_t crc16_x25(std::string_view bytes) noexcept {
  unsigned crc = 0xFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? (crc >> 1) ^ 0x8408U : crc >> 1;
  }
  return static_cast<std::uint16_t>(~crc);
}

std::uint16_t crc16_ccitt_false(std::span<const std::uint8_t> bytes) noexcept {
  static constexpr auto table = [] {
    std::array<std::uint16_t, 256> result{};
    for (unsigned byte = 0; byte < result.size(); ++byte) {
      unsigned crc = byte << 8;
      for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000U) != 0 ? (crc << 1) ^ 0x1021U : crc << 1;
      result[byte] = static_cast<std::uint16_t>(crc);
    }
    return result;
  }();
  unsigned crc = 0xFFFF;
  for (const std::uint8_t byte : bytes) crc = (crc << 8 & 0xFFFFU) ^ table[crc >> 8 ^ byte];
  return static_cast<std::uint16_t>(crc);
}

}  // namespace vscp_p1
