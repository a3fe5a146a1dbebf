#include "io/config.hpp"

#include <ini.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "io/config_keys.hpp"
#include "vscp_p1/topic.hpp"

namespace vscp_p1::io {
namespace {

constexpr std::size_t longest_name = 48;  // inih cuts names at 49 characters

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Levenshtein distance: single characters to insert, delete or replace.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

// The name that was probably meant, or an empty text when none is near.
std::string nearest(std::string_view name, const std::vector<std::string>& names) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 4) + 1;
  for (const auto& candidate : names) {
    const auto d = distance(lower(name), lower(candidate));
    if (d < best_distance) std::tie(best, best_distance) = std::pair(candidate, d);
  }
  return best;
}

std::vector<std::string> section_names() {
  std::vector<std::string> names;
  for (const auto& key : config_keys()) {
    if (std::find(names.begin(), names.end(), key.section) == names.end()) names.push_back(key.section);
  }
  return names;
}

// Feeds inih line by line. inih cuts lines at 197 characters, takes " ;" in a value for a comment and an indented
// line for a continuation, so it is given each key with the number of its line as the value; the value itself is kept
// here.
class Reader {
 public:
  explicit Reader(std::istream& stream) : stream_(stream) {}

  Config run() {
    ini_parse_stream(&Reader::next_line, this, &Reader::take_key, this);
    check_notes();
    const auto by_line = [](const ConfigRemark& x, const ConfigRemark& y) { return x.line < y.line; };
    std::stable_sort(config_.faults.begin(), config_.faults.end(), by_line);
    std::stable_sort(config_.warnings.begin(), config_.warnings.end(), by_line);
    return std::move(config_);
  }

 private:
  static char* next_line(char* buffer, int size, void* self) {
    const auto line = static_cast<Reader*>(self)->prepared_line();
    if (!line) return nullptr;
    const auto text = line->substr(0, static_cast<std::size_t>(size) - 2) + "\n";
    std::copy_n(text.c_str(), text.size() + 1, buffer);
    return buffer;
  }

  static int take_key(void* self, const char* section, const char* name, const char* /*line number*/) {
    static_cast<Reader*>(self)->key(section, name);
    return 1;
  }

  std::optional<std::string> prepared_line() {
    std::string raw;
    if (!std::getline(stream_, raw)) return std::nullopt;
    ++line_;
    std::string_view text = raw;
    if (line_ == 1 && text.starts_with("\xEF\xBB\xBF")) {
      text.remove_prefix(3);
      warn("the file begins with a byte order mark: accepted");
    }
    if (text.ends_with('\r')) {
      text.remove_suffix(1);
      if (!std::exchange(told_crlf_, true)) warn("the lines end with CR LF: accepted");
    }
    const auto content = trimmed(text);
    if (content.empty() || content.front() == '#' || content.front() == ';') return "";
    if (content.front() == '[') return section_line(content);
    return key_line(text, content);
  }

  std::string section_line(std::string_view content) {
    const auto close = content.find(']');
    if (close == std::string_view::npos) {
      fault("a section is written [NAME]: the ']' is missing");
      return "";
    }
    const std::string name(content.substr(1, close - 1));
    const auto names = section_names();
    known_section_ = std::find(names.begin(), names.end(), name) != names.end();
    section_ = name;
    if (known_section_) return "[" + name + "]";
    const auto meant = nearest(name, names);
    fault("unknown section [" + name + "]" + (meant.empty() ? "" : ", did you mean [" + meant + "]?"));
    return "";
  }

  std::string key_line(std::string_view text, std::string_view content) {
    const auto separator = content.find_first_of("=:");
    if (separator == std::string_view::npos || separator == 0) {
      fault("not a setting: a line is written key = value");
      return "";
    }
    if (!known_section_) return "";
    const auto name = lower(trimmed(content.substr(0, separator)));
    if (section_.empty() || name.size() > longest_name || name.find_first_of(" \t;") != std::string::npos) {
      unknown_key(section_, name);
      return "";
    }
    if (is_blank(text.front())) warn("the line is indented: read as a setting of its own");
    if (is_blank(text.back())) warn("blanks after the value: ignored");
    value_ = trimmed(content.substr(separator + 1));
    return name + "=" + std::to_string(line_);
  }

