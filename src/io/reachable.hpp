#pragma once

#include <cstdint>
#include <string>

namespace vscp_p1::io {

/// Whether something listens there. `address` is one of this host: others may take long to answer.
bool is_reachable(const std::string& address, std::uint16_t port) noexcept;

}  // namespace vscp_p1::io
