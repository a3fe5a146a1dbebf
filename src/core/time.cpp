#include "vscp_p1/time.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "vscp_p1/text.hpp"
#include "vscp_p1/text_writer.hpp"
#include "vscp_p1/word.hpp"

namespace vscp_p1 {
namespace {

namespace chrono = std::chrono;

constexpr int hour = 3600;
constexpr std::int64_t day = 86'400;

struct CivilTime {
  int year, month, day, hour, minute, second;
};

enum class Season { by_rule, standard, summer };

// Reads fixed-width numbers from a text; remembers whether all of them were digits.
class DigitReader {
 public:
  DigitReader(std::string_view text, int base) : text_(text), base_(base) {}

  int take(std::size_t digits) noexcept {
    good_ = good_ && text_.size() >= digits;
    if (!good_) return 0;
    int value = 0;
    for (const char c : text_.substr(0, digits)) {
      const int digit = c <= '9' ? c - '0' : lower(c) - 'a' + 10;
      good_ = good_ && digit >= 0 && digit < base_ && (c <= '9' || lower(c) >= 'a');
      value = value * base_ + digit;
    }
    text_.remove_prefix(digits);
    return value;
  }
  bool good() const noexcept { return good_; }
  void skip(char separator) noexcept {
    good_ = good_ && !text_.empty() && text_.front() == separator;
    if (good_) text_.remove_prefix(1);
  }

 private:
  std::string_view text_;
  int base_;
  bool good_ = true;
};

std::optional<std::int64_t> seconds_since_epoch(const CivilTime& t) noexcept {
  constexpr int first_year = 2001;  // 2000 is what a clock shows that was never set
  constexpr int last_year = 2099;   // a DLMS year has 16 bits, more than a date holds
  const auto date = chrono::year{t.year} / t.month / t.day;
  if (t.year < first_year || t.year > last_year || t.month < 1 || t.day < 1 || !date.ok()) return std::nullopt;
  if (t.hour > 23 || t.minute > 59 || t.second > 59) return std::nullopt;
  const std::int64_t days = chrono::sys_days(date).time_since_epoch().count();
  const int seconds = t.hour * hour + t.minute * 60 + t.second;
  return days * day + seconds;
}

Result<UtcTime> to_utc(const CivilTime& civil, Season season, const TimeZone& zone) noexcept {
  const auto local = seconds_since_epoch(civil);
  if (!local) return Errc::bad_timestamp;
  const int offset = season == Season::by_rule ? zone.offset_at_local(*local)
                                               : zone.standard_offset() + (season == Season::summer ? hour : 0);
  return UtcTime{*local - offset, 0};
}

Result<UtcTime> parse_dsmr(std::string_view text, const TimeZone& zone) noexcept {
  const auto begin = digits_of(word_at(text.data()));    // YYMMDDhh
  const auto end = digits_of(word_at(text.data() + 4));  // DDhhmmss
  if ((marks_above_nine(begin) | marks_above_nine(end)) != 0) return Errc::bad_timestamp;
  const auto pair = [](std::uint64_t digits, int index) {
    return static_cast<int>(pairs_of_digits(digits) >> 16 * index & 0xFF);
  };
  const CivilTime civil{2000 + pair(begin, 0), pair(begin, 1), pair(begin, 2),
                        pair(begin, 3),        pair(end, 2),   pair(end, 3)};
  if (text.size() == 12 || text[12] == 'T') return to_utc(civil, Season::by_rule, zone);  // T: Holley
  if (text[12] != 'S' && text[12] != 'W') return Errc::bad_timestamp;
  return to_utc(civil, text[12] == 'S' ? Season::summer : Season::standard, zone);
}

Result<UtcTime> parse_nes(std::string_view text, const TimeZone& zone) noexcept {
  DigitReader digits(text, 10);
  CivilTime civil{};
  civil.year = digits.take(4);
  civil.month = digits.take(2);
  civil.day = digits.take(2);
  digits.skip(' ');
  civil.hour = digits.take(2);
  digits.skip(':');
  civil.minute = digits.take(2);
  digits.skip(':');
  civil.second = digits.take(2);
  return digits.good() ? to_utc(civil, Season::by_rule, zone) : Result<UtcTime>(Errc::bad_timestamp);
}

// Octets: year (2), month, day, weekday, hour, minute, second, hundredths, deviation (2), status; bit 7 of the status
// tells summer time. The sign of the deviation from UTC differs between meters, but all are east of Greenwich.
Result<UtcTime> parse_dlms(std::string_view text, const TimeZone& zone) noexcept {
  DigitReader octets(text, 16);
  CivilTime civil{};
  civil.year = octets.take(4);
  civil.month = octets.take(2);
  civil.day = octets.take(2);
  octets.take(2);
  civil.hour = octets.take(2);
  civil.minute = octets.take(2);
  civil.second = octets.take(2);
  octets.take(2);
  const int deviation = octets.take(4);
  const int status = octets.take(2);
  if (!octets.good()) return Errc::bad_timestamp;
  constexpr int most_minutes = 720;
  const int minutes = std::abs(deviation < 0x8000 ? deviation : deviation - 0x10000);  // 8000: not specified
  const auto local = seconds_since_epoch(civil);
  if (local && minutes > 0 && minutes <= most_minutes) return UtcTime{*local - std::int64_t{minutes} * 60, 0};
  return to_utc(civil, (status & 0x80) != 0 ? Season::summer : Season::standard, zone);
}

// The parts of a POSIX TZ string, taken from its front; nullopt when the next part is something else.
class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : rest_(text) {}

