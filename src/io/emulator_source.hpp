#pragma once

#include <memory>

#include "io/source.hpp"

namespace vscp_p1::io {

/// The built-in meter: a telegram at once and then every `interval` seconds.
std::shared_ptr<Source> make_emulator_source(boost::asio::io_context& loop, const EmulatorSettings& settings,
                                             const TimeZone& zone, SourceHandlers handlers);

}  // namespace vscp_p1::io
