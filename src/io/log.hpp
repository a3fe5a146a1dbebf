#pragma once

#include <cstdint>

namespace vscp_p1::io {

enum class Verbosity : std::uint8_t { normal, verbose, debug };

/// Sends spdlog's default logger to standard error: standard output belongs to --dry-run. Without times under
/// systemd, whose journal has its own.
void start_log(Verbosity verbosity);

}  // namespace vscp_p1::io
