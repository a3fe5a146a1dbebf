#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "io/alarm_sections.hpp"
#include "io/config.hpp"
#include "io/config_keys.hpp"
#include "io/named_sections.hpp"
#include "io/rate_keys.hpp"
#include "vscp_p1/settings.hpp"

namespace vscp_p1::io {

struct MeterSection {
  struct Entry {
    const ConfigKey* key;
    std::string value;
  };
  std::string name;
  std::size_t line;
  std::vector<Entry> entries;
  QuantityRates rates;
};

/// The sections [METER name] of config.ini: each a meter, with what it has of its own.
class MeterSections final : public SectionsOf<MeterSection> {
 public:
  std::string_view prefix() const override { return "METER "; }
  const std::vector<std::string>& keys() const override;
  std::string key_fault(std::string_view section, std::string_view key) const override;
  const ConfigKey* same_key(std::string_view key) const override;
  std::string set(std::string_view name, std::string_view key, std::string_view value, std::size_t line) override;
  /// Adds the meters, and what is wrong with them, when all other settings are there.
  void complete(Config& config, const AlarmSections& alarms) const;
};

/// What a key of another section is called in [METER name]; empty: it has none.
std::string meter_key_name(std::string_view section, std::string_view key);

/// The sections that give these meters again, beside the settings for all.
std::string show_meters(const Settings& settings, const std::vector<MeterSettings>& meters);

}  // namespace vscp_p1::io
