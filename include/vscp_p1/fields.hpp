#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "vscp_p1/decimal.hpp"
#include "vscp_p1/telegram.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {

/// The bracketed value of a line, without blanks around it; empty when there are fewer.
std::string_view value_at(const DataLine& line, std::size_t index) noexcept;

/// value_at(line, 0).
inline std::string_view first_value(const DataLine& line) noexcept {
  return line.has_one_value ? trimmed(line.values.substr(1, line.values.size() - 2)) : value_at(line, 0);
}

/// What stands behind the number: "*kWh", "kWh" (Aidon), "*kWh " (Holley), " *kWh" or nothing.
std::string_view unit_of(std::string_view value) noexcept;

/// A value and its own time, in either order; an empty stamp when there is none. A text that looks like a stamp is no
/// value: the W of winter is not a watt.
struct TimedFields {
  std::string_view stamp, value;
};
TimedFields timed_fields(std::string_view first, std::string_view second) noexcept;

/// The fields of an M-Bus reading. DSMR 4 and later: (capture time)(value*unit). DSMR 2.2 and 3.0: (time)(status)
/// (minutes)(count)(code)(unit)(value). Without a time: (value*unit). nullopt: none of these.
struct MbusFields {
  std::string_view stamp, unit, value;
  std::optional<DecimalPrefix> number{};  // of the value, if it was read already
};
std::optional<MbusFields> mbus_fields(const DataLine& line) noexcept;

}  // namespace vscp_p1
