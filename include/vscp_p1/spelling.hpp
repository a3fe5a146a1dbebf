#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "vscp_p1/obis.hpp"
#include "vscp_p1/quantity.hpp"
#include "vscp_p1/word.hpp"

namespace vscp_p1 {

/// How meters usually write a code, as it stands in memory.
struct Spelling {
  std::uint64_t first = 0, second = 0;  // eight characters, and those behind them with the bracket
  std::uint8_t length = 0;

  constexpr void put(char c) {
    const auto byte = static_cast<std::uint64_t>(static_cast<std::uint8_t>(c));
    (length < 8 ? first : second) |= byte << length % 8 * 8;
    ++length;
  }
  constexpr std::size_t place() const noexcept {
    return static_cast<std::size_t>((first ^ std::rotl(second, 35)) * 0x9E37'79B9'7F4A'7C15 >> 54);
  }
};

/// A code of the table with its spelling.
struct KnownCode {
  std::uint64_t first = 0, second = 0;  // of the spelling
  Obis id;
  std::uint8_t length = 0;       // without the bracket
  std::uint8_t unused_bits = 0;  // of `second`, behind the bracket
  CodeUse use;

  /// Whether a text of at least 16 characters begins with it.
  bool begins(const char* text) const noexcept {
    return word_at(text) == first && (word_at(text + 8) ^ second) << unused_bits == 0;
  }
};

struct SpellingTable {
  static constexpr std::size_t most = 320;
  std::array<KnownCode, most> entries{};     // the first is none
  std::array<std::uint16_t, 1024> places{};  // index of an entry; the next place when it is taken by another
};
extern const SpellingTable spellings;

/// The code that a text of at least 16 characters begins with, when a '(' follows it: recognised by its spelling,
/// without reading its numbers. nullptr for any other code or spelling.
inline const KnownCode* find_spelling(const char* text) noexcept {
  Spelling spelling{word_at(text), word_at(text + 8)};
  const auto bracket = marks_of(spelling.second, '(');
  if (bracket == 0) return nullptr;
  spelling.second = up_to_mark(spelling.second, bracket);
  for (auto place = spelling.place();; place = (place + 1) % spellings.places.size()) {
    const auto& entry = spellings.entries[spellings.places[place]];
    if (entry.first == spelling.first && entry.second == spelling.second) return &entry;
    if (entry.length == 0) return nullptr;
  }
}

/// The codes of a meter's lines, in the order of its last telegram. The next one has them in the same order, as a
/// rule, and then each is found with one look.
class CodeOrder {
 public:
  CodeOrder() noexcept { codes_.fill(1); }

  /// Goes through a telegram. It lives no longer than the order.
  class Cursor {
   public:
    Cursor() = default;
    explicit Cursor(CodeOrder& order) noexcept : at_(order.codes_.begin()), end_(order.codes_.end()) {}
    /// find_spelling() of the next line.
    const KnownCode* find(const char* text) noexcept {
      if (at_ == end_) return find_spelling(text);
      const auto& expected = spellings.entries[*at_++];
      return expected.begins(text) ? &expected : find_other(text);
    }

   private:
    const KnownCode* find_other(const char* text) noexcept;

    std::uint16_t* at_ = nullptr;
    std::uint16_t* end_ = nullptr;
  };

 private:
  std::array<std::uint16_t, 128> codes_;  // index of an entry; few meters send more lines
};

}  // namespace vscp_p1
