#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "vscp_p1/obis.hpp"
#include "vscp_p1/quantity_table.hpp"
#include "vscp_p1/unit.hpp"

namespace vscp_p1 {

inline constexpr std::size_t mbus_channels = 9;

namespace detail {

// "gas_1" and "Meter reading gas 1", kept where the rows below can point to them.
struct MbusText {
  std::array<char, 40> bytes{};
  std::size_t length = 0;

  constexpr MbusText& append(std::string_view text) {
    for (const char c : text) bytes[length++] = c;
    return *this;
  }
  constexpr std::string_view view() const { return {bytes.data(), length}; }
};

struct MbusTexts {
  MbusText key, note;
};

inline constexpr auto mbus_texts = [] {
  std::array<MbusTexts, media.size() * mbus_channels> texts;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto& medium = media[i / mbus_channels];
    const char channel = static_cast<char>('1' + i % mbus_channels);
    texts[i].key.append(medium.key).append("_").append({&channel, 1});
    texts[i].note.append(medium.note).append(" ").append({&channel, 1});
  }
  return texts;
}();

inline constexpr auto all_quantities = [] {
  std::array<Quantity, meter_quantities.size() + mbus_texts.size()> rows{};
  auto row = std::copy(meter_quantities.begin(), meter_quantities.end(), rows.begin());
  for (std::size_t i = 0; i < mbus_texts.size(); ++i) {
    const auto& medium = media[i / mbus_channels];
    const auto channel = static_cast<std::uint8_t>(i % mbus_channels + 1);
    *row++ = {{0, channel, medium.id.c, medium.id.d, medium.id.e},
              mbus_texts[i].key.view(),
              static_cast<std::uint16_t>(medium.number + channel),
              medium.dimension,
              medium.group,
              mbus_texts[i].note.view(),
              medium.shape};
  }
  return rows;
}();

}  // namespace detail

/// The table: what the meter itself sends first, then each medium on the M-Bus channels 1 … 9.
inline constexpr auto& quantities = detail::all_quantities;

static_assert(
    [] {
      std::array<bool, 1000> taken{};  // ids of [QUANTITY …] sections begin behind them
      for (const auto& row : quantities) {
        if (std::exchange(taken.at(row.number), true)) return false;
      }
      return true;
    }(),
    "numbers are unique");

/// The code of the line that a quantity comes from.
constexpr Obis line_code(const Quantity& quantity) noexcept {
  constexpr Obis months{0, 0, 98, 1, 0};
  return quantity.shape == Shape::entry ? months : quantity.id;
}

/// A quantity whose readings only ever grow, unless the meter is changed: energies and volumes, and counts of
/// failures.
constexpr bool is_cumulative(const Quantity& quantity) noexcept {
  constexpr std::uint8_t net = 16;  // out minus in
  const bool is_reading = quantity.shape == Shape::value || quantity.shape == Shape::mbus;
  if (!is_reading || quantity.id.c == net) return false;
  switch (quantity.dimension) {
    case Dimension::active_energy:
    case Dimension::reactive_energy:
    case Dimension::apparent_energy:
    case Dimension::volume:
    case Dimension::thermal_energy: return quantity.id.d != 29;  // the recording interval
    case Dimension::count: return true;
    default: return false;
  }
}

/// A quantity of which each telegram has the value of the moment (D of its code is 7, IEC 62056-61), so that a mean
/// over several telegrams says something.
constexpr bool is_momentary(const Quantity& quantity) noexcept {
  constexpr std::uint8_t instantaneous = 7;
  return quantity.shape == Shape::value && quantity.id.d == instantaneous && quantity.dimension != Dimension::count;
}

/// Where a meter says its own id: DSMR, E.ON Hungary, DSMR 2.2 and Luxembourg, German D0 meters.
inline constexpr auto equipment_id_codes =
    std::to_array<Obis>({"0-0:96.1.1"_obis, "0-0:96.1.0"_obis, "0-0:42.0.0"_obis, "0-0:96.1.255"_obis,
                         "1-0:96.1.0"_obis, "1-0:0.0.0"_obis});

/// Where it says the version of its P1 port: DSMR, eMUCs.
inline constexpr auto version_codes = std::to_array<Obis>({"1-3:0.2.8"_obis, "0-0:96.1.4"_obis});

/// The id of a meter or of an M-Bus device: another one is another meter. Versions and EAN codes are none.
constexpr bool is_device_id(const Quantity& quantity) noexcept {
  return quantity.group == Group::identity && quantity.shape == Shape::text &&
         (quantity.id.e <= 1 || quantity.id.e == 255);
}

/// Index in `quantities` of a code that is a line of its own; nullopt for every other code, and for the readings of
/// M-Bus devices, which need more than their code.
std::optional<std::size_t> find_quantity(const Obis& id) noexcept;

/// Index in `quantities` of a code captured in a profile: of what was at the end of a month, else as find_quantity.
std::optional<std::size_t> find_profile_quantity(const Obis& id) noexcept;

/// Index in `quantities` of a medium on a channel 1 … 9.
std::optional<std::size_t> find_mbus_quantity(Medium medium, std::uint8_t channel) noexcept;

/// 0-n:24.2.1 … 24.2.5 and the profiles 0-n:24.3.0, 24.3.1 of DSMR 2.2 and 3.0.
bool is_mbus_reading(const Obis& id) noexcept;

/// A buffer of entries with their own times: months, load, power failures.
inline constexpr auto profile_codes =
    std::to_array<Obis>({"0-0:98.1.0"_obis, "0-0:98.1.1"_obis, "1-0:99.1.0"_obis, "1-0:99.97.0"_obis});
constexpr bool is_profile(const Obis& id) noexcept {
  return id.c >= 98 && std::find(profile_codes.begin(), profile_codes.end(), id) != profile_codes.end();
}
static_assert(std::all_of(profile_codes.begin(), profile_codes.end(), is_profile));

/// Whether the program knows what a line with this code says, be it published or not (the clock, device types).
bool is_known(const Obis& id) noexcept;

/// What the program does with a line, by its code.
struct CodeUse {
  enum class Kind : std::uint8_t { unknown, unpublished, quantity, mbus_reading, profile };
  enum class Role : std::uint8_t { none, clock, date, time_of_day, meter_id, device_type, device_id };

  Kind kind = Kind::unknown;
  Role role = Role::none;                      // what the line tells about the others
  std::uint16_t quantity = quantities.size();  // index, or behind the table
  friend constexpr bool operator==(const CodeUse&, const CodeUse&) = default;
};
CodeUse use_of(const Obis& id) noexcept;

}  // namespace vscp_p1
