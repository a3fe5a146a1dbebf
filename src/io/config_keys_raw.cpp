// Keys of the telegram as received.

#include <arpa/inet.h>

#include <array>

#include "io/config_key_kinds.hpp"

namespace vscp_p1::io {
namespace {

std::string_view address_fault(std::string_view value) {
  const std::string text(value);
  std::array<unsigned char, sizeof(in6_addr)> address{};
  const bool good = ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
                    ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
  return good ? std::string_view{}
              : "must be an address of this host: 127.0.0.1 for programs on it, 0.0.0.0 or :: for everybody";
}

}  // namespace

void add_raw_keys(Keys& keys) {
  keys.push_back(foreign_topic_key(
      "RAW", "topic", [](auto& s) -> auto& { return s.raw.topic; }));
  keys.push_back(flag_key(
      "RAW", "retain", [](auto& s) -> auto& { return s.raw.retain; }));
  keys.push_back(number_key(
      "RAW", "tcp_port", [](auto& s) -> auto& { return s.raw.tcp_port; }, 0, 65535));
  keys.push_back(text_key(
      "RAW", "tcp_address", [](auto& s) -> auto& { return s.raw.tcp_address; }, address_fault));
}

}  // namespace vscp_p1::io
