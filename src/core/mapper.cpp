#include "vscp_p1/mapper.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

#include "vscp_p1/fields.hpp"
#include "vscp_p1/state.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

constexpr std::int64_t one_day = 86'400;
// A host's clock before the year of this program is one that was not set yet: it judges no meter.
constexpr std::int64_t plausible_host_clock = 1'735'689'600;  // 2025-01-01
constexpr std::size_t most_unknown = 64;

// Twelve digits alone may be a register without a unit.
bool is_plain_number(std::string_view text) noexcept {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_zero(std::string_view text) noexcept { return text.find_first_not_of("0.,") == std::string_view::npos; }

}  // namespace

Mapper::Mapper(const Settings& settings, const TimeZone& zone)
    : settings_(settings),
      zone_(zone),
      binding_(settings.mbus),
      guard_(settings.quantities.size(), settings.main_fuse) {
  reconfigure(zone);
}

void Mapper::reconfigure(const TimeZone& zone) {
  const auto& all = settings_.quantities;
  zone_ = zone;
  binding_.set_overrides(settings_.mbus);
  guard_ = RegisterGuard(all.size(), settings_.main_fuse);
  profiles_.clear();
  slots_.assign(all.size(), no_slot);
  wanted_.clear();
  own_codes_.clear();
  for (std::size_t i = 0; i < all.size(); ++i) {
    wanted_.push_back(settings_.is_wanted(i));
    if (all[i].has_own_code) own_codes_.push_back({all[i].obis, i});
  }
}

Mapper::Mapping Mapper::map(std::string_view body, UtcTime now, std::int64_t latest) {
  lines_.clear();
  readings_.clear();
  states_.clear();
  held_.clear();
  candidates_.clear();
  devices_.fill({});
  std::fill(slots_.begin(), slots_.end(), no_slot);
  LineReader reader(body);
  read_lines(reader);
  now_ = now;
  latest_ = std::max(latest, now.seconds);
  time_ = telegram_time();
  header_ = reader.header();
  notice_meter();
  for (const auto& line : lines_) map_line(line);
  bind_devices();
  if (settings_.totals) add_totals();
  if (settings_.plausibility) hold_back_implausible();
  measured_.assign(readings_.begin(), readings_.end());
  drop_unwanted();
  return {readings_, measured_, states_, held_, devices_, time_, lines_.size(), header_, meter_};
}

void Mapper::read_lines(LineReader& reader) {
  while (const auto line = reader.next()) {
    if (!*line) {
      skip(line->error());
      continue;
    }
    lines_.push_back(**line);
    note_device(**line);
  }
}

void Mapper::note_device(const DataLine& line) {
  const auto& id = line.id;
  if (id.a != 0 || id.b < 1 || id.b > mbus_channels) return;
  if (id.c == 24 && id.d == 1 && id.e == 0) {
    note_device_type(value_at(line, 0), devices_[id.b].type);
  } else if (id.c == 96 && id.d == 1 && id.e <= 1) {
    const auto text = value_at(line, 0);
    devices_[id.b].id = is_unset(text) ? std::string_view{} : text;
  }
}

void Mapper::note_device_type(std::string_view text, int& type) {
  if (text.empty()) {
    type = MbusDevice::type_absent;
    return;
  }
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return skip(Errc::bad_number);
  type = number;
}

// Empty when it was not sent, or not set.
std::string_view Mapper::sent_id(const Obis& code) const {
  const auto line = std::find_if(lines_.begin(), lines_.end(), [&](const DataLine& l) { return l.id == code; });
  const auto text = line == lines_.end() ? std::string_view{} : value_at(*line, 0);
  return is_unset(text) ? std::string_view{} : text;
}

