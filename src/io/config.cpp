#include "io/config.hpp"

#include <ini.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "io/config_checks.hpp"
#include "io/config_keys.hpp"
#include "io/config_lines.hpp"
#include "io/nearest_name.hpp"
#include "io/rate_keys.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1::io {
namespace {

// Puts the values where they belong.
class Reader {
 public:
  explicit Reader(std::istream& stream) : lines_(stream, remarks_, named_) {}

  Config run() {
    ini_parse_stream(&Reader::give_line, this, &Reader::take_key, this);
    auto& settings = config_.settings;
    add_faults(named_.quantities.complete(settings));
    add_faults(named_.alarms.complete(settings));  // they are about quantities
    add_remarks(rates_.complete(settings), config_);
    auto& mqtt = settings.mqtt;
    if (mqtt.tls && config_.line_of("MQTT", "port") == 0) mqtt.port = MqttSettings::tls_port;
    named_.meters.complete(config_, named_.alarms);
    check(config_);
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

  void add_faults(std::vector<ConfigRemark> faults) {
    std::move(faults.begin(), faults.end(), std::back_inserter(config_.faults));
  }

  void key(const std::string& section, const std::string& name) {
    if (auto* kind = named_.kind_of(section)) return named_key(*kind, section, name);
    if (section == "PUBLISH" && QuantityRates::is_key(name)) return rate_key(section, name);
    const auto& keys = config_keys();
    const auto found = std::find_if(keys.begin(), keys.end(),
                                    [&](const ConfigKey& k) { return k.section == section && k.name == name; });
    if (found == keys.end()) return unknown_key(section, name);
    if (is_repeated(section, name)) return;
    const auto value = take_value(&*found);
    tell_wrong(name, shown(&*found, value), found->read(config_.settings, value));
  }

  void rate_key(const std::string& section, const std::string& name) {
    if (is_repeated(section, name)) return;
    const auto value = take_value(nullptr);
    tell_wrong(name, value, rates_.set(name, value, remarks_.line));
  }

  void named_key(NamedSections& kind, const std::string& section, const std::string& name) {
    if (auto fault = kind.key_fault(section, name); !fault.empty()) return remarks_.fault(std::move(fault));
    if (is_repeated(section, name)) return;
    const auto* known = kind.same_key(name);
    const auto value = take_value(known);
    const auto wrong = kind.set(section.substr(kind.prefix().size()), name, value, remarks_.line);
    tell_wrong(name, shown(known, value), wrong);
  }

  // `key` may be nullptr, as below.
  std::string take_value(const ConfigKey* key) {
    auto value = lines_.take_value();
    if (key == nullptr || !key->secret) accept_oddities(value);
    return value;
  }

  static std::string shown(const ConfigKey* key, const std::string& value) {
    return key != nullptr && key->is_hidden(value) ? std::string{} : value;
  }

  bool is_repeated(const std::string& section, const std::string& name) {
    const auto [first, is_first] = config_.lines[section].try_emplace(name, remarks_.line);
    if (is_first) return false;
    remarks_.fault(name + " is set a second time (first in line " + std::to_string(first->second) +
                   "): keep one of the two");
    return true;
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

  Config config_;
  Remarks remarks_{config_};
  Sections named_;
  QuantityRates rates_;
  ConfigLines lines_;
};

}  // namespace

std::size_t Config::line_of(std::string_view section, std::string_view key) const noexcept {
  const auto keys = lines.find(section);
  if (keys == lines.end()) return 0;
  const auto found = keys->second.find(key);
  return found == keys->second.end() ? 0 : found->second;
}

Config read_config(std::istream& stream) { return Reader(stream).run(); }

std::string show_settings(const Settings& settings, const std::vector<MeterSettings>& meters) {
  std::string text;
  for (const auto& section : section_names()) {
    text += (text.empty() ? "[" : "\n[") + section + "]\n";
    for (const auto& key : config_keys()) {
      if (key.section == section) text += shown_setting(key.name, key.show(settings), key.secret);
    }
    if (section == "PUBLISH") text += show_quantity_rates(settings, {settings.publish.all, {}});
  }
  return text + show_quantity_sections(settings) + show_alarms(settings, meters) + show_meters(settings, meters);
}

}  // namespace vscp_p1::io
