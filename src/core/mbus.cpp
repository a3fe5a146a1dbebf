#include "vscp_p1/mbus.hpp"

#include <algorithm>

#include "vscp_p1/telegram.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

constexpr std::int64_t two_days = 172'800;  // water meters are read once a day

enum class Device { gas, water, heat, cooling, electricity, other, unknown };

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
    default: break;
  }
  constexpr auto others = std::to_array<int>({0, 1, 5, 8, 9, 14, 15, 24, 25, 26, 27, 28, 32, 33, 37, 41, 42, 54, 55});
  const bool exists = std::find(others.begin(), others.end(), type) != others.end();
  return exists ? Device::other : Device::unknown;
}

bool is_cold(const Obis& id, Device device) noexcept {
  return device == Device::cooling || (id.d == 3 && id.e == 1);  // 0-n:24.3.1, DSMR 3.0
}

// 24.2.2 … 24.2.4 are flow and temperatures of a heat meter, but 24.2.3 is also the Belgian gas meter.
Medium medium_without_unit(const Obis& id, Device device) noexcept {
  const bool is_thermal = device == Device::heat || device == Device::cooling;
  if (id.d == 2 && id.e == 2) return Medium::flow;
  if (id.d == 2 && id.e == 3 && is_thermal) return Medium::temperature;
  if (id.d == 2 && id.e == 4) return Medium::return_temperature;
  if (is_cold(id, device)) return Medium::cold;
  switch (device) {
    case Device::electricity: return Medium::electricity;
    case Device::water: return Medium::water;
    case Device::heat: return Medium::heat;
    case Device::other: return Medium::volume;
    default: return Medium::gas;
  }
}

bool is_own_number(std::string_view text, std::uint8_t channel) noexcept {
  return text.size() == 1 && text[0] == static_cast<char>('0' + channel);
}

}  // namespace

bool has_id(const MbusDevice& device, std::string_view wanted) {
  return !device.id.empty() &&
         (equal_ignoring_case(device.id, wanted) || equal_ignoring_case(decoded_text(device.id), wanted));
}

std::optional<Medium> mbus_medium(const Obis& id, int device_type, std::string_view unit) noexcept {
  const auto device = device_of(device_type);
  if (unit.empty()) return medium_without_unit(id, device);
  if (find_unit(Dimension::volume, unit) != nullptr) {
    if (device == Device::gas || device == Device::unknown) return Medium::gas;
    return device == Device::other || device == Device::electricity ? Medium::volume : Medium::water;
  }
  if (find_unit(Dimension::active_energy, unit) != nullptr) {
    if (is_cold(id, device)) return Medium::cold;
    return device == Device::heat ? Medium::heat : Medium::electricity;
  }
  if (find_unit(Dimension::thermal_energy, unit) != nullptr) return is_cold(id, device) ? Medium::cold : Medium::heat;
  if (find_unit(Dimension::flow, unit) != nullptr) return Medium::flow;
  constexpr std::uint8_t forward = 3;  // 0-n:24.2.3; 24.2.4 is the return
  if (find_unit(Dimension::temperature, unit) != nullptr) {
    return id.e == forward ? Medium::temperature : Medium::return_temperature;
  }
  return std::nullopt;
}

void MbusBinding::forget() noexcept {
  for (auto& rows : bound_) {
    for (auto& [channel, id] : rows) {
      channel = 0;
      id.clear();
    }
  }
}

void MbusBinding::bind(std::span<MbusCandidate> candidates, std::span<const MbusDevice> devices) {
  for (auto& candidate : candidates) {
    candidate.row = is_excluded(candidate, devices[candidate.channel]) ? 0 : candidate.channel;
  }
  if (candidates.size() > 1) drop_dead(candidates);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].row != 0) candidates[i].row = static_cast<std::uint8_t>(row_of(i, candidates, devices));
  }
}

