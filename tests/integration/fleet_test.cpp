#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "decode.hpp"
#include "document.hpp"
#include "harness.hpp"

// Brokers beyond one machine, set up as docs/fleet.md says. Telegrams are numbered by four energy counters.
namespace itest {
namespace {

namespace fs = std::filesystem;

constexpr auto rabbitmq_server = "/usr/lib/rabbitmq/bin/rabbitmq-server";
constexpr milliseconds erlang_patience{90'000};  // three virtual machines start, on a loaded machine

std::string documented(const char* file) { return block_of(fs::path(SOURCE_DIR) / "docs/fleet.md", file); }

std::string replaced(const std::string& text, const char* expression, const std::string& by) {
  const std::regex searched(expression);
  EXPECT_TRUE(std::regex_search(text, searched)) << "docs/fleet.md has no " << expression;
  return std::regex_replace(text, searched, by);
}

// A quantity's id and the number of its telegram.
using Reading = std::pair<unsigned, unsigned>;

std::string four_counters(unsigned number) {
  std::vector<std::string> lines;
  for (const auto* format : {"1-0:1.8.0(%06u.000*kWh)", "1-0:2.8.0(%06u.000*kWh)", "1-0:3.8.0(%06u.000*kvarh)",
                             "1-0:4.8.0(%06u.000*kvarh)"}) {
    std::array<char, 48> line{};
    std::snprintf(line.data(), line.size(), format, number);  // NOLINT(format-nonliteral)
    lines.emplace_back(line.data());
  }
  return telegram(lines);
}

std::set<Reading> all_of(unsigned last) {
  std::set<Reading> readings;
  for (unsigned number = 1; number <= last; ++number) {
    for (unsigned id = 1; id <= 4; ++id) readings.emplace(id, number);
  }
  return readings;
}

// A subscriber whose session the broker keeps: what came while it was away comes afterwards. Payloads only.
class Session {
 public:
  // The session is there when the constructor returns, and lasts.
  explicit Session(std::string command) : command_(std::move(command)) { listen(); }
  Session(std::uint16_t port, const std::string& id) : Session(command_at(port, id)) {}

  void move_to(std::uint16_t port, const std::string& id) {
    before_ += process_->out();
    command_ = command_at(port, id);
    listen();
  }

  std::vector<Reading> readings() const {
    std::vector<Reading> found;
    const auto out = before_ + process_->out();
    for (const auto& line : lines_of(std::string_view(out).substr(0, out.rfind('\n') + 1))) {
      if (!line.starts_with("{\"vscpHead\"")) continue;
      const auto event = decode_json(line);
      if (is_reading(event)) found.emplace_back(event.id(), static_cast<unsigned>(decode_value(event).number));
    }
    return found;
  }
  std::set<Reading> different() const {
    const auto all = readings();
    return {all.begin(), all.end()};
  }
  bool wait_for(std::size_t count, milliseconds deadline = patience) const {
    return wait_until([&] { return different().size() >= count; }, deadline);
  }

 private:
  static std::string command_at(std::uint16_t port, const std::string& id) {
    return "mosquitto_sub -h 127.0.0.1 -p " + std::to_string(port) + " -u meter -P a-secret -c -q 1 -t 'vscp/#' -i " +
           id;
  }
  // A cluster that has not yet elected who leads it refuses clients.
  void listen() {
    process_.reset();
    const auto subscribes = [this] {
      const auto subscribed = run({"sh", "-c", "exec " + command_ + " -E"});
      before_ += subscribed.out;  // of a session that was there before
      return subscribed.code == 0;
    };
    if (!wait_until(subscribes, erlang_patience)) throw std::runtime_error("no session: " + command_);
    process_ = std::make_unique<Process>(Arguments{"sh", "-c", "exec " + command_});
  }

  std::string command_, before_;
  std::unique_ptr<Process> process_;
};

class Fleet : public testing::Test {
 protected:
  void start_daemon_at(const std::string& hosts) {
    auto config = config_for();
    config["MQTT"]["host"] = hosts;
    config["MQTT"]["user"] = "meter";
    config["MQTT"]["password"] = "a-secret";
    config["SERIAL"]["serial_port"] = meter_.name();
    daemon_ = start_daemon(dir_, config, {"-v"});
    ASSERT_TRUE(daemon_->wait_for_err("connected,", 1, erlang_patience)) << daemon_->err();
  }
  // Without waiting for anything: at the pace of a serial port.
  void send_until(unsigned last) {
    while (sent_ < last) ASSERT_TRUE(meter_.write_at_pace(four_counters(++sent_)));
  }
  void expect_each_at_least_once(const Session& session, milliseconds deadline = patience) {
    const auto expected = all_of(sent_);
    EXPECT_TRUE(session.wait_for(expected.size(), deadline)) << daemon_->err();
    EXPECT_EQ(session.different(), expected) << daemon_->err();
    RecordProperty("twice", std::to_string(session.readings().size() - expected.size()));
  }

  TempDir dir_;
  Pty meter_{dir_.file("meter")};
  std::unique_ptr<Process> daemon_;
  unsigned sent_ = 0;
};

// ---- RabbitMQ

// Three nodes of one cluster on this machine, with a port mapper of their own.
class Cluster {
 public:
  Cluster() {
    const auto home = dir_.file("home");
    fs::create_directory(home);
    fs::permissions(dir_.write("home/.erlang.cookie", "COOKIE"), fs::perms::owner_read);
    dir_.write("plugins", "[rabbitmq_mqtt].");
    const auto mapper_port = std::to_string(free_port());
    const Arguments common = {"HOME=" + home,
                              "ERL_EPMD_PORT=" + mapper_port,
                              "ERL_EPMD_ADDRESS=127.0.0.1",
                              "RABBITMQ_CONF_ENV_FILE=/dev/null",
                              "RABBITMQ_ENABLED_PLUGINS_FILE=" + dir_.file("plugins"),
                              "RABBITMQ_LOGS=-",
                              "RABBITMQ_ALLOW_INPUT=1",  // no shell around the virtual machine
                              "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1} "
                              "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none"};
    mapper_ = std::make_unique<Process>(Arguments{"epmd", "-port", mapper_port},
                                        Process::Options{home, Process::Input::null, {}, common});
    // Those that start together may not agree, for minutes, on who leads them.
    for (std::size_t i = 0; i < nodes_.size(); ++i) start(i, common);
  }

  std::uint16_t port(std::size_t node) const { return ports_.at(node); }
  std::string hosts() const {
    std::string hosts;
    for (const auto port : ports_) hosts += (hosts.empty() ? "127.0.0.1:" : ", 127.0.0.1:") + std::to_string(port);
    return hosts;
  }
  void kill(std::size_t node) {
    nodes_.at(node)->signal(SIGKILL);
    nodes_.at(node)->wait_exit();
  }

 private:
  void start(std::size_t i, const Arguments& common) {
    begin(i, common);
    const auto& node = *nodes_.at(i);
    const auto is_complete = [](const std::string& out) { return contains(out, "Server startup complete"); };
    if (!node.wait_for_out(is_complete, erlang_patience)) {
      throw std::runtime_error("a node does not start: " + node.out() + node.err());
    }
  }
  void begin(std::size_t i, const Arguments& common) {
    const auto name = "r" + std::to_string(i + 1);
    const auto folder = dir_.file(name);
    auto config = replaced(documented("rabbitmq.conf"), "rabbit@broker([123])", "r$1@localhost");
    config = replaced(config, "mqtt\\.listeners\\.tcp\\.default = 1883",
                      "mqtt.listeners.tcp.1 = 127.0.0.1:" + std::to_string(ports_.at(i)) + "\nlisteners.tcp = none");
    auto environment = common;
    for (const auto& variable :
         {"RABBITMQ_NODENAME=" + name + "@localhost", "RABBITMQ_DIST_PORT=" + std::to_string(free_port()),
          "RABBITMQ_BASE=" + folder, "RABBITMQ_MNESIA_BASE=" + folder, "RABBITMQ_LOG_BASE=" + folder,
          "RABBITMQ_GENERATED_CONFIG_DIR=" + folder, "RABBITMQ_PID_FILE=" + folder + ".pid",
          "RABBITMQ_CONFIG_FILE=" + dir_.write(name + ".conf", config)}) {
      environment.push_back(variable);
    }
    nodes_.at(i) =
        std::make_unique<Process>(Arguments{rabbitmq_server, "-noinput"},
                                  Process::Options{dir_.path().string(), Process::Input::null, {}, environment});
  }

  TempDir dir_;
  std::array<std::uint16_t, 3> ports_{free_port(), free_port(), free_port()};
  std::unique_ptr<Process> mapper_;
  std::array<std::unique_ptr<Process>, 3> nodes_;
};

TEST_F(Fleet, ANodeOfARabbitMqClusterIsKilled) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "three virtual machines beside the sanitizers are too much: the release build tries it";
#endif
  if (!fs::exists(rabbitmq_server)) GTEST_SKIP() << "rabbitmq-server is not installed";
  Cluster cluster;
  const Session elsewhere(cluster.port(2), "elsewhere");
  Session beside(cluster.port(0), "beside");
  start_daemon_at(cluster.hosts());
  send_until(100);
  ASSERT_TRUE(elsewhere.wait_for(1, erlang_patience)) << daemon_->err();
  cluster.kill(0);
  send_until(300);
  const auto second = "broker 127.0.0.1:" + std::to_string(cluster.port(1)) + ": connected,";
  EXPECT_TRUE(daemon_->wait_for_err(second, 1, erlang_patience)) << daemon_->err();
  beside.move_to(cluster.port(2), "beside");
  expect_each_at_least_once(elsewhere, erlang_patience);
  expect_each_at_least_once(beside, erlang_patience);
}

// ---- mosquitto

TEST_F(Fleet, ABridgeBringsWhatCameWhileTheCentreOrItselfWasAway) {
  const auto persistent = [this](const std::string& name) {
    fs::create_directory(dir_.file(name));
    return "persistence true\npersistence_location " + dir_.file(name) + "/\n";
  };
  Broker centre({}, true, persistent("centre"));
  Broker edge({}, true,
              persistent("edge") + replaced(documented("bridge.conf"), "centre\\.example:1883",
                                            "127.0.0.1:" + std::to_string(centre.port())));
  const Session session(centre.port(), "billing");
  start_daemon_at("127.0.0.1:" + std::to_string(edge.port()));
  send_until(20);
  ASSERT_TRUE(session.wait_for(all_of(20).size())) << edge.log();
  centre.stop();
  send_until(60);
  edge.stop();
  send_until(80);
  edge.start();
  send_until(100);
  centre.start();
  send_until(120);
  expect_each_at_least_once(session, seconds{60});
}

TEST_F(Fleet, ASharedSubscriptionGivesEachEventToOneMember) {
  const Broker broker;
  const auto command =
      replaced(documented("shared.sh"), "-h centre\\.example", "-h 127.0.0.1 -p " + std::to_string(broker.port()));
  const Session first(command.substr(0, command.find('\n')));
  const Session second(replaced(command.substr(0, command.find('\n')), "billing-1", "billing-2"));
  start_daemon_at("127.0.0.1:" + std::to_string(broker.port()));
  send_until(50);
  const auto expected = all_of(sent_);
  const auto together = [&] { return first.readings().size() + second.readings().size(); };
  EXPECT_TRUE(wait_until([&] { return together() >= expected.size(); })) << daemon_->err();
  EXPECT_EQ(together(), expected.size());
  auto all = first.different();
  all.merge(second.different());
  EXPECT_EQ(all, expected);
  EXPECT_GT(first.readings().size(), 0U);
  EXPECT_GT(second.readings().size(), 0U);
}

}  // namespace
}  // namespace itest
