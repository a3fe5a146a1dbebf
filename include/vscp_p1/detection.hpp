#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/settings.hpp"

namespace vscp_p1 {

/// How characters come over a serial line.
struct LineFormat {
  unsigned baudrate = 115'200;
  unsigned bytesize = 8;
  Parity parity = Parity::none;
  unsigned stopbits = 1;

  /// As people write it: "115200 8N1".
  std::string text() const;
  friend bool operator==(const LineFormat&, const LineFormat&) = default;
};

/// The formats to try: the one that the settings name, or, when the baud rate is to be found, those that meters use,
/// the most frequent first. Bits, parity or stop bits other than 8N1 hold at each rate then.
std::vector<LineFormat> line_candidates(const SerialSettings& settings);

/// Those in front, and behind them all that meters use: the settings may be wrong.
std::vector<LineFormat> all_candidates(const SerialSettings& settings);

/// These settings with this format.
SerialSettings with_format(SerialSettings settings, const LineFormat& format);

/// What the bytes of a line look like.
enum class LineKind : std::uint8_t {
  silence,
  too_few,      // to tell
  text,         // ASCII: rate and format fit, or nearly
  even_parity,  // ASCII, with even parity in the eighth bit: the line has seven bits
  inverted,     // ASCII, with the signal upside down
  garbage,      // another rate, or binary
};

/// Counts what the bytes of a line have in common. An inverted signal shows, since eight-bit ASCII keeps step with
/// the receiver one bit late: the stop bit is taken for the start bit, and each byte is the character's complement, a
/// bit higher, with a one behind it.
class LineCensus {
 public:
  static constexpr std::size_t enough = 16;  // bytes; a plug that is pushed in makes a few

  void add(std::string_view bytes) noexcept;
  std::size_t bytes() const noexcept { return bytes_; }
  LineKind kind() const noexcept;

 private:
  std::size_t bytes_ = 0, text_ = 0, high_ = 0, even_ = 0, stripped_text_ = 0, inverted_text_ = 0;
};

/// Which format is to be tried when, while a meter's is not known. It is told bytes and time, and stays with a format
/// while text or nothing comes: at a wrong rate there is garbage, so that silence accuses none. Garbage costs a
/// format its place when the burst has been heard from its begin: else it may be the rest of an encrypted telegram.
class SettingsSearch {
 public:
  using Time = std::chrono::milliseconds;  // of any clock that is never set
  struct Pace {
    Time dwell{12'000};    // at a format that gave no telegram: meters of DSMR 4 send every 10 s
    Time silence{60'000};  // without a byte: H1 may pause for a minute (recommendation 2.0 §3.2)
  };

  SettingsSearch(std::vector<LineFormat> candidates, Pace pace, Time now);

  const LineFormat& current() const noexcept { return candidates_[current_]; }
  void on_bytes(std::string_view bytes, Time now) noexcept;
  /// When advance() is due; on_bytes() changes it.
  Time due() const noexcept;
  /// True: current() is another one, to be set at the port.
  bool advance(Time now);
  /// The port does not know the current format.
  void skip(Time now);

  /// Of the format that advance() left last, or is at.
  LineKind left_kind() const noexcept { return left_kind_; }
  std::size_t left_bytes() const noexcept { return left_bytes_; }
  /// Each candidate has been heard, and given up, or belongs to a rate at which nothing came.
  bool has_tried_all() const noexcept;
  /// The formats that were given up: "115200 8N1, 115200 7E1".
  std::string tried() const;
  /// Whether an inverted signal was seen since the begin.
  bool was_inverted() const noexcept { return was_inverted_; }
  Time last_byte() const noexcept { return last_byte_; }

 private:
  Time limit() const noexcept;
  std::size_t next_after(LineKind kind) const noexcept;
  void move(LineKind kind, Time now);
  void settle_at(std::size_t candidate, Time now) noexcept;

  std::vector<LineFormat> candidates_;
  std::vector<bool> tried_;
  Pace pace_;
  std::size_t current_ = 0;
  LineCensus census_;
  std::size_t bytes_ = 0;  // at the current format
  LineKind left_kind_ = LineKind::silence;
  std::size_t left_bytes_ = 0;
  Time since_;
  Time last_byte_;
  bool heard_ = false;     // something, at the current format
  bool pending_ = false;   // a burst that is not judged
  bool is_whole_ = false;  // it was heard from its begin
  bool after_silence_ = false;
  bool was_inverted_ = false;
};

}  // namespace vscp_p1
