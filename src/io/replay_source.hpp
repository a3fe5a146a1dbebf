#pragma once

#include <memory>

#include "io/source.hpp"

namespace vscp_p1::io {

/// A capture, given with its timing, times uri.speed; as fast as the other side takes it without a speed or with 0.
/// Null when the file is none.
std::shared_ptr<Source> make_replay_source(boost::asio::io_context& loop, const SourceUri& uri,
                                           const SourceHandlers& handlers);

}  // namespace vscp_p1::io
