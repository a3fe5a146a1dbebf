#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <optional>
#include <string_view>

namespace vscp_p1::io {

/// Tells the service manager what the program is doing (sd_notify(3)): a datagram to $NOTIFY_SOCKET. Without that
/// variable there is none, and nothing happens. Never blocks: what the manager does not take at once is lost.
class ServiceManager {
 public:
  ServiceManager();
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  bool is_there() const noexcept { return socket_ >= 0; }
  /// How often WATCHDOG=1 is to be said: a quarter of WatchdogSec=. Nothing: no watchdog watches this process.
  std::optional<std::chrono::microseconds> watchdog_interval() const noexcept { return watchdog_interval_; }

  void say(std::string_view text) const noexcept;
  /// RELOADING=1 with the time that the protocol asks for.
  void say_reloading() const;

 private:
  int socket_ = -1;
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  std::optional<std::chrono::microseconds> watchdog_interval_;
};

}  // namespace vscp_p1::io
