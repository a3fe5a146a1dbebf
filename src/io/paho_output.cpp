#include "io/paho_output.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace vscp_p1::io {
namespace {

namespace fs = std::filesystem;

// What goes away meanwhile may be missing.
std::vector<fs::path> entries_of(const char* folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    paths.push_back(entry->path());
  }
  return paths;
}

void set_option(int socket, int option, bool on) noexcept {
  const int value = on ? 1 : 0;
  ::setsockopt(socket, IPPROTO_TCP, option, &value, sizeof value);
}

// The socket that leads to the broker's port. A message that waits for the acknowledgement of the one before waits 40
// ms now and then, since the broker's host delays it (RFC 1122 §4.2.3.2): not with TCP_NODELAY. -1: there is none, or
// more than one, and none knows which is its own.
int make_prompt(std::uint16_t port) {
  int found = -1;
  std::size_t sockets = 0;
  for (const auto& path : entries_of("/proc/self/fd")) {
    const int fd = std::atoi(path.filename().c_str());
    sockaddr_in6 peer{};  // the port of IPv4 is at the same place
    socklen_t size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    const bool is_internet = peer.sin6_family == AF_INET || peer.sin6_family == AF_INET6;
    if (!is_internet || ntohs(peer.sin6_port) != port) continue;
    set_option(fd, TCP_NODELAY, true);
    found = fd;
    ++sockets;
  }
  return sockets == 1 ? ::fcntl(found, F_DUPFD_CLOEXEC, 0) : -1;
}

pid_t writing_thread() {
  for (const auto& path : entries_of("/proc/self/task")) {
    std::string name;
    std::ifstream(path / "comm") >> name;
    if (name == "MQTTAsync_send") return std::atoi(path.filename().c_str());
  }
  return 0;
}

}  // namespace

PahoOutput::~PahoOutput() {
  if (socket_ >= 0) ::close(socket_);
}

void PahoOutput::find(std::uint16_t port) {
  socket_ = make_prompt(port);
  is_prompt_ = true;
  is_corked_ = false;
  thread_ = writing_thread();
  core_ = -1;
  const sched_param none{};
  if (thread_ > 0) ::sched_setscheduler(thread_, SCHED_BATCH, &none);  // it interrupts nobody
}

void PahoOutput::set_prompt(bool on) noexcept {
  if (socket_ >= 0 && std::exchange(is_prompt_, on) != on) set_option(socket_, TCP_NODELAY, on);
}

void PahoOutput::cork(bool on) noexcept {
  if (socket_ >= 0 && std::exchange(is_corked_, on) != on) set_option(socket_, TCP_CORK, on);
}

void PahoOutput::acknowledge() const noexcept {
  if (socket_ >= 0) set_option(socket_, TCP_QUICKACK, true);
}

bool PahoOutput::is_ended() const noexcept {
  pollfd socket{socket_, POLLRDHUP, 0};
  return socket_ >= 0 && ::poll(&socket, 1, 0) > 0;
}

void PahoOutput::follow_caller() noexcept {
  const int core = ::sched_getcpu();
  if (thread_ <= 0 || core < 0 || std::exchange(core_, core) == core) return;
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(core), &cores);
  ::sched_setaffinity(thread_, sizeof cores, &cores);
}

}  // namespace vscp_p1::io
