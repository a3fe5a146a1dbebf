#pragma once

#include "app/options.hpp"

namespace vscp_p1::app {

/// --setup: asks for what cannot be known, writes config.ini, checks it and sends one telegram through; returns the
/// exit code. Without a terminal, or with --yes, it asks nothing.
int set_up(const Options& options);

}  // namespace vscp_p1::app
