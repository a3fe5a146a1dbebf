// pty → daemon → mosquitto → subscriber, and bare Paho C++ → mosquitto → subscriber. Each call measures one thing
// once and prints it as one JSON object; scripts/bench-e2e calls it in turn and compares.

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "integration/harness.hpp"
#include "listener.hpp"
#include "usage.hpp"

namespace e2e {
namespace {

using nlohmann::json;
using std::chrono::duration;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t readings = 26;
constexpr double bytes_per_second = 11'520;  // 115200 baud, 8N1
const std::string reading_filter = "vscp/+/1040/#";
// What the broker logs goes through a pipe.
const std::string broker_settings = "log_type none\nlog_type information\n";

// The first telegrams are not measured: buffers grow.
constexpr std::size_t warm_up_telegrams = 20;

// Telegrams of 26 readings, of which the first is the number: a register that jumps would be held back.
std::string telegram(std::size_t number) { return itest::numbered_with(static_cast<unsigned>(number), readings); }

microseconds time_on_the_line(std::size_t bytes) {
  return microseconds{static_cast<std::int64_t>(static_cast<double>(bytes) / bytes_per_second * 1e6)};
}

// What a meter's line gives to the reader: at UART pace a byte each 87 µs, handed over each millisecond.
class Meter {
 public:
  explicit Meter(const itest::Pty& pty) : pty_(pty) {}

  void flood(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) write(telegram(++number_));
  }

  /// When the last byte was written.
  Clock::time_point pace() {
    const auto text = telegram(++number_);
    constexpr std::size_t piece = 12;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      const auto part = text.substr(at, piece);
      // What was late does not catch up: a line has no faster pace.
      const auto due = std::max(next_, Clock::now() - milliseconds{1}) + time_on_the_line(part.size());
      std::this_thread::sleep_until(next_ = due);
      write(part);
    }
    return Clock::now();
  }

 private:
  void write(const std::string& bytes) const {
    if (!pty_.write(bytes)) throw std::runtime_error("the daemon does not read");
  }

  const itest::Pty& pty_;
  std::size_t number_ = 0;
  Clock::time_point next_;
};

// Broker, subscriber, meter and daemon.
class Line {
 public:
  explicit Line(int qos, const itest::Arguments& environment = {}) {
    auto config = itest::config_for(&broker_);
    config["MQTT"]["qos"] = std::to_string(qos);
    config["SERIAL"]["serial_port"] = pty_.name();
    config["SPOOL"]["path"] = dir_.file("spool.db");
    started_ = Clock::now();
    daemon_ = itest::start_daemon(dir_, config, {}, itest::Process::Input::null, environment);
  }

  void wait_until_connected() {
    if (!daemon_->wait_for_err(": connected, ")) throw std::runtime_error("not connected: " + daemon_->err());
  }

  void warm_up(bool by_flood = true) {
    wait_until_connected();
    if (by_flood) meter_.flood(warm_up_telegrams);
    for (std::size_t i = 0; !by_flood && i < warm_up_telegrams; ++i) meter_.pace();
    wait_for_telegrams(0);
  }

  void wait_for_telegrams(std::size_t behind_the_first) {
    const auto expected = (warm_up_telegrams + behind_the_first) * readings;
    if (!listener_.wait_for(expected)) {
      throw std::runtime_error(std::to_string(listener_.count()) + " of " + std::to_string(expected) +
                               " readings came: " + daemon_->err());
    }
  }

  Meter& meter() { return meter_; }
  const Listener& listener() const { return listener_; }
  itest::Process& daemon() { return *daemon_; }
  pid_t pid() const { return daemon_->pid(); }
  Clock::time_point started() const { return started_; }

 private:
  itest::TempDir dir_;
  itest::Broker broker_{{}, true, broker_settings};
  Listener listener_{broker_.port(), reading_filter};
  itest::Pty pty_{dir_.file("meter")};
  Meter meter_{pty_};
  Clock::time_point started_;
  std::unique_ptr<itest::Process> daemon_;
};

double seconds_of(Clock::duration time) { return duration<double>(time).count(); }

