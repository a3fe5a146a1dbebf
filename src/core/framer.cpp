#include "vscp_p1/framer.hpp"

#include <algorithm>
#include <charconv>

#include "vscp_p1/crc16.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

constexpr std::size_t npos = std::string_view::npos;

bool is_hex(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); }

bool is_letter(char c) noexcept { return lower(c) >= 'a' && lower(c) <= 'z'; }

// A header that lost the line end before it: the last '/' of a line with no bracket behind it, since every data line
// ends with a bracket. At least three characters follow, the manufacturer; a '/' with three letters behind it is
// preferred, since an identification may hold a '/' too (Holley).
std::size_t header_inside(std::string_view line) noexcept {
  constexpr std::size_t manufacturer = 3;
  const auto last = line.rfind('/');
  const auto bracket = line.find_last_of("()");
  const auto is_behind_values = [bracket](std::size_t slash) { return bracket == npos || slash > bracket; };
  if (last == npos || !is_behind_values(last)) return npos;
  const auto text = trimmed_right(line);
  for (auto slash = last; slash != npos && is_behind_values(slash);
       slash = slash == 0 ? npos : line.rfind('/', slash - 1)) {
    const auto letters = text.substr(std::min(slash + 1, text.size())).substr(0, manufacturer);
    if (letters.size() == manufacturer && std::all_of(letters.begin(), letters.end(), is_letter)) return slash;
  }
  return text.size() > last + manufacturer ? last : npos;
}

// The '!' of a line that ends a telegram: its first character, or, as in Aidon's examples, behind the last value.
std::size_t end_inside(std::string_view line) noexcept {
  if (line.front() == '!') return 0;
  const auto text = trimmed_right(line);
  const auto mark = text.rfind('!');
  if (mark == npos || mark == 0 || text[mark - 1] != ')' || text.size() - mark > 5) return npos;
  const auto digits = text.substr(mark + 1);
  return std::all_of(digits.begin(), digits.end(), is_hex) ? mark : npos;
}

}  // namespace

void Framer::reset() noexcept {
  buffer_.clear();
  consumed_ = scanned_ = slash_ = restart_ = 0;
  synchronised_ = suspect_ = noise_ = at_end_ = false;
}

std::size_t Framer::append(std::string_view bytes) {
  buffer_.erase(0, consumed_);
  consumed_ = 0;
  const auto taken = std::min(bytes.size(), limit_ - buffer_.size());
  buffer_.append(bytes.substr(0, taken));
  return taken;
}

std::optional<Framer::Outcome> Framer::next() {
  buffer_.erase(0, consumed_);
  consumed_ = 0;
  if (!synchronised_) {
    if (buffer_.empty() && !at_end_) return std::nullopt;
    if (auto outcome = search_start()) return outcome;
    if (!synchronised_) return std::nullopt;
  }
  while (find_suspect()) {
    const auto line_end = buffer_.find('\n', scanned_);
    if (line_end == npos) break;
    suspect_ = false;
    scanned_ = line_end + 1;
    if (auto outcome = read_line(line_end)) return outcome;
  }
  scanned_ = buffer_.size();
  if (buffer_.size() >= limit_) return overflow();
  return at_end_ ? end_of_stream() : std::nullopt;
}

std::optional<Framer::Outcome> Framer::search_start() {
  const auto slash = std::min(buffer_.find('/'), buffer_.size());
  noise_ = noise_ || !std::all_of(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(slash), is_padding);
  if (slash > 0) buffer_.erase(0, slash);
  scanned_ = slash_ = restart_ = 0;
  suspect_ = false;
  synchronised_ = !buffer_.empty();
  if (!noise_ || !(synchronised_ || at_end_)) return std::nullopt;
  noise_ = false;
  return Errc::noise;
}

// A line matters here only when it has a '/' or a '!'. The next one that has: where it begins, and what was found in
// it. Each byte is looked at once, whatever pieces they come in.
bool Framer::find_suspect() noexcept {
  if (suspect_) return true;
  slash_ = std::max(slash_, scanned_);
  const auto size = buffer_.size();
  if (slash_ < size && buffer_[slash_] != '/') slash_ = std::min(buffer_.find('/', slash_), size);
  const auto mark = std::string_view(buffer_).substr(0, slash_).find('!', scanned_);
  scanned_ = mark == npos ? slash_ : mark;
  suspect_ = scanned_ < size;
  if (suspect_) line_ = begin_of_line(scanned_);
  return suspect_;
}

std::size_t Framer::begin_of_line(std::size_t position) const noexcept {
  return position == 0 ? 0 : buffer_.rfind('\n', position - 1) + 1;
}

// One whole line, from line_ to `end` exclusive: a header, the end mark or a line of data.
std::optional<Framer::Outcome> Framer::read_line(std::size_t end) {
  const std::string_view line(buffer_.data() + line_, end - line_);
  if (line_ > 0 && !line.empty()) {
    if (line.front() == '/') return lacks_only_end_mark(line_) ? take(line_, line_) : drop(line_, Errc::telegram_cut);
    if (const auto mark = end_inside(line); mark != npos) return finish_telegram(end_mark(line_ + mark, end));
  }
  const bool is_only_header = line_ == 0 && line.find('/', 1) == npos;
  if (is_only_header) return std::nullopt;
  if (const auto header = header_inside(line); header != npos && line_ + header > 0) restart_ = line_ + header;
  return std::nullopt;
}

