#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/aes_key.hpp"
#include "vscp_p1/decimal.hpp"
#include "vscp_p1/encode.hpp"
#include "vscp_p1/event.hpp"
#include "vscp_p1/framer.hpp"
#include "vscp_p1/guid.hpp"
#include "vscp_p1/quantity.hpp"
#include "vscp_p1/quantity_settings.hpp"

namespace vscp_p1 {

enum class TimeSource : std::uint8_t { telegram, host };
enum class TagCheck : std::uint8_t { required, if_possible };
enum class MqttVersion : std::uint8_t { v3_1_1, v5 };
enum class Parity : std::uint8_t { none, even, odd };

struct VscpSettings {
  std::optional<Guid> guid;  // none: made from the MAC address or the machine id
  std::uint8_t zone = 0;
  std::uint8_t subzone = 0;
  EventClass event_class = EventClass::measurement_str;
  PayloadFormat payload = PayloadFormat::json;
  JsonNames json_names = JsonNames::both;
  TimeSource datetime = TimeSource::telegram;
  std::string timezone;  // IANA name or POSIX rule; empty is the host's

  friend bool operator==(const VscpSettings&, const VscpSettings&) = default;
};

struct StateSettings {
  bool retained = true;
  std::string info_topic = "vscp-p1d/{guid}/info";
  std::string stats_topic = "vscp-p1d/{guid}/stats";

  friend bool operator==(const StateSettings&, const StateSettings&) = default;
};

struct MqttSettings {
  static constexpr std::uint16_t tls_port = 8883;

  std::string host = "localhost";  // one or several, see parse_brokers
  std::uint16_t port = 1883;       // of those that name none; tls_port when it is not set and TLS is on
  bool tls = false;
  bool tls_insecure = false;  // takes any certificate
  MqttVersion protocol = MqttVersion::v3_1_1;
  bool retain = false;
  std::string user;
  std::string password;
  std::string password_file;  // read into password
  std::string ca_file;        // empty: the authorities that the host knows
  std::string cert_file;
  std::string key_file;
  std::string key_password;
  std::vector<std::string> alpn;  // protocols to offer; empty: none
  std::string client_id;          // empty: made from the GUID
  std::string topic_prefix;       // in front of the meter's topics, with a '/' between; empty: none
  std::string topic = "vscp/{guid}/{class}/{type}";
  int qos = 1;
  int keepalive = 60;  // seconds
  std::string status_topic = "vscp-p1d/{guid}/status";
  std::string meter_topic = "vscp-p1d/{guid}/meter";
  std::size_t queue_size = 10'000;        // messages
  std::size_t meters_per_connection = 0;  // 0: all meters share one

  /// A topic, or the template of one, below topic_prefix.
  std::string prefixed(std::string_view name) const {
    return topic_prefix.empty() ? std::string(name) : topic_prefix + "/" + std::string(name);
  }
  friend bool operator==(const MqttSettings&, const MqttSettings&) = default;
};

/// Where messages wait while the broker is away, see Outbox.
struct SpoolSettings {
  bool enabled = true;
  std::string path;                    // empty: in the state directory of the service; without one, memory only
  std::size_t max_size = 500'000'000;  // bytes
  std::size_t max_age = 2'592'000;     // seconds
  unsigned flush_interval = 10;        // seconds
  unsigned drain_rate = 2000;          // messages in a second
  friend bool operator==(const SpoolSettings&, const SpoolSettings&) = default;
};

/// The telegram as received, for other programs.
struct RawSettings {
  std::string topic;  // empty: none
  bool retain = false;
  std::uint16_t tcp_port = 0;  // 0: none
  std::string tcp_address = "127.0.0.1";

  friend bool operator==(const RawSettings&, const RawSettings&) = default;
};

struct SerialSettings {
  static constexpr unsigned find_baudrate = 0;  // and the format, see line_candidates()

  std::string port = "/dev/ttyUSB0";
  unsigned baudrate = find_baudrate;
  unsigned bytesize = 8;
  Parity parity = Parity::none;
  unsigned stopbits = 1;
  bool rts = true;  // the meter's D_Rqst line
  bool dtr = true;
  unsigned timeout = 20;  // seconds without a good telegram
  CrcCheck crc = CrcCheck::automatic;

  friend bool operator==(const SerialSettings&, const SerialSettings&) = default;
};

struct EncryptionSettings {
  std::optional<AesKey> decryption_key;
  std::string decryption_key_file;           // read into decryption_key
  std::optional<AesKey> authentication_key;  // none: the one of Luxmetering's specification
  TagCheck authentication = TagCheck::required;

  friend bool operator==(const EncryptionSettings&, const EncryptionSettings&) = default;
};

/// When a reading is published, see Pacer.
struct Rates {
  enum class Average : std::uint8_t { last, mean, min, max };

