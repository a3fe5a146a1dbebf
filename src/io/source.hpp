#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "vscp_p1/settings.hpp"
#include "vscp_p1/source_uri.hpp"
#include "vscp_p1/time.hpp"

namespace boost::asio {
class io_context;
}

namespace vscp_p1::io {

/// What a source tells. All calls come from the loop.
struct SourceHandlers {
  std::function<void(std::string_view)> bytes;  // as received; valid during the call
  std::function<void()> opened;                 // each time a port or connection has been opened
  std::function<void()> taken;                  // another program has the port: the reason of the fault that follows
  std::function<void(const std::string&)> fault;    // why it could not be, or broke, and what to do
  std::function<void(const std::string&)> remark;   // a setting that the port does not know: it works without
  std::function<void(const std::string&)> warning;  // it goes on, but not as the user expects
  std::function<void()> end;                        // a file or standard input has been read to its end
};

/// How far the replay of a capture is.
struct Progress {
  double part;                // 0 … 1
  std::chrono::seconds time;  // of the capture
};

/// Where bytes come from. A port or a connection that fails is opened again, after 1 s growing to 30 s. What is under
/// way in the loop holds it, so that it may be let go at any time.
class Source : public std::enable_shared_from_this<Source> {
 public:
  virtual ~Source() = default;

  virtual void start() = 0;
  /// Closes and opens again: the line has been silent. No effect on a file.
  virtual void reopen() {}
  /// Holds back what can wait (file, standard input) until resume(); a line for a moment at a time, which its buffer
  /// bears. False: it does so already, or cannot.
  virtual bool pause() { return false; }
  virtual void resume() {}
  /// Told in `bytes`: so many more will come before anything can be done with them, so that they may be read
  /// together.
  virtual void expect(std::size_t /*bytes*/) {}
  virtual void stop() = 0;
  /// Takes other settings of an open port over without closing it; false: that cannot be, a new source is needed.
  virtual bool reconfigure(const SourceUri& /*uri*/, const SerialSettings& /*serial*/) { return false; }
  /// Changes the format of the line, open or not, until it is found out; false: the port does not know it.
  virtual bool retune(const SerialSettings& /*serial*/) { return true; }
  /// Gives the bytes that have come and were not read yet, before the source is let go.
  virtual void read_rest() {}
  /// Nothing when it is no replay, or has ended.
  virtual std::optional<Progress> progress() const { return std::nullopt; }

 protected:
  Source() = default;
  Source(const Source&) = default;
  Source& operator=(const Source&) = default;
};

std::shared_ptr<Source> make_source(boost::asio::io_context& loop, const SourceUri& uri, const SerialSettings& serial,
                                    const EmulatorSettings& emulator, const TimeZone& zone, SourceHandlers handlers);

}  // namespace vscp_p1::io
