#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/decimal.hpp"
#include "vscp_p1/mbus.hpp"
#include "vscp_p1/profile.hpp"
#include "vscp_p1/quantity.hpp"
#include "vscp_p1/register_guard.hpp"
#include "vscp_p1/result.hpp"
#include "vscp_p1/settings.hpp"
#include "vscp_p1/telegram.hpp"
#include "vscp_p1/time.hpp"

namespace vscp_p1 {

/// One value of a telegram as a VSCP quantity.
struct Reading {
  std::size_t quantity;  // index in Settings::quantities
  Obis code;             // as the meter sent it
  Decimal value;         // in unit `unit` of the VSCP measurement `type`
  std::uint16_t type;
  std::uint8_t unit;
  UtcTime time;             // of the telegram, or the value's own
  Decimal number;           // in the meter's unit
  std::string_view digits;  // the number as the meter wrote it, lives as long as the telegram; empty when calculated
  const WireUnit* wire_unit = nullptr;  // the meter's unit; none: calculated, or a unit that is not known
  bool is_entry = false;                // of a profile, which is given when it changes
};

/// A text or a position, as sent: it is published when it changes. The view lives as long as the telegram.
struct StateLine {
  std::size_t quantity;
  std::string_view text;
};

/// A reading that is held back, and the last good value of its quantity.
struct HeldReading {
  std::size_t quantity;
  Decimal value, last_good;
};

/// A code that the table does not have, and how many lines had it.
struct UnknownCode {
  Obis code;
  std::uint64_t lines;
};

/// Counts per reason, indexed by Errc.
using Counts = std::array<std::uint64_t, static_cast<std::size_t>(Errc::count_)>;

/// Turns the data lines of a telegram into readings and states. Allocates only until it has seen the largest
/// telegram.
class Mapper {
 public:
  struct Mapping {
    std::span<const Reading> readings;    // in the order of the telegram; the last of repeated lines
    std::span<const Reading> measured;    // those too that are switched off or skipped
    std::span<const StateLine> states;    // likewise
    std::span<const HeldReading> held;    // those that are held back for the first time
    std::span<const MbusDevice> devices;  // by channel, 0 … 9
    UtcTime time;                         // of the telegram
    std::size_t lines;                    // readable data lines, of any code
    std::string_view header;              // behind its '/', as sent
    std::string_view meter;               // equipment id or, without one, the header, as sent
  };

  /// The settings must outlive the mapper.
  Mapper(const Settings& settings, const TimeZone& zone);

  /// The settings have changed: profiles are given anew and registers are judged anew. What was counted, and which
  /// M-Bus device has which row, stays.
  void reconfigure(const TimeZone& zone);

  /// `body` is Telegram::body; `now` dates readings without a valid time of their own. No reading is dated more than
  /// a day ahead of it, or of `latest`, seconds since 1970, when that is later: a clock that was stepped back is no
  /// judge. The result lives until the next call and as long as `body`.
  Mapping map(std::string_view body, UtcTime now, std::int64_t latest = 0);

  /// Lines and values that gave no reading, by reason, since the start.
  const Counts& skipped() const noexcept { return skipped_; }
  /// The first unknown codes since the start, at most 64.
  std::span<const UnknownCode> unknown() const noexcept { return unknown_; }

 private:
  static constexpr std::size_t no_quantity = static_cast<std::size_t>(-1);
  struct SeenProfile {
    Obis code;
    std::string values;
  };
  struct OwnCode {
    Obis code;
    std::size_t quantity;
  };
  // Where the value of a quantity goes in this telegram.
  enum class Place : std::uint8_t {
    taken,  // it is in readings_, but for entries, or in states_
    free,
    plain,  // free, it is a value, and no setting says what it is
    text,   // likewise, but a text
  };
  static const std::array<Place, quantities.size() + 1> table_places;  // without such settings
  // What lines of a telegram tell about all of it, as sent.
  struct Told {
    bool clock_is_late = false;  // behind the first reading
    std::string_view date, time_of_day;
    std::array<std::optional<std::string_view>, equipment_id_codes.size()> meter_ids;  // empty when it is not set
  };

  // An M-Bus reading waits until all devices have told their type; its place is kept.
  struct MbusLine {
    DataLine line;
    std::size_t reading;
  };
  static constexpr UtcTime unknown_time{INT64_MIN, 0};  // of readings in front of the clock's line

