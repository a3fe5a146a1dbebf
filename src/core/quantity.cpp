#include "vscp_p1/quantity.hpp"

#include "vscp_p1/spelling.hpp"

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
constexpr std::optional<std::size_t> find_in(const Index& index, const Obis& id) noexcept {
  const auto* entry =
      std::lower_bound(index.begin(), index.end(), id, [](const IndexEntry& x, const Obis& y) { return x.id < y; });
  if (entry == index.end() || entry->id != id) return std::nullopt;
  return entry->row;
}

constexpr std::optional<std::size_t> row_of_medium(Medium medium, std::uint8_t channel) noexcept {
  if (channel < 1 || channel > mbus_channels) return std::nullopt;
  return detail::meter_quantities.size() + static_cast<std::size_t>(medium) * mbus_channels + channel - 1;
}

// What an M-Bus device says of itself. Belgium sends the equipment id as 0-n:96.1.1, the others as 0-n:96.1.0.
constexpr std::optional<std::size_t> row_of_device_state(const Obis& id) noexcept {
  const auto tail = Obis{0, 0, id.c, id.d, id.e};
  if (tail == "0-0:24.4.0"_obis) return row_of_medium(Medium::valve, id.b);
  if (tail == "0-0:96.3.10"_obis) return row_of_medium(Medium::relay, id.b);
  if (tail == "0-0:96.1.0"_obis || tail == "0-0:96.1.1"_obis) return row_of_medium(Medium::equipment_id, id.b);
  if (tail == "0-0:96.1.2"_obis) return row_of_medium(Medium::ean, id.b);
  return std::nullopt;
}

constexpr std::optional<std::size_t> row_of(const Obis& id) noexcept {
  if (const auto row = find_in(lines, id)) return row;
  if (id.a == 0 && id.b > 0) return row_of_device_state(id);
  for (const auto& alias : detail::aliases) {
    if (alias.code == id) return find_in(lines, alias.meaning);
  }
  return std::nullopt;
}

constexpr bool is_reading_of_device(const Obis& id) noexcept {
  if (id.a != 0 || id.b == 0 || id.c != 24) return false;
  return (id.d == 2 && id.e >= 1 && id.e <= 5) || (id.d == 3 && id.e <= 1);
}

constexpr auto unpublished = std::to_array<Obis>({
    "0-0:1.0.0"_obis,  // clock; WarmteLink 0-0:1.1.0, Iskra Slovenia 1-0:0.9.1 and 1-0:0.9.2
    "0-0:1.1.0"_obis, "1-0:0.9.1"_obis, "1-0:0.9.2"_obis,
    "0-0:0.0.0"_obis,    // device address of the XT211, which looks like a clock
    "0-0:96.10.7"_obis,  // status of a profile entry
});

template <class Codes>
constexpr bool contains(const Codes& codes, const Obis& id) noexcept {
  return std::find(codes.begin(), codes.end(), id) != codes.end();
}

constexpr CodeUse::Role role_of(const Obis& id) noexcept {
  using Role = CodeUse::Role;
  if (id == "0-0:1.0.0"_obis || id == "0-0:1.1.0"_obis) return Role::clock;
  if (id == "1-0:0.9.2"_obis) return Role::date;
  if (id == "1-0:0.9.1"_obis) return Role::time_of_day;
  if (contains(equipment_id_codes, id)) return Role::meter_id;
  const bool is_of_device = id.a == 0 && id.b >= 1 && id.b <= mbus_channels;
  if (is_of_device && id.c == 24 && id.d == 1 && id.e == 0) return Role::device_type;
  if (is_of_device && id.c == 96 && id.d == 1 && id.e <= 1) return Role::device_id;
  return Role::none;
}

constexpr CodeUse full_use_of(const Obis& id) noexcept {
  using Kind = CodeUse::Kind;
  const auto role = role_of(id);
  if (is_reading_of_device(id)) return {Kind::mbus_reading, role};
  if (is_profile(id)) return {Kind::profile, role};
  if (const auto row = row_of(id)) return {Kind::quantity, role, static_cast<std::uint16_t>(*row)};
  const bool is_device_type = id == Obis{0, id.b, 24, 1, 0} && id.b > 0;
  return {is_device_type || contains(unpublished, id) ? Kind::unpublished : Kind::unknown, role};
}

constexpr void put(Spelling& spelling, std::uint8_t number) {
  if (number >= 100) spelling.put(static_cast<char>('0' + number / 100));
  if (number >= 10) spelling.put(static_cast<char>('0' + number / 10 % 10));
  spelling.put(static_cast<char>('0' + number % 10));
}

constexpr Spelling spelling_of(const Obis& id) {
  Spelling spelling;
  put(spelling, id.a);
  spelling.put('-');
  put(spelling, id.b);
  spelling.put(':');
  put(spelling, id.c);
  spelling.put('.');
  put(spelling, id.d);
  spelling.put('.');
  put(spelling, id.e);
  spelling.put('(');
  return spelling;
}

// What devices send most.
constexpr auto device_codes =
    std::to_array<Obis>({"0-0:24.1.0"_obis, "0-0:24.2.1"_obis, "0-0:24.2.3"_obis, "0-0:24.4.0"_obis,
                         "0-0:96.1.0"_obis, "0-0:96.1.1"_obis, "0-0:96.1.2"_obis});

constexpr auto spelled = [] {
  SpellingTable table;
  std::uint16_t count = 0;
  const auto add = [&](const Obis& id) {
    const auto spelling = spelling_of(id);
    auto place = spelling.place();
    while (table.places[place] != 0) place = (place + 1) % table.places.size();
    table.entries[++count] = {spelling.first,
                              spelling.second,
                              id,
                              static_cast<std::uint8_t>(spelling.length - 1),
                              static_cast<std::uint8_t>(8 * (16 - spelling.length)),
                              full_use_of(id)};
    table.places[place] = count;
  };
  for (const auto& line : lines) add(line.id);
  for (const auto& id : unpublished) add(id);
  for (const auto& id : profile_codes) add(id);
  for (const auto& id : device_codes) {
    for (std::uint8_t channel = 1; channel <= mbus_channels; ++channel) add({0, channel, id.c, id.d, id.e});
  }
  return table;
}();

static_assert(lines.size() + unpublished.size() + profile_codes.size() + device_codes.size() * mbus_channels <
              SpellingTable::most);

}  // namespace

const SpellingTable spellings = spelled;

const KnownCode* CodeOrder::Cursor::find_other(const char* text) noexcept {
  const auto* known = find_spelling(text);
  if (known != nullptr) *(at_ - 1) = static_cast<std::uint16_t>(known - spellings.entries.data());
  return known;
}

std::optional<std::size_t> find_quantity(const Obis& id) noexcept { return row_of(id); }

std::optional<std::size_t> find_profile_quantity(const Obis& id) noexcept {
  const auto row = find_in(entries, id);
  return row ? row : find_quantity(id);
}

std::optional<std::size_t> find_mbus_quantity(Medium medium, std::uint8_t channel) noexcept {
  return row_of_medium(medium, channel);
}

bool is_mbus_reading(const Obis& id) noexcept { return is_reading_of_device(id); }

bool is_known(const Obis& id) noexcept {
  const auto kind = full_use_of(id).kind;
  return kind != CodeUse::Kind::unknown && !(kind == CodeUse::Kind::mbus_reading && id.b > mbus_channels);
}

CodeUse use_of(const Obis& id) noexcept { return full_use_of(id); }

}  // namespace vscp_p1
