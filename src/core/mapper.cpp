#include "vscp_p1/mapper.hpp"

#include <algorithm>
#include <charconv>

#include "vscp_p1/fields.hpp"
#include "vscp_p1/state.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

constexpr std::int64_t one_day = 86'400;
// A host's clock before the year of this program is one that was not set yet: it judges no meter.
constexpr std::int64_t plausible_host_clock = 1'735'689'600;  // 2025-01-01

}  // namespace

Mapper::Mapper(const Settings& settings, const TimeZone& zone)
    : settings_(settings),
      zone_(zone),
      binding_(settings.mbus),
      guard_(settings.quantities.size(), settings.main_fuse) {
  reconfigure(zone);
}

void Mapper::reconfigure(const TimeZone& zone) {
  const auto& all = settings_.quantities;
  zone_ = zone;
  binding_.set_overrides(settings_.mbus);
  guard_ = RegisterGuard(all.size(), settings_.main_fuse);
  profiles_.clear();
  traits_.assign(all.size(), {});
  seen_.assign(all.size(), false);
  own_codes_.clear();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool is_value = i < quantities.size() && quantities[i].shape == Shape::value;
    traits_[i] = {settings_.is_wanted(i), is_value && !all[i].has_own_code && !all[i].custom && !all[i].is_scaled()};
    if (all[i].has_own_code) own_codes_.push_back({all[i].obis, i});
  }
  all_are_wanted_ = std::all_of(traits_.begin(), traits_.end(), [](const Traits& traits) { return traits.is_wanted; });
}

Mapper::Mapping Mapper::map(std::string_view body, UtcTime now, std::int64_t latest) {
  readings_.clear();
  states_.clear();
  held_.clear();
  candidates_.clear();
  std::fill(seen_.begin(), seen_.end(), false);
  LineReader reader(body);
  read_lines(reader, body.size());
  now_ = now;
  latest_ = std::max(latest, now.seconds);
  time_ = telegram_time();
  header_ = reader.header();
  notice_meter();
  readings_.reserve(lines_.size());
  for (const auto& line : lines_) map_line(line);
  bind_devices();
  if (settings_.totals) add_totals();
  if (settings_.plausibility) hold_back_implausible();
  const bool all_are_given = all_are_wanted_ && !settings_.skip_zero;
  if (!all_are_given) {
    measured_.assign(readings_.begin(), readings_.end());
    drop_unwanted();
  }
  const auto& measured = all_are_given ? readings_ : measured_;
  return {readings_, measured, states_, held_, devices_, time_, lines_.size(), header_, meter_};
}

void Mapper::read_lines(LineReader& reader, std::size_t size) {
  constexpr std::size_t usual_size = 20;  // of a line
  lines_.clear();
  lines_.reserve(size / usual_size);
  told_ = {};
  devices_.fill({});
  while (true) {
    const auto step = reader.next(lines_.emplace_back());
    if (step == LineReader::Step::line) {
      if (lines_.back().use.role != CodeUse::Role::none) note(lines_.back());
      continue;
    }
    lines_.pop_back();
    if (step == LineReader::Step::end) return;
    skip(reader.fault());
  }
}

// What a line tells about the others, or about who sent them.
void Mapper::note(const DataLine& line) {
  const auto text = value_at(line, 0);
  switch (line.use.role) {
    case CodeUse::Role::clock:
      if (!told_.clock) told_.clock = text;
      return;
    case CodeUse::Role::date: told_.date = text; return;
    case CodeUse::Role::time_of_day: told_.time_of_day = text; return;
    case CodeUse::Role::meter_id: {
      const auto* code = std::find(equipment_id_codes.begin(), equipment_id_codes.end(), line.id);
      auto& id = told_.meter_ids[static_cast<std::size_t>(code - equipment_id_codes.begin())];
      if (!id) id = is_unset(text) ? std::string_view{} : text;
      return;
    }
    case CodeUse::Role::device_type: return note_device_type(text, devices_[line.id.b].type);
    case CodeUse::Role::device_id:
      devices_[line.id.b].id = is_unset(text) ? std::string_view{} : text;
      return;
    case CodeUse::Role::none: return;
  }
}

void Mapper::note_device_type(std::string_view text, int& type) {
  if (text.empty()) {
    type = MbusDevice::type_absent;
    return;
  }
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return skip(Errc::bad_number);
  type = number;
}

// Which meter speaks. Another id is another meter, or another header where no id was ever sent; an id that is missing
// for once tells nothing.
void Mapper::notice_meter() {
  const auto is_empty = [](const std::string& id) { return id.empty(); };
  const bool has_no_id = std::all_of(meter_ids_.begin(), meter_ids_.end(), is_empty);
  const bool has_other_header = known_header_ != header_;
  bool is_other = has_no_id && !known_header_.empty() && has_other_header;
  if (has_other_header) known_header_ = header_;
  const auto sent = [this](std::size_t i) { return told_.meter_ids[i].value_or(std::string_view{}); };
  for (std::size_t i = 0; i < meter_ids_.size(); ++i) {
    if (sent(i).empty() || meter_ids_[i].empty() || sent(i) == meter_ids_[i]) continue;
    is_other = is_other || !equal_ignoring_case(sent(i), meter_ids_[i]);
  }
  if (is_other) {
    binding_.forget();
    guard_.forget();
    meter_ids_.fill({});
  }
  for (std::size_t i = 0; i < meter_ids_.size(); ++i) {
    if (!sent(i).empty() && sent(i) != meter_ids_[i]) meter_ids_[i] = sent(i);
  }
  const auto id = std::find_if_not(meter_ids_.begin(), meter_ids_.end(), is_empty);
  meter_ = id == meter_ids_.end() ? header_ : std::string_view(*id);
}

// ---- time ----

// 0-0:1.0.0; WarmteLink sends 0-0:1.1.0; Slovenian meters split date and time into 1-0:0.9.2 and 1-0:0.9.1.
UtcTime Mapper::telegram_time() {
  if (told_.clock) return time_or_host(parsed_time(*told_.clock));
  const auto& [date, clock] = std::pair(told_.date, told_.time_of_day);
  if (date.size() != 6 || clock.size() != 6) return now_;
  std::array<char, 12> joined{};
  std::copy(clock.begin(), clock.end(), std::copy(date.begin(), date.end(), joined.begin()));
  return time_or_host(parsed_time({joined.data(), joined.size()}));
}

bool Mapper::is_too_late(const UtcTime& time) const noexcept {
  return latest_ >= plausible_host_clock && time.seconds > latest_ + one_day;
}

Result<UtcTime> Mapper::parsed_time(std::string_view text) const {
  const auto time = parse_timestamp(text, zone_);
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
