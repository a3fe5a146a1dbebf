#pragma once

#include <array>
#include <cstddef>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/alarm_sections.hpp"
#include "io/config.hpp"
#include "io/meter_sections.hpp"
#include "io/named_sections.hpp"
#include "io/quantity_sections.hpp"

namespace vscp_p1::io {

/// The kinds of sections with a name.
struct Sections {
  QuantitySections quantities;
  AlarmSections alarms;
  MeterSections meters;
  std::array<NamedSections*, 3> all{&quantities, &alarms, &meters};

  Sections() = default;
  Sections(const Sections&) = delete;
  Sections& operator=(const Sections&) = delete;

  /// nullptr: a section of another kind.
  NamedSections* kind_of(std::string_view section) const;
};

/// What is said of the line that is read.
struct Remarks {
  Config& config;
  std::size_t line = 0;

  void fault(std::string text) const { config.faults.push_back({line, std::move(text)}); }
  void warn(std::string text) const { config.warnings.push_back({line, std::move(text)}); }
};

/// Takes the lines from the stream and prepares them for inih, which cuts lines at 197 characters, takes " ;" in a
/// value for a comment and an indented line for a continuation: it is given each key with a stand-in for the value.
class ConfigLines {
 public:
  /// All three outlive it.
  ConfigLines(std::istream& stream, Remarks& remarks, Sections& named);

  /// For inih; nothing at the end.
  std::optional<std::string> next();
  /// What stands behind the '=' of the line that was prepared last.
  std::string take_value() { return std::exchange(value_, {}); }

 private:
  std::string_view without_oddities(std::string_view text);
  std::string section(std::string_view content);
  std::string all_sections() const;
  std::string named_section(NamedSections& kind, const std::string& section);
  std::string key(std::string_view text, std::string_view content);

  std::istream& stream_;
  Remarks& remarks_;
  Sections& named_;
  std::vector<std::string> sections_;
  std::string value_;
  bool told_crlf_ = false;
  bool seen_section_ = false;
  bool known_section_ = false;
};

}  // namespace vscp_p1::io
