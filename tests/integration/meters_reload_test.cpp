#include <algorithm>
#include <atomic>
#include <thread>

#include "meters.hpp"

// Meters come and go with a SIGHUP, and the others do not notice.
namespace itest {
namespace {

std::size_t descriptors_of(const Process& daemon) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(daemon.pid()) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// A meter that sends numbered telegrams at the pace of its line until it is told to stop.
class Flow {
 public:
  explicit Flow(const Pty& line)
      : thread_([this, &line] {
          while (!ends_ && line.write_at_pace(numbered(sent_ + 1))) ++sent_;
        }) {}
  ~Flow() { stop(); }
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  /// How many it has sent.
  unsigned stop() {
    ends_ = true;
    if (thread_.joinable()) thread_.join();
    return sent_;
  }

 private:
  std::atomic<unsigned> sent_ = 0;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

class MetersReload : public MetersTest {
 protected:
  // What a client that comes now finds below this prefix, but for events.
  std::vector<std::string> states_below(const std::string& prefix) const {
    const Subscriber late(broker_);
    std::vector<std::string> topics;
    for (const auto& message : late.messages(prefix)) topics.push_back(message.topic);
    return topics;
  }

  Pty a_{dir_.file("a")}, b_{dir_.file("b")}, c_{dir_.file("c")};
};

TEST_F(MetersReload, OneIsAddedOneRemovedAndOneChangedWhileTelegramsFlow) {
  add("stays", 1, a_.name());
  add("goes", 2, b_.name());
  add("changes", 3, c_.name());
  start();
  wait_for_open({"stays", "goes", "changes"});
  Flow flow(a_);
  ASSERT_TRUE(b_.write(numbered(1)));
  ASSERT_TRUE(c_.write(numbered(1)));
  EXPECT_TRUE(has_numbers("goes", {1}));
  EXPECT_TRUE(has_numbers("changes", {1}));
  ASSERT_TRUE(wait_until([&] { return count("goes/vscp-p1d/" + meter_guid(2) + "/info") == 1; })) << daemon_->err();

  const Pty d(dir_.file("d"));
  config_.erase("METER goes");
  add("comes", 4, d.name());
  config_["METER changes"]["guid"] = meter_guid(5);
  reload();
  wait_for_open({"comes"});
  ASSERT_TRUE(d.write(numbered(7)));
  EXPECT_TRUE(has_numbers("comes", {7}));
  ASSERT_TRUE(c_.write(numbered(2)));
  EXPECT_TRUE(has_numbers("changes", {1, 2}));
  EXPECT_TRUE(wait_until([&] { return count("goes/vscp/" + meter_guid(2) + "/20/6") == 1; })) << "its goodbye";
  EXPECT_TRUE(wait_until([&] { return count("changes/vscp/" + meter_guid(3) + "/20/6") == 1; }));
  EXPECT_TRUE(wait_until([&] { return count("changes/vscp/" + meter_guid(5) + "/0/2") == 1; }));
  EXPECT_TRUE(wait_until([&] { return states_below("goes/").empty(); })) << "the broker forgets it";
  EXPECT_TRUE(wait_until([&] { return states_below("changes/").size() == 3; })) << "those of the new GUID only";

  // The port of the one that is gone is free for another.
  add("follows", 6, b_.name());
  reload();
  wait_for_open({"follows"});
  ASSERT_TRUE(b_.write(numbered(8)));
  EXPECT_TRUE(has_numbers("follows", {8}));
  EXPECT_TRUE(has_numbers("stays", range(1, flow.stop())));
  EXPECT_EQ(count("stays/vscp/" + meter_guid(1) + "/20/6"), 0U);
  EXPECT_FALSE(contains(broker_.log(), "disconnected")) << "the connection stays: " << broker_.log();
}

TEST_F(MetersReload, ComingAndGoingManyTimesLeavesNothingBehind) {
  TcpServer server;
  server.listen();
  add("stays", 1, a_.name());
  config_["HOMEASSISTANT"]["discovery"] = "true";
  config_["ALARM quiet"] = {{"quantity", "silence"}, {"for", "1"}};
  start();
  wait_for_open({"stays"});
  std::size_t descriptors = 0;
  constexpr unsigned rounds = 10;
  for (unsigned round = 1; round <= rounds; ++round) {
    add("port", 2, b_.name());
    add("network", 3, "tcp://127.0.0.1:" + std::to_string(server.port()));
    add("emulated", 4, "emulator:");
    config_["METER emulated"]["emulator_interval"] = "1";
    add("absent", 5, dir_.file("absent"));
    config_["METER port"]["raw_tcp_port"] = std::to_string(free_port());
    reload();
    ASSERT_TRUE(server.accept());
    ASSERT_TRUE(daemon_->wait_for_err("port: " + b_.name() + ": open", round)) << daemon_->err();
    ASSERT_TRUE(daemon_->wait_for_err("emulated: first telegram", round)) << daemon_->err();
    ASSERT_TRUE(b_.write(numbered(round)));
    ASSERT_TRUE(daemon_->wait_for_err("port: first telegram", round)) << daemon_->err();
    const auto rest = numbered(rounds + 1);
    ASSERT_TRUE(b_.write(rest.substr(0, rest.size() / 2)));
    server.send(rest.substr(0, rest.size() / 2));
    for (const auto* name : {"port", "network", "emulated", "absent"}) {
      config_.erase(std::string("METER ") + name);
    }
    reload();
    ASSERT_TRUE(a_.write(numbered(round)));
    ASSERT_TRUE(has_numbers("stays", range(1, round)));
    if (round == 1) descriptors = descriptors_of(*daemon_);
    ASSERT_TRUE(wait_until([&] { return descriptors_of(*daemon_) <= descriptors; })) << "round " << round;
  }
  EXPECT_TRUE(has_numbers("port", range(1, rounds)));
  for (const std::string name : {"port/", "network/", "emulated/", "absent/"}) {
    EXPECT_TRUE(wait_until([&] { return states_below(name).empty(); })) << name << daemon_->err();
  }
  EXPECT_TRUE(wait_until([&] { return states_below("homeassistant/").size() == 1; }))
      << "of the meter that stays: " << testing::PrintToString(states_below("homeassistant/"));
  stop();
}

TEST_F(MetersReload, ASignalToEndInTheSameMomentEndsInOrder) {
  for (int round = 0; round < 10; ++round) {
    add("a", 1, a_.name());
    add("b", 2, b_.name());
    start();
    wait_for_open({"a", "b"});
    config_.erase("METER b");
    dir_.write("config.ini", to_text(config_));
    daemon_->signal(SIGSTOP);
    daemon_->signal(SIGHUP);
    daemon_->signal(SIGTERM);
    daemon_->signal(SIGCONT);
    EXPECT_EQ(daemon_->wait_exit(), 0) << daemon_->err();
  }
}

TEST_F(MetersReload, FromOneWithoutASectionToSeveralAndBack) {
  config_["SERIAL"]["serial_port"] = a_.name();
  start();
  ASSERT_TRUE(daemon_->wait_for_err(a_.name() + ": open")) << daemon_->err();
  const auto numbers = [&] { return numbers_in(subscriber_.messages("vscp/")); };
  ASSERT_TRUE(a_.write(numbered(1)));
  EXPECT_TRUE(wait_until([&] { return numbers() == range(1, 1); })) << daemon_->err();
  add("a", 1, a_.name());
  add("b", 2, b_.name());
  reload();
  wait_for_open({"a", "b"});
  ASSERT_TRUE(a_.write(numbered(2)));
  ASSERT_TRUE(b_.write(numbered(3)));
  EXPECT_TRUE(has_numbers("a", {2}));
  EXPECT_TRUE(has_numbers("b", {3}));
  config_.erase("METER a");
  config_.erase("METER b");
  reload();
  ASSERT_TRUE(daemon_->wait_for_err(a_.name() + ": open", 3)) << daemon_->err();
  ASSERT_TRUE(a_.write(numbered(2)));
  EXPECT_TRUE(wait_until([&] { return numbers() == range(1, 2); })) << daemon_->err();
  EXPECT_TRUE(wait_until([&] { return states_below("a/").empty() && states_below("b/").empty(); }));
  EXPECT_FALSE(contains(broker_.log(), "disconnected")) << "the connection stays: " << broker_.log();
}

// One tells its own states only when the other has left them.
TEST_F(MetersReload, TwoThatChangePlaces) {
  add("a", 1, a_.name());
  add("b", 2, b_.name());
  start();
  wait_for_open({"a", "b"});
  ASSERT_TRUE(a_.write(numbered(1, {"0-0:96.1.1(4141)"})));
  ASSERT_TRUE(b_.write(numbered(1, {"0-0:96.1.1(4242)"})));
  EXPECT_TRUE(has_numbers("a", {1}));
  EXPECT_TRUE(has_numbers("b", {1}));
  std::swap(config_["METER a"]["guid"], config_["METER b"]["guid"]);
  std::swap(config_["METER a"]["topic_prefix"], config_["METER b"]["topic_prefix"]);
  reload();
  const auto has_states = [&](const std::string& prefix, unsigned number, const std::string& id) {
    const Subscriber late(broker_);
    const auto place = prefix + "/vscp-p1d/" + meter_guid(number);
    const auto infos = late.messages(place + "/info");
    return late.wait_for_text(place + "/meter", "online", milliseconds{0}) && infos.size() == 1 &&
           contains(infos[0].payload, id);
  };
  EXPECT_TRUE(wait_until([&] { return has_states("a", 1, "\"BB\"") && has_states("b", 2, "\"AA\""); }))
      << testing::PrintToString(states_below("")) << daemon_->err();
  ASSERT_TRUE(a_.write(numbered(2)));
  EXPECT_TRUE(has_numbers("b", {1, 2})) << "it is b now";
}

TEST_F(MetersReload, AConnectionThatIsFreeIsTakenByTheNext) {
  add("a", 1, a_.name());
  add("b", 2, b_.name());
  config_["MQTT"]["meters_per_connection"] = "1";
  start();
  wait_for_open({"a", "b"});
  ASSERT_TRUE(daemon_->wait_for_err("connected,", 2)) << daemon_->err();
  config_.erase("METER b");
  reload();
  add("c", 3, c_.name());
  reload();
  wait_for_open({"c"});
  ASSERT_TRUE(c_.write(numbered(1)));
  EXPECT_TRUE(has_numbers("c", {1}));
  EXPECT_EQ(count_of(daemon_->err(), "connected,"), 2U) << daemon_->err();
  config_["MQTT"]["meters_per_connection"] = "0";
  config_["MQTT"]["topic_prefix"] = "all";
  reload();
  EXPECT_TRUE(contains(daemon_->err(), "meters_per_connection takes effect")) << daemon_->err();
  ASSERT_TRUE(c_.write(numbered(2)));
  EXPECT_TRUE(has_numbers("c", {1, 2}));
  EXPECT_FALSE(contains(broker_.log(), "disconnected")) << "the connections stay: " << broker_.log();
}

// The meter has ended, but not the program.
TEST_F(MetersReload, AFileThatWasReadCanBeFollowedByAnother) {
  add("line", 1, a_.name());
  add("file", 2, "file:" + dir_.write("1.txt", numbered(1)));
  start();
  wait_for_open({"line"});
  EXPECT_TRUE(has_numbers("file", {1}));
  config_["METER file"]["serial_port"] = "file:" + dir_.write("2.txt", numbered(2));
  reload();
  EXPECT_TRUE(has_numbers("file", {1, 2}));
  EXPECT_TRUE(daemon_->running());
  config_.erase("METER line");
  dir_.write("config.ini", to_text(config_));
  daemon_->signal(SIGHUP);
  EXPECT_EQ(daemon_->wait_exit(), 0) << "both files have been read: " << daemon_->err();
}

TEST_F(MetersReload, AFaultyFileKeepsThemAll) {
  add("a", 1, a_.name());
  add("b", 2, b_.name());
  start();
  wait_for_open({"a", "b"});
  auto faulty = config_;
  faulty["METER b"]["serial_port"] = a_.name();
  dir_.write("config.ini", to_text(faulty));
  daemon_->signal(SIGHUP);
  ASSERT_TRUE(daemon_->wait_for_err("keeping the old configuration")) << daemon_->err();
  ASSERT_TRUE(b_.write(numbered(1)));
  EXPECT_TRUE(has_numbers("b", {1}));
}

}  // namespace
}  // namespace itest
