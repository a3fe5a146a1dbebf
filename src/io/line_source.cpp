#include "io/line_source.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/serial_port_base.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <utility>

namespace vscp_p1::io {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

// The life of a line that comes and goes: open, read, fail, wait, open again. `Derived` opens and closes `Stream`.
// Handlers of an earlier life are recognised by its number and ignored.
template <class Derived, class Stream>
class LineSource : public Source {
 public:
  LineSource(asio::io_context& loop, SourceHandlers handlers)
      : stream_(loop), timer_(loop), handlers_(std::move(handlers)) {}

  void start() override { open(); }
  void reopen() override {
    close();
    open();
  }
  void stop() override { close(); }
  bool pause() override { return !std::exchange(is_paused_, true); }
  void resume() override {
    if (std::exchange(is_paused_, false)) read_on();
  }
  void expect(std::size_t bytes) override { expected_ = bytes; }
  void read_rest() override {
    end_wait();
    constexpr int most_reads = 16;  // a line that is flooded never ends
    for (int i = 0; i < most_reads && stream_.is_open(); ++i) {
      const auto size = ::read(stream_.native_handle(), buffer_.data(), buffer_.size());
      if (size <= 0) return;
      handlers_.bytes({buffer_.data(), static_cast<std::size_t>(size)});
    }
  }

 protected:
  void opened() {
    timer_.cancel();
    handlers_.opened();
    read();
  }

  void failed(const std::string& reason) {
    close();
    timer_.expires_after(backoff_);
    timer_.async_wait([this, self = this->shared_from_this(), life = life_](const error_code& error) {
      if (!error && life == life_) open();
    });
    backoff_ = std::min(2 * backoff_, seconds{30});
    handlers_.fault(reason);
  }

  std::uint64_t life() const noexcept { return life_; }
  void read_on() {
    if (!is_waiting_) return;
    end_wait();
    read();
  }

  /// Bytes in a second at most; 0: nobody knows.
  double rate() const noexcept { return 0; }
  /// Bytes do not wake the loop until attach().
  void detach() {}
  void attach() {}

  Stream stream_;
  asio::steady_timer timer_;
  SourceHandlers handlers_;

 private:
  void open() {
    ++life_;
    static_cast<Derived*>(this)->open_stream();
  }

  void close() {
    ++life_;
    end_wait();
    timer_.cancel();
    static_cast<Derived*>(this)->close_stream();
  }

  void read() {
    stream_.async_read_some(asio::buffer(buffer_), [this, self = this->shared_from_this(), life = life_](
                                                       const error_code& error, std::size_t size) {
      if (life != life_) return;
      if (error) return failed(static_cast<Derived*>(this)->broken(error));
      backoff_ = seconds{1};
      note_pace(size);
      expected_ = 0;
      handlers_.bytes({buffer_.data(), size});
      if (life == life_) read_later();
    });
  }

  // A line brings a few bytes at a time, and each wake-up costs more than they do.
  void read_later() {
    const auto delay = is_paused_ ? longest_pause : time_for_expected();
    if (delay <= Clock::duration{0}) return read();
    is_waiting_ = true;
    static_cast<Derived*>(this)->detach();
    timer_.expires_after(delay);
    timer_.async_wait([this, self = this->shared_from_this(), life = life_](const error_code& error) {
      if (!error && life == life_) read_on();
    });
  }

  void end_wait() {
    if (!std::exchange(is_waiting_, false)) return;
    timer_.cancel();
    static_cast<Derived*>(this)->attach();
  }

  // None when the bytes came faster than the line can carry them: a pseudo terminal.
  Clock::duration time_for_expected() const {
    const double rate = static_cast<const Derived*>(this)->rate();
    if (expected_ == 0 || rate <= 0 || ahead_ > most_ahead) return {};
    const std::chrono::duration<double> time{static_cast<double>(expected_) / rate};
    return time < shortest_wait ? Clock::duration{}
                                : std::min(std::chrono::duration_cast<Clock::duration>(time), longest_wait);
  }

  void note_pace(std::size_t size) {
    const auto now = Clock::now();
    const std::chrono::duration<double> elapsed = now - std::exchange(last_read_, now);
    constexpr double allowance = 1.25;  // so that what once came at once is forgotten
    const double due = elapsed.count() * static_cast<Derived*>(this)->rate() * allowance;
    ahead_ = std::clamp(ahead_ + static_cast<double>(size) - due, 0.0, 2 * most_ahead);
  }

