#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "vscp_p1/mapper.hpp"
#include "vscp_p1/settings.hpp"

namespace vscp_p1 {

/// The last value of a quantity as people read it; name and value are escaped.
struct WatchRow {
  std::string name;
  std::string value;
  std::string unit;          // of VSCP; empty for a text
  std::uint64_t seen = 0;    // when the telegram came, in seconds of the caller's clock
  std::uint64_t age = 0;     // how old the value was then, in seconds: M-Bus devices and profiles date theirs
  bool is_number = true;     // else a text or a position
  bool is_recurrent = true;  // telegrams have it again and again; what is dated, as in a profile, comes once
  bool has_changed = false;  // with the last telegram
};

/// What --watch shows of the meter: every quantity it has sent, in the order of the table.
class WatchTable {
 public:
  /// `now` is in seconds since any moment.
  void update(const Mapper::Mapping& mapping, const Settings& settings, std::uint64_t now);
  void clear() { rows_.clear(); }

  /// By index in Settings::quantities.
  const std::map<std::size_t, WatchRow>& rows() const noexcept { return rows_; }

 private:
  void add(std::size_t quantity, const Settings& settings, WatchRow row);

  std::map<std::size_t, WatchRow> rows_;
};

}  // namespace vscp_p1
