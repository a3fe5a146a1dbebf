#include "vscp_p1/mapper.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "vscp_p1/fields.hpp"
#include "vscp_p1/state.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

constexpr std::int64_t one_day = 86'400;
// A host's clock before the year of this program is one that was not set yet: it judges no meter.
constexpr std::int64_t plausible_host_clock = 1'735'689'600;  // 2025-01-01

bool is_empty(const std::string& id) noexcept { return id.empty(); }

// By quantity the first unit of its dimension, the one that meters send as a rule.
struct UsualUnit {
  std::uint64_t word = 0;
  const WireUnit* unit = nullptr;
};
constexpr auto usual_units = [] {
  std::array<UsualUnit, quantities.size()> usual{};
  for (std::size_t i = 0; i < quantities.size(); ++i) {
    const auto first = detail::first_units[static_cast<std::size_t>(quantities[i].dimension)];
    usual[i] = {detail::unit_words[first], &wire_units[first]};
  }
  return usual;
}();

}  // namespace

// A value is plain if it is exact in each unit.
constexpr std::array<Mapper::Place, quantities.size() + 1> Mapper::table_places = [] {
  std::array<Place, quantities.size() + 1> places{};
  places.fill(Place::free);
  for (std::size_t i = 0; i < quantities.size(); ++i) {
    const auto dimension = quantities[i].dimension;
    const bool is_exact = dimension != Dimension::none && dimension != Dimension::flow;
    const auto shape = quantities[i].shape;
    if (shape == Shape::value && is_exact) places[i] = Place::plain;
    if (shape == Shape::text || shape == Shape::code) places[i] = Place::text;
  }
  return places;
}();

Mapper::Mapper(const Settings& settings, const TimeZone& zone)
    : settings_(settings), stamps_(zone), binding_(settings.mbus), guard_(settings.main_fuse) {
  reconfigure(zone);
}

void Mapper::reconfigure(const TimeZone& zone) {
  const auto& all = settings_.quantities;
  stamps_ = StampReader(zone);
  binding_.set_overrides(settings_.mbus);
  guard_ = RegisterGuard(settings_.main_fuse);
  profiles_.clear();
  own_codes_.clear();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].has_own_code) own_codes_.push_back({all[i].obis, i});
  }
  std::vector<Place> places(std::max(all.size(), table_places.size()), Place::free);
  std::vector<std::uint8_t> wanted(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (is_as_in_table(i)) places[i] = table_places[i];
    wanted[i] = settings_.is_wanted(i) ? 1 : 0;
  }
  const bool are_as_in_table = std::equal(places.begin(), places.end(), table_places.begin(), table_places.end());
  own_places_ = are_as_in_table ? std::vector<Place>{} : std::move(places);
  const bool all_are_wanted = std::find(wanted.begin(), wanted.end(), 0) == wanted.end();
  wanted_ = all_are_wanted ? std::vector<std::uint8_t>{} : std::move(wanted);
}

// No setting says where it comes from or what is made of it.
bool Mapper::is_as_in_table(std::size_t quantity) const {
  if (quantity >= quantities.size()) return false;
  const auto& own = settings_.quantities[quantity];
  const bool is_taken = std::any_of(own_codes_.begin(), own_codes_.end(),
                                    [&](const OwnCode& other) { return other.code == quantities[quantity].id; });
  return !own.has_own_code && !own.custom && !own.is_scaled() && !is_taken;
}

Mapper::Mapping Mapper::map(std::string_view body, UtcTime now, std::int64_t latest) {
  now_ = now;
  latest_ = std::max(latest, now.seconds);
  forget_telegram();
  LineReader reader(body, code_order_);
  const auto lines = read_lines(reader);
  date_readings();
  header_ = reader.header();
  notice_meter();
  map_mbus_lines();
  if (settings_.totals) add_totals();
  if (settings_.plausibility) hold_back_implausible();
  const bool all_are_given = wanted_.empty() && !settings_.skip_zero;
  if (!all_are_given) {
    measured_.assign(readings().begin(), readings().end());
    drop_unwanted();
  }
  const auto measured = all_are_given ? readings() : std::span<const Reading>(measured_);
  return {readings(), measured, states_, held_, devices_, time_, lines, header_, meter_};
}

