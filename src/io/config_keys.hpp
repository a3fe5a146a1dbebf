#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/settings.hpp"

namespace vscp_p1::io {

/// One key of config.ini: how its value is read into the settings and shown again.
struct ConfigKey {
  std::string section;
  std::string name;
  std::function<std::string(Settings&, std::string_view)> read;  // returns what would be right, or nothing
  std::function<std::string(const Settings&)> show;
  std::function<bool(const Settings&, const Settings&)> same;  // whether both have the same value
  bool secret = false;
  bool may_hold_login = false;  // mqtt://user:password@host

  bool is_hidden(std::string_view value) const noexcept {
    return secret || (may_hold_login && value.find('@') != std::string_view::npos);
  }
};

/// All keys, in the order of config.ini; those of the quantities come from the table of quantities.
const std::vector<ConfigKey>& config_keys();

/// Their sections, in this order.
std::vector<std::string> section_names();

}  // namespace vscp_p1::io
