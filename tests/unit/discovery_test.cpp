#include "vscp_p1/discovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "unit/meter.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using Names = std::set<std::string>;

// ---- what Home Assistant documents

struct DeviceClass {
  Names units;  // "": none
  Names state_classes;
};

// home-assistant.io, Integrations, "Sensor": device classes with their units; developers.home-assistant.io, "Sensor
// entity": the state classes that each allows.
const std::map<std::string, DeviceClass> device_classes = {
    {"apparent_power", {{"mVA", "VA", "kVA"}, {"measurement"}}},
    {"current", {{"A", "mA"}, {"measurement"}}},
    {"duration", {{"d", "h", "min", "s", "ms"}, {"measurement", "total", "total_increasing"}}},
    {"energy",
     {{"J", "kJ", "MJ", "GJ", "mWh", "Wh", "kWh", "MWh", "GWh", "TWh", "cal", "kcal", "Mcal", "Gcal"},
      {"total", "total_increasing"}}},
    {"frequency", {{"Hz", "kHz", "MHz", "GHz"}, {"measurement"}}},
    {"gas", {{"L", "m³", "ft³", "CCF", "MCF"}, {"total", "total_increasing"}}},
    {"power", {{"mW", "W", "kW", "MW", "GW", "TW"}, {"measurement"}}},
    {"power_factor", {{"", "%"}, {"measurement"}}},
    {"reactive_energy", {{"varh", "kvarh"}, {"total", "total_increasing"}}},
    {"reactive_power", {{"mvar", "var", "kvar"}, {"measurement"}}},
    {"temperature", {{"°C", "°F", "K"}, {"measurement"}}},
    {"voltage", {{"V", "mV", "µV", "kV", "MV"}, {"measurement"}}},
    {"volume", {{"mL", "L", "m³", "ft³", "CCF", "MCF", "fl. oz.", "gal"}, {"total", "total_increasing"}}},
    {"volume_flow_rate",
     {{"m³/h", "m³/min", "m³/s", "L/h", "L/min", "L/s", "mL/s", "ft³/min", "gal/min"}, {"measurement"}}},
    {"water", {{"L", "m³", "ft³", "CCF", "MCF", "gal"}, {"total", "total_increasing"}}},
};
const Names all_state_classes = {"measurement", "total", "total_increasing"};
const Names binary_device_classes = {"opening", "power", "problem"};

using Type = json::value_t;

// "MQTT Sensor" and "MQTT binary sensor", configuration variables; "MQTT", discovery messages (device, origin).
const std::map<std::string, Type> sensor_keys = {
    {"availability", Type::array},
    {"availability_mode", Type::string},
    {"device", Type::object},
    {"device_class", Type::string},
    {"entity_category", Type::string},
    {"expire_after", Type::number_unsigned},
    {"name", Type::string},
    {"origin", Type::object},
    {"state_class", Type::string},
    {"state_topic", Type::string},
    {"unique_id", Type::string},
    {"unit_of_measurement", Type::string},
    {"value_template", Type::string},
};
const Names binary_sensor_keys = {"availability",    "availability_mode", "device",        "device_class",
                                  "entity_category", "expire_after",      "name",          "origin",
                                  "state_topic",     "unique_id",         "value_template"};
const Names device_keys = {"configuration_url", "connections",    "hw_version", "identifiers",
                           "manufacturer",      "model",          "model_id",   "name",
                           "serial_number",     "suggested_area", "sw_version", "via_device"};

