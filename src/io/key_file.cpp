#include "io/key_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>

#include "vscp_p1/text.hpp"

namespace vscp_p1::io {
namespace {

// Opens without a buffer that would keep the secret; returns what is wrong.
std::optional<std::string> open_unbuffered(std::ifstream& file, const std::string& path) {
  file.rdbuf()->pubsetbuf(nullptr, 0);
  errno = 0;
  file.open(path, std::ios::binary);
  if (file.is_open()) return std::nullopt;
  return std::string(std::strerror(errno)) + " — check the path and its permissions";
}

}  // namespace

Result<AesKey, std::string> read_key_file(const std::string& path) {
  std::ifstream file;
  std::array<char, 256> line{};  // a line that is longer holds no key
  if (const auto fault = open_unbuffered(file, path)) return *fault;
  file.getline(line.data(), line.size());
  const auto key = parse_aes_key(trimmed(line.data()));
  ::explicit_bzero(line.data(), line.size());
  if (!key) return std::string("no key in the first line — it must be 32 hex digits");
  return *key;
}

Result<Secret, std::string> read_password_file(const std::string& path) {
  constexpr std::size_t longest = 65'535;  // MQTT 5 §1.5.6
  std::ifstream file;
  if (const auto fault = open_unbuffered(file, path)) return *fault;
  std::string text(longest + 3, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return std::string("cannot be read — it must be a file");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.ends_with('\n')) text.resize(text.size() - (text.ends_with("\r\n") ? 2 : 1));
  if (text.empty()) return std::string("is empty — it must hold the password");
  if (text.size() > longest) return std::string("is too long for a password");
  return Secret{std::move(text)};
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
