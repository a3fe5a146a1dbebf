#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vscp_p1::io {

/// Gives telegrams to any number of TCP clients, each whole and from the next one on. It never waits for a client:
/// who does not keep up is dropped. What clients send is thrown away.
class TelegramServer {
 public:
  struct Handlers {
    std::function<void(const std::string&)> fault;   // why nobody can connect, and what to do; it is tried again
    std::function<void(const std::string&)> opened;  // where it can be reached
    std::function<void(const std::string&)> remark;  // a client was turned away or dropped
  };

  TelegramServer(boost::asio::io_context& loop, Handlers handlers);

  /// Clients stay when it is the same address and port as before; port 0 ends it.
  void listen(const std::string& address, std::uint16_t port);
  void send(std::string_view telegram);
  void close();

 private:
  class Client;

  void open();
  void retry(const boost::system::error_code& error);
  void accept();
  bool take_waiting();
  void take(boost::asio::ip::tcp::socket socket);
  std::string name() const;

  boost::asio::io_context& loop_;
  Handlers handlers_;
  std::string address_;
  std::uint16_t port_ = 0;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer timer_;
  std::chrono::seconds backoff_{1};
  std::uint64_t life_ = 0;  // of the listening socket: handlers of an earlier one are ignored
  bool told_full_ = false;
  std::vector<std::shared_ptr<Client>> clients_;
};

}  // namespace vscp_p1::io
