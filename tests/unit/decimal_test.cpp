#include "vscp_p1/decimal.hpp"

#include <gtest/gtest.h>

#include <clocale>
#include <limits>
#include <string>
#include <vector>

namespace vscp_p1 {
namespace {

// "mantissa e exponent +length", or the reason.
std::string shown(const Result<DecimalPrefix>& prefix) {
  if (!prefix) return std::string(message(prefix.error()));
  return std::to_string(prefix->value.mantissa) + "e" + std::to_string(prefix->value.exponent) + " +" +
         std::to_string(prefix->length);
}

TEST(Decimal, prefix_is_read_and_measured) {
  struct Case {
    std::string_view text, expected;
  };
  const Case cases[] = {
      {"000671.578*kWh", "671578e-3 +10"},
      {"0001", "1e0 +4"},
      {"00.000*kW", "0e-3 +6"},
      {"-063*A", "-63e0 +4"},
      {"-0.500", "-500e-3 +6"},
      {"-0.000", "0e-3 +6"},
      {"+5", "5e0 +2"},
      {"1.50kW", "150e-2 +4"},
      {"3.21.5", "321e-2 +4"},
      {"1,5", "1e0 +1"},
      {"1e5", "1e0 +1"},
      {"0x10", "0e0 +1"},
      {"12345678.12345678", "1234567812345678e-8 +17"},
      {"999999999999999999", "999999999999999999e0 +18"},
      {"0000000000000000000000000000000000000001", "1e0 +40"},
      {"0.000000000000000001", "1e-18 +20"},
      {"00000000.999999999999999999", "999999999999999999e-18 +27"},
      {"", "bad number"},
      {"-", "bad number"},
      {"+-1", "bad number"},
      {"--1", "bad number"},
      {".5", "bad number"},
      {"5.", "bad number"},
      {"5.*kW", "bad number"},
      {" 5", "bad number"},
      {"abc", "bad number"},
      {"nan", "bad number"},
      {"inf", "bad number"},
      {"1000000000000000000", "bad number"},     // 19 digits
      {"9223372036854775808", "bad number"},     // one more than an int64_t
      {"99999999999999999999.9", "bad number"},  // far more
      {"0.0000000000000000001", "bad number"},   // 19 decimals
      {"123456789012345678.9", "bad number"},    // 19 significant digits
      {"0.00000000000000000000", "bad number"},  // a zero, but with 20 decimals
  };
  for (const auto& c : cases) EXPECT_EQ(shown(parse_decimal_prefix(c.text)), c.expected) << c.text;
}

TEST(Decimal, text_keeps_the_decimals) {
  struct Case {
    Decimal value;
    std::string_view expected;
  };
  const auto lowest = std::numeric_limits<std::int64_t>::min();
  const Case cases[] = {
      {{671578, -3}, "671.578"},
      {{0, -3}, "0.000"},
      {{0, 0}, "0"},
      {{0, 3}, "0"},
      {{-500, -3}, "-0.500"},
      {{-5, -1}, "-0.5"},
      {{1, -5}, "0.00001"},
      {{1193, 0}, "1193"},
      {{42, 1}, "420"},
      {{12345, 6}, "12345000000"},
      {{-1, 9}, "-1000000000"},
      {{999999999999999999, -18}, "0.999999999999999999"},
      {{1, -21}, "0.000000000000000000001"},
      {{std::numeric_limits<std::int64_t>::max(), 0}, "9223372036854775807"},
      {{lowest, 0}, "-9223372036854775808"},
      {{lowest, -19}, "-0.9223372036854775808"},
      {{lowest, 9}, "-9223372036854775808000000000"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(DecimalText(c.value).view(), c.expected) << c.value.mantissa << "e" << int{c.value.exponent};
  }
}

TEST(Decimal, any_exponent_has_a_text) {
  for (int exponent = -128; exponent <= 127; ++exponent) {
    const DecimalText text({std::numeric_limits<std::int64_t>::min(), static_cast<std::int8_t>(exponent)});
    EXPECT_LE(text.view().size(), 64U) << "exponent " << exponent;
    EXPECT_EQ(text.view().front(), '-') << "exponent " << exponent;
  }
}

TEST(Decimal, scaling_moves_the_point_only) {
  struct Case {
    std::string_view wire;
    int power;
    std::string_view expected;
  };
  const Case cases[] = {
      {"01.193", 3, "1193"},   {"00.000", 3, "0"},           {"0.5", 3, "500"},    {"2", 3, "2000"},
      {"1.2345", 3, "1234.5"}, {"12.345", 9, "12345000000"}, {"150", -3, "0.150"}, {"000036521", -3, "36.521"},
      {"-00.204", 3, "-204"},  {"0000.42", 3, "420"},
  };
  for (const auto& c : cases) {
    const auto prefix = parse_decimal_prefix(c.wire);
    ASSERT_TRUE(prefix) << c.wire;
    EXPECT_EQ(DecimalText(prefix->value.scaled(c.power)).view(), c.expected) << c.wire << " × 10^" << c.power;
  }
}

TEST(Decimal, locale_does_not_matter) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* name : {"de_DE.UTF-8", "sv_SE.UTF-8", "de_DE"}) std::setlocale(LC_ALL, name);
  EXPECT_EQ(DecimalText({12345678, -3}).view(), "12345.678");
  EXPECT_EQ(shown(parse_decimal_prefix("12345.678")), "12345678e-3 +9");
  std::setlocale(LC_ALL, before.c_str());
}

TEST(Decimal, wire_to_text_and_back_is_the_same_value) {
  for (const std::string_view wire : {"1.5", "0.000", "-12.30", "987654321.123456789", "7", "0"}) {
    const auto prefix = parse_decimal_prefix(wire);
    ASSERT_TRUE(prefix) << wire;
    EXPECT_EQ(DecimalText(prefix->value).view(), wire);
  }
}

std::string shown(const std::optional<Decimal>& value) {
  return value ? std::string(DecimalText(*value).view()) : "none";
}

TEST(Decimal, product_is_exact_or_none) {
  struct Case {
    Decimal x, y;
    std::string_view expected;
  };
  const Case cases[] = {
      {{1193, -3}, {60, 0}, "71.580"},
      {{1193, -3}, {-1, 0}, "-1.193"},
      {{1193, -3}, {1, -1}, "0.1193"},
      {{1, -3}, {333333, -6}, "0.000333333"},
      {{0, 0}, {999999999999999999, 0}, "0"},
      {{3, 0}, {3'000'000'000'000'000'000, 0}, "9000000000000000000"},
      {{4, 0}, {3'000'000'000'000'000'000, 0}, "none"},
      {{-4, 0}, {3'000'000'000'000'000'000, 0}, "none"},
      {{999999999999999999, 0}, {999999999999999999, 0}, "none"},
      {{1, -18}, {1, -18}, "none"},  // more decimals than a text holds
      {{1, 20}, {1, 20}, "none"},
      {{-16, 0}, {576'460'752'303'423'488, 0}, "none"},  // INT64_MIN, which has no negative
  };
  for (const auto& c : cases) {
    EXPECT_EQ(shown(product(c.x, c.y)), c.expected) << DecimalText(c.x).view() << " × " << DecimalText(c.y).view();
    EXPECT_EQ(shown(product(c.y, c.x)), c.expected) << "the other way round";
  }
}

TEST(Decimal, sum_and_difference_are_exact_or_none) {
  struct Case {
    Decimal x, y;
    std::string_view total, rest;
  };
  const Case cases[] = {
      {{671578, -3}, {422, -3}, "672.000", "671.156"},
      {{1, 0}, {1, -3}, "1.001", "0.999"},
      {{1, -3}, {1, 0}, "1.001", "-0.999"},
      {{-5, -1}, {5, -1}, "0.0", "-1.0"},
      {{1, 3}, {1, 0}, "1001", "999"},
      {{9'000'000'000'000'000'000, 0}, {9'000'000'000'000'000'000, 0}, "none", "0"},
      {{999999999999999999, 0}, {1, -3}, "none", "none"},
      {{-922'337'203'685'477'580, 1}, {-8, 0}, "none", "-9223372036854775792"},  // INT64_MIN
  };
  for (const auto& c : cases) {
    EXPECT_EQ(shown(sum(c.x, c.y)), c.total) << DecimalText(c.x).view() << " + " << DecimalText(c.y).view();
    EXPECT_EQ(shown(sum(c.y, c.x)), c.total) << "the other way round";
    EXPECT_EQ(shown(difference(c.x, c.y)), c.rest) << DecimalText(c.x).view() << " - " << DecimalText(c.y).view();
  }
}

TEST(Decimal, are_compared_by_value) {
  struct Case {
    Decimal x, y;
    int expected;
  };
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr int less = -1, equal = 0, greater = 1;
  const Case cases[] = {
      {{1, 0}, {100, -2}, equal},      {{0, 5}, {0, -5}, equal},
      {{1, 0}, {101, -2}, less},       {{-1, 0}, {-101, -2}, greater},
      {{-1, 0}, {1, 0}, less},         {{most, 0}, {most - 1, 0}, greater},
      {{1, 30}, {most, -30}, greater}, {{-1, 30}, {least, -30}, less},
      {{most, -30}, {1, 30}, less},    {{0, 30}, {-1, -30}, greater},
      {{most, 1}, {most, 0}, greater}, {{least, 1}, {least, 0}, less},
      {{12, 1}, {120, 0}, equal},      {{3, -1}, {300000000000000001, -18}, less},
  };
  for (const auto& c : cases) {
    const auto text = std::to_string(c.x.mantissa) + "e" + std::to_string(c.x.exponent) + " and " +
                      std::to_string(c.y.mantissa) + "e" + std::to_string(c.y.exponent);
    EXPECT_EQ(compare(c.x, c.y), c.expected) << text;
    EXPECT_EQ(compare(c.y, c.x), -c.expected) << text;
  }
}

TEST(DecimalMean, is_rounded_half_away_from_zero_behind_three_more_decimals) {
  struct Case {
    std::vector<Decimal> numbers;
    std::string_view expected;
  };
  constexpr auto largest = std::int64_t{999'999'999'999'999'999};
  const Case cases[] = {
      {{{5, 0}}, "5"},
      {{{1, 0}, {2, 0}}, "1.5"},
      {{{1, 0}, {1, 0}, {2, 0}}, "1.333"},
      {{{1, 0}, {2, 0}, {2, 0}}, "1.667"},
      {{{-1, 0}, {-2, 0}, {-2, 0}}, "-1.667"},
      {{{-1, 0}, {-1, 0}, {-2, 0}}, "-1.333"},
      {{{0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {1, 0}}, "0.125"},
      {std::vector<Decimal>(16, {0, 0}), "0"},
      {{{2300, -1}, {2300, -1}}, "230.0"},  // as fine as the numbers
      {{{2300, -1}, {23001, -2}}, "230.005"},
      {{{12, 3}, {13, 3}}, "12500"},
      {{{12, 3}, {1, 0}}, "6000.5"},
      {{{-5, 0}, {5, 0}}, "0"},
      {{{1'000'000'000'000'000, 0}, {1'000'000'000'000'001, 0}}, "1000000000000000.5"},
      {{{largest, -18}, {largest, -18}}, ""},  // no room for three more
      {{{largest, 0}, {1, -18}}, ""},
  };
  for (const auto& c : cases) {
    DecimalMean mean;
    mean.start({77, 0});
    mean.add({99, 0});
    mean.start(c.numbers[0]);
    for (std::size_t i = 1; i < c.numbers.size(); ++i) mean.add(c.numbers[i]);
    const auto result = mean.mean();
    EXPECT_EQ(result ? std::string(DecimalText(*result).view()) : "", c.expected)
        << c.numbers.size() << " numbers from " << c.numbers[0].mantissa << " on";
  }
}

TEST(DecimalMean, halves) {
  const auto of = [](std::int64_t first, std::int64_t last) {  // of 16 numbers: the rest is 1/16 of the sum
    DecimalMean mean;
    mean.start({first, 0});
    for (int i = 0; i < 14; ++i) mean.add({first, 0});
    mean.add({last, 0});
    return std::string(DecimalText(*mean.mean()).view());
  };
  EXPECT_EQ(of(0, 1), "0.063") << "0.0625";
  EXPECT_EQ(of(0, -1), "-0.063");
  EXPECT_EQ(of(-1, 0), "-0.938") << "-0.9375";
  EXPECT_EQ(of(1, 0), "0.938");
  EXPECT_EQ(of(0, 3), "0.188") << "0.1875";
}

}  // namespace
}  // namespace vscp_p1