// Which meter speaks. Another id is another meter, or another header where no id was ever sent; an id that is missing
// for once tells nothing.
void Mapper::notice_meter() {
  const auto is_empty = [](const std::string& id) { return id.empty(); };
  const bool has_no_id = std::all_of(meter_ids_.begin(), meter_ids_.end(), is_empty);
  bool is_other = has_no_id && !known_header_.empty() && known_header_ != header_;
  known_header_ = header_;
  for (std::size_t i = 0; i < meter_ids_.size(); ++i) {
    const auto sent = sent_id(equipment_id_codes[i]);
    is_other = is_other || (!sent.empty() && !meter_ids_[i].empty() && !equal_ignoring_case(sent, meter_ids_[i]));
  }
  if (is_other) {
    binding_.forget();
    guard_.forget();
    meter_ids_.fill({});
  }
  for (std::size_t i = 0; i < meter_ids_.size(); ++i) {
    if (const auto sent = sent_id(equipment_id_codes[i]); !sent.empty()) meter_ids_[i] = sent;
  }
  const auto id = std::find_if_not(meter_ids_.begin(), meter_ids_.end(), is_empty);
  meter_ = id == meter_ids_.end() ? header_ : std::string_view(*id);
}

// ---- time ----

// 0-0:1.0.0; WarmteLink sends 0-0:1.1.0; Slovenian meters split date and time into 1-0:0.9.2 and 1-0:0.9.1.
UtcTime Mapper::telegram_time() {
  std::string_view date;
  std::string_view clock;
  for (const auto& line : lines_) {
    if (line.id == "0-0:1.0.0"_obis || line.id == "0-0:1.1.0"_obis) return time_or_host(value_at(line, 0));
    if (line.id == "1-0:0.9.2"_obis) date = value_at(line, 0);
    if (line.id == "1-0:0.9.1"_obis) clock = value_at(line, 0);
  }
  if (date.size() != 6 || clock.size() != 6) return now_;
  std::array<char, 12> joined{};
  std::copy(clock.begin(), clock.end(), std::copy(date.begin(), date.end(), joined.begin()));
  return time_or_host({joined.data(), joined.size()});
}

bool Mapper::is_too_late(const UtcTime& time) const noexcept {
  return latest_ >= plausible_host_clock && time.seconds > latest_ + one_day;
}

Result<UtcTime> Mapper::parsed_time(std::string_view text) const {
  const auto time = parse_timestamp(text, zone_);
  return time && is_too_late(*time) ? Errc::bad_timestamp : time;
}

UtcTime Mapper::time_or_host(std::string_view text) {
  if (settings_.vscp.datetime == TimeSource::host) return now_;
  const auto time = parsed_time(text);
  if (time) return *time;
  skip(Errc::bad_timestamp);
  return now_;
}

// The time of a value that has its own stamp; nullopt when the stamp says that it was never taken.
std::optional<UtcTime> Mapper::own_time(std::string_view stamp) {
  if (!is_never_read(stamp)) return time_or_host(stamp);
  skip(Errc::never_read);
  return std::nullopt;
}

// ---- lines ----

void Mapper::map_line(const DataLine& line) {
  for (const auto& own : own_codes_) {
    if (own.code == line.id) return map_own_code(line, own.quantity);
  }
  if (is_mbus_reading(line.id)) return map_mbus_line(line);
  if (is_profile(line.id)) return map_profile(line);
  if (const auto quantity = find_quantity(line.id)) {
    // A row that got another code by its [QUANTITY …] section is no longer that of the table's.
    if (!settings_.quantities[*quantity].has_own_code) map_by_shape(line, *quantity);
    return;
  }
  if (!is_known(line.id)) count_unknown(line.id);
}

void Mapper::map_own_code(const DataLine& line, std::size_t quantity) {
  const bool is_state = quantity < quantities.size() && quantities[quantity].dimension == Dimension::none;
  if (is_state) return map_state(line, quantity);
  if (!is_mbus_reading(line.id)) return map_timed(line, quantity);
  const auto fields = mbus_fields(line);
  if (!fields) return skip(Errc::bad_line);
  const auto time = fields->stamp.empty() ? std::optional(time_) : own_time(fields->stamp);
  if (time) add(quantity, line.id, fields->value, fields->unit, *time);
}

