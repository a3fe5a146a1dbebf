// From the text of a value to a reading, and what concerns all readings of a telegram.

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "vscp_p1/fields.hpp"
#include "vscp_p1/mapper.hpp"
#include "vscp_p1/text.hpp"
#include "vscp_p1/time.hpp"

namespace vscp_p1 {
namespace {

constexpr auto cumulative = [] {
  std::array<bool, quantities.size()> result{};
  std::transform(quantities.begin(), quantities.end(), result.begin(), is_cumulative);
  return result;
}();

}  // namespace

// Where the reading of a line goes: the last of repeated lines counts, in the place of the first.
inline Reading& Mapper::place(std::size_t quantity) {
  const bool is_repeated = std::exchange(places_[quantity], Place::taken) == Place::taken;
  return is_repeated ? place_again(quantity) : new_reading();
}

// In small steps: there may be a thousand meters.
Reading& Mapper::new_reading() {
  if (count_ == room_) {
    readings_.reserve(count_ + count_ / 8 + 2);
    readings_.resize(readings_.capacity());
    room_ = readings_.size();
  }
  return readings_[count_++] = {};
}

Reading& Mapper::place_again(std::size_t quantity) {
  const auto is_same = [quantity](const Reading& r) { return r.quantity == quantity && !r.is_entry; };
  return *std::find_if(readings_.begin(), readings_.end(), is_same);
}

Reading* Mapper::add(std::size_t quantity, const Obis& code, std::string_view value, std::string_view unit,
                     UtcTime time) {
  const auto reading = reading_of(quantity, code, {value, unit}, time);
  return reading ? &(place(quantity) = *reading) : nullptr;
}

void Mapper::add_entry(std::size_t quantity, const Obis& code, std::string_view value, std::string_view unit,
                       UtcTime time) {
  auto reading = reading_of(quantity, code, {value, unit}, time);
  if (!reading) return;
  reading->is_entry = true;
  new_reading() = *reading;
}

std::optional<Reading> Mapper::reading_of(std::size_t quantity, const Obis& code, const NumberText& text,
                                          UtcTime time) {
  const auto& value = text.value;
  if (value.empty() || value.front() == '*') return std::nullopt;
  const bool is_stamp =
      !text.number && looks_like_timestamp(value) && value.find_first_not_of("0123456789") != std::string_view::npos;
  if (is_stamp) return skip(Errc::bad_number), std::nullopt;
  auto reading = converted_reading(quantity, text);
  if (!reading) return std::nullopt;
  reading->code = code;
  reading->time = settings_.vscp.datetime == TimeSource::host ? now_ : time;
  return reading;
}

std::optional<Reading> Mapper::converted_reading(std::size_t quantity, const NumberText& text) {
  const auto& [value, unit, read] = text;
  const auto number = read ? Result<DecimalPrefix>(*read) : parse_decimal_prefix(value);
  const auto& own = settings_.quantities[quantity];
  if (!number) return skip(number.error()), std::nullopt;
  const auto conversion = conversion_of(quantity, unit);
  if (!conversion) return skip(Errc::bad_unit), std::nullopt;
  const auto scaled = product(number->value, own.scale);
  if (!scaled) return skip(Errc::bad_number), std::nullopt;
  const auto* known = conversion->known;
  const auto in_unit = product(known != nullptr ? converted(*scaled, *known) : *scaled, conversion->factor);
  if (!in_unit) return skip(Errc::bad_number), std::nullopt;
  Reading reading{quantity, {}, *in_unit, conversion->type, conversion->unit, {}, *scaled, {}, known};
  if (!own.is_scaled()) reading.digits = value.substr(0, number->length);
  return reading;
}

// nullopt when the unit does not belong to the quantity.
std::optional<Mapper::Conversion> Mapper::conversion_of(std::size_t quantity, std::string_view unit) const {
  const auto& custom = settings_.quantities[quantity].custom;
  const auto by_table = [](const WireUnit* known, const Decimal& factor) {
    return Conversion{known, factor, known->type, known->code};
  };
  if (!custom) {
    const auto* known = find_unit(quantities[quantity].dimension, unit);
    return known != nullptr ? std::optional(by_table(known, {1, 0})) : std::nullopt;
  }
  const bool fits = custom->wire_unit.empty() || unit.empty() || equal_ignoring_case(unit, custom->wire_unit);
  if (!fits) return std::nullopt;
  const auto* known = custom->as_sent && !unit.empty() ? find_unit(unit) : custom->known;
  if (known != nullptr) return by_table(known, custom->factor);
  return Conversion{nullptr, custom->factor, custom->type, custom->unit};
}

// ---- what concerns all readings of a telegram ----

// The readings of M-Bus devices, in the rows of their devices; those of dead channels are dropped.
void Mapper::map_mbus_lines() {
  if (mbus_lines_.empty()) return;
  for (const auto& [line, reading] : mbus_lines_) map_mbus_line(line, reading);
  binding_.bind(candidates_, devices_);
  auto given = candidates_.size();
  for (const auto& candidate : candidates_) {
    readings_[candidate.reading].quantity =
        candidate.row == 0 ? no_quantity : *find_mbus_quantity(candidate.medium, candidate.row);
    if (candidate.row == 0) --given;
  }
  if (given == mbus_lines_.size()) return;
  drop_without_quantity();
}

// Registers that the meter sends per tariff only: 1-0:1.8.0 = 1-0:1.8.1 + 1-0:1.8.2 + …
void Mapper::add_totals() {
  for (std::size_t quantity = 0; quantity < detail::meter_quantities.size(); ++quantity) {
    const auto& row = quantities[quantity];
    if (row.id.d == 8 && row.id.e == 0 && row.shape == Shape::value && places_[quantity] != Place::taken) {
      add_total(quantity);
    }
  }
}

void Mapper::add_total(std::size_t quantity) {
  const auto total = quantities[quantity].id;
  const auto is_tariff = [&](const Obis& id) { return id.e > 0 && Obis{id.a, id.b, id.c, id.d, 0} == total; };
  for (const auto& line : lines_) {
    if (line.id == total) return;
    const auto tariff = is_tariff(line.id) && !first_value(line).empty() ? find_quantity(line.id) : std::nullopt;
    if (tariff && places_[*tariff] != Place::taken) return;  // one that could not be read would be missing
  }
  std::optional<Reading> result;
  for (const auto& reading : readings()) {
    if (reading.quantity >= quantities.size()) continue;  // of a [QUANTITY …] section: something else
    if (!is_tariff(reading.code) || quantities[reading.quantity].shape != Shape::value) continue;
    if (!result) {
      result = reading;
      continue;
    }
    const auto value = sum(result->value, reading.value);
    if (!value || reading.unit != result->unit) return;
    result->value = *value;
  }
  if (!result) return;
  result->quantity = quantity;
  result->code = total;
  result->number = result->value;
  result->digits = {};
  result->wire_unit = nullptr;
  new_reading() = *result;
}

// The device that a register belongs to; 0: the electricity meter, or one that does not say who it is.
inline std::size_t Mapper::device_of(const Reading& reading) const noexcept {
  const bool is_of_device = reading.quantity >= detail::meter_quantities.size() && reading.code.b < devices_.size();
  const auto id = is_of_device ? devices_[reading.code.b].id : std::string_view{};
  return id.empty() ? 0 : std::hash<std::string_view>{}(id);
}

void Mapper::hold_back_implausible() {
  using Verdict = RegisterGuard::Verdict;
  bool all_are_good = true;
  for (auto& reading : readings()) {
    const auto quantity = reading.quantity;
    if (quantity >= cumulative.size() || !cumulative[quantity] || is_profile(reading.code)) continue;
    const auto verdict =
        guard_.check(quantity, quantities[quantity].dimension,
                     {reading.value, reading.time.seconds, reading.unit, reading.time != now_}, device_of(reading));
    if (verdict == Verdict::good) continue;
    skip(Errc::implausible);
    if (verdict == Verdict::held) held_.push_back({quantity, reading.value, guard_.last_good(quantity)});
    reading.quantity = no_quantity;
    all_are_good = false;
  }
  if (!all_are_good) drop_without_quantity();
}

void Mapper::drop_without_quantity() {
  drop_if([](const Reading& reading) { return reading.quantity == no_quantity; });
}

void Mapper::drop_unwanted() {
  drop_if([this](const Reading& reading) {
    const bool is_wanted = wanted_.empty() || wanted_[reading.quantity] != 0;
    return !is_wanted || (settings_.skip_zero && reading.value.mantissa == 0);
  });
}

}  // namespace vscp_p1
