#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "io/source.hpp"

namespace vscp_p1::app {

/// A line at the foot of the terminal that is refreshed in place once a second. Without a terminal there is none.
class ProgressLine {
 public:
  /// `text` is what to show now; empty when there is nothing more.
  ProgressLine(boost::asio::io_context& loop, std::function<std::string()> text);

  void start();
  void stop();

 private:
  void refresh();

  std::function<std::string()> text_;
  boost::asio::steady_timer timer_;
  bool is_shown_ = false;
};

/// "42 %, 1234 telegrams, 0:20:34 of the capture, 0:00:28 left"; empty without a replay.
std::string progress_text(const std::optional<io::Progress>& progress, std::uint64_t telegrams,
                          std::chrono::steady_clock::time_point started);

}  // namespace vscp_p1::app
