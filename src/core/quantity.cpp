#include "vscp_p1/quantity.hpp"

namespace vscp_p1 {
namespace {

struct IndexEntry {
  Obis id;
  std::size_t row;
};

constexpr bool is_in_lines(Shape shape) { return shape != Shape::entry && shape != Shape::second_of_two; }

template <class Wanted>
constexpr auto sorted_index(Wanted wanted) {
  constexpr auto& rows = detail::meter_quantities;
  std::array<IndexEntry, static_cast<std::size_t>(
                             std::count_if(rows.begin(), rows.end(), [](auto& row) { return Wanted{}(row.shape); }))>
      entries{};
  std::size_t count = 0;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (wanted(rows[row].shape)) entries[count++] = {rows[row].id, row};
  }
  std::sort(entries.begin(), entries.end(), [](const auto& x, const auto& y) { return x.id < y.id; });
  return entries;
}

constexpr auto lines = sorted_index([](Shape shape) { return is_in_lines(shape); });
constexpr auto entries = sorted_index([](Shape shape) { return shape == Shape::entry; });
static_assert(std::adjacent_find(lines.begin(), lines.end(),
                                 [](const auto& x, const auto& y) { return x.id == y.id; }) == lines.end(),
              "no OBIS code stands twice in the table");

template <class Index>
std::optional<std::size_t> find_in(const Index& index, const Obis& id) noexcept {
  const auto* entry =
      std::lower_bound(index.begin(), index.end(), id, [](const IndexEntry& x, const Obis& y) { return x.id < y; });
  if (entry == index.end() || entry->id != id) return std::nullopt;
  return entry->row;
}

// What an M-Bus device says of itself. Belgium sends the equipment id as 0-n:96.1.1, the others as 0-n:96.1.0.
std::optional<std::size_t> find_device_state(const Obis& id) noexcept {
  const auto tail = Obis{0, 0, id.c, id.d, id.e};
  if (tail == "0-0:24.4.0"_obis) return find_mbus_quantity(Medium::valve, id.b);
  if (tail == "0-0:96.3.10"_obis) return find_mbus_quantity(Medium::relay, id.b);
  if (tail == "0-0:96.1.0"_obis || tail == "0-0:96.1.1"_obis) return find_mbus_quantity(Medium::equipment_id, id.b);
  if (tail == "0-0:96.1.2"_obis) return find_mbus_quantity(Medium::ean, id.b);
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> find_quantity(const Obis& id) noexcept {
  if (const auto row = find_in(lines, id)) return row;
  if (id.a == 0 && id.b > 0) return find_device_state(id);
  for (const auto& alias : detail::aliases) {
    if (alias.code == id) return find_in(lines, alias.meaning);
  }
  return std::nullopt;
}

std::optional<std::size_t> find_profile_quantity(const Obis& id) noexcept {
  const auto row = find_in(entries, id);
  return row ? row : find_quantity(id);
}

std::optional<std::size_t> find_mbus_quantity(Medium medium, std::uint8_t channel) noexcept {
  if (channel < 1 || channel > mbus_channels) return std::nullopt;
  return detail::meter_quantities.size() + static_cast<std::size_t>(medium) * mbus_channels + channel - 1;
}

bool is_mbus_reading(const Obis& id) noexcept {
  if (id.a != 0 || id.b == 0 || id.c != 24) return false;
  return (id.d == 2 && id.e >= 1 && id.e <= 5) || (id.d == 3 && id.e <= 1);
}

bool is_profile(const Obis& id) noexcept {
  return id == "0-0:98.1.0"_obis || id == "0-0:98.1.1"_obis || id == "1-0:99.1.0"_obis || id == "1-0:99.97.0"_obis;
}

bool is_known(const Obis& id) noexcept {
  constexpr auto unpublished = std::to_array<Obis>({
      "0-0:1.0.0"_obis,  // clock; WarmteLink 0-0:1.1.0, Iskra Slovenia 1-0:0.9.1 and 1-0:0.9.2
      "0-0:1.1.0"_obis, "1-0:0.9.1"_obis, "1-0:0.9.2"_obis,
      "0-0:0.0.0"_obis,    // device address of the XT211, which looks like a clock
      "0-0:96.10.7"_obis,  // status of a profile entry
  });
  const bool device_type = id == Obis{0, id.b, 24, 1, 0} && id.b > 0;
  const bool is_reading = is_mbus_reading(id) && id.b <= mbus_channels;
  return find_quantity(id) || is_reading || is_profile(id) || device_type ||
         std::find(unpublished.begin(), unpublished.end(), id) != unpublished.end();
}

}  // namespace vscp_p1
