#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "vscp_p1/decimal.hpp"
#include "vscp_p1/obis.hpp"
#include "vscp_p1/quantity.hpp"
#include "vscp_p1/result.hpp"

namespace vscp_p1 {

/// A number that is all that a line has in its brackets, "(00.206*kW)". It is what parse_decimal_prefix() reads.
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
  PlainNumber number{};
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

/// Reads the data lines of a telegram's body. A line that cannot be read is reported and costs no other line.
class LineReader {
 public:
  explicit LineReader(std::string_view body) noexcept;

  /// What stands behind the '/' of the header: manufacturer and identification, as sent.
  std::string_view header() const noexcept { return header_; }
  std::optional<Result<DataLine>> next() noexcept;
  /// The same for a caller that keeps the lines: writes to `line` unless it is the end or a fault.
  enum class Step : std::uint8_t { line, fault, end };
  Step next(DataLine& line) noexcept;
  Errc fault() const noexcept { return fault_; }
  /// What next() read, readable or not, as sent and with the lines that go on with it.
  std::string_view line() const noexcept {
    return {line_begin_, static_cast<std::size_t>(line_end_ - line_begin_)};
  }

 private:
  std::string_view take_line() noexcept;
  Step next_of_other_form(DataLine& line) noexcept;
  Step next_of_known_code(DataLine& line, const KnownCode& known) noexcept;
  Step next_of_any_form(DataLine& line) noexcept;
  Step fail(Errc reason) noexcept;
  bool take_continuations(const char* begin, const char*& end) noexcept;

  std::string_view header_;
  const char* at_;
  const char* end_;
  const char* line_begin_ = nullptr;
  const char* line_end_ = nullptr;
  Errc fault_{};
};

/// An octet string as meters write it, two hex digits per character (DSMR 5.0.2 §6.4), decoded; as it is when it is
/// no hex or what comes out is not printable, since some meters send plain text.
std::string decoded_text(std::string_view value);

}  // namespace vscp_p1
