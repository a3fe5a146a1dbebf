#include "vscp_p1/config_edit.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// "[NAME]", or nothing.
std::optional<std::string_view> section_of(std::string_view line) {
  line = trimmed(line);
  if (line.size() < 2 || line.front() != '[' || line.back() != ']') return std::nullopt;
  return line.substr(1, line.size() - 2);
}

bool sets(std::string_view line, std::string_view key) {
  line = trimmed(line);
  if (line.empty() || line.front() == '#' || line.front() == ';') return false;
  const auto separator = line.find_first_of("=:");
  return separator != std::string_view::npos && lower(trimmed(line.substr(0, separator))) == key;
}

void edit_lines(std::vector<std::string>& lines, const ConfigEdit& edit) {
  const bool is_crlf = !lines.empty() && lines.front().ends_with('\r');
  const auto line = edit.key + (edit.value.empty() ? " =" : " = " + edit.value) + (is_crlf ? "\r" : "");
  std::optional<std::size_t> head;
  bool is_inside = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (const auto section = section_of(lines[i])) {
      is_inside = *section == edit.section;
      if (is_inside && !head) head = i;
    } else if (is_inside && sets(lines[i], edit.key)) {
      lines[i] = line;
      return;
    }
  }
  if (edit.only_if_set) return;
  if (!head) {
    if (!lines.empty() && !trimmed(lines.back()).empty()) lines.emplace_back(is_crlf ? "\r" : "");
    lines.push_back("[" + edit.section + "]" + (is_crlf ? "\r" : ""));
    head = lines.size() - 1;
  }
  // Behind what was put there before, so that the order of the edits is that of the lines.
  auto at = *head + 1;
  while (at < lines.size() && !trimmed(lines[at]).empty() && trimmed(lines[at]).front() != '[' &&
         trimmed(lines[at]).front() != '#') {
    ++at;
  }
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), line);
}

}  // namespace

std::string edited_config(std::string_view text, std::span<const ConfigEdit> edits) {
  auto lines = lines_of(text);
  for (const auto& edit : edits) edit_lines(lines, edit);
  std::string edited;
  for (const auto& line : lines) edited.append(line).append("\n");
  return edited;
}

}  // namespace vscp_p1
