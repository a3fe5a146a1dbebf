#include "io/reachable.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace vscp_p1::io {

bool is_reachable(const std::string& address, std::uint16_t port) noexcept {
  try {
    boost::asio::io_context loop;
    boost::asio::ip::tcp::socket socket(loop);
    boost::system::error_code error;
    const auto host = boost::asio::ip::make_address(address, error);
    if (!error) socket.connect({host, port}, error);
    return !error;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace vscp_p1::io
