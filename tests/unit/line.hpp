#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace vscp_p1::test {

/// What a receiver of eight bits makes of text with seven bits and even parity.
inline std::string with_even_parity(std::string_view text) {
  std::string bytes(text);
  for (char& c : bytes) {
    if (std::popcount(static_cast<std::uint8_t>(c)) % 2 == 1) c = static_cast<char>(c | 0x80);
  }
  return bytes;
}

/// What a receiver makes of a line whose signal is inverted, computed from the bits on the wire: 1 while it is quiet,
/// a 0 in front of each character, the lowest bit first, a 1 behind it.
inline std::string inverted(std::string_view text) {
  std::string wire;
  for (const char c : text) {
    wire += '0';
    for (int bit = 0; bit < 8; ++bit) wire += (static_cast<std::uint8_t>(c) >> bit & 1) != 0 ? '1' : '0';
    wire += '1';
  }
  for (char& bit : wire) bit = bit == '0' ? '1' : '0';
  std::string bytes;
  std::size_t at = wire.find("10");  // a falling edge begins a character; before it the line was at 0
  while (at != std::string::npos && at + 11 <= wire.size()) {
    const auto character = wire.substr(at + 2, 8);
    if (wire[at + 10] == '1') {
      unsigned value = 0;
      for (std::size_t bit = 0; bit < 8; ++bit) value |= (character[bit] == '1' ? 1U : 0U) << bit;
      bytes += static_cast<char>(value);
      at = wire.find("10", at + 10);
    } else {
      bytes += '\0';  // a framing error
      at = wire.find("10", at + 10);
    }
  }
  return bytes;
}

}  // namespace vscp_p1::test
