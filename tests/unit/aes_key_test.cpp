#include "vscp_p1/aes_key.hpp"

#include <gtest/gtest.h>

namespace vscp_p1 {
namespace {

const AesKey key = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF};

TEST(AesKey, accepts_the_forms_that_grid_operators_send) {
  for (const auto* text :
       {"00112233445566778899AABBCCDDEEFF", "00112233445566778899aabbccddeeff",
        "00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF", "00:11:22:33:44:55:66:77:88:99:aA:Bb:CC:DD:EE:FF",
        "00-11-22-33-44-55-66-77-88-99-AA-BB-CC-DD-EE-FF", "00112233 44556677 8899AABB CCDDEEFF"}) {
    EXPECT_EQ(parse_aes_key(text), key) << text;
  }
}

TEST(AesKey, refuses_the_rest) {
  for (const auto* text : {"", "00", "00112233445566778899AABBCCDDEEF", "00112233445566778899AABBCCDDEEFF0",
                           "00112233445566778899AABBCCDDEEFG", "0 0112233445566778899AABBCCDDEEFF",
                           "0x112233445566778899AABBCCDDEEFF", "00112233445566778899AABBCCDDEEFF ",
                           " 00112233445566778899AABBCCDDEEFF", "00  112233445566778899AABBCCDDEEFF",
                           "-0112233445566778899AABBCCDDEEFF", "+0112233445566778899AABBCCDDEEFF"}) {
    EXPECT_FALSE(parse_aes_key(text)) << text;
  }
}

}  // namespace
}  // namespace vscp_p1
