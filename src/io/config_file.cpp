#include "io/config_file.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace vscp_p1::io {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path) { throw std::system_error(errno, std::generic_category(), path); }

void write_all(int file, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const auto size = ::write(file, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) fail(path);
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

// As the old one; a new one may be read by its owner and the service only, since it can hold a password.
void set_owner(int file, const std::string& old) {
  constexpr mode_t fresh = 0640;
  struct stat status {};
  const bool exists = ::stat(old.c_str(), &status) == 0;
  auto group = static_cast<gid_t>(-1);
  if (exists) {
    group = status.st_gid;
  } else if (const auto* service = ::getgrnam("vscp-p1d"); service != nullptr && ::geteuid() == 0) {
    group = service->gr_gid;
  }
  const bool is_given = ::fchown(file, exists ? status.st_uid : static_cast<uid_t>(-1), group) == 0;
  ::fchmod(file, exists && is_given ? status.st_mode & 07777U : fresh);
}

}  // namespace

NewConfigFile::NewConfigFile(const std::string& path, const std::string& text) : path_(path) {
  std::error_code error;
  if (fs::exists(path, error)) path_ = fs::canonical(path).string();  // a link stays one
  const auto folder = fs::path(path_).parent_path();
  if (!folder.empty()) fs::create_directories(folder);
  draft_ = path_ + ".XXXXXX";
  const int file = ::mkostemp(draft_.data(), O_CLOEXEC);
  if (file < 0) fail(path);
  set_owner(file, path_);
  try {
    write_all(file, text, path);
    if (::fsync(file) != 0) fail(path);
  } catch (const std::system_error&) {
    ::close(file);
    ::unlink(draft_.c_str());
    throw;
  }
  ::close(file);
}

NewConfigFile::~NewConfigFile() {
  if (!draft_.empty()) ::unlink(draft_.c_str());
}

void NewConfigFile::replace() {
  const auto backup = path_ + ".bak";
  if (::access(path_.c_str(), F_OK) == 0) {
    ::unlink(backup.c_str());
    if (::link(path_.c_str(), backup.c_str()) != 0) fail(backup);
  }
  if (::rename(draft_.c_str(), path_.c_str()) != 0) fail(path_);
  draft_.clear();
}

}  // namespace vscp_p1::io
