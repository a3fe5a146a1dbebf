#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "vscp_p1/obis.hpp"

namespace vscp_p1 {

/// What is measured. It decides the VSCP measurement type and the units a meter may send.
enum class Dimension : std::uint8_t {
  active_energy,
  reactive_energy,
  active_power,
  reactive_power,
  voltage,
  current,
  volume,
  thermal_energy,
  count_
};

/// The switches send_<group> in [GENERAL].
enum class Group : std::uint8_t {
  energy,
  active_effect,
  reactive_effect,
  voltage,
  current,
  gas,
  water,
  heat,
  count_
};
inline constexpr auto group_names = std::to_array<std::string_view>(
    {"energy", "active_effect", "reactive_effect", "voltage", "current", "gas", "water", "heat"});
static_assert(group_names.size() == static_cast<std::size_t>(Group::count_));

/// A unit as meters spell it, in lower case, and what makes a VSCP value of it: × 10^power in unit `code` of the
/// VSCP type. The first of a dimension is the one meant when the meter sends none.
struct WireUnit {
  Dimension dimension;
  std::string_view name;
  int power;
  std::uint8_t code;
  std::string_view vscp_name;
};

inline constexpr auto wire_units = std::to_array<WireUnit>({
    {Dimension::active_energy, "kwh", 0, 1, "kWh"},
    {Dimension::active_energy, "wh", 0, 2, "Wh"},
    {Dimension::active_energy, "mwh", 3, 1, "kWh"},
    {Dimension::reactive_energy, "kvarh", 0, 0, "kvarh"},
    {Dimension::reactive_energy, "varh", -3, 0, "kvarh"},
    {Dimension::reactive_energy, "mvarh", 3, 0, "kvarh"},
    {Dimension::active_power, "kw", 3, 0, "W"},
    {Dimension::active_power, "w", 0, 0, "W"},
    {Dimension::active_power, "mw", 6, 0, "W"},
    {Dimension::reactive_power, "kvar", 3, 0, "var"},
    {Dimension::reactive_power, "var", 0, 0, "var"},
    {Dimension::reactive_power, "mvar", 6, 0, "var"},
    {Dimension::voltage, "v", 0, 0, "V"},
    {Dimension::voltage, "kv", 3, 0, "V"},
    {Dimension::voltage, "mv", -3, 0, "V"},
    {Dimension::current, "a", 0, 0, "A"},
    {Dimension::current, "ka", 3, 0, "A"},
    {Dimension::current, "ma", -3, 0, "A"},
    {Dimension::volume, "m3", 0, 0, "m3"},
    {Dimension::volume, "dm3", -3, 0, "m3"},
    {Dimension::volume, "l", -3, 0, "m3"},
    {Dimension::thermal_energy, "gj", 9, 0, "J"},
    {Dimension::thermal_energy, "mj", 6, 0, "J"},
    {Dimension::thermal_energy, "kj", 3, 0, "J"},
    {Dimension::thermal_energy, "j", 0, 0, "J"},
    {Dimension::thermal_energy, "kwh", 0, 1, "kWh"},
    {Dimension::thermal_energy, "mwh", 3, 1, "kWh"},
});

/// The unit spelled `name` in any case among those of `dimension`; an empty name is the dimension's first.
/// nullptr when the quantity has no such unit.
const WireUnit* find_unit(Dimension dimension, std::string_view name) noexcept;

/// VSCP measurement type, the same number in classes 10, 1040 and 1060.
constexpr std::uint16_t vscp_type(Dimension dimension) noexcept {
  constexpr auto types = std::to_array<std::uint16_t>({13, 65, 14, 64, 16, 5, 28, 13});
  static_assert(types.size() == static_cast<std::size_t>(Dimension::count_));
  return types[static_cast<std::size_t>(dimension)];
}

/// One row = one quantity. It drives the mapping, the config keys id_<key>, sensorindex_<key> and note_<key>,
/// --list-quantities and the documentation. `number` is the default id and sensor index, fixed for ever once given.
/// "out" is what the grid delivers to the house, "in" what the house feeds back.
struct Quantity {
  Obis id;
  std::string_view key;
  std::uint8_t number;
  Dimension dimension;
  Group group;
  std::string_view note;
};

inline constexpr std::size_t mbus_channels = 9;

namespace detail {

struct MbusMedium {
  std::string_view key;
  std::uint8_t number;
  Dimension dimension;
  Group group;
};
inline constexpr auto mbus_media = std::to_array<MbusMedium>({
    {"gas", 60, Dimension::volume, Group::gas},
    {"water", 70, Dimension::volume, Group::water},
    {"heat", 80, Dimension::thermal_energy, Group::heat},
});

inline constexpr auto electricity = std::to_array<Quantity>({
    // clang-format off
    {"1-0:1.8.0"_obis, "sum_active_energy_out", 1, Dimension::active_energy, Group::energy, "Meter reading active energy out"},
    {"1-0:2.8.0"_obis, "sum_active_energy_in", 2, Dimension::active_energy, Group::energy, "Meter reading active energy in"},
    {"1-0:3.8.0"_obis, "sum_reactive_energy_out", 3, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy out"},
    {"1-0:4.8.0"_obis, "sum_reactive_energy_in", 4, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy in"},
    {"1-0:1.7.0"_obis, "momentan_active_effect_out", 5, Dimension::active_power, Group::active_effect, "Active effect out"},
    {"1-0:2.7.0"_obis, "momentan_active_effect_in", 6, Dimension::active_power, Group::active_effect, "Active effect in"},
    {"1-0:3.7.0"_obis, "momentan_reactive_effect_out", 7, Dimension::reactive_power, Group::reactive_effect, "Reactive effect out"},
    {"1-0:4.7.0"_obis, "momentan_reactive_effect_in", 8, Dimension::reactive_power, Group::reactive_effect, "Reactive effect in"},
    {"1-0:21.7.0"_obis, "momentan_active_effect_l1_out", 9, Dimension::active_power, Group::active_effect, "Active effect L1 out"},
    {"1-0:22.7.0"_obis, "momentan_active_effect_l1_in", 10, Dimension::active_power, Group::active_effect, "Active effect L1 in"},
    {"1-0:41.7.0"_obis, "momentan_active_effect_l2_out", 11, Dimension::active_power, Group::active_effect, "Active effect L2 out"},
    {"1-0:42.7.0"_obis, "momentan_active_effect_l2_in", 12, Dimension::active_power, Group::active_effect, "Active effect L2 in"},
    {"1-0:61.7.0"_obis, "momentan_active_effect_l3_out", 13, Dimension::active_power, Group::active_effect, "Active effect L3 out"},
    {"1-0:62.7.0"_obis, "momentan_active_effect_l3_in", 14, Dimension::active_power, Group::active_effect, "Active effect L3 in"},
    {"1-0:23.7.0"_obis, "momentan_reactive_effect_l1_out", 15, Dimension::reactive_power, Group::reactive_effect, "Reactive effect L1 out"},
    {"1-0:24.7.0"_obis, "momentan_reactive_effect_l1_in", 16, Dimension::reactive_power, Group::reactive_effect, "Reactive effect L1 in"},
    {"1-0:43.7.0"_obis, "momentan_reactive_effect_l2_out", 17, Dimension::reactive_power, Group::reactive_effect, "Reactive effect L2 out"},
    {"1-0:44.7.0"_obis, "momentan_reactive_effect_l2_in", 18, Dimension::reactive_power, Group::reactive_effect, "Reactive effect L2 in"},
    {"1-0:63.7.0"_obis, "momentan_reactive_effect_l3_out", 19, Dimension::reactive_power, Group::reactive_effect, "Reactive effect L3 out"},
    {"1-0:64.7.0"_obis, "momentan_reactive_effect_l3_in", 20, Dimension::reactive_power, Group::reactive_effect, "Reactive effect L3 in"},
    {"1-0:32.7.0"_obis, "voltage_l1", 21, Dimension::voltage, Group::voltage, "Voltage L1"},
    {"1-0:52.7.0"_obis, "voltage_l2", 22, Dimension::voltage, Group::voltage, "Voltage L2"},
    {"1-0:72.7.0"_obis, "voltage_l3", 23, Dimension::voltage, Group::voltage, "Voltage L3"},
    {"1-0:31.7.0"_obis, "current_l1", 24, Dimension::current, Group::current, "Current L1"},
    {"1-0:51.7.0"_obis, "current_l2", 25, Dimension::current, Group::current, "Current L2"},
    {"1-0:71.7.0"_obis, "current_l3", 26, Dimension::current, Group::current, "Current L3"},
    {"1-0:1.8.1"_obis, "sum_active_energy_out_t1", 27, Dimension::active_energy, Group::energy, "Meter reading active energy out tariff 1"},
    {"1-0:1.8.2"_obis, "sum_active_energy_out_t2", 28, Dimension::active_energy, Group::energy, "Meter reading active energy out tariff 2"},
    {"1-0:2.8.1"_obis, "sum_active_energy_in_t1", 29, Dimension::active_energy, Group::energy, "Meter reading active energy in tariff 1"},
    {"1-0:2.8.2"_obis, "sum_active_energy_in_t2", 30, Dimension::active_energy, Group::energy, "Meter reading active energy in tariff 2"},
    // clang-format on
});

// "gas_1" and "Meter reading gas 1", kept where the rows below can point to them.
struct MbusText {
  std::array<char, 32> bytes{};
  std::size_t length = 0;

  constexpr void append(std::string_view text) {
    for (const char c : text) bytes[length++] = c;
  }
  constexpr std::string_view view() const { return {bytes.data(), length}; }
};

template <class Compose>
constexpr auto mbus_texts(Compose compose) {
  std::array<MbusText, mbus_media.size() * mbus_channels> texts;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const char channel = static_cast<char>('1' + i % mbus_channels);
    compose(texts[i], mbus_media[i / mbus_channels].key, std::string_view(&channel, 1));
  }
  return texts;
}

inline constexpr auto mbus_keys = mbus_texts([](MbusText& text, std::string_view medium, std::string_view channel) {
  text.append(medium);
  text.append("_");
  text.append(channel);
});
inline constexpr auto mbus_notes = mbus_texts([](MbusText& text, std::string_view medium, std::string_view channel) {
  text.append("Meter reading ");
  text.append(medium);
  text.append(" ");
  text.append(channel);
});

constexpr auto all_quantities() {
  std::array<Quantity, electricity.size() + mbus_keys.size()> rows{};
  auto row = std::copy(electricity.begin(), electricity.end(), rows.begin());
  for (std::size_t i = 0; i < mbus_keys.size(); ++i) {
    const auto& medium = mbus_media[i / mbus_channels];
    const auto channel = static_cast<std::uint8_t>(i % mbus_channels + 1);
    *row++ = {{0, channel, 24, 2, 1}, mbus_keys[i].view(), static_cast<std::uint8_t>(medium.number + channel),
              medium.dimension,       medium.group,        mbus_notes[i].view()};
  }
  return rows;
}

}  // namespace detail

/// The table: electricity first, then gas, water and heat on M-Bus channels 1 … 9.
inline constexpr auto quantities = detail::all_quantities();

static_assert(
    [] {
      for (std::size_t i = 0; i < quantities.size(); ++i) {
        for (std::size_t j = i + 1; j < quantities.size(); ++j) {
          if (quantities[i].key == quantities[j].key || quantities[i].number == quantities[j].number) return false;
        }
      }
      return true;
    }(),
    "keys and numbers are unique");

/// Index in `quantities` of an electricity code; nullopt for every other code.
std::optional<std::size_t> find_quantity(const Obis& id) noexcept;

/// Index in `quantities` of what an M-Bus device on a channel 1 … 9 measures.
std::optional<std::size_t> find_mbus_quantity(Group medium, std::uint8_t channel) noexcept;

}  // namespace vscp_p1
