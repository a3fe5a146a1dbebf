#include "io/config.hpp"

#include <ini.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include "io/config_keys.hpp"
#include "io/quantity_sections.hpp"
#include "vscp_p1/text.hpp"
#include "vscp_p1/topic.hpp"

namespace vscp_p1::io {
namespace {

constexpr std::size_t longest_name = 48;  // inih cuts names at 49 characters, and sections too
constexpr std::size_t longest_quantity_name = longest_name - QuantitySections::prefix.size();

// Levenshtein distance: single characters to insert, delete or replace; `limit` when it is not below that.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  const auto [shorter, longer] = std::minmax({a.size(), b.size()});
  if (longer - shorter >= limit) return limit;
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
    if (*std::min_element(row.begin(), row.end()) >= limit) return limit;  // it never becomes less
  }
  return std::min(row.back(), limit);
}

// The name that was probably meant; empty when none is near.
std::string nearest(std::string_view name, const std::vector<std::string>& names) {
  std::string best;
  if (name.size() > longest_name) return best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 4) + 1;
  const auto wanted = lower(name);
  for (const auto& candidate : names) {
    const auto d = distance(wanted, lower(candidate), best_distance);
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

// A word of letters, digits, '_' and '-' that may be shown. Anything else may be part of a password.
bool is_word(std::string_view name) {
  const auto fit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= longest_name && std::all_of(name.begin(), name.end(), fit);
}

// A tab may stand where a blank may.
bool is_text(std::string line) {
  std::replace(line.begin(), line.end(), '\t', ' ');
  return is_plain_text(line);
}

struct Remarks {
  Config& config;
  std::size_t line = 0;

  void fault(std::string text) const { config.faults.push_back({line, std::move(text)}); }
  void warn(std::string text) const { config.warnings.push_back({line, std::move(text)}); }
};

// Takes the lines from the stream and prepares them for inih, which cuts lines at 197 characters, takes " ;" in a
// value for a comment and an indented line for a continuation: it is given each key with a stand-in for the value.
class Lines {
 public:
  Lines(std::istream& stream, Remarks& remarks, QuantitySections& quantity_sections)
      : stream_(stream), remarks_(remarks), quantity_sections_(quantity_sections), sections_(section_names()) {}

  std::optional<std::string> next() {
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

  /// What stands behind the '=' of the line that was prepared last.
  std::string take_value() { return std::exchange(value_, {}); }

 private:
  std::string_view without_oddities(std::string_view text) {
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

  std::string section(std::string_view content) {
    const auto close = content.find(']');
    known_section_ = false;
    if (close == std::string_view::npos || close + 1 != content.size()) {
      remarks_.fault("a section is written [NAME], on a line of its own");
      return "";
    }
    const std::string name(content.substr(1, close - 1));
    seen_section_ = true;
    if (name.starts_with(QuantitySections::prefix)) return quantity_section(name);
    known_section_ = std::find(sections_.begin(), sections_.end(), name) != sections_.end();
    if (known_section_) return "[" + name + "]";
    const auto meant = is_word(lower(name)) ? nearest(name, sections_) : std::string{};
    remarks_.fault("unknown section" + (meant.empty() ? ", there are [GENERAL], [VSCP], [MQTT], [STATE], [SPOOL], "
                                                        "[RAW], [SERIAL], [EMULATOR] and [QUANTITY name]"
                                                      : " [" + name + "], did you mean [" + meant + "]?"));
    return "";
  }

  std::string quantity_section(const std::string& section) {
    const auto name = lower(trimmed(std::string_view(section).substr(QuantitySections::prefix.size())));
    known_section_ = is_word(name) && name.size() <= longest_quantity_name;
    if (!known_section_) {
      remarks_.fault("[QUANTITY name]: the name is one word of letters, digits and '_', at most " +
                     std::to_string(longest_quantity_name) + " of them");
      return "";
    }
    quantity_sections_.open(name, remarks_.line);
    return "[" + std::string(QuantitySections::prefix) + name + "]";
  }

  std::string key(std::string_view text, std::string_view content) {
    const auto separator = content.find_first_of("=:");
    const auto name = lower(trimmed(content.substr(0, separator)));
    if (separator == std::string_view::npos || !is_word(name)) {
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

  std::istream& stream_;
  Remarks& remarks_;
  QuantitySections& quantity_sections_;
  std::vector<std::string> sections_;
  std::string value_;
  bool told_crlf_ = false;
  bool seen_section_ = false;
  bool known_section_ = false;
};

// Puts the values where they belong.
class Reader {
 public:
  explicit Reader(std::istream& stream) : lines_(stream, remarks_, quantity_sections_) {}

  Config run() {
    ini_parse_stream(&Reader::give_line, this, &Reader::take_key, this);
    for (auto& fault : quantity_sections_.complete(config_.settings)) {
      config_.faults.push_back({fault.line, std::move(fault.text)});
    }
    auto& mqtt = config_.settings.mqtt;
    if (mqtt.tls && config_.line_of("MQTT", "port") == 0) mqtt.port = MqttSettings::tls_port;
    check_only();
    check_notes();
    return std::move(config_);
  }

 private:
  static char* give_line(char* buffer, int size, void* self) {
    const auto line = static_cast<Reader*>(self)->lines_.next();
    if (!line) return nullptr;
    const auto text = line->substr(0, static_cast<std::size_t>(size) - 2) + "\n";
    std::copy_n(text.c_str(), text.size() + 1, buffer);
    return buffer;
  }

  static int take_key(void* self, const char* section, const char* name, const char* /*stand-in*/) {
    static_cast<Reader*>(self)->key(section, name);
    return 1;
  }

  void key(const std::string& section, const std::string& name) {
    if (section.starts_with(QuantitySections::prefix)) return quantity_key(section, name);
    const auto& keys = config_keys();
    const auto found = std::find_if(keys.begin(), keys.end(),
                                    [&](const ConfigKey& k) { return k.section == section && k.name == name; });
    if (found == keys.end()) return unknown_key(section, name);
    if (is_repeated(section, name)) return;
    auto value = lines_.take_value();
    if (!found->secret) accept_oddities(value);
    const bool is_hidden = found->secret || (found->may_hold_login && value.find('@') != std::string::npos);
    tell_wrong(name, is_hidden ? "" : value, found->read(config_.settings, value));
  }

  void quantity_key(const std::string& section, const std::string& name) {
    const auto& keys = QuantitySections::keys();
    if (std::find(keys.begin(), keys.end(), name) == keys.end()) {
      const auto meant = nearest(name, keys);
      return remarks_.fault("unknown key " + name + " in section [" + section + "]" +
                            (meant.empty() ? "" : ", did you mean " + meant + "?"));
    }
    if (is_repeated(section, name)) return;
    auto value = lines_.take_value();
    accept_oddities(value);
    tell_wrong(name, value, quantity_sections_.set(section.substr(QuantitySections::prefix.size()), name, value));
  }

  bool is_repeated(const std::string& section, const std::string& name) {
    const auto first = config_.line_of(section, name);
    if (first == 0) {
      config_.lines.push_back({section, name, remarks_.line});
    } else {
      remarks_.fault(name + " is set a second time (first in line " + std::to_string(first) +
                     "): keep one of the two");
    }
    return first != 0;
  }

  // `value` is what may be shown.
  void tell_wrong(const std::string& name, const std::string& value, const std::string& wrong) const {
    if (wrong.empty()) return;
    const auto shown = value.empty() ? "" : " = " + escaped(value, longest_shown);
    const bool commented = value.find(" ;") != std::string::npos || value.find(" #") != std::string::npos;
    remarks_.fault(name + shown + ": " + wrong + (commented ? " (a comment needs a line of its own)" : ""));
  }

  void unknown_key(const std::string& section, const std::string& name) {
    std::vector<std::string> here;
    for (const auto& key : config_keys()) {
      if (key.section == section) here.push_back(key.name);
      if (key.name == name) return remarks_.fault(name + " belongs into section [" + key.section + "]");
    }
    const auto meant = nearest(name, here);
    remarks_.fault("unknown key " + name +
                   (meant.empty() ? " in section [" + section + "]" : ", did you mean " + meant + "?"));
  }

  // What the Python script's users have in their files: quotes around a value, a ':' behind true or false.
  void accept_oddities(std::string& value) const {
    if (value.size() >= 2 && (value.front() == '\'' || value.front() == '"') && value.back() == value.front()) {
      value = value.substr(1, value.size() - 2);
      if (!needs_quotes(value)) remarks_.warn("quotes around a value are not needed: ignored");
    }
    if (lower(value) == "true:" || lower(value) == "false:") {
      value.pop_back();
      remarks_.warn("the ':' after " + value + " is not needed: ignored");
    }
  }

  void check_only() {
    const auto& s = config_.settings;
    std::vector<std::string> names;
    for (const auto& quantity : s.quantities) names.push_back(quantity.key);
    for (const auto& name : s.only) {
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      const auto meant = nearest(name, names);
      remarks_.line = config_.line_of("GENERAL", "only");
      remarks_.fault("only: " + escaped(name, longest_shown) + " is no quantity" +
                     (meant.empty() ? " (vscp-p1d --list-quantities shows all)" : ", did you mean " + meant + "?"));
    }
  }

  // A note that becomes a topic, or a part of one, must be fit for it.
  void check_notes() {
    const auto& s = config_.settings;
    const auto topic = TopicTemplate::compile(s.mqtt.topic);
    if (!s.no_vscp && !(topic && topic->uses_note())) return;
    for (const auto& quantity : s.quantities) {
      const auto wrong = topic_fault(quantity.note);
      if (wrong.empty()) continue;
      const auto section_line = config_.line_of(std::string(QuantitySections::prefix) + quantity.key, "note");
      const auto name = section_line == 0 ? "note_" + quantity.key : "note";
      remarks_.line = section_line == 0 ? config_.line_of("MQTT", name) : section_line;
      remarks_.fault(name + " is used as a topic and " + std::string(wrong));
    }
  }

  Config config_;
  Remarks remarks_{config_};
  QuantitySections quantity_sections_;
  Lines lines_;
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
      const auto value = key.secret ? key.show(settings) : quoted_if_needed(key.show(settings));
      text += key.name + (value.empty() ? " =" : " = " + value) + "\n";
    }
  }
  return text + show_quantity_sections(settings);
}

}  // namespace vscp_p1::io
