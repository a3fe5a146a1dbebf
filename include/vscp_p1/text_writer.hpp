#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

using Pair = std::array<char, 2>;
template <std::size_t size>
constexpr std::array<Pair, size * size> pairs_of(const char (&digits)[size + 1]) {
  std::array<Pair, size * size> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {digits[i / size], digits[i % size]};
  return pairs;
}

}  // namespace detail

/// Two digits each: "00" … "99", "00" … "FF".
inline constexpr auto decimal_pairs = detail::pairs_of<10>("0123456789");
inline constexpr auto hex_pairs = detail::pairs_of<16>("0123456789ABCDEF");
inline constexpr auto lower_hex_pairs = detail::pairs_of<16>("0123456789abcdef");

/// Writes behind the end of a string into room that is made once, so that no piece is checked by itself. What is
/// written must not take more than `room` bytes; what is left of it is given back at the end.
class TextWriter {
 public:
  static constexpr std::size_t longest_number = 10;

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
    at_ += put_byte(static_cast<std::uint8_t>(number));
  }
  void number_and_comma(std::uint8_t number) noexcept { at_ += put_byte(number) + 1U; }
  void take_back(std::size_t size) noexcept { at_ -= size; }
  void pair(const detail::Pair& digits) noexcept { text({digits.data(), digits.size()}); }

 private:
  std::size_t put_byte(std::uint8_t number) noexcept {
    const auto& digits = detail::byte_texts[number];
    std::memcpy(at_, digits.text.data(), digits.text.size());
    return digits.length;
  }

  std::string& out_;
  char* at_;
};

}  // namespace vscp_p1
