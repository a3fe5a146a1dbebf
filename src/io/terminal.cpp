#include "io/terminal.hpp"

#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "vscp_p1/text.hpp"

namespace vscp_p1::io {
namespace {

using boost::system::error_code;

// ECMA-48, and the private modes of the VT series and xterm that every terminal of today knows: the other screen
// (1049), the cursor (25), lines that wrap (7).
constexpr std::string_view enter_page = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J";
constexpr std::string_view leave_page = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

// What the handler of a fatal signal needs: it must not allocate, nor find an object half gone.
struct LastResort {
  volatile std::sig_atomic_t descriptor = -1;
  termios before{};
};
LastResort last_resort;
constexpr std::array<int, 6> fatal_signals = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV};

void restore_and_die(int signal) {
  if (last_resort.descriptor >= 0) {
    [[maybe_unused]] const auto written = ::write(last_resort.descriptor, leave_page.data(), leave_page.size());
    ::tcsetattr(last_resort.descriptor, TCSANOW, &last_resort.before);
  }
  ::raise(signal);  // SA_RESETHAND: now with its default action
}

// A sanitizer has handlers of its own: they stay.
void watch_fatal_signals() {
  for (const int signal : fatal_signals) {
    struct sigaction action {};
    ::sigaction(signal, nullptr, &action);
    if ((action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler != SIG_DFL) continue;
    action.sa_handler = restore_and_die;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    ::sigaction(signal, &action, nullptr);
  }
}

// A description of its own: that it never waits must not reach whoever shares standard output.
int open_terminal() {
  std::array<char, 256> name{};
  const bool is_named = ::ttyname_r(STDOUT_FILENO, name.data(), name.size()) == 0;
  const int flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
  const int descriptor = is_named ? ::open(name.data(), flags) : -1;
  return descriptor >= 0 ? descriptor : ::open("/dev/tty", flags);
}

// A terminal that takes nothing is not waited for.
void write_now(int descriptor, std::string_view text) {
  constexpr int patience = 500;  // milliseconds
  while (!text.empty()) {
    pollfd output{descriptor, POLLOUT, 0};
    if (::poll(&output, 1, patience) != 1) return;
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string_view sequence_of(Style style) {
  switch (style) {
    case Style::title: return "\x1b[7m";
    case Style::heading: return "\x1b[4m";
    case Style::strong: return "\x1b[1m";
    case Style::faint: return "\x1b[2m";
    case Style::good: return "\x1b[32m";
    case Style::bad: return "\x1b[1;31m";
    case Style::plain: break;
  }
  return {};
}

struct KeySequence {
  std::string_view bytes;
  Key key;
};
constexpr auto key_sequences = std::to_array<KeySequence>({
    {"q", Key::quit},       {"Q", Key::quit},          {"k", Key::up},
    {"j", Key::down},       {"b", Key::page_up},       {" ", Key::page_down},
    {"g", Key::first},      {"G", Key::last},          {"\x0c", Key::redraw},
    {"\x1b[A", Key::up},    {"\x1bOA", Key::up},       {"\x1b[B", Key::down},
    {"\x1bOB", Key::down},  {"\x1b[5~", Key::page_up}, {"\x1b[6~", Key::page_down},
    {"\x1b[H", Key::first}, {"\x1bOH", Key::first},    {"\x1b[1~", Key::first},
    {"\x1b[F", Key::last},  {"\x1bOF", Key::last},     {"\x1b[4~", Key::last},
});

// How many bytes the key takes that `typed` begins with; 0 when there are more to come.
std::size_t key_length(std::string_view typed) {
  if (typed.front() != '\x1b') return 1;
  if (typed.size() == 1) return 0;
  if (typed[1] == 'O') return typed.size() > 2 ? 3 : 0;
  if (typed[1] != '[') return 1;
  const auto end = std::find_if(typed.begin() + 2, typed.end(), [](char c) { return c >= '@' && c <= '~'; });
  return end == typed.end() ? 0 : static_cast<std::size_t>(end - typed.begin()) + 1;
}

}  // namespace

std::unique_ptr<Terminal> Terminal::open(boost::asio::io_context& loop, Handlers handlers) {
  const char* kind = std::getenv("TERM");
  const bool can_be_painted = kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb";
  if (!can_be_painted || ::isatty(STDOUT_FILENO) == 0) return nullptr;
  const int descriptor = open_terminal();
  return descriptor < 0 ? nullptr : std::make_unique<Terminal>(loop, descriptor, std::move(handlers));
}

bool Terminal::takes_utf8() {
  const auto locale = ::newlocale(LC_CTYPE_MASK, "", nullptr);
  if (locale == nullptr) return false;
  const std::string_view charset = ::nl_langinfo_l(CODESET, locale);
  const bool is_utf8 = charset == "UTF-8";
  ::freelocale(locale);
  return is_utf8;
}

Terminal::Terminal(boost::asio::io_context& loop, int descriptor, Handlers handlers)
    : descriptor_(loop, descriptor), resize_(loop, SIGWINCH), stop_(loop, SIGTSTP), handlers_(std::move(handlers)) {
  const char* no_color = std::getenv("NO_COLOR");
  has_styles_ = no_color == nullptr || *no_color == '\0';
  ::tcgetattr(descriptor_.native_handle(), &before_);
  enter();
  read_keys();
  await_resize();
  await_stop();
}

// Ctrl-C stays a signal; Ctrl-S is a key like any other, since output that stands still would be no view.
void Terminal::enter() {
  last_resort.before = before_;
  last_resort.descriptor = descriptor_.native_handle();
  watch_fatal_signals();
  auto settings = before_;
  settings.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
  settings.c_iflag &= ~static_cast<tcflag_t>(IXON);
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  ::tcsetattr(descriptor_.native_handle(), TCSANOW, &settings);
  write_now(descriptor_.native_handle(), enter_page);
}

// ESC ends whatever sequence of a page was cut.
void Terminal::restore() {
  write_now(descriptor_.native_handle(), leave_page);
  ::tcsetattr(descriptor_.native_handle(), TCSANOW, &before_);
  last_resort.descriptor = -1;
}

void Terminal::leave() {
  if (std::exchange(has_left_, true)) return;
  error_code ignored;
  descriptor_.cancel(ignored);
  resize_.clear(ignored);
  stop_.clear(ignored);
  restore();
}

Terminal::Size Terminal::size() {
  winsize window{};
  const bool is_known = ::ioctl(descriptor_.native_handle(), TIOCGWINSZ, &window) == 0;
  if (!is_known || window.ws_col == 0 || window.ws_row == 0) return {80, 24};  // a serial line does not tell
  return {window.ws_col, window.ws_row};
}

void Terminal::paint(std::span<const ViewLine> lines) {
  const auto width = size().width;
  std::string page = "\x1b[H";
  for (const auto& line : lines) {
    if (&line != &lines.front()) page += "\r\n";
    std::size_t columns = 0;
    for (const auto& [text, style] : line) {
      const auto begin = has_styles_ ? sequence_of(style) : std::string_view{};
      page.append(begin).append(text).append(begin.empty() ? "" : "\x1b[0m");
      columns += display_width(text);
    }
    if (columns < width) page += "\x1b[K";  // in a full line the cursor is on the last character
  }
  write(std::move(page));
}

void Terminal::write(std::string page) {
  if (has_left_) return;
  next_ = std::move(page);
  if (!is_writing_) write_next();
}

void Terminal::write_next() {
  is_writing_ = true;
  writing_ = std::exchange(next_, {});
  boost::asio::async_write(descriptor_, boost::asio::buffer(writing_), [this](const error_code& error, std::size_t) {
    if (has_left_) return;
    is_writing_ = false;
    if (error) return handlers_.closed();
    if (!next_.empty()) write_next();
  });
}

void Terminal::read_keys() {
  descriptor_.async_read_some(boost::asio::buffer(typed_), [this](const error_code& error, std::size_t size) {
    if (has_left_) return;
    if (error) return handlers_.closed();
    keys_.append(typed_.data(), size);
    take_keys();
    if (!has_left_) read_keys();
  });
}

void Terminal::take_keys() {
  while (!keys_.empty() && !has_left_) {
    const auto length = key_length(keys_);
    if (length == 0) return;
    const auto key = std::find_if(key_sequences.begin(), key_sequences.end(), [&](const KeySequence& known) {
      return known.bytes == std::string_view(keys_).substr(0, length);
    });
    keys_.erase(0, length);
    if (key != key_sequences.end()) handlers_.key(key->key);
  }
}

void Terminal::await_resize() {
  resize_.async_wait([this](const error_code& error, int) {
    if (error || has_left_) return;
    handlers_.resized();
    await_resize();
  });
}

// Ctrl-Z: the shell gets its screen, and gives it back with `fg`.
void Terminal::await_stop() {
  stop_.async_wait([this](const error_code& error, int) {
    if (error || has_left_) return;
    restore();
    ::raise(SIGSTOP);
    enter();
    handlers_.resized();
    await_stop();
  });
}

}  // namespace vscp_p1::io
