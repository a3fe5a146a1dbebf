#include "vscp_p1/telegram.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "vscp_p1/text.hpp"
#include "vscp_p1/word.hpp"

namespace vscp_p1 {
namespace {

std::string_view first_line(std::string_view text) noexcept { return text.substr(0, text.find('\n')); }

const char* end_of(std::string_view text) noexcept { return text.data() + text.size(); }

constexpr auto powers_of_ten =
    std::to_array<std::int64_t>({1, 10, 100, 1000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000});

// What read_plain() and the code in front of it look at, at most.
constexpr std::size_t usual_line = 48;

// Reads "(digits.digits*unit)", at most 8 digits on each side and 7 characters of unit, unsigned. Returns what is
// behind it, nullptr when it is anything else.
const char* read_plain(const char* values, PlainNumber& number) noexcept {
  const char* at = values + 1;
  auto word = word_at(at);
  const auto digits = bytes_before(marks_of_no_digit(word));
  if (digits == 0) return nullptr;
  number.mantissa = number_of_word(word, digits);
  at += digits;
  if (*at == '.') {
    word = word_at(++at);
    const auto decimals = bytes_before(marks_of_no_digit(word));
    if (decimals == 0) return nullptr;
    number.mantissa = number.mantissa * powers_of_ten[decimals] + number_of_word(word, decimals);
    number.exponent = static_cast<std::int8_t>(-static_cast<int>(decimals));
    at += decimals;
  }
  number.length = static_cast<std::uint8_t>(at - values - 1);
  if (*at == '*') {
    word = word_at(++at);
    const auto size = bytes_before(marks_of(word, ')'));
    if (size == 0 || size == sizeof word) return nullptr;
    number.unit = lower_word(first_of_word(word, size)) | static_cast<std::uint64_t>(size) << 56;
    at += size;
  }
  return *at == ')' ? at + 1 : nullptr;
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

LineReader::Step LineReader::next(DataLine& line) noexcept {
  line.number = {};
  if (take_usual(line)) return Step::line;
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

// Most lines: a code of the table in its usual spelling, values up to the line's end, and no line that goes on with
// them. They give what the general way gives, and only quicker; the number is a hint to the mapper.
bool LineReader::take_usual(DataLine& line) noexcept {
  if (rest_.size() < usual_line) return false;
  const char* const begin = rest_.data();
  const auto* known = find_spelling(begin);
  if (known == nullptr) return false;
  const char* const values = begin + known->length;
  const auto skip_line_end = [](const char* at) {
    if (*at == '\r') ++at;
    return *at == '\n' ? at + 1 : nullptr;
  };
  const char* end = read_plain(values, line.number);
  const char* behind = end == nullptr ? nullptr : skip_line_end(end);
  if (behind == nullptr) {
    line.number.length = 0;
    const auto* found = std::memchr(values, '\n', static_cast<std::size_t>(end_of(rest_) - values));
    if (found == nullptr) return false;
    end = static_cast<const char*>(found);
    behind = end + 1;
    if (end[-1] == '\r') --end;
    if (end[-1] != ')') return false;
  }
  if (behind != end_of(rest_) && *behind == '(') return false;
  line.id = known->id;
  line.values = {values, static_cast<std::size_t>(end - values)};
  line.use = known->use;
  line_ = {begin, static_cast<std::size_t>(end - begin)};
  rest_.remove_prefix(static_cast<std::size_t>(behind - begin));
  return true;
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
