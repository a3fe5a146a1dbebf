#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "vscp_p1/result.hpp"

namespace vscp_p1 {

/// A moment in UTC: seconds since 1970 and microseconds 0 … 999999 inside that second.
struct UtcTime {
  std::int64_t seconds = 0;
  std::uint32_t microseconds = 0;

  friend constexpr bool operator==(const UtcTime&, const UtcTime&) = default;
};

/// "YYYY-MM-DDTHH:MM:SSZ", the only form every VSCP decoder reads.
class IsoTime {
 public:
  explicit IsoTime(const UtcTime& time) noexcept;
  std::string_view view() const noexcept { return {text_.data(), text_.size()}; }

 private:
  std::array<char, 20> text_{};
};

/// The rule of a time zone, as a POSIX TZ string has it (IEEE 1003.1 §8.3; also the last line of every tzdata file):
/// "CET-1CEST,M3.5.0,M10.5.0/3". Only this rule is used, not the zone's history.
class TimeZone {
 public:
  /// Central European Time: Stockholm, Amsterdam, Brussels, Vienna …
  TimeZone() = default;
  /// Fails with bad_timestamp when the rule is not one.
  static Result<TimeZone> parse(std::string_view posix_rule) noexcept;

  int standard_offset() const noexcept { return standard_offset_; }
  /// Seconds east of UTC.
  int offset_at_utc(std::int64_t utc_seconds) const noexcept;
  /// The same for a local time; the first of the two in the hour that comes twice.
  int offset_at_local(std::int64_t local_seconds) const noexcept;

  friend constexpr bool operator==(const TimeZone&, const TimeZone&) = default;

 private:
  struct Change {  // the n-th weekday of a month, n = 5 is the last, `seconds` after local midnight
    int month, week, weekday, seconds;
    friend constexpr bool operator==(const Change&, const Change&) = default;
  };
  static std::int64_t local_seconds(const Change& change, int year) noexcept;

  int standard_offset_ = 3600;
  int summer_offset_ = 7200;
  bool has_summer_time_ = true;
  Change to_summer_{3, 5, 0, 7200};
  Change to_standard_{10, 5, 0, 10800};
};

/// A meter's time stamp in UTC. Forms: YYMMDDhhmmss with S (summer time) or W, which are the truth (DSMR 5.0.2 §6.4);
/// without a letter by the zone's rule (DSMR 3.0 §5.10); "YYYYMMDD hh:mm:ss" (NES); the 24 hex digits of a DLMS
/// date-time (Metcom). bad_timestamp for impossible dates and for the year 2000, which a clock that was never set
/// shows.
Result<UtcTime> parse_timestamp(std::string_view text, const TimeZone& zone) noexcept;

/// parse_timestamp() for the stamps of one meter, one after the other: most are of the same hour as the last one.
class StampReader {
 public:
  explicit StampReader(const TimeZone& zone) noexcept : zone_(zone) {}
  Result<UtcTime> read(std::string_view text) noexcept;

 private:
  TimeZone zone_;
  std::uint64_t hour_ = 0;  // YYMMDDhh as it was written
  char season_ = '\0';      // S or W; NUL: no hour is known yet
  std::int64_t begin_ = 0;  // of the hour
};

/// A stamp that stands where no reading has been taken yet: 632525252525 or 352552552552…, octets FF written as
/// decimals, and 700101…, the epoch.
bool is_never_read(std::string_view stamp) noexcept;

/// Whether a text has the form of a time stamp, be it a possible time or not.
bool looks_like_timestamp(std::string_view text) noexcept;

}  // namespace vscp_p1
