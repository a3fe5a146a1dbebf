// The whole way of the bytes from a meter, chopped anywhere, to topics and payloads.
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "fuzz/check.hpp"
#include "vscp_p1/crc16.hpp"
#include "vscp_p1/discovery.hpp"
#include "vscp_p1/encode.hpp"
#include "vscp_p1/envelope.hpp"
#include "vscp_p1/framer.hpp"
#include "vscp_p1/info.hpp"
#include "vscp_p1/mapper.hpp"
#include "vscp_p1/node.hpp"
#include "vscp_p1/state.hpp"
#include "vscp_p1/summary.hpp"
#include "vscp_p1/topic.hpp"

namespace {

using namespace vscp_p1;
using fuzz::check;

constexpr UtcTime host_now{1'780'315'200, 123'456};  // 2026-06-01T12:00:00Z
constexpr std::int64_t year_2000 = 946'684'800;
constexpr std::int64_t one_day = 86'400;

constexpr std::string_view topics[] = {"vscp/{guid}/{class}/{type}", "{meter}/{name}/{obis}", "p1/{note}/{meter}",
                                       "{{id}}/{zone}/{subzone}/{unit}/{sensorindex}"};
constexpr std::string_view zones[] = {"CET-1CEST,M3.5.0,M10.5.0/3", "<-0330>3:30<-0230>,M3.2.0,M11.1.0",
                                      "EET-2EEST,M3.5.0/3,M10.5.0/4", "UTC0"};

// Settings are large: each combination is made once.
const Settings& settings_of(unsigned char first, unsigned char second) {
  static std::map<unsigned, std::unique_ptr<Settings>> made;
  auto& settings = made[first * 256U + second];
  if (settings) return *settings;
  settings = std::make_unique<Settings>();
  auto& s = *settings;
  s.no_vscp = (first & 1U) != 0;
  s.skip_zero = (first & 2U) != 0;
  s.totals = (first & 4U) != 0;
  s.plausibility = (first & 8U) == 0;
  s.vscp.event_class = std::array{EventClass::measurement_str, EventClass::measurement_float, EventClass::measurement,
                                  EventClass::measurement}[first >> 4U & 3U];
  s.vscp.datetime = (first & 64U) != 0 ? TimeSource::host : TimeSource::telegram;
  s.mbus[0] = (first & 128U) != 0 ? "2" : "";
  s.vscp.payload = static_cast<PayloadFormat>(second & 3U);
  s.vscp.json_names = static_cast<JsonNames>((second >> 2U & 3U) % 3U);
  s.mqtt.topic = topics[second >> 4U & 3U];
  s.vscp.timezone = zones[second >> 6U];
  s.quantities.edit(0).scale = {-16, 0};
  return s;
}

void check_json(const Event& event, const std::string& payload) {
  const auto json = nlohmann::json::parse(payload);  // throws when it is none
  const bool has_plain_names = json.contains("class");
  check(json.at(has_plain_names ? "class" : "vscpClass") == event.vscp_class, "class in JSON");
  check(json.at(has_plain_names ? "data" : "vscpData").size() == event.data().size(), "data in JSON");
  if (event.measurement) check(json.at("measurement").at("value").is_number(), "value in JSON");
}

void check_payload(const Event& event, PayloadFormat format, const std::string& payload) {
  if (format == PayloadFormat::binary) {
    constexpr std::size_t behind_data = 2;
    check(payload.size() == 37 + event.data().size() + behind_data, "size of a binary event");
    const std::uint16_t crc =
        crc16_ccitt_false(std::span(reinterpret_cast<const std::uint8_t*>(payload.data()) + 2, payload.size() - 2));
    return check(crc == 0, "CRC of a binary event");
  }
  check(is_plain_text(payload), "a payload is plain text");
  if (format == PayloadFormat::json) return check_json(event, payload);
  if (format == PayloadFormat::string) {
    check(std::count(payload.begin(), payload.end(), ',') == 6 + static_cast<std::ptrdiff_t>(event.data().size()),
          "fields of a string event");
    return;
  }
  const auto inner = std::string_view(payload).substr(1, payload.size() - 3);
  check(payload.starts_with("<event ") && payload.ends_with("\"/>") && inner.find_first_of("<>") == inner.npos &&
            std::count(payload.begin(), payload.end(), '"') % 2 == 0,
        "XML");
}

// What the program makes of a meter's bytes, without its loop and its broker.
class Meter {
 public:
  Meter(const Settings& settings, CrcCheck crc)
      : settings_(settings),
        framer_(crc),
        mapper_(settings, *TimeZone::parse(settings.vscp.timezone)),
        node_(Guid::from_mac({2, 0, 0, 0, 0, 1}), settings),
        topic_(*TopicTemplate::compile(settings.mqtt.topic)) {}

