#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vscp_p1 {

/// A setting to be changed in the text of a config.ini.
struct ConfigEdit {
  std::string section, key, value;
  bool only_if_set = false;  // else it is added when it is not there
};

/// The text with these settings; every other line stays as it is. A setting that is not there is put at the head of
/// its section, or into a new section at the end.
std::string edited_config(std::string_view text, std::span<const ConfigEdit> edits);

}  // namespace vscp_p1
