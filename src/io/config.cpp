#include "io/config.hpp"

#include <ini.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "io/alarm_sections.hpp"
#include "io/config_keys.hpp"
#include "io/named_sections.hpp"
#include "io/nearest_name.hpp"
#include "io/quantity_sections.hpp"
#include "io/rate_keys.hpp"
#include "vscp_p1/summary.hpp"
#include "vscp_p1/text.hpp"
#include "vscp_p1/topic.hpp"

namespace vscp_p1::io {
namespace {

constexpr std::size_t longest_key = 56;  // a quantity that config.ini adds, and what it is that is set of it

/// The kinds of sections with a name, in the order in which they are completed: alarms are about quantities.
struct Sections {
  QuantitySections quantities;
  AlarmSections alarms;
  std::array<NamedSections*, 2> all{&quantities, &alarms};

  Sections() = default;
  Sections(const Sections&) = delete;
  Sections& operator=(const Sections&) = delete;

  /// nullptr: a section of another kind.
  NamedSections* kind_of(std::string_view section) const {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](auto* s) { return section.starts_with(s->prefix()); });
    return found == all.end() ? nullptr : *found;
  }
};

std::vector<std::string> section_names() {
  std::vector<std::string> names;
  for (const auto& key : config_keys()) {
    if (std::find(names.begin(), names.end(), key.section) == names.end()) names.push_back(key.section);
  }
  return names;
}

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
  Lines(std::istream& stream, Remarks& remarks, Sections& named)
      : stream_(stream), remarks_(remarks), named_(named), sections_(section_names()) {}

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
    if (auto* kind = named_.kind_of(name)) return named_section(*kind, name);
    known_section_ = std::find(sections_.begin(), sections_.end(), name) != sections_.end();
    if (known_section_) return "[" + name + "]";
    const auto meant = is_word(lower(name), longest_name) ? nearest(name, sections_) : std::string{};
    remarks_.fault("unknown section" + (meant.empty() ? ", there are " + all_sections()
                                                      : " [" + name + "], did you mean [" + meant + "]?"));
    return "";
  }

  std::string all_sections() const {
    std::string text;
    for (const auto& name : sections_) text += "[" + name + "], ";
    for (const auto* kind : named_.all) text += "[" + std::string(kind->prefix()) + "name], ";
    return text.substr(0, text.size() - 2);
  }

  std::string named_section(NamedSections& kind, const std::string& section) {
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
    return "[" + prefix + name + "]";
  }

  std::string key(std::string_view text, std::string_view content) {
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

  std::istream& stream_;
  Remarks& remarks_;
  Sections& named_;
  std::vector<std::string> sections_;
  std::string value_;
  bool told_crlf_ = false;
  bool seen_section_ = false;
  bool known_section_ = false;
};

// Puts the values where they belong.
class Reader {
 public:
  explicit Reader(std::istream& stream) : lines_(stream, remarks_, named_) {}

  Config run() {
    ini_parse_stream(&Reader::give_line, this, &Reader::take_key, this);
    for (const auto* kind : named_.all) {
      for (auto& fault : kind->complete(config_.settings))
        config_.faults.push_back({fault.line, std::move(fault.text)});
    }
    for (auto& remark : rates_.complete(config_.settings)) {
      (remark.is_fault ? config_.faults : config_.warnings).push_back({remark.line, std::move(remark.text)});
    }
    auto& mqtt = config_.settings.mqtt;
    if (mqtt.tls && config_.line_of("MQTT", "port") == 0) mqtt.port = MqttSettings::tls_port;
    check_only();
    check_notes();
    check_home();
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
    if (auto* kind = named_.kind_of(section)) return named_key(*kind, section, name);
    if (section == "PUBLISH" && QuantityRates::is_key(name)) return rate_key(section, name);
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

  void rate_key(const std::string& section, const std::string& name) {
    if (is_repeated(section, name)) return;
    auto value = lines_.take_value();
    accept_oddities(value);
    tell_wrong(name, value, rates_.set(name, value, remarks_.line));
  }

  void named_key(NamedSections& kind, const std::string& section, const std::string& name) {
    const auto& keys = kind.keys();
    if (std::find(keys.begin(), keys.end(), name) == keys.end()) {
      const auto meant = nearest(name, keys);
      return remarks_.fault("unknown key " + name + " in section [" + section + "]" +
                            (meant.empty() ? "" : ", did you mean " + meant + "?"));
    }
    if (is_repeated(section, name)) return;
    auto value = lines_.take_value();
    accept_oddities(value);
    tell_wrong(name, value, kind.set(section.substr(kind.prefix().size()), name, value, remarks_.line));
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
    for (const auto& name : s.only) {
      const auto is_it = [&](const QuantitySettings& quantity) { return quantity.key == name; };
      if (std::any_of(s.quantities.begin(), s.quantities.end(), is_it)) continue;
      remarks_.line = config_.line_of("GENERAL", "only");
      remarks_.fault("only: " + unknown_quantity(name, s));
    }
  }

  // A note that becomes a topic, or a part of one, must be fit for it.
  void check_notes() {
    const auto& s = config_.settings;
    const auto topic = TopicTemplate::compile(s.mqtt.topic);
    if (!s.no_vscp && !(topic && topic->uses_note())) return;
    for (const auto& quantity : s.quantities) {
      const auto section_line = config_.line_of(std::string(named_.quantities.prefix()) + quantity.key, "note");
      const auto name = section_line == 0 ? "note_" + quantity.key : "note";
      check_note(quantity.note, name, section_line == 0 ? config_.line_of("MQTT", name) : section_line);
    }
    for (const auto& alarm : s.alarms) {
      check_note(alarm.note, "note", config_.line_of(std::string(named_.alarms.prefix()) + alarm.name, "note"));
    }
  }

  void check_note(const std::string& note, const std::string& key, std::size_t line) {
    auto wrong = topic_fault(note);
    if (wrong.empty() && config_.settings.no_vscp) wrong = foreign_topic_fault(note);
    if (wrong.empty()) return;
    remarks_.line = line;
    remarks_.fault(key + " is used as a topic and " + std::string(wrong));
  }

  // What Home Assistant's templates and the summary cannot hold.
  void check_home() {
    const auto& s = config_.settings;
    if (s.home.discovery && !s.no_vscp && s.vscp.payload != PayloadFormat::json) {
      remarks_.line = config_.line_of("HOMEASSISTANT", "discovery");
      remarks_.fault(
          "discovery: Home Assistant reads no events but those in JSON: set payload = json in section [VSCP]");
    }
    if (s.summary.topic.empty()) return;
    if (s.summary.topic == s.raw.topic) {
      remarks_.line = config_.line_of("SUMMARY", "topic");
      remarks_.fault("topic: the same as in section [RAW]: give one of the two another");
    }
    for (const auto& quantity : s.quantities) {
      if (quantity.key != Summary::time_member && quantity.key != Summary::meter_member) continue;
      remarks_.line = config_.line_of("SUMMARY", "topic");
      remarks_.fault("topic: the summary has a member " + quantity.key + " of its own: give [QUANTITY " +
                     quantity.key + "] another name");
    }
  }

  Config config_;
  Remarks remarks_{config_};
  Sections named_;
  QuantityRates rates_;
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
    if (section == "PUBLISH") text += show_quantity_rates(settings);
  }
  for (const auto* kind : Sections().all) text += kind->show(settings);
  return text;
}

}  // namespace vscp_p1::io
