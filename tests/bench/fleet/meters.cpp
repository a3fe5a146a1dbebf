#include "meters.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "integration/harness.hpp"
#include "vscp_p1/crc16.hpp"

namespace fleet {
namespace {

using Clock = std::chrono::steady_clock;

// The digits behind `code(` are replaced.
void write_behind(std::string& text, std::string_view code, const std::string& digits) {
  const auto at = text.find(code);
  if (at == std::string::npos) throw std::runtime_error(std::string(code) + " is not in the telegram");
  text.replace(at + code.size(), digits.size(), digits);
}

std::string padded(std::size_t number, int width) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%0*zu", width, number);
  return text.data();
}

}  // namespace

Meters::Meters()
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      body_(itest::read_file(SOURCE_DIR "/tests/data/dsmr50_three_phase.txt")),
      begun_(std::time(nullptr)) {
  body_.resize(body_.rfind('!') + 1);
  const auto profile = body_.find("1-0:99.97.0(");  // told once only
  body_.erase(profile, body_.find('\n', profile) + 1 - profile);
  body_.insert(body_.find("0-1:24.1.0("),
               "1-0:1.4.0(02.351*kW)\r\n0-0:17.0.0(999.9*kW)\r\n1-0:31.4.0(999*A)\r\n"
               "0-2:24.1.0(007)\r\n0-2:96.1.1(3853414731323334353637383930)\r\n"
               "0-2:24.2.1(231029022500S)(00872.234*m3)\r\n");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* place = reinterpret_cast<sockaddr*>(&address);
  const timeval patience{30, 0};
  ::setsockopt(listener_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::bind(listener_, place, size) != 0 || ::listen(listener_, 4096) != 0 ||
      ::getsockname(listener_, place, &size) != 0) {
    throw std::runtime_error("no port for the meters");
  }
  port_ = ntohs(address.sin_port);
}

Meters::~Meters() {
  for (const int client : clients_) ::close(client);
  ::close(listener_);
}

void Meters::accept(std::size_t count) {
  while (clients_.size() < count) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) throw std::runtime_error("only " + std::to_string(clients_.size()) + " meters are read");
    clients_.push_back(client);
  }
}

void Meters::send_for_a_second() {
  const auto begin = Clock::now();
  for (std::size_t meter = 0; meter < clients_.size(); ++meter) {
    std::this_thread::sleep_until(begin + std::chrono::microseconds{1'000'000 * meter / clients_.size()});
    const auto text = telegram(meter);
    if (::send(clients_[meter], text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
      throw std::runtime_error("meter " + std::to_string(meter) + " is not read any more");
    }
  }
  ++telegrams_;
  std::this_thread::sleep_until(begin + std::chrono::seconds{1});
}

// Winter time, an id of its own, and a register that rises.
std::string Meters::telegram(std::size_t meter) const {
  auto text = body_;
  const std::time_t now = begun_ + static_cast<std::time_t>(telegrams_) + 3600;
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 14> stamp{};
  std::strftime(stamp.data(), stamp.size(), "%y%m%d%H%M%SW", &parts);
  write_behind(text, "0-0:1.0.0(", stamp.data());
  write_behind(text, "0-0:96.1.1(", padded(meter, 8));
  write_behind(text, "1-0:1.8.1(004938.", padded(700 + telegrams_ % 300, 3));
  std::array<char, 8> crc{};
  std::snprintf(crc.data(), crc.size(), "%04X\r\n", vscp_p1::crc16_arc(text));
  return text + crc.data();
}

}  // namespace fleet
