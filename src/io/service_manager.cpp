#include "io/service_manager.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string>

namespace vscp_p1::io {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : std::string_view{};
}

std::optional<std::int64_t> number_in(const char* name) {
  const auto text = variable(name);
  std::int64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stop == end && number > 0 ? std::optional(number) : std::nullopt;
}

// WATCHDOG_PID is there to keep a child from feeding its parent's dog.
std::optional<std::chrono::microseconds> quarter_of_watchdog() {
  const auto limit = number_in("WATCHDOG_USEC");
  const bool is_ours = variable("WATCHDOG_PID").empty() || number_in("WATCHDOG_PID") == ::getpid();
  if (!limit || !is_ours) return std::nullopt;
  return std::chrono::microseconds{std::max<std::int64_t>(*limit / 4, 1)};
}

}  // namespace

ServiceManager::ServiceManager() {
  const auto path = variable("NOTIFY_SOCKET");
  const bool is_fit = path.size() > 1 && path.size() < sizeof address_.sun_path && (path[0] == '/' || path[0] == '@');
  if (!is_fit) return;
  address_.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), address_.sun_path);
  if (path[0] == '@') address_.sun_path[0] = '\0';  // a name that is not in the file system
  address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (is_there()) watchdog_interval_ = quarter_of_watchdog();
}

ServiceManager::~ServiceManager() {
  if (is_there()) ::close(socket_);
}

void ServiceManager::say(std::string_view text) const noexcept {
  if (!is_there()) return;
  const auto* const address = reinterpret_cast<const sockaddr*>(&address_);
  ::sendto(socket_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL, address, address_size_);
}

void ServiceManager::say_reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto time = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  say("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(time));
}

}  // namespace vscp_p1::io
