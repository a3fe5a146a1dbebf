#include "io/config_keys.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <type_traits>
#include <utility>

#include "vscp_p1/broker.hpp"
#include "vscp_p1/source_uri.hpp"
#include "vscp_p1/text.hpp"
#include "vscp_p1/topic.hpp"

namespace vscp_p1::io {
namespace {

// The factories below take an accessor: a generic lambda that returns the field of (const) Settings&.
template <class Access>
ConfigKey text_key(std::string section, std::string name, Access access,
                   std::string_view (*fault)(std::string_view)) {
  return {std::move(section), std::move(name),
          [access, fault](Settings& s, std::string_view value) {
            access(s) = value;
            return std::string(fault == nullptr ? std::string_view{} : fault(value));
          },
          [access](const Settings& s) { return std::string(access(s)); }};
}

template <class Access>
ConfigKey secret_key(std::string section, std::string name, Access access) {
  auto key = text_key(std::move(section), std::move(name), access, nullptr);
  key.show = [access](const Settings& s) { return std::string(access(s).empty() ? "" : "********"); };
  key.secret = true;
  return key;
}

template <class Access>
ConfigKey aes_key(std::string section, std::string name, Access access) {
  ConfigKey key{std::move(section), std::move(name),
                [access](Settings& s, std::string_view value) -> std::string {
                  access(s) = parse_aes_key(value);
                  return access(s) || value.empty() ? "" : "must be a key of 32 hex digits, or empty";
                },
                [access](const Settings& s) { return std::string(access(s) ? "********" : ""); }};
  key.secret = true;
  return key;
}

// Also people who put the key itself here must not find it in the log.
std::string_view key_file_fault(std::string_view path) {
  return parse_aes_key(path) ? "must name a file: a key itself belongs to decryption_key" : std::string_view{};
}

template <class Access>
ConfigKey flag_key(std::string section, std::string name, Access access) {
  return {std::move(section), std::move(name),
          [access](Settings& s, std::string_view value) -> std::string {
            const auto word = lower(value);
            const auto is_one_of = [&word](const std::array<std::string_view, 4>& words) {
              return std::find(words.begin(), words.end(), word) != words.end();
            };
            access(s) = is_one_of({"true", "yes", "on", "1"});
            return access(s) || is_one_of({"false", "no", "off", "0"}) ? "" : "must be true or false";
          },
          [access](const Settings& s) { return std::string(access(s) ? "true" : "false"); }};
}

template <class Access>
ConfigKey number_key(std::string section, std::string name, Access access, unsigned least, unsigned most) {
  return {std::move(section), std::move(name),
          [=](Settings& s, std::string_view value) -> std::string {
            unsigned number = 0;
            const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
            if (error != std::errc{} || end != value.data() + value.size() || number < least || number > most) {
              return "must be a number from " + std::to_string(least) + " to " + std::to_string(most);
            }
            access(s) = static_cast<std::decay_t<decltype(access(s))>>(number);
            return {};
          },
          [access](const Settings& s) { return std::to_string(access(s)); }};
}

struct Suffix {
  char letter;
  std::size_t factor;
};

// A whole number with one of the suffixes or none, such as 500M or 30d; shown with the largest that fits.
template <class Access, std::size_t n>
ConfigKey amount_key(std::string section, std::string name, Access access, std::array<Suffix, n> suffixes,
                     std::size_t least, std::string_view fault) {
  return {std::move(section), std::move(name),
          [=](Settings& s, std::string_view value) -> std::string {
            std::size_t number = 0;
            auto text = lower(value);
            std::size_t factor = 1;
            for (const auto& suffix : suffixes) {
              if (text.empty() || text.back() != lower(suffix.letter)) continue;
              factor = suffix.factor;
              text.pop_back();
              break;
            }
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
            const bool good = error == std::errc{} && end == text.data() + text.size() &&
                              number <= std::numeric_limits<std::int32_t>::max() / factor * 1000 &&
                              number * factor >= least;
            if (!good) return std::string(fault);
            access(s) = number * factor;
            return {};
          },
          [=](const Settings& s) {
            const std::size_t amount = access(s);
            for (const auto& suffix : suffixes) {
              if (amount % suffix.factor == 0) return std::to_string(amount / suffix.factor) + suffix.letter;
            }
            return std::to_string(amount);
          }};
}

template <class Access, class Value>
ConfigKey choice_key(std::string section, std::string name, Access access,
                     std::vector<std::pair<std::string_view, Value>> choices) {
  return {std::move(section), std::move(name),
          [=](Settings& s, std::string_view value) -> std::string {
            std::string names;
            for (const auto& [choice, meaning] : choices) {
              if (lower(value) == choice) {
                access(s) = meaning;
                return {};
              }
              names += (names.empty() ? "" : ", ") + std::string(choice);
            }
            return "must be one of " + names;
          },
          [=](const Settings& s) {
            const auto found = std::find_if(choices.begin(), choices.end(),
                                            [&](const auto& choice) { return choice.second == access(s); });
            return std::string(found == choices.end() ? std::string_view{} : found->first);
          }};
}

std::int64_t whole_part(Decimal value) {
  for (; value.exponent < 0; ++value.exponent) value.mantissa /= 10;
  return value.mantissa;
}

template <class Access>
ConfigKey decimal_key(std::string section, std::string name, Access access, std::int64_t most) {
  return {std::move(section), std::move(name),
          [access, most](Settings& s, std::string_view value) -> std::string {
            const auto number = parse_decimal_prefix(value);
            const bool good = number && number->length == value.size() && number->value.exponent >= -3 &&
                              number->value.mantissa >= 0 && whole_part(number->value) < most;
            if (!good) return "must be a number below " + std::to_string(most) + " with at most three decimals";
            access(s) = number->value;
            return {};
          },
          [access](const Settings& s) { return std::string(DecimalText(access(s)).view()); }};
}

template <class Access>
ConfigKey topic_key(std::string section, std::string name, Access access, TopicTemplate::Tokens tokens,
                    bool may_be_empty) {
  return {std::move(section), std::move(name),
          [=](Settings& s, std::string_view value) -> std::string {
            access(s) = value;
            if (value.empty() && may_be_empty) return {};
            const auto compiled = TopicTemplate::compile(value, tokens);
            return compiled ? std::string{} : compiled.error();
          },
          [access](const Settings& s) { return access(s); }};
}

// Words with commas between them, turned into what they are kept as.
template <class Access>
ConfigKey list_key(std::string section, std::string name, Access access, std::string (*kept)(std::string_view),
                   std::string_view (*fault)(std::string_view)) {
  return {std::move(section), std::move(name),
          [=](Settings& s, std::string_view value) -> std::string {
            access(s).clear();
            for (const auto item : list_items(value)) {
              if (item.empty()) continue;
              access(s).push_back(kept(item));
              if (const auto wrong = fault(item); !wrong.empty()) return std::string(wrong);
            }
            return {};
          },
          [access](const Settings& s) {
            std::string text;
            for (const auto& item : access(s)) text += (text.empty() ? "" : ", ") + item;
            return text;
          }};
}

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
          [access](const Settings& s) { return std::string(DecimalText(access(s)).view()); }};
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
          [](const Settings& s) { return s.vscp.guid ? std::string(GuidText(*s.vscp.guid).view()) : std::string{}; }};
}

