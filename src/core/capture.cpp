#include "vscp_p1/capture.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>

#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

constexpr std::string_view magic = "# vscp-p1d capture 1";
constexpr std::size_t longest_line = 72;
constexpr std::string_view hex_digits = "0123456789ABCDEF";

// "12.345 "
void append_time(CaptureTime time, std::string& out) {
  std::array<char, 32> text{};
  const auto count = static_cast<std::int64_t>(std::max(time, CaptureTime{0}).count());
  const auto size = std::snprintf(text.data(), text.size(), "%lld.%03d ", static_cast<long long>(count / 1000),
                                  static_cast<int>(count % 1000));
  out.append(text.data(), static_cast<std::size_t>(size));
}

// How a byte is written. A blank beside a blank or at an end of the line would not survive everywhere.
std::string_view written(char byte, bool is_inside, std::array<char, 4>& buffer) {
  switch (byte) {
    case '\r': return "\\r";
    case '\n': return "\\n";
    case '\t': return "\\t";
    case '\\': return "\\\\";
    default: break;
  }
  buffer[0] = byte;
  if ((byte > ' ' && byte < 0x7F) || (byte == ' ' && is_inside)) return {buffer.data(), 1};
  const auto value = static_cast<unsigned char>(byte);
  buffer = {'\\', 'x', hex_digits[value >> 4], hex_digits[value & 0xF]};
  return {buffer.data(), buffer.size()};
}

// Indented as code, or quoted in an answer.
std::string_view without_quotes(std::string_view line) {
  while (!line.empty() && (is_padding(line.front()) || line.front() == '>')) line.remove_prefix(1);
  return trimmed_right(line);
}

bool is_magic(std::string_view line) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  return without_quotes(line) == magic;
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// "12.345", and what stands behind the blanks that follow it.
std::optional<CaptureTime> take_time(std::string_view& line) {
  constexpr std::size_t most_digits = 9;  // thirty years
  constexpr std::size_t decimals = 3;
  const auto point = line.find('.');
  const auto end = std::min(line.find_first_of(" \t"), line.size());
  if (point == 0 || point > most_digits || end != point + 1 + decimals) return std::nullopt;
  std::uint32_t whole = 0;
  std::uint32_t thousandths = 0;
  const auto* text = line.data();
  const auto first = std::from_chars(text, text + point, whole);
  const auto second = std::from_chars(text + point + 1, text + end, thousandths);
  if (first.ptr != text + point || second.ptr != text + end) return std::nullopt;
  line = trimmed(line.substr(end));
  return CaptureTime{std::int64_t{whole} * 1000 + thousandths};
}

std::string_view parity_letter(Parity parity) {
  return parity == Parity::none ? "N" : parity == Parity::even ? "E" : "O";
}

std::string_view crc_name(CrcCheck crc) {
  return crc == CrcCheck::automatic ? "auto" : crc == CrcCheck::required ? "required" : "off";
}

std::string offset_text(int seconds) {
  std::array<char, 16> text{};
  const int minutes = std::abs(seconds) / 60;
  const auto size = std::snprintf(text.data(), text.size(), "UTC%c%02d:%02d", seconds < 0 ? '-' : '+',
                                  minutes / 60 % 100, minutes % 60);
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

std::string capture_head(const CaptureContext& context) {
  const auto& serial = context.serial;
  const auto flag = [](bool is_on) { return is_on ? std::string("on") : std::string("off"); };
  std::string head(magic);
  head += "\n# " + context.program + ", begun " + std::string(IsoTime(context.begin).view()) + ", zone " +
          offset_text(context.utc_offset);
  head += "\n# source " + escaped(context.source);
  const bool is_found_out = serial.baudrate == SerialSettings::find_baudrate;
  head += "\n# " + (is_found_out ? "auto" : std::to_string(serial.baudrate)) + " baud " +
          std::to_string(serial.bytesize) + std::string(parity_letter(serial.parity)) +
          std::to_string(serial.stopbits) + ", rts " + flag(serial.rts) + ", dtr " + flag(serial.dtr) + ", crc " +
          std::string(crc_name(serial.crc)) + ", timeout " + std::to_string(serial.timeout) +
          " s\n# decryption_key " + (context.has_key ? "set" : "not set");
  return head + "\n";
}

void append_capture_bytes(CaptureTime time, std::string_view bytes, std::string& out) {
  std::array<char, 4> buffer{};
  std::string text;
  append_time(time, text);
  const auto prefix = text.size();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool is_last = i + 1 == bytes.size();
    const bool is_inside = text.size() > prefix && text.back() != ' ' && !is_last;
    const auto piece = written(bytes[i], is_inside, buffer);
    text += piece;
    // Four characters of room, so that a blank is never the last one of a line.
    const bool is_full = text.size() + 2 * buffer.size() > longest_line && piece != " ";
    if (!is_last && bytes[i] != '\n' && !is_full) continue;
    out.append(text).append("\n");
    text.resize(prefix);
  }
}

void append_capture_remark(CaptureTime time, std::string_view text, std::string& out) {
  out += "# ";
  append_time(time, out);
  out.append(escaped(text)).append("\n");
}

bool is_capture(std::string_view begin) noexcept {
  begin = begin.substr(0, capture_begin);
  while (!begin.empty()) {
    if (is_magic(take_line(begin))) return true;
  }
  return false;
}

std::optional<CaptureReader::Chunk> CaptureReader::read(std::string_view line) {
  if (is_magic(line)) {
    began_ = true;
    base_ = last_;
    return std::nullopt;
  }
  line = without_quotes(line);
  if (!began_ || line.empty() || line.starts_with('#') || line.starts_with("```")) return std::nullopt;
  const auto time = take_time(line);
  if (!time || line.empty() || !unescape(line)) {
    ++damaged_;
    return std::nullopt;
  }
  last_ = std::max(last_, base_ + *time);
  return Chunk{last_, bytes_};
}

bool CaptureReader::unescape(std::string_view text) {
  bytes_.clear();
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c < ' ' || c > '~') return false;
    if (c != '\\') {
      bytes_ += c;
      continue;
    }
    const char kind = text.empty() ? '\0' : text.front();
    text.remove_prefix(text.empty() ? 0 : 1);
    switch (kind) {
      case 'r': bytes_ += '\r'; break;
      case 'n': bytes_ += '\n'; break;
      case 't': bytes_ += '\t'; break;
      case '\\': bytes_ += '\\'; break;
      case 'x': {
        unsigned value = 0;
        const auto digits = text.substr(0, 2);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (error != std::errc{} || digits.size() != 2 || end != digits.data() + 2) return false;
        bytes_ += static_cast<char>(value);
        text.remove_prefix(2);
        break;
      }
      default: return false;
    }
  }
  return true;
}

std::string captured_bytes(std::string_view capture) {
  CaptureReader reader;
  std::string bytes;
  while (!capture.empty()) {
    if (const auto chunk = reader.read(take_line(capture))) bytes += chunk->bytes;
  }
  return bytes;
}

}  // namespace vscp_p1
