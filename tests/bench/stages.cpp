#include "bench/stages.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "vscp_p1/crc16.hpp"
#include "vscp_p1/encode.hpp"
#include "vscp_p1/envelope.hpp"
#include "vscp_p1/framer.hpp"
#include "vscp_p1/mapper.hpp"
#include "vscp_p1/node.hpp"
#include "vscp_p1/telegram.hpp"
#include "vscp_p1/topic.hpp"

namespace bench {
namespace {

using namespace vscp_p1;

constexpr UtcTime now{1'800'000'000, 0};

std::string read_telegram(const std::string& name) {
  std::ifstream file(SOURCE_DIR "/tests/data/" + name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// ---- yardsticks

std::size_t copy(const Sample& sample) {
  static std::string target;
  target.resize(sample.text.size());
  std::memcpy(target.data(), sample.text.data(), sample.text.size());
  return static_cast<unsigned char>(target.back());
}

std::size_t line_ends(const Sample& sample) {
  std::size_t lines = 0;
  const char* at = sample.text.data();
  const char* const end = at + sample.text.size();
  while (const void* found = std::memchr(at, '\n', static_cast<std::size_t>(end - at))) {
    at = static_cast<const char*>(found) + 1;
    ++lines;
  }
  return lines;
}

// CRC16-ARC; tables[k][b] is that of byte b followed by k zero bytes.
using CrcTables = std::array<std::array<std::uint16_t, 256>, 8>;
constexpr CrcTables crc_tables = [] {
  CrcTables tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    unsigned crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? (crc >> 1) ^ 0xA001U : crc >> 1;
    tables[0][byte] = static_cast<std::uint16_t>(crc);
  }
  for (std::size_t k = 1; k < tables.size(); ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const unsigned shorter = tables[k - 1][byte];
      tables[k][byte] = static_cast<std::uint16_t>(shorter >> 8 ^ tables[0][shorter & 0xFFU]);
    }
  }
  return tables;
}();

std::size_t crc_by_byte(const Sample& sample) {
  unsigned crc = 0;
  for (const char c : sample.text) crc = (crc >> 8) ^ crc_tables[0][(crc ^ static_cast<unsigned char>(c)) & 0xFFU];
  return crc;
}

std::size_t crc_by_eight(const Sample& sample) {
  const auto& t = crc_tables;
  unsigned crc = 0;
  std::string_view rest = sample.text;
  const auto at = [&rest](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  for (; rest.size() >= t.size(); rest.remove_prefix(t.size())) {
    crc = static_cast<unsigned>(t[7][(at(0) ^ crc) & 0xFFU] ^ t[6][(at(1) ^ crc >> 8) & 0xFFU] ^ t[5][at(2)] ^
                                t[4][at(3)] ^ t[3][at(4)] ^ t[2][at(5)] ^ t[1][at(6)] ^ t[0][at(7)]);
  }
  for (std::size_t i = 0; i < rest.size(); ++i) crc = (crc >> 8) ^ t[0][(crc ^ at(i)) & 0xFFU];
  return crc;
}

// Each number behind a bracket, as the library reads it.
std::size_t numbers(const Sample& sample) {
  std::size_t total = 0;
  const char* at = sample.text.data();
  const char* const end = at + sample.text.size();
  while (const void* found = std::memchr(at, '(', static_cast<std::size_t>(end - at))) {
    double number = 0;
    at = std::from_chars(static_cast<const char*>(found) + 1, end, number).ptr;
    total += static_cast<std::size_t>(number);
    if (at == found) ++at;
  }
  return total;
}

// ---- the program's own steps

std::size_t crc(const Sample& sample) { return crc16_arc(sample.text); }

std::size_t framer(const Sample& sample) {
  static Framer framer;
  std::size_t size = 0;
  framer.feed(sample.text, [&](const Result<Telegram>& found) { size += found ? found->body.size() : 0; });
  return size;
}

// As the daemon has it, when a serial port gives up to `piece` bytes at a time.
template <std::size_t piece>
std::size_t envelope_framer(const Sample& sample) {
  static std::size_t size = 0;
  static Framer framer;
  static Envelope envelope({[](std::string_view text) {
                              framer.feed(text, [](const Result<Telegram>& found) {
                                if (found) size += found->body.size();
                              });
                            },
                            [](const CipheredFrame&) { return std::optional(Errc::key_missing); }, [](Errc) {}});
  for (std::string_view rest = sample.text; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size()))) {
    envelope.feed(rest.substr(0, piece));
  }
  return size;
}

std::size_t lines(const Sample& sample) {
  LineReader reader(sample.text);
  std::size_t size = 0;
  while (const auto line = reader.next()) size += *line ? (*line)->values.size() : 0;
  return size;
}

// The program of one meter, as the pipeline has it.
struct Meter {
  Settings settings = [] {
    Settings all;
    all.vscp.guid = Guid{};
    return all;
  }();
  Framer framer;
  Mapper mapper{settings, TimeZone{}};
  Node node{*settings.vscp.guid, settings};
  TopicTemplate topic = *TopicTemplate::compile(settings.mqtt.topic);
  std::string topic_text, payload;
};

Meter& meter_of(const Sample& sample) {
  static std::map<const Sample*, Meter> meters;
  return meters[&sample];
}

std::size_t mapper(const Sample& sample) {
  return meter_of(sample).mapper.map(sample.text, now, now.seconds).readings.size();
}

std::size_t core(const Sample& sample) {
  auto& meter = meter_of(sample);
  std::size_t readings = 0;
  meter.framer.feed(sample.text, [&](const Result<Telegram>& found) {
    if (found) readings += meter.mapper.map(found->body, now, now.seconds).readings.size();
  });
  return readings;
}

// The readings of a telegram, mapped once only, and their events.
const std::vector<Reading>& readings_of(const Sample& sample) {
  static std::map<std::string_view, std::vector<Reading>> all;
  auto& readings = all[sample.name];
  if (!readings.empty()) return readings;
  const auto found = meter_of(sample).mapper.map(sample.text, now, now.seconds).readings;
  readings.assign(found.begin(), found.end());
  return readings;
}

const std::vector<Event>& events_of(const Sample& sample) {
  static std::map<std::string_view, std::vector<Event>> all;
  auto& events = all[sample.name];
  if (!events.empty()) return events;
  for (const auto& reading : readings_of(sample)) events.push_back(meter_of(sample).node.measurement(reading));
  return events;
}

std::size_t make_events(const Sample& sample) {
  const auto& node = meter_of(sample).node;
  std::size_t size = 0;
  for (const auto& reading : readings_of(sample)) size += node.measurement(reading).data().size();
  return size;
}

template <PayloadFormat format, JsonNames names = JsonNames::both>
std::size_t encoder(const Sample& sample) {
  auto& payload = meter_of(sample).payload;
  std::size_t size = 0;
  for (const auto& event : events_of(sample)) {
    payload.clear();
    encode_event(event, format, names, payload);
    size += payload.size();
  }
  return size;
}

std::size_t topics(const Sample& sample) {
  auto& meter = meter_of(sample);
  std::size_t size = 0;
  for (const auto& event : events_of(sample)) {
    meter.topic_text.clear();
    meter.topic.expand(event, {}, meter.topic_text);
    size += meter.topic_text.size();
  }
  return size;
}

// An event as the broker is given it.
std::size_t message(Meter& meter, const Event& event) {
  meter.topic_text.clear();
  meter.payload.clear();
  meter.topic.expand(event, {}, meter.topic_text);
  encode_event(event, PayloadFormat::json, JsonNames::both, meter.payload);
  return meter.topic_text.size() + meter.payload.size();
}

std::size_t messages(const Sample& sample) {
  auto& meter = meter_of(sample);
  std::size_t size = 0;
  for (const auto& event : events_of(sample)) size += message(meter, event);
  return size;
}

// From bytes to what the broker is given.
std::size_t everything(const Sample& sample) {
  auto& meter = meter_of(sample);
  std::size_t size = 0;
  meter.framer.feed(sample.text, [&](const Result<Telegram>& found) {
    if (!found) return;
    for (const auto& reading : meter.mapper.map(found->body, now, now.seconds).readings) {
      size += message(meter, meter.node.measurement(reading));
    }
  });
  return size;
}

constexpr auto all_stages = std::to_array<Stage>({
    {"yardstick_memcpy", copy},
    {"yardstick_memchr_lines", line_ends},
    {"yardstick_crc_by_byte", crc_by_byte},
    {"yardstick_crc_by_eight", crc_by_eight},
    {"yardstick_from_chars", numbers},
    {"crc", crc},
    {"framer_and_crc", framer},
    {"envelope_framer", envelope_framer<4096>},
    {"envelope_framer_by_64", envelope_framer<64>},
    {"lines", lines},
    {"lines_and_mapper", mapper},
    {"core", core},
    {"events", make_events},
    {"topics", topics},
    {"encode_json", encoder<PayloadFormat::json>},
    {"encode_json_vscp", encoder<PayloadFormat::json, JsonNames::vscp>},
    {"encode_json_plain", encoder<PayloadFormat::json, JsonNames::plain>},
    {"encode_xml", encoder<PayloadFormat::xml>},
    {"encode_string", encoder<PayloadFormat::string>},
    {"encode_binary", encoder<PayloadFormat::binary>},
    {"encode_json_and_topics", messages},
    {"everything", everything},
});

}  // namespace

std::span<const Sample> samples() {
  static const std::array<Sample, 3> all{{{"se_h1", read_telegram("se_h1_26_lines.txt")},
                                          {"nl_dsmr5", read_telegram("dsmr50_three_phase.txt")},
                                          {"lu_smarty", read_telegram("lu_smarty_full.txt")}}};
  return all;
}

std::size_t events_in(const Sample& sample) { return events_of(sample).size(); }

std::span<const Stage> stages() { return all_stages; }

}  // namespace bench