// What is wrong with a configuration by the schema; empty: nothing.
std::string faults_of(const json& config, bool is_binary) {
  std::string faults;
  const auto fault = [&faults](const std::string& text) { faults += text + "; "; };
  for (const auto& [key, value] : config.items()) {
    const auto known = sensor_keys.find(key);
    if (known == sensor_keys.end() || (is_binary && !binary_sensor_keys.contains(key))) {
      fault("unknown key " + key);
    } else if (value.type() != known->second) {
      fault("type of " + key);
    }
  }
  for (const char* key : {"state_topic", "unique_id", "name"}) {
    if (config.value(key, "").empty()) fault(std::string("no ") + key);
  }
  if (config.contains("expire_after") && config["expire_after"] == 0) fault("expire_after 0");
  const auto mode = config.value("availability_mode", "latest");
  if (mode != "all" && mode != "any" && mode != "latest") fault("availability_mode " + mode);
  const auto category = config.value("entity_category", "diagnostic");
  if (category != "diagnostic") fault("entity_category " + category);  // a sensor may have no other
  for (const auto& item : config.value("availability", json::array())) {
    for (const char* key : {"topic", "payload_available", "payload_not_available"}) {
      if (item.value(key, "").empty()) fault(std::string("availability without ") + key);
    }
    if (item.size() != 3) fault("availability");
  }
  const auto device = config.value("device", json::object());
  if (!device.contains("identifiers") || !device["identifiers"].is_array()) fault("device without identifiers");
  for (const auto& [key, value] : device.items()) {
    if (!device_keys.contains(key)) fault("device: unknown key " + key);
    if (key != "identifiers" && value.get<std::string>().empty()) fault("device: empty " + key);
  }
  if (config.value("origin", json::object()).value("name", "").empty()) fault("no name of the origin");
  const auto device_class = config.value("device_class", "");
  const auto state_class = config.value("state_class", "");
  const auto unit = config.value("unit_of_measurement", "");
  if (is_binary) {
    if (!device_class.empty() && !binary_device_classes.contains(device_class)) fault("class " + device_class);
    return faults;
  }
  if (!state_class.empty() && !all_state_classes.contains(state_class)) fault("state class " + state_class);
  if (device_class.empty()) return faults;
  const auto known = device_classes.find(device_class);
  if (known == device_classes.end()) return faults + "unknown device class " + device_class;
  if (!known->second.units.contains(unit)) fault(device_class + " in " + unit);
  if (!state_class.empty() && !known->second.state_classes.contains(state_class)) {
    fault(device_class + " as " + state_class);
  }
  return faults;
}

// ---- a discovery and what it leads to

class Teller {
 public:
  explicit Teller(Settings settings = {}, std::string_view header = "KFM5KAIFA-METER", std::string_view lines = {})
      : settings_(std::move(settings)) {
    Mapper mapper(settings_, {});
    std::string body("/");
    body.append(header).append("\r\n\r\n").append(lines).append("1-0:1.7.0(1*kW)\r\n");
    info_.update(mapper.map(body, test::host_now));
  }
  Teller(const Teller&) = delete;
  Teller& operator=(const Teller&) = delete;

  Discovery discovery() const {
    return Discovery({&settings_, &node_, &topic_, "daemon/status", "daemon/meter", "1.2.3"});
  }
  json of_reading(const Reading& reading) const { return json::parse(discovery().config(reading, {info_, "E0043"})); }
  json of_state(std::string_view key) const {
    return json::parse(discovery().state_config(test::index_of(key), {info_, "E0043"}));
  }
  /// Of a quantity that comes with this unit.
  json of(std::string_view key, std::string_view unit) const {
    const auto quantity = test::index_of(key);
    const auto* wire = find_unit(quantities[quantity].dimension, unit);
    if (wire == nullptr) throw std::runtime_error("no unit " + std::string(unit));
    return of_reading(reading(quantity, *wire));
  }
  static Reading reading(std::size_t quantity, const WireUnit& wire) {
    return {quantity, quantities[quantity].id, {1, 0}, wire.type, wire.code, test::host_now, {1, 0}, "1", &wire};
  }

  Settings settings_;

 private:
  Node node_{Guid::from_mac({0x02, 0, 0x5E, 0x10, 0x20, 0x30}), settings_};
  TopicTemplate topic_ = *TopicTemplate::compile(settings_.mqtt.topic);
  MeterInfo info_;
};

const std::string node_id = "vscp-p1d-FFFFFFFFFFFFFFFE02005E102030";

