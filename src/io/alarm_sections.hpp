#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/config.hpp"
#include "io/named_sections.hpp"
#include "vscp_p1/settings.hpp"

namespace vscp_p1::io {

struct AlarmSection {
  std::string name;
  std::size_t line;
  bool is_faulty;  // in one of its keys
  std::optional<std::string> quantity;
  std::size_t quantity_line;
  std::optional<AlarmSettings::Operator> op;
  std::optional<Decimal> value, fuse, hysteresis;
  std::optional<std::size_t> hold;
  bool one_shot;
  std::optional<std::uint8_t> code, zone, subzone;
  std::optional<std::string> note;
};

/// The sections [ALARM name] of config.ini. They name quantities: those that are added must be there before.
class AlarmSections final : public SectionsOf<AlarmSection> {
 public:
  std::string_view prefix() const override { return "ALARM "; }
  const std::vector<std::string>& keys() const override;
  std::string set(std::string_view name, std::string_view key, std::string_view value, std::size_t line) override;
  /// Puts what was read into the settings, when all else is there; returns the faults.
  std::vector<ConfigRemark> complete(Settings& settings) const;
};

/// The sections that give these alarms again. What meters have each of their own is left open.
std::string show_alarms(const Settings& settings, const std::vector<MeterSettings>& meters);

}  // namespace vscp_p1::io
