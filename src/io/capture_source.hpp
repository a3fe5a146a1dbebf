#pragma once

#include <memory>

#include "io/source.hpp"

namespace vscp_p1::io {

/// A file, or standard input, read to its end and no faster than the other side takes it.
std::shared_ptr<Source> make_file_source(boost::asio::io_context& loop, const SourceUri& uri,
                                         SourceHandlers handlers);
std::shared_ptr<Source> make_stdin_source(boost::asio::io_context& loop, SourceHandlers handlers);

}  // namespace vscp_p1::io
