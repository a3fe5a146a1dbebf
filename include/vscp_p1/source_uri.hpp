#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "vscp_p1/result.hpp"

namespace vscp_p1 {

/// Where telegrams come from: "/dev/ttyUSB0", "tcp://host:port", "file:PATH", "file:PATH?speed=60", "-" or
/// "emulator:".
struct SourceUri {
  enum class Kind : std::uint8_t { device, tcp, file, standard_input, emulator };

  Kind kind = Kind::device;
  std::string text;  // as written
  std::string path;  // device or file
  std::string host;
  std::string port;
  std::optional<double> speed;  // of a capture in the file, times that of the meter; 0: as fast as possible

  /// The meter is at the other end: it may fall silent, and the connection may come back.
  bool is_line() const noexcept { return kind == Kind::device || kind == Kind::tcp; }

  friend bool operator==(const SourceUri&, const SourceUri&) = default;
};

/// The error is a text for the user.
Result<SourceUri, std::string> parse_source_uri(std::string_view text);

}  // namespace vscp_p1
