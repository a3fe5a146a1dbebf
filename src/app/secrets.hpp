#pragma once

#include <string>

#include "io/config.hpp"

namespace vscp_p1::app {

/// Fetches keys, also of meters, and passwords from the files that the configuration names, else from the service's
/// credentials, and checks what TLS needs. Adds a fault for what cannot be used, and a warning for secrets that
/// others can read: in these files, or in the configuration itself, which is at `path`.
void complete_secrets(io::Config& config, const std::string& path);

}  // namespace vscp_p1::app