void Mapper::map_by_shape(const DataLine& line, std::size_t quantity) {
  switch (quantities[quantity].shape) {
    case Shape::timed: return map_timed(line, quantity);
    case Shape::first_of_two: return map_pair(line, quantity);
    case Shape::hexadecimal: return map_hexadecimal(line, quantity);
    case Shape::hourly: return map_hourly(line, quantity);
    case Shape::text:
    case Shape::code:
    case Shape::tariff:
    case Shape::breaker:
    case Shape::valve: return map_state(line, quantity);
    default: break;
  }
  const auto value = value_at(line, 0);
  const bool is_stamp = looks_like_timestamp(value) && (!value_at(line, 1).empty() || !is_plain_number(value));
  if (is_stamp) return map_timed(line, quantity);
  add(quantity, line.id, value, unit_of(value), time_);
}

// (TST)(value), (value)(TST) as Iskra in Wallonia, or the value alone.
void Mapper::map_timed(const DataLine& line, std::size_t quantity) {
  const auto fields = timed_fields(value_at(line, 0), value_at(line, 1));
  if (fields.value.empty()) return;
  const auto time = fields.stamp.empty() ? std::optional(time_) : own_time(fields.stamp);
  if (time) add(quantity, line.id, fields.value, unit_of(fields.value), *time);
}

// (100*A)(-063*A), or in one bracket (65.0*A,-65.0*A).
void Mapper::map_pair(const DataLine& line, std::size_t quantity) {
  auto first = value_at(line, 0);
  auto second = value_at(line, 1);
  if (const auto comma = first.find(','); second.empty() && comma != std::string_view::npos) {
    second = trimmed(first.substr(comma + 1));
    first = trimmed(first.substr(0, comma));
  }
  add(quantity, line.id, first, unit_of(first), time_);
  add(quantity + 1, line.id, second, unit_of(second), time_);
}

void Mapper::map_hexadecimal(const DataLine& line, std::size_t quantity) {
  const auto value = value_at(line, 0);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number, 16);
  if (value.empty()) return;
  if (error != std::errc{} || end != value.data() + value.size()) return skip(Errc::bad_number);
  std::array<char, 10> digits{};
  const auto* digits_end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const std::string_view decimal(digits.data(), static_cast<std::size_t>(digits_end - digits.data()));
  add(quantity, line.id, decimal, {}, time_);
  if (slots_[quantity] != no_slot) readings_[slots_[quantity]].digits = {};
}

// (time of the first)(status)(minutes between them)(count)(code)(unit)(number)…, at most a day of hours.
void Mapper::map_hourly(const DataLine& line, std::size_t quantity) {
  constexpr std::int64_t most_values = 24;
  constexpr int longest_period = 1440;
  if (!has_changed(line)) return;
  std::array<std::string_view, 6> head;
  ValueCursor cursor(line.values);
  for (auto& field : head) field = trimmed(cursor.next().value_or(std::string_view{}));
  int minutes = -1;
  std::from_chars(head[2].data(), head[2].data() + head[2].size(), minutes);
  if (minutes < 0 || minutes > longest_period) return skip(Errc::bad_profile);
  if (is_never_read(head[0])) return skip(Errc::never_read);
  const auto begin = parsed_time(head[0]);
  if (!begin) return skip(Errc::bad_timestamp);
  for (std::int64_t count = 0; count < most_values; ++count) {
    const UtcTime time{begin->seconds + count * minutes * 60, begin->microseconds};
    const auto value = cursor.next();
    if (!value) return;
    if (is_too_late(time)) return skip(Errc::bad_timestamp);
    add_entry(quantity, line.id, trimmed(*value), head[5], time);
  }
  skip(Errc::bad_profile);
}

