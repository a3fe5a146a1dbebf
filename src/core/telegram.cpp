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

std::string_view view(const char* begin, const char* end) noexcept {
  return {begin, static_cast<std::size_t>(end - begin)};
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

LineReader::LineReader(std::string_view body) noexcept : at_(body.data()), end_(end_of(body)) {
  header_ = trimmed_right(take_line());
  if (!header_.empty() && header_.front() == '/') header_.remove_prefix(1);
  skip_blank_lines();
}

void LineReader::skip_blank_lines() noexcept {
  while (at_ != end_ && (*at_ == '\n' || view(at_, end_).starts_with("\r\n"))) at_ += *at_ == '\n' ? 1 : 2;
}

// The next physical line without its line end.
std::string_view LineReader::take_line() noexcept {
  const auto line = first_line(view(at_, end_));
  at_ += std::min(line.size() + 1, static_cast<std::size_t>(end_ - at_));
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

LineReader::Step LineReader::next_other(DataLine& line, const KnownCode* code) noexcept {
  if (code != nullptr) return next_of_known_code(line, *code);
  return end_ - at_ < longest_plain_line ? next_near_end(line) : next_of_any_form(line);
}

// A copy has the characters that are looked at.
LineReader::Step LineReader::next_near_end(DataLine& line) noexcept {
  std::array<char, longest_plain_line> text{};
  std::copy(at_, end_, text.begin());
  const auto* code = codes_.find(text.data());
  if (code == nullptr) return next_of_any_form(line);
  PlainNumber number;
  const char* const end = detail::read_plain(&text[code->length], number);
  if (end == nullptr) return next_of_known_code(line, *code);
  const char* const line_end = at_ + (end - text.data());
  line = {code->id, view(at_ + code->length, line_end), code->use, true, number};
  take(line_end, line_end + 2);
  return Step::line;
}

// It gives what next_of_any_form() gives, and besides whether it is one value, and the number behind a stamp.
LineReader::Step LineReader::next_of_known_code(DataLine& line, const KnownCode& code) noexcept {
  const char* const values = at_ + code.length;
  const bool is_of_device = code.use.kind == CodeUse::Kind::mbus_reading;
  PlainNumber number;
  const char* const end = is_of_device ? read_stamped(values, number) : end_of_one_value(values);
  if (end == nullptr) return next_of_several_values(line, code);
  take(end, end + 2);
  line = {code.id, view(values, end), code.use, !is_of_device, number};
  return Step::line;
}

LineReader::Step LineReader::next_of_several_values(DataLine& line, const KnownCode& code) noexcept {
  const char* const values = at_ + code.length;
  const auto find = [this](const char* from, char c) {
    return static_cast<const char*>(std::memchr(from, c, static_cast<std::size_t>(end_ - from)));
  };
  const char* const line_break = find(values, '\n');
  if (line_break == nullptr) return next_of_any_form(line);
  const char* const end = line_break - (line_break[-1] == '\r' ? 1 : 0);
  const bool goes_on = line_break + 1 != end_ && line_break[1] == '(';
  if (end[-1] != ')' || goes_on) return next_of_any_form(line);
  take(end, line_break + 1);
  line = {code.id, view(values, end), code.use, find(values, ')') + 1 == end};
  return Step::line;
}

// Of "(text)" and a line end, with another line behind it that does not go on with this one. nullptr: there may be
// more.
const char* LineReader::end_of_one_value(const char* values) const noexcept {
  constexpr std::string_view line_end = ")\r\n";
  constexpr std::ptrdiff_t step = sizeof(std::uint64_t);
  for (const char* at = values; end_ - at > step + 3; at += step) {
    const auto word = word_at(at);
    const auto marks = marks_of(word, ')') | marks_of(word, '\n');
    if (marks == 0) continue;
    at += bits_before(marks) / 8;
    const bool is_end = std::memcmp(at, line_end.data(), line_end.size()) == 0 && at[line_end.size()] != '(';
    return is_end ? at + 1 : nullptr;
  }
  return nullptr;
}

// (time)(number*unit), as M-Bus devices have it, and the line end: returns where the line ends, nullptr when it is
// anything else.
const char* LineReader::read_stamped(const char* values, PlainNumber& number) const noexcept {
  std::array<char, longest_stamped> copy{};  // for the last line
  const char* text = values;
  if (end_ - values < longest_stamped) {
    std::copy(values, end_, copy.begin());
    text = copy.data();
  }
  const auto not_digits =
      marks_above_nine(digits_of(word_at(text + 1))) | marks_above_nine(digits_of(word_at(text + 5)));
  const bool is_stamp = not_digits == 0 && (text[13] == 'S' || text[13] == 'W');
  if (!is_stamp || text[14] != ')' || text[15] != '(') return nullptr;
  const char* const end = detail::read_plain(text + stamp_size, number);
  return end == nullptr ? nullptr : values + (end - text);
}

LineReader::Step LineReader::next_of_any_form(DataLine& line) noexcept {
  std::string_view text;
  do {
    if (at_ == end_) return Step::end;
    text = trimmed_right(take_line());
  } while (text.empty());
  line_begin_ = text.data();
  line_end_ = end_of(text);

  const auto id = parse_obis_prefix(text);
  if (!id) return fail(id.error());
  const char* const begin = text.data() + id->length;
  const char* end = line_end_;
  if (begin == end || *begin != '(' || !take_continuations(begin, end)) return fail(Errc::bad_line);
  line_end_ = end;
  line = {id->id, view(begin, end), use_of(id->id)};
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
  auto ahead = view(at_, end_);
  while (!ahead.empty() && (!closed() || ahead.front() == '(')) {
    const auto line = first_line(ahead);
    if (parse_obis_prefix(line)) break;
    ahead.remove_prefix(std::min(line.size() + 1, ahead.size()));
    if (!trimmed_right(line).empty()) end = end_of(trimmed_right(line));
  }
  if (!closed()) return false;
  at_ = ahead.data();
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
