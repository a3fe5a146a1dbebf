#include "listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace e2e {
namespace {

constexpr std::chrono::seconds patience{10};

// MQTT 3.1.1 §1.5.3
std::string with_length(std::string_view text) {
  return {std::string{static_cast<char>(text.size() >> 8), static_cast<char>(text.size() & 0xFF)} +
          std::string(text)};
}

// All packets of this program are shorter than 128 bytes.
std::string packet(char type, const std::string& content) {
  return std::string{type, static_cast<char>(content.size())} + content;
}

// §2.2.3: the size of the packet that begins here, when it is known.
std::optional<std::size_t> packet_size(std::string_view bytes) {
  std::size_t size = 0;
  for (std::size_t i = 1; i < bytes.size() && i < 5; ++i) {
    size |= static_cast<std::size_t>(bytes[i] & 0x7F) << (7 * (i - 1));
    if ((bytes[i] & 0x80) == 0) return size + i + 1;
  }
  return std::nullopt;
}

// §3.3.2.1
std::string_view topic_of(std::string_view publish) {
  std::size_t begin = 1;
  while ((publish[begin] & 0x80) != 0) ++begin;
  ++begin;
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(publish[index]); };
  return publish.substr(begin + 2, static_cast<std::size_t>(byte(begin) << 8 | byte(begin + 1)));
}

}  // namespace

Listener::Listener(std::uint16_t port, const std::string& filter, OnTopic on_topic)
    : on_topic_(std::move(on_topic)), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::system_error(errno, std::generic_category(), "connect to mosquitto");
  }
  using namespace std::string_literals;
  send(packet('\x10', with_length("MQTT") + "\x04\x02\x00\x00"s + with_length("listener")));  // no keep-alive
  send(packet('\x82', "\x00\x01"s + with_length(filter) + "\x00"s));
  std::array<char, 9> answers{};  // CONNACK and SUBACK
  if (::recv(socket_, answers.data(), answers.size(), MSG_WAITALL) != static_cast<ssize_t>(answers.size())) {
    throw std::runtime_error("mosquitto does not answer");
  }
  thread_ = std::thread([this] { listen(); });
}

Listener::~Listener() {
  ::shutdown(socket_, SHUT_RDWR);
  thread_.join();
  ::close(socket_);
}

void Listener::send(const std::string& packet) const { ::send(socket_, packet.data(), packet.size(), MSG_NOSIGNAL); }

void Listener::listen() {
  std::array<char, 65536> buffer{};
  std::string bytes;
  while (true) {
    const auto size = ::recv(socket_, buffer.data(), buffer.size(), 0);
    const auto now = Clock::now();
    if (size <= 0) return;
    bytes.append(buffer.data(), static_cast<std::size_t>(size));
    const auto packets = count_packets(bytes);
    const std::lock_guard lock(mutex_);
    count_ += packets;
    last_ = now;
    more_.notify_all();
  }
}

std::size_t Listener::count_packets(std::string& bytes) const {
  std::size_t packets = 0;
  std::size_t at = 0;
  while (const auto size = packet_size(std::string_view(bytes).substr(at))) {
    if (bytes.size() - at < *size) break;
    if (on_topic_) on_topic_(topic_of(std::string_view(bytes).substr(at, *size)));
    at += *size;
    ++packets;
  }
  bytes.erase(0, at);
  return packets;
}

bool Listener::wait_for(std::size_t count) {
  std::unique_lock lock(mutex_);
  while (count_ < count) {
    if (more_.wait_for(lock, patience) == std::cv_status::timeout) return count_ >= count;
  }
  return true;
}

std::size_t Listener::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

Clock::time_point Listener::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace e2e
