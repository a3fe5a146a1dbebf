#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "vscp_p1/crc16.hpp"
#include "vscp_p1/text.hpp"

/// What every target of the fuzzer stands on.
namespace fuzz {

/// What must hold whatever comes in: libFuzzer takes an abort for a crash and keeps the input.
inline void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

/// A broker takes it, and no byte of it is for subscribers or for the broker itself.
inline void check_topic(std::string_view topic) {
  check(!topic.empty() && topic.size() <= 65535, "length of a topic");
  check(topic.find_first_of("+#") == std::string_view::npos, "no wildcard in a topic");
  check(vscp_p1::is_mqtt_text(topic), "a topic is plain text");
}

/// One line that does nothing to a terminal.
inline void check_shown(std::string_view text) { check(vscp_p1::is_plain_text(text), "shown as plain text"); }

/// A telegram that must be read whatever came before it.
inline constexpr std::string_view good_lines = "1-0:1.8.0(000001.000*kWh)\r\n";
inline const std::string& good_telegram() {
  static const std::string text = [] {
    auto body = "/TST5 behind it all\r\n\r\n" + std::string(good_lines) + "!";
    char crc[8];
    std::snprintf(crc, sizeof crc, "%04X\r\n", vscp_p1::crc16_arc(body));
    return body + crc;
  }();
  return text;
}

/// The bytes of an input that choose, and the text behind them. An input that is too short chooses zeros.
template <std::size_t Count>
struct Choices {
  explicit Choices(std::string_view input) : text(input.substr(std::min(Count, input.size()))) {
    for (std::size_t i = 0; i < std::min(Count, input.size()); ++i) bytes[i] = static_cast<unsigned char>(input[i]);
  }
  unsigned char operator[](std::size_t index) const { return bytes[index]; }

  unsigned char bytes[Count] = {};
  std::string_view text;
};

inline std::string_view view_of(const unsigned char* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace fuzz

/// The entry point of a target: a body that has the input as `std::string_view input`.
#define FUZZ_TARGET                                                                    \
  static void run_target(std::string_view input);                                      \
  extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) { \
    run_target(fuzz::view_of(data, size));                                             \
    return 0;                                                                          \
  }                                                                                    \
  static void run_target([[maybe_unused]] std::string_view input)
