#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace vscp_p1::io {

/// Standard output for programs that read it. Waits for a slow reader; a signal ends the wait.
class StandardOutput {
 public:
  /// `failed` is called once when the output takes nothing any more; what is written after that is thrown away.
  explicit StandardOutput(std::function<void(const std::string& reason)> failed) : failed_(std::move(failed)) {}

  void write(std::string_view text);

 private:
  std::function<void(const std::string&)> failed_;
  bool closed_ = false;
};

}  // namespace vscp_p1::io
