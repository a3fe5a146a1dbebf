#include "vscp_p1/discovery.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "vscp_p1/state.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

using nlohmann::ordered_json;

// A unit as Home Assistant spells it, and its device class when that allows the unit.
struct Spelling {
  std::string_view name;  // of wire_units, as meters or VSCP have it, in lower case
  std::string_view unit;
  std::string_view device_class;
};

constexpr auto spellings = std::to_array<Spelling>({
    {"kwh", "kWh", "energy"},
    {"wh", "Wh", "energy"},
    {"mwh", "MWh", "energy"},
    {"gj", "GJ", "energy"},
    {"mj", "MJ", "energy"},
    {"kj", "kJ", "energy"},
    {"j", "J", "energy"},
    {"kvarh", "kvarh", "reactive_energy"},
    {"varh", "varh", "reactive_energy"},
    {"mvarh", "Mvarh", ""},
    {"kvah", "kVAh", ""},
    {"vah", "VAh", ""},
    {"mvah", "MVAh", ""},
    {"kw", "kW", "power"},
    {"w", "W", "power"},
    {"mw", "MW", "power"},
    {"kvar", "kvar", "reactive_power"},
    {"var", "var", "reactive_power"},
    {"mvar", "Mvar", ""},
    {"kva", "kVA", "apparent_power"},
    {"va", "VA", "apparent_power"},
    {"mva", "MVA", ""},
    {"v", "V", "voltage"},
    {"kv", "kV", "voltage"},
    {"mv", "mV", "voltage"},
    {"a", "A", "current"},
    {"ka", "kA", ""},
    {"ma", "mA", "current"},
    {"hz", "Hz", "frequency"},
    {"khz", "kHz", "frequency"},
    {"cos phi", "", "power_factor"},
    {"m3", "m³", "volume"},
    {"dm3", "L", "volume"},
    {"l", "L", "volume"},
    {"m3/h", "m³/h", "volume_flow_rate"},
    {"l/h", "L/h", "volume_flow_rate"},
    {"dm3/h", "L/h", "volume_flow_rate"},
    {"m3/s", "m³/s", "volume_flow_rate"},
    {"l/s", "L/s", "volume_flow_rate"},
    {"c", "°C", "temperature"},
    {"°c", "°C", "temperature"},
    {"\xB0"
     "c",
     "°C", "temperature"},
    {"degc", "°C", "temperature"},
    {"k", "K", "temperature"},
    {"s", "s", "duration"},
    {"imp/kwh", "imp/kWh", ""},
    {"imp/kvarh", "imp/kvarh", ""},
});
constexpr Spelling no_unit{};

// The first three letters of the header, as IEC 62056-21 §6.3.2 has them, and whom the FLAG Association gave them.
constexpr auto manufacturers = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"ADN", "Aidon"},
    {"AUX", "Sanxing"},
    {"EBZ", "eBZ"},
    {"EGM", "Elgama"},
    {"ELS", "Elster"},
    {"EMH", "EMH metering"},
    {"ESY", "EasyMeter"},
    {"ISK", "Iskraemeco"},

    {"KAM", "Kamstrup"},
    {"KFM", "Kaifa"},
    {"KMP", "Kamstrup"},
    {"LGB", "Landis+Gyr"},
    {"LGF", "Landis+Gyr"},
    {"LGZ", "Landis+Gyr"},
    {"MCS", "MetCom"},
    {"NES", "NES"},
    {"SAG", "Sagemcom"},
});

std::string manufacturer_name(const std::string& flag_id) {
  const auto known =
      std::find_if(manufacturers.begin(), manufacturers.end(), [&](const auto& m) { return m.first == flag_id; });
  return known == manufacturers.end() ? flag_id : std::string(known->second);
}

// What stands behind the manufacturer and the digit of the baud rate. "\2" in front of a name tells of a binary mode.
std::string model_of(std::string_view header, bool has_manufacturer) {
  if (has_manufacturer) header.remove_prefix(std::min<std::size_t>(4, header.size()));
  header = trimmed(header);
  while (header.starts_with('\\')) header.remove_prefix(1);
  const bool has_mode = header.size() > 1 && header[0] == '2' && (header[1] < '0' || header[1] > '9');
  if (has_mode) header.remove_prefix(1);
  return plain_text(first_bytes(trimmed(header), longest_shown));
}