  static constexpr Clock::duration shortest_wait = std::chrono::milliseconds{2};  // it costs as much as two reads
  static constexpr Clock::duration longest_wait = std::chrono::milliseconds{100};
  // At 115200 baud these are 4032 bytes, and one reading takes 4096.
  static constexpr Clock::duration longest_pause = std::chrono::milliseconds{350};
  static constexpr double most_ahead = 256;  // what an adapter may bring at once

  std::array<char, 4096> buffer_{};
  seconds backoff_{1};
  std::uint64_t life_ = 0;
  bool is_paused_ = false;
  bool is_waiting_ = false;
  std::size_t expected_ = 0;
  double ahead_ = 0;  // bytes that came before their time
  Clock::time_point last_read_;
};

std::string ports_present() {
  std::string names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/dev", error)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("ttyUSB") || name.starts_with("ttyACM") || name.starts_with("ttyAMA")) {
      names += (names.empty() ? "" : ", ") + entry.path().string();
    }
  }
  return names.empty() ? "no serial port is present" : "present: " + names;
}

// Not Asio's serial_port: that one cannot be detached from the loop.
class DeviceSource final : public LineSource<DeviceSource, asio::posix::stream_descriptor> {
 public:
  DeviceSource(asio::io_context& loop, SourceUri uri, SerialSettings settings, SourceHandlers handlers)
      : LineSource(loop, std::move(handlers)), uri_(std::move(uri)), settings_(std::move(settings)) {}

  void open_stream() {
    const int fd = ::open(uri_.path.c_str(), O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    error_code error = fd < 0 || !make_raw(fd) ? last_error() : error_code{};
    if (!error) stream_.assign(fd, error);
    if (error) {
      if (fd >= 0) ::close(fd);
      return failed(cannot_open(error));
    }
    // TIOCEXCL keeps other users out, but not root; the lock keeps a second daemon out in any case.
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0 || ::ioctl(fd, TIOCEXCL) != 0) {
      return failed(taken());
    }
    if (!configure()) return;
    opened();
  }

  void close_stream() {
    error_code ignored;
    stream_.close(ignored);
  }

  void detach() { detached_ = stream_.release(); }
  void attach() {
    error_code error;
    stream_.assign(detached_, error);
    if (error) ::close(detached_);  // the next read tells that it is not open
  }

  bool reconfigure(const SourceUri& uri, const SerialSettings& serial) override {
    read_on();
    if (!stream_.is_open() || !(uri.path == uri_.path || is_open_port(uri.path))) return false;
    uri_ = uri;
    auto same = std::exchange(settings_, serial);
    same.port = serial.port;
    same.timeout = serial.timeout;
    same.crc = serial.crc;
    if (same != serial) configure();
    return true;
  }

  bool retune(const SerialSettings& serial) override {
    read_on();
    settings_ = serial;
    return !stream_.is_open() || apply();
  }

  double rate() const noexcept { return settings_.baudrate / 10.0; }  // with start and stop bit

  std::string broken(const error_code& error) const {
    const bool unplugged = error == asio::error::eof || error == std::errc::io_error ||
                           error == std::errc::no_such_device || error == std::errc::no_such_device_or_address;
    return uri_.path + ": " + (unplugged ? "unplugged or closed at the other end" : error.message()) +
           " — check the cable";
  }

 private:
  std::string taken() const {
    handlers_.taken();
    return uri_.path + ": in use by another program — stop that one, or give it another port; waiting";
  }

  std::string cannot_open(const error_code& error) const {
    const auto& path = uri_.path;
    if (error == std::errc::no_such_file_or_directory) {
      return path + ": no such port — plug the cable in, or set serial_port (" + ports_present() + ")";
    }
    if (error == std::errc::permission_denied) return path + ": permission denied — add the user to group dialout";
    if (error == std::errc::device_or_resource_busy) return taken();
    if (error == std::errc::inappropriate_io_control_operation) return path + ": not a serial port — set serial_port";
    return path + ": " + error.message() + " — set serial_port to a serial port (" + ports_present() + ")";
  }

  // It may have got another name only, as under /dev/serial/by-id.
  bool is_open_port(const std::string& path) {
    struct stat named {};
    struct stat open {};
    return ::stat(path.c_str(), &named) == 0 && ::fstat(stream_.native_handle(), &open) == 0 &&
           S_ISCHR(named.st_mode) && named.st_rdev == open.st_rdev;
  }

  bool configure() {
    if (apply()) return true;
    failed(uri_.path + ": does not work at " + std::to_string(settings_.baudrate) + " baud — set serial_baudrate");
    return false;
  }

