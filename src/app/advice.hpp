#pragma once

#include <string_view>

#include "vscp_p1/result.hpp"

namespace vscp_p1::app {

constexpr bool is_encryption_fault(Errc reason) noexcept {
  return reason >= Errc::key_missing && reason <= Errc::frame_damaged;
}
constexpr bool is_foreign(Errc reason) noexcept {
  return reason >= Errc::hdlc_frame && reason <= Errc::untitled_frame;
}

/// What to do about a telegram or frame that gave nothing.
std::string_view advice(Errc reason) noexcept;

}  // namespace vscp_p1::app
