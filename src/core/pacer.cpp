#include "vscp_p1/pacer.hpp"

#include <utility>

namespace vscp_p1 {
namespace {

// A quantity that config.ini adds is known by its VSCP type only: GENERAL may be anything, a counter too.
bool is_averaged(const Reading& reading, Rates::Average average) noexcept {
  constexpr std::uint16_t general = 0, count = 1, time = 4, energy = 13, volume = 28, reactive_energy = 65;
  if (average == Rates::Average::last) return false;
  const bool is_added = reading.quantity >= quantities.size();
  if (!is_added && !is_momentary(quantities[reading.quantity])) return false;
  switch (reading.type) {
    case general: return !is_added;
    case count:
    case time:
    case energy:
    case volume:
    case reactive_energy: return false;
    default: return true;
  }
}

bool gives_each(const Rates& rates) noexcept { return rates.interval == 0 && !rates.is_only_on_change(); }

}  // namespace

Pacer::Pacer(const Settings& settings)
    : publish_(settings.publish),
      skip_zero_(settings.skip_zero),
      gives_each_(settings.publish.own.empty() && gives_each(settings.publish.all)) {
  for (std::size_t quantity = 0; quantity < settings.quantities.size(); ++quantity) {
    wanted_.push_back(settings.is_wanted(quantity));
  }
}

std::optional<Reading> Pacer::unless_zero(const Reading& reading) const {
  return skip_zero_ && reading.value.mantissa == 0 ? std::nullopt : std::optional(reading);
}

std::optional<Reading> Pacer::pace(const Reading& reading, const Moment& now) {
  if (!wanted_[reading.quantity]) return std::nullopt;
  if (gives_each_ || reading.is_entry) return unless_zero(reading);
  const auto& rates = publish_.of(reading.quantity);
  auto& track = tracks_[reading.quantity];
  if (!is_averaged(reading, rates.average)) {
    track.window.reset();
  } else {
    if (!track.window) track.window = std::make_unique<Window>();
    track.window->add(reading, rates.average);
  }
  const bool is_beat = rates.is_only_on_change() && rates.heartbeat > 0 && track.published &&
                       has_passed(rates.heartbeat, track.published_at, now);
  if (track.began && !is_beat && !has_passed(rates.interval, track.interval_end, now)) return std::nullopt;
  const auto candidate = track.window ? track.window->take(rates.average) : reading;
  track.began = true;
  track.interval_end = now;
  if (rates.is_only_on_change() && !is_beat && !has_changed(track, candidate, rates.deadband)) return std::nullopt;
  if (skip_zero_ && candidate.value.mantissa == 0) return std::nullopt;
  track.published = candidate.value;
  track.type = candidate.type;
  track.unit = candidate.unit;
  track.published_at = now;
  return candidate;
}

void Pacer::Window::add(const Reading& reading, Average average) {
  const bool is_same_kind = reading.type == chosen_.type && reading.unit == chosen_.unit;
  if (readings_ == 0 || !is_same_kind) {
    readings_ = 1;
    chosen_ = reading;
    values_.start(reading.value);
    numbers_.start(reading.number);
    return;
  }
  ++readings_;
  values_.add(reading.value);
  numbers_.add(reading.number);
  const auto order = compare(reading.value, chosen_.value);
  const bool is_less_extreme = (average == Average::min && order > 0) || (average == Average::max && order < 0);
  if (!is_less_extreme) chosen_ = reading;
  chosen_.digits = {};  // they belong to one telegram
}

Reading Pacer::Window::take(Average average) {
  auto result = chosen_;
  if (std::exchange(readings_, 0) == 1 || average != Average::mean) return result;
  const auto value = values_.mean();
  const auto number = numbers_.mean();
  if (!value || !number) return result;
  result.value = *value;
  result.number = *number;
  return result;
}

bool Pacer::has_changed(const Track& track, const Reading& candidate, const Decimal& deadband) {
  if (!track.published || candidate.type != track.type || candidate.unit != track.unit) return true;
  auto step = difference(candidate.value, *track.published);
  if (!step) return true;
  if (step->mantissa < 0) step->mantissa = -step->mantissa;
  return compare(*step, deadband) > 0;
}

}  // namespace vscp_p1
