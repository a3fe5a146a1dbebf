#include "io/key_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "vscp_p1/text.hpp"

namespace vscp_p1::io {

Result<AesKey, std::string> read_key_file(const std::string& path) {
  std::ifstream file;
  std::array<char, 256> line{};  // a line that is longer holds no key
  file.rdbuf()->pubsetbuf(nullptr, 0);
  errno = 0;
  file.open(path, std::ios::binary);
  if (!file.is_open()) return std::string(std::strerror(errno)) + " — check the path and its permissions";
  file.getline(line.data(), line.size());
  const auto key = parse_aes_key(trimmed(line.data()));
  ::explicit_bzero(line.data(), line.size());
  if (!key) return std::string("no key in the first line — it must be 32 hex digits");
  return *key;
}

bool is_readable_by_others(const std::string& path) noexcept {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & S_IROTH) != 0;
}

std::string credential_file(std::string_view name) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr) return {};
  auto path = std::string(directory) + "/";
  path += name;
  return ::access(path.c_str(), F_OK) == 0 ? path : std::string{};
}

}  // namespace vscp_p1::io
