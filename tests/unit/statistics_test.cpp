#include "vscp_p1/statistics.hpp"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace vscp_p1 {
namespace {

using nlohmann::json;

std::uint64_t& count(Counts& counts, Errc reason) { return counts[static_cast<std::size_t>(reason)]; }

TEST(Stats, AtTheStart) {
  Statistics statistics;
  statistics.version = "1.2.3";
  EXPECT_EQ(json::parse(stats_json(statistics)),
            json::parse(R"({"version": "1.2.3", "uptime": 0, "meter": "waiting", "last_telegram": null,
                            "telegrams": {"good": 0, "dropped": {}}, "lines_skipped": {}, "unknown": {},
                            "broker": "disconnected", "reconnects": 0, "events": 0, "waiting": 0, "spooled": 0,
                            "dropped": 0})"));
}

TEST(Stats, EveryCounterHasItsName) {
  Statistics statistics;
  statistics.version = "1.2.3";
  statistics.uptime = 61;
  statistics.meter = MeterState::online;
  statistics.last_telegram = 3;
  statistics.telegrams = 4;
  count(statistics.dropped_telegrams, Errc::crc_mismatch) = 5;
  count(statistics.dropped_telegrams, Errc::noise) = 6;
  count(statistics.skipped_lines, Errc::bad_number) = 7;
  count(statistics.skipped_lines, Errc::unknown_obis) = 8;
  const std::array<UnknownCode, 2> unknown = {{{"0-0:94.98.31"_obis, 9}, {"1-0:77.7.0"_obis, 10}}};
  statistics.unknown = unknown;
  statistics.broker = BrokerState::connected;
  statistics.reconnects = 11;
  statistics.events = 12;
  statistics.waiting = 13;
  statistics.spooled = 14;
  statistics.dropped_events = 15;
  EXPECT_EQ(json::parse(stats_json(statistics)),
            json::parse(R"({"version": "1.2.3", "uptime": 61, "meter": "online", "last_telegram": 3,
                            "telegrams": {"good": 4, "dropped": {"crc_mismatch": 5, "noise": 6}},
                            "lines_skipped": {"bad_number": 7, "unknown_obis": 8},
                            "unknown": {"0-0:94.98.31": 9, "1-0:77.7.0": 10}, "broker": "connected",
                            "reconnects": 11, "events": 12, "waiting": 13, "spooled": 14, "dropped": 15})"));
}

TEST(Stats, StatesHaveNames) {
  const auto shown = [](MeterState meter, BrokerState broker) {
    Statistics statistics;
    statistics.meter = meter;
    statistics.broker = broker;
    const auto stats = json::parse(stats_json(statistics));
    return stats["meter"].get<std::string>() + " " + stats["broker"].get<std::string>();
  };
  EXPECT_EQ(shown(MeterState::silent, BrokerState::none), "silent none");
  EXPECT_EQ(shown(MeterState::no_port, BrokerState::connected), "no_port connected");
}

TEST(StatusLine, TellsMeterAndBroker) {
  Statistics statistics;
  EXPECT_EQ(status_line(statistics), "meter no telegram yet, broker not connected, 0 waiting");
  statistics.meter = MeterState::online;
  statistics.meter_id = "E0043007";
  statistics.last_telegram = 3;
  statistics.broker = BrokerState::connected;
  EXPECT_EQ(status_line(statistics), "meter E0043007 telegram 3 s ago, broker connected, 0 waiting");
  statistics.meter = MeterState::silent;
  statistics.broker = BrokerState::disconnected;
  statistics.last_telegram = 60;
  statistics.waiting = 40;
  statistics.spooled = 500;
  statistics.dropped_events = 7;
  EXPECT_EQ(status_line(statistics),
            "meter E0043007 silent, telegram 60 s ago, broker not connected, 40 waiting, 500 on disk, 7 dropped");
  statistics = {};
  statistics.meter = MeterState::no_port;
  statistics.broker = BrokerState::none;
  EXPECT_EQ(status_line(statistics), "meter port not open, no telegram yet, no broker, 0 waiting");
}

TEST(StatusLine, CountsSeveralMeters) {
  using enum MeterState;
  struct Case {
    std::vector<MeterState> meters;
    std::string line;
  };
  for (const auto& [meters, line] :
       {Case{{waiting, waiting}, "2 meters: 2 waiting"},
        Case{{online, silent, online}, "3 meters: 2 online, 1 silent"},
        Case{{waiting, no_port, silent, online}, "4 meters: 1 online, 1 silent, 1 no_port, 1 waiting"}}) {
    Statistics statistics;
    statistics.broker = BrokerState::connected;
    EXPECT_EQ(status_line(meters, statistics), line + ", broker connected, 0 waiting");
    statistics.broker = BrokerState::disconnected;
    statistics.waiting = 40;
    statistics.spooled = 30;
    statistics.dropped_events = 7;
    EXPECT_EQ(status_line(meters, statistics), line + ", broker not connected, 40 waiting, 30 on disk, 7 dropped");
  }
}

TEST(StatusLine, IsOneLineWhateverTheMeterCallsItself) {
  Statistics statistics;
  statistics.meter_id = "E1\nMAINPID=1\r\x01\xFF{}%n";
  EXPECT_EQ(status_line(statistics), "meter E1_MAINPID=1___{}%n no telegram yet, broker not connected, 0 waiting");
  const std::string endless(1000, '7');
  statistics.meter_id = endless;
  EXPECT_EQ(status_line(statistics),
            "meter " + std::string(40, '7') + "… no telegram yet, broker not connected, 0 waiting");
}

}  // namespace
}  // namespace vscp_p1