bool is_position(Shape shape) noexcept { return shape == Shape::breaker || shape == Shape::valve; }

// The unit of what is published: the meter's without VSCP, else that of the event.
const WireUnit* published_unit(const Settings& settings, const Reading& reading) {
  const bool is_custom = settings.quantities[reading.quantity].custom.has_value();
  if (settings.no_vscp && (reading.wire_unit != nullptr || is_custom)) return reading.wire_unit;
  const auto unit = std::find_if(wire_units.begin(), wire_units.end(), [&](const WireUnit& u) {
    const bool same = u.type == reading.type && u.code == reading.unit;
    return same && (is_custom ? u.type != 0 : u.dimension == quantities[reading.quantity].dimension);
  });
  return unit == wire_units.end() ? nullptr : &*unit;
}

Spelling spelling_of(const Settings& settings, const Reading& reading) {
  const auto* unit = published_unit(settings, reading);
  if (unit == nullptr) return no_unit;
  const bool is_wire = settings.no_vscp && unit == reading.wire_unit;
  const auto name = is_wire && !unit->name.empty() ? unit->name : unit->vscp_name;
  const auto spelling = std::find_if(spellings.begin(), spellings.end(),
                                     [&](const Spelling& s) { return equal_ignoring_case(s.name, name); });
  if (spelling == spellings.end()) return no_unit;
  auto result = *spelling;
  const auto group = settings.group_of(reading.quantity);
  if (result.device_class == "volume" && group == Group::gas) result.device_class = "gas";
  if (result.device_class == "volume" && group == Group::water) result.device_class = "water";
  return result;
}

// Home Assistant takes no measurement for an amount, and the Energy dashboard takes nothing else.
std::string_view state_class_of(const Settings& settings, std::size_t quantity, std::string_view device_class) {
  constexpr std::uint8_t interval = 29;  // begins anew, and does not tell when
  if (settings.group_of(quantity) == Group::limits) return {};
  const bool is_amount = device_class == "energy" || device_class == "reactive_energy" || device_class == "volume" ||
                         device_class == "gas" || device_class == "water";
  if (quantity >= quantities.size()) return is_amount ? "total_increasing" : "measurement";
  const auto& row = quantities[quantity];
  if (is_cumulative(row) || row.shape == Shape::hourly) return "total_increasing";
  if (row.id.d == interval) return {};
  return is_amount || row.dimension == Dimension::apparent_energy ? "total" : "measurement";
}

// Not before three telegrams are missing behind what the rates allow; a meter that is silent is told at once by its
// topic.
std::size_t expire_after(const Settings& settings, std::size_t quantity) {
  constexpr unsigned least = 120;
  const auto& rates = settings.publish.of(quantity);
  if (settings.home.expire_after != 0) return settings.home.expire_after;
  return std::max(3 * settings.serial.timeout, least) + rates.interval +
         (rates.is_only_on_change() ? rates.heartbeat : 0);
}

void put(ordered_json& object, const char* key, std::string_view text) {
  if (!text.empty()) object[key] = text;
}

ordered_json device_of(const Discovery::Context& context, const Discovery::Meter& meter, const std::string& node_id) {
  const auto flag_id = meter.info.manufacturer();
  const auto version = meter.info.version();
  ordered_json device;
  device["identifiers"] = {node_id};
  device["name"] = context.settings->home.name;
  put(device, "manufacturer", manufacturer_name(flag_id));
  put(device, "model", model_of(meter.info.header(), !flag_id.empty()));
  put(device, "serial_number", plain_text(meter.info.equipment_id()));
  put(device, "hw_version", version.empty() ? "" : "P1 " + plain_text(version));
  device["sw_version"] = "vscp-p1d " + context.program_version;
  return device;
}

