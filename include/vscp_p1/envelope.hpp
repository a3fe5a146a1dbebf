#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "vscp_p1/result.hpp"

namespace vscp_p1 {

/// An encrypted telegram (general-glo-ciphering of DLMS, Luxmetering P1 1.1.3 §3.2.5). The views live during the
/// call.
struct CipheredFrame {
  std::string_view system_title;  // 8 bytes: manufacturer and meter
  std::uint8_t security;
  std::uint32_t counter;
  std::string_view ciphertext;
  std::string_view tag;  // 12 bytes
};

/// Stands in front of the framer: passes text on at once and unchanged, takes encrypted frames out of the byte stream
/// whatever it is cut into, and names binary frames of other protocols. A frame that proves damaged costs itself: its
/// bytes are looked at again for the next frame or telegram. Allocates nothing while only telegrams in plain text
/// come.
class Envelope {
 public:
  struct Handlers {
    std::function<void(std::string_view)> text;                      // bytes for the framer
    std::function<std::optional<Errc>(const CipheredFrame&)> frame;  // returns why it gave nothing, if so
    std::function<void(Errc)> fault;
  };

  explicit Envelope(Handlers handlers) : handlers_(std::move(handlers)) {}

  void feed(std::string_view bytes);

  /// The line has been quiet for longer than a meter pauses inside a frame, or the stream has ended: what is
  /// unfinished is damaged, or no frame.
  void finish();

  /// Whether bytes are held back because they may be the begin of a frame.
  bool is_inside_frame() const noexcept { return !held_.empty(); }

 private:
  static constexpr std::size_t most_credit = std::size_t{16} * 1024;

  // What the bytes before tell about the next: only outside a telegram can a frame of another protocol begin.
  enum class Zone : std::uint8_t { outside, ident, telegram, end_mark };
  enum class Kind : std::uint8_t { none, undecided, header, ciphered, hdlc, mbus, untitled };
  struct Found {
    Kind kind;
    std::size_t size = 0;  // the whole frame, whether its end is there or not
    std::size_t body = 0;  // offset of the security byte
    bool intact = true;    // with a good checksum
  };

  static Found ciphered(std::string_view bytes) noexcept;
  Found hdlc(std::string_view bytes) noexcept;
  static Found mbus(std::string_view bytes) noexcept;
  static Found untitled(std::string_view bytes) noexcept;
  static Found header(std::string_view bytes) noexcept;
  static bool holds_another(std::string_view frame) noexcept;

  void scan(std::string_view& bytes, bool at_end);
  std::size_t pass_over(std::string_view bytes) noexcept;
  Found look(std::string_view bytes) noexcept;
  void take(const Found& found, std::string_view& bytes);
  void take_ciphered(const Found& found, std::string_view& bytes);
  void doubt(std::size_t bytes) noexcept;
  void follow(char byte) noexcept;
  void pass_on(std::string_view& bytes, std::size_t count) const;
  void skip(std::string_view& bytes, std::size_t count) noexcept;
  void earn(std::size_t bytes) noexcept;

  Handlers handlers_;
  std::string held_;
  std::size_t doubtful_ = 0;          // bytes ahead that belonged to a frame: dropped, unless something begins there
  std::size_t credit_ = most_credit;  // bytes of which a check sequence may be calculated
  Zone zone_ = Zone::outside;
  std::size_t run_ = 0;  // bytes since '/', since the end of the ident line or since '!'
  char previous_ = '\0';
};

}  // namespace vscp_p1
