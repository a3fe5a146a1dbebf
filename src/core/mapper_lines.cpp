// What each line of a telegram says, by the shape of its row.

#include <algorithm>
#include <charconv>
#include <utility>

#include "vscp_p1/fields.hpp"
#include "vscp_p1/mapper.hpp"
#include "vscp_p1/state.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

constexpr std::size_t most_unknown = 64;

// Twelve digits alone may be a register without a unit.
bool is_plain_number(std::string_view text) noexcept {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_zero(std::string_view text) noexcept { return text.find_first_not_of("0.,") == std::string_view::npos; }

}  // namespace

void Mapper::map_line(const DataLine& line) {
  using Kind = CodeUse::Kind;
  for (const auto& own : own_codes_) {
    if (own.code == line.id) return map_own_code(line, own.quantity);
  }
  switch (line.use.kind) {
    case Kind::quantity:
      // A row that got another code by its [QUANTITY …] section is no longer that of the table's.
      if (own_codes_.empty() || !settings_.quantities[line.use.quantity].has_own_code) {
        map_by_shape(line, line.use.quantity);
      }
      return;
    case Kind::mbus_reading:
      if (line.id.b > mbus_channels) return mbus_fields(line) ? count_unknown(line.id) : skip(Errc::bad_line);
      mbus_lines_.push_back({line, count_});
      new_reading().quantity = no_quantity;
      return;
    case Kind::profile: return map_profile(line);
    case Kind::unpublished: return;
    case Kind::unknown: return count_unknown(line.id);
  }
}

void Mapper::map_own_code(const DataLine& line, std::size_t quantity) {
  const bool is_state = quantity < quantities.size() && quantities[quantity].dimension == Dimension::none;
  if (is_state) return map_state(line, quantity);
  if (!is_mbus_reading(line.id)) return map_timed(line, quantity);
  const auto fields = mbus_fields(line);
  if (!fields) return skip(Errc::bad_line);
  const auto time =
      fields->stamp.empty() ? std::optional(time_) : own_time(fields->stamp, parsed_time(fields->stamp));
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
  const auto value = first_value(line);
  const bool is_stamp = looks_like_timestamp(value) && (!value_at(line, 1).empty() || !is_plain_number(value));
  if (is_stamp) return map_timed(line, quantity);
  add(quantity, line.id, value, unit_of(value), time_);
}

// (TST)(value), (value)(TST) as Iskra in Wallonia, or the value alone.
void Mapper::map_timed(const DataLine& line, std::size_t quantity) {
  const auto fields = timed_fields(first_value(line), value_at(line, 1));
  if (fields.value.empty()) return;
  const auto time = fields.stamp.empty() ? std::optional(time_) : own_time(fields.stamp, parsed_time(fields.stamp));
  if (time) add(quantity, line.id, fields.value, unit_of(fields.value), *time);
}

// (100*A)(-063*A), or in one bracket (65.0*A,-65.0*A).
void Mapper::map_pair(const DataLine& line, std::size_t quantity) {
  auto first = first_value(line);
  auto second = value_at(line, 1);
  if (const auto comma = first.find(','); second.empty() && comma != std::string_view::npos) {
    second = trimmed(first.substr(comma + 1));
    first = trimmed(first.substr(0, comma));
  }
  add(quantity, line.id, first, unit_of(first), time_);
  add(quantity + 1, line.id, second, unit_of(second), time_);
}

void Mapper::map_hexadecimal(const DataLine& line, std::size_t quantity) {
  const auto value = first_value(line);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number, 16);
  if (value.empty()) return;
  if (error != std::errc{} || end != value.data() + value.size()) return skip(Errc::bad_number);
  std::array<char, 10> digits{};
  const auto* digits_end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const std::string_view decimal(digits.data(), static_cast<std::size_t>(digits_end - digits.data()));
  auto* reading = add(quantity, line.id, decimal, {}, time_);
  if (reading != nullptr) reading->digits = {};
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

// The reading of an M-Bus device has its place already.
void Mapper::map_mbus_line(const DataLine& line, std::size_t index) {
  const auto fields = mbus_fields(line);
  if (!fields) return skip(Errc::bad_line);
  if (fields->value.empty() || fields->value.front() == '*') return;
  const bool has_stamp = !fields->stamp.empty();
  const bool was_never_read = !has_stamp && fields->unit.empty() && is_zero(fields->value);  // Metcom: (0)
  if (was_never_read) return skip(Errc::never_read);
  const int type = devices_[line.id.b].type;
  const auto medium = mbus_medium(line.id, type, fields->unit);
  if (!medium) return skip(Errc::bad_unit);
  const auto stamp = has_stamp ? parsed_time(fields->stamp) : Result<UtcTime>(time_);
  const auto time = has_stamp ? own_time(fields->stamp, stamp) : std::optional(time_);
  if (!time) return;
  const auto quantity = find_mbus_quantity(*medium, line.id.b);
  const auto reading = reading_of(*quantity, line.id, {fields->value, fields->unit, fields->number}, *time);
  if (!reading) return;
  if (std::exchange(places_[*quantity], Place::taken) == Place::taken)
    index = static_cast<std::size_t>(&place_again(*quantity) - readings_.data());
  readings_[index] = *reading;
  const auto same = std::find_if(candidates_.begin(), candidates_.end(), [&](auto& c) { return c.reading == index; });
  if (same != candidates_.end()) candidates_.erase(same);
  // A clock that is not set is staler than any that is.
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
  const auto text = first_value(line);
  const auto shape = quantities[quantity].shape;
  const bool is_text = shape == Shape::text || shape == Shape::code;
  if (text.empty() && !is_text) return;  // "nothing", not a position
  const bool readable = is_text || state_number(shape, text) || state_number(shape, state_text(shape, text));
  if (!readable) return skip(Errc::bad_number);
  if (std::exchange(places_[quantity], Place::taken) != Place::taken) {
    states_.push_back({quantity, text});
  } else {
    std::find_if(states_.begin(), states_.end(), [&](auto& s) { return s.quantity == quantity; })->text = text;
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

}  // namespace vscp_p1
