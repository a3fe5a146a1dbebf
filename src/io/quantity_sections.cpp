#include "io/quantity_sections.hpp"

#include <algorithm>

#include "io/config_key_kinds.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1::io {
namespace {

constexpr std::uint16_t first_id = 1000;  // of quantities that have none of their own

template <class Number>
std::string read_up_to(unsigned most, std::string_view value, std::optional<Number>& result) {
  unsigned number = 0;
  auto wrong = read_number(value, 0, most, number);
  if (wrong.empty()) result = static_cast<Number>(number);
  return wrong;
}

// Without type and unit a known wire_unit converts by the table of units, and the factor comes on top of it.
std::optional<CustomUnit> custom_unit(const QuantitySection& s, bool is_new) {
  const bool says_unit = s.type || s.unit || s.wire_unit;
  if (!is_new && !says_unit) return std::nullopt;
  CustomUnit custom;
  custom.wire_unit = s.wire_unit.value_or("");
  custom.factor = s.factor.value_or(Decimal{1, 0});
  const auto* known = custom.wire_unit.empty() ? nullptr : find_unit(custom.wire_unit);
  if (known != nullptr && s.type.value_or(known->type) == known->type &&
      s.unit.value_or(known->code) == known->code && !(s.factor && (s.type || s.unit))) {
    custom.known = known;
  }
  custom.as_sent = !says_unit;
  custom.type = s.type.value_or(known != nullptr ? known->type : 0);
  custom.unit = s.unit.value_or(known != nullptr ? known->code : 0);
  return custom;
}

void apply(const QuantitySection& s, QuantitySettings& quantity, bool is_new) {
  if (s.obis) {
    quantity.obis = *s.obis;
    quantity.has_own_code = true;
  }
  if (s.id) quantity.id = *s.id;
  if (s.sensor_index) quantity.sensor_index = *s.sensor_index;
  if (s.note) quantity.note = *s.note;
  quantity.custom = custom_unit(s, is_new);
  if (!quantity.custom && s.factor) quantity.scale = *s.factor;
}

}  // namespace

const std::vector<std::string>& QuantitySections::keys() const {
  static const std::vector<std::string> names = {"obis",   "type", "unit",        "wire_unit",
                                                 "factor", "id",   "sensorindex", "note"};
  return names;
}

std::string QuantitySections::set(std::string_view name, std::string_view key, std::string_view value,
                                  std::size_t /*line*/) {
  auto& s = section(name);
  if (key == "obis") {
    s.says_obis = true;
    const auto id = parse_obis(value);
    if (!id) return "must be an OBIS code such as 1-0:1.8.0";
    s.obis = *id;
  } else if (key == "type") {
    return read_up_to(65535, value, s.type);
  } else if (key == "unit") {
    return read_up_to(255, value, s.unit);
  } else if (key == "wire_unit") {
    s.wire_unit = lower(value);
  } else if (key == "factor") {
    const auto number = parse_decimal_prefix(value);
    const bool good = number && number->length == value.size() && number->value.mantissa != 0;
    if (!good) return "must be a number such as 1000 or 0.001, not 0";
    s.factor = number->value;
  } else if (key == "id") {
    return read_up_to(65535, value, s.id);
  } else if (key == "sensorindex") {
    return read_up_to(255, value, s.sensor_index);
  } else if (key == "note") {
    s.note = value;
  }
  return {};
}

std::vector<ConfigRemark> QuantitySections::complete(Settings& settings) const {
  std::vector<ConfigRemark> faults;
  for (const auto& s : sections()) {
    const auto same_code = std::find_if(sections().begin(), sections().end(),
                                        [&](const QuantitySection& other) { return s.obis && other.obis == s.obis; });
    if (s.obis && same_code->name != s.name) {
      faults.push_back({s.line, "[QUANTITY " + s.name + "] has the same obis as [QUANTITY " + same_code->name + "]"});
      continue;
    }
    const auto row = std::find_if(settings.quantities.begin(), settings.quantities.end(),
                                  [&](const QuantitySettings& q) { return q.key == s.name; });
    if (row != settings.quantities.end()) {
      const auto quantity = static_cast<std::size_t>(row - settings.quantities.begin());
      const bool is_state = quantities[quantity].dimension == Dimension::none;
      if (is_state && (s.type || s.unit || s.wire_unit || s.factor)) {
        faults.push_back({s.line, "[QUANTITY " + s.name + "] is a text or a state: it has no type, unit or factor"});
      } else {
        apply(s, settings.quantities.edit(quantity), false);
      }
    } else if (s.name == AlarmSettings::fuse || s.name == AlarmSettings::silence) {
      faults.push_back({s.line, "[QUANTITY " + s.name + "]: alarms mean something else by it, give it another name"});
    } else if (!s.obis) {
      if (s.says_obis) continue;  // a fault already
      faults.push_back({s.line, "[QUANTITY " + s.name +
                                    "] is no quantity of the table (vscp-p1d --list-quantities): " +
                                    "a new one needs obis = its code"});
    } else {
      const auto number = settings.quantities.size() - quantities.size() + 1;
      QuantitySettings added{s.name, *s.obis, static_cast<std::uint16_t>(first_id + number),
                             static_cast<std::uint8_t>(number & 0xFF), s.name};
      apply(s, added, true);
      settings.quantities.push_back(std::move(added));
    }
  }
  return faults;
}

std::string show_quantity_sections(const Settings& settings) {
  std::string text;
  const auto put = [&text](std::string_view key, std::string_view value) { text += shown_setting(key, value); };
  for (std::size_t i = 0; i < settings.quantities.size(); ++i) {
    const auto& quantity = settings.quantities[i];
    if (!quantity.custom && !quantity.has_own_code) continue;
    text += "\n[QUANTITY " + quantity.key + "]\n";
    if (quantity.has_own_code) put("obis", ObisText(quantity.obis).view());
    if (const auto& custom = quantity.custom; custom && !custom->as_sent) {
      put("wire_unit", custom->wire_unit);
      if (custom->known == nullptr) {
        put("type", std::to_string(custom->type));
        put("unit", std::to_string(custom->unit));
      }
    }
    if (quantity.custom) put("factor", DecimalText(quantity.custom->factor).view());
    if (i < quantities.size()) continue;
    put("id", std::to_string(quantity.id));
    put("sensorindex", std::to_string(quantity.sensor_index));
    put("note", quantity.note);
  }
  return text;
}

}  // namespace vscp_p1::io