void Mapper::map_mbus_line(const DataLine& line) {
  const auto fields = mbus_fields(line);
  if (!fields) return skip(Errc::bad_line);
  if (line.id.b > mbus_channels) return count_unknown(line.id);
  if (fields->value.empty() || fields->value.front() == '*') return;
  const bool has_stamp = !fields->stamp.empty();
  const bool was_never_read = !has_stamp && fields->unit.empty() && is_zero(fields->value);  // Metcom: (0)
  if (was_never_read) return skip(Errc::never_read);
  const int type = devices_[line.id.b].type;
  const auto medium = mbus_medium(line.id, type, fields->unit);
  if (!medium) return skip(Errc::bad_unit);
  const auto time = has_stamp ? own_time(fields->stamp) : std::optional(time_);
  if (!time) return;
  const auto quantity = find_mbus_quantity(*medium, line.id.b);
  const auto* reading = add(*quantity, line.id, fields->value, fields->unit, *time);
  if (reading == nullptr) return;
  const auto index = static_cast<std::size_t>(reading - readings_.data());
  const auto same = std::find_if(candidates_.begin(), candidates_.end(), [&](auto& c) { return c.reading == index; });
  if (same != candidates_.end()) candidates_.erase(same);
  // A clock that is not set is staler than any that is.
  const auto stamp = has_stamp ? parsed_time(fields->stamp) : Result<UtcTime>(*time);
  candidates_.push_back({*medium, line.id.b, stamp ? *stamp : UtcTime{}, has_stamp, reading->value, index});
}

// Profiles are published when they change: they are sent with each telegram and tell of hours or months.
bool Mapper::has_changed(const DataLine& line) {
  auto seen = std::find_if(profiles_.begin(), profiles_.end(), [&](const auto& p) { return p.code == line.id; });
  if (seen == profiles_.end()) seen = profiles_.insert(profiles_.end(), {line.id, {}});
  if (seen->values == line.values) return false;
  seen->values = line.values;
  return true;
}

void Mapper::map_profile(const DataLine& line) {
  if (!has_changed(line)) return;
  if (!profile_.read(line)) return skip(Errc::bad_profile);
  for (const auto& entry : profile_.entries()) {
    const auto quantity = find_profile_quantity(entry.captured);
    if (!quantity) continue;
    const auto time = parsed_time(entry.time);  // the host's would tell of today what was long ago
    if (time) {
      add_entry(*quantity, line.id, entry.value, unit_of(entry.value), *time);
    } else {
      skip(is_never_read(entry.time) ? Errc::never_read : Errc::bad_timestamp);
    }
  }
}

void Mapper::map_state(const DataLine& line, std::size_t quantity) {
  const auto text = value_at(line, 0);
  const auto shape = quantities[quantity].shape;
  const bool is_text = shape == Shape::text || shape == Shape::code;
  if (text.empty() && !is_text) return;  // "nothing", not a position
  const bool readable = is_text || state_number(shape, text) || state_number(shape, state_text(shape, text));
  if (!readable) return skip(Errc::bad_number);
  const auto same = std::find_if(states_.begin(), states_.end(), [&](auto& s) { return s.quantity == quantity; });
  if (same == states_.end()) {
    states_.push_back({quantity, text});
  } else {
    same->text = text;
  }
}

void Mapper::count_unknown(const Obis& code) {
  skip(Errc::unknown_obis);
  const auto known = std::find_if(unknown_.begin(), unknown_.end(), [&](const auto& u) { return u.code == code; });
  if (known != unknown_.end()) {
    ++known->lines;
  } else if (unknown_.size() < most_unknown) {
    unknown_.push_back({code, 1});
  }
}

// ---- values ----

const Reading* Mapper::add(std::size_t quantity, const Obis& code, std::string_view value, std::string_view unit,
                           UtcTime time) {
  const auto slot = slots_[quantity];
  const auto* reading = add_repeatable(quantity, code, value, unit, time);
  if (reading == nullptr) return nullptr;
  if (slot == no_slot) {
    slots_[quantity] = readings_.size() - 1;
  } else {
    readings_[slot] = *reading;
    readings_.pop_back();
  }
  return &readings_[slots_[quantity]];
}

