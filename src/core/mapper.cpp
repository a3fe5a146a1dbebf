#include "vscp_p1/mapper.hpp"

#include <algorithm>
#include <charconv>

#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

constexpr int type_unknown = -1;  // no device type was sent for the channel
constexpr int type_absent = -2;   // it was sent empty: nothing is connected

constexpr std::int64_t one_day = 86'400;
// A host's clock before the year of this program is one that was not set yet: it judges no meter.
constexpr std::int64_t plausible_host_clock = 1'735'689'600;  // 2025-01-01

std::string_view value_at(const DataLine& line, std::size_t index) noexcept {
  ValueCursor cursor(line.values);
  for (; index > 0; --index) {
    if (!cursor.next()) return {};
  }
  return cursor.next().value_or(std::string_view{});
}

// What stands behind the number: "*kWh", "kWh" (Aidon), "*kWh " (Holley) or nothing.
std::string_view unit_of(std::string_view value) noexcept {
  const auto number = parse_decimal_prefix(value);
  if (!number) return {};
  value.remove_prefix(number->length);
  if (value.starts_with('*')) value.remove_prefix(1);
  return trimmed(value);
}

bool is_mbus_reading(const Obis& id) noexcept {
  if (id.a != 0 || id.b == 0 || id.c != 24) return false;
  return (id.d == 2 && (id.e == 1 || id.e == 3)) || (id.d == 3 && (id.e == 0 || id.e == 1));
}

// M-Bus device types of EN 13757-3, as P1 sends them: decimal.
enum class Device { gas, water, heat, cooling, electricity, other };
Device device_of(int type) noexcept {
  switch (type) {
    case 2: return Device::electricity;
    case 3: return Device::gas;
    case 4:
    case 12:
    case 13: return Device::heat;
    case 6:
    case 7:
    case 21:
    case 22:
    case 23:
    case 40: return Device::water;
    case 10:
    case 11: return Device::cooling;
    default: return Device::other;
  }
}

// What an M-Bus device measures: by the unit first, then the device type, then the code. WarmteLink sends type 12
// both with GJ and with m3, and simulators send types that do not exist.
std::optional<Group> mbus_medium(const Obis& id, Device device, std::string_view unit) noexcept {
  constexpr std::uint8_t cold_profile = 1;  // 0-n:24.3.1
  if (device == Device::cooling || (id.d == 3 && id.e == cold_profile)) return std::nullopt;
  if (unit.empty()) {
    if (device == Device::electricity) return std::nullopt;
    return device == Device::water ? Group::water : device == Device::heat ? Group::heat : Group::gas;
  }
  if (find_unit(Dimension::volume, unit) != nullptr) {
    return device == Device::water || device == Device::heat ? Group::water : Group::gas;
  }
  const bool electric = find_unit(Dimension::active_energy, unit) != nullptr;
  return electric && device != Device::heat ? std::nullopt : std::optional(Group::heat);
}

}  // namespace

Mapper::Mapping Mapper::map(std::string_view body, UtcTime now) {
  lines_.clear();
  readings_.clear();
  device_types_.fill(type_unknown);
  slots_.fill(no_slot);
  LineReader reader(body);
  read_lines(reader);
  const auto time = telegram_time(now);
  for (const auto& line : lines_) map_line(line, time, now);
  return {readings_, lines_.size(), meter_identity(reader.header())};
}

void Mapper::read_lines(LineReader& reader) {
  while (const auto line = reader.next()) {
    if (!*line) {
      skip(line->error());
      continue;
    }
    lines_.push_back(**line);
    note_device_type(**line);
  }
}

void Mapper::note_device_type(const DataLine& line) {
  const auto& id = line.id;
  if (id != Obis{0, id.b, 24, 1, 0} || id.b < 1 || id.b > mbus_channels) return;
  const auto text = trimmed(value_at(line, 0));
  int type = type_absent;
  std::from_chars(text.data(), text.data() + text.size(), type);
  device_types_[id.b] = type;
}

