#include "vscp_p1/profile.hpp"

#include <algorithm>
#include <charconv>

#include "vscp_p1/decimal.hpp"
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
  std::size_t begin = 1;
  for (; begin < fields_.size(); ++begin) {
    const auto code = parse_obis(fields_[begin]);
    const bool misprint = is_failure_log && fields_[begin] == "0:96.7.19";  // in the example of DSMR 4.0
    if (!code && !misprint) break;
    // A register with its time is captured twice: as value and as time.
    if (code && (captured_.empty() || captured_.back() != *code)) captured_.push_back(*code);
  }
  if (is_failure_log) captured_.assign(1, failure_duration);
  const auto data = fields_.begin() + static_cast<std::ptrdiff_t>(begin);
  if (std::all_of(data, fields_.end(), [](auto field) { return field.empty(); })) return true;
  const auto fields = fields_.size() - begin;
  if (count == 0 || fields % count != 0) return false;
  for (; begin < fields_.size(); begin += fields / count) {
    if (!read_entry(begin, begin + fields / count, is_failure_log)) return false;
  }
  return true;
}

// Values belong to the captured codes counted from the end: a status may stand in front of them.
bool ProfileReader::read_entry(std::size_t begin, std::size_t end, bool is_failure_log) {
  std::string_view time;
  std::size_t values = 0;
  for (auto i = begin; i < end; ++i) {
    if (looks_like_timestamp(fields_[i])) {
      time = fields_[i];
    } else {
      fields_[begin + values++] = fields_[i];
    }
  }
  if (time.empty() || values == 0) return false;
  if (is_failure_log && (end - begin != 2 || !parse_decimal_prefix(fields_[begin]))) return false;
  for (auto n = std::min(values, captured_.size()); n > 0; --n) {
    entries_.push_back({captured_[captured_.size() - n], time, fields_[begin + values - n]});
  }
  return true;
}

}  // namespace vscp_p1
