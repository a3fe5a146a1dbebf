#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/settings.hpp"

namespace vscp_p1::io {

inline constexpr std::size_t longest_name = 48;  // inih cuts sections at 49 characters

/// The name that was probably meant; empty when none is near.
std::string nearest(std::string_view name, const std::vector<std::string>& names);

/// "voltage_l4 is no quantity, did you mean voltage_l1?"
std::string unknown_quantity(std::string_view name, const Settings& settings);

}  // namespace vscp_p1::io
