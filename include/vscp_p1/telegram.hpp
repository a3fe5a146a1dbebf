#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "vscp_p1/decimal.hpp"
#include "vscp_p1/obis.hpp"
#include "vscp_p1/quantity.hpp"
#include "vscp_p1/result.hpp"
#include "vscp_p1/spelling.hpp"

namespace vscp_p1 {

/// A number that is all that a line has in its brackets, "(00.206*kW)", or that an M-Bus device has behind its time,
/// "(231029022500S)(00789.654*m3)". It is what parse_decimal_prefix() reads.
struct PlainNumber {
  std::int64_t mantissa = 0;
  std::uint64_t unit = 0;  // as find_unit() takes it
  std::int8_t exponent = 0;
  std::uint8_t length = 0;  // of the digits; 0: the line has something else, or writes it in an unusual way

  Decimal value() const noexcept { return {mantissa, exponent}; }
};

/// One data line: an OBIS code and its bracketed values "(v1)(v2)…", which may stand on several physical lines.
/// The view points into the telegram and lives as long as it.
struct DataLine {
  Obis id;
  std::string_view values;
  CodeUse use{};
  bool has_one_value = false;  // and no ')' in it; false: there are more, or it was not looked for
  PlainNumber number{};        // of the one value, or of the second of an M-Bus device
};

/// The first bracket of "(231029022500S)(00789.654*m3)".
inline constexpr std::size_t stamp_size = 15;

/// Most lines: a code of the table in its usual spelling, and a plain number. The pointers live as long as the
/// telegram.
struct PlainLine {
  const KnownCode* code = nullptr;
  const char* values = nullptr;  // from the bracket on
  const char* end = nullptr;     // of the values
  PlainNumber number{};

  /// What LineReader::next() gives.
  DataLine line() const noexcept {
    return {code->id, {values, static_cast<std::size_t>(end - values)}, code->use, true, number};
  }
};

/// Takes the bracketed values one after the other. A value ends at a ')' with '(' or the end behind it, since values
/// may hold brackets themselves: "((ER11))". A value broken over lines keeps its line ends.
class ValueCursor {
 public:
  explicit ValueCursor(std::string_view values) noexcept : rest_(values) {}
  std::optional<std::string_view> next() noexcept;

 private:
  std::string_view rest_;
};

namespace detail {

inline constexpr auto powers_of_ten =
    std::to_array<std::int64_t>({1, 10, 100, 1000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000});

// Reads "(digits.digits*unit)" and looks for the line end: at most 8 digits on either side and 7 characters of unit,
// unsigned. Returns where the line ends, nullptr when it is anything else.
inline const char* read_plain(const char* values, PlainNumber& number) noexcept {
  const char* at = values + 1;
  auto digits = digits_of(word_at(at));
  auto bits = bits_before(marks_above_nine(digits));
  if (bits == 0) return nullptr;
  at += bits / 8;
  digits = first_bits_last(digits, bits);
  std::int64_t whole = 0;
  unsigned decimals = 0;
  if (*at == '.') {
    const auto behind = digits_of(word_at(++at));
    const auto more = bits_before(marks_above_nine(behind));
    if (more == 0) return nullptr;
    decimals = more / 8;
    at += decimals;
    if (bits + more > 64) {
      whole = number_of_digits(digits) * powers_of_ten[decimals];
      digits = 0;
    } else {
      digits >>= more;
    }
    digits |= first_bits_last(behind, more);
  }
  const auto length = at - values - 1;
  std::uint64_t unit = 0;
  if (*at == '*') {
    const auto word = word_at(++at);
    const auto bracket = marks_of(word, ')');
    if (bracket == 0) return nullptr;
    unit = unit_word(word, bracket);
    at += bits_before(bracket) / 8;
  }
  // Behind it a line that does not go on with the values of this one.
  constexpr std::string_view end = ")\r\n";
  if (std::memcmp(at, end.data(), end.size()) != 0 || at[end.size()] == '(') return nullptr;
  number.mantissa = whole + number_of_digits(digits);
  number.unit = unit;
  number.exponent = static_cast<std::int8_t>(-static_cast<int>(decimals));
  number.length = static_cast<std::uint8_t>(length);
  return at + 1;
}

}  // namespace detail

/// Reads the data lines of a telegram's body. A line that cannot be read is reported and costs no other line.
class LineReader {
 public:
  explicit LineReader(std::string_view body) noexcept;
  /// `order` is the meter's; it makes it faster, and lives longer than the reader.
  LineReader(std::string_view body, CodeOrder& order) noexcept : LineReader(body) {
    codes_ = CodeOrder::Cursor(order);
  }

  /// What stands behind the '/' of the header: manufacturer and identification, as sent.
  std::string_view header() const noexcept { return header_; }
  std::optional<Result<DataLine>> next() noexcept;
  /// The same for a caller that keeps the lines: writes to `line` unless it is the end or a fault.
  enum class Step : std::uint8_t { line, fault, end };
  Step next(DataLine& line) noexcept {
    PlainLine plain;
    if (!next_plain(plain)) return next_other(line, plain.code);
    line = plain.line();
    return Step::line;
  }
  /// The same in two steps. False: the next line is no plain one, or too near the end to be taken for one;
  /// next_other() reads it, and is told the code.
  bool next_plain(PlainLine& line) noexcept;
  Step next_other(DataLine& line, const KnownCode* code) noexcept;
  Errc fault() const noexcept { return fault_; }
  /// What next() read, readable or not, as sent and with the lines that go on with it.
  std::string_view line() const noexcept { return {line_begin_, static_cast<std::size_t>(line_end_ - line_begin_)}; }

 private:
  void take(const char* line_end, const char* behind) noexcept {
    line_begin_ = at_;
    line_end_ = line_end;
    at_ = behind;
  }
  std::string_view take_line() noexcept;
  void skip_blank_lines() noexcept;
  // What codes_.find() and read_plain() look at, at most.
  static constexpr std::ptrdiff_t longest_plain_line = 48;
  static constexpr std::ptrdiff_t longest_stamped = 48;  // the same of read_stamped()

  Step next_near_end(DataLine& line) noexcept;
  Step next_of_known_code(DataLine& line, const KnownCode& code) noexcept;
  Step next_of_several_values(DataLine& line, const KnownCode& code) noexcept;
  Step next_of_any_form(DataLine& line) noexcept;
  const char* end_of_one_value(const char* values) const noexcept;
  const char* read_stamped(const char* values, PlainNumber& number) const noexcept;
  Step fail(Errc reason) noexcept;
  bool take_continuations(const char* begin, const char*& end) noexcept;

  std::string_view header_;
  const char* at_;
  const char* end_;
  const char* line_begin_ = nullptr;
  const char* line_end_ = nullptr;
  CodeOrder::Cursor codes_;
  Errc fault_{};
};

inline bool LineReader::next_plain(PlainLine& line) noexcept {
  line.code = end_ - at_ < longest_plain_line ? nullptr : codes_.find(at_);
  if (line.code == nullptr) return false;
  line.values = at_ + line.code->length;
  line.end = detail::read_plain(line.values, line.number);
  if (line.end == nullptr) return false;
  take(line.end, line.end + 2);
  return true;
}

/// An octet string as meters write it, two hex digits per character (DSMR 5.0.2 §6.4), decoded; as it is when it is
/// no hex or what comes out is not printable, since some meters send plain text.
std::string decoded_text(std::string_view value);

}  // namespace vscp_p1
