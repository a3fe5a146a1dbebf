#include "vscp_p1/source_uri.hpp"

#include <charconv>

#include "vscp_p1/broker.hpp"

namespace vscp_p1 {
namespace {

Result<SourceUri, std::string> parse_tcp(SourceUri uri, std::string_view address) {
  if (address.ends_with('/')) address.remove_suffix(1);
  const auto colon = address.rfind(':');
  const auto host = address.substr(0, colon);
  const auto port = colon == std::string_view::npos ? std::string_view{} : address.substr(colon + 1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool good = error == std::errc{} && end == port.data() + port.size() && number >= 1 && number <= 65535;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';  // an IPv6 address
  const auto name = bracketed ? host.substr(1, host.size() - 2) : host;
  if (!is_host(name) || !good) {
    return std::string("needs a host and a port 1-65535 and nothing else, as in tcp://ser2net.local:2000");
  }
  uri.kind = SourceUri::Kind::tcp;
  uri.host = name;
  uri.port = port;
  return uri;
}

// A file name may hold a '?' all the same.
Result<SourceUri, std::string> parse_file(SourceUri uri, std::string_view path) {
  constexpr std::string_view key = "?speed=";
  constexpr double least = 0.001;
  constexpr double most = 1'000'000;
  uri.kind = SourceUri::Kind::file;
  const auto query = path.rfind(key);
  uri.path = path.substr(0, query);
  if (uri.path.empty()) return std::string("names no file: write file:PATH");
  if (query == std::string_view::npos) return uri;
  const auto text = path.substr(query + key.size());
  double speed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), speed, std::chars_format::fixed);
  const bool is_number = error == std::errc{} && end == text.data() + text.size() && !text.starts_with('-');
  if (!is_number || !(speed == 0 || (speed >= least && speed <= most))) {
    return std::string(
        "needs a speed from 0.001 to 1000000, or 0 for as fast as possible, as in file:capture.txt?speed=60");
  }
  uri.speed = speed;
  return uri;
}

}  // namespace

Result<SourceUri, std::string> parse_source_uri(std::string_view text) {
  constexpr std::string_view tcp = "tcp://";
  constexpr std::string_view file = "file:";
  SourceUri uri;
  uri.text = text;
  if (text == "-") {
    uri.kind = SourceUri::Kind::standard_input;
  } else if (text == "emulator:") {
    uri.kind = SourceUri::Kind::emulator;
  } else if (text.starts_with(tcp)) {
    return parse_tcp(uri, text.substr(tcp.size()));
  } else if (text.starts_with(file) && text.size() > file.size()) {
    return parse_file(uri, text.substr(file.size()));
  } else if (text.starts_with('/')) {
    uri.path = text;
  } else {
    return std::string(
        "is not a source: use a device such as /dev/ttyUSB0, tcp://host:port, file:PATH, - or emulator:");
  }
  return uri;
}

}  // namespace vscp_p1
