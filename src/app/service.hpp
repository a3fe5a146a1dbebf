#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>

#include "io/service_manager.hpp"

namespace vscp_p1::app {

/// The program as a service: says when it is ready, feeds the watchdog from the loop, so that a loop that hangs is
/// noticed, and keeps the status line up to date. Without a service manager it does nothing.
class Service {
 public:
  Service(boost::asio::io_context& loop, std::function<std::string()> status);

  /// The loop runs.
  void start();
  void reloading() const { manager_.say_reloading(); }
  void ready() const { manager_.say("READY=1"); }
  void stopping() const { manager_.say("STOPPING=1"); }
  void update_status();

 private:
  void keep_watchdog();
  void keep_status();

  io::ServiceManager manager_;
  boost::asio::steady_timer watchdog_;
  boost::asio::steady_timer status_timer_;
  std::function<std::string()> status_;
  std::string said_;
};

}  // namespace vscp_p1::app
