#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>

namespace vscp_p1 {

/// Why a stretch of input gave nothing. Every reason is counted by the pipeline; it has a text in message() and the
/// name that stands here in identifier().
enum class Errc : std::uint8_t {
  // a stretch of the byte stream
  noise,
  telegram_cut,
  telegram_too_long,
  crc_mismatch,
  crc_malformed,
  crc_missing,
  no_data_line,
  // an encrypted frame
  key_missing,
  key_wrong,
  tag_wrong,
  frame_damaged,
  // a frame of another protocol
  hdlc_frame,
  mbus_frame,
  untitled_frame,
  // a line of a good telegram
  bad_obis,
  bad_line,
  bad_number,
  bad_unit,
  bad_timestamp,
  bad_profile,
  never_read,
  implausible,
  unknown_obis,
  count_
};

std::string_view message(Errc reason) noexcept;
/// For programs: it never changes.
std::string_view identifier(Errc reason) noexcept;

/// A value or the reason why there is none; nothing is thrown in the core.
template <class T, class E = Errc>
class [[nodiscard]] Result {
 public:
  constexpr Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  constexpr Result(E error) : content_(std::in_place_index<1>, std::move(error)) {}

  constexpr explicit operator bool() const noexcept { return content_.index() == 0; }
  constexpr const T& operator*() const noexcept { return *std::get_if<0>(&content_); }
  constexpr T& operator*() noexcept { return *std::get_if<0>(&content_); }
  constexpr const T* operator->() const noexcept { return std::get_if<0>(&content_); }
  constexpr const E& error() const noexcept { return *std::get_if<1>(&content_); }

 private:
  std::variant<T, E> content_;
};

}  // namespace vscp_p1
