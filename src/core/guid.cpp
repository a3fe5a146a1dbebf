#include "vscp_p1/guid.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <initializer_list>

namespace vscp_p1 {
namespace {

// "00:" … "FF:"; the fourth byte is there so that a pair is one move.
constexpr auto hex_and_colon = [] {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::array<std::array<char, 4>, 256> pairs{};
  for (std::size_t byte = 0; byte < pairs.size(); ++byte) pairs[byte] = {hex[byte >> 4], hex[byte & 0xF], ':'};
  return pairs;
}();

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// In the range for private use.
Guid hashed(std::initializer_list<std::string_view> parts) noexcept {
  std::uint64_t hash = 0xCBF29CE484222325;  // FNV-1a
  for (const auto part : parts) {
    for (const char c : part) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001B3;
  }
  Guid guid{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFC}};
  for (std::size_t i = 8; i < 14; ++i, hash >>= 8) guid.bytes[i] = static_cast<std::uint8_t>(hash & 0xFF);
  return guid;
}

}  // namespace

Guid Guid::from_mac(const std::array<std::uint8_t, 6>& mac) noexcept {
  Guid guid{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE}};
  std::copy(mac.begin(), mac.end(), guid.bytes.begin() + 8);
  return guid;
}

Guid Guid::from_machine_id(std::string_view machine_id) noexcept { return hashed({"vscp-p1d", machine_id}); }

Guid Guid::of_meter(std::string_view name) const noexcept {
  const GuidText text(*this);
  constexpr std::size_t without_id = 41;  // characters
  return hashed({"vscp-p1d", text.view().substr(0, without_id), name});
}

Guid Guid::with_id(std::uint16_t id) const noexcept {
  Guid guid = *this;
  guid.bytes[14] = static_cast<std::uint8_t>(id >> 8);
  guid.bytes[15] = static_cast<std::uint8_t>(id & 0xFF);
  return guid;
}

Result<Guid, std::string_view> parse_guid(std::string_view text) {
  Guid guid;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int value = hex_value(text[i]);
    if (value < 0) {
      const bool separates = (text[i] == ':' || text[i] == '-') && digits > 0 && digits % 2 == 0 && digits < 32 &&
                             hex_value(text[i - 1]) >= 0;
      if (!separates) return std::string_view("is not a GUID: 16 hex pairs joined by ':' are expected");
      continue;
    }
    if (digits == 32) return std::string_view("is longer than 16 bytes");
    auto& byte = guid.bytes[digits++ / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
  }
  if (digits != 32) return std::string_view("is shorter than 16 bytes");
  const auto all_are = [&](std::uint8_t byte) {
    return std::all_of(guid.bytes.begin(), guid.bytes.end() - 2, [&](std::uint8_t b) { return b == byte; });
  };
  if (all_are(0x00) || all_are(0xFF)) return std::string_view("must not be all zero or all FF in front of the id");
  return guid;
}

GuidText::GuidText(const Guid& guid) noexcept {
  for (std::size_t i = 0; i < guid.bytes.size(); ++i) {
    const auto& pair = hex_and_colon[guid.bytes[i]];
    std::memcpy(text_.data() + 3 * i, pair.data(), pair.size());
  }
}

}  // namespace vscp_p1
