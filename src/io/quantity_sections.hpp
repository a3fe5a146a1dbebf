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

struct QuantitySection {
  std::string name;
  std::size_t line;
  bool says_obis;  // readable or not
  std::optional<Obis> obis;
  std::optional<std::uint16_t> type;
  std::optional<std::uint8_t> unit;
  std::optional<std::string> wire_unit;
  std::optional<Decimal> factor;
  std::optional<std::uint16_t> id;
  std::optional<std::uint8_t> sensor_index;
  std::optional<std::string> note;
};

/// The sections [QUANTITY name] of config.ini: a name of the table changes that quantity, another adds one.
class QuantitySections final : public SectionsOf<QuantitySection> {
 public:
  std::string_view prefix() const override { return "QUANTITY "; }
  const std::vector<std::string>& keys() const override;
  std::string set(std::string_view name, std::string_view key, std::string_view value, std::size_t line) override;
  /// Puts what was read into the settings, when all else is there; returns the faults.
  std::vector<ConfigRemark> complete(Settings& settings) const;
};

/// The sections that give the quantities of these settings again.
std::string show_quantity_sections(const Settings& settings);

}  // namespace vscp_p1::io
