#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "vscp_p1/settings.hpp"
#include "vscp_p1/time.hpp"

namespace vscp_p1 {

/// A three-phase DSMR 5 meter with a solar roof and a gas meter, for people without one. Energy integrates the power
/// that the telegrams show, second by second.
class MeterEmulator {
 public:
  MeterEmulator(const EmulatorSettings& settings, const TimeZone& zone);

  /// The telegram of that moment, with CRC; lives until the next call. Moments must not go backwards.
  std::string_view telegram(UtcTime now);

 private:
  struct Phase {
    std::int64_t power;    // W, negative when the phase feeds back
    std::int64_t voltage;  // 0.1 V
  };

  std::int64_t local(UtcTime now) const noexcept { return now.seconds + zone_.offset_at_utc(now.seconds); }
  void advance(UtcTime now);
  void show_power(UtcTime now);
  void append_clock(UtcTime now);
  void append_registers();
  void append_phases();
  void append_gas(UtcTime now);

  EmulatorSettings settings_;
  TimeZone zone_;
  std::array<std::int64_t, 2> imported_;  // Ws per tariff
  std::array<std::int64_t, 2> exported_{};
  std::int64_t mean_load_;  // W
  std::int64_t begun_ = 0;  // s since 1970, of the first telegram
  std::int64_t shown_ = 0;  // s since 1970, of the last one; 0: none yet
  std::size_t tariff_ = 0;  // index of the one that is active
  std::array<Phase, 3> phases_{};
  std::string text_;
};

}  // namespace vscp_p1
