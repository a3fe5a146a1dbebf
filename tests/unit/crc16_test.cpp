#include "vscp_p1/crc16.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscp_p1 {
namespace {

// Bit by bit, as the standards describe them.
unsigned slow_arc(std::string_view bytes) {
  unsigned crc = 0;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? crc >> 1 ^ 0xA001U : crc >> 1;
  }
  return crc;
}

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

TEST(Crc16, arc_check_values) {
  EXPECT_EQ(crc16_arc("123456789"), 0xBB3D);
  EXPECT_EQ(crc16_arc(""), 0x0000);
  EXPECT_EQ(crc16_arc("A"), 0x30C0);
}

TEST(Crc16, arc_is_the_same_for_every_length_and_alignment) {
  std::string bytes;
  for (int i = 0; i < 600; ++i) bytes += static_cast<char>(i * 7 + i / 3);
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t length = 0; begin + length <= bytes.size(); ++length) {
      const auto part = std::string_view(bytes).substr(begin, length);
      ASSERT_EQ(crc16_arc(part), slow_arc(part)) << length << " bytes from " << begin;
    }
  }
}

TEST(Crc16, ccitt_false_check_values) {
  EXPECT_EQ(crc16_ccitt_false(bytes_of("123456789")), 0x29B1);
  EXPECT_EQ(crc16_ccitt_false({}), 0xFFFF);
  EXPECT_EQ(crc16_ccitt_false(bytes_of("A")), 0xB915);
}

TEST(Crc16, every_flipped_bit_is_seen) {
  const std::string good = "/EMU5\\x\r\n\r\n1-0:1.8.0(000001.000*kWh)\r\n!";
  for (std::size_t i = 0; i < good.size() * 8; ++i) {
    std::string bad = good;
    bad[i / 8] = static_cast<char>(bad[i / 8] ^ 1 << i % 8);
    EXPECT_NE(crc16_arc(bad), crc16_arc(good)) << "bit " << i;
  }
}

TEST(Crc16, x25_check_values) {
  EXPECT_EQ(crc16_x25("123456789"), 0x906E);
  EXPECT_EQ(crc16_x25(""), 0x0000);
  EXPECT_NE(crc16_x25("12345678"), crc16_x25("123456789"));
}

}  // namespace
}  // namespace vscp_p1
