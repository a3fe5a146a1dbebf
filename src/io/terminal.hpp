#pragma once

#include <termios.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "vscp_p1/watch_view.hpp"

namespace vscp_p1::io {

enum class Key : std::uint8_t { quit, up, down, page_up, page_down, first, last, redraw };

/// The terminal that standard output is, as a page that is painted in place. However the program ends, by a signal or
/// by a fault, the terminal is as before: the screen with what was on it, cursor, echo.
class Terminal {
 public:
  struct Handlers {
    std::function<void(Key)> key;
    std::function<void()> resized;  // or something else was on the screen
    std::function<void()> closed;   // it is gone
  };

  /// Null when standard output is no terminal, or one that cannot do this (TERM=dumb).
  static std::unique_ptr<Terminal> open(boost::asio::io_context& loop, Handlers handlers);
  /// As the locale says.
  static bool takes_utf8();

  Terminal(boost::asio::io_context& loop, int descriptor, Handlers handlers);
  ~Terminal() { leave(); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// NO_COLOR switches them off.
  bool has_styles() const noexcept { return has_styles_; }
  struct Size {
    std::size_t width, height;
  };
  Size size();
  /// Never waits: a page that the terminal has no time for gives way to the next one.
  void paint(std::span<const ViewLine> lines);
  /// Gives the terminal back. A second call has no effect.
  void leave();

 private:
  void enter();
  void restore();
  void write(std::string page);
  void write_next();
  void read_keys();
  void take_keys();
  void await_resize();
  void await_stop();

  boost::asio::posix::stream_descriptor descriptor_;
  boost::asio::signal_set resize_;
  boost::asio::signal_set stop_;
  Handlers handlers_;
  bool has_styles_;
  termios before_{};
  std::array<char, 64> typed_{};
  std::string keys_;  // typed and not yet understood
  std::string writing_;
  std::string next_;
  bool is_writing_ = false;
  bool has_left_ = false;
};

}  // namespace vscp_p1::io
