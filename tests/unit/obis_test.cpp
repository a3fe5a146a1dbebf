#include "vscp_p1/obis.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscp_p1 {
namespace {

std::string shown(const Result<ObisPrefix>& prefix) {
  if (!prefix) return std::string(message(prefix.error()));
  return std::string(ObisText(prefix->id).view()) + " +" + std::to_string(prefix->length);
}

TEST(Obis, prefix_is_read_and_measured) {
  struct Case {
    std::string_view text, expected;
  };
  const Case cases[] = {
      {"1-0:1.8.0(000123.456*kWh)", "1-0:1.8.0 +9"},
      {"0-1:24.2.1(101209112500W)(12785.123*m3)", "0-1:24.2.1 +10"},
      {"1-0:99.97.0()", "1-0:99.97.0 +11"},
      {"1-0:1.8.0*255(1)", "1-0:1.8.0 +13"},
      {"1-0:1.8.0.255(1)", "1-0:1.8.0 +13"},
      {"1-0:1.8.0*0(1)", "1-0:1.8.0 +11"},
      {"1-0:99:97.0(2)", "1-0:99.97.0 +11"},
      {"1-0:72:32:0(2)", "1-0:72.32.0 +11"},
      {"0-0:0.0.0", "0-0:0.0.0 +9"},
      {"255-255:255.255.255", "255-255:255.255.255 +19"},
      {"01-00:001.008.000(1)", "1-0:1.8.0 +17"},
      {"11-0:1.7.0(1)", "11-0:1.7.0 +10"},
      {"1-0:1.8.0", "1-0:1.8.0 +9"},
      {"", "bad OBIS code"},
      {"1", "bad OBIS code"},
      {"1-0", "bad OBIS code"},
      {"1-0:1.8", "bad OBIS code"},
      {"1-0:1.8(123.45*kWh)", "bad OBIS code"},
      {"1-0-2:1.8.1.0(123.45*kWh)", "bad OBIS code"},
      {"A-0:1.8.1(123.45*kWh)", "bad OBIS code"},
      {"1-0:1.8.(1)", "bad OBIS code"},
      {"1-0:256.8.0(1)", "bad OBIS code"},
      {"256-0:1.8.0(1)", "bad OBIS code"},
      {"1-0:1.8.0*256(1)", "bad OBIS code"},
      {"1-0:1.8.0*(1)", "bad OBIS code"},
      {"1-0:00001.8.0(1)", "bad OBIS code"},
      {"1-0:4294967297.8.0(1)", "bad OBIS code"},
      {" 1-0:1.8.0(1)", "bad OBIS code"},
      {"-1-0:1.8.0(1)", "bad OBIS code"},
      {"1:0-1.8.0(1)", "bad OBIS code"},
      {"(0:96.7.19)", "bad OBIS code"},
  };
  for (const auto& c : cases) EXPECT_EQ(shown(parse_obis_prefix(c.text)), c.expected) << c.text;
}

TEST(Obis, whole_text_must_be_the_code) {
  ASSERT_TRUE(parse_obis("1-0:1.8.0"));
  EXPECT_EQ(*parse_obis("1-0:1.8.0"), (Obis{1, 0, 1, 8, 0}));
  EXPECT_EQ(*parse_obis("0-9:24.2.3*255"), (Obis{0, 9, 24, 2, 3}));
  for (const std::string_view text : {"1-0:1.8.0(", "1-0:1.8.0 ", "1-0:1.8.0x", ""}) {
    EXPECT_FALSE(parse_obis(text)) << '"' << text << "\" is not one code";
  }
}

TEST(Obis, literal_and_order) {
  EXPECT_EQ("1-0:21.7.0"_obis, (Obis{1, 0, 21, 7, 0}));
  EXPECT_LT("1-0:1.8.0"_obis, "1-0:1.8.1"_obis);
  EXPECT_LT("1-0:2.8.0"_obis, "1-0:10.7.0"_obis);  // by number, not by letter
  EXPECT_LT("0-9:99.99.99"_obis, "1-0:0.0.0"_obis);
}

TEST(Obis, every_code_survives_text_and_back) {
  for (unsigned i = 0; i < 256; ++i) {
    const auto n = static_cast<std::uint8_t>(i);
    const Obis id{n, static_cast<std::uint8_t>(255 - i), n, 8, n};
    const ObisText text(id);
    const auto back = parse_obis(text.view());
    ASSERT_TRUE(back) << text.view();
    EXPECT_EQ(*back, id) << text.view();
  }
}

}  // namespace
}  // namespace vscp_p1
