#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "vscp_p1/result.hpp"

namespace vscp_p1::io {

/// A capture that is being written, each chunk at once: what was written outlives the program. When the disk is full
/// nothing waits: what comes then is missing.
class CaptureFile {
 public:
  struct Handlers {
    std::function<void(const std::string&)> failed;  // and why, once
    std::function<void()> recovered;
  };

  /// A new file that only this user can read. The error says why there is none, and what to do.
  static Result<std::unique_ptr<CaptureFile>, std::string> create(const std::string& path, std::string_view head,
                                                                  Handlers handlers);
  ~CaptureFile();
  CaptureFile(const CaptureFile&) = delete;
  CaptureFile& operator=(const CaptureFile&) = delete;

  void bytes(std::string_view bytes);
  void remark(std::string_view text);

 private:
  CaptureFile(int descriptor, Handlers handlers);

  std::chrono::milliseconds time() const;
  void write();

  int descriptor_;
  Handlers handlers_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::string lines_;  // to be written
  bool has_failed_ = false;
};

}  // namespace vscp_p1::io