  void feed(std::string_view bytes) { envelope_.feed(bytes); }
  void pause() {
    envelope_.finish();
    framer_.pause(sink());
  }
  void finish() {
    envelope_.finish();
    framer_.finish(sink());
  }
  int good_ones() const { return good_ones_; }

 private:
  std::function<void(const Result<Telegram>&)> sink() {
    return [this](const Result<Telegram>& found) {
      if (found) take(*found);
    };
  }

  void take(const Telegram& telegram) {
    if (telegram.body.ends_with(fuzz::good_lines)) ++good_ones_;
    const auto mapping = mapper_.map(telegram.body, host_now);
    fuzz::check_shown(escaped(mapping.header, longest_shown));
    meter_ = decoded_text(mapping.meter);
    for (const auto& reading : mapping.readings) read(reading);
    for (const auto& state : mapping.states) note(state, mapping.time);
    std::string summary;
    summary_.append(mapping, meter_, summary);
    check_object(summary, "a summary is JSON");
    if (!info_.update(mapping)) return;
    check_object(info_.json(), "information on the meter is JSON");
    for (const auto& reading : mapping.readings) {
      if (is_profile(reading.code)) continue;
      check_object(discovery_.config(reading, {info_, meter_}), "a configuration for Home Assistant is JSON");
    }
  }

  static void check_object(const std::string& json, const char* what) {
    check(is_plain_text(json) && nlohmann::json::accept(json), what);
  }

  void read(const Reading& reading) {
    check(reading.time.seconds > year_2000 && reading.time.seconds <= host_now.seconds + one_day,
          "time of a reading");
    const DecimalText text(reading.value);
    if (const auto again = parse_decimal_prefix(text.view())) {
      check(again->length == text.view().size() && DecimalText(again->value).view() == text.view(),
            "a value is its text");
    }
    check(reading.digits.find_first_not_of("+-.0123456789") == std::string_view::npos,
          "digits as the meter wrote them");
    publish(node_.measurement(reading));
  }

  void note(const StateLine& state, UtcTime time) {
    const auto shape = quantities[state.quantity].shape;
    const auto before = states_.change(state.quantity, state.text);
    if (!before) return;
    const auto from = state_text(shape, *before);
    const auto to = state_text(shape, state.text);
    check(to.size() <= longest_text, "length of a text");
    fuzz::check_shown(escaped(to, longest_shown));
    fuzz::check_shown(plain_text(to));
    node_.state({state.quantity, from, to}, time, [this](const Event& event) { publish(event); });
  }

  void publish(const Event& event) {
    constexpr std::uint16_t first_of_level_2 = 1024;
    check(event.data().size() <= (event.vscp_class < first_of_level_2 ? 8 : 512), "size of the data");
    std::string topic, expected;
    topic_.expand(event, meter_, topic);
    topic_.expand(event, "meter", expected);
    fuzz::check_topic(topic);
    const auto levels = [](const std::string& t) { return std::count(t.begin(), t.end(), '/'); };
    check(topic.front() != '$' && levels(topic) == levels(expected), "levels of a topic");
    std::string payload;
    encode_event(event, settings_.vscp.payload, settings_.vscp.json_names, payload);
    check_payload(event, settings_.vscp.payload, payload);
  }

  const Settings& settings_;
  Framer framer_;
  Mapper mapper_;
  Node node_;
  TopicTemplate topic_;
  StateWatch states_;
  MeterInfo info_;
  Summary summary_{settings_, node_.guid()};
  Discovery discovery_{{&settings_, &node_, &topic_, "status", "meter", "1"}};
  std::string meter_;
  int good_ones_ = 0;
  Envelope envelope_{{[this](std::string_view text) { framer_.feed(text, sink()); },
                      [](const CipheredFrame&) { return std::optional(Errc::key_missing); }, [](Errc) {}}};
};

}  // namespace

FUZZ_TARGET {
  const fuzz::Choices<4> choices(input);
  const auto crc = std::array{CrcCheck::off, CrcCheck::automatic, CrcCheck::required}[choices[2] % 3U];
  Meter meter(settings_of(choices[0], choices[1]), crc);
  std::size_t step = choices[3];
  for (auto rest = choices.text; !rest.empty();) {
    const auto part = rest.substr(0, step == 0 ? rest.size() : step);
    meter.feed(part);
    rest.remove_prefix(part.size());
    if (step % 16 == 15) meter.pause();
    step = step == 0 ? 0 : step * 7 % 251 + 1;
  }
  meter.pause();
  const int before = meter.good_ones();
  for (int i = 0; i < 2; ++i) meter.feed(fuzz::good_telegram());
  const int least = crc == CrcCheck::off ? 1 : 2;  // without a CRC an unfinished one may take the next for its end
  check(meter.good_ones() >= before + least, "telegrams behind whatever came are read");
  meter.finish();
}
