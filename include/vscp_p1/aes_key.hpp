#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vscp_p1 {

/// A key of AES-128. Nothing in the program shows one.
using AesKey = std::array<std::uint8_t, 16>;

/// Thirty-two hex digits in any case; one blank, ':' or '-' may stand between two pairs.
std::optional<AesKey> parse_aes_key(std::string_view text) noexcept;

}  // namespace vscp_p1
