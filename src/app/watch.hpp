#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "io/log.hpp"
#include "io/standard_output.hpp"
#include "io/terminal.hpp"
#include "vscp_p1/mapper.hpp"
#include "vscp_p1/settings.hpp"
#include "vscp_p1/statistics.hpp"
#include "vscp_p1/watch_table.hpp"

namespace vscp_p1::app {

/// --watch: what the meter sends, on a page of the terminal that is painted again with each telegram and each second.
/// Where there is no terminal, and for --oneshot, it is a block of text per telegram.
class Watch {
 public:
  struct Handlers {
    std::function<Statistics()> statistics;
    std::function<void()> quit;
    std::function<void(const std::string& reason)> failed;  // standard output takes nothing any more
  };

  /// The settings must outlive it.
  Watch(boost::asio::io_context& loop, const Settings& settings, Handlers handlers);

  void start();
  void update(const Mapper::Mapping& mapping);
  /// The settings have changed: what is shown may have another name, unit or place.
  void forget() { table_.clear(); }
  /// Gives the terminal back; `keep_last` leaves the last page on it, as text.
  void stop(bool keep_last);

 private:
  void on_key(io::Key key);
  void move(std::ptrdiff_t rows);
  void draw();
  void draw_in(std::chrono::milliseconds delay);
  std::string text() const;

  const Settings& settings_;
  Handlers handlers_;
  io::StandardOutput output_;
  boost::asio::io_context& loop_;
  boost::asio::steady_timer timer_;
  std::optional<io::KeptLog> log_;  // outlives the terminal: it shows errors when that is as before
  std::unique_ptr<io::Terminal> terminal_;
  WatchTable table_;
  std::string header_;
  std::size_t first_row_ = 0;
  std::size_t rows_ = 0;  // on the page
  bool is_drawn_soon_ = false;
  bool has_stopped_ = false;
};

}  // namespace vscp_p1::app
