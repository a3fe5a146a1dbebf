#include "vscp_p1/fields.hpp"

#include <algorithm>
#include <array>

#include "vscp_p1/decimal.hpp"
#include "vscp_p1/text.hpp"
#include "vscp_p1/time.hpp"

namespace vscp_p1 {

std::string_view value_at(const DataLine& line, std::size_t index) noexcept {
  if (line.has_one_value) return index == 0 ? first_value(line) : std::string_view{};
  ValueCursor cursor(line.values);
  for (; index > 0; --index) {
    if (!cursor.next()) return {};
  }
  return trimmed(cursor.next().value_or(std::string_view{}));
}

std::string_view unit_of(std::string_view value) noexcept {
  const auto number = parse_decimal_prefix(value);
  if (!number) return {};
  value = trimmed(value.substr(number->length));
  if (value.starts_with('*')) value.remove_prefix(1);
  return trimmed(value);
}

TimedFields timed_fields(std::string_view first, std::string_view second) noexcept {
  if (looks_like_timestamp(first)) return {first, second};
  const bool is_reversed = looks_like_timestamp(second) || second.empty();
  return is_reversed ? TimedFields{second, first} : TimedFields{first, second};
}

namespace {

// (value*unit) or (capture time)(value*unit), of which the number was read already.
MbusFields fields_with_number(const DataLine& line) noexcept {
  const auto begin = line.has_one_value ? 0 : stamp_size;
  const auto stamp = line.values.substr(1, begin == 0 ? 0 : stamp_size - 2);
  const auto value = trimmed_right(line.values.substr(begin + 1, line.values.size() - begin - 2));
  const auto unit = trimmed(value.substr(std::min(value.size(), line.number.length + std::size_t{1})));
  return {stamp, unit, value, DecimalPrefix{line.number.value(), line.number.length}};
}

}  // namespace

std::optional<MbusFields> mbus_fields(const DataLine& line) noexcept {
  const bool is_profile = line.id.d == 3;
  if (line.number.length > 0 && !is_profile) return fields_with_number(line);
  constexpr std::size_t profile_fields = 7;
  std::array<std::string_view, profile_fields> values;
  std::size_t count = 0;
  ValueCursor cursor(line.values);
  const std::size_t most = is_profile ? profile_fields : 2;
  while (count < most) {
    const auto value = cursor.next();
    if (!value) break;
    values[count++] = trimmed(*value);
  }
  if (count == 0 || (is_profile && count != profile_fields)) return std::nullopt;
  if (is_profile) return MbusFields{values[0], values[5], values[6]};
  const auto fields = timed_fields(values[0], values[1]);
  return MbusFields{fields.stamp, unit_of(fields.value), fields.value};
}

}  // namespace vscp_p1
