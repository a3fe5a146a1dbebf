#include "io/capture_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace vscp_p1::io {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t chunk = 4096;

bool can_be_waited_for(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 &&
         (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || ::isatty(descriptor) == 1);
}

bool is_named_pipe(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
}

// A descriptor that cannot be waited for, such as a regular file: a read never blocks for long, so each is one turn
// of the loop.
class FileSource final : public Source {
 public:
  FileSource(asio::io_context& loop, std::string path, int descriptor, SourceHandlers handlers)
      : loop_(loop), path_(std::move(path)), descriptor_(descriptor), handlers_(std::move(handlers)) {}
  ~FileSource() override { close(); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  void start() override {
    if (descriptor_ < 0) descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) return finish(path_ + ": " + std::strerror(errno) + " — check the path behind file:");
    handlers_.opened();
    read_soon();
  }
  bool pause() override { return !std::exchange(paused_, true); }
  void resume() override {
    if (std::exchange(paused_, false)) read_soon();
  }
  void stop() override { close(); }

 private:
  void read_soon() {
    if (std::exchange(posted_, true)) return;
    asio::post(loop_, [this, self = shared_from_this()] {
      posted_ = false;
      read();
    });
  }

  void read() {
    if (descriptor_ < 0 || paused_) return;
    const auto size = ::read(descriptor_, buffer_.data(), buffer_.size());
    if (size < 0) return finish(path_ + ": " + std::strerror(errno));
    if (size == 0) return finish({});
    handlers_.bytes({buffer_.data(), static_cast<std::size_t>(size)});
    read_soon();
  }

  void finish(const std::string& reason) {
    close();
    if (!reason.empty()) handlers_.fault(reason);
    handlers_.end();
  }

  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

  asio::io_context& loop_;
  std::string path_;
  int descriptor_;
  SourceHandlers handlers_;
  std::array<char, chunk> buffer_{};
  bool paused_ = false;
  bool posted_ = false;
};

class PipeSource final : public Source {
 public:
  PipeSource(asio::io_context& loop, int descriptor, SourceHandlers handlers)
      : flags_(::fcntl(descriptor, F_GETFL)), stream_(loop, descriptor), handlers_(std::move(handlers)) {}
  ~PipeSource() override { close(); }
  PipeSource(const PipeSource&) = delete;
  PipeSource& operator=(const PipeSource&) = delete;

  // A named pipe that nobody writes to yet would be at its end: the first byte or the first end is waited for.
  void start() override {
    handlers_.opened();
    stream_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [this, self = shared_from_this()](const error_code& error) {
                         if (!error) read();
                       });
  }
  bool pause() override { return !std::exchange(paused_, true); }
  void resume() override {
    if (std::exchange(paused_, false)) read();
  }
  void stop() override { close(); }

 private:
  // Asio has made it non-blocking, for everybody who shares it: the shell's terminal, or our own output.
  void close() {
    if (!stream_.is_open()) return;
    ::fcntl(stream_.native_handle(), F_SETFL, flags_);
    error_code ignored;
    stream_.close(ignored);
  }

  void read() {
    if (paused_ || std::exchange(reading_, true)) return;
    stream_.async_read_some(asio::buffer(buffer_),
                            [this, self = shared_from_this()](const error_code& error, std::size_t size) {
                              reading_ = false;
                              if (error == asio::error::operation_aborted || !stream_.is_open()) return;
                              if (error) return handlers_.end();
                              handlers_.bytes({buffer_.data(), size});
                              read();
                            });
  }

  int flags_;
  asio::posix::stream_descriptor stream_;
  SourceHandlers handlers_;
  std::array<char, chunk> buffer_{};
  bool paused_ = false;
  bool reading_ = false;
};

}  // namespace

std::shared_ptr<Source> make_file_source(asio::io_context& loop, const SourceUri& uri, SourceHandlers handlers) {
  if (uri.speed.value_or(0) > 0 && ::access(uri.path.c_str(), R_OK) == 0) {
    handlers.warning(uri.path + ": not made by --capture, so it has no timing: read as fast as possible");
  }
  if (is_named_pipe(uri.path)) {
    const int descriptor = ::open(uri.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor >= 0) return std::make_shared<PipeSource>(loop, descriptor, std::move(handlers));
  }
  return std::make_shared<FileSource>(loop, uri.path, -1, std::move(handlers));
}

std::shared_ptr<Source> make_stdin_source(asio::io_context& loop, SourceHandlers handlers) {
  const int descriptor = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
  if (can_be_waited_for(descriptor)) return std::make_shared<PipeSource>(loop, descriptor, std::move(handlers));
  return std::make_shared<FileSource>(loop, "standard input", descriptor, std::move(handlers));
}

}  // namespace vscp_p1::io