bool MbusBinding::is_excluded(const MbusCandidate& candidate, const MbusDevice& device) const {
  const auto& wanted = overrides_[static_cast<std::size_t>(candidate.medium)];
  return !wanted.empty() && !is_own_number(wanted, candidate.channel) && !has_id(device, wanted);
}

void MbusBinding::drop_dead(std::span<MbusCandidate> candidates) const {
  const auto drop_beside = [&](auto is_dead) {
    const auto is_other = [](const auto& x, const auto& y) {
      return x.medium == y.medium && x.channel != y.channel && y.row != 0;
    };
    for (auto& x : candidates) {
      const bool dead = std::any_of(candidates.begin(), candidates.end(),
                                    [&](const auto& y) { return is_other(x, y) && is_dead(x, y); });
      if (dead) x.row = 0;
    }
  };
  drop_beside([](const MbusCandidate& x, const MbusCandidate& y) {
    return x.has_own_time && y.has_own_time && x.time.seconds < y.time.seconds - two_days;
  });
  // Behind the stale ones: a new meter that stands at 0 lives beside the last value of the old one.
  drop_beside([](const MbusCandidate& x, const MbusCandidate& y) {
    const bool is_register = x.medium <= Medium::volume;
    return is_register && x.value.mantissa == 0 && y.value.mantissa != 0;
  });
}

// Index in the rows; 0 when none is free. The candidates in front of this one have their rows.
std::size_t MbusBinding::row_of(std::size_t candidate, std::span<const MbusCandidate> candidates,
                                std::span<const MbusDevice> devices) {
  const auto& own = candidates[candidate];
  const auto& wanted = overrides_[static_cast<std::size_t>(own.medium)];
  if (!wanted.empty()) return is_own_number(wanted, own.channel) ? own.channel : 1;
  auto& rows = bound_[static_cast<std::size_t>(own.medium)];
  rows.resize(mbus_channels + 1);
  auto id = devices[own.channel].id;
  // Usually the only device of its medium has not changed. No two rows have the same id.
  const auto& last = rows[own.channel];
  const bool is_as_before = last.channel == own.channel && !id.empty() && last.id == id;
  const auto is_other = [&](const MbusCandidate& c) { return c.medium == own.medium && &c != &own; };
  if (is_as_before && std::none_of(candidates.begin(), candidates.end(), is_other)) return own.channel;
  const auto is_alike = [&](const MbusCandidate& c) { return c.medium == own.medium && c.row != 0; };
  const auto count_alike = [&](auto condition) {
    return std::count_if(candidates.begin(), candidates.end(),
                         [&](const MbusCandidate& c) { return is_alike(c) && condition(c); });
  };
  if (count_alike([&](const MbusCandidate& c) { return devices[c.channel].id == id; }) > 1) id = {};
  const auto is_here = [&](const Bound& bound) {  // another device of this telegram has the row
    return count_alike([&](const MbusCandidate& c) {
             return c.channel != own.channel &&
                    (bound.id.empty() ? c.channel == bound.channel : devices[c.channel].id == bound.id);
           }) > 0;
  };
  const auto find_row = [&](auto condition) { return std::find_if(rows.begin() + 1, rows.end(), condition); };
  auto row = rows.end();
  if (!id.empty()) row = find_row([&](const Bound& bound) { return bound.id == id; });
  if (row == rows.end()) {
    row = find_row(
        [&](const Bound& bound) { return bound.channel == own.channel && (bound.id.empty() || id.empty()); });
  }
  if (row == rows.end() && id.empty()) {
    row = find_row([&](const Bound& bound) { return bound.id.empty() && bound.channel != 0 && !is_here(bound); });
  }
  if (row == rows.end()) row = rows.begin() + own.channel;
  if (row->channel != 0 && is_here(*row)) row = find_row([&](const Bound& bound) { return !is_here(bound); });
  if (row == rows.end()) return 0;
  row->channel = own.channel;
  if (!id.empty()) row->id = id;
  return static_cast<std::size_t>(row - rows.begin());
}

}  // namespace vscp_p1
