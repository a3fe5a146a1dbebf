#pragma once

#include <string>

#include "vscp_p1/settings.hpp"

namespace vscp_p1::io {

inline constexpr int least_failure = 0x80;  // of the reason codes of MQTT 5
inline constexpr const char* login_refused = "it refuses the login — check user and password in section [MQTT]";

/// Why a broker refused a connection, by the return code of its CONNACK. Empty: the code is none of those.
std::string refusal(int code, MqttVersion protocol);
/// What a reason code of MQTT 5 tells.
std::string reason_text(int code);

}  // namespace vscp_p1::io