ConfigKey serial_port_key() {
  return {"SERIAL", "serial_port",
          [](Settings& s, std::string_view value) -> std::string {
            s.serial.port = value;
            const auto uri = parse_source_uri(value);
            return uri ? std::string{} : uri.error();
          },
          [](const Settings& s) { return s.serial.port; }};
}

ConfigKey host_key() {
  return {"MQTT", "host",
          [](Settings& s, std::string_view value) -> std::string {
            s.mqtt.host = value;
            const auto brokers = parse_brokers(value, s.mqtt.port);
            return brokers ? std::string{} : brokers.error();
          },
          [](const Settings& s) { return s.mqtt.host; }};
}

// RFC 7301 §3.1
std::string_view alpn_fault(std::string_view protocol) {
  constexpr std::size_t longest = 255;
  const bool good = protocol.size() <= longest && protocol.find_first_of(" \t") == std::string_view::npos;
  return good ? std::string_view{} : "must be names of protocols with commas between them, as in mqtt";
}

std::string_view mbus_fault(std::string_view value) {
  const bool is_channel = value.size() == 1 && value[0] >= '1' && value[0] <= '9';
  constexpr std::size_t shortest_id = 4;
  return value.empty() || is_channel || value.size() >= shortest_id
             ? std::string_view{}
             : "must be an M-Bus channel from 1 to 9, or the id of a device";
}

