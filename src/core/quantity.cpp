#include "vscp_p1/quantity.hpp"

#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

struct IndexEntry {
  Obis id;
  std::size_t row;
};

constexpr auto by_obis = [] {
  std::array<IndexEntry, detail::electricity.size()> entries{};
  for (std::size_t row = 0; row < entries.size(); ++row) entries[row] = {detail::electricity[row].id, row};
  std::sort(entries.begin(), entries.end(), [](const auto& x, const auto& y) { return x.id < y.id; });
  return entries;
}();
static_assert(std::adjacent_find(by_obis.begin(), by_obis.end(),
                                 [](const auto& x, const auto& y) { return x.id == y.id; }) == by_obis.end(),
              "no OBIS code stands twice in the table");

bool equal_ignoring_case(std::string_view text, std::string_view lower_case) noexcept {
  return text.size() == lower_case.size() &&
         std::equal(text.begin(), text.end(), lower_case.begin(), [](char x, char y) { return lower(x) == y; });
}

}  // namespace

const WireUnit* find_unit(Dimension dimension, std::string_view name) noexcept {
  for (const auto& unit : wire_units) {
    if (unit.dimension == dimension && (name.empty() || equal_ignoring_case(name, unit.name))) return &unit;
  }
  return nullptr;
}

std::optional<std::size_t> find_quantity(const Obis& id) noexcept {
  const auto* entry = std::lower_bound(by_obis.begin(), by_obis.end(), id,
                                       [](const IndexEntry& x, const Obis& y) { return x.id < y; });
  if (entry == by_obis.end() || entry->id != id) return std::nullopt;
  return entry->row;
}

std::optional<std::size_t> find_mbus_quantity(Group medium, std::uint8_t channel) noexcept {
  if (channel < 1 || channel > mbus_channels) return std::nullopt;
  for (std::size_t i = 0; i < detail::mbus_media.size(); ++i) {
    if (detail::mbus_media[i].group == medium) return detail::electricity.size() + i * mbus_channels + channel - 1;
  }
  return std::nullopt;
}

}  // namespace vscp_p1
