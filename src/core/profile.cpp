#include "vscp_p1/profile.hpp"

#include <algorithm>
#include <charconv>

#include "vscp_p1/decimal.hpp"
#include "vscp_p1/fields.hpp"
#include "vscp_p1/quantity.hpp"
#include "vscp_p1/text.hpp"
#include "vscp_p1/time.hpp"

namespace vscp_p1 {
namespace {

constexpr auto failure_log = "1-0:99.97.0"_obis;
constexpr auto failure_duration = "0-0:96.7.19"_obis;

// The registers of a Hungarian month end, in the order of E.ON's list.
constexpr auto month_end_registers =
    std::to_array<Obis>({"1-0:1.8.0"_obis, "1-0:1.8.1"_obis, "1-0:1.8.2"_obis, "1-0:2.8.0"_obis, "1-0:2.8.1"_obis,
                         "1-0:2.8.2"_obis, "1-0:3.8.0"_obis, "1-0:4.8.0"_obis, "1-0:5.8.0"_obis, "1-0:6.8.0"_obis,
                         "1-0:7.8.0"_obis, "1-0:8.8.0"_obis, "1-0:15.8.0"_obis, "1-0:1.6.0"_obis, "1-0:1.6.1"_obis,
                         "1-0:1.6.2"_obis, "1-0:2.6.0"_obis, "1-0:2.6.1"_obis, "1-0:2.6.2"_obis});

constexpr std::size_t most_failures = 10;  // DSMR 5.0.2 §6.11

// "0000000240*s"; Kenter leaves out the unit.
bool is_duration(std::string_view text) noexcept {
  const auto number = parse_decimal_prefix(text);
  if (!number || number->value.mantissa < 0) return false;
  const auto unit = unit_of(text);
  return unit.empty() || equal_ignoring_case(unit, "s");
}

// A status ("00", "0000") has neither a unit nor decimals, a value has one of them.
bool is_value(std::string_view text) noexcept {
  const auto number = parse_decimal_prefix(text);
  if (!number) return text.find('*') != std::string_view::npos;
  const auto unit = unit_of(text);
  return number->value.exponent < 0 || (!unit.empty() && find_unit(unit) != nullptr);
}

}  // namespace

bool ProfileReader::read(const DataLine& line) {
  fields_.clear();
  captured_.clear();
  entries_.clear();
  ValueCursor cursor(line.values);
  while (const auto field = cursor.next()) fields_.push_back(trimmed(*field));
  if (std::all_of(fields_.begin(), fields_.end(), [](auto field) { return field.empty(); })) return true;
  const bool good = looks_like_timestamp(fields_[0]) ? read_month_end() : read_buffer(line.id == failure_log);
  if (!good) entries_.clear();
  return good;
}

bool ProfileReader::read_month_end() {
  if (fields_.size() != 1 + month_end_registers.size()) return false;
  for (std::size_t i = 0; i < month_end_registers.size(); ++i) {
    entries_.push_back({month_end_registers[i], fields_[0], fields_[i + 1]});
  }
  return true;
}

bool ProfileReader::read_buffer(bool is_failure_log) {
  std::size_t count = 0;
  const auto& text = fields_[0];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size()) return false;
  constexpr std::size_t first = 1;
  std::size_t begin = first;
  for (; begin < fields_.size(); ++begin) {
    const auto code = parse_obis(fields_[begin]);
    const bool misprint = is_failure_log && fields_[begin] == "0:96.7.19";  // in the example of DSMR 4.0
    if (!code && !misprint) break;
    // A register with its time is captured twice: as value and as time.
    if (code && (captured_.empty() || captured_.back() != *code)) captured_.push_back(*code);
  }
  const auto codes = begin - first;
  if (is_failure_log) captured_.assign(1, failure_duration);
  const auto data = fields_.begin() + static_cast<std::ptrdiff_t>(begin);
  if (std::all_of(data, fields_.end(), [](auto field) { return field.empty(); })) return true;
  const auto fields = fields_.size() - begin;
  if (count == 0 || fields % count != 0 || (is_failure_log && count > most_failures)) return false;
  const bool has_too_few_entries = !is_failure_log && fields / count > codes + 1;  // one field each, and the time
  if (has_too_few_entries) return false;
  for (; begin < fields_.size(); begin += fields / count) {
    if (!read_entry(begin, begin + fields / count, is_failure_log)) return false;
  }
  return true;
}

// A value has its time in front of it; where none is, behind it. Values belong to the captured codes counted from the
// end: a status may stand in front of them, or be captured and not sent. A status has no unit, a value has one.
bool ProfileReader::read_entry(std::size_t begin, std::size_t end, bool is_failure_log) {
  if (is_failure_log && !(end - begin == 2 && is_duration(fields_[begin + 1]))) return false;
  const auto is_time = [this](std::size_t i) { return looks_like_timestamp(fields_[i]); };
  std::string_view time;
  auto captured = captured_.size();
  auto time_of_later = entries_.size();  // entries from here on have no time yet
  const auto first = entries_.size();
  for (auto i = end; i-- > begin;) {
    if (is_time(i)) {
      if (time.empty()) time = fields_[i];
      for (; time_of_later < entries_.size(); ++time_of_later) entries_[time_of_later].time = fields_[i];
      continue;
    }
    if (!is_failure_log && !is_value(fields_[i])) continue;
    if (captured == 0) return false;
    entries_.push_back({captured_[--captured], {}, fields_[i]});
  }
  if (time.empty() || entries_.size() == first) return false;
  for (; time_of_later < entries_.size(); ++time_of_later) entries_[time_of_later].time = time;
  std::reverse(entries_.begin() + static_cast<std::ptrdiff_t>(first), entries_.end());
  return std::none_of(captured_.begin(), captured_.begin() + static_cast<std::ptrdiff_t>(captured),
                      [](const Obis& code) { return find_profile_quantity(code).has_value(); });
}

}  // namespace vscp_p1