void Mapper::add_entry(std::size_t quantity, const Obis& code, std::string_view value, std::string_view unit,
                       UtcTime time) {
  if (add_repeatable(quantity, code, value, unit, time) != nullptr) readings_.back().is_entry = true;
}

const Reading* Mapper::add_repeatable(std::size_t quantity, const Obis& code, std::string_view value,
                                      std::string_view unit, UtcTime time) {
  if (value.empty() || value.front() == '*') return nullptr;
  if (looks_like_timestamp(value) && !is_plain_number(value)) return skip(Errc::bad_number), nullptr;
  auto reading = converted_reading(quantity, value, unit);
  if (!reading) return nullptr;
  reading->code = code;
  reading->time = settings_.vscp.datetime == TimeSource::host ? now_ : time;
  readings_.push_back(*reading);
  return &readings_.back();
}

std::optional<Reading> Mapper::converted_reading(std::size_t quantity, std::string_view value,
                                                 std::string_view unit) {
  const auto& own = settings_.quantities[quantity];
  const auto number = parse_decimal_prefix(value);
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

// Gives the readings of M-Bus devices the rows of their devices, and drops those of dead channels.
void Mapper::bind_devices() {
  binding_.bind(candidates_, devices_);
  for (const auto& candidate : candidates_) {
    readings_[candidate.reading].quantity =
        candidate.row == 0 ? no_slot : *find_mbus_quantity(candidate.medium, candidate.row);
  }
  std::erase_if(readings_, [](const Reading& reading) { return reading.quantity == no_slot; });
}

// Registers that the meter sends per tariff only: 1-0:1.8.0 = 1-0:1.8.1 + 1-0:1.8.2 + …
void Mapper::add_totals() {
  for (std::size_t quantity = 0; quantity < detail::meter_quantities.size(); ++quantity) {
    const auto& row = quantities[quantity];
    if (row.id.d == 8 && row.id.e == 0 && row.shape == Shape::value && slots_[quantity] == no_slot) {
      add_total(quantity);
    }
  }
}

void Mapper::add_total(std::size_t quantity) {
  const auto total = quantities[quantity].id;
  const auto is_tariff = [&](const Obis& id) { return id.e > 0 && Obis{id.a, id.b, id.c, id.d, 0} == total; };
  for (const auto& line : lines_) {
    if (line.id == total) return;
    const auto tariff = is_tariff(line.id) && !value_at(line, 0).empty() ? find_quantity(line.id) : std::nullopt;
    if (tariff && slots_[*tariff] == no_slot) return;  // one that could not be read would be missing
  }
  std::optional<Reading> result;
  for (const auto& reading : readings_) {
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
  readings_.push_back(*result);
}

void Mapper::hold_back_implausible() {
  std::erase_if(readings_, [&](const Reading& reading) {
    const bool is_row = reading.quantity < quantities.size() && !is_profile(reading.code);
    if (!is_row || !is_cumulative(quantities[reading.quantity])) return false;
    const auto& row = quantities[reading.quantity];
    const bool has_channel = row.shape == Shape::mbus && reading.code.b < devices_.size();
    const auto id = has_channel ? devices_[reading.code.b].id : std::string_view{};
    const auto device = id.empty() ? 0 : std::hash<std::string_view>{}(id);
    const RegisterGuard::Sample sample{reading.value, reading.unit, reading.time.seconds, reading.time != now_};
    const auto verdict = guard_.check(reading.quantity, row.dimension, sample, device);
    if (verdict == RegisterGuard::Verdict::good) return false;
    skip(Errc::implausible);
    if (verdict == RegisterGuard::Verdict::held) {
      held_.push_back({reading.quantity, reading.value, guard_.last_good(reading.quantity)});
    }
    return true;
  });
}

void Mapper::drop_unwanted() {
  std::erase_if(readings_, [this](const Reading& reading) {
    return !wanted_[reading.quantity] || (settings_.skip_zero && reading.value.mantissa == 0);
  });
}

}  // namespace vscp_p1
