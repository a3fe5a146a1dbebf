#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "vscp_p1/obis.hpp"
#include "vscp_p1/unit.hpp"

namespace vscp_p1 {

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
  apparent_effect,
  frequency,
  power_factor,
  demand,
  power_quality,
  limits,
  cold,
  slave_electricity,
  flow,
  temperature,
  history,
  state,
  identity,
  other,
  count_
};
inline constexpr auto group_names = std::to_array<std::string_view>({"energy",
                                                                     "active_effect",
                                                                     "reactive_effect",
                                                                     "voltage",
                                                                     "current",
                                                                     "gas",
                                                                     "water",
                                                                     "heat",
                                                                     "apparent_effect",
                                                                     "frequency",
                                                                     "power_factor",
                                                                     "demand",
                                                                     "power_quality",
                                                                     "limits",
                                                                     "cold",
                                                                     "slave_electricity",
                                                                     "flow",
                                                                     "temperature",
                                                                     "history",
                                                                     "state",
                                                                     "identity",
                                                                     "other"});
static_assert(group_names.size() == static_cast<std::size_t>(Group::count_));
constexpr std::string_view name_of(Group group) noexcept { return group_names[static_cast<std::size_t>(group)]; }

/// What stands in the brackets behind the code.
enum class Shape : std::uint8_t {
  value,         // (number*unit)
  timed,         // a number with its own time, in either order: (TST)(number*unit)
  first_of_two,  // (number)(number) or (number,number): this row is the first, the next row the second
  second_of_two,
  hexadecimal,  // eight hex digits
  hourly,       // the profile of DSMR 2.2: (time)(status)(minutes)(count)(code)(unit)(number)…
  entry,        // an entry of a profile, never a line of its own
  mbus,         // a reading of an M-Bus device
  text,         // published on change, as all that follow
  code,         // a text that is no octet string, though it may look like one
  tariff,
  breaker,  // 0 off, 1 on, 2 released; OFF, ON
  valve,    // 0 closed, 1 open, 2 released
};

/// One row = one quantity. It drives the mapping, the config keys id_<key>, sensorindex_<key>, scale_<key> and
/// note_<key>, --list-quantities and the documentation. `number` is the default id, and its last byte the default
/// sensor index; fixed for ever once given. "out" is what the grid delivers to the house, "in" what it feeds back.
struct Quantity {
  Obis id;
  std::string_view key;
  std::uint16_t number;
  Dimension dimension;
  Group group;
  std::string_view note;
  Shape shape = Shape::value;
};

