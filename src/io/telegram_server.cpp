#include "io/telegram_server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <utility>

namespace vscp_p1::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::seconds;

constexpr std::size_t longest_backlog = std::size_t{64} * 1024;  // bytes of a client, beyond what the kernel keeps
constexpr int kernel_buffer = 64 * 1024;                         // else it keeps megabytes for each
constexpr int reserved_descriptors = 64;                         // for the port, the broker, the spool …
constexpr int most_at_once = 64;                                 // to be let in, before the loop goes on
constexpr seconds pause_when_full{1};
constexpr int seconds_until_probed = 60;  // a client whose machine is gone says nothing

int most_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1'000'000));
}

std::string text_of(const tcp::endpoint& endpoint) {
  const auto address = endpoint.address().to_string();
  const auto port = ":" + std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + address + "]" + port : address + port;
}

std::string advice(const error_code& error) {
  if (error == asio::error::address_in_use) return "in use by another program — set another tcp_port";
  if (error == std::errc::permission_denied) return "permission denied — set a tcp_port from 1024 on";
  if (error == std::errc::address_not_available) {
    return "this host has no such address — set tcp_address to one that it has, or to 0.0.0.0";
  }
  return error.message() + " — check tcp_address and tcp_port";
}

}  // namespace

class TelegramServer::Client : public std::enable_shared_from_this<TelegramServer::Client> {
 public:
  explicit Client(tcp::socket socket) : socket_(std::move(socket)) {
    error_code ignored;
    const auto peer = socket_.remote_endpoint(ignored);
    name_ = text_of(peer);
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    socket_.set_option(asio::socket_base::send_buffer_size(kernel_buffer), ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &seconds_until_probed,
                 sizeof seconds_until_probed);
  }

  const std::string& name() const noexcept { return name_; }
  bool is_open() const noexcept { return socket_.is_open(); }
  bool keeps_up() const noexcept { return backlog_ <= longest_backlog; }

  void close() {
    error_code ignored;
    socket_.close(ignored);
    queue_.clear();
  }

  void send(std::shared_ptr<const std::string> telegram) {
    backlog_ += telegram->size();
    queue_.push_back(std::move(telegram));
    if (queue_.size() == 1) write();
  }

  // Reading tells when the client closes. One that only says that it will send nothing more goes on listening.
  void read() {
    socket_.async_read_some(asio::buffer(input_), [this, self = shared_from_this()](const error_code& error, auto) {
      if (!error) return read();
      if (error != asio::error::eof) return close();
      socket_.async_wait(tcp::socket::wait_error, [this, self](const error_code&) { close(); });
    });
  }

 private:
  void write() {
    asio::async_write(socket_, asio::buffer(*queue_.front()),
                      [this, self = shared_from_this()](const error_code& error, std::size_t size) {
                        if (error || queue_.empty()) return close();
                        backlog_ -= size;
                        queue_.pop_front();
                        if (!queue_.empty()) write();
                      });
  }

  tcp::socket socket_;
  std::string name_;
  std::array<char, 1024> input_{};
  std::deque<std::shared_ptr<const std::string>> queue_;  // the first is under way
  std::size_t backlog_ = 0;                               // bytes
};

TelegramServer::TelegramServer(asio::io_context& loop, Handlers handlers)
    : loop_(loop), handlers_(std::move(handlers)), acceptor_(loop), timer_(loop) {}

std::string TelegramServer::name() const { return "tcp_port " + std::to_string(port_); }

void TelegramServer::listen(const std::string& address, std::uint16_t port) {
  if (address == address_ && port == port_) return;
  close();
  address_ = address;
  port_ = port;
  backoff_ = seconds{1};
  told_full_ = false;
  if (port_ != 0) open();
}

void TelegramServer::close() {
  ++life_;
  error_code ignored;
  acceptor_.close(ignored);
  timer_.cancel();
  for (const auto& client : clients_) client->close();
  clients_.clear();
  port_ = 0;
}

void TelegramServer::open() {
  error_code error;
  const tcp::endpoint endpoint(asio::ip::make_address(address_, error), port_);
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.address().is_v6()) {
    error_code ignored;  // "::" is for IPv4 too, where the host lets it
    acceptor_.set_option(asio::ip::v6_only(false), ignored);
  }
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.non_blocking(true, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return retry(error);
  backoff_ = seconds{1};
  handlers_.opened(name() + ": telegrams are served at " + text_of(endpoint));
  accept();
}

void TelegramServer::retry(const error_code& error) {
  error_code ignored;
  acceptor_.close(ignored);
  timer_.expires_after(backoff_);
  timer_.async_wait([this, life = life_](const error_code& aborted) {
    if (!aborted && life == life_) open();
  });
  backoff_ = std::min(2 * backoff_, seconds{30});
  handlers_.fault(name() + ": " + advice(error) + "; trying again");
}

void TelegramServer::accept() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [this, life = life_](const error_code& error) {
    if (error || life != life_) return;
    if (take_waiting()) return accept();
    timer_.expires_after(pause_when_full);
    timer_.async_wait([this, life](const error_code& aborted) {
      if (!aborted && life == life_) accept();
    });
  });
}

// False when those who wait cannot be let in now: there are too many open files.
bool TelegramServer::take_waiting() {
  for (int i = 0; i < most_at_once && acceptor_.is_open(); ++i) {
    error_code error;
    tcp::socket socket(loop_);
    acceptor_.accept(socket, error);
    if (error) return error == asio::error::would_block;
    take(std::move(socket));
  }
  return true;
}

// Descriptors are given out from the lowest on, so a high one tells how many are in use. The port and the broker must
// get theirs whenever they come back.
void TelegramServer::take(tcp::socket socket) {
  static const int most = most_descriptors() - reserved_descriptors;
  if (socket.native_handle() >= most) {
    if (!std::exchange(told_full_, true)) {
      handlers_.remark(name() + ": " + std::to_string(clients_.size()) + " clients, no more are let in");
    }
    return;
  }
  std::erase_if(clients_, [](const auto& client) { return !client->is_open(); });
  clients_.push_back(std::make_shared<Client>(std::move(socket)));
  clients_.back()->read();
}

// Whoever connected before the telegram was whole gets it.
void TelegramServer::send(std::string_view telegram) {
  take_waiting();
  std::erase_if(clients_, [](const auto& client) { return !client->is_open(); });
  if (clients_.empty()) return;
  const auto shared = std::make_shared<const std::string>(telegram);
  for (const auto& client : clients_) {
    if (client->keeps_up()) {
      client->send(shared);
    } else {
      handlers_.remark(name() + ": client " + client->name() + " does not keep up, dropped");
      client->close();
    }
  }
}

}  // namespace vscp_p1::io
