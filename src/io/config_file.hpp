#pragma once

#include <functional>
#include <string>

namespace vscp_p1::io {

/// A config.ini that is written beside the one it replaces, so that it can be checked first; whatever happens, the
/// old one or the new one is there as a whole. Without replace() nothing remains of it.
class NewConfigFile {
 public:
  /// `path` need not exist, nor its folder. Throws std::system_error.
  NewConfigFile(const std::string& path, const std::string& text);
  ~NewConfigFile();
  NewConfigFile(const NewConfigFile&) = delete;
  NewConfigFile& operator=(const NewConfigFile&) = delete;

  const std::string& path() const noexcept { return draft_; }
  /// Takes its place, see back_up(). Throws std::system_error.
  void replace();

 private:
  std::string path_, draft_;
};

/// Copies a file to `path`.bak, or .bak2, .bak3 …: a copy that is there stays as it is, and is enough if it is the
/// same. Its name; empty: there is no file. Throws std::system_error.
std::string back_up(const std::string& path);

}  // namespace vscp_p1::io
