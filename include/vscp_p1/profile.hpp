#pragma once

#include <string_view>
#include <vector>

#include "vscp_p1/obis.hpp"
#include "vscp_p1/telegram.hpp"

namespace vscp_p1 {

/// One captured value of a profile; the views point into the telegram.
struct ProfileEntry {
  Obis captured;
  std::string_view time;
  std::string_view value;
};

/// Reads a buffer (number)(captured codes…)(fields of each entry…): power failures 1-0:99.97.0 (DSMR 5.0.2 §6.11),
/// months 0-0:98.1.0 and 98.1.1 (eMUCS-P1), load 1-0:99.1.0 (Israel), and the Hungarian (time)(19 registers). A
/// value is dated by the time in front of it. False when it is malformed, and then nothing of it is to be used.
class ProfileReader {
 public:
  bool read(const DataLine& line);
  const std::vector<ProfileEntry>& entries() const noexcept { return entries_; }

 private:
  bool read_month_end();
  bool read_buffer(bool is_failure_log);
  bool read_entry(std::size_t begin, std::size_t end, bool is_failure_log);

  std::vector<std::string_view> fields_;
  std::vector<Obis> captured_;
  std::vector<ProfileEntry> entries_;
};

}  // namespace vscp_p1
