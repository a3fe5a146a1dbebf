#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "vscp_p1/result.hpp"

namespace vscp_p1 {

enum class CrcCheck : std::uint8_t {
  automatic,  // checked when the telegram carries one: DSMR 2.2 and 3.0 end with '!' alone
  required,
  off,
};

/// A framed telegram. The views point into the framer and live until it is fed again.
struct Telegram {
  std::string_view body;  // '/' … last byte before '!'
  std::string_view text;  // as received: '/' … the line end behind the end mark, if both came
};

/// Finds telegrams in a byte stream, whatever it is cut into, and checks their CRC. Reports each dropped stretch with
/// its reason and goes on behind it; never logs. Holds at most `limit` bytes; allocates only until it has seen the
/// longest telegram.
class Framer {
 public:
  static constexpr std::size_t default_limit = std::size_t{128} * 1024;

  explicit Framer(CrcCheck crc = CrcCheck::automatic, std::size_t limit = default_limit) : crc_(crc), limit_(limit) {}

  /// Sink(const Result<Telegram>&) is called for each telegram and for each dropped stretch, in stream order.
  template <class Sink>
  void feed(std::string_view bytes, Sink&& sink) {
    while (!bytes.empty()) {
      const auto taken = append(bytes);
      bytes.remove_prefix(taken);
      while (const auto found = next()) sink(*found);
    }
  }

  /// The line has been quiet for longer than a meter pauses inside a telegram: gives what is complete but for the
  /// line end behind the CRC, or but for the end mark of a DSMR 2.2 telegram. Drops nothing.
  template <class Sink>
  void pause(Sink&& sink) {
    if (const auto found = complete_without_line_end()) sink(*found);
  }

  /// Whether a telegram has begun and not ended.
  bool is_inside_telegram() const noexcept { return synchronised_; }

  /// The stream has ended (end of file, port closed): what is unfinished is reported and forgotten.
  template <class Sink>
  void finish(Sink&& sink) {
    at_end_ = true;
    while (const auto found = next()) sink(*found);
    reset();
  }

  void reset() noexcept;

  /// Holds from the next end mark on: the telegram that has begun is not lost.
  void set_crc_check(CrcCheck crc) noexcept { crc_ = crc; }

 private:
  using Outcome = Result<Telegram>;
  struct EndMark {
    std::size_t position;  // of '!'
    std::size_t resume;    // where the next telegram may begin
    bool has_line_end;     // and not a header at once
    std::optional<std::uint16_t> crc;
    bool malformed;
  };

  std::size_t append(std::string_view bytes);
  std::optional<Outcome> next();
  std::optional<Outcome> search_start();
  bool find_suspect() noexcept;
  std::size_t begin_of_line(std::size_t position) const noexcept;
  std::optional<Outcome> read_line(std::size_t end);
  std::optional<Outcome> finish_telegram(const EndMark& mark);
  std::optional<Outcome> overflow();
  std::optional<EndMark> unfinished_end_mark() const;
  std::optional<Outcome> complete_without_line_end();
  std::optional<Outcome> end_of_stream();
  bool is_due_a_crc(std::size_t end) const;
  bool lacks_only_end_mark(std::size_t end) const;
  EndMark end_mark(std::size_t position, std::size_t line_end) const;
  bool is_known_exception(std::string_view text, std::uint16_t crc) const;
  std::optional<Errc> verdict(std::size_t begin, const EndMark& mark) const;
  Outcome drop(std::size_t bytes, Errc reason);
  Outcome take(std::size_t body, std::size_t resume);

  CrcCheck crc_;
  std::size_t limit_;
  std::string buffer_;
  std::size_t consumed_ = 0;  // given to the sink, erased before the next step
  std::size_t scanned_ = 0;   // all before this offset was looked at
  std::size_t slash_ = 0;     // no '/' from there to this offset
  std::size_t line_ = 0;      // begin of a suspect line
  std::size_t restart_ = 0;   // offset of a header inside a line, or 0
  bool suspect_ = false;      // a line has a '/' or a '!', and its end has to come
  bool synchronised_ = false;
  bool noise_ = false;
  bool at_end_ = false;
};

}  // namespace vscp_p1
