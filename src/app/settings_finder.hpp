#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/detection.hpp"

namespace vscp_p1::app {

/// Runs a SettingsSearch on the loop. With one candidate there is nothing to search. Idle once the meter was found.
class SettingsFinder {
 public:
  struct Handlers {
    std::function<bool(const LineFormat&)> apply;  // at the port; false: it does not know this format
    std::function<void()> moved;                   // to another format; search() tells what was left
  };

  SettingsFinder(boost::asio::io_context& loop, Handlers handlers);

  /// The port is, or will be opened, with the first candidate.
  void begin(std::vector<LineFormat> candidates, SettingsSearch::Pace pace = {});
  /// The meter may have been exchanged: the present format is the first to be tried.
  void begin_again();
  void on_bytes(std::string_view bytes);
  void stop() { timer_.cancel(); }
  /// A telegram proves the present format. Whether it was not proven before.
  bool found();

  bool is_searching() const noexcept { return searching_; }
  const SettingsSearch& search() const noexcept { return search_; }
  const LineFormat& format() const noexcept { return search_.current(); }
  SettingsSearch::Time since_last_byte() const { return now() - search_.last_byte(); }
  const std::vector<LineFormat>& candidates() const noexcept { return candidates_; }

 private:
  static SettingsSearch::Time now();
  void watch();
  void advance();

  Handlers handlers_;
  boost::asio::steady_timer timer_;
  std::vector<LineFormat> candidates_{LineFormat{}};
  SettingsSearch::Pace pace_;
  SettingsSearch search_;
  bool searching_ = false;
};

}  // namespace vscp_p1::app
