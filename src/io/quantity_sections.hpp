#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/settings.hpp"

namespace vscp_p1::io {

/// The sections [QUANTITY name] of config.ini: a name of the table changes that quantity, another adds one.
class QuantitySections {
 public:
  static constexpr std::string_view prefix = "QUANTITY ";

  /// A section begins; `line` is where, for complete().
  void open(std::string_view name, std::size_t line);
  /// Sets a key of a section that was opened; returns what would be right, or nothing.
  std::string set(std::string_view name, std::string_view key, std::string_view value);
  static const std::vector<std::string>& keys();

  struct Fault {
    std::size_t line;
    std::string text;
  };
  /// Puts what was read into the settings.
  std::vector<Fault> complete(Settings& settings) const;

 private:
  struct Section {
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
  static std::optional<CustomUnit> custom_unit(const Section& section, bool is_new);
  static void apply(const Section& section, QuantitySettings& quantity, bool is_new);

  std::vector<Section> sections_;
};

/// Whether a value is another one when config.ini has it as it is: its outer blanks or quotes would be taken away.
bool needs_quotes(std::string_view value) noexcept;
std::string quoted_if_needed(std::string_view value);

/// The sections that give these settings again.
std::string show_quantity_sections(const Settings& settings);

}  // namespace vscp_p1::io
