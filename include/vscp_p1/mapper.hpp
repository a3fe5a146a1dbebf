#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "vscp_p1/decimal.hpp"
#include "vscp_p1/quantity.hpp"
#include "vscp_p1/result.hpp"
#include "vscp_p1/telegram.hpp"
#include "vscp_p1/time.hpp"

namespace vscp_p1 {

/// One value of a telegram as a VSCP quantity.
struct Reading {
  std::size_t quantity;  // index in `quantities`
  Decimal value;         // in unit `unit` of the quantity's VSCP type
  std::uint8_t unit;
  UtcTime time;             // of the telegram, or the M-Bus device's own capture time
  std::string_view digits;  // the number as the meter wrote it, in the meter's unit; lives as long as the telegram
};

/// Counts per reason, indexed by Errc.
using Counts = std::array<std::uint64_t, static_cast<std::size_t>(Errc::count_)>;

/// Turns the data lines of a telegram into readings. Allocates only until it has seen the largest telegram.
class Mapper {
 public:
  struct Options {
    TimeZone zone;
    bool host_time = false;  // date every reading by the host's clock
    std::array<bool, static_cast<std::size_t>(Group::count_)> send{};
  };
  struct Mapping {
    std::span<const Reading> readings;  // in the order of the telegram; the last of repeated lines
    std::size_t lines;                  // readable data lines, of any code
    std::string_view meter;             // equipment id or, without one, the header's identification, as sent
  };

  explicit Mapper(const Options& options) : options_(options) {}

  /// `body` is Telegram::body; `now` dates readings without a valid time of their own, and no reading is dated more
  /// than a day ahead of it. The result lives until the next call and as long as `body`.
  Mapping map(std::string_view body, UtcTime now);

  /// Lines that gave no reading, by reason, since the start.
  const Counts& skipped() const noexcept { return skipped_; }

 private:
  static constexpr std::size_t no_slot = static_cast<std::size_t>(-1);

  void read_lines(LineReader& reader);
  void note_device_type(const DataLine& line);
  std::string_view meter_identity(std::string_view header) const;
  UtcTime telegram_time(UtcTime now);
  UtcTime checked_time(std::string_view text, UtcTime otherwise, UtcTime now);
  void map_line(const DataLine& line, UtcTime time, UtcTime now);
  void map_mbus_line(const DataLine& line, UtcTime time, UtcTime now);
  void add(std::size_t quantity, std::string_view value, std::string_view unit, UtcTime time);
  void skip(Errc reason) noexcept { ++skipped_[static_cast<std::size_t>(reason)]; }

  Options options_;
  std::vector<DataLine> lines_;
  std::vector<Reading> readings_;
  std::array<int, mbus_channels + 1> device_types_{};
  std::array<std::size_t, quantities.size()> slots_{};  // position of a quantity in readings_
  Counts skipped_{};
};

}  // namespace vscp_p1