TEST(Discovery, every_quantity_in_every_unit_is_as_documented) {
  std::size_t sensors = 0;
  std::size_t binary_sensors = 0;
  for (const bool no_vscp : {false, true}) {
    Settings settings;
    settings.no_vscp = no_vscp;
    const Teller teller(settings);
    const auto discovery = teller.discovery();
    for (std::size_t quantity = 0; quantity < quantities.size(); ++quantity) {
      const auto& row = quantities[quantity];
      if (!discovery.has_entity(quantity)) continue;
      if (row.dimension == Dimension::none) {
        const bool is_binary = row.shape != Shape::tariff;
        EXPECT_EQ(faults_of(teller.of_state(row.key), is_binary), "") << row.key;
        EXPECT_EQ(discovery.topic(quantity).starts_with("homeassistant/binary_sensor/"), is_binary) << row.key;
        ++binary_sensors;
        continue;
      }
      for (const auto& unit : wire_units) {
        if (unit.dimension != row.dimension) continue;
        const auto config = teller.of_reading(Teller::reading(quantity, unit));
        EXPECT_EQ(faults_of(config, false), "") << row.key << ' ' << unit.name << ' ' << config;
        ++sensors;
      }
    }
  }
  EXPECT_GT(sensors, 1500U);
  EXPECT_EQ(binary_sensors, 2 * (2 + 2 + 2 * mbus_channels)) << "two tariffs, breaker, valve, and those on M-Bus";
}

TEST(Discovery, the_check_finds_faults) {
  const Teller teller;
  const auto good = teller.of("sum_active_energy_out", "kWh");
  ASSERT_EQ(faults_of(good, false), "");
  const auto faults_with = [&](const char* key, const json& value) {
    auto config = good;
    config[key] = value;
    return faults_of(config, false);
  };
  EXPECT_EQ(faults_with("unit_of_measurement", "W"), "energy in W; ");
  EXPECT_EQ(faults_with("state_class", "measurement"), "energy as measurement; ");
  EXPECT_EQ(faults_with("device_class", "energie"), "unknown device class energie");
  EXPECT_EQ(faults_with("expire_after", "120"), "type of expire_after; ");
  EXPECT_EQ(faults_with("unit", "kWh"), "unknown key unit; ");
}

TEST(Discovery, a_whole_configuration) {
  const Teller teller({}, "KFM5KAIFA-METER", "1-3:0.2.8(50)\r\n0-0:96.1.1(4530303433)\r\n");
  EXPECT_EQ(teller.discovery().topic(0), "homeassistant/sensor/" + node_id + "/sum_active_energy_out/config");
  EXPECT_EQ(teller.of("sum_active_energy_out", "kWh"), json::parse(R"({
    "name": "Meter reading active energy out",
    "unique_id": "vscp-p1d-FFFFFFFFFFFFFFFE02005E102030-sum_active_energy_out",
    "state_topic": "vscp/FF:FF:FF:FF:FF:FF:FF:FE:02:00:5E:10:20:30:00:01/1040/13",
    "value_template": "{{ value_json.measurement.value }}",
    "unit_of_measurement": "kWh",
    "device_class": "energy",
    "state_class": "total_increasing",
    "expire_after": 120,
    "availability": [
      {"topic": "daemon/status", "payload_available": "online", "payload_not_available": "offline"},
      {"topic": "daemon/meter", "payload_available": "online", "payload_not_available": "silent"}],
    "availability_mode": "all",
    "device": {"identifiers": ["vscp-p1d-FFFFFFFFFFFFFFFE02005E102030"], "name": "Electricity meter",
               "manufacturer": "Kaifa", "model": "KAIFA-METER", "serial_number": "E0043", "hw_version": "P1 50",
               "sw_version": "vscp-p1d 1.2.3"},
    "origin": {"name": "vscp-p1d", "sw_version": "1.2.3"}})"));
}

