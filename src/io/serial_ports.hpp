#pragma once

#include <string>
#include <vector>

namespace vscp_p1::io {

/// A serial port of this host.
struct SerialPort {
  std::string device;  // /dev/ttyUSB0
  std::string name;    // that stays the same when cables are moved: /dev/p1 or under /dev/serial/by-id; may be empty

  const std::string& best_name() const noexcept { return name.empty() ? device : name; }
};

/// Where the host tells of its ports, in a place that tests can choose.
struct PortPaths {
  std::string devices = "/dev";
  std::string kernel = "/sys/class/tty";
};

/// USB converters first, then the UARTs that exist, each by number.
std::vector<SerialPort> serial_ports(const PortPaths& paths = {});

/// Whether two names are those of one port. Not std::filesystem::equivalent(), which knows no devices (libstdc++ 12).
bool is_same_device(const std::string& x, const std::string& y) noexcept;

/// Whether another program has this port open, as far as it can be told.
bool is_taken(const std::string& port) noexcept;

}  // namespace vscp_p1::io
