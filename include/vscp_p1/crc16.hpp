#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vscp_p1 {

/// CRC-16/ARC of a telegram from '/' to '!' inclusive (DSMR 5.0.2 §6.2): polynomial x16+x15+x2+1, reflected, init 0.
std::uint16_t crc16_arc(std::string_view bytes) noexcept;

/// CRC-16/X-25 (ISO/IEC 13239): polynomial 0x1021, reflected, init 0xFFFF, inverted. HDLC frames, and Holley meters.
std::uint16_t crc16_x25(std::string_view bytes) noexcept;

/// CRC-16/CCITT-FALSE of a binary VSCP frame: polynomial 0x1021, init 0xFFFF, not reflected.
std::uint16_t crc16_ccitt_false(std::span<const std::uint8_t> bytes) noexcept;

}  // namespace vscp_p1