void Mapper::forget_telegram() {
  lines_.clear();
  count_ = 0;
  mbus_lines_.clear();
  states_.clear();
  held_.clear();
  candidates_.clear();
  const std::span<const Place> places = own_places_.empty() ? std::span<const Place>(table_places) : own_places_;
  places_.assign(places.begin(), places.end());
  devices_.fill({});
  told_ = {};
  time_ = unknown_time;
}

// Most lines: a number in a unit of the row's dimension, of which no setting makes another one. It is what add()
// gives, without looking at the text again.
inline bool Mapper::add_plain(const Obis& code, std::size_t quantity, const PlainNumber& number, const char* digits) {
  auto& place = places_[quantity];
  if (place != Place::plain) return false;
  if (count_ == room_) return false;
  const auto& usual = usual_units[quantity];
  const auto* unit = usual.unit;
  if (number.unit != usual.word) {
    unit = find_unit(unit->dimension, number.unit);
    if (unit == nullptr) return false;
  }
  place = Place::taken;
  auto& reading = readings_[count_++];
  reading.quantity = quantity;
  reading.code = code;
  reading.value = number.value().scaled(unit->power);
  reading.type = unit->type;
  reading.unit = unit->code;
  reading.time = time_;
  reading.number = number.value();
  reading.digits = {digits, number.length};
  reading.wire_unit = unit;
  reading.is_entry = false;
  return true;
}

// How many could be read. Each is mapped at once, but for what may depend on a line behind it: the clock, and the
// types of M-Bus devices.
std::size_t Mapper::read_lines(LineReader& reader) {
  using Step = LineReader::Step;
  const bool totals = settings_.totals;
  std::size_t count = 0;
  DataLine line;
  for (;;) {
    PlainLine plain;
    if (reader.next_plain(plain)) {
      ++count;
      if (totals) lines_.push_back(plain.line());
      const auto& code = *plain.code;
      if (!add_plain(code.id, code.use.quantity, plain.number, plain.values + 1)) read_line(plain.line());
      continue;
    }
    switch (reader.next_other(line, plain.code)) {
      case Step::line: {
        ++count;
        if (totals) lines_.push_back(line);
        const auto& number = line.number;
        const bool is_plain =
            number.length > 0 && add_plain(line.id, line.use.quantity, number, line.values.data() + 1);
        if (!is_plain) read_line(line);
        break;
      }
      case Step::fault: skip(reader.fault()); break;
      case Step::end: return count;
    }
  }
}

void Mapper::read_line(const DataLine& line) {
  if (line.use.role != CodeUse::Role::none) note(line);
  auto& place = places_[line.use.quantity];
  const bool is_usual_text = place == Place::text && own_codes_.empty();
  if (!is_usual_text) return map_line(line);
  place = Place::taken;
  states_.push_back({line.use.quantity, first_value(line)});
}

// What a line tells about the others, or about who sent them.
void Mapper::note(const DataLine& line) {
  const auto text = first_value(line);
  switch (line.use.role) {
    case CodeUse::Role::clock:
      if (time_ != unknown_time) return;
      time_ = time_or_host(parsed_time(text));
      told_.clock_is_late = count_ > 0;
      return;
    case CodeUse::Role::date: told_.date = text; return;
    case CodeUse::Role::time_of_day: told_.time_of_day = text; return;
    case CodeUse::Role::meter_id: {
      const auto* code = std::find(equipment_id_codes.begin(), equipment_id_codes.end(), line.id);
      auto& id = told_.meter_ids[static_cast<std::size_t>(code - equipment_id_codes.begin())];
      if (!id) id = is_unset(text) ? std::string_view{} : text;
      return;
    }
    case CodeUse::Role::device_type: return note_device_type(line);
    case CodeUse::Role::device_id: devices_[line.id.b].id = is_unset(text) ? std::string_view{} : text; return;
    case CodeUse::Role::none: return;
  }
}

