#pragma once

#include <string>

#include "vscp_p1/mapper.hpp"

namespace vscp_p1 {

/// What a meter says of itself, as JSON for a retained topic: {"header":…, "manufacturer":…, "version":…,
/// "equipment_id":…, "mbus":{"1":{"type":3,"id":…}}}. What it does not say is missing.
std::string meter_info(const Mapper::Mapping& mapping);

}  // namespace vscp_p1