using Keys = std::vector<ConfigKey>;

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
  constexpr std::array<Suffix, 4> times{{{'d', 86'400}, {'h', 3600}, {'m', 60}, {'s', 1}}};
  keys.push_back(flag_key(
      section, "enabled", [](auto& s) -> auto& { return s.spool.enabled; }));
  keys.push_back(text_key(
      section, "path", [](auto& s) -> auto& { return s.spool.path; }, nullptr));
  keys.push_back(amount_key(
      section, "max_size", [](auto& s) -> auto& { return s.spool.max_size; }, sizes, 100'000,
      "must be a number of bytes from 100k on, such as 500M or 2G"));
  keys.push_back(amount_key(
      section, "max_age", [](auto& s) -> auto& { return s.spool.max_age; }, times, 1,
      "must be a time such as 30d, 12h, 90m or 60s"));
  keys.push_back(number_key(
      section, "flush_interval", [](auto& s) -> auto& { return s.spool.flush_interval; }, 1, 3600));
  keys.push_back(number_key(
      section, "drain_rate", [](auto& s) -> auto& { return s.spool.drain_rate; }, 0, 1'000'000));
}

void add_serial(Keys& keys) {
  constexpr auto parities = std::to_array<std::pair<std::string_view, Parity>>(
      {{"none", Parity::none}, {"even", Parity::even}, {"odd", Parity::odd}});
  constexpr auto checks = std::to_array<std::pair<std::string_view, CrcCheck>>(
      {{"auto", CrcCheck::automatic}, {"required", CrcCheck::required}, {"off", CrcCheck::off}});
  std::vector<std::pair<std::string_view, unsigned>> rates;
  for (const auto& [name, rate] : std::to_array<std::pair<std::string_view, unsigned>>({{"300", 300},
                                                                                        {"600", 600},
                                                                                        {"1200", 1200},
                                                                                        {"2400", 2400},
                                                                                        {"4800", 4800},
                                                                                        {"9600", 9600},
                                                                                        {"19200", 19200},
                                                                                        {"38400", 38400},
                                                                                        {"57600", 57600},
                                                                                        {"115200", 115200},
                                                                                        {"230400", 230400},
                                                                                        {"460800", 460800},
                                                                                        {"921600", 921600}})) {
    rates.emplace_back(name, rate);
  }
  keys.push_back(serial_port_key());
  keys.back().may_hold_login = true;
  keys.push_back(choice_key(
      "SERIAL", "serial_baudrate", [](auto& s) -> auto& { return s.serial.baudrate; }, rates));
  keys.push_back(number_key(
      "SERIAL", "serial_bytesize", [](auto& s) -> auto& { return s.serial.bytesize; }, 7, 8));
  keys.push_back(choice_key(
      "SERIAL", "serial_parity", [](auto& s) -> auto& { return s.serial.parity; },
      std::vector(parities.begin(), parities.end())));
  keys.push_back(number_key(
      "SERIAL", "serial_stopbits", [](auto& s) -> auto& { return s.serial.stopbits; }, 1, 2));
  keys.push_back(flag_key(
      "SERIAL", "serial_rts", [](auto& s) -> auto& { return s.serial.rts; }));
  keys.push_back(flag_key(
      "SERIAL", "serial_dtr", [](auto& s) -> auto& { return s.serial.dtr; }));
  keys.push_back(number_key(
      "SERIAL", "serial_timeout", [](auto& s) -> auto& { return s.serial.timeout; }, 1, 86'400));
  keys.push_back(choice_key(
      "SERIAL", "crc", [](auto& s) -> auto& { return s.serial.crc; }, std::vector(checks.begin(), checks.end())));
}

void add_encryption(Keys& keys) {
  keys.push_back(aes_key(
      "SERIAL", "decryption_key", [](auto& s) -> auto& { return s.encryption.decryption_key; }));
  keys.push_back(text_key(
      "SERIAL", "decryption_key_file", [](auto& s) -> auto& { return s.encryption.decryption_key_file; },
      key_file_fault));
  keys.back().secret = true;
  keys.push_back(aes_key(
      "SERIAL", "authentication_key", [](auto& s) -> auto& { return s.encryption.authentication_key; }));
  keys.push_back(choice_key<>(
      "SERIAL", "authentication", [](auto& s) -> auto& { return s.encryption.authentication; },
      std::vector<std::pair<std::string_view, TagCheck>>{{"required", TagCheck::required},
                                                         {"if_possible", TagCheck::if_possible}}));
  keys.back().secret = true;  // a key that stands here by mistake
}

void add_emulator(Keys& keys) {
  const std::string section = "EMULATOR";
  keys.push_back(decimal_key(
      section, "electricity_offset", [](auto& s) -> auto& { return s.emulator.electricity_offset; }, 1'000'000));
  keys.push_back(decimal_key(
      section, "electricity_increment", [](auto& s) -> auto& { return s.emulator.electricity_increment; }, 100));
  keys.push_back(decimal_key(
      section, "gas_offset", [](auto& s) -> auto& { return s.emulator.gas_offset; }, 100'000));
  keys.push_back(decimal_key(
      section, "gas_increment", [](auto& s) -> auto& { return s.emulator.gas_increment; }, 1000));
  keys.push_back(number_key(
      section, "interval", [](auto& s) -> auto& { return s.emulator.interval; }, 1, 3600));
  keys.push_back(number_key(
      section, "interval_gas", [](auto& s) -> auto& { return s.emulator.interval_gas; }, 1, 86'400));
}

void add_quantities(Keys& keys) {
  for (std::size_t row = 0; row < quantities.size(); ++row) {
    const std::string key(quantities[row].key);
    keys.push_back(number_key(
        "VSCP", "id_" + key, [row](auto& s) -> auto& { return s.quantities[row].id; }, 0, 65535));
    keys.push_back(number_key(
        "VSCP", "sensorindex_" + key, [row](auto& s) -> auto& { return s.quantities[row].sensor_index; }, 0, 255));
    if (quantities[row].dimension != Dimension::none) {
      keys.push_back(scale_key(
          "scale_" + key, [row](auto& s) -> auto& { return s.quantities[row].scale; }));
    }
    keys.push_back(text_key(
        "MQTT", "note_" + key, [row](auto& s) -> auto& { return s.quantities[row].note; }, nullptr));
  }
}

}  // namespace

const std::vector<ConfigKey>& config_keys() {
  static const auto keys = [] {
    Keys all;
    add_general(all);
    add_vscp(all);
    add_mqtt(all);
    add_tls(all);
    add_state(all);
    add_spool(all);
    add_serial(all);
    add_encryption(all);
    add_emulator(all);
    add_quantities(all);
    return all;
  }();
  return keys;
}

}  // namespace vscp_p1::io