namespace detail {

/// What the electricity meter itself sends; obis codes of IEC 62056-61 and of the national standards.
inline constexpr auto meter_quantities = std::to_array<Quantity>({
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
    {"1-0:1.8.3"_obis, "sum_active_energy_out_t3", 31, Dimension::active_energy, Group::energy, "Meter reading active energy out tariff 3"},
    {"1-0:1.8.4"_obis, "sum_active_energy_out_t4", 32, Dimension::active_energy, Group::energy, "Meter reading active energy out tariff 4"},
    {"1-0:1.8.5"_obis, "sum_active_energy_out_t5", 33, Dimension::active_energy, Group::energy, "Meter reading active energy out tariff 5"},
    {"1-0:1.8.11"_obis, "sum_active_energy_out_t11", 34, Dimension::active_energy, Group::energy, "Meter reading active energy out tariff 11"},
    {"1-0:1.8.12"_obis, "sum_active_energy_out_t12", 35, Dimension::active_energy, Group::energy, "Meter reading active energy out tariff 12"},
    {"1-0:1.8.13"_obis, "sum_active_energy_out_t13", 36, Dimension::active_energy, Group::energy, "Meter reading active energy out tariff 13"},
    {"1-0:2.8.3"_obis, "sum_active_energy_in_t3", 37, Dimension::active_energy, Group::energy, "Meter reading active energy in tariff 3"},
    {"1-0:2.8.4"_obis, "sum_active_energy_in_t4", 38, Dimension::active_energy, Group::energy, "Meter reading active energy in tariff 4"},
    {"1-0:2.8.5"_obis, "sum_active_energy_in_t5", 39, Dimension::active_energy, Group::energy, "Meter reading active energy in tariff 5"},
    {"1-0:2.8.11"_obis, "sum_active_energy_in_t11", 40, Dimension::active_energy, Group::energy, "Meter reading active energy in tariff 11"},
    {"1-0:2.8.12"_obis, "sum_active_energy_in_t12", 41, Dimension::active_energy, Group::energy, "Meter reading active energy in tariff 12"},
    {"1-0:2.8.13"_obis, "sum_active_energy_in_t13", 42, Dimension::active_energy, Group::energy, "Meter reading active energy in tariff 13"},
    {"1-0:14.7.0"_obis, "frequency", 43, Dimension::frequency, Group::frequency, "Frequency"},
    {"1-0:13.7.0"_obis, "power_factor", 44, Dimension::power_factor, Group::power_factor, "Power factor"},
    {"1-0:33.7.0"_obis, "power_factor_l1", 45, Dimension::power_factor, Group::power_factor, "Power factor L1"},
    {"1-0:53.7.0"_obis, "power_factor_l2", 46, Dimension::power_factor, Group::power_factor, "Power factor L2"},
    {"1-0:73.7.0"_obis, "power_factor_l3", 47, Dimension::power_factor, Group::power_factor, "Power factor L3"},
    {"1-0:91.7.0"_obis, "current_neutral", 48, Dimension::current, Group::current, "Current neutral"},
    {"1-0:90.7.0"_obis, "current_sum", 49, Dimension::current, Group::current, "Current sum of all phases"},
    {"0-0:96.7.21"_obis, "power_failures", 50, Dimension::count, Group::power_quality, "Number of power failures"},
    {"0-0:96.7.9"_obis, "long_power_failures", 51, Dimension::count, Group::power_quality, "Number of long power failures"},
    {"1-0:1.4.0"_obis, "average_active_effect_out", 52, Dimension::active_power, Group::demand, "Average active effect out of the running period"},
    {"1-0:1.6.0"_obis, "max_active_effect_out", 53, Dimension::active_power, Group::demand, "Maximum demand active effect out of the running month", Shape::timed},
    {"0-0:17.0.0"_obis, "threshold", 54, Dimension::limit, Group::limits, "Threshold of the limiter"},
    {"1-0:31.4.0"_obis, "fuse_threshold_l1", 55, Dimension::current, Group::limits, "Fuse supervision threshold L1"},
    {"1-0:51.4.0"_obis, "fuse_threshold_l2", 56, Dimension::current, Group::limits, "Fuse supervision threshold L2"},
    {"1-0:71.4.0"_obis, "fuse_threshold_l3", 57, Dimension::current, Group::limits, "Fuse supervision threshold L3"},
    {"1-0:3.8.1"_obis, "sum_reactive_energy_out_t1", 200, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy out tariff 1"},
    {"1-0:3.8.2"_obis, "sum_reactive_energy_out_t2", 201, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy out tariff 2"},
    {"1-0:3.8.3"_obis, "sum_reactive_energy_out_t3", 202, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy out tariff 3"},
    {"1-0:3.8.4"_obis, "sum_reactive_energy_out_t4", 203, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy out tariff 4"},
    {"1-0:4.8.1"_obis, "sum_reactive_energy_in_t1", 204, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy in tariff 1"},
    {"1-0:4.8.2"_obis, "sum_reactive_energy_in_t2", 205, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy in tariff 2"},
    {"1-0:4.8.3"_obis, "sum_reactive_energy_in_t3", 206, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy in tariff 3"},
    {"1-0:4.8.4"_obis, "sum_reactive_energy_in_t4", 207, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy in tariff 4"},
    {"1-0:5.8.0"_obis, "sum_reactive_energy_q1", 208, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 1"},
    {"1-0:5.8.1"_obis, "sum_reactive_energy_q1_t1", 209, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 1 tariff 1"},
    {"1-0:5.8.2"_obis, "sum_reactive_energy_q1_t2", 210, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 1 tariff 2"},
    {"1-0:5.8.3"_obis, "sum_reactive_energy_q1_t3", 211, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 1 tariff 3"},
    {"1-0:5.8.4"_obis, "sum_reactive_energy_q1_t4", 212, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 1 tariff 4"},
    {"1-0:6.8.0"_obis, "sum_reactive_energy_q2", 213, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 2"},
    {"1-0:6.8.1"_obis, "sum_reactive_energy_q2_t1", 214, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 2 tariff 1"},
    {"1-0:6.8.2"_obis, "sum_reactive_energy_q2_t2", 215, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 2 tariff 2"},
    {"1-0:6.8.3"_obis, "sum_reactive_energy_q2_t3", 216, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 2 tariff 3"},
    {"1-0:6.8.4"_obis, "sum_reactive_energy_q2_t4", 217, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 2 tariff 4"},
    {"1-0:7.8.0"_obis, "sum_reactive_energy_q3", 218, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 3"},
    {"1-0:7.8.1"_obis, "sum_reactive_energy_q3_t1", 219, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 3 tariff 1"},
    {"1-0:7.8.2"_obis, "sum_reactive_energy_q3_t2", 220, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 3 tariff 2"},
    {"1-0:7.8.3"_obis, "sum_reactive_energy_q3_t3", 221, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 3 tariff 3"},
    {"1-0:7.8.4"_obis, "sum_reactive_energy_q3_t4", 222, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 3 tariff 4"},
    {"1-0:8.8.0"_obis, "sum_reactive_energy_q4", 223, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 4"},
    {"1-0:8.8.1"_obis, "sum_reactive_energy_q4_t1", 224, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 4 tariff 1"},
    {"1-0:8.8.2"_obis, "sum_reactive_energy_q4_t2", 225, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 4 tariff 2"},
    {"1-0:8.8.3"_obis, "sum_reactive_energy_q4_t3", 226, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 4 tariff 3"},
    {"1-0:8.8.4"_obis, "sum_reactive_energy_q4_t4", 227, Dimension::reactive_energy, Group::energy, "Meter reading reactive energy quadrant 4 tariff 4"},
    {"1-0:9.8.0"_obis, "sum_apparent_energy_out", 228, Dimension::apparent_energy, Group::energy, "Meter reading apparent energy out (VAh)"},
    {"1-0:9.8.1"_obis, "sum_apparent_energy_out_t1", 229, Dimension::apparent_energy, Group::energy, "Meter reading apparent energy out tariff 1 (VAh)"},
    {"1-0:9.8.2"_obis, "sum_apparent_energy_out_t2", 230, Dimension::apparent_energy, Group::energy, "Meter reading apparent energy out tariff 2 (VAh)"},
    {"1-0:9.8.3"_obis, "sum_apparent_energy_out_t3", 231, Dimension::apparent_energy, Group::energy, "Meter reading apparent energy out tariff 3 (VAh)"},
    {"1-0:9.8.4"_obis, "sum_apparent_energy_out_t4", 232, Dimension::apparent_energy, Group::energy, "Meter reading apparent energy out tariff 4 (VAh)"},
    {"1-0:10.8.0"_obis, "sum_apparent_energy_in", 233, Dimension::apparent_energy, Group::energy, "Meter reading apparent energy in (VAh)"},
    {"1-0:10.8.1"_obis, "sum_apparent_energy_in_t1", 234, Dimension::apparent_energy, Group::energy, "Meter reading apparent energy in tariff 1 (VAh)"},
    {"1-0:10.8.2"_obis, "sum_apparent_energy_in_t2", 235, Dimension::apparent_energy, Group::energy, "Meter reading apparent energy in tariff 2 (VAh)"},
    {"1-0:10.8.3"_obis, "sum_apparent_energy_in_t3", 236, Dimension::apparent_energy, Group::energy, "Meter reading apparent energy in tariff 3 (VAh)"},
    {"1-0:10.8.4"_obis, "sum_apparent_energy_in_t4", 237, Dimension::apparent_energy, Group::energy, "Meter reading apparent energy in tariff 4 (VAh)"},
    {"1-0:15.8.0"_obis, "sum_active_energy_abs", 238, Dimension::active_energy, Group::energy, "Meter reading active energy out plus in"},
    {"1-0:15.8.1"_obis, "sum_active_energy_abs_t1", 239, Dimension::active_energy, Group::energy, "Meter reading active energy out plus in tariff 1"},
    {"1-0:15.8.2"_obis, "sum_active_energy_abs_t2", 240, Dimension::active_energy, Group::energy, "Meter reading active energy out plus in tariff 2"},
    {"1-0:15.8.3"_obis, "sum_active_energy_abs_t3", 241, Dimension::active_energy, Group::energy, "Meter reading active energy out plus in tariff 3"},
    {"1-0:15.8.4"_obis, "sum_active_energy_abs_t4", 242, Dimension::active_energy, Group::energy, "Meter reading active energy out plus in tariff 4"},
    {"1-0:16.8.0"_obis, "sum_active_energy_net", 243, Dimension::active_energy, Group::energy, "Meter reading active energy out minus in"},
    {"1-0:1.29.0"_obis, "interval_active_energy_out", 244, Dimension::active_energy, Group::energy, "Active energy out of the recording interval"},
    {"1-0:2.29.0"_obis, "interval_active_energy_in", 245, Dimension::active_energy, Group::energy, "Active energy in of the recording interval"},
    {"1-0:5.7.0"_obis, "momentan_reactive_effect_q1", 246, Dimension::reactive_power, Group::reactive_effect, "Reactive effect quadrant 1"},
    {"1-0:6.7.0"_obis, "momentan_reactive_effect_q2", 247, Dimension::reactive_power, Group::reactive_effect, "Reactive effect quadrant 2"},
    {"1-0:7.7.0"_obis, "momentan_reactive_effect_q3", 248, Dimension::reactive_power, Group::reactive_effect, "Reactive effect quadrant 3"},
    {"1-0:8.7.0"_obis, "momentan_reactive_effect_q4", 249, Dimension::reactive_power, Group::reactive_effect, "Reactive effect quadrant 4"},
    {"1-0:9.7.0"_obis, "momentan_apparent_effect_out", 250, Dimension::apparent_power, Group::apparent_effect, "Apparent effect out (VA)"},
    {"1-0:10.7.0"_obis, "momentan_apparent_effect_in", 251, Dimension::apparent_power, Group::apparent_effect, "Apparent effect in (VA)"},
    {"1-0:29.7.0"_obis, "momentan_apparent_effect_l1_out", 252, Dimension::apparent_power, Group::apparent_effect, "Apparent effect L1 out (VA)"},
    {"1-0:30.7.0"_obis, "momentan_apparent_effect_l1_in", 253, Dimension::apparent_power, Group::apparent_effect, "Apparent effect L1 in (VA)"},
    {"1-0:49.7.0"_obis, "momentan_apparent_effect_l2_out", 254, Dimension::apparent_power, Group::apparent_effect, "Apparent effect L2 out (VA)"},
    {"1-0:50.7.0"_obis, "momentan_apparent_effect_l2_in", 255, Dimension::apparent_power, Group::apparent_effect, "Apparent effect L2 in (VA)"},
    {"1-0:69.7.0"_obis, "momentan_apparent_effect_l3_out", 256, Dimension::apparent_power, Group::apparent_effect, "Apparent effect L3 out (VA)"},
    {"1-0:70.7.0"_obis, "momentan_apparent_effect_l3_in", 257, Dimension::apparent_power, Group::apparent_effect, "Apparent effect L3 in (VA)"},
    {"1-0:15.7.0"_obis, "momentan_active_effect_abs", 258, Dimension::active_power, Group::active_effect, "Active effect out plus in"},
    {"1-0:16.7.0"_obis, "momentan_active_effect_net", 259, Dimension::active_power, Group::active_effect, "Active effect out minus in"},
    {"1-0:36.7.0"_obis, "momentan_active_effect_net_l1", 260, Dimension::active_power, Group::active_effect, "Active effect L1 out minus in"},
    {"1-0:56.7.0"_obis, "momentan_active_effect_net_l2", 261, Dimension::active_power, Group::active_effect, "Active effect L2 out minus in"},
    {"1-0:76.7.0"_obis, "momentan_active_effect_net_l3", 262, Dimension::active_power, Group::active_effect, "Active effect L3 out minus in"},
    {"1-0:12.7.0"_obis, "voltage_any", 263, Dimension::voltage, Group::voltage, "Voltage of any phase"},
    {"1-0:32.24.0"_obis, "average_voltage_l1", 264, Dimension::voltage, Group::voltage, "Average voltage L1"},
    {"1-0:52.24.0"_obis, "average_voltage_l2", 265, Dimension::voltage, Group::voltage, "Average voltage L2"},
    {"1-0:72.24.0"_obis, "average_voltage_l3", 266, Dimension::voltage, Group::voltage, "Average voltage L3"},
    {"1-0:11.7.0"_obis, "current_any", 267, Dimension::current, Group::current, "Current of any phase"},
    {"1-0:13.3.0"_obis, "min_power_factor", 268, Dimension::power_factor, Group::power_factor, "Minimum power factor"},
    {"1-0:1.5.0"_obis, "last_average_active_effect_out", 269, Dimension::active_power, Group::demand, "Average active effect out of the last period"},
    {"1-0:2.4.0"_obis, "average_active_effect_in", 270, Dimension::active_power, Group::demand, "Average active effect in of the running period"},
    {"1-0:2.5.0"_obis, "last_average_active_effect_in", 271, Dimension::active_power, Group::demand, "Average active effect in of the last period"},
    {"1-0:3.4.0"_obis, "average_reactive_effect_out", 272, Dimension::reactive_power, Group::demand, "Average reactive effect out of the running period"},
    {"1-0:3.5.0"_obis, "last_average_reactive_effect_out", 273, Dimension::reactive_power, Group::demand, "Average reactive effect out of the last period"},
    {"1-0:4.4.0"_obis, "average_reactive_effect_in", 274, Dimension::reactive_power, Group::demand, "Average reactive effect in of the running period"},
    {"1-0:4.5.0"_obis, "last_average_reactive_effect_in", 275, Dimension::reactive_power, Group::demand, "Average reactive effect in of the last period"},
    {"1-0:9.4.0"_obis, "average_apparent_effect_out", 276, Dimension::apparent_power, Group::demand, "Average apparent effect out of the running period (VA)"},
    {"1-0:9.5.0"_obis, "last_average_apparent_effect_out", 277, Dimension::apparent_power, Group::demand, "Average apparent effect out of the last period (VA)"},
    {"1-0:10.4.0"_obis, "average_apparent_effect_in", 278, Dimension::apparent_power, Group::demand, "Average apparent effect in of the running period (VA)"},
    {"1-0:10.5.0"_obis, "last_average_apparent_effect_in", 279, Dimension::apparent_power, Group::demand, "Average apparent effect in of the last period (VA)"},
    {"1-0:1.24.0"_obis, "period3_active_effect_out", 280, Dimension::active_power, Group::demand, "Average active effect out of period 3"},
    {"1-0:2.24.0"_obis, "period3_active_effect_in", 281, Dimension::active_power, Group::demand, "Average active effect in of period 3"},
    {"1-0:15.24.0"_obis, "period3_active_effect_abs", 282, Dimension::active_power, Group::demand, "Average active effect out plus in of period 3"},
    {"1-0:16.24.0"_obis, "period3_active_effect_net", 283, Dimension::active_power, Group::demand, "Average active effect out minus in of period 3"},
    {"1-0:1.6.1"_obis, "max_active_effect_out_t1", 284, Dimension::active_power, Group::demand, "Maximum demand active effect out tariff 1", Shape::timed},
    {"1-0:1.6.2"_obis, "max_active_effect_out_t2", 285, Dimension::active_power, Group::demand, "Maximum demand active effect out tariff 2", Shape::timed},
    {"1-0:1.6.3"_obis, "max_active_effect_out_t3", 286, Dimension::active_power, Group::demand, "Maximum demand active effect out tariff 3", Shape::timed},
    {"1-0:1.6.4"_obis, "max_active_effect_out_t4", 287, Dimension::active_power, Group::demand, "Maximum demand active effect out tariff 4", Shape::timed},
    {"1-0:2.6.0"_obis, "max_active_effect_in", 288, Dimension::active_power, Group::demand, "Maximum demand active effect in of the running month", Shape::timed},
    {"1-0:2.6.1"_obis, "max_active_effect_in_t1", 289, Dimension::active_power, Group::demand, "Maximum demand active effect in tariff 1", Shape::timed},
    {"1-0:2.6.2"_obis, "max_active_effect_in_t2", 290, Dimension::active_power, Group::demand, "Maximum demand active effect in tariff 2", Shape::timed},
    {"1-0:2.6.3"_obis, "max_active_effect_in_t3", 291, Dimension::active_power, Group::demand, "Maximum demand active effect in tariff 3", Shape::timed},
    {"1-0:2.6.4"_obis, "max_active_effect_in_t4", 292, Dimension::active_power, Group::demand, "Maximum demand active effect in tariff 4", Shape::timed},
    {"1-0:1.2.0"_obis, "cumulative_max_active_effect_out", 293, Dimension::active_power, Group::demand, "Cumulative maximum demand active effect out"},
    {"1-0:32.32.0"_obis, "voltage_sags_l1", 294, Dimension::count, Group::power_quality, "Number of voltage sags L1"},
    {"1-0:32.33.0"_obis, "voltage_sag_duration_l1", 295, Dimension::duration, Group::power_quality, "Duration of the last voltage sag L1"},
    {"1-0:32.34.0"_obis, "voltage_sag_magnitude_l1", 296, Dimension::voltage, Group::power_quality, "Magnitude of the last voltage sag L1"},
    {"1-0:32.36.0"_obis, "voltage_swells_l1", 297, Dimension::count, Group::power_quality, "Number of voltage swells L1"},
    {"1-0:32.37.0"_obis, "voltage_swell_duration_l1", 298, Dimension::duration, Group::power_quality, "Duration of the last voltage swell L1"},
    {"1-0:32.38.0"_obis, "voltage_swell_magnitude_l1", 299, Dimension::voltage, Group::power_quality, "Magnitude of the last voltage swell L1"},
    {"1-0:52.32.0"_obis, "voltage_sags_l2", 300, Dimension::count, Group::power_quality, "Number of voltage sags L2"},
    {"1-0:52.33.0"_obis, "voltage_sag_duration_l2", 301, Dimension::duration, Group::power_quality, "Duration of the last voltage sag L2"},
    {"1-0:52.34.0"_obis, "voltage_sag_magnitude_l2", 302, Dimension::voltage, Group::power_quality, "Magnitude of the last voltage sag L2"},
    {"1-0:52.36.0"_obis, "voltage_swells_l2", 303, Dimension::count, Group::power_quality, "Number of voltage swells L2"},
    {"1-0:52.37.0"_obis, "voltage_swell_duration_l2", 304, Dimension::duration, Group::power_quality, "Duration of the last voltage swell L2"},
    {"1-0:52.38.0"_obis, "voltage_swell_magnitude_l2", 305, Dimension::voltage, Group::power_quality, "Magnitude of the last voltage swell L2"},
    {"1-0:72.32.0"_obis, "voltage_sags_l3", 306, Dimension::count, Group::power_quality, "Number of voltage sags L3"},
    {"1-0:72.33.0"_obis, "voltage_sag_duration_l3", 307, Dimension::duration, Group::power_quality, "Duration of the last voltage sag L3"},
    {"1-0:72.34.0"_obis, "voltage_sag_magnitude_l3", 308, Dimension::voltage, Group::power_quality, "Magnitude of the last voltage sag L3"},
    {"1-0:72.36.0"_obis, "voltage_swells_l3", 309, Dimension::count, Group::power_quality, "Number of voltage swells L3"},
    {"1-0:72.37.0"_obis, "voltage_swell_duration_l3", 310, Dimension::duration, Group::power_quality, "Duration of the last voltage swell L3"},
    {"1-0:72.38.0"_obis, "voltage_swell_magnitude_l3", 311, Dimension::voltage, Group::power_quality, "Magnitude of the last voltage swell L3"},
    {"0-0:96.7.19"_obis, "power_failure_duration", 312, Dimension::duration, Group::history, "Duration of a long power failure"},
    {"1-1:31.4.0"_obis, "current_limit_out", 313, Dimension::current, Group::limits, "Threshold current out", Shape::first_of_two},
    {"1-1:31.4.0"_obis, "current_limit_in", 314, Dimension::current, Group::limits, "Threshold current in", Shape::second_of_two},
    {"1-0:94.32.1"_obis, "nominal_voltage", 315, Dimension::voltage, Group::limits, "Nominal voltage"},
    {"1-0:0.4.2"_obis, "current_transformer_ratio", 316, Dimension::ratio, Group::limits, "Current transformer ratio"},
    {"1-0:0.4.3"_obis, "voltage_transformer_ratio", 317, Dimension::ratio, Group::limits, "Voltage transformer ratio"},
    {"1-0:0.3.0"_obis, "active_metering_constant", 318, Dimension::ratio, Group::limits, "Active energy metering constant (imp/kWh)"},
    {"1-0:0.3.3"_obis, "reactive_metering_constant", 319, Dimension::ratio, Group::limits, "Reactive energy metering constant (imp/kvarh)"},
    {"1-0:0.8.2"_obis, "measurement_period", 320, Dimension::duration, Group::other, "Measurement period 3"},
    {"0-0:96.8.0"_obis, "operating_time", 321, Dimension::duration, Group::other, "Operating time", Shape::hexadecimal},
    {"1-1:1.8.0"_obis, "channel1_sum_active_energy_out", 322, Dimension::active_energy, Group::energy, "Channel 1 meter reading active energy out"},
    {"1-1:1.8.1"_obis, "channel1_sum_active_energy_out_t1", 323, Dimension::active_energy, Group::energy, "Channel 1 meter reading active energy out tariff 1"},
    {"1-1:1.8.2"_obis, "channel1_sum_active_energy_out_t2", 324, Dimension::active_energy, Group::energy, "Channel 1 meter reading active energy out tariff 2"},
    {"1-1:2.8.0"_obis, "channel1_sum_active_energy_in", 325, Dimension::active_energy, Group::energy, "Channel 1 meter reading active energy in"},
    {"1-1:2.8.1"_obis, "channel1_sum_active_energy_in_t1", 326, Dimension::active_energy, Group::energy, "Channel 1 meter reading active energy in tariff 1"},
    {"1-1:2.8.2"_obis, "channel1_sum_active_energy_in_t2", 327, Dimension::active_energy, Group::energy, "Channel 1 meter reading active energy in tariff 2"},
    {"1-1:3.8.0"_obis, "channel1_sum_reactive_energy_out", 328, Dimension::reactive_energy, Group::energy, "Channel 1 meter reading reactive energy out"},
    {"1-1:4.8.0"_obis, "channel1_sum_reactive_energy_in", 329, Dimension::reactive_energy, Group::energy, "Channel 1 meter reading reactive energy in"},
    {"1-1:1.7.0"_obis, "channel1_momentan_active_effect_out", 330, Dimension::active_power, Group::active_effect, "Channel 1 active effect out"},
    {"1-1:2.7.0"_obis, "channel1_momentan_active_effect_in", 331, Dimension::active_power, Group::active_effect, "Channel 1 active effect in"},
    {"1-1:1.6.0"_obis, "channel1_max_active_effect_out", 332, Dimension::active_power, Group::demand, "Channel 1 maximum demand active effect out of the running month", Shape::timed},
    {"5-0:1.0.0"_obis, "heat_dsmr22", 333, Dimension::thermal_energy, Group::heat, "Meter reading heat"},
    {"6-0:1.0.0"_obis, "cold_dsmr22", 334, Dimension::thermal_energy, Group::cold, "Meter reading cold"},
    {"8-0:1.0.0"_obis, "water_dsmr22", 335, Dimension::volume, Group::water, "Meter reading water"},
    {"7-0:23.1.0"_obis, "gas_dsmr22", 336, Dimension::volume, Group::gas, "Meter reading gas", Shape::hourly},
    {"7-0:23.2.0"_obis, "gas_corrected_dsmr22", 337, Dimension::volume, Group::gas, "Meter reading gas temperature corrected", Shape::hourly},
    {"1-0:1.8.0"_obis, "month_sum_active_energy_out", 338, Dimension::active_energy, Group::history, "Month meter reading active energy out", Shape::entry},
    {"1-0:1.8.1"_obis, "month_sum_active_energy_out_t1", 339, Dimension::active_energy, Group::history, "Month meter reading active energy out tariff 1", Shape::entry},
    {"1-0:1.8.2"_obis, "month_sum_active_energy_out_t2", 340, Dimension::active_energy, Group::history, "Month meter reading active energy out tariff 2", Shape::entry},
    {"1-0:2.8.0"_obis, "month_sum_active_energy_in", 341, Dimension::active_energy, Group::history, "Month meter reading active energy in", Shape::entry},
    {"1-0:2.8.1"_obis, "month_sum_active_energy_in_t1", 342, Dimension::active_energy, Group::history, "Month meter reading active energy in tariff 1", Shape::entry},
    {"1-0:2.8.2"_obis, "month_sum_active_energy_in_t2", 343, Dimension::active_energy, Group::history, "Month meter reading active energy in tariff 2", Shape::entry},
    {"1-0:3.8.0"_obis, "month_sum_reactive_energy_out", 344, Dimension::reactive_energy, Group::history, "Month meter reading reactive energy out", Shape::entry},
    {"1-0:4.8.0"_obis, "month_sum_reactive_energy_in", 345, Dimension::reactive_energy, Group::history, "Month meter reading reactive energy in", Shape::entry},
    {"1-0:5.8.0"_obis, "month_sum_reactive_energy_q1", 346, Dimension::reactive_energy, Group::history, "Month meter reading reactive energy quadrant 1", Shape::entry},
    {"1-0:6.8.0"_obis, "month_sum_reactive_energy_q2", 347, Dimension::reactive_energy, Group::history, "Month meter reading reactive energy quadrant 2", Shape::entry},
    {"1-0:7.8.0"_obis, "month_sum_reactive_energy_q3", 348, Dimension::reactive_energy, Group::history, "Month meter reading reactive energy quadrant 3", Shape::entry},
    {"1-0:8.8.0"_obis, "month_sum_reactive_energy_q4", 349, Dimension::reactive_energy, Group::history, "Month meter reading reactive energy quadrant 4", Shape::entry},
    {"1-0:15.8.0"_obis, "month_sum_active_energy_abs", 350, Dimension::active_energy, Group::history, "Month meter reading active energy out plus in", Shape::entry},
    {"1-0:1.6.0"_obis, "month_max_active_effect_out", 351, Dimension::active_power, Group::history, "Month maximum demand active effect out", Shape::entry},
    {"1-0:1.6.1"_obis, "month_max_active_effect_out_t1", 352, Dimension::active_power, Group::history, "Month maximum demand active effect out tariff 1", Shape::entry},
    {"1-0:1.6.2"_obis, "month_max_active_effect_out_t2", 353, Dimension::active_power, Group::history, "Month maximum demand active effect out tariff 2", Shape::entry},
    {"1-0:2.6.0"_obis, "month_max_active_effect_in", 354, Dimension::active_power, Group::history, "Month maximum demand active effect in", Shape::entry},
    {"1-0:2.6.1"_obis, "month_max_active_effect_in_t1", 355, Dimension::active_power, Group::history, "Month maximum demand active effect in tariff 1", Shape::entry},
    {"1-0:2.6.2"_obis, "month_max_active_effect_in_t2", 356, Dimension::active_power, Group::history, "Month maximum demand active effect in tariff 2", Shape::entry},
    {"0-0:96.14.0"_obis, "tariff", 357, Dimension::none, Group::state, "Tariff", Shape::tariff},
    {"0-0:96.3.10"_obis, "breaker", 358, Dimension::none, Group::state, "Breaker", Shape::breaker},
    {"7-0:24.4.0"_obis, "valve_dsmr22", 359, Dimension::none, Group::state, "Gas valve", Shape::valve},
    {"0-0:96.13.0"_obis, "text_message", 360, Dimension::none, Group::state, "Text message", Shape::text},
    {"0-0:96.13.1"_obis, "text_code", 361, Dimension::none, Group::state, "Text message code", Shape::text},
    {"0-0:96.13.2"_obis, "text_message_mbus_1", 362, Dimension::none, Group::state, "Text message M-Bus 1", Shape::text},
    {"0-0:96.13.3"_obis, "text_message_mbus_2", 363, Dimension::none, Group::state, "Text message M-Bus 2", Shape::text},
    {"0-0:96.13.4"_obis, "text_message_mbus_3", 364, Dimension::none, Group::state, "Text message M-Bus 3", Shape::text},
    {"0-0:96.13.5"_obis, "text_message_mbus_4", 365, Dimension::none, Group::state, "Text message M-Bus 4", Shape::text},
    {"0-0:97.97.0"_obis, "error_register", 366, Dimension::none, Group::state, "Error register", Shape::code},
    {"1-0:96.5.0"_obis, "operating_status", 367, Dimension::none, Group::state, "Operating status", Shape::code},
    {"1-0:96.5.5"_obis, "device_status", 368, Dimension::none, Group::state, "Device status", Shape::code},
    {"0-0:96.1.1"_obis, "equipment_id", 369, Dimension::none, Group::identity, "Equipment id", Shape::text},
    {"0-0:96.1.0"_obis, "device_id", 370, Dimension::none, Group::identity, "Device id", Shape::text},
    {"0-0:96.1.2"_obis, "ean", 371, Dimension::none, Group::identity, "EAN", Shape::text},
    {"0-0:96.1.255"_obis, "serial_number", 372, Dimension::none, Group::identity, "Serial number", Shape::text},
    {"0-0:42.0.0"_obis, "logical_device_name", 373, Dimension::none, Group::identity, "Logical device name", Shape::text},
    {"1-0:0.0.0"_obis, "electricity_id", 374, Dimension::none, Group::identity, "Electricity id", Shape::text},
    {"1-0:96.1.0"_obis, "device_id_d0", 375, Dimension::none, Group::identity, "Device id D0", Shape::text},
    {"5-0:0.0.0"_obis, "heat_id_dsmr22", 376, Dimension::none, Group::identity, "Equipment id heat meter", Shape::text},
    {"6-0:0.0.0"_obis, "cold_id_dsmr22", 377, Dimension::none, Group::identity, "Equipment id cold meter", Shape::text},
    {"7-0:0.0.0"_obis, "gas_id_dsmr22", 378, Dimension::none, Group::identity, "Equipment id gas meter", Shape::text},
    {"8-0:0.0.0"_obis, "water_id_dsmr22", 379, Dimension::none, Group::identity, "Equipment id water meter", Shape::text},
    {"1-3:0.2.8"_obis, "p1_version", 380, Dimension::none, Group::identity, "Version of the P1 port", Shape::code},
    {"0-0:96.1.4"_obis, "p1_version_be", 381, Dimension::none, Group::identity, "Version of the P1 port and its national part", Shape::text},
    {"1-0:0.2.0"_obis, "firmware_core", 382, Dimension::none, Group::identity, "Firmware version core", Shape::code},
    {"1-0:0.2.8"_obis, "firmware_core_signature", 383, Dimension::none, Group::identity, "Firmware signature core", Shape::code},
    {"1-1:0.2.0"_obis, "firmware_module", 384, Dimension::none, Group::identity, "Firmware version module", Shape::code},
    {"1-1:0.2.8"_obis, "firmware_module_signature", 385, Dimension::none, Group::identity, "Firmware signature module", Shape::code},
    {"1-0:0.2.2"_obis, "tariff_programme", 386, Dimension::none, Group::identity, "Tariff programme", Shape::text},
    {"0-0:96.14.1"_obis, "tariff_israel", 387, Dimension::none, Group::state, "Tariff Israel", Shape::tariff},
    // clang-format on
});

/// A code that means the same as another.
struct Alias {
  Obis code, meaning;
};
inline constexpr auto aliases = std::to_array<Alias>({
    {"0-0:24.4.0"_obis, "0-0:96.3.10"_obis},    // DSMR 2.2, in its text only
    {"0-0:96.50.68"_obis, "0-0:96.3.10"_obis},  // Sanxing, Hungary
    {"1-1:34.4.0"_obis, "1-1:31.4.0"_obis},     // Luxembourg, in its table only; likewise the six that follow
    {"0-0:32.32.0"_obis, "1-0:32.32.0"_obis},
    {"0-0:52.32.0"_obis, "1-0:52.32.0"_obis},
    {"0-0:72.32.0"_obis, "1-0:72.32.0"_obis},
    {"0-0:32.36.0"_obis, "1-0:32.36.0"_obis},
    {"0-0:52.36.0"_obis, "1-0:52.36.0"_obis},
    {"0-0:72.36.0"_obis, "1-0:72.36.0"_obis},
});

}  // namespace detail

/// What an M-Bus device measures or says of itself: one row per channel.
enum class Medium : std::uint8_t {
  gas,
  water,
  heat,
  cold,
  electricity,
  volume,
  flow,
  temperature,
  return_temperature,
  valve,
  relay,
  equipment_id,
  ean,
  count_
};

namespace detail {

/// The rows of a medium: "gas_1", "Meter reading gas 1", 61 for channel 1.
struct MediumRow {
  Obis id;  // with channel 0
  std::string_view key;
  std::uint16_t number;
  Dimension dimension;
  Group group;
  std::string_view note;
  Shape shape = Shape::mbus;
};
inline constexpr auto media = std::to_array<MediumRow>({
    // clang-format off
    {"0-0:24.2.1"_obis, "gas", 60, Dimension::volume, Group::gas, "Meter reading gas"},
    {"0-0:24.2.1"_obis, "water", 70, Dimension::volume, Group::water, "Meter reading water"},
    {"0-0:24.2.1"_obis, "heat", 80, Dimension::thermal_energy, Group::heat, "Meter reading heat"},
    {"0-0:24.2.1"_obis, "cold", 90, Dimension::thermal_energy, Group::cold, "Meter reading cold"},
    {"0-0:24.2.1"_obis, "electricity", 100, Dimension::active_energy, Group::slave_electricity, "Meter reading slave electricity"},
    {"0-0:24.2.1"_obis, "volume", 110, Dimension::volume, Group::other, "Meter reading volume"},
    {"0-0:24.2.2"_obis, "flow", 120, Dimension::flow, Group::flow, "Flow"},
    {"0-0:24.2.3"_obis, "temperature", 130, Dimension::temperature, Group::temperature, "Temperature"},
    {"0-0:24.2.4"_obis, "return_temperature", 140, Dimension::temperature, Group::temperature, "Return temperature"},
    {"0-0:24.4.0"_obis, "valve", 150, Dimension::none, Group::state, "Valve", Shape::valve},
    {"0-0:96.3.10"_obis, "relay", 160, Dimension::none, Group::state, "Relay", Shape::breaker},
    {"0-0:96.1.0"_obis, "mbus_id", 170, Dimension::none, Group::identity, "Equipment id M-Bus", Shape::text},
    {"0-0:96.1.2"_obis, "mbus_ean", 180, Dimension::none, Group::identity, "EAN M-Bus", Shape::text},
    // clang-format on
});
static_assert(media.size() == static_cast<std::size_t>(Medium::count_));

}  // namespace detail

}  // namespace vscp_p1