std::uint64_t all_wake_ups(pid_t pid) {
  std::uint64_t sum = 0;
  for (const auto& [thread, count] : wake_ups(pid)) sum += count;
  return sum;
}

// What a process uses from the constructor to the call.
class Interval {
 public:
  explicit Interval(pid_t pid) : pid_(pid) {}

  json for_telegrams(std::size_t telegrams) const {
    const auto cpu = seconds_of(cpu_time(pid_) - cpu_);
    const auto wall = seconds_of(Clock::now() - began_);
    const auto count = static_cast<double>(telegrams);
    return {{"cpu_seconds", cpu / count * 1000},  // of a thousand telegrams
            {"wake_ups", static_cast<double>(all_wake_ups(pid_) - wake_ups_) / count},
            {"messages_per_second", count * readings / wall},
            {"memory_kb", memory(pid_)}};
  }

 private:
  pid_t pid_;
  std::chrono::nanoseconds cpu_ = cpu_time(pid_);
  std::uint64_t wake_ups_ = all_wake_ups(pid_);
  Clock::time_point began_ = Clock::now();
};

json measure_daemon(const std::string& way, int qos, std::size_t telegrams) {
  const bool is_flood = way == "flood";
  Line line(qos);
  line.warm_up(is_flood);
  const Interval interval(line.pid());
  if (is_flood) line.meter().flood(telegrams);
  for (std::size_t i = 0; !is_flood && i < telegrams; ++i) line.meter().pace();
  line.wait_for_telegrams(telegrams);
  return interval.for_telegrams(telegrams);
}

// The same messages as the daemon's, or as many of eight bytes.
std::string messages_of_a_telegram(bool are_short) {
  const auto result = itest::dry_run(itest::config_for(), telegram(1));
  std::string messages;
  std::size_t count = 0;
  for (const auto& line : itest::lines_of(result.out)) {
    if (!itest::contains(line, "/1040/")) continue;
    messages += are_short ? line.substr(0, line.find(' ')) + " 12345.67\n" : line + "\n";
    ++count;
  }
  if (count != readings) throw std::runtime_error("not 26 readings: " + result.out + result.err);
  return messages;
}

// Bare Paho C++ beside a broker and a subscriber, connected.
class Floor {
 public:
  Floor(const std::string& way, int qos, std::size_t telegrams, bool are_short)
      : process_(
            {BENCH_FLOOR, std::to_string(broker_.port()), dir_.write("messages", messages_of_a_telegram(are_short)),
             std::to_string(qos), std::to_string(telegrams), std::to_string(pause(way).count())},
            {{}, itest::Process::Input::pipe, {}, {}}),
        expected_(telegrams * readings) {
    wait_for("ready");
  }

  void publish() {
    process_.write("\n");
    wait_for("done");
    if (!listener_.wait_for(expected_)) {
      throw std::runtime_error("floor: " + std::to_string(listener_.count()) + " messages came");
    }
  }

  pid_t pid() const { return process_.pid(); }

 private:
  static microseconds pause(const std::string& way) {
    return way == "flood" ? microseconds{0} : time_on_the_line(telegram(1).size());
  }

  void wait_for(const std::string& word) const {
    const auto says = [&](const std::string& out) { return itest::contains(out, word); };
    if (!process_.wait_for_out(says, seconds{600})) throw std::runtime_error("floor: " + process_.err());
  }

  itest::TempDir dir_;
  itest::Broker broker_{{}, true, broker_settings};
  Listener listener_{broker_.port(), reading_filter};
  itest::Process process_;
  std::size_t expected_;
};

json measure_floor(const std::string& way, int qos, std::size_t telegrams, bool are_short) {
  Floor floor(way, qos, telegrams, are_short);
  const Interval interval(floor.pid());
  floor.publish();
  return interval.for_telegrams(telegrams);
}

