#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "vscp_p1/mapper.hpp"

namespace vscp_p1 {

/// Beside the meter stands the port that leads to it: `no_port` while that cannot be opened.
enum class MeterState : std::uint8_t { waiting, online, silent, no_port };
enum class BrokerState : std::uint8_t { disconnected, connected, none };  // none: --dry-run, --watch

/// How the program is doing, counted since its start. The views live as long as the caller's.
struct Statistics {
  std::string_view version;
  std::uint64_t uptime = 0;  // seconds
  MeterState meter = MeterState::waiting;
  std::string_view meter_id;                   // any bytes; empty when it has said none
  std::optional<std::uint64_t> last_telegram;  // seconds ago
  std::uint64_t telegrams = 0;
  std::uint64_t bytes = 0;  // received; for --watch only
  Counts dropped_telegrams{};
  Counts skipped_lines{};
  std::span<const UnknownCode> unknown;
  BrokerState broker = BrokerState::disconnected;
  std::uint64_t reconnects = 0;
  std::uint64_t events = 0;  // published
  std::size_t waiting = 0;
  std::size_t spooled = 0;
  std::uint64_t dropped_events = 0;
};

/// {"version":…, "uptime":…, "meter":"online", "last_telegram":3, "telegrams":{"good":…,
/// "dropped":{"crc_mismatch":1}}, "lines_skipped":{…}, "unknown":{"0-0:94.98.31":2}, "broker":"connected",
/// "reconnects":…, "events":…, "waiting":…, "spooled":…, "dropped":…}; reasons that did not occur are missing.
std::string stats_json(const Statistics& statistics);

/// The same in a line for people: "meter E0043007 telegram 3 s ago, broker connected, 0 waiting".
std::string status_line(const Statistics& statistics);
/// Of several meters: "1000 meters: 998 online, 2 silent, broker connected, 0 waiting". Of the statistics it tells
/// what is of the broker.
std::string status_line(std::span<const MeterState> meters, const Statistics& statistics);

/// "CRC mismatch 1, bad line 3", or "none".
std::string counted(const Counts& counts);

}  // namespace vscp_p1