ordered_json availability_of(const Discovery::Context& context) {
  auto list = ordered_json::array();
  const auto add = [&list](const std::string& topic, const char* gone) {
    if (topic.empty()) return;
    list.push_back({{"topic", topic}, {"payload_available", "online"}, {"payload_not_available", gone}});
  };
  add(context.status_topic, "offline");
  add(context.meter_topic, "silent");
  return list;
}

// What all entities have.
ordered_json entity_of(const Discovery::Context& context, std::size_t quantity, const std::string& node_id) {
  const auto& own = context.settings->quantities[quantity];
  ordered_json entity;
  entity["name"] = own.note.empty() ? own.key : own.note;
  entity["unique_id"] = node_id + "-" + own.key;
  return entity;
}

std::string finished(ordered_json entity, const Discovery::Context& context, const Discovery::Meter& meter,
                     const std::string& node_id) {
  if (auto availability = availability_of(context); !availability.empty()) {
    entity["availability"] = std::move(availability);
    entity["availability_mode"] = "all";
  }
  entity["device"] = device_of(context, meter, node_id);
  entity["origin"] = {{"name", "vscp-p1d"}, {"sw_version", context.program_version}};
  return without_raw_controls(entity.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

// '+' for each level that differs.
std::string common_filter(const std::string& x, const std::string& y) {
  std::string filter;
  std::size_t i = 0;
  std::size_t j = 0;
  while (true) {
    const auto i_end = std::min(x.find('/', i), x.size());
    const auto j_end = std::min(y.find('/', j), y.size());
    const auto level = std::string_view(x).substr(i, i_end - i);
    filter += level == std::string_view(y).substr(j, j_end - j) ? level : "+";
    if (i_end == x.size() || j_end == y.size()) return filter;
    filter += '/';
    i = i_end + 1;
    j = j_end + 1;
  }
}

}  // namespace

bool is_sent_on_change(const Settings& settings, std::size_t quantity) noexcept {
  const bool by_its_kind = quantity < quantities.size() && quantities[quantity].shape != Shape::mbus &&
                           quantities[quantity].shape >= Shape::hourly;
  const auto& rates = settings.publish.of(quantity);
  return by_its_kind || (rates.is_only_on_change() && rates.heartbeat == 0);
}

// The members of an event that templates look at.
struct Discovery::Names {
  std::string_view guid, vscp_class, type;
};

Discovery::Discovery(Context context) : context_(std::move(context)), node_id_("vscp-p1d-") {
  const GuidText guid(context_.node->guid());
  constexpr std::size_t length_without_id = 41;
  for (const char c : guid.view().substr(0, length_without_id)) {
    if (c != ':') node_id_ += c;
  }
}

bool Discovery::has_entity(std::size_t quantity) const {
  const auto& settings = *context_.settings;
  if (!settings.is_wanted(quantity) || settings.group_of(quantity) == Group::history) return false;
  if (quantity >= quantities.size()) return true;
  const auto shape = quantities[quantity].shape;
  return quantities[quantity].dimension != Dimension::none || shape == Shape::tariff || is_position(shape);
}

std::string Discovery::topic(std::size_t quantity) const {
  const bool is_binary = quantity < quantities.size() && is_position(quantities[quantity].shape);
  return context_.settings->home.prefix + (is_binary ? "/binary_sensor/" : "/sensor/") + node_id_ + "/" +
         context_.settings->quantities[quantity].key + "/config";
}

std::string Discovery::all_topics() const { return context_.settings->home.prefix + "/+/" + node_id_ + "/+/config"; }

std::string Discovery::config(const Reading& reading, const Meter& meter) const {
  const auto& settings = *context_.settings;
  const auto spelling = spelling_of(settings, reading);
  auto entity = entity_of(context_, reading.quantity, node_id_);
  entity["state_topic"] =
      settings.no_vscp ? plain_topic(reading.quantity) : expanded(context_.node->measurement(reading), meter.id);
  const bool is_number = !spelling.unit.empty() || !spelling.device_class.empty() ||
                         !state_class_of(settings, reading.quantity, spelling.device_class).empty();
  entity["value_template"] = reading_template(reading.quantity, reading.type, is_number);
  put(entity, "unit_of_measurement", spelling.unit);
  put(entity, "device_class", spelling.device_class);
  put(entity, "state_class", state_class_of(settings, reading.quantity, spelling.device_class));
  if (settings.group_of(reading.quantity) == Group::limits) entity["entity_category"] = "diagnostic";
  if (!is_sent_on_change(settings, reading.quantity))
    entity["expire_after"] = expire_after(settings, reading.quantity);
  return finished(std::move(entity), context_, meter, node_id_);
}

std::string Discovery::state_config(std::size_t quantity, const Meter& meter) const {
  const auto shape = quantities[quantity].shape;
  auto entity = entity_of(context_, quantity, node_id_);
  entity["state_topic"] = state_topic(quantity, meter.id);
  if (shape == Shape::tariff) {
    constexpr std::uint16_t count = 1;
    entity["value_template"] = reading_template(quantity, count, false);
  } else {
    entity["value_template"] = position_template(quantity);
    if (shape == Shape::valve) entity["device_class"] = "opening";
  }
  return finished(std::move(entity), context_, meter, node_id_);
}

std::string Discovery::expanded(const Event& event, std::string_view meter) const {
  std::string topic;
  context_.topic->expand(event, meter, topic);
  return topic;
}

// The note, below the prefix of the node.
std::string Discovery::plain_topic(std::size_t quantity) const {
  const auto& settings = *context_.settings;
  const auto prefix = TopicTemplate::compile(settings.mqtt.prefixed({}), TopicTemplate::Tokens::guid_only);
  std::string topic;
  if (prefix) prefix->expand(context_.node->online({}), {}, topic);
  return topic.append(settings.quantities[quantity].note);
}

// A position has events of two types.
std::string Discovery::state_topic(std::size_t quantity, std::string_view meter) const {
  if (context_.settings->no_vscp) return plain_topic(quantity);
  std::array<std::string, 2> topics;
  for (const std::size_t position : {0U, 1U}) {
    const std::string_view text = position == 0 ? "0" : "1";
    context_.node->state({quantity, {}, text}, {}, [&](const Event& event) {
      if (topics[position].empty()) topics[position] = expanded(event, meter);
    });
  }
  return common_filter(topics[0], topics[1]);
}

Discovery::Names Discovery::names() const {
  return context_.settings->vscp.json_names == JsonNames::plain ? Names{"guid", "class", "type"}
                                                                : Names{"vscpGuid", "vscpClass", "vscpType"};
}

// Other events may come under the same topic.
std::string Discovery::guard(std::size_t quantity) const {
  if (context_.settings->no_vscp || context_.topic->is_one_per_quantity()) return {};
  const auto guid = context_.node->guid().with_id(context_.settings->quantities[quantity].id);
  return "value_json." + std::string(names().guid) + " == '" + std::string(GuidText(guid).view()) + "'";
}

// An empty text changes no number; a state it would. The type tells quantities apart that were given one id.
std::string Discovery::reading_template(std::size_t quantity, std::uint16_t type, bool is_number) const {
  if (context_.settings->no_vscp) return "{{ value }}";
  const std::string value = "value_json.measurement.value";
  const auto condition = guard(quantity);
  if (condition.empty()) return "{{ " + value + " }}";
  return "{{ " + value + " if " + condition + " and value_json." + std::string(names().type) +
         " == " + std::to_string(type) + " and value_json.measurement is defined else " +
         (is_number ? "''" : "this.state") + " }}";
}

std::string Discovery::position_template(std::size_t quantity) const {
  if (context_.settings->no_vscp) return "{{ 'ON' if value | upper in ['1', 'ON'] else 'OFF' }}";
  const std::string position =
      "'ON' if value_json." + std::string(names().type) + " in [3, 7] else 'OFF'";  // ON, OPENED
  const auto condition = guard(quantity);
  if (condition.empty()) return "{{ " + position + " }}";
  return "{{ (" + position + ") if " + condition + " and value_json." + std::string(names().vscp_class) +
         " == 20 else '' }}";
}

}  // namespace vscp_p1
