// Keys of the way to the broker.

#include "io/config_key_kinds.hpp"
#include "vscp_p1/broker.hpp"

namespace vscp_p1::io {
namespace {

ConfigKey host_key() {
  return {"MQTT", "host",
          [](Settings& s, std::string_view value) -> std::string {
            s.mqtt.host = value;
            const auto brokers = parse_brokers(value, s.mqtt.port);
            return brokers ? std::string{} : brokers.error();
          },
          [](const Settings& s) { return s.mqtt.host; }, same_by([](auto& s) -> auto& { return s.mqtt.host; })};
}

// Which another topic follows.
ConfigKey topic_prefix_key() {
  auto key = topic_key(
      "MQTT", "topic_prefix", [](auto& s) -> auto& { return s.mqtt.topic_prefix; }, TopicTemplate::Tokens::guid_only,
      true);
  key.read = [read = key.read](Settings& s, std::string_view value) -> std::string {
    if (value.starts_with('/') || value.ends_with('/')) return "must not begin or end with '/'";
    return read(s, value);
  };
  return key;
}

// RFC 7301 §3.1
std::string_view alpn_fault(std::string_view protocol) {
  constexpr std::size_t longest = 255;
  const bool good = protocol.size() <= longest && protocol.find_first_of(" \t") == std::string_view::npos;
  return good ? std::string_view{} : "must be names of protocols with commas between them, as in mqtt";
}

void add_mqtt(Keys& keys) {
  using Tokens = TopicTemplate::Tokens;
  keys.push_back(host_key());
  keys.back().may_hold_login = true;
  keys.push_back(number_key(
      "MQTT", "port", [](auto& s) -> auto& { return s.mqtt.port; }, 1, 65535));
  keys.push_back(text_key(
      "MQTT", "user", [](auto& s) -> auto& { return s.mqtt.user; }, nullptr));
  keys.push_back(secret_key(
      "MQTT", "password", [](auto& s) -> auto& { return s.mqtt.password; }));
  keys.push_back(text_key(
      "MQTT", "password_file", [](auto& s) -> auto& { return s.mqtt.password_file; }, nullptr));
  keys.push_back(choice_key<>(
      "MQTT", "protocol", [](auto& s) -> auto& { return s.mqtt.protocol; },
      std::vector<std::pair<std::string_view, MqttVersion>>{{"3.1.1", MqttVersion::v3_1_1}, {"5", MqttVersion::v5}}));
  keys.push_back(text_key(
      "MQTT", "client_id", [](auto& s) -> auto& { return s.mqtt.client_id; }, nullptr));
  keys.push_back(topic_key(
      "MQTT", "topic", [](auto& s) -> auto& { return s.mqtt.topic; }, Tokens::all, false));
  keys.push_back(topic_prefix_key());
  keys.push_back(number_key(
      "MQTT", "qos", [](auto& s) -> auto& { return s.mqtt.qos; }, 0, 2));
  keys.push_back(flag_key(
      "MQTT", "retain", [](auto& s) -> auto& { return s.mqtt.retain; }));
  keys.push_back(number_key(
      "MQTT", "keepalive", [](auto& s) -> auto& { return s.mqtt.keepalive; }, 1, 65535));
  keys.push_back(topic_key(
      "MQTT", "status_topic", [](auto& s) -> auto& { return s.mqtt.status_topic; }, Tokens::guid_only, true));
  keys.push_back(topic_key(
      "MQTT", "meter_topic", [](auto& s) -> auto& { return s.mqtt.meter_topic; }, Tokens::guid_only, true));
  keys.push_back(number_key(
      "MQTT", "queue_size", [](auto& s) -> auto& { return s.mqtt.queue_size; }, 1, 1'000'000));
  keys.push_back(number_key(
      "MQTT", "meters_per_connection", [](auto& s) -> auto& { return s.mqtt.meters_per_connection; }, 0, 100'000));
}

void add_tls(Keys& keys) {
  keys.push_back(flag_key(
      "MQTT", "tls", [](auto& s) -> auto& { return s.mqtt.tls; }));
  keys.push_back(text_key(
      "MQTT", "ca_file", [](auto& s) -> auto& { return s.mqtt.ca_file; }, nullptr));
  keys.push_back(text_key(
      "MQTT", "cert_file", [](auto& s) -> auto& { return s.mqtt.cert_file; }, nullptr));
  keys.push_back(text_key(
      "MQTT", "key_file", [](auto& s) -> auto& { return s.mqtt.key_file; }, nullptr));
  keys.push_back(secret_key(
      "MQTT", "key_password", [](auto& s) -> auto& { return s.mqtt.key_password; }));
  keys.push_back(flag_key(
      "MQTT", "tls_insecure", [](auto& s) -> auto& { return s.mqtt.tls_insecure; }));
  keys.push_back(list_key(
      "MQTT", "alpn", [](auto& s) -> auto& { return s.mqtt.alpn; },
      [](std::string_view name) { return std::string(name); }, alpn_fault));
}

void add_state(Keys& keys) {
  keys.push_back(flag_key(
      "STATE", "retained", [](auto& s) -> auto& { return s.state.retained; }));
  keys.push_back(topic_key(
      "STATE", "info_topic", [](auto& s) -> auto& { return s.state.info_topic; }, TopicTemplate::Tokens::guid_only,
      true));
  keys.push_back(topic_key(
      "STATE", "stats_topic", [](auto& s) -> auto& { return s.state.stats_topic; }, TopicTemplate::Tokens::guid_only,
      true));
}

void add_spool(Keys& keys) {
  const std::string section = "SPOOL";
  constexpr std::array<Suffix, 3> sizes{{{'G', 1'000'000'000}, {'M', 1'000'000}, {'k', 1'000}}};
  keys.push_back(flag_key(
      section, "enabled", [](auto& s) -> auto& { return s.spool.enabled; }));
  keys.push_back(text_key(
      section, "path", [](auto& s) -> auto& { return s.spool.path; }, nullptr));
  keys.push_back(amount_key(
      section, "max_size", [](auto& s) -> auto& { return s.spool.max_size; }, sizes, 100'000,
      "must be a number of bytes from 100k on, such as 500M or 2G"));
  keys.push_back(amount_key(
      section, "max_age", [](auto& s) -> auto& { return s.spool.max_age; }, time_suffixes, 1,
      "must be a time such as 30d, 12h, 90m or 60s"));
  keys.push_back(number_key(
      section, "flush_interval", [](auto& s) -> auto& { return s.spool.flush_interval; }, 1, 3600));
  keys.push_back(number_key(
      section, "drain_rate", [](auto& s) -> auto& { return s.spool.drain_rate; }, 0, 1'000'000));
}

}  // namespace

void add_mqtt_keys(Keys& keys) {
  add_mqtt(keys);
  add_tls(keys);
  add_state(keys);
  add_spool(keys);
}

}  // namespace vscp_p1::io
