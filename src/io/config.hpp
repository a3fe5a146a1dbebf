#pragma once

#include <cstddef>
#include <functional>
#include <istream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/settings.hpp"

namespace vscp_p1::io {

/// Something to say about a line of config.ini. No text ever holds a password.
struct ConfigRemark {
  std::size_t line;
  std::string text;
};

/// config.ini as read: with any fault the settings are not to be used. Warnings tell of oddities that were accepted.
struct Config {
  Settings settings;
  std::vector<MeterSettings> meters;  // of the sections [METER name]; none: the settings are those of the only one
  std::vector<ConfigRemark> faults;
  std::vector<ConfigRemark> warnings;

  /// The line of a key, 0 when it is not set; of a section with a name itself for an empty key.
  std::size_t line_of(std::string_view section, std::string_view key) const noexcept;

  std::map<std::string, std::map<std::string, std::size_t, std::less<>>, std::less<>> lines;  // by section and key
};

/// Reads all of it, whatever is wrong; lines may have any length, and ':', ';' and '#' inside a value are part of it.
Config read_config(std::istream& stream);

/// Every effective setting as config.ini would have it, secrets masked; of meters what differs from the settings.
std::string show_settings(const Settings& settings, const std::vector<MeterSettings>& meters = {});

}  // namespace vscp_p1::io
