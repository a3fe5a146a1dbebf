#include "vscp_p1/crc16.hpp"

#include <array>
#include <cstddef>
#include <cstring>

namespace vscp_p1 {
namespace {

constexpr std::size_t slices = 8;
using SliceTables = std::array<std::array<std::uint16_t, 256>, slices>;

// tables[k][b] is the CRC of byte b followed by k zero bytes: eight bytes are folded in with eight look-ups.
constexpr SliceTables arc_tables = [] {
  SliceTables tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    unsigned crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? (crc >> 1) ^ 0xA001U : crc >> 1;
    tables[0][byte] = static_cast<std::uint16_t>(crc);
  }
  for (std::size_t slice = 1; slice < slices; ++slice) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const unsigned previous = tables[slice - 1][byte];
      tables[slice][byte] = static_cast<std::uint16_t>((previous >> 8) ^ tables[0][previous & 0xFFU]);
    }
  }
  return tables;
}();

// The CRC of `bytes` behind others whose CRC is `crc`.
unsigned arc_by_eight(unsigned crc, std::string_view bytes) noexcept {
  const auto at = [&bytes](std::size_t index) { return static_cast<std::uint8_t>(bytes[index]); };
  while (bytes.size() >= slices) {
    const auto& t = arc_tables;
    crc = static_cast<unsigned>(t[7][(at(0) ^ crc) & 0xFFU] ^ t[6][(at(1) ^ (crc >> 8)) & 0xFFU] ^ t[5][at(2)] ^
                                t[4][at(3)] ^ t[3][at(4)] ^ t[2][at(5)] ^ t[1][at(6)] ^ t[0][at(7)]);
    bytes.remove_prefix(slices);
  }
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ arc_tables[0][(crc ^ static_cast<std::uint8_t>(byte)) & 0xFFU];
  }
  return crc;
}

constexpr std::size_t block_words = 16;
using Block = std::array<std::uint64_t, block_words>;

std::uint64_t word_of(std::string_view bytes, std::size_t index) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, &bytes[index * sizeof word], sizeof word);
  return word;
}

}  // namespace

// P(x) = x16+x15+x2+1 and squaring over GF(2) give P(x)^64 = P(x^64): a word of 64 bits is worth the same as itself
// added to the words 1, 14 and 16 places behind it, bit by bit and whatever the order of bytes. So whole words are
// moved on until 16 are left, without any table.
std::uint16_t crc16_arc(std::string_view bytes) noexcept {
  Block moved{};  // what the words of the last block had become when they were moved
  while (bytes.size() >= 2 * sizeof(Block)) {
    auto previous = moved.back();
    for (std::size_t i = 0; i < block_words; ++i) {
      previous ^= word_of(bytes, i) ^ moved[(i + 2) % block_words] ^ moved[i];
      moved[i] = previous;
    }
    bytes.remove_prefix(sizeof(Block));
  }
  if (bytes.size() < sizeof(Block)) return static_cast<std::uint16_t>(arc_by_eight(0, bytes));
  Block last{moved.back()};
  for (std::size_t i = 0; i < block_words; ++i) {
    last[i] ^= word_of(bytes, i) ^ moved[i] ^ (i + 2 < block_words ? moved[i + 2] : 0);
  }
  std::array<char, sizeof(Block)> rest;
  std::memcpy(rest.data(), last.data(), sizeof rest);
  return static_cast<std::uint16_t>(
      arc_by_eight(arc_by_eight(0, {rest.data(), rest.size()}), bytes.substr(sizeof(Block))));
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
