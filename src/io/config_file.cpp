#include "io/config_file.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

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

// A link stays one.
std::string target_of(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error) ? fs::canonical(path).string() : path;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file.is_open() || file.bad()) fail(path);
  return content.str();
}

// A file beside `path` with the owner and mode of `like`; its name.
std::string write_draft(const std::string& path, const std::string& text, const std::string& like) {
  auto draft = path + ".XXXXXX";
  const int file = ::mkostemp(draft.data(), O_CLOEXEC);
  if (file < 0) fail(path);
  set_owner(file, like);
  try {
    write_all(file, text, path);
    if (::fsync(file) != 0) fail(path);
  } catch (const std::system_error&) {
    ::close(file);
    ::unlink(draft.c_str());
    throw;
  }
  ::close(file);
  return draft;
}

void put_in_place(const std::string& draft, const std::string& path) {
  if (::rename(draft.c_str(), path.c_str()) == 0) return;
  const int reason = errno;
  ::unlink(draft.c_str());
  errno = reason;
  fail(path);
}

}  // namespace

NewConfigFile::NewConfigFile(const std::string& path, const std::string& text) : path_(target_of(path)) {
  const auto folder = fs::path(path_).parent_path();
  if (!folder.empty()) fs::create_directories(folder);
  draft_ = write_draft(path_, text, path_);
}

NewConfigFile::~NewConfigFile() {
  if (!draft_.empty()) ::unlink(draft_.c_str());
}

void NewConfigFile::replace() { put_in_place(std::exchange(draft_, {}), path_); }

std::string back_up(const std::string& path) {
  const auto old = target_of(path);
  if (!fs::exists(old)) return {};
  const auto text = content_of(old);
  for (unsigned number = 1;; ++number) {
    auto backup = old + ".bak" + (number == 1 ? "" : std::to_string(number));
    if (!fs::exists(fs::symlink_status(backup))) {
      put_in_place(write_draft(backup, text, old), backup);
      return backup;
    }
    if (fs::is_regular_file(backup) && content_of(backup) == text) return backup;
  }
}

}  // namespace vscp_p1::io
