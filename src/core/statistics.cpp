#include "vscp_p1/statistics.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace vscp_p1 {
namespace {

using nlohmann::ordered_json;

constexpr std::array<const char*, 4> meter_names = {"waiting", "online", "silent", "no_port"};
constexpr std::array<const char*, 3> broker_names = {"disconnected", "connected", "none"};

ordered_json by_reason(const Counts& counts) {
  auto object = ordered_json::object();
  for (std::size_t reason = 0; reason < counts.size(); ++reason) {
    if (counts[reason] > 0) object[std::string(identifier(static_cast<Errc>(reason)))] = counts[reason];
  }
  return object;
}

// What a meter calls itself goes into a line of the service manager's protocol: nothing in it may end that line.
std::string shown(std::string_view meter_id) {
  constexpr std::size_t longest = 40;
  std::string text;
  for (const char c : meter_id.substr(0, longest)) text += c >= ' ' && c <= '~' ? c : '_';
  return meter_id.size() > longest ? text + "…" : text;
}

std::string meter_text(const Statistics& s) {
  std::string text = "meter";
  if (!s.meter_id.empty()) text.append(" ").append(shown(s.meter_id));
  if (s.meter == MeterState::no_port) text += " port not open,";
  if (s.meter == MeterState::silent) text += " silent,";
  if (!s.last_telegram) return text.append(" no telegram yet");
  return text.append(" telegram ").append(std::to_string(*s.last_telegram)).append(" s ago");
}

std::string broker_text(const Statistics& s) {
  constexpr std::array<const char*, 3> brokers = {", broker not connected", ", broker connected", ", no broker"};
  std::string text = brokers[static_cast<std::size_t>(s.broker)];
  text.append(", ").append(std::to_string(s.waiting)).append(" waiting");
  if (s.spooled > 0) text.append(", ").append(std::to_string(s.spooled)).append(" on disk");
  if (s.dropped_events > 0) text.append(", ").append(std::to_string(s.dropped_events)).append(" dropped");
  return text;
}

}  // namespace

std::string stats_json(const Statistics& s) {
  ordered_json stats;
  stats["version"] = s.version;
  stats["uptime"] = s.uptime;
  stats["meter"] = meter_names[static_cast<std::size_t>(s.meter)];
  stats["last_telegram"] = s.last_telegram ? ordered_json(*s.last_telegram) : ordered_json(nullptr);
  stats["telegrams"] = {{"good", s.telegrams}, {"dropped", by_reason(s.dropped_telegrams)}};
  stats["lines_skipped"] = by_reason(s.skipped_lines);
  stats["unknown"] = ordered_json::object();
  for (const auto& [code, lines] : s.unknown) stats["unknown"][std::string(ObisText(code).view())] = lines;
  stats["broker"] = broker_names[static_cast<std::size_t>(s.broker)];
  stats["reconnects"] = s.reconnects;
  stats["events"] = s.events;
  stats["waiting"] = s.waiting;
  stats["spooled"] = s.spooled;
  stats["dropped"] = s.dropped_events;
  return stats.dump();
}

std::string status_line(const Statistics& s) { return meter_text(s) + broker_text(s); }

std::string status_line(std::span<const MeterState> meters, const Statistics& s) {
  auto line = std::to_string(meters.size()) + " meters";
  const char* separator = ": ";
  for (const auto state : {MeterState::online, MeterState::silent, MeterState::no_port, MeterState::waiting}) {
    const auto count = std::count(meters.begin(), meters.end(), state);
    if (count == 0) continue;
    line.append(std::exchange(separator, ", ")).append(std::to_string(count)).append(" ");
    line.append(meter_names[static_cast<std::size_t>(state)]);
  }
  return line + broker_text(s);
}

std::string counted(const Counts& counts) {
  std::string text;
  for (std::size_t reason = 0; reason < counts.size(); ++reason) {
    if (counts[reason] == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(message(static_cast<Errc>(reason))) + " " +
            std::to_string(counts[reason]);
  }
  return text.empty() ? "none" : text;
}

}  // namespace vscp_p1
