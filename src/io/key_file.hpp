#pragma once

#include <string>
#include <string_view>

#include "vscp_p1/aes_key.hpp"
#include "vscp_p1/result.hpp"

namespace vscp_p1::io {

/// What a file holds and nobody may see.
struct Secret {
  std::string text;
};

/// The key in the first line of a file. The error is a text for the user and shows nothing of the file.
Result<AesKey, std::string> read_key_file(const std::string& path);

/// The content of a file without the line end that closes it. The error is as above.
Result<Secret, std::string> read_password_file(const std::string& path);

/// Whether every user of the host may read it.
bool is_readable_by_others(const std::string& path) noexcept;

/// The file of a systemd credential (LoadCredential=) of this service; empty when there is none.
std::string credential_file(std::string_view name);

}  // namespace vscp_p1::io
