#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>

#include "harness.hpp"

// What the daemon tells the service manager: the test is the manager, with a socket of its own.
namespace itest {
namespace {

// Takes datagrams as they come: few fit into the socket.
class Manager {
 public:
  explicit Manager(std::string name)
      : name_(std::move(name)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(name_.begin(), name_.end(), address.sun_path);
    if (name_[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0) << name_;
    collector_ = std::thread([this] { collect(); });
  }
  ~Manager() {
    ended_ = true;
    collector_.join();
    ::close(socket_);
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  Arguments environment(const Arguments& more = {}) const {
    Arguments all = {"NOTIFY_SOCKET=" + name_};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  Arguments messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  std::size_t count(const std::string& message) const {
    const auto all = messages();
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), message));
  }
  bool wait_for(const std::string& message, std::size_t times = 1, milliseconds deadline = patience) const {
    return wait_until([&] { return count(message) >= times; }, deadline);
  }
  /// The last status line is to hold each of these.
  bool wait_for_status(const Arguments& parts, milliseconds deadline = patience) const {
    return wait_until(
        [&] {
          const auto status = last_status();
          return std::all_of(parts.begin(), parts.end(), [&](const auto& part) { return contains(status, part); });
        },
        deadline);
  }
  std::string last_status() const {
    const auto all = messages();
    const auto found = std::find_if(all.rbegin(), all.rend(), [](const auto& m) { return m.starts_with("STATUS="); });
    return found == all.rend() ? "" : *found;
  }

 private:
  void collect() {
    std::array<char, 4096> buffer;
    while (!ended_) {
      pollfd readable{socket_, POLLIN, 0};
      if (::poll(&readable, 1, 20) != 1) continue;
      const auto size = ::recv(socket_, buffer.data(), buffer.size(), 0);
      const std::lock_guard lock(mutex_);
      if (size >= 0) messages_.emplace_back(buffer.data(), static_cast<std::size_t>(size));
    }
  }