TEST(Discovery, classes_and_units) {
  struct Case {
    std::string_view key, unit;
    std::string expected;  // device class, unit, state class
  };
  const Case cases[] = {
      {"sum_active_energy_out_t1", "kWh", "energy kWh total_increasing"},
      {"sum_active_energy_in_t2", "Wh", "energy Wh total_increasing"},
      {"sum_active_energy_net", "kWh", "energy kWh total"},
      {"interval_active_energy_out", "kWh", "energy kWh -"},
      {"sum_reactive_energy_q1", "varh", "reactive_energy kvarh total_increasing"},
      {"sum_apparent_energy_out", "kVAh", "- VAh total_increasing"},
      {"momentan_active_effect_out", "kW", "power W measurement"},
      {"momentan_reactive_effect_l1_in", "kvar", "reactive_power var measurement"},
      {"momentan_apparent_effect_out", "kVA", "apparent_power VA measurement"},
      {"max_active_effect_out", "kW", "power W measurement"},
      {"voltage_l1", "V", "voltage V measurement"},
      {"current_l3", "mA", "current A measurement"},
      {"frequency", "Hz", "frequency Hz measurement"},
      {"power_factor", "", "power_factor - measurement"},
      {"power_failures", "", "- - total_increasing"},
      {"gas_1", "m3", "gas m³ total_increasing"},
      {"gas_dsmr22", "m3", "gas m³ total_increasing"},
      {"water_9", "l", "water m³ total_increasing"},
      {"volume_2", "m3", "volume m³ total_increasing"},
      {"heat_1", "GJ", "energy J total_increasing"},
      {"cold_1", "kWh", "energy kWh total_increasing"},
      {"electricity_1", "kWh", "energy kWh total_increasing"},
      {"flow_1", "m3/h", "volume_flow_rate m³/s measurement"},
      {"temperature_1", "C", "temperature °C measurement"},
      {"voltage_sag_duration_l1", "s", "duration s measurement"},
      {"threshold", "kW", "power W -"},
      {"threshold", "kVA", "apparent_power VA -"},
      {"fuse_threshold_l1", "A", "current A -"},
      {"current_transformer_ratio", "", "- - -"},
  };
  const Teller teller;
  for (const auto& c : cases) {
    const auto config = teller.of(c.key, c.unit);
    EXPECT_EQ(config.value("device_class", "-") + ' ' + config.value("unit_of_measurement", "-") + ' ' +
                  config.value("state_class", "-"),
              c.expected)
        << c.key;
    EXPECT_EQ(config.contains("entity_category"), c.expected.ends_with(" -") && c.key != "interval_active_energy_out")
        << c.key;
  }
}

TEST(Discovery, without_vscp_the_unit_is_the_meters) {
  Settings settings;
  settings.no_vscp = true;
  const Teller teller(settings);
  const auto power = teller.of("momentan_active_effect_out", "kW");
  EXPECT_EQ(power["unit_of_measurement"], "kW");
  EXPECT_EQ(power["state_topic"], "Active effect out");
  EXPECT_EQ(power["value_template"], "{{ value }}");
  EXPECT_EQ(teller.of("gas_1", "dm3")["unit_of_measurement"], "L");
  EXPECT_EQ(teller.of("momentan_reactive_effect_out", "Mvar").value("device_class", "-"), "-")
      << "Home Assistant's mvar is a thousandth";
  EXPECT_EQ(teller.of_state("breaker")["value_template"], "{{ 'ON' if value | upper in ['1', 'ON'] else 'OFF' }}");
}

TEST(Discovery, the_number_comes_from_the_event) {
  struct Case {
    std::string topic;
    JsonNames names;
    std::string expected;
  };
  const std::string guid = "FF:FF:FF:FF:FF:FF:FF:FE:02:00:5E:10:20:30:00:15";
  const std::string plain = "{{ value_json.measurement.value }}";
  const Case cases[] = {
      {"vscp/{guid}/{class}/{type}", JsonNames::both, plain},
      {"p1/{name}/{class}/{type}", JsonNames::plain, plain},
      {"p1/{id}/{type}", JsonNames::vscp,
       "{{ value_json.measurement.value if value_json.vscpGuid == '" + guid +
           "' and value_json.vscpType == 16 and value_json.measurement is defined else '' }}"},
      {"p1/{name}", JsonNames::both,
       "{{ value_json.measurement.value if value_json.vscpGuid == '" + guid +
           "' and value_json.vscpType == 16 and value_json.measurement is defined else '' }}"},
      {"p1/{class}/{type}", JsonNames::plain,
       "{{ value_json.measurement.value if value_json.guid == '" + guid +
           "' and value_json.type == 16 and value_json.measurement is defined else '' }}"},
  };
  for (const auto& c : cases) {
    Settings settings;
    settings.mqtt.topic = c.topic;
    settings.vscp.json_names = c.names;
    const Teller teller(settings);
    EXPECT_EQ(teller.of("voltage_l1", "V")["value_template"], c.expected) << c.topic;
  }
}

