#include "vscp_p1/broker.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port != 0 ? std::optional(port) : std::nullopt;
}

bool is_name(std::string_view text) {
  constexpr std::string_view foreign = " \t/\\[]@?#,:";
  return !text.empty() && text.find_first_of(foreign) == std::string_view::npos;
}

// A zone (%eth0) may follow the address.
bool is_ipv6(std::string_view text) {
  const auto end = std::min(text.find('%'), text.size());
  in6_addr ignored{};
  const bool is_address = ::inet_pton(AF_INET6, std::string(text.substr(0, end)).c_str(), &ignored) == 1;
  return is_address && (end == text.size() || is_name(text.substr(end + 1)));
}

Result<BrokerAddress, std::string> parse_broker(std::string_view text, std::uint16_t default_port) {
  if (text.empty()) return std::string("must name a broker, such as localhost");
  if (text.find("://") != std::string_view::npos) {
    return std::string("must be a host name or address alone, as in broker.example or broker.example:8883");
  }
  if (is_ipv6(text)) return BrokerAddress{std::string(text), default_port};
  const bool is_bracketed = text.front() == '[';
  const auto end = std::min(text.find(is_bracketed ? ']' : ':'), text.size());
  const auto host = is_bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  const auto rest = text.substr(std::min(is_bracketed ? end + 1 : end, text.size()));
  const bool is_closed = end < text.size() && (rest.empty() || rest.front() == ':');
  if (!(is_bracketed ? is_closed && is_ipv6(host) : is_name(host))) {
    return std::string("must be host names or addresses, as in a.example, b.example:8883, [2001:db8::1]:8883");
  }
  if (rest.empty()) return BrokerAddress{std::string(host), default_port};
  const auto port = parse_port(rest.substr(1));
  if (!port) return std::string("must have a port from 1 to 65535 behind the ':', as in broker.example:8883");
  return BrokerAddress{std::string(host), *port};
}

}  // namespace

std::string BrokerAddress::text() const { return (is_ipv6() ? "[" + host + "]" : host) + ":" + std::to_string(port); }

bool is_host(std::string_view text) { return is_ipv6(text) || is_name(text); }

Result<std::vector<BrokerAddress>, std::string> parse_brokers(std::string_view text, std::uint16_t port) {
  if (text.find('@') != std::string_view::npos) {
    return std::string("must be host names or addresses alone: user and password have keys of their own");
  }
  std::vector<BrokerAddress> brokers;
  for (const auto item : list_items(text)) {
    const auto broker = parse_broker(item, port);
    if (!broker) return broker.error();
    brokers.push_back(*broker);
  }
  return brokers;
}

}  // namespace vscp_p1
