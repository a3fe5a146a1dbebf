#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace vscp_p1 {

namespace detail {

// "0," … "255,": with a comma behind it a number of a list is one copy of fixed size.
struct alignas(8) ByteText {
  std::array<char, 4> text{};
  std::uint8_t length = 0;  // of the number alone
};
inline constexpr auto byte_texts = [] {
  std::array<ByteText, 256> texts;
  for (unsigned byte = 0; byte < texts.size(); ++byte) {
    auto& [text, length] = texts[byte];
    if (byte >= 100) text[length++] = static_cast<char>('0' + byte / 100);
    if (byte >= 10) text[length++] = static_cast<char>('0' + byte / 10 % 10);
    text[length++] = static_cast<char>('0' + byte % 10);
    text[length] = ',';
  }
  return texts;
}();

template <std::size_t base>
constexpr auto pairs_of(std::string_view digits) {
  std::array<std::array<char, 2>, base * base> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {digits[i / base], digits[i % base]};
  return pairs;
}

}  // namespace detail

/// Two digits each: "00" … "99", "00" … "ff".
inline constexpr auto decimal_pairs = detail::pairs_of<10>("0123456789");
inline constexpr auto hex_pairs = detail::pairs_of<16>("0123456789abcdef");

/// At most `longest` bytes as decimal numbers with commas between them.
template <std::size_t longest>
class ListText {
 public:
  explicit ListText(std::span<const std::uint8_t> bytes) noexcept {
    char* at = text_.data();
    for (const auto byte : bytes.first(std::min(bytes.size(), longest))) {
      const auto& digits = detail::byte_texts[byte];
      std::memcpy(at, digits.text.data(), digits.text.size());
      at += digits.length + 1;
    }
    length_ = bytes.empty() ? 0 : static_cast<std::size_t>(at - text_.data()) - 1;
  }
  std::string_view view() const noexcept { return {text_.data(), length_}; }

 private:
  std::array<char, 4 * longest> text_;
  std::size_t length_;
};

/// Writes behind the end of a string into room that is made once, so that no piece is checked by itself. What is
/// written must not take more than `room` bytes; what is left of it is given back at the end.
class TextWriter {
 public:
  TextWriter(std::string& out, std::size_t room) : out_(out) {
    const auto end = out.size();
    out.resize(end + room + sizeof(detail::ByteText::text));
    at_ = out.data() + end;
  }
  ~TextWriter() { out_.resize(static_cast<std::size_t>(at_ - out_.data())); }
  TextWriter(const TextWriter&) = delete;
  TextWriter& operator=(const TextWriter&) = delete;

  /// A text whose length the compiler knows costs a few moves.
  void text(std::string_view text) noexcept {
    if (text.empty()) return;
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void character(char c) noexcept { *at_++ = c; }
  void number(std::uint32_t number) noexcept {
    if (number > UINT8_MAX) {
      this->number(number / 100);
      return pair(decimal_pairs[number % 100]);
    }
    const auto& digits = detail::byte_texts[number];
    std::memcpy(at_, digits.text.data(), digits.text.size());
    at_ += digits.length;
  }
  void pair(const std::array<char, 2>& digits) noexcept { text({digits.data(), digits.size()}); }

 private:
  std::string& out_;
  char* at_;
};

}  // namespace vscp_p1