Framer::EndMark Framer::end_mark(std::size_t position, std::size_t line_end) const {
  const std::string_view field(buffer_.data() + position + 1, line_end - position - 1);
  const auto next_header = field.find('/');
  const auto digits = trimmed_right(field.substr(0, next_header));
  EndMark mark{position, line_end, next_header == npos, std::nullopt, false};
  if (next_header != npos) mark.resume = position + 1 + next_header;
  if (digits.empty()) return mark;
  std::uint16_t value = 0;
  const auto* const end = digits.data() + digits.size();
  mark.malformed = digits.size() > 4 || std::from_chars(digits.data(), end, value, 16).ptr != end;
  mark.crc = value;
  return mark;
}

// Holley (Hungary) calculates another CRC; an Iskra of Slovenia always sends 0000, which is none.
bool Framer::is_known_exception(std::string_view text, std::uint16_t crc) const {
  if (text.starts_with("/HLY")) return crc16_x25(text) == crc;
  return text.starts_with("/ISK9") && crc == 0 && crc_ == CrcCheck::automatic;
}

std::optional<Errc> Framer::verdict(std::size_t begin, const EndMark& mark) const {
  if (crc_ == CrcCheck::off) return std::nullopt;
  const bool may_lack_crc = crc_ == CrcCheck::automatic && (mark.has_line_end || !is_due_a_crc(mark.position));
  if (!mark.crc) return may_lack_crc ? std::nullopt : std::optional(Errc::crc_missing);
  if (mark.malformed) return Errc::crc_malformed;
  const std::string_view text(buffer_.data() + begin, mark.position + 1 - begin);
  if (crc16_arc(text) == *mark.crc || is_known_exception(text, *mark.crc)) return std::nullopt;
  return Errc::crc_mismatch;
}

std::optional<Framer::Outcome> Framer::finish_telegram(const EndMark& mark) {
  const auto fault = verdict(0, mark);
  const bool unchecked = crc_ == CrcCheck::off || !mark.crc;
  // Bytes were lost when the CRC fits only from a header inside a line on, or, where no CRC tells, when such a header
  // stands behind the first line.
  const bool restarted =
      restart_ > 0 && (fault ? !verdict(restart_, mark) : unchecked && restart_ > buffer_.find('\n'));
  if (restarted) return drop(restart_, Errc::telegram_cut);
  if (fault) return drop(mark.resume, *fault);
  return take(mark.position, mark.resume);
}

// The limit is reached without an end: a telegram that began inside a line behind the noise is kept.
std::optional<Framer::Outcome> Framer::overflow() {
  if (restart_ > 0) return drop(restart_, Errc::telegram_too_long);
  const auto begin = begin_of_line(buffer_.size());
  const auto line = std::string_view(buffer_).substr(begin);
  const auto slash = line.rfind('/');  // of a header that may not be whole yet
  const bool keep = slash != npos && begin + slash > 0 && line.find_first_of("()", slash) == npos;
  return drop(keep ? begin + slash : buffer_.size(), Errc::telegram_too_long);
}

// The end mark in a last line that has no line end yet.
std::optional<Framer::EndMark> Framer::unfinished_end_mark() const {
  const auto begin = begin_of_line(buffer_.size());
  const auto line = std::string_view(buffer_).substr(begin);
  if (begin == 0 || line.empty()) return std::nullopt;
  const auto position = end_inside(line);
  const bool bare = position + 1 == line.size();
  if (position == npos || (bare && (position > 0 || is_due_a_crc(begin)))) return std::nullopt;
  return end_mark(begin + position, buffer_.size());
}

std::optional<Framer::Outcome> Framer::complete_without_line_end() {
  if (!synchronised_) return std::nullopt;
  const auto size = buffer_.size();
  if (size > 0 && buffer_.back() == '\n' && lacks_only_end_mark(size)) return take(size, size);
  const auto mark = unfinished_end_mark();
  return mark && !verdict(0, *mark) ? finish_telegram(*mark) : std::nullopt;
}

std::optional<Framer::Outcome> Framer::end_of_stream() {
  if (auto complete = complete_without_line_end()) return complete;
  const auto mark = unfinished_end_mark();
  return mark ? finish_telegram(*mark) : drop(buffer_.size(), Errc::telegram_cut);
}

// Version and clock came into the telegram together with the CRC, in DSMR 4.0; other countries followed it.
bool Framer::is_due_a_crc(std::size_t end) const {
  const auto body = std::string_view(buffer_).substr(0, end);
  return body.find("\n1-3:0.2.8(") != npos || body.find("\n0-0:1.0.0(") != npos;
}

// Some DSMR 2.2 meters send no '!' at all. The valve position of the gas meter is their last line; a telegram that
// was cut anywhere else is not taken for whole.
bool Framer::lacks_only_end_mark(std::size_t end) const {
  if (crc_ == CrcCheck::required) return false;
  const auto text = trimmed_right(std::string_view(buffer_).substr(0, end));
  const auto last = text.substr(text.rfind('\n') + 1);
  const bool valve_is_last =
      last.starts_with("0-") && last.find(":24.4.0(") == 3 && last[2] != '0' && last.ends_with(')');
  return valve_is_last && !is_due_a_crc(end);
}

Framer::Outcome Framer::drop(std::size_t bytes, Errc reason) {
  synchronised_ = false;
  consumed_ = bytes;
  return reason;
}

Framer::Outcome Framer::take(std::size_t body, std::size_t resume) {
  const bool line_end_follows = resume < buffer_.size() && buffer_[resume] == '\n';
  synchronised_ = false;
  consumed_ = resume + (line_end_follows ? 1 : 0);
  return Telegram{{buffer_.data(), body}, {buffer_.data(), consumed_}};
}

}  // namespace vscp_p1
