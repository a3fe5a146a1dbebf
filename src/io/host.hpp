#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "vscp_p1/guid.hpp"
#include "vscp_p1/result.hpp"
#include "vscp_p1/time.hpp"

namespace vscp_p1::io {

/// Files of the host, in a place that tests can choose.
struct HostPaths {
  std::string interfaces = "/sys/class/net";
  std::string machine_id = "/etc/machine-id";
  std::string zones = "/usr/share/zoneinfo";
  std::string localtime = "/etc/localtime";
};

/// The GUID of this host: from the MAC of the first network interface (hardware before virtual, then by index), else
/// from the machine id. The error says what to do when there is neither.
Result<Guid, std::string> host_guid(const HostPaths& paths = {});

/// The rule of an IANA zone ("Europe/Stockholm"), or the POSIX rule that `name` is itself. An empty name is this
/// host's zone (TZ, /etc/localtime), but Central European Time when no P1 meter can be there: UTC, other continents.
/// The error is a text for the user.
Result<TimeZone, std::string> load_timezone(std::string_view name, const HostPaths& paths = {});

/// The host's clock.
UtcTime now() noexcept;

/// The latest that the host's clock has ever shown, and the time since: a step back does not change it.
class LatestTime {
 public:
  /// Since 1970.
  std::int64_t seconds() noexcept;

 private:
  std::chrono::system_clock::time_point latest_;
  std::chrono::steady_clock::time_point at_;
};

/// A file in the service's state directory (systemd.exec(5) StateDirectory=); empty when there is none.
std::string state_file(std::string_view name);

}  // namespace vscp_p1::io
