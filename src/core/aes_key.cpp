#include "vscp_p1/aes_key.hpp"

#include <charconv>

namespace vscp_p1 {

std::optional<AesKey> parse_aes_key(std::string_view text) noexcept {
  AesKey key{};
  for (auto& byte : key) {
    const bool is_first = &byte == key.data();
    if (!is_first && !text.empty() && std::string_view(" :-").find(text.front()) != std::string_view::npos) {
      text.remove_prefix(1);
    }
    const auto pair = text.substr(0, 2);
    const auto [end, error] = std::from_chars(pair.data(), pair.data() + pair.size(), byte, 16);
    if (pair.size() != 2 || error != std::errc{} || end != pair.data() + 2) return std::nullopt;
    text.remove_prefix(2);
  }
  return text.empty() ? std::optional(key) : std::nullopt;
}

}  // namespace vscp_p1
