#include "vscp_p1/telegram.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "vscp_p1/spelling.hpp"
#include "vscp_p1/text.hpp"
#include "vscp_p1/word.hpp"

namespace vscp_p1 {
namespace {

std::string_view first_line(std::string_view text) noexcept { return text.substr(0, text.find('\n')); }

const char* end_of(std::string_view text) noexcept { return text.data() + text.size(); }

constexpr auto powers_of_ten =
    std::to_array<std::int64_t>({1, 10, 100, 1000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000});

// What find_spelling() looks at, and with read_plain() and the line end, at most.
constexpr std::size_t longest_spelling = 16;
constexpr std::size_t longest_plain_line = 48;

// Reads "(digits.digits*unit)": at most 8 digits on either side and 7 characters of unit, unsigned. Returns what is
// behind it, nullptr when it is anything else.
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
    bits = bits_before(marks_of(word, ')'));
    if (bits == 0 || bits == 64) return nullptr;
    unit = unit_word(word, bits);
    at += bits / 8;
  }
  if (*at != ')') return nullptr;
  number.mantissa = whole + number_of_digits(digits);
  number.unit = unit;
  number.exponent = static_cast<std::int8_t>(-static_cast<int>(decimals));
  number.length = static_cast<std::uint8_t>(length);
  return at + 1;
}

// What is behind the line end, nullptr when there is none.
inline const char* behind_line_end(const char* at) noexcept {
  if (*at == '\r') ++at;
  return *at == '\n' ? at + 1 : nullptr;
}

}  // namespace

std::optional<std::string_view> ValueCursor::next() noexcept {
  while (!rest_.empty() && is_padding(rest_.front())) rest_.remove_prefix(1);
  if (rest_.empty() || rest_.front() != '(') return std::nullopt;
  for (auto close = rest_.find(')'); close != std::string_view::npos; close = rest_.find(')', close + 1)) {
    auto behind = close + 1;
    while (behind < rest_.size() && is_padding(rest_[behind])) ++behind;
    if (behind < rest_.size() && rest_[behind] != '(') continue;
    const auto value = rest_.substr(1, close - 1);
    rest_.remove_prefix(behind);
    return value;
  }
  return std::nullopt;
}

LineReader::LineReader(std::string_view body) noexcept : rest_(body) {
  header_ = trimmed_right(take_line());
  if (!header_.empty() && header_.front() == '/') header_.remove_prefix(1);
}

// The next physical line without its line end.
std::string_view LineReader::take_line() noexcept {
  const auto line = first_line(rest_);
  rest_.remove_prefix(std::min(line.size() + 1, rest_.size()));
  return line;
}

std::optional<Result<DataLine>> LineReader::next() noexcept {
  DataLine line;
  switch (next(line)) {
    case Step::line: return line;
    case Step::fault: return fault_;
    case Step::end: break;
  }
  return std::nullopt;
}

// Most lines have a code of the table in its usual spelling, values up to the line's end, and no line that goes on with
// them. They give what next_of_any_form() gives, and a plain number besides.
LineReader::Step LineReader::next(DataLine& line) noexcept {
  const char* const begin = rest_.data();
  const auto* known = rest_.size() < longest_spelling ? nullptr : find_spelling(begin);
  if (known == nullptr) return next_of_other_code(line);
  const char* const values = begin + known->length;
  line.id = known->id;
  line.use = known->use;
  const char* end = rest_.size() < longest_plain_line ? nullptr : read_plain(values, line.number);
  const char* behind = end == nullptr ? nullptr : behind_line_end(end);
  if (behind == nullptr || behind == end_of(rest_) || *behind == '(') return next_of_known_code(line, values);
  return take(line, values, end, behind);
}

inline LineReader::Step LineReader::take(DataLine& line, const char* values, const char* end, const char* behind) noexcept {
  line.values = {values, static_cast<std::size_t>(end - values)};
  line_ = {rest_.data(), static_cast<std::size_t>(end - rest_.data())};
  rest_.remove_prefix(static_cast<std::size_t>(behind - rest_.data()));
  return Step::line;
}

LineReader::Step LineReader::next_of_other_code(DataLine& line) noexcept {
  const auto size = rest_.size();
  while (rest_.starts_with('\n') || rest_.starts_with("\r\n")) rest_.remove_prefix(rest_.front() == '\n' ? 1 : 2);
  return rest_.size() < size ? next(line) : next_of_any_form(line);
}

LineReader::Step LineReader::next_of_known_code(DataLine& line, const char* values) noexcept {
  line.number = {};
  const auto* found = std::memchr(values, '\n', static_cast<std::size_t>(end_of(rest_) - values));
  if (found == nullptr) return next_of_any_form(line);
  const char* end = static_cast<const char*>(found);
  const char* const behind = end + 1;
  if (end[-1] == '\r') --end;
  const bool goes_on = behind != end_of(rest_) && *behind == '(';
  return end[-1] != ')' || goes_on ? next_of_any_form(line) : take(line, values, end, behind);
}

LineReader::Step LineReader::next_of_any_form(DataLine& line) noexcept {
  line.number = {};
  do {
    if (rest_.empty()) return Step::end;
    line_ = trimmed_right(take_line());
  } while (line_.empty());

  const auto id = parse_obis_prefix(line_);
  if (!id) return fail(id.error());
  const char* begin = line_.data() + id->length;
  const char* end = end_of(line_);
  if (begin == end || *begin != '(' || !take_continuations(begin, end)) return fail(Errc::bad_line);
  line_ = {line_.data(), static_cast<std::size_t>(end - line_.data())};
  line.id = id->id;
  line.values = {begin, static_cast<std::size_t>(end - begin)};
  line.use = use_of(line.id);
  return Step::line;
}

LineReader::Step LineReader::fail(Errc reason) noexcept {
  fault_ = reason;
  return Step::fault;
}

// Lines that go on with the values of the line before: those that begin with a bracket (DSMR 3.0 §5.10), and, while a
// bracket is open, all up to the one that closes it. A line with an OBIS code always begins a new one.
bool LineReader::take_continuations(const char* begin, const char*& end) noexcept {
  const auto closed = [&] { return end > begin && *(end - 1) == ')'; };
  auto ahead = rest_;
  while (!ahead.empty() && (!closed() || ahead.front() == '(')) {
    const auto line = first_line(ahead);
    if (parse_obis_prefix(line)) break;
    ahead.remove_prefix(std::min(line.size() + 1, ahead.size()));
    if (!trimmed_right(line).empty()) end = end_of(trimmed_right(line));
  }
  if (!closed()) return false;
  rest_ = ahead;
  return true;
}

std::string decoded_text(std::string_view value) {
  std::string text;
  for (std::size_t i = 0; i + 1 < value.size(); i += 2) {
    unsigned char character = 0;
    const auto [end, error] = std::from_chars(value.data() + i, value.data() + i + 2, character, 16);
    if (error != std::errc{} || end != value.data() + i + 2 || character < ' ' || character > '~')
      return std::string(value);
    text += static_cast<char>(character);
  }
  return value.size() % 2 == 0 ? text : std::string(value);
}

}  // namespace vscp_p1
