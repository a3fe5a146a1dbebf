#include "vscp_p1/pacer.hpp"

namespace vscp_p1 {
namespace {

using Average = Rates::Average;

// A quantity that config.ini adds is known by its VSCP type only: GENERAL may be anything, a counter too.
bool is_averaged(const Rates& rates, const Reading& reading) noexcept {
  constexpr std::uint16_t general = 0, count = 1, time = 4, energy = 13, volume = 28, reactive_energy = 65;
  if (rates.average == Average::last) return false;
  switch (reading.type) {
    case general: return reading.quantity < quantities.size();
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

Rates Pacer::rates_of(std::size_t quantity) const {
  auto rates = publish_.of(quantity);
  if (quantity < quantities.size() && !is_momentary(quantities[quantity])) rates.average = Average::last;
  return rates;
}

std::optional<Reading> Pacer::unless_zero(const Reading& reading) const {
  return skip_zero_ && reading.value.mantissa == 0 ? std::nullopt : std::optional(reading);
}

std::optional<Reading> Pacer::pace(const Reading& reading, const Moment& now) {
  if (!wanted_[reading.quantity]) return std::nullopt;
  if (gives_each_ || reading.is_entry) return unless_zero(reading);
  auto& track = tracks_[reading.quantity];
  if (!track.rates) track.rates = rates_of(reading.quantity);
  const auto& rates = *track.rates;
  collect(track, reading);
  const bool is_beat = rates.is_only_on_change() && rates.heartbeat > 0 && track.published &&
                       has_passed(rates.heartbeat, track.published_at, now);
  if (track.began && !is_beat && !has_passed(rates.interval, track.interval_end, now)) return std::nullopt;
  const auto candidate = result(track);
  track.began = true;
  track.interval_end = now;
  track.window.readings = 0;
  if (rates.is_only_on_change() && !is_beat && !has_changed(track, candidate)) return std::nullopt;
  if (skip_zero_ && candidate.value.mantissa == 0) return std::nullopt;
  track.published = candidate.value;
  track.type = candidate.type;
  track.unit = candidate.unit;
  track.published_at = now;
  return candidate;
}

void Pacer::collect(Track& track, const Reading& reading) {
  auto& window = track.window;
  const bool is_same_kind = reading.type == window.chosen.type && reading.unit == window.chosen.unit;
  if (window.readings == 0 || !is_averaged(*track.rates, reading) || !is_same_kind) {
    window.readings = 1;
    window.chosen = reading;
    window.values.start(reading.value);
    window.numbers.start(reading.number);
    return;
  }
  ++window.readings;
  window.values.add(reading.value);
  window.numbers.add(reading.number);
  const auto order = compare(reading.value, window.chosen.value);
  const bool is_less_extreme =
      (track.rates->average == Average::min && order > 0) || (track.rates->average == Average::max && order < 0);
  if (!is_less_extreme) window.chosen = reading;
  window.chosen.digits = {};  // they belong to one telegram
}

Reading Pacer::result(const Track& track) {
  auto result = track.window.chosen;
  if (track.window.readings == 1 || track.rates->average != Average::mean) return result;
  const auto value = track.window.values.mean();
  const auto number = track.window.numbers.mean();
  if (!value || !number) return result;
  result.value = *value;
  result.number = *number;
  return result;
}

bool Pacer::has_changed(const Track& track, const Reading& candidate) {
  if (!track.published || candidate.type != track.type || candidate.unit != track.unit) return true;
  auto step = difference(candidate.value, *track.published);
  if (!step) return true;
  if (step->mantissa < 0) step->mantissa = -step->mantissa;
  return compare(*step, track.rates->deadband) > 0;
}

}  // namespace vscp_p1
