#pragma once

namespace vscp_p1::app {

/// Of sysexits(3).
enum ExitCode { exit_ok = 0, exit_usage = 64, exit_unavailable = 69, exit_internal = 70, exit_config = 78 };

}  // namespace vscp_p1::app
