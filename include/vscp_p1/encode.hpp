#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "vscp_p1/event.hpp"

namespace vscp_p1 {

enum class PayloadFormat : std::uint8_t { json, xml, string, binary };

/// Field names of JSON and XML events. Each generation of decoders silently reads the other's as class 0, type 0;
/// only both together are read by all of them.
enum class JsonNames : std::uint8_t {
  both,
  vscp,   // vscpHead, vscpClass … : node-vscp, Node-RED nodes, VSCP daemons until 2026-02
  plain,  // head, class … : the specification
};

/// Appends the event to `payload` in one of VSCP's forms over MQTT. UTF-8 that is not valid becomes U+FFFD.
void encode_event(const Event& event, PayloadFormat format, JsonNames names, std::string& payload);

}  // namespace vscp_p1
