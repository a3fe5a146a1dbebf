#pragma once

#include "io/config.hpp"

namespace vscp_p1::io {

/// Adds the faults that can only be seen when all is read: of settings that do not fit together, and of meters that
/// do not fit beside each other.
void check(Config& config);

}  // namespace vscp_p1::io