  std::size_t interval = 0;  // seconds from one to the next; 0: each reading
  bool on_change = false;    // only another value than the last one that was published
  Decimal deadband{};  // in the unit that is published: only a value that differs by more; above 0 means on_change
  std::size_t heartbeat = 0;        // seconds: the same value all the same; 0: never
  Average average = Average::last;  // over the interval

  bool is_only_on_change() const noexcept { return on_change || deadband.mantissa > 0; }
  friend bool operator==(const Rates&, const Rates&) = default;
};

struct PublishSettings {
  Rates all;
  std::map<std::size_t, Rates> own;  // of quantities that have some of their own

  const Rates& of(std::size_t quantity) const {
    const auto found = own.find(quantity);
    return found == own.end() ? all : found->second;
  }
  friend bool operator==(const PublishSettings&, const PublishSettings&) = default;
};

/// A section [ALARM name], see AlarmWatch. What it leaves open is filled in when it is read.
struct AlarmSettings {
  enum class Operator : std::uint8_t { above, at_least, below, at_most, equal, other };

  std::string name;
  std::string quantity;                 // as it is written: a key, or one of the two below
  std::vector<std::size_t> quantities;  // any of them: one, or the currents of the phases; none: silence of the meter
  Operator op = Operator::above;
  Decimal value;          // in the VSCP unit of the quantity; A of the fuse; s of silence
  Decimal hysteresis;     // how far back it must go to end; of equal and other: how much is still equal
  std::size_t hold = 0;   // seconds that it must last to begin
  bool one_shot = false;  // only the first time
  std::uint8_t code = 1;  // first data byte, not 0
  std::uint8_t zone = 0;
  std::uint8_t subzone = 0;
  std::uint16_t id = 0;  // last two bytes of the GUID
  std::string note;

  static constexpr std::string_view fuse = "fuse";
  static constexpr std::string_view silence = "silence";
  bool is_of_silence() const noexcept { return quantities.empty(); }
  friend bool operator==(const AlarmSettings&, const AlarmSettings&) = default;
};

struct EmulatorSettings {
  Decimal electricity_offset{1'234'567, -3};  // kWh at the start, tariff 1 out
  Decimal electricity_increment{1, -3};       // kWh that the house uses in one interval, on average over a day
  Decimal gas_offset{567'890, -3};            // m³ at the start
  Decimal gas_increment{125, -3};             // m³ per interval_gas
  unsigned interval = 10;                     // seconds between telegrams
  unsigned interval_gas = 3600;               // seconds between readings of the gas meter

  friend bool operator==(const EmulatorSettings&, const EmulatorSettings&) = default;
};

/// Entities of Home Assistant, see Discovery.
struct HomeAssistantSettings {
  bool discovery = false;
  std::string prefix = "homeassistant";    // of the topics that it takes configurations from
  std::string name = "Electricity meter";  // of the device
  unsigned expire_after = 0;               // seconds; 0: by serial_timeout

  friend bool operator==(const HomeAssistantSettings&, const HomeAssistantSettings&) = default;
};

/// One JSON object for all readings of a telegram, see Summary.
struct SummarySettings {
  std::string topic;      // empty: none
  unsigned interval = 0;  // seconds; 0: with each telegram

  friend bool operator==(const SummarySettings&, const SummarySettings&) = default;
};

/// Everything config.ini and the command line can set, with its defaults.
struct Settings {
  bool one_shot = false;
  bool no_vscp = false;
  bool skip_zero = false;
  bool totals = false;
  bool plausibility = true;
  unsigned main_fuse = 80;                                                 // A per phase
  std::vector<std::string> only;                                           // keys of quantities; empty: all
  std::array<std::string, static_cast<std::size_t>(Medium::count_)> mbus;  // a channel or an id, see MbusBinding
  std::array<bool, static_cast<std::size_t>(Group::count_)> send;
  VscpSettings vscp;
  MqttSettings mqtt;
  StateSettings state;
  HomeAssistantSettings home;
  SummarySettings summary;
  PublishSettings publish;
  SpoolSettings spool;
  RawSettings raw;
  SerialSettings serial;
  EncryptionSettings encryption;
  EmulatorSettings emulator;
  std::vector<AlarmSettings> alarms;
  SharedQuantities quantities;

  Settings() { send.fill(true); }

  Group group_of(std::size_t quantity) const noexcept {
    return quantity < vscp_p1::quantities.size() ? vscp_p1::quantities[quantity].group : Group::other;
  }
  /// Whether a quantity is to be published at all.
  bool is_wanted(std::size_t quantity) const {
    const bool listed = only.empty() || std::find(only.begin(), only.end(), quantities[quantity].key) != only.end();
    return listed && send[static_cast<std::size_t>(group_of(quantity))];
  }
  friend bool operator==(const Settings&, const Settings&) = default;
};

/// One of several meters in one process, [METER name]: what its section leaves open is as for all.
struct MeterSettings {
  std::string name;
  Settings settings;
};

}  // namespace vscp_p1
