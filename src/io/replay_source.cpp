#include "io/replay_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "vscp_p1/capture.hpp"

namespace vscp_p1::io {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t most_at_once = 4096;                    // bytes in one turn of the loop
constexpr std::size_t read_size = std::size_t{64} * 1024;     // bytes of the file
constexpr std::chrono::hours longest_replay{24 * 365 * 100};  // what a damaged time may ask for

class ReplaySource final : public Source {
 public:
  ReplaySource(asio::io_context& loop, const SourceUri& uri, int descriptor, std::size_t size,
               SourceHandlers handlers)
      : path_(uri.path),
        speed_(uri.speed.value_or(0)),
        descriptor_(descriptor),
        size_(size),
        timer_(loop),
        handlers_(std::move(handlers)) {}
  ~ReplaySource() override {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  ReplaySource(const ReplaySource&) = delete;
  ReplaySource& operator=(const ReplaySource&) = delete;

  void start() override {
    handlers_.opened();
    began_ = Clock::now();
    give_at(began_);
  }
  bool pause() override { return !std::exchange(paused_, true); }
  void resume() override {
    if (std::exchange(paused_, false)) give_at(Clock::now());
  }
  void stop() override { close(); }

  std::optional<Progress> progress() const override {
    if (descriptor_ < 0) return std::nullopt;
    const auto read = static_cast<double>(taken_) / static_cast<double>(std::max<std::size_t>(size_, 1));
    const Seconds passed = (Clock::now() - began_) * speed_;
    const auto time = speed_ == 0 ? Seconds(time_) : std::min(passed, Seconds(time_));
    return Progress{std::min(read, 1.0), std::chrono::duration_cast<std::chrono::seconds>(time)};
  }

 private:
  void give_at(Clock::time_point due) {
    timer_.expires_at(due);
    timer_.async_wait([this, self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && !paused_ && descriptor_ >= 0) give();
    });
  }

  // Everything that is due, but no more than fits into a turn of the loop.
  void give() {
    bytes_.clear();
    while (bytes_.size() < most_at_once && has_chunk() && due() <= Clock::now()) {
      bytes_ += chunk_;
      chunk_.clear();
    }
    if (!bytes_.empty()) handlers_.bytes(bytes_);
    if (descriptor_ < 0 || paused_) return;
    if (chunk_.empty() && at_end_) return finish();
    give_at(chunk_.empty() ? Clock::now() : due());
  }

  // From the begin on, so that no delay adds up.
  Clock::time_point due() const {
    if (speed_ == 0) return began_;
    const auto after = std::min(Seconds(time_) / speed_, Seconds(longest_replay));
    return began_ + std::chrono::duration_cast<Clock::duration>(after);
  }

  // Reads the next chunk, unless there is one that was not due yet.
  bool has_chunk() {
    while (chunk_.empty()) {
      const auto line = next_line();
      if (!line) return false;
      const auto chunk = reader_.read(*line);
      if (!chunk) continue;
      chunk_ = chunk->bytes;
      time_ = chunk->time;
    }
    return true;
  }

  // A line without an end goes in pieces, which are damaged lines.
  std::optional<std::string_view> next_line() {
    auto end = text_.find('\n', line_);
    if (end == std::string::npos && !at_end_) {
      text_.erase(0, std::exchange(line_, 0));
      read_more();
      end = text_.find('\n');
    }
    if (line_ == text_.size()) return std::nullopt;
    const auto size = std::min(end, text_.size() - 1) - line_ + 1;
    const std::string_view line(text_.data() + line_, size);
    line_ += size;
    taken_ += size;
    return line;
  }

  void read_more() {
    const auto kept = text_.size();
    text_.resize(kept + read_size);
    const auto size = ::read(descriptor_, text_.data() + kept, read_size);
    text_.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    at_end_ = size <= 0;
    if (size < 0) fault_ = path_ + ": " + std::strerror(errno);
  }

  void finish() {
    close();
    if (const auto damaged = reader_.damaged_lines(); damaged > 0) {
      handlers_.warning(path_ +
                        ": lines of the capture that are damaged and were left out: " + std::to_string(damaged));
    }
    if (!fault_.empty()) handlers_.fault(fault_);
    handlers_.end();
  }

  void close() {
    timer_.cancel();
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

  std::string path_;
  double speed_;
  int descriptor_;
  std::size_t size_;  // of the file
  asio::steady_timer timer_;
  SourceHandlers handlers_;
  CaptureReader reader_;
  Clock::time_point began_;
  std::string text_;       // of the file, read and not taken
  std::size_t line_ = 0;   // in it, the next one
  std::size_t taken_ = 0;  // bytes of the file
  std::string chunk_;      // read and not given
  CaptureTime time_{0};    // of that one
  std::string bytes_;
  std::string fault_;
  bool at_end_ = false;
  bool paused_ = false;
};

}  // namespace

std::shared_ptr<Source> make_replay_source(asio::io_context& loop, const SourceUri& uri,
                                           const SourceHandlers& handlers) {
  // Who writes into a named pipe would take this for its reader.
  struct stat status {};
  if (::stat(uri.path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return nullptr;
  const int descriptor = ::open(uri.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return nullptr;
  std::string begin(capture_begin, '\0');
  const auto size = ::fstat(descriptor, &status) == 0 ? ::pread(descriptor, begin.data(), begin.size(), 0) : -1;
  begin.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  if (is_capture(begin)) {
    return std::make_shared<ReplaySource>(loop, uri, descriptor, static_cast<std::size_t>(status.st_size), handlers);
  }
  ::close(descriptor);
  return nullptr;
}

}  // namespace vscp_p1::io
