#include "io/config_keys.hpp"

#include "io/config_key_kinds.hpp"
#include "vscp_p1/guid.hpp"

namespace vscp_p1::io {
namespace {

template <class Access>
ConfigKey scale_key(std::string name, Access access) {
  return {"VSCP", std::move(name),
          [access](Settings& s, std::string_view value) -> std::string {
            const auto number = parse_decimal_prefix(value);
            if (!number || number->length != value.size() || number->value.mantissa == 0) {
              return "must be a number such as 60 or 0.5, not 0";
            }
            access(s) = number->value;
            return {};
          },
          [access](const Settings& s) { return std::string(DecimalText(access(s)).view()); }, same_by(access)};
}

ConfigKey guid_key() {
  return {"VSCP", "guid",
          [](Settings& s, std::string_view value) -> std::string {
            s.vscp.guid.reset();
            if (value.empty()) return {};
            const auto guid = parse_guid(value);
            if (!guid) return std::string(guid.error());
            s.vscp.guid = *guid;
            return {};
          },
          [](const Settings& s) { return s.vscp.guid ? std::string(GuidText(*s.vscp.guid).view()) : std::string{}; },
          same_by([](auto& s) -> auto& { return s.vscp.guid; })};
}

std::string_view mbus_fault(std::string_view value) {
  const bool is_channel = value.size() == 1 && value[0] >= '1' && value[0] <= '9';
  constexpr std::size_t shortest_id = 4;
  return value.empty() || is_channel || value.size() >= shortest_id
             ? std::string_view{}
             : "must be an M-Bus channel from 1 to 9, or the id of a device";
}

void add_general(Keys& keys) {
  keys.push_back(flag_key(
      "GENERAL", "one_shot", [](auto& s) -> auto& { return s.one_shot; }));
  keys.push_back(flag_key(
      "GENERAL", "no_vscp", [](auto& s) -> auto& { return s.no_vscp; }));
  keys.push_back(flag_key(
      "GENERAL", "skip_zero", [](auto& s) -> auto& { return s.skip_zero; }));
  keys.push_back(flag_key(
      "GENERAL", "totals", [](auto& s) -> auto& { return s.totals; }));
  // Whether the quantities exist is checked when all sections are read.
  keys.push_back(list_key(
      "GENERAL", "only", [](auto& s) -> auto& { return s.only; }, [](std::string_view name) { return lower(name); },
      [](std::string_view) { return std::string_view{}; }));
  keys.push_back(flag_key(
      "GENERAL", "plausibility", [](auto& s) -> auto& { return s.plausibility; }));
  keys.push_back(number_key(
      "GENERAL", "main_fuse", [](auto& s) -> auto& { return s.main_fuse; }, 1, 100'000));
  for (const auto medium : {Medium::gas, Medium::water, Medium::heat, Medium::cold, Medium::electricity}) {
    const auto index = static_cast<std::size_t>(medium);
    keys.push_back(text_key(
        "GENERAL",
        "mbus_" + std::string(detail::media[index].key), [index](auto& s) -> auto& { return s.mbus[index]; },
        mbus_fault));
  }
  for (std::size_t group = 0; group < group_names.size(); ++group) {
    keys.push_back(flag_key(
        "GENERAL", "send_" + std::string(group_names[group]), [group](auto& s) -> auto& { return s.send[group]; }));
  }
}

void add_vscp(Keys& keys) {
  keys.push_back(guid_key());
  keys.push_back(number_key(
      "VSCP", "zone", [](auto& s) -> auto& { return s.vscp.zone; }, 0, 255));
  keys.push_back(number_key(
      "VSCP", "subzone", [](auto& s) -> auto& { return s.vscp.subzone; }, 0, 255));
  keys.push_back(choice_key<>(
      "VSCP", "event_class", [](auto& s) -> auto& { return s.vscp.event_class; },
      std::vector<std::pair<std::string_view, EventClass>>{{"1040", EventClass::measurement_str},
                                                           {"1060", EventClass::measurement_float},
                                                           {"10", EventClass::measurement}}));
  keys.push_back(choice_key<>(
      "VSCP", "payload", [](auto& s) -> auto& { return s.vscp.payload; },
      std::vector<std::pair<std::string_view, PayloadFormat>>{{"json", PayloadFormat::json},
                                                              {"xml", PayloadFormat::xml},
                                                              {"string", PayloadFormat::string},
                                                              {"binary", PayloadFormat::binary}}));
  keys.push_back(choice_key<>(
      "VSCP", "json_names", [](auto& s) -> auto& { return s.vscp.json_names; },
      std::vector<std::pair<std::string_view, JsonNames>>{
          {"both", JsonNames::both}, {"vscp", JsonNames::vscp}, {"plain", JsonNames::plain}}));
  keys.push_back(choice_key<>(
      "VSCP", "datetime", [](auto& s) -> auto& { return s.vscp.datetime; },
      std::vector<std::pair<std::string_view, TimeSource>>{{"telegram", TimeSource::telegram},
                                                           {"host", TimeSource::host}}));
  keys.push_back(text_key(
      "VSCP", "timezone", [](auto& s) -> auto& { return s.vscp.timezone; }, nullptr));
}

const QuantitySettings& quantity_of(const Settings& s, std::size_t row) { return s.quantities[row]; }
QuantitySettings& quantity_of(Settings& s, std::size_t row) { return s.quantities.edit(row); }

void add_quantities(Keys& keys) {
  for (std::size_t row = 0; row < quantities.size(); ++row) {
    const std::string key(quantities[row].key);
    keys.push_back(number_key(
        "VSCP", "id_" + key, [row](auto& s) -> auto& { return quantity_of(s, row).id; }, 0, 65535));
    keys.push_back(number_key(
        "VSCP", "sensorindex_" + key, [row](auto& s) -> auto& { return quantity_of(s, row).sensor_index; }, 0, 255));
    if (quantities[row].dimension != Dimension::none) {
      keys.push_back(scale_key(
          "scale_" + key, [row](auto& s) -> auto& { return quantity_of(s, row).scale; }));
    }
    keys.push_back(text_key(
        "MQTT", "note_" + key, [row](auto& s) -> auto& { return quantity_of(s, row).note; }, nullptr));
  }
}

}  // namespace

const std::vector<ConfigKey>& config_keys() {
  static const auto keys = [] {
    Keys all;
    add_general(all);
    add_vscp(all);
    add_mqtt_keys(all);
    add_home_keys(all);
    add_publish_keys(all);
    add_raw_keys(all);
    add_meter_keys(all);
    add_quantities(all);
    return all;
  }();
  return keys;
}

std::vector<std::string> section_names() {
  std::vector<std::string> names;
  for (const auto& key : config_keys()) {
    if (std::find(names.begin(), names.end(), key.section) == names.end()) names.push_back(key.section);
  }
  return names;
}

}  // namespace vscp_p1::io