  bool apply() {
    using Port = asio::serial_port_base;
    const auto parity = settings_.parity == Parity::even  ? Port::parity::even
                        : settings_.parity == Parity::odd ? Port::parity::odd
                                                          : Port::parity::none;
    const auto stop = settings_.stopbits == 2 ? Port::stop_bits::two : Port::stop_bits::one;
    if (set_option(Port::baud_rate(settings_.baudrate))) return false;
    set_option(Port::flow_control(Port::flow_control::none));
    // A pseudo terminal refuses seven bits and parity, and carries the bytes all the same.
    optional(Port::stop_bits(stop), "serial_stopbits");
    optional(Port::character_size(settings_.bytesize), "serial_bytesize");
    optional(Port::parity(parity), "serial_parity");
    set_input();
    set_line(TIOCM_RTS, settings_.rts);
    set_line(TIOCM_DTR, settings_.dtr);
    return true;
  }

  static error_code last_error() { return {errno, boost::system::system_category()}; }

  static bool make_raw(int fd) {
    termios options{};
    if (::tcgetattr(fd, &options) != 0) return false;
    ::cfmakeraw(&options);
    options.c_cflag |= CREAD | CLOCAL;
    return ::tcsetattr(fd, TCSANOW, &options) == 0;
  }

  template <class Option>
  error_code set_option(const Option& option) {
    termios options{};
    error_code error;
    if (::tcgetattr(stream_.native_handle(), &options) == 0) option.store(options, error);
    return error || ::tcsetattr(stream_.native_handle(), TCSANOW, &options) == 0 ? error : last_error();
  }

  template <class Option>
  void optional(const Option& option, const char* key) {
    if (const auto error = set_option(option))
      handlers_.remark(uri_.path + ": does not know this " + key + ": " + error.message());
  }

  // A character that came damaged is a NUL, so that a wrong format shows, and a number never lacks a digit unnoticed.
  // A port that knows only eight bits gives the parity bit as the eighth.
  void set_input() {
    termios options{};
    if (::tcgetattr(stream_.native_handle(), &options) != 0) return;
    options.c_iflag &= ~static_cast<tcflag_t>(IGNPAR | ISTRIP);
    if (settings_.bytesize == 7) options.c_iflag |= ISTRIP;
    ::tcsetattr(stream_.native_handle(), TCSANOW, &options);
  }

  // The meter sends while its request line is high (DSMR 5.0.2 §5.5). A port without such lines has none to set.
  void set_line(int line, bool on) { ::ioctl(stream_.native_handle(), on ? TIOCMBIS : TIOCMBIC, &line); }

  SourceUri uri_;
  SerialSettings settings_;
  int detached_ = -1;
};

class TcpSource final : public LineSource<TcpSource, asio::ip::tcp::socket> {
 public:
  TcpSource(asio::io_context& loop, SourceUri uri, SourceHandlers handlers)
      : LineSource(loop, std::move(handlers)), uri_(std::move(uri)), resolver_(loop) {}

  void open_stream() {
    timer_.expires_after(connect_timeout);
    timer_.async_wait([this, self = shared_from_this(), id = life()](const error_code& error) {
      if (!error && id == life()) failed(uri_.text + ": no answer — check that ser2net runs there");
    });
    resolver_.async_resolve(
        uri_.host, uri_.port,
        [this, self = shared_from_this(), id = life()](const error_code& error, const auto& endpoints) {
          if (id != life()) return;
          if (error) return failed(uri_.text + ": unknown host " + uri_.host + " — check serial_port");
          asio::async_connect(stream_, endpoints, [this, self, id](const error_code& failure, const auto&) {
            if (id != life()) return;
            if (failure) return failed(uri_.text + ": " + failure.message() + " — check that ser2net runs there");
            error_code ignored;
            stream_.set_option(asio::socket_base::keep_alive(true), ignored);
            opened();
          });
        });
  }

  void close_stream() {
    error_code ignored;
    resolver_.cancel();
    stream_.close(ignored);
  }

  std::string broken(const error_code& error) const {
    return uri_.text + ": " + (error == asio::error::eof ? "closed at the other end" : error.message()) +
           " — check that ser2net runs there and that nobody else uses the port";
  }

 private:
  static constexpr seconds connect_timeout{10};

  SourceUri uri_;
  asio::ip::tcp::resolver resolver_;
};

}  // namespace

std::shared_ptr<Source> make_device_source(asio::io_context& loop, const SourceUri& uri, const SerialSettings& serial,
                                           SourceHandlers handlers) {
  return std::make_shared<DeviceSource>(loop, uri, serial, std::move(handlers));
}

std::shared_ptr<Source> make_tcp_source(asio::io_context& loop, const SourceUri& uri, SourceHandlers handlers) {
  return std::make_shared<TcpSource>(loop, uri, std::move(handlers));
}

}  // namespace vscp_p1::io
