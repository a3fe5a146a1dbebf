#include "vscp_p1/alarm.hpp"

#include <algorithm>
#include <utility>

#include "vscp_p1/state.hpp"

namespace vscp_p1 {
namespace {

using std::chrono::milliseconds;

// For silence: the value in milliseconds, and what it must last on top.
milliseconds limit_of(const AlarmSettings& alarm) noexcept {
  auto value = alarm.value.scaled(3);
  for (; value.exponent > 0; --value.exponent) value.mantissa *= 10;
  for (; value.exponent < 0; ++value.exponent) value.mantissa /= 10;
  return milliseconds{value.mantissa + static_cast<std::int64_t>(alarm.hold) * 1000};
}

std::optional<Decimal> value_in(const Mapper::Mapping& mapping, std::size_t quantity) {
  for (const auto& reading : mapping.measured) {
    if (reading.quantity == quantity && !reading.is_entry) return reading.value;
  }
  for (const auto& state : mapping.states) {
    if (state.quantity != quantity) continue;
    const auto shape = quantities[quantity].shape;
    auto number = state_number(shape, state.text);
    if (!number) number = state_number(shape, state_text(shape, state.text));
    if (number) return Decimal{*number, 0};
  }
  return std::nullopt;
}

}  // namespace

bool is_met(const AlarmSettings& alarm, const Decimal& value, bool is_active) noexcept {
  using Operator = AlarmSettings::Operator;
  const bool is_upper = alarm.op == Operator::above || alarm.op == Operator::at_least;
  const auto& hysteresis = alarm.hysteresis;
  auto threshold = alarm.value;
  if (is_active) {
    // A sum of more digits than fit moves nothing.
    const auto moved = is_upper ? difference(threshold, hysteresis) : sum(threshold, hysteresis);
    if (moved) threshold = *moved;
  }
  const auto order = compare(value, threshold);
  switch (alarm.op) {
    case Operator::above: return order > 0;
    case Operator::at_least: return order >= 0;
    case Operator::below: return order < 0;
    case Operator::at_most: return order <= 0;
    default: break;
  }
  auto distance = difference(value, alarm.value);
  if (distance && distance->mantissa < 0) distance->mantissa = -distance->mantissa;
  const bool is_equal = distance && compare(*distance, hysteresis) <= 0;
  return is_equal == (alarm.op == Operator::equal);
}

std::span<const AlarmChange> AlarmWatch::telegram(const Mapper::Mapping& mapping, const Moment& now) {
  changes_.clear();
  for (auto& alarm : alarms_) {
    if (alarm.settings.is_of_silence()) {
      if (alarm.is_active) change(alarm, false, 0, std::nullopt);
      continue;
    }
    const auto seen = look(alarm, mapping);
    if (!seen) continue;
    if (!seen->is_met) {
      alarm.since.reset();
      if (alarm.is_active) change(alarm, false, seen->quantity, seen->value);
    } else if (!alarm.is_active && !alarm.is_spent) {
      if (!alarm.since) alarm.since = now;
      if (has_passed(alarm.settings.hold, *alarm.since, now)) change(alarm, true, seen->quantity, seen->value);
    }
  }
  return changes_;
}

// nullopt when the telegram has none of the alarm's quantities.
std::optional<AlarmWatch::Seen> AlarmWatch::look(Watched& alarm, const Mapper::Mapping& mapping) {
  const auto& settings = alarm.settings;
  std::optional<Seen> seen;
  for (std::size_t i = 0; i < settings.quantities.size(); ++i) {
    const auto value = value_in(mapping, settings.quantities[i]);
    if (!value) continue;
    alarm.met[i] = vscp_p1::is_met(settings, *value, alarm.is_active);
    const bool decides = !seen || (alarm.met[i] && !seen->is_met);
    if (decides) seen = Seen{alarm.met[i], settings.quantities[i], *value};
  }
  if (seen) seen->is_met = std::find(alarm.met.begin(), alarm.met.end(), true) != alarm.met.end();
  return seen;
}

std::span<const AlarmChange> AlarmWatch::silence(milliseconds silent) {
  changes_.clear();
  for (auto& alarm : alarms_) {
    const bool begins =
        alarm.settings.is_of_silence() && !alarm.is_active && !alarm.is_spent && silent >= limit_of(alarm.settings);
    if (begins) change(alarm, true, 0, std::nullopt);
  }
  return changes_;
}

std::optional<milliseconds> AlarmWatch::next_silence() const {
  std::optional<milliseconds> next;
  for (const auto& alarm : alarms_) {
    if (!alarm.settings.is_of_silence() || alarm.is_active || alarm.is_spent) continue;
    const auto limit = limit_of(alarm.settings);
    if (!next || limit < *next) next = limit;
  }
  return next;
}

void AlarmWatch::change(Watched& alarm, bool begins, std::size_t quantity, std::optional<Decimal> value) {
  alarm.is_active = begins;
  if (begins) alarm.is_spent = alarm.settings.one_shot;
  changes_.push_back({&alarm.settings, begins, quantity, value});
}

std::vector<AlarmSettings> AlarmWatch::reconfigure(const std::vector<AlarmSettings>& alarms) {
  auto before = std::exchange(alarms_, {});
  for (const auto& settings : alarms) {
    const auto same = std::find_if(before.begin(), before.end(), [&](auto& b) { return b.settings == settings; });
    if (same == before.end()) {
      alarms_.push_back({settings, {}, {}, false, false});
    } else {
      alarms_.push_back(std::move(*same));
      before.erase(same);
    }
  }
  changes_.clear();
  changes_.reserve(alarms_.size());
  std::vector<AlarmSettings> ended;
  for (auto& alarm : before) {
    if (alarm.is_active) ended.push_back(std::move(alarm.settings));
  }
  return ended;
}

}  // namespace vscp_p1
