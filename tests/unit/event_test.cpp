#include "vscp_p1/event.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "unit/support.hpp"

namespace vscp_p1 {
namespace {

std::string data_of(EventClass event_class, const Measurement& measurement) {
  Event event;
  set_measurement(event, event_class, measurement);
  const auto data = event.data();
  return test::hex({reinterpret_cast<const char*>(data.data()), data.size()});
}

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();

TEST(Event, head_is_that_of_a_dumb_node) { EXPECT_EQ(Event::head, 0x8060); }

TEST(Event, text_has_four_bytes_before_and_a_nul_behind) {
  struct Case {
    Measurement measurement;
    std::string_view expected;
  };
  const Case cases[] = {
      {{{12345678, -3}, 1, 1, 2, 3}, "0102030131323334352E36373800"},  // VSCP's own example: 12345.678 kWh
      {{{0, -3}, 0, 0, 0, 0}, "00000000302E30303000"},
      {{{-263, -1}, 1, 255, 254, 253}, "FFFEFD012D32362E3300"},
      {{{1193, 0}, 0, 5, 0, 0}, "050000003131393300"},
  };
  for (const auto& c : cases) EXPECT_EQ(data_of(EventClass::measurement_str, c.measurement), c.expected);
}

TEST(Event, normalised_integer_of_level_one) {
  struct Case {
    std::string_view name;
    Decimal value;
    std::uint8_t unit, index;
    std::string_view expected;
  };
  const Case cases[] = {
      {"26.3 °C, index 0", {263, -1}, 1, 0, "88810107"},
      {"12345.678 kWh, index 1", {12345678, -3}, 1, 1, "898300BC614E"},
      {"-26.3 °C", {-263, -1}, 1, 0, "8881FEF9"},
      {"zero", {0, 0}, 0, 0, "800000"},
      {"zero with decimals", {0, -3}, 0, 0, "808300"},
      {"one byte", {127, 0}, 0, 0, "80007F"},
      {"sign needs a byte", {128, 0}, 0, 0, "80000080"},
      {"-128", {-128, 0}, 0, 0, "800080"},
      {"-129", {-129, 0}, 0, 0, "8000FF7F"},
      {"positive exponent", {12345, 6}, 0, 0, "80063039"},
      {"Wh",
       {201283, 0},
       2,
       7,
       "97000312"
       "43"},
      {"index 8 has no room", {1, 0}, 0, 8, "800001"},
      {"index 30 has no room", {1, 0}, 1, 30, "880001"},
      {"six bytes", {140'737'488'355'327, 0}, 0, 0, "80007FFFFFFFFFFF"},
      {"lowest of six bytes", {-140'737'488'355'328, 0}, 0, 0, "8000800000000000"},
      {"a digit too much is rounded off", {140'737'488'355'328, -3}, 0, 0, "80820CCCCCCCCCCD"},
      {"rounded away from zero", {-140'737'488'355'335, -3}, 0, 0, "8082F33333333332"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(data_of(EventClass::measurement, {c.value, c.unit, c.index, 9, 9}), c.expected) << c.name;
  }
}

TEST(Event, level_one_data_is_never_longer_than_eight_bytes) {
  for (const auto mantissa :
       {largest, lowest, largest - 4, lowest + 4, std::int64_t{-1}, std::int64_t{999'999'999'999'999'999}}) {
    for (const int exponent : {-18, 0, 9}) {
      const auto hex = data_of(EventClass::measurement, {{mantissa, static_cast<std::int8_t>(exponent)}, 0, 0, 0, 0});
      EXPECT_LE(hex.size(), 16U) << mantissa << "e" << exponent;
      EXPECT_GE(hex.size(), 6U) << mantissa << "e" << exponent;
    }
  }
}

TEST(Event, double_is_sent_most_significant_byte_first) {
  struct Case {
    Decimal value;
    double expected;
  };
  for (const auto& c : {Case{{12345678, -3}, 12345.678},
                        {{0, -3}, 0.0},
                        {{-263, -1}, -26.3},
                        {{1193, 0}, 1193.0},
                        {{12345, 6}, 12345e6}}) {
    const auto bits = std::bit_cast<std::uint64_t>(c.expected);
    std::string bytes = {1, 2, 3, 4};
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(bits >> shift & 0xFF);
    EXPECT_EQ(data_of(EventClass::measurement_float, {c.value, 4, 1, 2, 3}), test::hex(bytes)) << c.expected;
  }
  EXPECT_EQ(data_of(EventClass::measurement_float, {{1, 0}, 1, 0, 0, 0}), "000000013FF0000000000000");
}

TEST(Event, the_longest_text_fits_with_its_nul) {
  for (const int exponent : {-128, -64, -32, 0, 9, 32, 127}) {
    Event event;
    set_measurement(event, EventClass::measurement_str, {{lowest, static_cast<std::int8_t>(exponent)}, 0, 0, 0, 0});
    EXPECT_LE(event.data().size(), Event::max_data) << exponent;
    EXPECT_EQ(event.data().back(), 0) << "exponent " << exponent << ": the NUL must be there";
  }
}

TEST(Event, what_stands_beside_the_data_agrees_with_it) {
  Event event;
  set_measurement(event, EventClass::measurement, {{1234567890123456789, -3}, 1, 26, 0, 0});
  EXPECT_EQ(event.measurement->sensor_index, 0) << "class 10 has three bits for it";
  EXPECT_EQ(event.measurement->value, (Decimal{123456789012346, 1})) << "what six bytes hold";
}

TEST(Event, data_never_grows_beyond_its_place) {
  Event event;
  event.append(std::string(1000, 'x'));
  EXPECT_EQ(event.data().size(), Event::max_data);
}

}  // namespace
}  // namespace vscp_p1