// From the last byte of a telegram to its last reading, with pauses of different length in between.
json measure_latency(int qos, std::size_t telegrams) {
  Line line(qos);
  line.warm_up(false);
  std::vector<double> latencies;
  for (std::size_t i = 0; i < telegrams; ++i) {
    const auto written = line.meter().pace();
    line.wait_for_telegrams(i + 1);
    latencies.push_back(seconds_of(line.listener().last() - written) * 1e3);
    std::this_thread::sleep_for(milliseconds{i % 50});
  }
  std::sort(latencies.begin(), latencies.end());
  const auto at = [&](std::size_t percent) { return latencies[(latencies.size() - 1) * percent / 100]; };
  return {{"median_ms", at(50)}, {"p90_ms", at(90)}, {"p99_ms", at(99)}, {"most_ms", latencies.back()}};
}

json measure_memory(int qos, std::size_t telegrams) {
  Line line(qos);
  line.warm_up();
  json result = json::object();
  std::size_t done = 0;
  const auto began = Clock::now();
  for (const std::size_t part : {std::min<std::size_t>(1000, telegrams / 2), telegrams / 2, telegrams}) {
    line.meter().flood(part - done);
    done = part;
    line.wait_for_telegrams(done);
    result["memory_kb"].push_back(
        {{"telegrams", done}, {"now", memory(line.pid())}, {"most", most_memory(line.pid())}});
  }
  result["messages_per_second"] = static_cast<double>(telegrams * readings) / seconds_of(Clock::now() - began);
  return result;
}

// In a second, thread by thread, while nothing comes.
json count_wake_ups(pid_t pid, std::size_t length) {
  std::this_thread::sleep_for(seconds{2});
  const auto before = wake_ups(pid);
  std::this_thread::sleep_for(seconds{length});
  auto result = json::object();
  double sum = 0;
  for (const auto& [thread, count] : wake_ups(pid)) {
    const auto old = before.find(thread);
    const auto rate =
        static_cast<double>(count - (old == before.end() ? 0 : old->second)) / static_cast<double>(length);
    result["threads"][thread] = rate;
    sum += rate;
  }
  result["per_second"] = sum;
  return result;
}

json measure_wake_ups(int qos, std::size_t length) {
  Line line(qos);
  line.warm_up(false);
  return count_wake_ups(line.pid(), length);
}

// READY=1 comes as a datagram.
json measure_start() {
  const itest::TempDir dir;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = dir.file("notify");
  std::copy(path.begin(), path.end(), address.sun_path);
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("no socket at " + path);
  }
  Line line(0, {"NOTIFY_SOCKET=" + path});
  std::array<char, 256> datagram{};
  const auto size = ::recv(socket, datagram.data(), datagram.size(), 0);
  const auto ready = Clock::now();
  ::close(socket);
  if (!itest::contains({datagram.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))}, "READY=1")) {
    throw std::runtime_error("something else than READY=1 came first");
  }
  line.wait_until_connected();
  return {{"ready_ms", seconds_of(ready - line.started()) * 1e3},
          {"connected_ms", seconds_of(Clock::now() - line.started()) * 1e3},
          {"memory_kb", memory(line.pid())}};
}

json measure(const std::vector<std::string>& words) {
  const auto& what = words.at(0);
  if (what == "start") return measure_start();
  const int qos = std::stoi(words.at(1));
  const auto count = std::stoul(words.at(2));
  if (what == "latency") return measure_latency(qos, count);
  if (what == "memory") return measure_memory(qos, count);
  if (what == "wakeups") return measure_wake_ups(qos, count);
  if (what == "floor-wakeups") return count_wake_ups(Floor("flood", qos, 1, false).pid(), count);
  if (what == "daemon") return measure_daemon(words.at(3), qos, count);
  if (what == "floor") return measure_floor(words.at(3), qos, count, false);
  if (what == "short-floor") return measure_floor(words.at(3), qos, count, true);
  throw std::invalid_argument(what);
}

}  // namespace
}  // namespace e2e

// start | latency QOS TELEGRAMS | memory QOS TELEGRAMS | wakeups or floor-wakeups QOS SECONDS |
// daemon, floor or short-floor QOS TELEGRAMS flood|pace
int main(int argc, char** argv) {
  try {
    std::cout << e2e::measure({argv + 1, argv + argc}).dump() << "\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_e2e: " << error.what() << "\n";
    return 1;
  }
}
