#include "io/named_sections.hpp"

#include <algorithm>

#include "io/nearest_name.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1::io {

std::string NamedSections::key_fault(std::string_view section, std::string_view key) const {
  if (std::find(keys().begin(), keys().end(), key) != keys().end()) return {};
  const auto meant = nearest(key, keys());
  return "unknown key " + std::string(key) + " in section [" + std::string(section) + "]" +
         (meant.empty() ? "" : ", did you mean " + meant + "?");
}

const ConfigKey* NamedSections::same_key(std::string_view /*key*/) const { return nullptr; }

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

std::string shown_setting(std::string_view key, std::string_view value, bool is_masked) {
  return std::string(key)
      .append(value.empty() ? " =" : " = ")
      .append(is_masked ? std::string(value) : quoted_if_needed(value))
      .append("\n");
}

}  // namespace vscp_p1::io