  bool is_as_in_table(std::size_t quantity) const;
  void forget_telegram();
  std::size_t read_lines(LineReader& reader);
  void read_line(const DataLine& line);
  void note(const DataLine& line);
  void note_device_type(const DataLine& line);
  void date_readings();
  bool is_too_late(const UtcTime& time) const noexcept;
  Result<UtcTime> parsed_time(std::string_view text);
  UtcTime time_or_host(const Result<UtcTime>& time);
  std::optional<UtcTime> own_time(std::string_view stamp, const Result<UtcTime>& time);

  void map_line(const DataLine& line);
  void map_own_code(const DataLine& line, std::size_t quantity);
  void map_by_shape(const DataLine& line, std::size_t quantity);
  void map_timed(const DataLine& line, std::size_t quantity);
  void map_pair(const DataLine& line, std::size_t quantity);
  void map_hexadecimal(const DataLine& line, std::size_t quantity);
  void map_hourly(const DataLine& line, std::size_t quantity);
  void map_mbus_lines();
  void map_mbus_line(const DataLine& line, std::size_t index);
  void map_profile(const DataLine& line);
  bool has_changed(const DataLine& line);
  void map_state(const DataLine& line, std::size_t quantity);
  void count_unknown(const Obis& code);

  bool add_plain(const Obis& code, std::size_t quantity, const PlainNumber& number, const char* digits);
  Reading* add(std::size_t quantity, const Obis& code, std::string_view value, std::string_view unit, UtcTime time);
  Reading& place(std::size_t quantity);
  Reading& place_again(std::size_t quantity);
  Reading& new_reading();
  std::span<Reading> readings() noexcept { return {readings_.data(), count_}; }
  template <class Condition>
  void drop_if(Condition condition) {
    const auto given = readings();
    count_ = static_cast<std::size_t>(std::remove_if(given.begin(), given.end(), condition) - given.begin());
  }
  void add_entry(std::size_t quantity, const Obis& code, std::string_view value, std::string_view unit, UtcTime time);
  struct NumberText {
    std::string_view value, unit;
    std::optional<DecimalPrefix> number{};  // if it was read already, and then it is one
  };
  std::optional<Reading> reading_of(std::size_t quantity, const Obis& code, const NumberText& text, UtcTime time);
  struct Conversion {
    const WireUnit* known;  // or nullptr
    Decimal factor;
    std::uint16_t type;
    std::uint8_t unit;
  };
  std::optional<Conversion> conversion_of(std::size_t quantity, std::string_view unit) const;
  std::optional<Reading> converted_reading(std::size_t quantity, const NumberText& text);
  std::string_view sent_id(std::size_t i) const noexcept { return told_.meter_ids[i].value_or(std::string_view{}); }
  void notice_meter();
  void notice_other_meter();
  void add_totals();
  void add_total(std::size_t quantity);
  void hold_back_implausible();
  std::size_t device_of(const Reading& reading) const noexcept;
  void drop_without_quantity();
  void drop_unwanted();
  void skip(Errc reason) noexcept { ++skipped_[static_cast<std::size_t>(reason)]; }

  const Settings& settings_;
  StampReader stamps_;
  MbusBinding binding_;
  RegisterGuard guard_;
  ProfileReader profile_;
  std::vector<OwnCode> own_codes_;
  std::vector<std::uint8_t> wanted_;  // by quantity; empty: all are

  UtcTime now_;
  std::int64_t latest_ = 0;
  UtcTime time_;
  std::string_view header_;
  std::string_view meter_;
  std::string known_header_;
  std::array<std::string, equipment_id_codes.size()> meter_ids_;  // the last that were sent
  Told told_;
  CodeOrder code_order_;
  std::vector<DataLine> lines_;  // for totals only
  std::vector<MbusLine> mbus_lines_;
  std::vector<Reading> readings_;  // the first `count_` are of this telegram
  std::size_t count_ = 0;
  std::size_t room_ = 0;  // readings_.size()
  std::vector<Reading> measured_;
  std::vector<StateLine> states_;
  std::vector<HeldReading> held_;
  std::vector<MbusCandidate> candidates_;
  std::array<MbusDevice, mbus_channels + 1> devices_{};
  std::vector<Place> places_;      // by quantity, and one more for lines of none
  std::vector<Place> own_places_;  // what they are at the beginning of a telegram; empty: table_places
  std::vector<SeenProfile> profiles_;
  std::vector<UnknownCode> unknown_;
  Counts skipped_{};
};

}  // namespace vscp_p1
