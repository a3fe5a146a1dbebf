#include "vscp_p1/telegram.hpp"

#include <algorithm>
#include <charconv>

#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

std::string_view first_line(std::string_view text) noexcept { return text.substr(0, text.find('\n')); }

const char* end_of(std::string_view text) noexcept { return text.data() + text.size(); }

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
  do {
    if (rest_.empty()) return std::nullopt;
    line_ = trimmed_right(take_line());
  } while (line_.empty());

  const auto id = parse_obis_prefix(line_);
  if (!id) return id.error();
  const char* begin = line_.data() + id->length;
  const char* end = end_of(line_);
  if (begin == end || *begin != '(' || !take_continuations(begin, end)) return Errc::bad_line;
  line_ = {line_.data(), static_cast<std::size_t>(end - line_.data())};
  return DataLine{id->id, {begin, static_cast<std::size_t>(end - begin)}};
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
