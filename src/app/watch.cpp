#include "app/watch.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

#include "vscp_p1/watch_view.hpp"

namespace vscp_p1::app {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds every_second{1000};  // ages and counters go on
constexpr milliseconds soon{50};            // a capture has thousands of telegrams in a second
constexpr std::size_t log_lines = 3;

}  // namespace

Watch::Watch(boost::asio::io_context& loop, const Settings& settings, Handlers handlers)
    : settings_(settings), handlers_(std::move(handlers)), output_(handlers_.failed), loop_(loop), timer_(loop) {}

void Watch::start() {
  if (settings_.one_shot) return;
  terminal_ = io::Terminal::open(
      loop_, {[this](io::Key key) { on_key(key); }, [this] { draw(); }, [this] { handlers_.quit(); }});
  if (!terminal_) return;
  log_.emplace();
  draw();
}

void Watch::update(const Mapper::Mapping& mapping) {
  header_ = mapping.header;
  table_.update(mapping, settings_, handlers_.statistics().uptime);
  if (!terminal_) return output_.write(text());
  if (!std::exchange(is_drawn_soon_, true)) draw_in(soon);
}

void Watch::stop(bool keep_last) {
  if (!terminal_ || std::exchange(has_stopped_, true)) return;
  timer_.cancel();
  terminal_->leave();
  log_.reset();
  if (keep_last) output_.write(text());
}

void Watch::on_key(io::Key key) {
  const auto page = static_cast<std::ptrdiff_t>(std::max<std::size_t>(rows_, 2)) - 1;
  const auto all = static_cast<std::ptrdiff_t>(table_.rows().size());
  switch (key) {
    case io::Key::quit: return handlers_.quit();
    case io::Key::up: return move(-1);
    case io::Key::down: return move(1);
    case io::Key::page_up: return move(-page);
    case io::Key::page_down: return move(page);
    case io::Key::first: return move(-all);
    case io::Key::last: return move(all);
    case io::Key::redraw: return draw();
  }
}

void Watch::move(std::ptrdiff_t rows) {
  first_row_ = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(first_row_) + rows));
  draw();
}

void Watch::draw() {
  is_drawn_soon_ = false;
  const auto log = log_->last(log_lines);
  const auto [width, height] = terminal_->size();
  const auto page =
      watch_page(table_, {settings_.serial.port, header_, handlers_.statistics(), settings_.serial.timeout, log},
                 {width, height, first_row_, io::Terminal::takes_utf8(), !terminal_->has_styles()});
  first_row_ = page.first_row;
  rows_ = page.rows;
  terminal_->paint(page.lines);
  draw_in(every_second);
}

void Watch::draw_in(milliseconds delay) {
  timer_.expires_after(delay);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !has_stopped_) draw();
  });
}

std::string Watch::text() const {
  const auto page =
      watch_page(table_, {settings_.serial.port, header_, handlers_.statistics(), settings_.serial.timeout, {}},
                 {Screen::unlimited, Screen::unlimited, 0, io::Terminal::takes_utf8(), false});
  return plain_lines(page.lines) + "\n";
}

}  // namespace vscp_p1::app
