#include "io/alarm_sections.hpp"

#include <algorithm>

#include "io/config_key_kinds.hpp"
#include "io/nearest_name.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1::io {
namespace {

using Operator = AlarmSettings::Operator;

constexpr auto operators = std::to_array<std::pair<std::string_view, Operator>>({{">", Operator::above},
                                                                                 {"<", Operator::below},
                                                                                 {">=", Operator::at_least},
                                                                                 {"<=", Operator::at_most},
                                                                                 {"==", Operator::equal},
                                                                                 {"!=", Operator::other}});
constexpr Decimal longest_silence{31'536'000, 0};  // seconds: a year

std::string_view text_of(Operator op) {
  return std::find_if(operators.begin(), operators.end(), [&](auto& o) { return o.second == op; })->first;
}

std::string read_operator(std::string_view value, std::optional<Operator>& result) {
  for (const auto& [text, op] : operators) {
    if (value != text) continue;
    result = op;
    return {};
  }
  return "must be one of >, <, >=, <=, ==, !=";
}

std::string read_decimal(std::string_view value, bool may_be_negative, std::optional<Decimal>& result) {
  const auto number = parse_decimal_prefix(value);
  const bool good = number && number->length == value.size() && (may_be_negative || number->value.mantissa >= 0);
  if (!good) return may_be_negative ? "must be a number such as 5000 or -0.5" : "must be a number such as 5 or 0.5";
  result = number->value;
  return {};
}

std::string read_byte(std::string_view value, unsigned least, std::optional<std::uint8_t>& result) {
  unsigned number = 0;
  auto wrong = read_number(value, least, 255, number);
  if (wrong.empty()) result = static_cast<std::uint8_t>(number);
  return wrong;
}

std::string read_key(AlarmSection& s, std::string_view key, std::string_view value, std::size_t line) {
  if (key == "quantity") {
    s.quantity = lower(value);
    s.quantity_line = line;
    return value.empty() ? "must be a quantity, fuse or silence" : "";
  }
  if (key == "op") return read_operator(value, s.op);
  if (key == "value") return read_decimal(value, true, s.value);
  if (key == "hysteresis") return read_decimal(value, false, s.hysteresis);
  if (key == "fuse") return read_decimal(value, false, s.fuse);
  if (key == "for") {
    s.hold = parse_amount(value, time_suffixes);
    return s.hold ? "" : "must be a time such as 10, 30s, 5m or 1h";
  }
  if (key == "one_shot") return read_flag(value, s.one_shot);
  if (key == "code") return read_byte(value, 1, s.code);
  if (key == "zone") return read_byte(value, 0, s.zone);
  if (key == "subzone") return read_byte(value, 0, s.subzone);
  s.note = value;
  return {};
}

// Why a quantity cannot be watched, or nothing.
std::string_view without_number(std::size_t quantity, const Settings& settings) {
  if (quantity >= quantities.size()) return {};
  const auto& row = quantities[quantity];
  if (row.shape == Shape::text || row.shape == Shape::code) return " is a text: it cannot be compared";
  const bool is_profile = row.shape == Shape::entry || row.shape == Shape::hourly;
  if (is_profile && !settings.quantities[quantity].has_own_code) return " tells of the past: no alarm begins by it";
  return {};
}

// What is the same whatever the alarm is about.
AlarmSettings begun(const AlarmSection& s, const Settings& settings) {
  AlarmSettings alarm;
  alarm.name = s.name;
  alarm.quantity = s.quantity ? *s.quantity : std::string(s.fuse ? AlarmSettings::fuse : "");
  alarm.op = s.op.value_or(Operator::above);
  alarm.hysteresis = s.hysteresis.value_or(Decimal{});
  alarm.hold = s.hold.value_or(0);
  alarm.one_shot = s.one_shot;
  alarm.code = s.code.value_or(std::uint8_t{1});
  alarm.zone = s.zone.value_or(settings.vscp.zone);
  alarm.subzone = s.subzone.value_or(settings.vscp.subzone);
  alarm.note = s.note.value_or("Alarm " + s.name + " (" + alarm.quantity + ")");
  return alarm;
}

// Returns what is wrong in the section as a whole.
std::string complete_fuse(const AlarmSection& s, const Settings& settings, AlarmSettings& alarm) {
  if (s.value && s.fuse) return "has value and fuse: keep one of the two";
  for (const auto& phase : {"1-0:31.7.0"_obis, "1-0:51.7.0"_obis, "1-0:71.7.0"_obis}) {
    alarm.quantities.push_back(*find_quantity(phase));
  }
  alarm.value = s.value ? *s.value : s.fuse.value_or(Decimal{settings.main_fuse, 0});
  return {};
}

std::string complete_silence(const AlarmSection& s, const Settings& settings, AlarmSettings& alarm) {
  if (alarm.op != Operator::above && alarm.op != Operator::at_least) return "is of silence: op is > or missing";
  const Decimal without{s.hold ? 0 : settings.serial.timeout, 0};
  alarm.value = s.value.value_or(without);
  const auto seconds = sum(alarm.value, {static_cast<std::int64_t>(alarm.hold), 0});
  const bool good = seconds && alarm.value.mantissa >= 0 && compare(*seconds, {1, 0}) >= 0 &&
                    compare(*seconds, longest_silence) <= 0;
  return good ? "" : "is of silence: for, or value, is the time in seconds, from 1 on";
}

std::string complete_quantity(const AlarmSection& s, const Settings& settings, AlarmSettings& alarm) {
  if (!s.op) return "needs op, one of >, <, >=, <=, ==, !=";
  if (!s.value) return "needs value, the number to compare with";
  alarm.value = *s.value;
  alarm.id = settings.quantities[alarm.quantities.front()].id;
  return {};
}

std::string complete_any(const AlarmSection& s, const Settings& settings, AlarmSettings& alarm) {
  if (alarm.quantity.empty()) return "needs quantity: a key of vscp-p1d --list-quantities, fuse or silence";
  if (alarm.quantity == AlarmSettings::fuse) return complete_fuse(s, settings, alarm);
  if (s.fuse) return "has fuse, which belongs to quantity = fuse";
  if (alarm.quantity == AlarmSettings::silence) return complete_silence(s, settings, alarm);
  return complete_quantity(s, settings, alarm);
}

// Finds the quantity of an alarm that is about one; returns what is wrong with it.
std::string find_quantity_of(AlarmSettings& alarm, const Settings& settings) {
  const auto& name = alarm.quantity;
  if (name.empty() || name == AlarmSettings::fuse || name == AlarmSettings::silence) return {};
  const auto row = std::find_if(settings.quantities.begin(), settings.quantities.end(),
                                [&](const QuantitySettings& q) { return q.key == name; });
  if (row == settings.quantities.end()) return unknown_quantity(name, settings);
  alarm.quantities.push_back(static_cast<std::size_t>(row - settings.quantities.begin()));
  const auto wrong = without_number(alarm.quantities.front(), settings);
  return wrong.empty() ? std::string{} : std::string(name).append(wrong);
}

}  // namespace

