#include "app/advice.hpp"

namespace vscp_p1::app {

std::string_view advice(Errc reason) noexcept {
  switch (reason) {
    case Errc::key_missing: return "ask the grid operator for this meter's key and set decryption_key in [SERIAL]";
    case Errc::key_wrong: return "compare it with what the grid operator sent: it belongs to one meter only";
    case Errc::tag_wrong: return "correct it, or set authentication = if_possible to rely on the CRC";
    case Errc::hdlc_frame:
    case Errc::mbus_frame:
      return "this port does not send ASCII P1 telegrams: ask the grid company to activate the P1 (ASCII) profile";
    case Errc::untitled_frame: return "this form cannot be read: ask the grid company for telegrams in plain text";
    default: return "harmless now and then; if it is lasting, check the cable and the serial settings";
  }
}

}  // namespace vscp_p1::app
