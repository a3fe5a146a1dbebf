#pragma once

#include <cstddef>
#include <cstdint>

#include "vscp_p1/by_quantity.hpp"
#include "vscp_p1/decimal.hpp"
#include "vscp_p1/quantity.hpp"

namespace vscp_p1 {

/// Holds back a cumulative register that goes backwards, or jumps by more than can have been used since the last
/// reading, until the next telegram confirms it. Another device starts anew. Remembers one value per quantity.
class RegisterGuard {
 public:
  enum class Verdict : std::uint8_t { good, held, held_again };

  /// `main_fuse` in ampere per phase of 3 × 230 V.
  explicit RegisterGuard(unsigned main_fuse) : main_fuse_(main_fuse) {}

  struct Sample {
    Decimal value;
    std::int64_t seconds = 0;
    std::uint8_t unit = 0;        // as VSCP counts it
    bool has_meter_time = false;  // else the host's: the two are not compared
  };

  /// `device` identifies the device that the value comes from, 0: it does not say. held_again: said not long ago.
  Verdict check(std::size_t quantity, Dimension dimension, const Sample& sample, std::size_t device) {
    auto& known = registers_[quantity];
    const bool is_the_same = known.good.value == sample.value && known.good.unit == sample.unit &&
                             known.state == Register::State::settled && known.device == device;
    if (!is_the_same) return judge(known, dimension, sample, device);
    known.good.seconds = sample.seconds;
    known.good.has_meter_time = sample.has_meter_time;
    return confirm(known);
  }

  /// The electricity meter is another one: everything starts anew.
  void forget() noexcept { registers_.clear(); }

  /// The last good value of a quantity that is held back.
  Decimal last_good(std::size_t quantity) const noexcept;

 private:
  struct Register {
    Sample good;
    Sample held;
    std::size_t device = 0;
    unsigned quiet = 0;  // good readings until a hold is said again
    enum class State : std::uint8_t { unknown, settled, holding } state = State::unknown;
  };

  static Verdict confirm(Register& known) noexcept {
    if (known.quiet > 0) --known.quiet;
    return Verdict::good;
  }
  // By value, so that check() need not have the sample in memory.
  Verdict judge(Register& known, Dimension dimension, Sample sample, std::size_t device) const;
  bool is_plausible(const Sample& from, const Sample& to, Dimension dimension) const noexcept;

  ByQuantity<Register> registers_;
  unsigned main_fuse_;
};

}  // namespace vscp_p1
