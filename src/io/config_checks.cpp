#include "io/config_checks.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "io/meter_sections.hpp"
#include "io/nearest_name.hpp"
#include "vscp_p1/event.hpp"
#include "vscp_p1/source_uri.hpp"
#include "vscp_p1/summary.hpp"
#include "vscp_p1/topic.hpp"

namespace vscp_p1::io {
namespace {

// The settings for all, or those of a meter.
class SettingsCheck {
 public:
  // Says the line of a key; 0: it is not set there.
  using LineOf = std::function<std::size_t(std::string_view section, std::string_view key)>;

  SettingsCheck(const Settings& settings, LineOf line_of) : s_(settings), line_of_(std::move(line_of)) {}

  std::vector<ConfigRemark> run() {
    check_only();
    check_notes();
    check_home();
    check_prefix();
    return std::move(faults_);
  }

 private:
  void fault(std::size_t line, std::string text) { faults_.push_back({line, std::move(text)}); }

  void check_only() {
    for (const auto& name : s_.only) {
      const auto is_it = [&](const QuantitySettings& quantity) { return quantity.key == name; };
      if (std::any_of(s_.quantities.begin(), s_.quantities.end(), is_it)) continue;
      fault(line_of_("GENERAL", "only"), "only: " + unknown_quantity(name, s_));
    }
  }

  // A note that becomes a topic, or a part of one, must be fit for it.
  void check_notes() {
    const auto topic = TopicTemplate::compile(s_.mqtt.topic);
    if (!s_.no_vscp && !(topic && topic->uses_note())) return;
    for (const auto& quantity : s_.quantities) {
      const auto section_line = line_of_("QUANTITY " + quantity.key, "note");
      const auto name = section_line == 0 ? "note_" + quantity.key : "note";
      check_note(quantity.note, name, section_line == 0 ? line_of_("MQTT", name) : section_line);
    }
    for (const auto& alarm : s_.alarms) check_note(alarm.note, "note", line_of_("ALARM " + alarm.name, "note"));
  }

  void check_note(const std::string& note, const std::string& key, std::size_t line) {
    auto wrong = topic_fault(note);
    if (wrong.empty() && s_.no_vscp) wrong = foreign_topic_fault(note);
    if (!wrong.empty()) fault(line, key + " is used as a topic and " + std::string(wrong));
  }

  // What Home Assistant's templates and the summary cannot hold.
  void check_home() {
    if (s_.home.discovery && !s_.no_vscp && s_.vscp.payload != PayloadFormat::json) {
      fault(line_of_("HOMEASSISTANT", "discovery"),
            "discovery: Home Assistant reads no events but those in JSON: set payload = json in section [VSCP]");
    }
    if (s_.summary.topic.empty()) return;
    if (s_.summary.topic == s_.raw.topic) {
      fault(line_of_("SUMMARY", "topic"), "topic: the same as in section [RAW]: give one of the two another");
    }
    for (const auto& quantity : s_.quantities) {
      if (quantity.key != Summary::time_member && quantity.key != Summary::meter_member) continue;
      fault(line_of_("SUMMARY", "topic"), "topic: the summary has a member " + quantity.key +
                                              " of its own: give [QUANTITY " + quantity.key + "] another name");
    }
  }

  // It must leave room for the topics.
  void check_prefix() {
    if (s_.mqtt.topic_prefix.empty()) return;
    for (const auto* topic : {&s_.mqtt.topic, &s_.mqtt.meter_topic, &s_.state.info_topic, &s_.state.stats_topic,
                              &s_.summary.topic, &s_.raw.topic}) {
      if (topic->empty() || TopicTemplate::compile(s_.mqtt.topic_prefix + "/" + *topic)) continue;
      return fault(line_of_("MQTT", "topic_prefix"), "topic_prefix: is too long in front of the topics");
    }
  }

  const Settings& s_;
  LineOf line_of_;
  std::vector<ConfigRemark> faults_;
};

// The meters beside each other.
class MetersCheck {
 public:
  explicit MetersCheck(Config& config) : config_(config) {}

  void run() {
    for (const auto& meter : config_.meters) {
      check_source(meter);
      check_tcp_port(meter);
      check_topics(meter);
      check_plain_topics(meter);
    }
  }

 private:
  std::size_t line_of(const MeterSettings& meter, std::string_view key) const {
    const auto section = "METER " + meter.name;
    const auto line = config_.line_of(section, key);
    return line == 0 ? config_.line_of(section, "") : line;
  }
  void fault(const MeterSettings& meter, std::string_view key, const std::string& text) {
    config_.faults.push_back({line_of(meter, key), std::string(key) + ": " + text});
  }

  // The other meter that has the same; nullptr: none so far.
  template <class Place>
  static const MeterSettings* other(std::map<Place, const MeterSettings*>& places, Place place,
                                    const MeterSettings& meter) {
    const auto [first, is_first] = places.try_emplace(std::move(place), &meter);
    return is_first ? nullptr : first->second;
  }

