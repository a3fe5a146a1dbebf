#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "vscp_p1/result.hpp"

namespace vscp_p1 {

/// A 16-byte VSCP GUID; the two last bytes hold the id of a quantity ("nickname").
struct Guid {
  std::array<std::uint8_t, 16> bytes{};

  /// FF:FF:FF:FF:FF:FF:FF:FE:<MAC>:00:00
  static Guid from_mac(const std::array<std::uint8_t, 6>& mac) noexcept;
  /// FF:FF:FF:FF:FF:FF:FF:FC:<6 bytes hashed from the id>:00:00, the range for private use: stable, and the machine
  /// id itself does not leave the machine, as machine-id(5) asks.
  static Guid from_machine_id(std::string_view machine_id) noexcept;

  /// FF:FF:FF:FF:FF:FF:FF:FC:<6 bytes hashed from this GUID, its id aside, and the name>:00:00: stable too.
  Guid of_meter(std::string_view name) const noexcept;

  Guid with_id(std::uint16_t id) const noexcept;
  std::uint16_t id() const noexcept { return static_cast<std::uint16_t>(bytes[14] << 8 | bytes[15]); }

  friend bool operator==(const Guid&, const Guid&) = default;
};

/// 16 hex pairs in either case, separated by ':' or '-', or in the form of a UUID. The error says what is wrong. All
/// zero and all FF in front of the id are refused, and so are the '::' short forms, which the specification defines
/// in two ways.
Result<Guid, std::string_view> parse_guid(std::string_view text);

/// 16 upper-case hex pairs joined by ':'.
class GuidText {
 public:
  explicit GuidText(const Guid& guid) noexcept;
  std::string_view view() const noexcept { return {text_.data(), length}; }

 private:
  static constexpr std::size_t length = 47;
  std::array<char, length + 2> text_{};  // and what is written behind the last pair
};

}  // namespace vscp_p1
