#include "vscp_p1/watch_table.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "vscp_p1/quantity.hpp"
#include "vscp_p1/state.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

// A number without a type of VSCP (type 0) has no unit but the one that its dimension or its section names.
std::string_view unit_of(const Reading& reading, const Settings& settings) {
  const auto& custom = settings.quantities[reading.quantity].custom;
  const bool is_of_table = reading.quantity < quantities.size() && !custom;
  const auto dimension = is_of_table ? quantities[reading.quantity].dimension : Dimension::none;
  const auto* unit = std::find_if(wire_units.begin(), wire_units.end(), [&](const WireUnit& row) {
    const bool fits = is_of_table ? row.dimension == dimension : reading.type != 0;
    return fits && row.type == reading.type && row.code == reading.unit;
  });
  if (unit != wire_units.end()) return unit->vscp_name;
  return custom ? std::string_view(custom->wire_unit) : std::string_view{};
}

std::string shown_state(Shape shape, std::string_view sent) {
  constexpr std::array<std::string_view, 3> breaker = {"off", "on", "released"};
  constexpr std::array<std::string_view, 3> valve = {"closed", "open", "released"};
  const auto text = state_text(shape, sent);
  if (text.empty()) return "-";
  const auto number = shape == Shape::text || shape == Shape::code ? std::nullopt : state_number(shape, text);
  if (!number) return escaped(text);
  if (shape == Shape::breaker) return std::string(breaker[*number]);
  return shape == Shape::valve ? std::string(valve[*number]) : std::to_string(*number);
}

}  // namespace

void WatchTable::update(const Mapper::Mapping& mapping, const Settings& settings, std::uint64_t now) {
  for (auto& [quantity, row] : rows_) row.has_changed = false;
  std::map<std::size_t, const Reading*> latest;  // a profile gives many entries of one quantity
  for (const auto& reading : mapping.readings) {
    auto& last = latest[reading.quantity];
    if (last == nullptr || last->time.seconds <= reading.time.seconds) last = &reading;
  }
  for (const auto& [quantity, last] : latest) {
    const auto& reading = *last;
    WatchRow row;
    row.value = DecimalText(reading.value).view();
    row.unit = escaped(unit_of(reading, settings));
    row.seen = now;
    // By the meter's own clock, which may be wrong, and in a capture is long past.
    row.age = static_cast<std::uint64_t>(std::max<std::int64_t>(0, mapping.time.seconds - reading.time.seconds));
    row.is_recurrent = reading.time == mapping.time || is_mbus_reading(reading.code);
    add(quantity, settings, std::move(row));
  }
  for (const auto& state : mapping.states) {
    const auto& of_table = quantities[state.quantity];
    if (is_device_id(of_table) && state.text.empty()) continue;  // not sent, but not gone
    WatchRow row;
    row.value = shown_state(of_table.shape, state.text);
    row.seen = now;
    row.is_number = false;
    add(state.quantity, settings, std::move(row));
  }
}

void WatchTable::add(std::size_t quantity, const Settings& settings, WatchRow row) {
  const auto& set = settings.quantities[quantity];
  row.name = escaped(set.note.empty() ? set.key : set.note, longest_shown);
  const auto before = rows_.find(quantity);
  row.has_changed = before != rows_.end() && before->second.value != row.value;
  rows_.insert_or_assign(quantity, std::move(row));
}

}  // namespace vscp_p1
