#include "io/serial_ports.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

namespace vscp_p1::io {
namespace {

namespace fs = std::filesystem;

// USB converters, CDC ACM, the UARTs of the Pi and of PCs.
constexpr auto kinds = std::to_array<std::string_view>({"ttyUSB", "ttyACM", "ttyAMA", "ttyS"});

using Order = std::pair<std::size_t, unsigned>;  // kind, number

std::optional<Order> order_of(std::string_view name) {
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    if (!name.starts_with(kinds[kind])) continue;
    const auto digits = name.substr(kinds[kind].size());
    unsigned number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc{} && end == digits.data() + digits.size()) return Order{kind, number};
  }
  return std::nullopt;
}

// A PC has names for UARTs that it does not have: their type is 0, unknown (serial_core.h PORT_UNKNOWN).
bool is_there(const std::string& name, const fs::path& kernel) {
  std::ifstream file(kernel / name / "type");
  std::string type;
  return !(file >> type) || type != "0";
}

std::vector<fs::path> links(const fs::path& devices) {
  std::vector<fs::path> found{devices / "p1"};
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(devices / "serial" / "by-id", error)) found.push_back(entry.path());
  std::sort(found.begin() + 1, found.end());
  return found;
}

}  // namespace

std::vector<SerialPort> serial_ports(const PortPaths& paths) {
  std::vector<std::pair<Order, SerialPort>> ports;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(paths.devices, error)) {
    const auto name = entry.path().filename().string();
    const auto order = order_of(name);
    if (!order || !is_there(name, paths.kernel)) continue;
    ports.emplace_back(*order, SerialPort{entry.path().string(), {}});
  }
  std::sort(ports.begin(), ports.end(), [](const auto& x, const auto& y) { return x.first < y.first; });
  std::vector<SerialPort> result;
  const auto names = links(paths.devices);
  for (auto& [order, port] : ports) {
    const auto name = std::find_if(names.begin(), names.end(), [&port = port](const fs::path& link) {
      return is_same_device(link.string(), port.device);
    });
    if (name != names.end()) port.name = name->string();
    result.push_back(std::move(port));
  }
  return result;
}

bool is_same_device(const std::string& x, const std::string& y) noexcept {
  struct stat one {};
  struct stat other {};
  if (::stat(x.c_str(), &one) != 0 || ::stat(y.c_str(), &other) != 0) return false;
  return S_ISCHR(one.st_mode) && S_ISCHR(other.st_mode) ? one.st_rdev == other.st_rdev
                                                        : one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

bool is_taken(const std::string& port) noexcept {
  const int file = ::open(port.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return errno == EBUSY;
  const bool has_lock = ::flock(file, LOCK_EX | LOCK_NB) == 0;  // root opens it in any case
  const bool is_locked = !has_lock && errno == EWOULDBLOCK;
  ::close(file);
  return is_locked;
}

}  // namespace vscp_p1::io
