// Many meters → one daemon → mosquitto → subscriber. Measures one size of fleet once and prints it as a JSON object;
// scripts/bench-fleet calls it for each.

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "../e2e/listener.hpp"
#include "../e2e/usage.hpp"
#include "integration/harness.hpp"
#include "meters.hpp"

namespace fleet {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t warm_up = 3;  // seconds

struct Plan {
  std::size_t meters, seconds;
  int qos;
  std::size_t interval;               // s between events of a quantity; 0: all
  std::size_t meters_per_connection;  // 0: all
};

// The number of a meter stands in its GUID.
std::string guid_of(std::size_t meter) {
  std::array<char, 64> guid{};
  std::snprintf(guid.data(), guid.size(), "FF:FF:FF:FF:FF:FF:FF:FE:02:00:5E:00:%02zX:%02zX:00:00", meter >> 8,
                meter & 0xFF);
  return guid.data();
}

// Of a topic vscp/GUID/…
std::size_t meter_of(std::string_view topic) {
  constexpr std::size_t place = 5 + 3 * 12;
  const std::string high(topic.substr(place, 2));
  const std::string low(topic.substr(place + 3, 2));
  return std::stoul(high, nullptr, 16) << 8 | std::stoul(low, nullptr, 16);
}

itest::ConfigText config_of(const Plan& plan, const itest::Broker& broker, const Meters& meters,
                            const std::string& spool) {
  auto config = itest::config_for(&broker);
  config["MQTT"]["qos"] = std::to_string(plan.qos);
  config["MQTT"]["meters_per_connection"] = std::to_string(plan.meters_per_connection);
  config["PUBLISH"]["interval"] = std::to_string(plan.interval);
  config["SPOOL"]["path"] = spool;
  for (std::size_t meter = 0; meter < plan.meters; ++meter) {
    auto& section = config["METER m" + std::to_string(meter)];
    section["serial_port"] = "tcp://127.0.0.1:" + std::to_string(meters.port());
    section["guid"] = guid_of(meter);
  }
  return config;
}

double seconds_of(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

struct Usage {
  Clock::time_point time = Clock::now();
  std::chrono::nanoseconds daemon, broker, here;

  Usage(const itest::Process& process, const itest::Broker& mosquitto)
      : daemon(e2e::cpu_time(process.pid())), broker(e2e::cpu_time(mosquitto.pid())), here(e2e::cpu_time(getpid())) {}
};

// Per meter, of its measurements.
class Arrivals {
 public:
  explicit Arrivals(std::size_t meters) : counts_(meters) {}

  void take(std::string_view topic) { ++counts_.at(meter_of(topic)); }
  std::size_t lost(std::size_t expected) const {
    std::size_t sum = 0;
    for (const auto count : counts_) sum += count < expected ? expected - count : 0;
    return sum;
  }
  std::size_t repeated(std::size_t expected) const {
    std::size_t sum = 0;
    for (const auto count : counts_) sum += count > expected ? count - expected : 0;
    return sum;
  }

 private:
  std::vector<std::size_t> counts_;
};

json measure(const Plan& plan) {
  itest::TempDir dir;
  Meters meters;
  itest::Broker broker({}, true, "log_type none\nlog_type information\nmax_queued_messages 0\n");
  Arrivals arrivals(plan.meters);
  e2e::Listener listener(broker.port(), "vscp/+/1040/+", [&](std::string_view topic) { arrivals.take(topic); });
  const auto daemon = itest::start_daemon(dir, config_of(plan, broker, meters, dir.file("spool.db")), {});
  try {
    meters.accept(plan.meters);
  } catch (const std::exception& error) {
    throw std::runtime_error(std::string(error.what()) + ": " + daemon->err());
  }

  for (std::size_t i = 0; i < warm_up; ++i) meters.send_for_a_second();
  const Usage before(*daemon, broker);
  for (std::size_t i = 0; i < plan.seconds; ++i) meters.send_for_a_second();
  const Usage after(*daemon, broker);

  const auto telegrams = warm_up + plan.seconds;
  constexpr std::size_t tariff = 1;  // told once
  const auto events =
      tariff + Meters::readings * (plan.interval == 0 ? telegrams : (telegrams - 1) / plan.interval + 1);
  listener.wait_for(events * plan.meters);
  const auto wall = seconds_of(after.time - before.time);
  const auto percent = [&](auto Usage::*part) { return 100 * seconds_of(after.*part - before.*part) / wall; };
  return {{"meters", plan.meters},
          {"qos", plan.qos},
          {"interval", plan.interval},
          {"meters_per_connection", plan.meters_per_connection},
          {"seconds", wall},
          {"telegrams_per_second", static_cast<double>(plan.meters * plan.seconds) / wall},
          {"telegrams", telegrams},
          {"events", events * plan.meters},
          {"lost", arrivals.lost(events)},
          {"repeated", arrivals.repeated(events)},
          {"cpu_percent", percent(&Usage::daemon)},
          {"broker_cpu_percent", percent(&Usage::broker)},
          {"bench_cpu_percent", percent(&Usage::here)},
          {"memory_kb", e2e::memory(daemon->pid())}};
}

void allow_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace
}  // namespace fleet

int main(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "bench_fleet METERS SECONDS QOS INTERVAL METERS_PER_CONNECTION\n";
    return 64;
  }
  const auto number = [argv](int index) { return static_cast<std::size_t>(std::atol(argv[index])); };
  try {
    fleet::allow_files();
    std::cout << fleet::measure({number(1), number(2), std::atoi(argv[3]), number(4), number(5)}) << "\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
