#include "app/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdio>
#include <utility>

namespace vscp_p1::app {
namespace {

constexpr std::size_t usual_width = 80;

void show(const std::string& text) {
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
}

// A line that is longer than the terminal is wide could not be taken back.
std::size_t room() {
  winsize size{};
  const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return (is_known ? size.ws_col : usual_width) - 1;
}

std::string clock_text(std::chrono::seconds time) {
  const auto seconds = static_cast<long long>(time.count());
  std::array<char, 40> text{};
  const auto size = std::snprintf(text.data(), text.size(), "%lld:%02d:%02d", seconds / 3600,
                                  static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

ProgressLine::ProgressLine(boost::asio::io_context& loop, std::function<std::string()> text)
    : text_(std::move(text)), timer_(loop) {}

void ProgressLine::start() {
  if (::isatty(STDERR_FILENO) == 1) refresh();
}

void ProgressLine::stop() {
  timer_.cancel();
  if (std::exchange(is_shown_, false)) show("\r\x1b[K");
}

// The cursor stays in front, so that what is printed next takes the place of the line.
void ProgressLine::refresh() {
  const auto text = text_();
  if (text.empty()) return stop();
  show("\r\x1b[K" + text.substr(0, room()) + "\r");
  is_shown_ = true;
  timer_.expires_after(std::chrono::seconds{1});
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) refresh();
  });
}

std::string progress_text(const std::optional<io::Progress>& progress, std::uint64_t telegrams,
                          std::chrono::steady_clock::time_point started) {
  if (!progress) return {};
  using Seconds = std::chrono::duration<double>;
  auto text = std::to_string(static_cast<int>(progress->part * 100)) + " %, " + std::to_string(telegrams) +
              " telegrams, " + clock_text(progress->time) + " of the capture";
  if (progress->part <= 0) return text;
  const Seconds passed = std::chrono::steady_clock::now() - started;
  const auto left = passed * ((1 - progress->part) / progress->part);
  return text + ", " + clock_text(std::chrono::duration_cast<std::chrono::seconds>(left)) + " left";
}

}  // namespace vscp_p1::app