const std::vector<std::string>& AlarmSections::keys() const {
  static const std::vector<std::string> names = {"quantity", "op",   "value",   "hysteresis", "for", "one_shot",
                                                 "code",     "zone", "subzone", "note",       "fuse"};
  return names;
}

std::string AlarmSections::set(std::string_view name, std::string_view key, std::string_view value,
                               std::size_t line) {
  auto& s = section(name);
  auto wrong = read_key(s, key, value, line);
  s.is_faulty = s.is_faulty || !wrong.empty();
  return wrong;
}

std::vector<ConfigRemark> AlarmSections::complete(Settings& settings) const {
  std::vector<ConfigRemark> faults;
  for (const auto& s : sections()) {
    auto alarm = begun(s, settings);
    if (const auto wrong = find_quantity_of(alarm, settings); !wrong.empty()) {
      faults.push_back({s.quantity_line, "quantity: " + wrong});
    } else if (!s.is_faulty) {
      const auto missing = complete_any(s, settings, alarm);
      if (!missing.empty()) faults.push_back({s.line, "[ALARM " + s.name + "] " + missing});
      settings.alarms.push_back(std::move(alarm));
    }
  }
  return faults;
}

std::string show_alarms(const Settings& settings, const std::vector<MeterSettings>& meters) {
  std::string text;
  for (std::size_t i = 0; i < settings.alarms.size(); ++i) {
    const auto& alarm = settings.alarms[i];
    const auto is_same = [&](auto field) {
      return std::all_of(meters.begin(), meters.end(),
                         [&](const MeterSettings& meter) { return meter.settings.alarms[i].*field == alarm.*field; });
    };
    text += "\n[ALARM " + alarm.name + "]\n";
    const auto put = [&text](std::string_view key, std::string_view value) { text += shown_setting(key, value); };
    put("quantity", alarm.quantity);
    put("op", text_of(alarm.op));
    const bool has_value = is_same(&AlarmSettings::value);
    if (has_value) put("value", DecimalText(alarm.value).view());
    put("hysteresis", DecimalText(alarm.hysteresis).view());
    // Silence of any length is that of serial_timeout: neither is set.
    if (has_value || !alarm.is_of_silence()) put("for", amount_text(alarm.hold, time_suffixes));
    put("one_shot", alarm.one_shot ? "true" : "false");
    put("code", std::to_string(alarm.code));
    if (is_same(&AlarmSettings::zone)) put("zone", std::to_string(alarm.zone));
    if (is_same(&AlarmSettings::subzone)) put("subzone", std::to_string(alarm.subzone));
    put("note", alarm.note);
  }
  return text;
}

}  // namespace vscp_p1::io
