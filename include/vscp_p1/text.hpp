#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vscp_p1 {

/// Blanks, line ends, and the NUL that some meters send behind a telegram.
constexpr bool is_padding(char c) noexcept {
  return static_cast<unsigned char>(c) <= ' ' && (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0');
}

constexpr std::string_view trimmed_right(std::string_view text) noexcept {
  while (!text.empty() && is_padding(text.back())) text.remove_suffix(1);
  return text;
}

constexpr std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_padding(text.front())) text.remove_prefix(1);
  return trimmed_right(text);
}

/// ASCII only, whatever the locale.
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string lower(std::string_view text);

/// What stands between the commas, without the blanks around it; at least one item, and any may be empty.
std::vector<std::string_view> list_items(std::string_view text);

/// Well-formed UTF-8 (RFC 3629 §4).
bool is_utf8(std::string_view text) noexcept;

/// Well-formed UTF-8 without control characters (C0, DEL, C1): does nothing to a terminal.
bool is_plain_text(std::string_view text) noexcept;

/// Whether MQTT brokers take it in a topic, as far as its characters go: plain text without the non-characters of
/// Unicode. mosquitto ends the connection of a client that sends others.
bool is_mqtt_text(std::string_view text) noexcept;

/// The first bytes, at most `longest`, without cutting a character in two.
std::string_view first_bytes(std::string_view text, std::size_t longest) noexcept;

/// Columns of a terminal that a text in UTF-8 takes: two for a wide character of East Asia or an emoji, none for one
/// that combines with the character before it.
std::size_t display_width(std::string_view text) noexcept;

/// The first characters, at most `columns` of a terminal.
std::string_view first_columns(std::string_view text, std::size_t columns) noexcept;

/// How much of a text from outside a message of the log shows.
inline constexpr std::size_t longest_shown = 120;

/// For the log and for terminals: plain text, in which \xNN stands for each byte of anything else and of what
/// reorders or breaks a line (U+202E, U+2028 …), and "…" for what goes beyond `longest` bytes of the original.
std::string escaped(std::string_view text, std::size_t longest = std::string_view::npos);

/// Plain text for readers of another kind: U+FFFD stands for each byte that is not UTF-8 and for each non-character
/// of Unicode, a blank for each control character.
std::string plain_text(std::string_view text);

/// JSON in which DEL and the control characters of C1 are escaped too: the library leaves them as they are.
std::string without_raw_controls(std::string json);

}  // namespace vscp_p1
