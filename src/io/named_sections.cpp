#include "io/named_sections.hpp"

#include "vscp_p1/text.hpp"

namespace vscp_p1::io {

bool needs_quotes(std::string_view value) noexcept {
  if (value.empty()) return false;
  const bool is_quoted =
      value.size() >= 2 && (value.front() == '\'' || value.front() == '"') && value.back() == value.front();
  return is_quoted || trimmed(value).size() != value.size();
}

std::string quoted_if_needed(std::string_view value) {
  const std::string_view quote = needs_quotes(value) ? "\"" : "";
  return std::string(quote).append(value).append(quote);
}

std::string shown_setting(std::string_view key, std::string_view value) {
  return std::string(key).append(value.empty() ? " =" : " = ").append(quoted_if_needed(value)).append("\n");
}

}  // namespace vscp_p1::io
