#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "vscp_p1/by_quantity.hpp"
#include "vscp_p1/quantity.hpp"

namespace vscp_p1 {

/// An id or a text that is not set: empty, or filled with '-' or blanks, plain or as hex digits.
bool is_unset(std::string_view sent) noexcept;

/// Meters send 1024 characters at most, in 2048 hex digits (DSMR 5.0.2 §6.12). No more is kept of a text: many of
/// them may wait for the broker.
inline constexpr std::size_t longest_text = 2048;

/// The text of a state as a person reads it: octets decoded, blanks and fillers (2D…, FF…) taken away. Its bytes are
/// the meter's: escaped() shows it.
std::string state_text(Shape shape, std::string_view sent);

/// The number of a tariff ("0001", "TARIFF 2"), or the position of a breaker or a valve: 0 off or closed, 1 on or
/// open, 2 released. nullopt when the text says none.
std::optional<unsigned> state_number(Shape shape, std::string_view text) noexcept;

/// Remembers the states to tell which of them change.
class StateWatch {
 public:
  /// The text before, empty at the start, when `sent` is another than the last time; nullopt when it is the same.
  std::optional<std::string> change(std::size_t quantity, std::string_view sent);

 private:
  ByQuantity<std::string> seen_;  // as sent
};

}  // namespace vscp_p1
