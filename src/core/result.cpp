#include "vscp_p1/result.hpp"

#include <array>

namespace vscp_p1 {
namespace {

struct Reason {
  std::string_view identifier, message;
};

constexpr std::array<Reason, static_cast<std::size_t>(Errc::count_)> reasons = {{
    {"noise", "noise between telegrams"},
    {"telegram_cut", "telegram cut short"},
    {"telegram_too_long", "telegram too long"},
    {"crc_mismatch", "CRC mismatch"},
    {"crc_malformed", "CRC malformed"},
    {"crc_missing", "CRC missing"},
    {"no_data_line", "no readable data line"},
    {"key_missing", "encrypted telegram but no decryption_key"},
    {"key_wrong", "decryption_key does not fit this meter"},
    {"tag_wrong", "authentication_key does not fit this meter"},
    {"frame_damaged", "encrypted frame damaged"},
    {"hdlc_frame", "binary DLMS/HDLC frame"},
    {"mbus_frame", "binary M-Bus frame"},
    {"untitled_frame", "encrypted frame without a system title"},
    {"bad_obis", "bad OBIS code"},
    {"bad_line", "bad line"},
    {"bad_number", "bad number"},
    {"bad_unit", "unit does not belong to the quantity"},
    {"bad_timestamp", "bad timestamp"},
    {"bad_profile", "bad profile"},
    {"never_read", "M-Bus value never read"},
    {"implausible", "implausible reading held back"},
    {"unknown_obis", "unknown OBIS code"},
}};
static_assert(!reasons.back().message.empty(), "every Errc has a message");

}  // namespace

std::string_view message(Errc reason) noexcept { return reasons[static_cast<std::size_t>(reason)].message; }

std::string_view identifier(Errc reason) noexcept { return reasons[static_cast<std::size_t>(reason)].identifier; }

}  // namespace vscp_p1