void Mapper::note_device_type(const DataLine& line) {
  auto& type = devices_[line.id.b].type;
  const auto& read = line.number;
  if (read.length > 0 && read.exponent == 0 && read.unit == 0) {  // of eight digits at most
    type = static_cast<int>(read.mantissa);
    return;
  }
  const auto text = first_value(line);
  if (text.empty()) {
    type = MbusDevice::type_absent;
    return;
  }
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return skip(Errc::bad_number);
  type = number;
}

// Which meter speaks: as a rule the one that spoke before.
void Mapper::notice_meter() {
  bool is_as_before = known_header_ == header_;
  for (std::size_t i = 0; i < meter_ids_.size(); ++i) {
    is_as_before = is_as_before && (sent_id(i).empty() || sent_id(i) == meter_ids_[i]);
  }
  if (!is_as_before) notice_other_meter();
  const auto id = std::find_if_not(meter_ids_.begin(), meter_ids_.end(), is_empty);
  meter_ = id == meter_ids_.end() ? header_ : std::string_view(*id);
}

// Another id is another meter, or another header where no id was ever sent; an id that is missing for once tells
// nothing.
void Mapper::notice_other_meter() {
  const bool has_no_id = std::all_of(meter_ids_.begin(), meter_ids_.end(), is_empty);
  bool is_other = has_no_id && !known_header_.empty() && known_header_ != header_;
  known_header_ = header_;
  for (std::size_t i = 0; i < meter_ids_.size(); ++i) {
    if (sent_id(i).empty() || meter_ids_[i].empty()) continue;
    is_other = is_other || !equal_ignoring_case(sent_id(i), meter_ids_[i]);
  }
  if (is_other) {
    binding_.forget();
    guard_.forget();
    meter_ids_.fill({});
  }
  for (std::size_t i = 0; i < meter_ids_.size(); ++i) {
    if (!sent_id(i).empty()) meter_ids_[i] = sent_id(i);
  }
}

// ---- time ----

// 0-0:1.0.0; WarmteLink sends 0-0:1.1.0; Slovenian meters split date and time into 1-0:0.9.2 and 1-0:0.9.1.
void Mapper::date_readings() {
  if (time_ == unknown_time) {
    const auto& [date, clock] = std::pair(told_.date, told_.time_of_day);
    time_ = date.size() == 6 && clock.size() == 6 ? time_or_host(parsed_time(std::string(date).append(clock))) : now_;
    told_.clock_is_late = true;
  }
  if (!told_.clock_is_late) return;
  for (auto& reading : readings()) {
    if (reading.time == unknown_time) reading.time = time_;
  }
}

bool Mapper::is_too_late(const UtcTime& time) const noexcept {
  return latest_ >= plausible_host_clock && time.seconds > latest_ + one_day;
}

Result<UtcTime> Mapper::parsed_time(std::string_view text) {
  const auto time = stamps_.read(text);
  return time && is_too_late(*time) ? Errc::bad_timestamp : time;
}

UtcTime Mapper::time_or_host(const Result<UtcTime>& time) {
  if (settings_.vscp.datetime == TimeSource::host) return now_;
  if (time) return *time;
  skip(Errc::bad_timestamp);
  return now_;
}

// The time of a value that has its own stamp; nullopt when the stamp says that it was never taken.
std::optional<UtcTime> Mapper::own_time(std::string_view stamp, const Result<UtcTime>& time) {
  if (!is_never_read(stamp)) return time_or_host(time);
  skip(Errc::never_read);
  return std::nullopt;
}

}  // namespace vscp_p1
