#include "io/meter_sections.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <utility>

#include "io/nearest_name.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1::io {
namespace {

template <std::size_t n>
bool is_one_of(std::string_view name, const std::array<std::string_view, n>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Those of a meter, with the name that each has in its section, in the order of config.ini.
struct MeterKeys {
  std::vector<std::string> names;
  std::vector<const ConfigKey*> all;  // likewise
  std::map<std::string, const ConfigKey*, std::less<>> by_name;
};

const MeterKeys& meter_keys() {
  static const auto keys = [] {
    MeterKeys result;
    for (const auto& key : config_keys()) {
      auto name = meter_key_name(key.section, key.name);
      if (name.empty()) continue;
      result.by_name.emplace(name, &key);
      result.names.push_back(std::move(name));
      result.all.push_back(&key);
    }
    return result;
  }();
  return keys;
}

// What a section sets out from: GUID and source are of one meter alone.
Settings common(const Settings& settings) {
  Settings result = settings;
  result.vscp.guid.reset();
  result.serial.port.clear();
  return result;
}

// The key and the file of a key take each other's place.
void keep_own_key(const MeterSection& section, EncryptionSettings& encryption) {
  const auto is_set = [&section](std::string_view name) {
    return std::any_of(section.entries.begin(), section.entries.end(),
                       [&](const MeterSection::Entry& entry) { return entry.key->name == name; });
  };
  const bool has_key = is_set("decryption_key");
  const bool has_file = is_set("decryption_key_file");
  if (has_key && !has_file) encryption.decryption_key_file.clear();
  if (has_file && !has_key) encryption.decryption_key.reset();
}

}  // namespace

std::string meter_key_name(std::string_view section, std::string_view key) {
  constexpr auto whole = std::to_array<std::string_view>({"GENERAL", "VSCP", "SERIAL", "PUBLISH"});
  constexpr auto of_topics = std::to_array<std::string_view>({"topic_prefix", "topic", "meter_topic", "retain"});
  constexpr auto under_their_names =
      std::to_array<std::string_view>({"EMULATOR", "SUMMARY", "RAW", "HOMEASSISTANT", "STATE"});
  if (is_one_of(section, under_their_names)) return lower(section).append("_").append(key);
  const bool is_own = (is_one_of(section, whole) && key != "one_shot") ||
                      (section == "MQTT" && (is_one_of(key, of_topics) || key.starts_with("note_")));
  return std::string(is_own ? key : "");
}

const std::vector<std::string>& MeterSections::keys() const { return meter_keys().names; }

std::string MeterSections::key_fault(std::string_view section, std::string_view key) const {
  if (same_key(key) != nullptr || QuantityRates::is_key(key)) return {};
  const auto known =
      std::find_if(config_keys().begin(), config_keys().end(), [&](const ConfigKey& k) { return k.name == key; });
  if (known == config_keys().end()) return NamedSections::key_fault(section, key);
  const auto name = meter_key_name(known->section, key);
  if (!name.empty()) return std::string(key) + " is written " + name + " in section [" + std::string(section) + "]";
  return std::string(key) + " belongs into section [" + known->section + "]: all meters share it";
}

const ConfigKey* MeterSections::same_key(std::string_view key) const {
  const auto found = meter_keys().by_name.find(key);
  return found == meter_keys().by_name.end() ? nullptr : found->second;
}

std::string MeterSections::set(std::string_view name, std::string_view key, std::string_view value,
                               std::size_t line) {
  auto& s = section(name);
  const auto* known = same_key(key);
  if (known == nullptr) return s.rates.set(key, value, line);
  s.entries.push_back({known, std::string(value)});
  Settings scratch;
  return known->read(scratch, value);
}

void MeterSections::complete(Config& config, const AlarmSections& alarms) const {
  const auto base = common(config.settings);
  for (const auto& s : sections()) {
    auto& meter = config.meters.emplace_back(MeterSettings{s.name, base}).settings;
    for (const auto& entry : s.entries) entry.key->read(meter, entry.value);
    keep_own_key(s, meter.encryption);
    meter.publish = inherited_rates(meter.publish.all, base.publish);
    add_remarks(s.rates.complete(meter), config);
    meter.alarms.clear();
    alarms.complete(meter);  // its faults are those of the settings for all
  }
}

std::string show_meters(const Settings& settings, const std::vector<MeterSettings>& meters) {
  std::string text;
  const auto base = common(settings);
  const auto& keys = meter_keys();
  for (const auto& [name, meter] : meters) {
    text += "\n[METER " + name + "]\n";
    for (std::size_t i = 0; i < keys.all.size(); ++i) {
      const auto& key = *keys.all[i];
      if (!key.same(meter, base)) text += shown_setting(keys.names[i], key.show(meter), key.secret);
    }
    text += show_quantity_rates(meter, inherited_rates(meter.publish.all, base.publish));
  }
  return text;
}

}  // namespace vscp_p1::io
