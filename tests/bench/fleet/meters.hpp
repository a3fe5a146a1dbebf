#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fleet {

/// Emulated DSMR 5 meters (three phases, gas, water, 31 readings) at a TCP port of the loopback: each client is a
/// meter. They send once a second, one after the other.
class Meters {
 public:
  static constexpr std::size_t readings = 31;

  Meters();
  ~Meters();
  Meters(const Meters&) = delete;
  Meters& operator=(const Meters&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  /// Waits for so many clients.
  void accept(std::size_t count);
  /// Sends one telegram of each meter, spread over the second.
  void send_for_a_second();
  std::size_t telegrams() const noexcept { return telegrams_; }

 private:
  std::string telegram(std::size_t meter) const;

  int listener_;
  std::uint16_t port_ = 0;
  std::vector<int> clients_;
  std::string body_;           // as in tests/data
  std::int64_t begun_;         // s since 1970
  std::size_t telegrams_ = 0;  // of each meter
};

}  // namespace fleet