  std::string name_;
  int socket_;
  std::atomic<bool> ended_ = false;
  mutable std::mutex mutex_;
  Arguments messages_;
  std::thread collector_;
};

// Neither the broker nor the port exists.
ConfigText lonely() {
  auto config = config_for();
  config["MQTT"]["host"] = "127.0.0.1";
  config["MQTT"]["port"] = std::to_string(free_port());
  return config;
}

void expect_whole_life(const std::string& socket_name, const TempDir& dir) {
  const Manager manager(socket_name);
  const auto daemon =
      start_daemon(dir, lonely(), {"--source", dir.file("absent")}, Process::Input::null, manager.environment());
  ASSERT_TRUE(manager.wait_for("READY=1")) << daemon->err();
  EXPECT_TRUE(manager.wait_for_status({"port not open", "no telegram yet", "broker not connected"}))
      << manager.last_status();
  EXPECT_EQ(manager.count("STOPPING=1"), 0U);
  daemon->signal(SIGTERM);
  EXPECT_TRUE(manager.wait_for("STOPPING=1"));
  EXPECT_EQ(daemon->wait_exit(), 0);
  EXPECT_EQ(manager.count("READY=1"), 1U);
  EXPECT_EQ(manager.messages().front(), "READY=1");
}

TEST(Service, IsReadyWithoutMeterAndBroker) {
  const TempDir dir;
  expect_whole_life(dir.file("notify"), dir);
}

TEST(Service, KnowsAbstractSockets) {
  const TempDir dir;
  expect_whole_life("@vscp-p1d-test-" + dir.path().filename().string(), dir);
}

TEST(Service, ASocketThatIsNoneIsNoMatter) {
  for (const std::string name : {"", "@", "relative", "/nonexistent/notify", "/dev/null"}) {
    const TempDir dir;
    const auto daemon = start_daemon(dir, config_for(), {"--dry-run", "--oneshot", "--source", "emulator:"},
                                     Process::Input::null, {"NOTIFY_SOCKET=" + name, "WATCHDOG_USEC=1000"});
    EXPECT_EQ(daemon->wait_exit(), 0) << name << daemon->err();
  }
}

TEST(Service, FeedsTheWatchdogFourTimesInItsTime) {
  const TempDir dir;
  const Manager manager(dir.file("notify"));
  const auto daemon = start_daemon(dir, lonely(), {"--source", dir.file("absent")}, Process::Input::null,
                                   manager.environment({"WATCHDOG_USEC=2000000"}));
  ASSERT_TRUE(manager.wait_for("WATCHDOG=1")) << daemon->err();
  // Sixteen quarters are eight seconds; at half the rate they would be sixteen.
  EXPECT_TRUE(manager.wait_for("WATCHDOG=1", 17, seconds{14})) << manager.count("WATCHDOG=1");
}

TEST(Service, FeedsItsOwnWatchdogOnly) {
  const TempDir dir;
  for (const std::string variables : {"WATCHDOG_PID=1", "WATCHDOG_PID=$$"}) {
    const Manager manager(dir.file("notify" + std::to_string(variables.size())));
    dir.write("config.ini", to_text(lonely()));
    const auto command = "export " + variables + "; exec '" VSCP_P1D "' --source " + dir.file("absent");
    Process daemon({"sh", "-c", command},
                   {dir.path().string(), Process::Input::null, {}, manager.environment({"WATCHDOG_USEC=4000"})});
    if (variables == "WATCHDOG_PID=$$") {
      EXPECT_TRUE(manager.wait_for("WATCHDOG=1")) << daemon.err();
    }
    ASSERT_TRUE(manager.wait_for_status({"broker not connected"})) << daemon.err();
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait_exit(), 0);
    ASSERT_TRUE(manager.wait_for("STOPPING=1"));
    if (variables == "WATCHDOG_PID=1") {
      EXPECT_EQ(manager.count("WATCHDOG=1"), 0U);
    }
  }
}

TEST(Service, StatusTellsMeterAndBroker) {
  const TempDir dir;
  const Manager manager(dir.file("notify"));
  Broker broker;
  Pty meter(dir.file("meter"));
  const auto daemon = start_daemon(dir, config_for(&broker), {"-v", "--source", meter.name()}, Process::Input::null,
                                   manager.environment());
  EXPECT_TRUE(manager.wait_for_status({"=meter no telegram yet", "broker connected", "0 waiting"}))
      << manager.last_status();
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  ASSERT_TRUE(meter.write(telegram({"0-0:96.1.1(4530303433)", "1-0:1.8.0(000100.000*kWh)"})));
  EXPECT_TRUE(manager.wait_for_status({"=meter E0043 telegram ", " s ago, broker connected, 0 waiting"}))
      << manager.last_status();
  broker.kill();
  EXPECT_TRUE(manager.wait_for_status({"broker not connected"})) << manager.last_status();
  broker.start();
  EXPECT_TRUE(manager.wait_for_status({"broker connected, 0 waiting"})) << manager.last_status();
  meter.unplug();
  EXPECT_TRUE(manager.wait_for_status({"=meter E0043 port not open, telegram "})) << manager.last_status();
  meter.plug();
  EXPECT_TRUE(manager.wait_for_status({"=meter E0043 telegram "})) << manager.last_status();
}

TEST(Service, StatusTellsASilentMeter) {
  const TempDir dir;
  const Manager manager(dir.file("notify"));
  const Pty meter(dir.file("meter"));
  auto config = lonely();
  config["SERIAL"]["serial_timeout"] = "1";
  const auto daemon =
      start_daemon(dir, config, {"--source", meter.name()}, Process::Input::null, manager.environment());
  EXPECT_TRUE(manager.wait_for_status({"=meter silent, no telegram yet"})) << manager.last_status();
}

TEST(Service, StatusCountsSeveralMeters) {
  const TempDir dir;
  const Manager manager(dir.file("notify"));
  const Broker broker;
  const Pty a(dir.file("a"));
  const Pty b(dir.file("b"));
  auto config = config_for(&broker);
  config["METER a"] = {{"serial_port", a.name()}};
  config["METER b"] = {{"serial_port", b.name()}, {"serial_timeout", "1"}};
  const auto daemon = start_daemon(dir, config, {"-v"}, Process::Input::null, manager.environment());
  ASSERT_TRUE(daemon->wait_for_err("a: " + a.name() + ": open")) << daemon->err();
  ASSERT_TRUE(a.write(numbered(1)));
  EXPECT_TRUE(manager.wait_for("STATUS=2 meters: 1 online, 1 silent, broker connected, 0 waiting"))
      << manager.last_status();
  config["METER c"] = {{"serial_port", dir.file("absent")}};
  dir.write("config.ini", to_text(config));
  daemon->signal(SIGHUP);
  EXPECT_TRUE(manager.wait_for("STATUS=3 meters: 1 online, 1 silent, 1 no_port, broker connected, 0 waiting"))
      << manager.last_status();
  config.erase("METER b");
  config.erase("METER c");
  dir.write("config.ini", to_text(config));
  daemon->signal(SIGHUP);
  EXPECT_TRUE(manager.wait_for_status({"=meter TST5 ", " telegram ", "broker connected, 0 waiting"}))
      << manager.last_status();
}

TEST(Service, ReloadingIsSaidAndReadyAgain) {
  const TempDir dir;
  const Manager manager(dir.file("notify"));
  const auto daemon =
      start_daemon(dir, lonely(), {"--source", dir.file("absent")}, Process::Input::null, manager.environment());
  ASSERT_TRUE(manager.wait_for("READY=1")) << daemon->err();
  for (const std::string config : {"[GENERAL]\ntotals = true\n", "[GENERAL]\nno_such_key = true\n"}) {
    dir.write("config.ini", config);
    const auto ready = manager.count("READY=1");
    daemon->signal(SIGHUP);
    ASSERT_TRUE(manager.wait_for("READY=1", ready + 1)) << daemon->err();
  }
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait_exit(), 0) << daemon->err();
  ASSERT_TRUE(manager.wait_for("STOPPING=1"));
  Arguments states;
  for (const auto& message : manager.messages()) {
    if (!message.starts_with("STATUS=")) states.push_back(message.substr(0, message.find_first_of("0123456789\n")));
    if (message.starts_with("RELOADING=1")) {
      EXPECT_TRUE(message.starts_with("RELOADING=1\nMONOTONIC_USEC=")) << message;
      EXPECT_EQ(message.find_first_not_of("0123456789", sizeof "RELOADING=1\nMONOTONIC_USEC=" - 1),
                std::string::npos);
    }
  }
  EXPECT_EQ(states, (Arguments{"READY=", "RELOADING=", "READY=", "RELOADING=", "READY=", "STOPPING="}));
}

}  // namespace
}  // namespace itest