// 0-0:96.1.1 (DSMR), 0-0:96.1.0 (E.ON Hungary), 0-0:42.0.0 (DSMR 2.2, Luxembourg).
std::string_view Mapper::meter_identity(std::string_view header) const {
  for (const auto& id : {"0-0:96.1.1"_obis, "0-0:96.1.0"_obis, "0-0:42.0.0"_obis}) {
    const auto line = std::find_if(lines_.begin(), lines_.end(), [&](const DataLine& l) { return l.id == id; });
    if (line == lines_.end()) continue;
    if (const auto text = trimmed(value_at(*line, 0)); !text.empty()) return text;
  }
  return header;
}

// 0-0:1.0.0; WarmteLink sends 0-0:1.1.0; Slovenian meters split date and time into 1-0:0.9.2 and 1-0:0.9.1.
UtcTime Mapper::telegram_time(UtcTime now) {
  if (options_.host_time) return now;
  std::string_view date;
  std::string_view clock;
  for (const auto& line : lines_) {
    if (line.id == "0-0:1.0.0"_obis || line.id == "0-0:1.1.0"_obis) return checked_time(value_at(line, 0), now, now);
    if (line.id == "1-0:0.9.2"_obis) date = value_at(line, 0);
    if (line.id == "1-0:0.9.1"_obis) clock = value_at(line, 0);
  }
  if (date.size() != 6 || clock.size() != 6) return now;
  std::array<char, 12> joined{};
  std::copy(clock.begin(), clock.end(), std::copy(date.begin(), date.end(), joined.begin()));
  return checked_time({joined.data(), joined.size()}, now, now);
}

UtcTime Mapper::checked_time(std::string_view text, UtcTime otherwise, UtcTime now) {
  if (options_.host_time) return now;
  const auto time = parse_timestamp(trimmed(text), options_.zone);
  const bool too_late = time && now.seconds >= plausible_host_clock && time->seconds > now.seconds + one_day;
  if (time && !too_late) return *time;
  skip(Errc::bad_timestamp);
  return otherwise;
}

void Mapper::map_line(const DataLine& line, UtcTime time, UtcTime now) {
  if (is_mbus_reading(line.id)) return map_mbus_line(line, time, now);
  const auto quantity = find_quantity(line.id);
  if (!quantity) return skip(Errc::unknown_obis);
  const auto value = trimmed(value_at(line, 0));
  add(*quantity, value, unit_of(value), time);
}

// DSMR 4 and later: (capture time)(value*unit). DSMR 2.2 and 3.0: (time)(status)(minutes)(count)(code)(unit)(value).
void Mapper::map_mbus_line(const DataLine& line, UtcTime time, UtcTime now) {
  std::array<std::string_view, 7> values;
  std::size_t count = 0;
  ValueCursor cursor(line.values);
  while (count < values.size()) {
    const auto value = cursor.next();
    if (!value) break;
    values[count++] = *value;
  }
  const bool is_profile = line.id.d == 3;
  if (count == 0 || (is_profile && count != values.size())) return skip(Errc::bad_line);
  const auto value = trimmed(values[is_profile ? 6 : std::min<std::size_t>(count, 2) - 1]);
  const auto unit = is_profile ? trimmed(values[5]) : unit_of(value);
  const int type = line.id.b <= mbus_channels ? device_types_[line.id.b] : type_unknown;
  if (type == type_absent) return;
  const auto medium = mbus_medium(line.id, device_of(type), unit);
  const auto quantity = medium ? find_mbus_quantity(*medium, line.id.b) : std::nullopt;
  if (!quantity) return skip(Errc::unknown_obis);
  add(*quantity, value, unit, count > 1 ? checked_time(values[0], now, now) : time);
}

void Mapper::add(std::size_t quantity, std::string_view value, std::string_view unit, UtcTime time) {
  const auto& row = quantities[quantity];
  if (value.empty() || value.front() == '*' || !options_.send[static_cast<std::size_t>(row.group)]) return;
  const auto number = parse_decimal_prefix(value);
  if (!number) return skip(number.error());
  const auto* wire_unit = find_unit(row.dimension, unit);
  if (wire_unit == nullptr) return skip(Errc::bad_unit);
  const Reading reading{quantity, number->value.scaled(wire_unit->power), wire_unit->code, time,
                        value.substr(0, number->length)};
  if (slots_[quantity] == no_slot) {
    slots_[quantity] = readings_.size();
    readings_.push_back(reading);
  } else {
    readings_[slots_[quantity]] = reading;
  }
}

}  // namespace vscp_p1
