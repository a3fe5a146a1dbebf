#include "meters.hpp"

// Several meters in one process: each its own place and settings, and none disturbs another.
namespace itest {
namespace {

const std::string client_id = "vscp-p1d-02005E102030";

class SeveralMeters : public MetersTest {
 protected:
  // The status topic of the connection with this number.
  static std::string status_of(unsigned connection) {
    return connection == 1 ? status_topic : status_topic + "/" + std::to_string(connection);
  }

  // Meters a, b and c.
  void start_three(const std::string& meters_per_connection, const Arguments& arguments = {"-v"}) {
    add("a", 1, a_.name());
    add("b", 2, b_.name());
    add("c", 3, c_.name());
    config_["MQTT"]["meters_per_connection"] = meters_per_connection;
    start(arguments);
    wait_for_open({"a", "b", "c"});
  }

  Pty a_{dir_.file("a")}, b_{dir_.file("b")}, c_{dir_.file("c")};
};

TEST_F(SeveralMeters, EachHasItsOwnPlaceAndSettings) {
  TcpServer server;
  server.listen();
  add("house", 1, a_.name());
  add("garage", 2, "tcp://127.0.0.1:" + std::to_string(server.port()));
  config_["MQTT"]["note_voltage_l1"] = "Voltage";
  config_["METER house"]["note_voltage_l1"] = "Oven";
  config_["METER house"]["zone"] = "7";
  config_["METER house"]["retain"] = "true";
  config_["METER garage"]["only"] = "voltage_l1, sum_active_energy_out";
  config_["METER garage"]["interval_voltage_l1"] = "1h";
  start();
  ASSERT_TRUE(server.accept());
  wait_for_open({"house", "garage"});
  for (const unsigned number : {1U, 2U}) {
    const auto text = numbered(number, {"1-0:32.7.0(230.1*V)", "1-0:52.7.0(231.1*V)", "1-3:0.2.8(50)"});
    ASSERT_TRUE(a_.write(text));
    server.send(text);
  }
  EXPECT_TRUE(has_numbers("house", {1, 2}));
  EXPECT_TRUE(has_numbers("garage", {1, 2}));
  ASSERT_TRUE(subscriber_.wait_for([&](const auto&) {
    return subscriber_.messages("house/vscp/" + meter_guid(1).substr(0, 42)).size() >= 8;
  })) << daemon_->err();

  const auto notes = [&](const std::string& name) {
    std::vector<std::string> found;
    for (const auto& event : readings_in(subscriber_.messages(name + "/vscp/"))) {
      if (event.type == 16) found.push_back(event.note + " " + std::to_string(event.measurement->zone));
    }
    return found;
  };
  EXPECT_EQ(notes("house"), (std::vector<std::string>{"Oven 7", "Voltage L2 7", "Oven 7", "Voltage L2 7"}));
  EXPECT_EQ(notes("garage"), std::vector<std::string>{"Voltage 0"});
  for (const auto& [name, number] : {std::pair("house", 1U), {"garage", 2U}}) {
    const auto place = std::string(name) + "/vscp-p1d/" + meter_guid(number);
    EXPECT_TRUE(subscriber_.wait_for_text(place + "/meter", "online"));
    EXPECT_TRUE(wait_until([&] { return count(place + "/info") > 0 && count(place + "/stats") > 0; })) << place;
    for (const auto& message : subscriber_.messages(std::string(name) + "/vscp/")) {
      EXPECT_TRUE(message.topic.starts_with(std::string(name) + "/vscp/" + meter_guid(number).substr(0, 41)));
    }
  }
  EXPECT_EQ(count(status_topic), 1U) << "one process, one status";
  EXPECT_EQ(subscriber_.messages("vscp").size(), 1U) << "all else is below a prefix";
  EXPECT_TRUE(contains(daemon_->err(), ": 2 meters → 127.0.0.1:")) << daemon_->err();
  EXPECT_EQ(count_of(broker_.log(), "as " + client_id), 1U) << broker_.log();
  const Subscriber late(broker_);
  ASSERT_TRUE(late.wait_for_text(status_topic, "online"));
  EXPECT_FALSE(late.messages("house/vscp/").empty()) << "retain = true";
  EXPECT_TRUE(late.messages("garage/vscp/").empty()) << "retain = false";
}

TEST_F(SeveralMeters, OneThatIsAbsentSilentOrDamagedLeavesTheOthersAlone) {
  add("good", 1, a_.name());
  add("absent", 2, dir_.file("absent"));
  add("silent", 3, b_.name());
  add("noisy", 4, c_.name());
  config_["SERIAL"]["serial_baudrate"] = "115200";
  config_["METER silent"]["serial_timeout"] = "1";
  start();
  wait_for_open({"good", "silent", "noisy"});
  auto damaged = numbered(9);
  damaged[damaged.size() - 4] ^= 1;
  for (unsigned number = 1; number <= 10; ++number) {
    ASSERT_TRUE(c_.write(number % 2 == 0 ? damaged : std::string(300, '\xA5')));
    ASSERT_TRUE(a_.write(numbered(number)));
  }
  EXPECT_TRUE(has_numbers("good", range(1, 10)));
  EXPECT_TRUE(subscriber_.wait_for_text("silent/vscp-p1d/" + meter_guid(3) + "/meter", "silent")) << daemon_->err();
  for (const std::string& said :
       {"absent: " + dir_.file("absent") + ": no such port", "silent: " + b_.name() + ": no good telegram for 1 s",
        std::string("noisy: telegram dropped: CRC mismatch"), std::string("good: first telegram: ")}) {
    EXPECT_TRUE(daemon_->wait_for_err(said)) << said << "\n" << daemon_->err();
  }
  EXPECT_TRUE(has_numbers("noisy", {}));
  ASSERT_TRUE(a_.write(numbered(11)));
  EXPECT_TRUE(has_numbers("good", range(1, 11)));
  stop();
  EXPECT_TRUE(contains(daemon_->err(), "good: telegrams: 11 good")) << daemon_->err();
}

TEST_F(SeveralMeters, AConnectionForEach) {
  start_three("1");
  for (const auto* id : {"", "-2", "-3"}) {
    EXPECT_TRUE(broker_.wait_for_log("as " + client_id + id + " ")) << broker_.log();
  }
  for (const unsigned connection : {1U, 2U, 3U}) {
    EXPECT_TRUE(subscriber_.wait_for_text(status_of(connection), "online")) << daemon_->err();
  }
  ASSERT_TRUE(a_.write(numbered(1)));
  ASSERT_TRUE(b_.write(numbered(2)));
  ASSERT_TRUE(c_.write(numbered(3)));
  EXPECT_TRUE(has_numbers("a", {1}));
  EXPECT_TRUE(has_numbers("b", {2}));
  EXPECT_TRUE(has_numbers("c", {3}));
  daemon_->signal(SIGKILL);
  for (const unsigned connection : {1U, 2U, 3U}) {
    EXPECT_TRUE(subscriber_.wait_for_text(status_of(connection), "offline")) << "its will, " << connection;
  }
}

TEST_F(SeveralMeters, AConnectionForTwo) {
  start_three("2");
  EXPECT_TRUE(broker_.wait_for_log("as " + client_id + "-2 ")) << broker_.log();
  EXPECT_FALSE(contains(broker_.log(), client_id + "-3")) << broker_.log();
}

TEST_F(SeveralMeters, NothingIsLostOnAnyConnectionWhileTheBrokerIsAway) {
  config_["SPOOL"] = {{"path", dir_.file("spool.db")}, {"flush_interval", "1"}};
  start_three("1");
  const auto send = [&](unsigned first, unsigned last) {
    for (unsigned number = first; number <= last; ++number) {
      for (const auto* meter : {&a_, &b_, &c_}) ASSERT_TRUE(meter->write(numbered(number)));
    }
  };
  send(1, 3);
  for (const std::string name : {"a", "b", "c"}) ASSERT_TRUE(has_numbers(name, range(1, 3)));
  broker_.kill();
  ASSERT_TRUE(daemon_->wait_for_err("trying again", 3)) << daemon_->err();
  EXPECT_TRUE(contains(daemon_->err(), "(connection 2): ")) << daemon_->err();
  send(4, 20);
  for (const std::string file : {"spool.db", "spool-2.db", "spool-3.db"}) {
    EXPECT_TRUE(wait_until([&] { return std::filesystem::exists(dir_.file(file)); })) << file;
  }
  broker_.start();
  ASSERT_TRUE(subscriber_.wait_subscribed(2));
  send(21, 30);
  for (const std::string name : {"a", "b", "c"}) {
    EXPECT_TRUE(
        wait_until([&] { return numbers_in(subscriber_.messages(name + "/vscp/")).size() >= 30; }, seconds{40}))
        << daemon_->err();
    EXPECT_TRUE(has_numbers(name, range(1, 30)));
  }
  stop();
  EXPECT_FALSE(std::filesystem::exists(dir_.file("spool-2.db"))) << "it has done its work";
}

// A run with less connections delivers what one with more has left.
TEST_F(SeveralMeters, WhatMoreConnectionsSpooledGoesOutToo) {
  config_["SPOOL"]["path"] = dir_.file("spool.db");
  broker_.kill();
  start_three("1");
  for (const auto* meter : {&a_, &b_, &c_}) ASSERT_TRUE(meter->write(numbered(1)));
  for (const std::string name : {"a", "b", "c"}) ASSERT_TRUE(daemon_->wait_for_err(name + ": telegram 1:"));
  stop();
  broker_.start();
  ASSERT_TRUE(subscriber_.wait_subscribed(2));
  config_["MQTT"]["meters_per_connection"] = "0";
  start();
  for (const std::string name : {"a", "b", "c"}) EXPECT_TRUE(has_numbers(name, {1}));
  stop();
  start();
  ASSERT_TRUE(daemon_->wait_for_err("connected,")) << daemon_->err();
  EXPECT_FALSE(contains(daemon_->err(), "(connection ")) << "no more than it needs: " << daemon_->err();
}

TEST_F(SeveralMeters, OnlyConnectionsThatLeftSomethingAreMadeForIt) {
  config_["SPOOL"]["path"] = dir_.file("spool.db");
  broker_.kill();
  start_three("1");
  ASSERT_TRUE(c_.write(numbered(1)));
  ASSERT_TRUE(daemon_->wait_for_err("c: telegram 1:"));
  stop();
  std::filesystem::remove(dir_.file("spool-2.db"));  // it holds the meter's begin
  broker_.start();
  ASSERT_TRUE(subscriber_.wait_subscribed(2));
  config_["MQTT"]["meters_per_connection"] = "2";
  config_.erase("METER b");
  start();
  EXPECT_TRUE(has_numbers("c", {1}));
  EXPECT_TRUE(daemon_->wait_for_err("(connection 3): connected")) << daemon_->err();
  add("b", 2, b_.name());
  add("d", 4, dir_.file("d"));
  reload();
  ASSERT_TRUE(b_.write(numbered(2)));
  EXPECT_TRUE(has_numbers("b", {2}));
  EXPECT_FALSE(contains(daemon_->err(), "(connection 2)")) << daemon_->err();
  add("e", 5, dir_.file("e"));
  reload();
  EXPECT_TRUE(daemon_->wait_for_err("(connection 2): connected")) << "the lowest that is free: " << daemon_->err();
}

// ---- to an end

TEST_F(SeveralMeters, OneshotEndsWhenEachHasDeliveredOneTelegram) {
  add("a", 1, a_.name());
  add("b", 2, b_.name());
  start({"-v", "--oneshot"});
  wait_for_open({"a", "b"});
  ASSERT_TRUE(a_.write(numbered(1) + numbered(2)));
  ASSERT_TRUE(has_numbers("a", {1}));
  EXPECT_TRUE(daemon_->running()) << "one meter is missing";
  ASSERT_TRUE(b_.write(numbered(5)));
  EXPECT_EQ(daemon_->wait_exit(), 0) << daemon_->err();
  EXPECT_TRUE(has_numbers("a", {1}));
  EXPECT_TRUE(has_numbers("b", {5}));
}

TEST_F(SeveralMeters, OneshotTellsByItsExitCodeThatOneIsSilent) {
  add("a", 1, a_.name());
  add("b", 2, b_.name());
  config_["SERIAL"]["serial_timeout"] = "2";
  start({"-v", "--oneshot"});
  wait_for_open({"a", "b"});
  ASSERT_TRUE(a_.write(numbered(1)));
  EXPECT_EQ(daemon_->wait_exit(), 69) << daemon_->err();
  EXPECT_TRUE(has_numbers("a", {1}));
  EXPECT_TRUE(contains(daemon_->err(), "b: " + b_.name() + ": no good telegram for 2 s")) << daemon_->err();
}

TEST_F(SeveralMeters, OneshotEndsWhenTheOnesThatAreMissingAreTakenAway) {
  add("a", 1, a_.name());
  add("b", 2, b_.name());
  start({"-v", "--oneshot"});
  wait_for_open({"a", "b"});
  ASSERT_TRUE(a_.write(numbered(1)));
  ASSERT_TRUE(has_numbers("a", {1}));
  config_.erase("METER b");
  dir_.write("config.ini", to_text(config_));
  daemon_->signal(SIGHUP);
  EXPECT_EQ(daemon_->wait_exit(), 0) << daemon_->err();
}

TEST_F(SeveralMeters, OneshotGivesABrokerThatIsAwayThreeRoundsOnEachConnection) {
  config_["SERIAL"]["serial_timeout"] = "60";
  broker_.kill();
  start_three("1", {"-v", "--oneshot"});
  for (const auto* meter : {&a_, &b_, &c_}) ASSERT_TRUE(meter->write(numbered(1)));
  for (const std::string name : {"a", "b", "c"}) ASSERT_TRUE(daemon_->wait_for_err(name + ": telegram 1:"));
  broker_.start();  // before the third round
  EXPECT_EQ(daemon_->wait_exit(), 0) << daemon_->err();
}

TEST_F(SeveralMeters, FilesAreReadToTheirEnds) {
  constexpr unsigned telegrams = 1000;  // more messages than may be ahead of the broker
  std::string capture;
  for (unsigned number = 1; number <= telegrams; ++number) capture += numbered(number, {"1-0:32.7.0(230.1*V)"});
  add("a", 1, "file:" + dir_.write("a.txt", capture));
  add("b", 2, "file:" + dir_.write("b.txt", capture));
  config_["METER a"]["send_voltage"] = "false";
  for (const std::string most : {"0", "1"}) {
    config_["MQTT"]["meters_per_connection"] = most;
    subscriber_.forget();
    start();
    EXPECT_EQ(daemon_->wait_exit(seconds{60}), 0) << daemon_->err();
    EXPECT_TRUE(has_numbers("a", range(1, telegrams)));
    EXPECT_TRUE(has_numbers("b", range(1, telegrams)));
    EXPECT_FALSE(contains(daemon_->err(), "queue is full")) << daemon_->err();
  }
}

TEST_F(SeveralMeters, AFileThatCannotBeReadIsToldByTheExitCode) {
  add("a", 1, "file:" + dir_.write("a.txt", numbered(1)));
  add("b", 2, "file:" + dir_.file("absent.txt"));
  start();
  EXPECT_EQ(daemon_->wait_exit(), 69) << daemon_->err();
  EXPECT_TRUE(has_numbers("a", {1}));
  EXPECT_TRUE(contains(daemon_->err(), "b: " + dir_.file("absent.txt") + ": ")) << daemon_->err();
}

// A meter at a port does not wait for a broker that is away, a file beside it does.
TEST_F(SeveralMeters, AFileWaitsForTheBrokerBesideAMeterThatDoesNot) {
  constexpr unsigned telegrams = 3000;
  std::string capture;
  for (unsigned number = 1; number <= telegrams; ++number) capture += numbered(number);
  add("line", 1, a_.name());
  add("file", 2, "file:" + dir_.write("b.txt", capture));
  config_["MQTT"]["queue_size"] = "3000";
  config_["SPOOL"]["enabled"] = "false";
  broker_.kill();
  start();
  wait_for_open({"line"});
  ASSERT_TRUE(daemon_->wait_for_err("trying again")) << daemon_->err();
  ASSERT_TRUE(a_.write(numbered(1)));
  ASSERT_TRUE(daemon_->wait_for_err("line: telegram 1:")) << daemon_->err();
  broker_.start();
  EXPECT_TRUE(
      wait_until([&] { return numbers_in(subscriber_.messages("file/vscp/")).size() >= telegrams; }, seconds{60}))
      << daemon_->err();
  EXPECT_FALSE(contains(daemon_->err(), "queue is full")) << daemon_->err();
}

// ---- one of several, and without a broker

TEST_F(SeveralMeters, OneOfThemIsNamed) {
  add("a", 1, "emulator:");
  add("b", 2, dir_.file("absent"));
  dir_.write("config.ini", to_text(config_));
  const auto dry = run_daemon(dir_, {"--dry-run", "--oneshot", "--meter", "A"});
  EXPECT_EQ(dry.code, 0) << dry.err;
  EXPECT_TRUE(contains(dry.out, "a/vscp/" + meter_guid(1).substr(0, 41))) << dry.out;
  const auto watched = run_daemon(dir_, {"--watch", "--oneshot", "--meter", "a"});
  EXPECT_EQ(watched.code, 0) << watched.err;
  EXPECT_TRUE(contains(watched.out, "Active effect out")) << watched.out;
  const auto unnamed = run_daemon(dir_, {"--watch"});
  EXPECT_EQ(unnamed.code, 64) << unnamed.err;
  EXPECT_TRUE(contains(unnamed.err, "--watch is for one of the 2 meters: name it with --meter NAME")) << unnamed.err;
  const auto other = run_daemon(dir_, {"--oneshot", "--meter", "c"});
  EXPECT_EQ(other.code, 64) << other.err;
}

TEST_F(SeveralMeters, ADryRunShowsAll) {
  add("a", 1, "file:" + dir_.write("a.txt", numbered(1) + numbered(2)));
  add("b", 2, "file:" + dir_.write("b.txt", numbered(3)));
  dir_.write("config.ini", to_text(config_));
  const auto outcome = run_daemon(dir_, {"--dry-run"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::vector<Message> of_a, of_b;
  for (const auto& line : lines_of(outcome.out)) {
    auto message = parse_line(line);
    (message.topic.starts_with("a/vscp/") ? of_a : of_b).push_back(message);
    EXPECT_TRUE(message.topic.starts_with("a/vscp/") || message.topic.starts_with("b/vscp/")) << line;
  }
  EXPECT_EQ(numbers_in(of_a), (std::vector<unsigned>{1, 2}));
  EXPECT_EQ(numbers_in(of_b), (std::vector<unsigned>{3}));
}

}  // namespace
}  // namespace itest
