#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vscp_p1::io {

enum class Verbosity : std::uint8_t { normal, verbose, debug };

/// Sends spdlog's default logger to standard error: standard output belongs to --dry-run. Without times under
/// systemd, whose journal has its own.
void start_log(Verbosity verbosity);

/// While it lives, messages are kept instead of shown on the terminal, which shows something else; an error output
/// that is no terminal gets them all the same. In the end the warnings and errors among the last are shown.
class KeptLog {
 public:
  KeptLog();
  ~KeptLog();
  KeptLog(const KeptLog&) = delete;
  KeptLog& operator=(const KeptLog&) = delete;

  /// The last messages, with their time of day, the latest at the end.
  std::vector<std::string> last(std::size_t most) const;

 private:
  struct Sinks;
  std::unique_ptr<Sinks> sinks_;
};

}  // namespace vscp_p1::io
