#include "vscp_p1/text.hpp"

#include <algorithm>
#include <array>

namespace vscp_p1 {
namespace {

constexpr char32_t not_utf8 = 0xFFFF'FFFF;
constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

struct CodePoint {
  char32_t code;
  std::size_t length;
};

// The first of a text; a byte that begins none is one by itself, with the code not_utf8.
CodePoint first_code_point(std::string_view text) noexcept {
  const auto byte = [&text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned lead = byte(0);
  const std::size_t length = lead < 0x80         ? 1
                             : lead >> 5 == 0x6  ? 2
                             : lead >> 4 == 0xE  ? 3
                             : lead >> 3 == 0x1E ? 4
                                                 : 0;
  if (length == 0) return {not_utf8, 1};
  char32_t code = length == 1 ? lead : lead & (0x7FU >> length);
  for (std::size_t k = 1; k < length; ++k) {
    if (byte(k) >> 6 != 0x2) return {not_utf8, 1};
    code = code << 6 | (byte(k) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
  if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {not_utf8, 1};
  return {code, length};
}

constexpr bool is_control(char32_t code) noexcept { return code < ' ' || (code >= 0x7F && code < 0xA0); }
// What turns the direction of text around or begins a line (Unicode: Bidi_Control, Line_Break BK).
constexpr bool is_layout(char32_t code) noexcept {
  return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}
constexpr bool is_noncharacter(char32_t code) noexcept {
  return (code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code < 0xFDF0);
}

struct CodeRange {
  char32_t first, last;
};
// Unicode: East_Asian_Width W and F, and General_Category Mn, Me, Cf; what a note or a meter may hold of them.
constexpr std::array<CodeRange, 15> wide = {{{0x1100, 0x115F},
                                             {0x2E80, 0x303E},
                                             {0x3041, 0x4DBF},
                                             {0x4E00, 0xA4CF},
                                             {0xA960, 0xA97F},
                                             {0xAC00, 0xD7A3},
                                             {0xF900, 0xFAFF},
                                             {0xFE30, 0xFE6F},
                                             {0xFF00, 0xFF60},
                                             {0xFFE0, 0xFFE6},
                                             {0x1F300, 0x1F64F},
                                             {0x1F680, 0x1F6FF},
                                             {0x1F900, 0x1FAFF},
                                             {0x20000, 0x2FFFD},
                                             {0x30000, 0x3FFFD}}};
constexpr std::array<CodeRange, 11> combining = {{{0x0300, 0x036F},
                                                  {0x0483, 0x0489},
                                                  {0x0591, 0x05BD},
                                                  {0x064B, 0x065F},
                                                  {0x1AB0, 0x1AFF},
                                                  {0x1DC0, 0x1DFF},
                                                  {0x200B, 0x200F},
                                                  {0x20D0, 0x20FF},
                                                  {0xFE00, 0xFE0F},
                                                  {0xFE20, 0xFE2F},
                                                  {0xE0100, 0xE01EF}}};

std::size_t columns_of(char32_t code) noexcept {
  const auto has_it = [code](const CodeRange& range) { return code >= range.first && code <= range.last; };
  if (code < combining.front().first || std::none_of(combining.begin(), combining.end(), has_it)) {
    return std::any_of(wide.begin(), wide.end(), has_it) ? 2 : 1;
  }
  return 0;
}

template <class Good>
bool all_code_points(std::string_view text, Good good) noexcept {
  while (!text.empty()) {
    const auto [code, length] = first_code_point(text);
    if (code == not_utf8 || !good(code)) return false;
    text.remove_prefix(length);
  }
  return true;
}

void append_hex(std::string& out, std::string_view prefix, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    ((out += prefix) += digits[byte >> 4]) += digits[byte & 0xF];
  }
}

}  // namespace

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = lower(c);
  return result;
}

std::vector<std::string_view> list_items(std::string_view text) {
  std::vector<std::string_view> items;
  while (true) {
    const auto comma = text.find(',');
    items.push_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

bool is_utf8(std::string_view text) noexcept {
  return all_code_points(text, [](char32_t) { return true; });
}

bool is_plain_text(std::string_view text) noexcept {
  return all_code_points(text, [](char32_t code) { return !is_control(code); });
}

bool is_mqtt_text(std::string_view text) noexcept {
  return all_code_points(text, [](char32_t code) { return !is_control(code) && !is_noncharacter(code); });
}

std::string_view first_bytes(std::string_view text, std::size_t longest) noexcept {
  if (text.size() <= longest) return text;
  constexpr std::size_t longest_character = 4;
  for (auto begin = longest - std::min(longest, longest_character - 1); begin < longest; ++begin) {
    const auto [code, length] = first_code_point(text.substr(begin));
    if (code != not_utf8 && begin + length > longest) return text.substr(0, begin);
  }
  return text.substr(0, longest);
}

std::size_t display_width(std::string_view text) noexcept {
  std::size_t columns = 0;
  for (; !text.empty(); text.remove_prefix(first_code_point(text).length)) {
    columns += columns_of(first_code_point(text).code);
  }
  return columns;
}

std::string_view first_columns(std::string_view text, std::size_t columns) noexcept {
  std::size_t taken = 0;
  for (auto rest = text; !rest.empty();) {
    const auto [code, length] = first_code_point(rest);
    if ((taken += columns_of(code)) > columns) return text.substr(0, text.size() - rest.size());
    rest.remove_prefix(length);
  }
  return text;
}

std::string escaped(std::string_view text, std::size_t longest) {
  std::string out;
  const auto shown = first_bytes(text, longest);
  for (auto rest = shown; !rest.empty();) {
    const auto [code, length] = first_code_point(rest);
    const auto bytes = rest.substr(0, length);
    if (code == not_utf8 || is_control(code) || is_layout(code)) {
      append_hex(out, "\\x", bytes);
    } else {
      out += bytes;
    }
    rest.remove_prefix(length);
  }
  if (shown.size() < text.size()) out += "…";
  return out;
}

std::string plain_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto [code, length] = first_code_point(text);
    const bool is_character = code != not_utf8 && !is_noncharacter(code);
    out += !is_character ? replacement : is_control(code) ? std::string_view(" ") : text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

std::string without_raw_controls(std::string json) {
  if (is_plain_text(json)) return json;
  std::string out;
  for (std::string_view rest = json; !rest.empty();) {
    const auto [code, length] = first_code_point(rest);
    if (is_control(code)) {
      const char low = static_cast<char>(code);
      append_hex(out, "\\u00", {&low, 1});
    } else {
      out += rest.substr(0, length);
    }
    rest.remove_prefix(length);
  }
  return out;
}

}  // namespace vscp_p1
