#include "app/service.hpp"

#include <chrono>
#include <utility>

namespace vscp_p1::app {
namespace {

constexpr std::chrono::seconds status_interval{10};

}  // namespace

Service::Service(boost::asio::io_context& loop, std::function<std::string()> status)
    : watchdog_(loop), status_timer_(loop), status_(std::move(status)) {}

void Service::start() {
  if (!manager_.is_there()) return;
  ready();
  keep_status();
  if (manager_.watchdog_interval()) keep_watchdog();
}

void Service::update_status() {
  if (!manager_.is_there()) return;
  auto text = "STATUS=" + status_();
  if (text != said_) manager_.say(said_ = std::move(text));
}

void Service::keep_watchdog() {
  manager_.say("WATCHDOG=1");
  watchdog_.expires_after(*manager_.watchdog_interval());
  watchdog_.async_wait([this](const boost::system::error_code& error) {
    if (!error) keep_watchdog();
  });
}

void Service::keep_status() {
  update_status();
  status_timer_.expires_after(status_interval);
  status_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) keep_status();
  });
}

}  // namespace vscp_p1::app
