#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <regex>

#include "decode.hpp"
#include "harness.hpp"

// The broker comes late, goes, hangs and refuses; the daemon ends in order whatever it does.
namespace itest {
namespace {

using Clock = std::chrono::steady_clock;

// The daemon at a pseudo terminal.
struct Station {
  explicit Station(ConfigText config, const Arguments& more = {}) : meter(dir.file("meter")) {
    config["SERIAL"]["serial_port"] = meter.name();
    Arguments arguments = {"-v"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    daemon = start_daemon(dir, config, arguments);
    if (!daemon->wait_for_err(": open")) throw std::runtime_error("the daemon does not start: " + daemon->err());
  }

  // Returns when the daemon has read it, wherever it went then.
  bool send(const std::string& text, unsigned count = 1) {
    sent += count;
    return meter.write(text) && daemon->wait_for_err("telegram " + std::to_string(sent) + ":");
  }

  TempDir dir;
  Pty meter;
  std::unique_ptr<Process> daemon;
  unsigned sent = 0;
};

std::vector<unsigned> without_duplicates(const std::vector<unsigned>& numbers) {
  std::vector<unsigned> result;
  for (const auto number : numbers) {
    if (std::find(result.begin(), result.end(), number) == result.end()) result.push_back(number);
  }
  return result;
}

// The mark of an event in lists below.
std::string kind_of(const Message& message) {
  const auto event = decode_json(message.payload);
  return std::to_string(event.event_class) + "/" + std::to_string(event.type);
}

std::uint64_t number_behind(const std::string& text, const std::string& expression) {
  std::smatch match;
  return std::regex_search(text, match, std::regex(expression)) ? std::stoull(match[1]) : ~0ULL;
}

// ---- it comes late and goes

TEST(Broker, LateOneGetsEverythingInOrder) {
  Broker broker({}, false);
  Station station(config_for(&broker));
  for (unsigned number = 1; number <= 20; ++number) ASSERT_TRUE(station.send(numbered_with(number, 5)));
  ASSERT_TRUE(station.daemon->wait_for_err("trying again"));
  station.daemon->signal(SIGSTOP);  // the subscriber must be there first
  broker.start();
  const Subscriber subscriber(broker);
  station.daemon->signal(SIGCONT);
  ASSERT_TRUE(subscriber.wait_for_part("\"value\":20.000")) << station.daemon->err();
  const auto messages = subscriber.messages("vscp/");
  EXPECT_EQ(kind_of(messages.at(0)), "0/2");
  EXPECT_EQ(kind_of(messages.at(1)), "1026/2");
  EXPECT_EQ(numbers_in(messages), range(1, 20));
  EXPECT_TRUE(subscriber.wait_for([](const auto& all) { return all.size() >= 2 + 20 * 5 + 2; }));
  EXPECT_EQ(readings_in(subscriber.messages("vscp/")).size(), 100U);
  EXPECT_TRUE(subscriber.wait_for_text(status_topic, "online"));
  EXPECT_TRUE(subscriber.wait_for_text(meter_topic, "online"));
  EXPECT_EQ(count_of(station.daemon->err(), "trying again"), 1U) << station.daemon->err();
}

// The broker is stopped before it is killed: what it has acknowledged and not yet passed on would be its own loss.
TEST(Broker, KilledAndRestartedLosesNothing) {
  Broker broker;
  const Subscriber subscriber(broker);
  Station station(config_for(&broker));
  unsigned number = 0;
  const auto send = [&](unsigned count) {
    for (; count > 0; --count) ASSERT_TRUE(station.meter.write_at_pace(numbered_with(++number, 4)));
    ASSERT_TRUE(station.daemon->wait_for_err("telegram " + std::to_string(number) + ":"));
  };
  const auto all_arrived = [&] { return subscriber.wait_for_part(value_of(number)); };
  send(20);
  ASSERT_TRUE(all_arrived());
  for (std::size_t round = 1; round <= 2; ++round) {
    broker.signal(SIGSTOP);
    send(20);  // under way, not acknowledged
    broker.kill();
    ASSERT_TRUE(station.daemon->wait_for_err("the connection broke", round));
    send(20);
    station.daemon->signal(SIGSTOP);  // the subscriber must be back first
    broker.start();
    ASSERT_TRUE(subscriber.wait_subscribed(round + 1));
    station.daemon->signal(SIGCONT);
    send(20);
    ASSERT_TRUE(all_arrived()) << station.daemon->err();
  }
  EXPECT_EQ(without_duplicates(numbers_in(subscriber.messages("vscp/"))), range(1, number));
}

TEST(Broker, FrozenOneLosesNothing) {
  auto broker = Broker();
  const Subscriber subscriber(broker);
  Station station(config_for(&broker));
  ASSERT_TRUE(station.send(numbered(1)));
  ASSERT_TRUE(subscriber.wait_for_part("\"value\":1.000"));
  broker.signal(SIGSTOP);
  for (unsigned number = 2; number <= 50; ++number) ASSERT_TRUE(station.send(numbered_with(number, 26)));
  broker.signal(SIGCONT);
  ASSERT_TRUE(subscriber.wait_for_part("\"value\":50.000"));
  EXPECT_EQ(without_duplicates(numbers_in(subscriber.messages("vscp/"))), range(1, 50));
  EXPECT_TRUE(subscriber.wait_for([](const auto& all) { return all.size() >= 2 + 1 + 49 * 26; }));
}

TEST(Broker, FullQueueDropsTheOldestAndCountsThem) {
  Broker broker({}, false);
  auto config = config_for(&broker);
  config["MQTT"]["queue_size"] = "100";
  Station station(config);
  for (unsigned number = 1; number <= 150; ++number) ASSERT_TRUE(station.send(numbered(number)));
  EXPECT_TRUE(station.daemon->wait_for_err("queue is full"));
  station.daemon->signal(SIGSTOP);
  broker.start();
  const Subscriber subscriber(broker);
  station.daemon->signal(SIGCONT);
  ASSERT_TRUE(subscriber.wait_for_part("\"value\":150.000"));
  EXPECT_EQ(numbers_in(subscriber.messages("vscp/")), range(51, 150));
  station.daemon->signal(SIGTERM);
  EXPECT_EQ(station.daemon->wait_exit(), 0);
  const auto log = station.daemon->err();
  EXPECT_EQ(count_of(log, "queue is full"), 1U);
  EXPECT_EQ(number_behind(log, R"(messages: (\d+), dropped: )"), 153U) << log;
  EXPECT_EQ(number_behind(log, R"(messages: \d+, dropped: (\d+))"), 52U) << log;
}

TEST(Broker, FullQueueWhileConnectedStaysBounded) {
  Broker broker;
  const Subscriber subscriber(broker);
  auto config = config_for(&broker);
  config["MQTT"]["queue_size"] = "100";
  Station station(config);
  ASSERT_TRUE(subscriber.wait_for_part("Heartbeat"));  // the last that is not to be counted
  broker.signal(SIGSTOP);
  for (unsigned number = 1; number <= 40; ++number) ASSERT_TRUE(station.send(numbered_with(number, 26)));
  EXPECT_TRUE(station.daemon->wait_for_err("queue is full"));
  station.daemon->signal(SIGTERM);
  EXPECT_EQ(station.daemon->wait_exit(), 0);
  const auto log = station.daemon->err();
  const auto undelivered = number_behind(log, R"((\d+) messages were not delivered)");
  EXPECT_LE(undelivered, 100U);
  EXPECT_EQ(number_behind(log, R"(messages: \d+, dropped: (\d+))") + undelivered, 40 * 26 + 1U)
      << "and the event of the end";
}

// ---- it refuses

TEST(Broker, WrongPasswordIsSaidOnceAndNotShown) {
  const Broker broker(Broker::Login{"meter", "right"});
  auto config = config_for(&broker);
  config["MQTT"]["password"] = "wrong-password";
  const TempDir dir;
  const auto daemon = start_daemon(dir, config, {"-d", "--source", dir.file("missing")});
  ASSERT_TRUE(broker.wait_for_log("not authorised", 3));
  EXPECT_EQ(count_of(daemon->err(), "refuses the login"), 1U) << daemon->err();
  EXPECT_TRUE(contains(daemon->err(), "user and password"));
  EXPECT_FALSE(contains(daemon->err(), "wrong-password"));
  EXPECT_TRUE(daemon->running());
}

TEST(Broker, RightPasswordLogsIn) {
  const Broker broker(Broker::Login{"meter", "a b:c;d#e=f"});
  const Subscriber subscriber(broker);
  const Station station(config_for(&broker));
  EXPECT_TRUE(subscriber.wait_for_text(status_topic, "online"));
}

// ---- states

TEST(Broker, StatusIsRetainedAndBecomesOfflineAtAnOrderlyStop) {
  const Broker broker;
  Station station(config_for(&broker));
  ASSERT_TRUE(station.daemon->wait_for_err("connected,"));
  {
    const Subscriber early(broker);
    ASSERT_TRUE(early.wait_for_text(status_topic, "online"));
  }
  {
    const Subscriber late(broker);
    ASSERT_TRUE(late.wait_for_text(status_topic, "online"));
    EXPECT_TRUE(late.messages(status_topic).at(0).retained);
  }
  station.daemon->signal(SIGTERM);
  EXPECT_EQ(station.daemon->wait_exit(), 0);
  const Subscriber after(broker);
  ASSERT_TRUE(after.wait_for_text(status_topic, "offline"));
  EXPECT_TRUE(after.messages(status_topic).at(0).retained);
  EXPECT_TRUE(after.messages("vscp/").empty()) << "events are not retained by default";
}

TEST(Broker, StatusBecomesOfflineByLastWill) {
  const Broker broker;
  const Subscriber subscriber(broker);
  Station station(config_for(&broker));
  ASSERT_TRUE(subscriber.wait_for_text(status_topic, "online"));
  station.daemon->signal(SIGKILL);
  EXPECT_TRUE(subscriber.wait_for_text(status_topic, "offline"));
  const Subscriber late(broker);
  ASSERT_TRUE(late.wait_for_text(status_topic, "offline"));
  EXPECT_TRUE(late.messages(status_topic).at(0).retained);
}

TEST(Broker, StateTopicsAreSettingsAndCanBeSwitchedOff) {
  const Broker broker;
  const Subscriber subscriber(broker);
  auto config = config_for(&broker);
  config["MQTT"]["status_topic"] = "home/{guid}/p1";
  config["MQTT"]["meter_topic"] = "";
  config["STATE"]["info_topic"] = "";
  config["STATE"]["stats_topic"] = "";
  Station station(config);
  ASSERT_TRUE(station.send(numbered(1)));
  ASSERT_TRUE(subscriber.wait_for_part("\"value\":1.000"));
  EXPECT_TRUE(subscriber.wait_for_text("home/" + base_guid + "/p1", "online"));
  EXPECT_TRUE(subscriber.messages("vscp-p1d/").empty());
}

// ---- settings that the broker sees

TEST(Broker, ConnectsWithTheSettings) {
  const Broker broker(Broker::Login{"somebody", "secret"});
  auto config = config_for(&broker);
  config["MQTT"]["client_id"] = "meter-cupboard";
  config["MQTT"]["keepalive"] = "17";
  const Station station(config);
  EXPECT_TRUE(broker.wait_for_log("as meter-cupboard (p2, c1, k17, u'somebody')")) << broker.log();
}

TEST(Broker, ClientIdComesFromTheGuid) {
  const Broker broker;
  const Station station(config_for(&broker));
  EXPECT_TRUE(broker.wait_for_log("as vscp-p1d-02005E102030 (p2, c1, k60)")) << broker.log();
}

TEST(Broker, QosAndRetainOfTheEvents) {
  for (const int qos : {0, 1, 2}) {
    const Broker broker;
    const Subscriber subscriber(broker);
    auto config = config_for(&broker);
    config["MQTT"]["qos"] = std::to_string(qos);
    config["MQTT"]["retain"] = qos == 2 ? "true" : "false";
    Station station(config);
    for (unsigned number = 1; number <= 10; ++number) ASSERT_TRUE(station.send(numbered_with(number, 26)));
    const auto all_events = [&](const auto&) { return subscriber.messages("vscp/").size() >= 260 + 2; };
    ASSERT_TRUE(subscriber.wait_for(all_events)) << qos;
    for (const auto& message : subscriber.messages("vscp/")) EXPECT_EQ(message.qos, qos);
    EXPECT_EQ(numbers_in(subscriber.messages("vscp/")), range(1, 10));
    const Subscriber late(broker);
    EXPECT_TRUE(late.wait_for_text(status_topic, "online"));
    EXPECT_EQ(late.messages("vscp/").size(), qos == 2 ? 26U + 2U : 0U);  // a topic for each kind
    station.daemon->signal(SIGTERM);
    EXPECT_EQ(station.daemon->wait_exit(), 0);
  }
}

TEST(Broker, IsGivenNoTwoLongMessagesOfOneLength) {
  const Broker broker;
  const Subscriber subscriber(broker);
  Station station(config_for(&broker));
  const std::vector<std::string> alike = {"1-0:32.7.0(230.1*V)", "1-0:52.7.0(230.2*V)", "1-0:72.7.0(230.3*V)",
                                          "1-0:22.7.0(01.234*kW)", "1-0:42.7.0(01.235*kW)"};
  ASSERT_TRUE(station.send(numbered(1, alike)));
  ASSERT_TRUE(subscriber.wait_for_part("\"value\":1235")) << station.daemon->err();
  std::size_t last = 0, spaced = 0;
  for (const auto& [topic, payload, qos, retained] : subscriber.messages("vscp/")) {
    const auto size = topic.size() + payload.size();
    EXPECT_TRUE(size != last || size < 500) << topic << " " << payload;
    last = size;
    spaced += payload.ends_with(' ') ? 1 : 0;
    EXPECT_TRUE(nlohmann::json::accept(payload)) << payload;
  }
  EXPECT_GE(spaced, 1U) << "of three voltages of one length";
}

TEST(Broker, DefaultsAreQos1WithoutRetain) {
  const Broker broker;
  const Subscriber subscriber(broker);
  Station station(config_for(&broker));
  ASSERT_TRUE(station.send(numbered(1)));
  ASSERT_TRUE(subscriber.wait_for_part("\"value\":1.000"));
  EXPECT_EQ(subscriber.messages("vscp/").at(0).qos, 1);
  EXPECT_TRUE(contains(broker.log(), "q1, r0"));
  EXPECT_FALSE(contains(broker.log(), "r1, m0, 'vscp/"));
}

// ---- the end

struct End {
  int signal;
  const char* name;
};
void PrintTo(const End& end, std::ostream* out) { *out << end.name; }

class OrderlyEnd : public testing::TestWithParam<End> {
 protected:
  void expect_end_in_time(Process& daemon) const {
    const auto began = Clock::now();
    daemon.signal(GetParam().signal);
    EXPECT_EQ(daemon.wait_exit(), 0) << daemon.err();
    EXPECT_LT(Clock::now() - began, seconds{2});
  }
};

TEST_P(OrderlyEnd, WithABroker) {
  const Broker broker;
  const Subscriber subscriber(broker);
  Station station(config_for(&broker));
  ASSERT_TRUE(station.daemon->wait_for_err("connected,"));
  for (unsigned number = 1; number <= 20; ++number) ASSERT_TRUE(station.send(numbered_with(number, 26)));
  expect_end_in_time(*station.daemon);
  ASSERT_TRUE(subscriber.wait_for_text(status_topic, "offline"));
  const auto events = subscriber.messages("vscp/");
  EXPECT_EQ(events.size(), 2 + 20 * 26 + 1U);
  EXPECT_EQ(kind_of(events.back()), "20/6");
  EXPECT_EQ(subscriber.messages().back().topic, status_topic);
}

TEST_P(OrderlyEnd, WithoutABroker) {
  const Broker broker({}, false);
  Station station(config_for(&broker));
  ASSERT_TRUE(station.daemon->wait_for_err("trying again"));
  ASSERT_TRUE(station.send(numbered(1)));
  expect_end_in_time(*station.daemon);
}

TEST_P(OrderlyEnd, WithAFrozenBroker) {
  const Broker broker;
  Station station(config_for(&broker));
  ASSERT_TRUE(station.daemon->wait_for_err("connected,"));
  broker.signal(SIGSTOP);
  ASSERT_TRUE(station.send(numbered(1)));
  expect_end_in_time(*station.daemon);
}

TEST_P(OrderlyEnd, WithABrokerThatNeverAnswers) {
  TcpServer server;
  server.listen();
  auto config = config_for();
  config["MQTT"]["host"] = "127.0.0.1";
  config["MQTT"]["port"] = std::to_string(server.port());
  Station station(config);
  ASSERT_TRUE(server.accept());
  expect_end_in_time(*station.daemon);
}

TEST_P(OrderlyEnd, WithAHostNameThatDoesNotResolve) {
  auto config = config_for();
  config["MQTT"]["host"] = "no-such-broker.invalid";
  Station station(config);
  ASSERT_TRUE(station.send(numbered(1)));
  expect_end_in_time(*station.daemon);
}

TEST_P(OrderlyEnd, WithAMissingPort) {
  const Broker broker;
  const TempDir dir;
  const auto daemon = start_daemon(dir, config_for(&broker), {"--source", dir.file("missing")});
  ASSERT_TRUE(daemon->wait_for_err("connected,"));
  expect_end_in_time(*daemon);
}

TEST_P(OrderlyEnd, RightAfterTheStart) {
  const Broker broker;
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  const auto daemon = start_daemon(dir, config_for(&broker), {"--source", meter.name()});
  ASSERT_TRUE(daemon->wait_for_err("vscp-p1d"));
  expect_end_in_time(*daemon);
}

INSTANTIATE_TEST_SUITE_P(By, OrderlyEnd, testing::Values(End{SIGTERM, "SIGTERM"}, End{SIGINT, "SIGINT"}),
                         [](const auto& tested) { return tested.param.name; });

TEST(Broker, EndAfterAnOutageKeepsTheOrder) {
  Broker broker;
  const Subscriber subscriber(broker);
  Station station(config_for(&broker));
  ASSERT_TRUE(station.send(numbered(1)));
  ASSERT_TRUE(subscriber.wait_for_part("\"value\":1.000"));
  broker.kill();
  ASSERT_TRUE(station.daemon->wait_for_err("the connection broke"));
  ASSERT_TRUE(station.send(numbered(2)));
  station.daemon->signal(SIGSTOP);
  broker.start();
  ASSERT_TRUE(subscriber.wait_subscribed(2));
  station.daemon->signal(SIGCONT);
  ASSERT_TRUE(subscriber.wait_for_part("\"value\":2.000"));
  EXPECT_TRUE(subscriber.wait_for_text(status_topic, "online"));
  station.daemon->signal(SIGTERM);
  ASSERT_EQ(station.daemon->wait_exit(), 0);
  ASSERT_TRUE(subscriber.wait_for_part("\"vscpClass\":20"));
  EXPECT_EQ(kind_of(subscriber.messages("vscp/").back()), "20/6");
}

}  // namespace
}  // namespace itest
