#include "vscp_p1/result.hpp"

#include <array>

namespace vscp_p1 {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Errc::count_)> messages = {
    "noise between telegrams",
    "telegram cut short",
    "telegram too long",
    "CRC mismatch",
    "CRC malformed",
    "CRC missing",
    "no readable data line",
    "encrypted telegram but no decryption_key",
    "decryption_key does not fit this meter",
    "authentication_key does not fit this meter",
    "encrypted frame damaged",
    "binary DLMS/HDLC frame",
    "binary M-Bus frame",
    "encrypted frame without a system title",
    "bad OBIS code",
    "bad line",
    "bad number",
    "unit does not belong to the quantity",
    "bad timestamp",
    "bad profile",
    "M-Bus value never read",
    "implausible reading held back",
    "unknown OBIS code",
};
static_assert(!messages.back().empty(), "every Errc has a message");

}  // namespace

std::string_view message(Errc reason) noexcept { return messages[static_cast<std::size_t>(reason)]; }

}  // namespace vscp_p1
