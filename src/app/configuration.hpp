#pragma once

#include <string>
#include <vector>

#include "vscp_p1/settings.hpp"
#include "vscp_p1/source_uri.hpp"
#include "vscp_p1/time.hpp"

namespace vscp_p1::app {

/// One meter: checked, and with a GUID.
struct MeterConfiguration {
  std::string name;  // of its section [METER name]; empty: it is the only one
  Settings settings;
  SourceUri uri;
  TimeZone zone;
};

/// Everything the program is told. The settings are those of the process, to the broker and of the spool; a single
/// meter without a section has the same.
struct Configuration {
  Settings settings;
  std::vector<MeterConfiguration> meters{1};  // at least one
};

}  // namespace vscp_p1::app
