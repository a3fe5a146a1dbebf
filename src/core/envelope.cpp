#include "vscp_p1/envelope.hpp"

#include <algorithm>
#include <numeric>

#include "vscp_p1/crc16.hpp"
#include "vscp_p1/word.hpp"

namespace vscp_p1 {
namespace {

constexpr std::size_t unknown = static_cast<std::size_t>(-1);
constexpr std::size_t longest_frame = std::size_t{16} * 1024;  // bytes behind the length; real ones have below 3 kB
constexpr std::size_t longest_telegram = std::size_t{16} * 1024;  // from then on '/' and ident line were noise
constexpr std::size_t longest_end = 6;                            // CRC and line end behind the '!'
constexpr std::size_t shortest_ident = 3;                         // letters of the manufacturer
constexpr std::size_t longest_ident = 256;                        // IEC 62056-21 §6.3.2 has 21 characters
constexpr std::size_t blank_line = 4;                             // the ident line's end and another one
constexpr std::size_t title_size = 8;
constexpr std::size_t counter_size = 4;
constexpr std::size_t tag_size = 12;
constexpr std::size_t overhead = 1 + counter_size + tag_size;  // security byte, counter, tag
constexpr char title_mark = '\xDB';                            // general-glo-ciphering
constexpr char security = '\x30';                              // authenticated and encrypted
constexpr char hdlc_flag = '\x7E';
constexpr char mbus_start = '\x68';
constexpr char mbus_stop = '\x16';

std::uint8_t octet(std::string_view bytes, std::size_t at) noexcept { return static_cast<std::uint8_t>(bytes[at]); }

std::uint32_t big_endian(std::string_view bytes) noexcept {
  return std::accumulate(bytes.begin(), bytes.end(), std::uint32_t{0},
                         [](std::uint32_t sum, char c) { return sum << 8 | static_cast<std::uint8_t>(c); });
}

// The first bytes are as these, as far as there are any.
bool may_begin(std::string_view bytes, std::string_view with) noexcept {
  const auto size = std::min(bytes.size(), with.size());
  return bytes.substr(0, size) == with.substr(0, size);
}

// CRC-16/X-25 over a frame and its check sequence is constant (ISO/IEC 13239, RFC 1662 appendix C).
bool has_good_fcs(std::string_view frame) noexcept {
  constexpr std::uint16_t residue = 0x0F47;
  return crc16_x25(frame) == residue;
}

bool is_ident(char c) noexcept { return c >= ' ' && c <= '~'; }
bool is_line_end(char c) noexcept { return c == '\r' || c == '\n'; }

// What may end a telegram, begin another one or begin a frame inside of it.
bool is_special(char c) noexcept { return c == '!' || c == '/' || static_cast<std::uint8_t>(c) >= 0x80; }

// Not 0 when one of eight bytes is special.
std::uint64_t special_marks(const char* eight) noexcept {
  const auto word = word_at(eight);
  constexpr auto one = every_byte(1);
  return (((word ^ every_byte('!')) - one) | ((word ^ every_byte('/')) - one) | word) & every_byte(0x80);
}

// How many bytes at the begin are not special.
std::size_t size_of_plain(std::string_view bytes) noexcept {
  std::size_t size = 0;
  while (size + 16 <= bytes.size() && (special_marks(&bytes[size]) | special_marks(&bytes[size + 8])) == 0)
    size += 16;
  while (size < bytes.size() && !is_special(bytes[size])) ++size;
  return size;
}

}  // namespace

void Envelope::feed(std::string_view bytes) {
  if (held_.empty()) {
    scan(bytes, false);
    held_.assign(bytes);
    return;
  }
  held_.append(bytes);
  bytes = held_;
  scan(bytes, false);
  held_.erase(0, held_.size() - bytes.size());
}

void Envelope::finish() {
  std::string_view bytes = held_;
  scan(bytes, true);
  held_.clear();
  zone_ = Zone::outside;
  doubtful_ = 0;
}

// Takes away what is decided.
void Envelope::scan(std::string_view& bytes, bool at_end) {
  std::size_t text = 0;
  while (text < bytes.size()) {
    if (const auto quiet = pass_over(bytes.substr(text)); quiet > 0) {
      text += quiet;
      continue;
    }
    const auto rest = bytes.substr(text);
    auto found = look(rest);
    const bool is_whole = found.size <= rest.size();
    const bool is_known = found.kind == Kind::ciphered || found.kind == Kind::untitled;
    if (at_end && !is_whole && !is_known) found = {Kind::none};
    if (found.kind == Kind::none || found.kind == Kind::header) {
      if (doubtful_ > 0 && zone_ == Zone::outside && found.kind == Kind::none) {
        pass_on(bytes, text);
        skip(bytes, 1);
        text = 0;
      } else {
        follow(rest.front());
        ++text;
      }
      continue;
    }
    pass_on(bytes, text);
    text = 0;
    if (!is_whole && !at_end) return;
    take(found, bytes);
  }
  pass_on(bytes, text);
}

// Bytes inside an ident line or a telegram at which nothing begins or ends, all at once: as follow() would do with
// each.
std::size_t Envelope::pass_over(std::string_view bytes) noexcept {
  std::size_t size = 0;
  if (zone_ == Zone::ident) {
    size = static_cast<std::size_t>(std::find_if_not(bytes.begin(), bytes.end(), is_ident) - bytes.begin());
  } else if (zone_ == Zone::telegram && run_ > blank_line) {
    size = size_of_plain(bytes.substr(0, longest_telegram - std::min(run_, longest_telegram)));
  }
  if (size == 0) return 0;
  doubtful_ -= std::min(doubtful_, size);
  earn(size);
  run_ += size;
  previous_ = bytes[size - 1];
  return size;
}

Envelope::Found Envelope::look(std::string_view bytes) noexcept {
  const bool is_outside = zone_ == Zone::outside;
  switch (bytes.front()) {
    case title_mark: return ciphered(bytes);
    case hdlc_flag: return is_outside ? hdlc(bytes) : Found{Kind::none};
    case mbus_start: return is_outside ? mbus(bytes) : Found{Kind::none};
    case '/': return is_outside && doubtful_ > 0 ? header(bytes) : Found{Kind::none};
    case '\0': {
      const bool is_behind_blank_line = zone_ == Zone::telegram && run_ == blank_line && previous_ == '\n';
      return is_behind_blank_line ? untitled(bytes) : Found{Kind::none};
    }
    default: return {Kind::none};
  }
}

// DB, 08 and the system title, the length, 30 (Luxmetering P1 1.1.3 §3.2.5). The length is BER: one byte below 80, or
// 81 and one, or 82 and two.
Envelope::Found Envelope::ciphered(std::string_view bytes) noexcept {
  constexpr std::size_t length_at = 2 + title_size;
  if (!may_begin(bytes, "\xDB\x08")) return {Kind::none};
  if (bytes.size() <= length_at) return {Kind::undecided, unknown};
  const auto first = octet(bytes, length_at);
  if (first >= 0x80 && first != 0x81 && first != 0x82) return {Kind::none};
  const std::size_t more = first < 0x80 ? 0 : first - 0x80U;
  const std::size_t body = length_at + 1 + more;
  if (bytes.size() <= body) return {Kind::undecided, unknown};
  const std::size_t length = more == 0 ? first : big_endian(bytes.substr(length_at + 1, more));
  const bool good = bytes[body] == security && length > overhead && length <= longest_frame;
  return good ? Found{Kind::ciphered, body + length, body} : Found{Kind::none};
}

// Flag, A0 … A7 and the length between the flags (11 bits), addresses, control, check sequence, flag (IEC 62056-46).
// In noise each third byte may look like the begin of the longest frame: what is calculated is bounded by what comes.
Envelope::Found Envelope::hdlc(std::string_view bytes) noexcept {
  constexpr std::size_t shortest = 7;
  if (bytes.size() > 1 && (octet(bytes, 1) & 0xF8) != 0xA0) return {Kind::none};
  if (bytes.size() < 3) return {Kind::undecided, unknown};
  const std::size_t length = (octet(bytes, 1) & 0x07U) << 8 | octet(bytes, 2);
  if (length < shortest) return {Kind::none};
  if (bytes.size() < length + 2) return {Kind::hdlc, length + 2};
  if (bytes[length + 1] != hdlc_flag || credit_ < length) return {Kind::none};
  credit_ -= length;
  return {Kind::hdlc, length + 2, 0, has_good_fcs(bytes.substr(1, length))};
}

// 68, the length twice, 68, control, address and data, their sum, 16 (EN 13757-2 §5.5, long frame).
Envelope::Found Envelope::mbus(std::string_view bytes) noexcept {
  constexpr std::size_t shortest = 3;
  if (bytes.size() > 1 && octet(bytes, 1) < shortest) return {Kind::none};
  if (bytes.size() > 2 && bytes[2] != bytes[1]) return {Kind::none};
  if (bytes.size() > 3 && bytes[3] != mbus_start) return {Kind::none};
  if (bytes.size() < 4) return {Kind::undecided, unknown};
  const std::size_t length = octet(bytes, 1);
  if (bytes.size() < length + 6) return {Kind::mbus, length + 6};
  const auto data = bytes.substr(4, length);
  const unsigned sum = std::accumulate(data.begin(), data.end(), 0U,
                                       [](unsigned s, char c) { return s + static_cast<std::uint8_t>(c); });
  if (bytes[length + 5] != mbus_stop) return {Kind::none};
  return {Kind::mbus, length + 6, 0, (sum & 0xFF) == octet(bytes, length + 4)};
}

// Behind the ident line and a blank line: 00, the length as 82 and two bytes, 30 (Stoen, Poland).
Envelope::Found Envelope::untitled(std::string_view bytes) noexcept {
  constexpr std::size_t body = 4;
  if (bytes.size() > 1 && octet(bytes, 1) != 0x82) return {Kind::none};
  if (bytes.size() <= body) return {Kind::undecided, unknown};
  const std::size_t length = big_endian(bytes.substr(2, 2));
  const bool good = bytes[body] == security && length > overhead && length <= longest_frame;
  return good ? Found{Kind::untitled, body + length, body} : Found{Kind::none};
}

// An ident line: a lone '/' in what was a ciphertext is none.
Envelope::Found Envelope::header(std::string_view bytes) noexcept {
  bytes = bytes.substr(0, 1 + longest_ident + 1);
  const auto end = std::find_if_not(bytes.begin() + 1, bytes.end(), is_ident);
  if (end == bytes.end())
    return bytes.size() > 1 + longest_ident ? Found{Kind::none} : Found{Kind::undecided, unknown};
  const auto ident = static_cast<std::size_t>(end - bytes.begin()) - 1;
  return {is_line_end(*end) && ident >= shortest_ident ? Kind::header : Kind::none};
}

void Envelope::take(const Found& found, std::string_view& bytes) {
  switch (found.kind) {
    case Kind::ciphered: return take_ciphered(found, bytes);
    case Kind::hdlc:
      handlers_.fault(Errc::hdlc_frame);
      skip(bytes, found.intact ? found.size - 1 : 1);
      return doubt(1);  // the closing flag may open the next frame
    case Kind::mbus: handlers_.fault(Errc::mbus_frame); return skip(bytes, found.intact ? found.size : 1);
    case Kind::untitled:
      handlers_.fault(Errc::untitled_frame);
      zone_ = Zone::outside;
      doubt(std::min(found.size, bytes.size()));
      return skip(bytes, 1);
    case Kind::none:
    case Kind::undecided:
    case Kind::header: break;
  }
}

void Envelope::take_ciphered(const Found& found, std::string_view& bytes) {
  const auto frame = bytes.substr(0, found.size);
  std::optional<Errc> fault = Errc::frame_damaged;
  if (frame.size() == found.size) {
    const auto sealed = frame.substr(found.body + 1);  // counter, ciphertext, tag
    fault = handlers_.frame({frame.substr(2, title_size), octet(frame, found.body),
                             big_endian(sealed.substr(0, counter_size)),
                             sealed.substr(counter_size, sealed.size() - counter_size - tag_size),
                             sealed.substr(sealed.size() - tag_size)});
  }
  if (!fault) {
    zone_ = Zone::outside;
    return skip(bytes, found.size);
  }
  if (zone_ == Zone::telegram) {  // these bytes are part of its text
    follow(bytes.front());
    return pass_on(bytes, 1);
  }
  const bool is_cut = *fault != Errc::key_missing && holds_another(frame);
  handlers_.fault(is_cut ? Errc::frame_damaged : *fault);
  zone_ = Zone::outside;
  doubt(frame.size());
  skip(bytes, 1);
}

// The next frame begins inside this one: bytes of this one were lost.
bool Envelope::holds_another(std::string_view frame) noexcept {
  for (auto at = frame.find(title_mark, 1); at != std::string_view::npos; at = frame.find(title_mark, at + 1)) {
    if (ciphered(frame.substr(at)).kind == Kind::ciphered) return true;
  }
  return false;
}

void Envelope::doubt(std::size_t bytes) noexcept { doubtful_ = std::max(doubtful_, bytes); }

// '/', the ident line, lines up to a '!' where one can end a telegram, and what follows it in its line.
void Envelope::follow(char byte) noexcept {
  if (doubtful_ > 0) --doubtful_;
  earn(1);
  ++run_;
  const bool may_be_header = zone_ == Zone::outside || zone_ == Zone::end_mark || previous_ == '\n';
  const bool is_header = byte == '/' && zone_ != Zone::ident && may_be_header;
  if (is_header) {
    zone_ = Zone::ident;
    run_ = 0;
  } else if (zone_ == Zone::ident && !is_ident(byte)) {
    zone_ = is_line_end(byte) && run_ > shortest_ident ? Zone::telegram : Zone::outside;
    run_ = 1;
  } else if (zone_ == Zone::telegram && byte == '!' && (previous_ == '\n' || previous_ == ')')) {
    zone_ = Zone::end_mark;
    run_ = 0;
  } else if ((zone_ == Zone::telegram && run_ > longest_telegram) ||
             (zone_ == Zone::end_mark && (byte == '\n' || run_ >= longest_end))) {
    zone_ = Zone::outside;
  }
  previous_ = byte;
}

void Envelope::pass_on(std::string_view& bytes, std::size_t count) const {
  if (count > 0) handlers_.text(bytes.substr(0, count));
  bytes.remove_prefix(count);
}

void Envelope::earn(std::size_t bytes) noexcept {
  constexpr std::size_t credit_for_a_byte = 8;
  credit_ = std::min(credit_ + credit_for_a_byte * bytes, most_credit);
}

void Envelope::skip(std::string_view& bytes, std::size_t count) noexcept {
  earn(count);
  doubtful_ -= std::min(doubtful_, count);
  bytes.remove_prefix(count);
}

}  // namespace vscp_p1