  void check_source(const MeterSettings& meter) {
    const auto& port = meter.settings.serial.port;
    const auto uri = parse_source_uri(port);
    if (config_.line_of("METER " + meter.name, "serial_port") == 0) {
      fault(meter, "serial_port", "is missing in [METER " + meter.name + "]: each meter has its own");
    }
    const bool has_one_reader =
        uri && (uri->kind == SourceUri::Kind::device || uri->kind == SourceUri::Kind::standard_input);
    if (!has_one_reader) return;
    if (const auto* first = other(ports_, port, meter)) {
      fault(meter, "serial_port", "the same as of [METER " + first->name + "]: a port has one reader");
    }
  }

  // One that all would have is told once.
  void check_tcp_port(const MeterSettings& meter) {
    const auto port = meter.settings.raw.tcp_port;
    if (port == 0) return;
    const auto* first = other(tcp_ports_, port, meter);
    if (first == nullptr) return;
    const bool is_own = config_.line_of("METER " + meter.name, "raw_tcp_port") != 0;
    if (is_own) {
      fault(meter, "raw_tcp_port", "the same as of [METER " + first->name + "]: give each another one");
    } else if (!std::exchange(told_tcp_port_, true)) {
      config_.faults.push_back({config_.line_of("RAW", "tcp_port"),
                                "tcp_port: each meter needs its own: set raw_tcp_port in the sections [METER name]"});
    }
  }

  // The topic as it is for any GUID and any meter; nothing when it has one of them in it.
  static std::optional<std::string> fixed(const Settings& settings, const std::string& topic) {
    const auto& prefix = settings.mqtt.topic_prefix;
    const auto whole = prefix.empty() ? topic : prefix + "/" + topic;
    const auto compiled = TopicTemplate::compile(whole, TopicTemplate::Tokens::guid_and_meter);
    if (!compiled) return std::nullopt;
    std::array<std::string, 2> of_meters;
    Event event{};
    for (auto& text : of_meters) {
      compiled->expand(event, GuidText(event.guid).view(), text);
      event.guid.bytes.front() = 1;
    }
    return of_meters[0] == of_meters[1] ? std::optional(of_meters[0]) : std::nullopt;
  }

  void check_topics(const MeterSettings& meter) {
    const auto& s = meter.settings;
    for (const auto& [section, key, topic] :
         {std::tuple("MQTT", "meter_topic", &s.mqtt.meter_topic),
          std::tuple("STATE", "info_topic", &s.state.info_topic),
          std::tuple("STATE", "stats_topic", &s.state.stats_topic), std::tuple("SUMMARY", "topic", &s.summary.topic),
          std::tuple("RAW", "topic", &s.raw.topic)}) {
      const auto name = meter_key_name(section, key);
      const auto place = topic->empty() ? std::nullopt : fixed(s, *topic);
      if (!place) continue;
      const auto* first = other(topics_, std::pair(name, *place), meter);
      if (first == nullptr || !told_topics_.try_emplace(name, true).second) continue;
      fault(meter, name,
            "the same as of [METER " + first->name +
                "]: put {guid} into it, or give each meter a topic_prefix of its own");
    }
  }

  // Meters whose notes differ can do without a prefix.
  void check_plain_topics(const MeterSettings& meter) {
    const auto& s = meter.settings;
    const auto place = s.no_vscp ? fixed(s, "note") : std::nullopt;
    if (!place) return;
    const auto* first = other(plain_topics_, *place, meter);
    if (first == nullptr || first->settings.quantities != s.quantities || std::exchange(told_plain_topics_, true)) {
      return;
    }
    config_.warnings.push_back({line_of(meter, "no_vscp"), "no_vscp: [METER " + meter.name +
                                                               "] has the same topics as [METER " + first->name +
                                                               "]: give each meter a topic_prefix of its own"});
  }

  Config& config_;
  std::map<std::string, const MeterSettings*> ports_;
  std::map<std::uint16_t, const MeterSettings*> tcp_ports_;
  std::map<std::pair<std::string, std::string>, const MeterSettings*> topics_;  // by key and topic
  std::map<std::string, const MeterSettings*> plain_topics_;                    // by prefix
  std::map<std::string, bool> told_topics_;
  bool told_tcp_port_ = false;
  bool told_plain_topics_ = false;
};

// What is wrong for all would be told for each again.
void check_each_meter(Config& config) {
  for (const auto& meter : config.meters) {
    const auto section = "METER " + meter.name;
    const auto line_of = [&](std::string_view of, std::string_view key) {
      const auto name = meter_key_name(of, key);
      return name.empty() ? 0 : config.line_of(section, name);
    };
    for (auto& fault : SettingsCheck(meter.settings, line_of).run()) {
      if (fault.line == 0) fault = {config.line_of(section, ""), "[" + section + "] " + fault.text};
      config.faults.push_back(std::move(fault));
    }
  }
}

}  // namespace

void check(Config& config) {
  auto faults = SettingsCheck(config.settings, [&config](std::string_view section, std::string_view key) {
                  return config.line_of(section, key);
                }).run();
  if (faults.empty()) check_each_meter(config);
  std::move(faults.begin(), faults.end(), std::back_inserter(config.faults));
  MetersCheck(config).run();
}

}  // namespace vscp_p1::io