TEST(Discovery, states) {
  const Teller teller;
  const auto base = "vscp/FF:FF:FF:FF:FF:FF:FF:FE:02:00:5E:10:20:30:01:";
  const auto tariff = teller.of_state("tariff");
  EXPECT_EQ(tariff["state_topic"], base + std::string("65/1040/1"));
  EXPECT_EQ(tariff["value_template"], "{{ value_json.measurement.value }}");
  EXPECT_FALSE(tariff.contains("expire_after")) << "it is published when it changes";
  EXPECT_FALSE(tariff.contains("state_class"));
  const auto breaker = teller.of_state("breaker");
  EXPECT_EQ(breaker["state_topic"], base + std::string("66/20/+"));
  EXPECT_EQ(breaker["value_template"], "{{ 'ON' if value_json.vscpType in [3, 7] else 'OFF' }}");
  EXPECT_EQ(teller.of_state("valve_1")["device_class"], "opening");
  Settings settings;
  settings.mqtt.topic = "p1/{name}";
  settings.vscp.json_names = JsonNames::plain;
  const Teller shared(settings);
  EXPECT_EQ(shared.of_state("breaker")["state_topic"], "p1/breaker");
  EXPECT_EQ(shared.of_state("breaker")["value_template"],
            "{{ ('ON' if value_json.type in [3, 7] else 'OFF') if value_json.guid == "
            "'FF:FF:FF:FF:FF:FF:FF:FE:02:00:5E:10:20:30:01:66' and value_json.class == 20 else '' }}");
  EXPECT_THAT(shared.of_state("tariff")["value_template"].get<std::string>(),
              ::testing::EndsWith("else this.state }}"));
  EXPECT_THAT(shared.of("current_transformer_ratio", "")["value_template"].get<std::string>(),
              ::testing::EndsWith("else this.state }}"))
      << "without a unit it is a state to Home Assistant";
}

TEST(Discovery, manufacturer_and_model) {
  struct Case {
    std::string_view header, manufacturer, model;
  };
  const Case cases[] = {
      {"KFM5KAIFA-METER", "Kaifa", "KAIFA-METER"},
      {"ISk5\\2MT382-1000", "Iskraemeco", "MT382-1000"},
      {"Ene5\\T211 ESMR 5.0", "ENE", "T211 ESMR 5.0"},
      {"FLU5\\253769484_A", "FLU", "253769484_A"},
      {"KMP5 KA6U001660372912", "Kamstrup", "KA6U001660372912"},
      {"LGF5E360", "Landis+Gyr", "E360"},
      {"ADN9 6534", "Aidon", "6534"},
      {"KAM5", "Kamstrup", "-"},
      {"1234567", "-", "1234567"},
  };
  for (const auto& c : cases) {
    const auto device = Teller({}, c.header).of("voltage_l1", "V")["device"];
    EXPECT_EQ(device.value("manufacturer", "-"), c.manufacturer) << c.header;
    EXPECT_EQ(device.value("model", "-"), c.model) << c.header;
  }
}

TEST(Discovery, what_is_wanted_has_an_entity) {
  Settings settings;
  settings.send[static_cast<std::size_t>(Group::voltage)] = false;
  const Teller teller(settings);
  for (const std::string_view key :
       {"sum_active_energy_out", "tariff", "breaker", "valve_3", "relay_1", "gas_dsmr22"}) {
    EXPECT_TRUE(teller.discovery().has_entity(test::index_of(key))) << key;
  }
  for (const std::string_view key : {"voltage_l1", "text_message", "equipment_id", "month_sum_active_energy_out",
                                     "power_failure_duration", "mbus_id_1"}) {
    EXPECT_FALSE(teller.discovery().has_entity(test::index_of(key))) << key;
  }
}

