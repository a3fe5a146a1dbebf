#pragma once

#include <memory>

#include "io/source.hpp"

namespace vscp_p1::io {

/// A serial port, opened exclusively, or a TCP connection (ser2net).
std::shared_ptr<Source> make_device_source(boost::asio::io_context& loop, const SourceUri& uri,
                                           const SerialSettings& serial, SourceHandlers handlers);
std::shared_ptr<Source> make_tcp_source(boost::asio::io_context& loop, const SourceUri& uri, SourceHandlers handlers);

}  // namespace vscp_p1::io