  void key(const std::string& section, const std::string& name) {
    const auto& keys = config_keys();
    const auto found = std::find_if(keys.begin(), keys.end(),
                                    [&](const ConfigKey& k) { return k.section == section && k.name == name; });
    if (found == keys.end()) return unknown_key(section, name);
    if (const auto first = config_.line_of(section, name); first != 0) {
      return fault(name + " is set a second time (first in line " + std::to_string(first) + "): keep one of the two");
    }
    config_.lines.push_back({section, name, line_});
    if (!found->secret) accept_oddities();
    const auto wrong = found->read(config_.settings, value_);
    if (wrong.empty()) return;
    const auto shown = found->secret || value_.empty() ? "" : " = " + value_;
    const bool commented = value_.find(" ;") != std::string::npos || value_.find(" #") != std::string::npos;
    fault(name + shown + ": " + wrong + (commented ? " (a comment needs a line of its own)" : ""));
  }

  void unknown_key(const std::string& section, const std::string& name) {
    std::vector<std::string> here;
    for (const auto& key : config_keys()) {
      if (key.section == section) here.push_back(key.name);
      if (key.name == name) return fault(name + " belongs into section [" + key.section + "]");
    }
    if (section.empty()) return fault(name + " stands before the first section: write [GENERAL], [VSCP] … above it");
    const auto meant = nearest(name, here);
    fault("unknown key " + name +
          (meant.empty() ? " in section [" + section + "]" : ", did you mean " + meant + "?"));
  }

  // What the Python script's users have in their files: quotes around a value, a ':' behind true or false.
  void accept_oddities() {
    if (value_.size() >= 2 && (value_.front() == '\'' || value_.front() == '"') && value_.back() == value_.front()) {
      warn("quotes around a value are not needed: ignored");
      value_ = value_.substr(1, value_.size() - 2);
    }
    if (lower(value_) == "true:" || lower(value_) == "false:") {
      warn("the ':' after " + value_.substr(0, value_.size() - 1) + " is not needed: ignored");
      value_.pop_back();
    }
  }

  // A note that becomes a topic, or a part of one, must be fit for it.
  void check_notes() {
    const auto& s = config_.settings;
    const auto topic = TopicTemplate::compile(s.mqtt.topic);
    if (!s.no_vscp && !(topic && topic->uses_note())) return;
    for (std::size_t row = 0; row < quantities.size(); ++row) {
      const auto name = "note_" + std::string(quantities[row].key);
      const auto wrong = topic_fault(s.quantities[row].note);
      if (!wrong.empty()) {
        config_.faults.push_back(
            {config_.line_of("MQTT", name), name + " is used as a topic and " + std::string(wrong)});
      }
    }
  }

  void fault(std::string text) { config_.faults.push_back({line_, std::move(text)}); }
  void warn(std::string text) { config_.warnings.push_back({line_, std::move(text)}); }

  std::istream& stream_;
  Config config_;
  std::string section_;
  std::string value_;
  std::size_t line_ = 0;
  bool told_crlf_ = false;
  bool known_section_ = true;
};

}  // namespace

std::size_t Config::line_of(std::string_view section, std::string_view key) const noexcept {
  const auto found = std::find_if(lines.begin(), lines.end(),
                                  [&](const KeyLine& l) { return l.section == section && l.key == key; });
  return found == lines.end() ? 0 : found->line;
}

Config read_config(std::istream& stream) { return Reader(stream).run(); }

std::string show_settings(const Settings& settings) {
  std::string text;
  for (const auto& section : section_names()) {
    text += (text.empty() ? "[" : "\n[") + section + "]\n";
    for (const auto& key : config_keys()) {
      if (key.section != section) continue;
      const auto value = key.show(settings);
      text += key.name + (value.empty() ? " =" : " = " + value) + "\n";
    }
  }
  return text;
}

}  // namespace vscp_p1::io