TEST(Discovery, a_quantity_of_ones_own) {
  struct Case {
    std::uint16_t type;
    std::uint8_t unit;
    std::string expected;
  };
  for (const auto& c :
       {Case{14, 0, "power W measurement"}, Case{13, 1, "energy kWh total_increasing"},
        Case{6, 1, "temperature °C measurement"}, Case{0, 0, "- - measurement"}, Case{22, 3, "- - measurement"}}) {
    Settings settings;
    settings.quantities.push_back({"pool", "0-0:94.98.31"_obis, 1001, 233, "Pool pump", {1, 0}, CustomUnit{}, true});
    const Teller teller(settings);
    const auto quantity = settings.quantities.size() - 1;
    EXPECT_TRUE(teller.discovery().has_entity(quantity));
    const auto config = teller.of_reading({quantity, "0-0:94.98.31"_obis, {1, 0}, c.type, c.unit, {}, {1, 0}, {}});
    EXPECT_EQ(faults_of(config, false), "");
    EXPECT_EQ(config.value("device_class", "-") + ' ' + config.value("unit_of_measurement", "-") + ' ' +
                  config.value("state_class", "-"),
              c.expected);
    EXPECT_EQ(config["name"], "Pool pump");
  }
}

TEST(Discovery, settings_count) {
  Settings settings;
  settings.home.prefix = "ha/test";
  settings.home.name = "Meter in the garage";
  settings.serial.timeout = 100;
  settings.quantities.edit(test::index_of("voltage_l1")).note.clear();
  const Teller teller(settings);
  const auto config = teller.of("voltage_l1", "V");
  EXPECT_EQ(config["expire_after"], 300U) << "three telegrams may be missing";
  EXPECT_EQ(config["name"], "voltage_l1");
  EXPECT_EQ(config["device"]["name"], "Meter in the garage");
  EXPECT_EQ(teller.discovery().all_topics(), "ha/test/+/" + node_id + "/+/config");
  settings.publish.all.interval = 60;
  EXPECT_EQ(Teller(settings).of("voltage_l1", "V")["expire_after"], 360U) << "behind the interval";
  settings.publish.all.on_change = true;
  EXPECT_FALSE(Teller(settings).of("voltage_l1", "V").contains("expire_after")) << "it may stay the same for ever";
  settings.publish.all.heartbeat = 600;
  EXPECT_EQ(Teller(settings).of("voltage_l1", "V")["expire_after"], 960U) << "behind interval and heartbeat";
  settings.home.expire_after = 7;
  EXPECT_EQ(Teller(settings).of("voltage_l1", "V")["expire_after"], 7U);
  EXPECT_FALSE(Teller(settings).of("gas_dsmr22", "m3").contains("expire_after")) << "once in an hour or a day";
}

TEST(Discovery, without_topics_of_states_there_is_no_availability) {
  const Settings settings;
  const Node node(Guid::from_mac({1, 2, 3, 4, 5, 6}), settings);
  const auto topic = *TopicTemplate::compile("{guid}/{meter}/{type}");
  const MeterInfo info;
  const auto config_with = [&](const char* status, const char* meter) {
    const Discovery discovery({&settings, &node, &topic, status, meter, "1"});
    return json::parse(discovery.config(Teller::reading(0, *find_unit("kWh")), {info, "E 1"}));
  };
  EXPECT_FALSE(config_with("", "").contains("availability"));
  EXPECT_FALSE(config_with("", "").contains("availability_mode"));
  EXPECT_EQ(config_with("", "m")["availability"].size(), 1U);
  EXPECT_EQ(config_with("s", "m")["state_topic"], "FF:FF:FF:FF:FF:FF:FF:FE:01:02:03:04:05:06:00:01/E_1/13");
}

TEST(Discovery, hostile_bytes_are_still_json_in_utf8) {
  for (const std::string bytes : {"\xFF\xFE", "\"},{\"", "\\u0000\\", "\x01\x1F\x7F\xC2\x9B", "\xED\xA0\x80"}) {
    Settings settings;
    settings.quantities.edit(0).note = "n" + bytes;
    settings.home.name = "d" + bytes;
    const Teller teller(settings, "KFM5" + bytes, "0-0:96.1.1(Z" + bytes + ")\r\n1-3:0.2.8(" + bytes + ")\r\n");
    const MeterInfo info;
    const auto text = teller.discovery().config(Teller::reading(0, *find_unit("kWh")), {info, bytes});
    EXPECT_TRUE(is_plain_text(text)) << test::hex(bytes);
    EXPECT_EQ(faults_of(teller.of("sum_active_energy_out", "kWh"), false), "") << test::hex(bytes);
  }
}

}  // namespace
}  // namespace vscp_p1
