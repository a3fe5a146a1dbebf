#pragma once

#include <istream>
#include <string>

#include "vscp_p1/settings.hpp"

namespace vscp_p1::app {

/// The table of quantities, one line each, tab-separated: key, OBIS, VSCP type (of a state: class/type), unit code,
/// unit, default id, default sensor index, default note, switch.
std::string quantity_list();

/// The lines of telegrams that no quantity takes, as they are: ready for a bug report. No CRC is asked for, since
/// copies have lost it.
std::string unknown_lines(std::istream& telegrams, const Settings& settings);

}  // namespace vscp_p1::app