  bool at_end() const noexcept { return rest_.empty(); }
  bool take(char expected) noexcept {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_name() noexcept {
    const bool quoted = take('<');
    std::size_t length = 0;
    while (length < rest_.size() && is_name(rest_[length], quoted)) ++length;
    rest_.remove_prefix(length);
    return length >= 3 && (!quoted || take('>'));
  }
  std::optional<int> take_number(int lowest, int highest) noexcept {
    int value = 0;
    if (rest_.starts_with('-')) return std::nullopt;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{} || value < lowest || value > highest) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  // [+-]hh[:mm[:ss]] in seconds
  std::optional<int> take_time(int most_hours) noexcept {
    const bool negative = take('-');
    if (!negative) take('+');
    int seconds = 0;
    for (const int scale : {hour, 60, 1}) {
      const auto part = take_number(0, scale == hour ? most_hours : 59);
      if (!part) return std::nullopt;
      seconds += *part * scale;
      if (!take(':')) break;
    }
    return negative ? -seconds : seconds;
  }

 private:
  static bool is_name(char c, bool quoted) noexcept {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return letter || (quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-'));
  }

  std::string_view rest_;
};

}  // namespace

IsoTime::IsoTime(const UtcTime& time) noexcept {
  const auto days = chrono::floor<chrono::days>(chrono::seconds{time.seconds});
  const chrono::year_month_day date{chrono::sys_days{days}};
  const auto clock = static_cast<unsigned>(time.seconds - std::int64_t{days.count()} * day);
  char* out = text_.data();
  const auto put = [&out](unsigned number, char separator) {
    std::memcpy(out, decimal_pairs[number].data(), 2);
    out[2] = separator;
    out += 3;
  };
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  std::memcpy(out, decimal_pairs[year / 100 % 100].data(), 2);
  out += 2;
  put(year % 100, '-');
  put(static_cast<unsigned>(date.month()), '-');
  put(static_cast<unsigned>(date.day()), 'T');
  put(clock / hour, ':');
  put(clock / 60 % 60, ':');
  put(clock % 60, 'Z');
}

Result<TimeZone> TimeZone::parse(std::string_view posix_rule) noexcept {
  constexpr int most_offset_hours = 24;   // IEEE 1003.1 §8.3
  constexpr int most_change_hours = 167;  // RFC 8536 §3.3.1
  RuleReader reader(posix_rule);
  TimeZone zone;
  if (!reader.take_name()) return Errc::bad_timestamp;
  const auto west = reader.take_time(most_offset_hours);
  if (!west) return Errc::bad_timestamp;
  zone.standard_offset_ = -*west;
  zone.has_summer_time_ = !reader.at_end();
  if (!zone.has_summer_time_) return zone;

  if (!reader.take_name()) return Errc::bad_timestamp;
  zone.summer_offset_ = zone.standard_offset_ + hour;
  if (!reader.take(',')) {
    const auto summer_west = reader.take_time(most_offset_hours);
    if (!summer_west || !reader.take(',')) return Errc::bad_timestamp;
    zone.summer_offset_ = -*summer_west;
  }
  const auto take_change = [&reader](Change& change) {
    if (!reader.take('M')) return false;
    const auto month = reader.take_number(1, 12);
    if (!month || !reader.take('.')) return false;
    const auto week = reader.take_number(1, 5);
    if (!week || !reader.take('.')) return false;
    const auto weekday = reader.take_number(0, 6);
    const auto seconds = reader.take('/') ? reader.take_time(most_change_hours) : std::optional(2 * hour);
    if (!weekday || !seconds) return false;
    change = {*month, *week, *weekday, *seconds};
    return true;
  };
  const bool good =
      take_change(zone.to_summer_) && reader.take(',') && take_change(zone.to_standard_) && reader.at_end();
  if (!good) return Errc::bad_timestamp;
  // Ireland's rule calls summer time the standard, and winter time a saving of minus one hour.
  if (zone.summer_offset_ < zone.standard_offset_) {
    std::swap(zone.summer_offset_, zone.standard_offset_);
    std::swap(zone.to_summer_, zone.to_standard_);
  }
  return zone;
}

std::int64_t TimeZone::local_seconds(const Change& change, int year) noexcept {
  const chrono::weekday weekday{static_cast<unsigned>(change.weekday)};
  const auto month = chrono::year{year} / change.month;
  const auto date = change.week == 5 ? chrono::sys_days(month / weekday[chrono::last])
                                     : chrono::sys_days(month / weekday[static_cast<unsigned>(change.week)]);
  return std::int64_t{date.time_since_epoch().count()} * day + change.seconds;
}

int TimeZone::offset_at_utc(std::int64_t utc) const noexcept {
  if (!has_summer_time_) return standard_offset_;
  const auto days = chrono::floor<chrono::days>(chrono::sys_seconds{chrono::seconds{utc + standard_offset_}});
  const int year = static_cast<int>(chrono::year_month_day{days}.year());
  const auto begin = local_seconds(to_summer_, year) - standard_offset_;
  const auto end = local_seconds(to_standard_, year) - summer_offset_;
  const bool summer = begin < end ? utc >= begin && utc < end : utc >= begin || utc < end;
  return summer ? summer_offset_ : standard_offset_;
}

int TimeZone::offset_at_local(std::int64_t local) const noexcept {
  const bool summer = offset_at_utc(local - summer_offset_) == summer_offset_;
  return has_summer_time_ && summer ? summer_offset_ : standard_offset_;
}

Result<UtcTime> parse_timestamp(std::string_view text, const TimeZone& zone) noexcept {
  switch (text.size()) {
    case 12:
    case 13: return parse_dsmr(text, zone);
    case 17: return parse_nes(text, zone);
    case 24: return parse_dlms(text, zone);
    default: return Errc::bad_timestamp;
  }
}

// Of the form with S or W only: without it the zone's rule may change inside an hour.
Result<UtcTime> StampReader::read(std::string_view text) noexcept {
  constexpr std::size_t size_with_season = 13;
  if (text.size() != size_with_season) return parse_timestamp(text, zone_);
  const auto end = digits_of(word_at(text.data() + 4)) >> 32;  // mmss
  const auto seconds = static_cast<std::int64_t>((pairs_of_digits(end) & 0xFF) * 60 + (pairs_of_digits(end) >> 16));
  const bool is_inside_hour = marks_above_nine(end) == 0 && (end & 0xFF) < 6 && (end >> 16 & 0xFF) < 6;
  const bool is_known = season_ != '\0' && text.back() == season_ && word_at(text.data()) == hour_;
  if (is_known && is_inside_hour) return UtcTime{begin_ + seconds, 0};
  const auto time = parse_timestamp(text, zone_);
  if (time && text.back() != 'T') {
    hour_ = word_at(text.data());
    season_ = text.back();
    begin_ = time->seconds - seconds;
  }
  return time;
}

bool is_never_read(std::string_view stamp) noexcept {
  return stamp.starts_with("632525252525") || stamp.starts_with("35255255255255255") || stamp.starts_with("700101");
}

bool looks_like_timestamp(std::string_view text) noexcept {
  constexpr std::size_t dsmr = 12;
  constexpr std::size_t nes = 17;
  if (text.size() < dsmr) return false;
  if (text.size() == 24) return parse_dlms(text, TimeZone{}) || text.find_first_not_of('F') == std::string_view::npos;
  if (text.size() == nes && text[8] == ' ') return true;
  if (text.back() == 'S' || text.back() == 'W' || text.back() == 'T') text.remove_suffix(1);
  if (text.size() != dsmr && text.size() != nes) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto first = digits_of(word_at(text.data()));
  return marks_above_nine(first) == 0 && std::all_of(text.begin() + 8, text.end(), is_digit);
}

}  // namespace vscp_p1
