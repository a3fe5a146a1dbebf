#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/result.hpp"

namespace vscp_p1 {

/// One of the brokers that `host` names.
struct BrokerAddress {
  std::string host;  // an IPv6 address without its brackets
  std::uint16_t port = 0;

  bool is_ipv6() const noexcept { return host.find(':') != std::string::npos; }
  /// "host:port", as it is written and said.
  std::string text() const;

  bool operator==(const BrokerAddress&) const = default;
};

/// Whether a host may be called so: an IPv6 address without brackets, or a name or other address as far as its
/// characters go.
bool is_host(std::string_view text);

/// The brokers in "a, b:8883, [::1]:8883", in this order; `port` is that of those that name none. The error is a text
/// for the user.
Result<std::vector<BrokerAddress>, std::string> parse_brokers(std::string_view text, std::uint16_t port);

}  // namespace vscp_p1
