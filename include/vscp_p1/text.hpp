#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vscp_p1 {

/// Blanks, line ends, and the NUL that some meters send behind a telegram.
constexpr bool is_padding(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0'; }

constexpr std::string_view trimmed_right(std::string_view text) noexcept {
  while (!text.empty() && is_padding(text.back())) text.remove_suffix(1);
  return text;
}

constexpr std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_padding(text.front())) text.remove_prefix(1);
  return trimmed_right(text);
}

/// ASCII only, whatever the locale.
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string lower(std::string_view text);

/// What stands between the commas, without the blanks around it; at least one item, and any may be empty.
std::vector<std::string_view> list_items(std::string_view text);

/// Well-formed UTF-8 (RFC 3629 §4).
bool is_utf8(std::string_view text) noexcept;

}  // namespace vscp_p1
