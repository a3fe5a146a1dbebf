#include "io/config_lines.hpp"

#include <algorithm>

#include "io/config_keys.hpp"
#include "io/nearest_name.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1::io {
namespace {

constexpr std::size_t longest_key = 56;  // a quantity that config.ini adds, and what it is that is set of it

// A word of letters, digits, '_' and '-' that may be shown. Anything else may be part of a password.
bool is_word(std::string_view name, std::size_t longest) {
  const auto fit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= longest && std::all_of(name.begin(), name.end(), fit);
}

// A tab may stand where a blank may.
bool is_text(std::string line) {
  std::replace(line.begin(), line.end(), '\t', ' ');
  return is_plain_text(line);
}

}  // namespace

NamedSections* Sections::kind_of(std::string_view section) const {
  const auto found = std::find_if(all.begin(), all.end(), [&](auto* s) { return section.starts_with(s->prefix()); });
  return found == all.end() ? nullptr : *found;
}

ConfigLines::ConfigLines(std::istream& stream, Remarks& remarks, Sections& named)
    : stream_(stream), remarks_(remarks), named_(named), sections_(section_names()) {}

std::optional<std::string> ConfigLines::next() {
  std::string raw;
  if (!std::getline(stream_, raw)) return std::nullopt;
  ++remarks_.line;
  const auto text = without_oddities(raw);
  const auto content = trimmed(text);
  if (content.empty() || content.front() == '#' || content.front() == ';') return "";
  if (!is_text(std::string(content))) {
    remarks_.fault("not a line of text: save the file as UTF-8, with line ends LF or CR LF");
    return "";
  }
  return content.front() == '[' ? section(content) : key(text, content);
}

std::string_view ConfigLines::without_oddities(std::string_view text) {
  if (remarks_.line == 1 && text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
    remarks_.warn("the file begins with a byte order mark: accepted");
  }
  if (text.ends_with('\r')) {
    text.remove_suffix(1);
    if (!std::exchange(told_crlf_, true)) remarks_.warn("the lines end with CR LF: accepted");
  }
  return text;
}

std::string ConfigLines::section(std::string_view content) {
  const auto close = content.find(']');
  known_section_ = false;
  if (close == std::string_view::npos || close + 1 != content.size()) {
    remarks_.fault("a section is written [NAME], on a line of its own");
    return "";
  }
  const std::string name(content.substr(1, close - 1));
  seen_section_ = true;
  if (auto* kind = named_.kind_of(name)) return named_section(*kind, name);
  known_section_ = std::find(sections_.begin(), sections_.end(), name) != sections_.end();
  if (known_section_) return "[" + name + "]";
  const auto meant = is_word(lower(name), longest_name) ? nearest(name, sections_) : std::string{};
  remarks_.fault("unknown section" + (meant.empty() ? ", there are " + all_sections()
                                                    : " [" + name + "], did you mean [" + meant + "]?"));
  return "";
}

std::string ConfigLines::all_sections() const {
  std::string text;
  for (const auto& name : sections_) text += "[" + name + "], ";
  for (const auto* kind : named_.all) text.append("[").append(kind->prefix()).append("name], ");
  return text.substr(0, text.size() - 2);
}

std::string ConfigLines::named_section(NamedSections& kind, const std::string& section) {
  const std::string prefix(kind.prefix());
  const auto longest = longest_name - prefix.size();
  const auto name = lower(trimmed(std::string_view(section).substr(prefix.size())));
  known_section_ = is_word(name, longest);
  if (!known_section_) {
    remarks_.fault("[" + prefix + "name]: the name is one word of letters, digits and '_', at most " +
                   std::to_string(longest) + " of them");
    return "";
  }
  kind.open(name, remarks_.line);
  const auto whole = prefix + name;
  remarks_.config.lines[whole].try_emplace("", remarks_.line);
  return std::string("[").append(whole).append("]");
}

std::string ConfigLines::key(std::string_view text, std::string_view content) {
  const auto separator = content.find_first_of("=:");
  const auto name = lower(trimmed(content.substr(0, separator)));
  if (separator == std::string_view::npos || !is_word(name, longest_key)) {
    remarks_.fault("not a setting: a line is written key = value, the key is one word");
    return "";
  }
  if (!seen_section_) remarks_.fault(name + " stands before the first section: write [GENERAL], [VSCP] … above it");
  if (!known_section_) return "";
  if (text.front() == ' ' || text.front() == '\t') {
    remarks_.warn("the line is indented: read as a setting of its own");
  }
  if (text.back() == ' ' || text.back() == '\t') remarks_.warn("blanks after the value: ignored");
  value_ = trimmed(content.substr(separator + 1));
  return name + "=.";
}

}  // namespace vscp_p1::io
