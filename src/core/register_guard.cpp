#include "vscp_p1/register_guard.hpp"

#include <algorithm>
#include <utility>

namespace vscp_p1 {
namespace {

// Clocks are set, telegrams get lost, come late or in a burst: at least this long may have been used.
constexpr std::int64_t least_elapsed = 900;  // seconds
constexpr unsigned quiet_readings = 100;

// What a house can take in an hour, in the VSCP unit of the register.
std::int64_t most_per_hour(Dimension dimension, std::uint8_t unit, unsigned main_fuse) noexcept {
  constexpr std::int64_t volts = 690;  // 3 × 230 V
  constexpr std::uint8_t kilowatt_hours = 1;
  const std::int64_t watts = volts * main_fuse;
  switch (dimension) {
    case Dimension::active_energy: return unit == kilowatt_hours ? watts / 1000 + 1 : watts;
    case Dimension::reactive_energy: return watts / 1000 + 1;  // kvarh
    case Dimension::thermal_energy:                            // J; a heat exchanger takes more than a fuse allows
      return unit == kilowatt_hours ? 1000 : unit == 0 ? 3'600'000'000 : 1'000'000;
    case Dimension::volume: return 65;  // m³: what a G40 gas meter takes at most
    default: return watts;
  }
}

bool at_most(const Decimal& x, const Decimal& y) noexcept {
  const auto rest = difference(y, x);
  return rest && rest->mantissa >= 0;
}

}  // namespace

bool RegisterGuard::is_plausible(const Sample& from, const Sample& to, Dimension dimension) const noexcept {
  if (from.unit != to.unit) return false;
  if (from.value == to.value) return true;
  const auto step = difference(to.value, from.value);
  if (!step || step->mantissa < 0) return false;
  if (dimension == Dimension::count) return true;
  constexpr std::int64_t hour = 3600;
  const auto elapsed = from.has_meter_time == to.has_meter_time ? to.seconds - from.seconds : 0;
  const auto milli_hours = std::max(elapsed, least_elapsed) * 1000 / hour;  // first: joules are many
  const auto milli = most_per_hour(dimension, to.unit, main_fuse_) * milli_hours;
  return at_most(*step, {milli + 1, -3}) || *step == Decimal{1, step->exponent};
}

RegisterGuard::Verdict RegisterGuard::judge(Register& known, Dimension dimension, Sample sample,
                                            std::size_t device) const {
  using State = Register::State;
  const bool is_other = device != 0 && known.device != 0 && device != known.device;
  const bool is_new = known.state == State::unknown || is_other;
  const bool is_confirmed = known.state == State::holding && is_plausible(known.held, sample, dimension);
  if (is_new || is_confirmed || is_plausible(known.good, sample, dimension)) {
    known.state = State::settled;
    if (device != 0) known.device = device;
    known.good = sample;
    return confirm(known);
  }
  known.held = sample;
  known.state = State::holding;
  return std::exchange(known.quiet, quiet_readings) == 0 ? Verdict::held : Verdict::held_again;
}

Decimal RegisterGuard::last_good(std::size_t quantity) const noexcept {
  const auto* known = registers_.get(quantity);
  return known == nullptr ? Decimal{} : known->good.value;
}

}  // namespace vscp_p1
