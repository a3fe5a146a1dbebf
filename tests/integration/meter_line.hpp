#pragma once

#include <termios.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "harness.hpp"

namespace itest {

/// A meter at a pseudo terminal that sends again and again as long as it lives. A pseudo terminal has no rate of its
/// own: at another than the meter's, garbage is sent.
class SendingMeter {
 public:
  SendingMeter(const Pty& line, std::string telegram, speed_t speed = B115200)
      : line_(line), telegram_(std::move(telegram)), speed_(speed), thread_([this] { send(); }) {}
  ~SendingMeter() {
    ends_ = true;
    thread_.join();
  }
  SendingMeter(const SendingMeter&) = delete;
  SendingMeter& operator=(const SendingMeter&) = delete;

 private:
  void send() {
    while (!ends_) {
      // NUL and bytes above 7F, as a receiver at another rate gives them
      std::string garbage(telegram_.size(), '\0');
      for (std::size_t i = 0; i < garbage.size(); ++i) garbage[i] = static_cast<char>(i * i % 7 == 1 ? 0 : 0x80 + i);
      line_.write(line_.speed() == speed_ ? telegram_ : garbage, milliseconds{50});
      std::this_thread::sleep_for(milliseconds{600});
    }
  }

  const Pty& line_;
  std::string telegram_;
  speed_t speed_;
  std::atomic<bool> ends_{false};
  std::thread thread_;
};

/// As a receiver of eight bits gets seven with even parity.
inline std::string with_even_parity(std::string text) {
  for (char& c : text) {
    if (__builtin_parity(static_cast<unsigned char>(c)) != 0) c = static_cast<char>(c | 0x80);
  }
  return text;
}

}  // namespace itest
