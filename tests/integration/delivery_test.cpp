#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "decode.hpp"
#include "harness.hpp"

// What ends by itself: --oneshot, a file, standard input. It ends when the broker has it all.
namespace itest {
namespace {

using Clock = std::chrono::steady_clock;

// ---- --oneshot

TEST(OneShot, DeliversOneTelegramAndEnds) {
  const TempDir dir;
  const Broker broker;
  const Subscriber subscriber(broker);
  const Pty meter(dir.file("meter"));
  const auto daemon = start_daemon(dir, config_for(&broker), {"--oneshot", "-v", "--source", meter.name()});
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  ASSERT_TRUE(meter.write(numbered_with(41, 26) + numbered(42)));
  EXPECT_EQ(daemon->wait_exit(), 0) << daemon->err();
  ASSERT_TRUE(subscriber.wait_for_text(status_topic, "offline"));
  const auto readings = readings_in(subscriber.messages("vscp/"));
  EXPECT_EQ(readings.size(), 26U);
  EXPECT_FALSE(subscriber.wait_for_part(value_of(42), milliseconds{0}));
}

TEST(OneShot, IsASettingToo) {
  const TempDir dir;
  const Broker broker;
  const Subscriber subscriber(broker);
  auto config = config_for(&broker);
  config["GENERAL"]["one_shot"] = "true";
  const auto daemon = start_daemon(dir, config, {"--source", "emulator:"});
  EXPECT_EQ(daemon->wait_exit(), 0) << daemon->err();
  ASSERT_TRUE(subscriber.wait_for_text(status_topic, "offline"));
  EXPECT_GT(readings_in(subscriber.messages("vscp/")).size(), 10U);
}

TEST(OneShot, WaitsForAGoodTelegram) {
  const TempDir dir;
  const Broker broker;
  const Subscriber subscriber(broker);
  const Pty meter(dir.file("meter"));
  const auto daemon = start_daemon(dir, config_for(&broker), {"-s", "-v", "--source", meter.name()});
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  auto bad = numbered(1);
  bad[bad.size() - 3] = bad[bad.size() - 3] == '0' ? '1' : '0';
  ASSERT_TRUE(meter.write(bad + numbered(2)));
  EXPECT_EQ(daemon->wait_exit(), 0);
  EXPECT_TRUE(subscriber.wait_for_part(value_of(2)));
  EXPECT_FALSE(subscriber.wait_for_part(value_of(1), milliseconds{0}));
}

TEST(OneShot, EndsWith69WithoutATelegram) {
  const TempDir dir;
  const Broker broker;
  const Pty meter(dir.file("meter"));
  auto config = config_for(&broker);
  config["SERIAL"]["serial_timeout"] = "1";
  const auto daemon = start_daemon(dir, config, {"--oneshot", "--source", meter.name()});
  EXPECT_EQ(daemon->wait_exit(seconds{5}), 69) << daemon->err();
}

TEST(OneShot, EndsWith69WithoutAPort) {
  const TempDir dir;
  const Broker broker;
  auto config = config_for(&broker);
  config["SERIAL"]["serial_timeout"] = "1";
  const auto daemon = start_daemon(dir, config, {"--oneshot", "--source", dir.file("missing")});
  EXPECT_EQ(daemon->wait_exit(seconds{5}), 69) << daemon->err();
}

TEST(OneShot, EndsWith69WhenTheFileHoldsNone) {
  const TempDir dir;
  const Broker broker;
  const auto source = "file:" + dir.write("capture", "no telegram\r\n");
  const auto daemon = start_daemon(dir, config_for(&broker), {"--oneshot", "--source", source});
  EXPECT_EQ(daemon->wait_exit(seconds{10}), 69) << daemon->err();
}

TEST(OneShot, EndsWith69WithoutABroker) {
  const TempDir dir;
  const Broker broker({}, false);
  const auto daemon = start_daemon(dir, config_for(&broker), {"--oneshot", "--source", "emulator:"});
  EXPECT_EQ(daemon->wait_exit(), 69) << daemon->err();
  EXPECT_TRUE(contains(daemon->err(), "could not be reached")) << daemon->err();
}

TEST(OneShot, EndsWith69WhenTheLoginIsRefused) {
  const TempDir dir;
  const Broker broker(Broker::Login{"meter", "right"});
  auto config = config_for(&broker);
  config["MQTT"]["password"] = "wrong";
  const auto daemon = start_daemon(dir, config, {"--oneshot", "--source", "emulator:"});
  EXPECT_EQ(daemon->wait_exit(), 69) << daemon->err();
}

TEST(OneShot, EndsWith69WhenTheBrokerHangs) {
  const TempDir dir;
  const Broker broker;
  broker.signal(SIGSTOP);
  auto config = config_for(&broker);
  config["SERIAL"]["serial_timeout"] = "2";
  const auto daemon = start_daemon(dir, config, {"--oneshot", "--source", "emulator:"});
  EXPECT_EQ(daemon->wait_exit(seconds{10}), 69) << daemon->err();
}

TEST(OneShot, WithDryRunNeedsNoBroker) {
  const auto result = dry_run(config_for(), numbered(1) + numbered(2), {"--oneshot"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(readings_in(result.out).size(), 1U);
}

// ---- a file to a broker

class Capture : public testing::Test {
 protected:
  static constexpr unsigned telegrams = 1000;

  static std::string capture() {
    std::string text;
    for (unsigned number = 1; number <= telegrams; ++number) text += numbered_with(number, 4);
    return text;
  }

  static void expect_all(const std::vector<Message>& messages) {
    unsigned expected = 0;
    for (const auto& event : readings_in(messages)) {
      if (event.id() != 1) continue;
      ASSERT_EQ(decode_value(event).number, ++expected) << "lost, doubled or out of order";
    }
    EXPECT_EQ(expected, telegrams);
    EXPECT_EQ(messages.size(), telegrams * 4 + 3);
  }
};

TEST_F(Capture, OfManyTelegramsArrivesWhole) {
  const TempDir dir;
  const Broker broker;
  const Subscriber subscriber(broker);
  const auto daemon = start_daemon(dir, config_for(&broker), {"--source", "file:" + dir.write("capture", capture())});
  EXPECT_EQ(daemon->wait_exit(seconds{60}), 0) << daemon->err();
  ASSERT_TRUE(subscriber.wait_for_text(status_topic, "offline"));
  expect_all(subscriber.messages("vscp/"));
}

TEST_F(Capture, LargerThanTheQueueArrivesWhole) {
  const TempDir dir;
  const Broker broker;
  const Subscriber subscriber(broker);
  auto config = config_for(&broker);
  config["MQTT"]["queue_size"] = "100";
  const auto daemon = start_daemon(dir, config, {"--source", "file:" + dir.write("capture", capture())});
  EXPECT_EQ(daemon->wait_exit(seconds{60}), 0) << daemon->err();
  EXPECT_FALSE(contains(daemon->err(), "queue is full"));
  ASSERT_TRUE(subscriber.wait_for_text(status_topic, "offline"));
  expect_all(subscriber.messages("vscp/"));
}

TEST_F(Capture, WaitsForALateBroker) {
  const TempDir dir;
  Broker broker({}, false);
  auto config = config_for(&broker);
  config["MQTT"]["queue_size"] = "100";
  const auto daemon = start_daemon(dir, config, {"--source", "file:" + dir.write("capture", capture())});
  ASSERT_TRUE(daemon->wait_for_err("trying again"));
  daemon->signal(SIGSTOP);
  broker.start();
  const Subscriber subscriber(broker);
  daemon->signal(SIGCONT);
  EXPECT_EQ(daemon->wait_exit(seconds{60}), 0) << daemon->err();
  ASSERT_TRUE(subscriber.wait_for_text(status_topic, "offline"));
  expect_all(subscriber.messages("vscp/"));
}

TEST_F(Capture, FromStandardInputArrivesWhole) {
  const TempDir dir;
  const Broker broker;
  const Subscriber subscriber(broker);
  auto config = config_for(&broker);
  config["MQTT"]["queue_size"] = "100";
  const auto daemon = start_daemon(dir, config, {"--source", "-"}, Process::Input::pipe);
  daemon->write(capture());
  daemon->close_input();
  EXPECT_EQ(daemon->wait_exit(seconds{60}), 0) << daemon->err();
  ASSERT_TRUE(subscriber.wait_for_text(status_topic, "offline"));
  expect_all(subscriber.messages("vscp/"));
}

TEST_F(Capture, WithoutABrokerEndsWith69) {
  const TempDir dir;
  const Broker broker({}, false);
  const auto daemon =
      start_daemon(dir, config_for(&broker), {"--source", "file:" + dir.write("capture", numbered(1))});
  EXPECT_EQ(daemon->wait_exit(), 69) << daemon->err();
}

TEST_F(Capture, LongerThanAFrozenBrokersQueueEndsOnASignal) {
  const TempDir dir;
  const Broker broker;
  broker.signal(SIGSTOP);
  const auto daemon = start_daemon(dir, config_for(&broker), {"--source", "file:" + dir.write("capture", capture())});
  ASSERT_TRUE(daemon->wait_for_err("first telegram"));
  const auto began = Clock::now();
  daemon->signal(SIGTERM);
  EXPECT_TRUE(daemon->wait_exit()) << daemon->err();
  EXPECT_LT(Clock::now() - began, seconds{2});
}

TEST(FileSource, ASignalEndsTheWaitForAWriterOfANamedPipe) {
  const TempDir dir;
  const auto pipe = dir.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto daemon = start_daemon(dir, config_for(), {"--dry-run", "--source", "file:" + pipe});
  ASSERT_TRUE(daemon->wait_for_out([](const std::string& out) { return contains(out, "/1026/2 "); }));
  EXPECT_FALSE(daemon->wait_exit(milliseconds{300})) << "nobody has written yet";
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait_exit(seconds{2}), 0);
}

TEST(FileSource, ArrivesWholeAtQos2) {
  const TempDir dir;
  const Broker broker;
  const Subscriber subscriber(broker);
  auto config = config_for(&broker);
  config["MQTT"]["qos"] = "2";
  std::string capture;
  for (unsigned number = 1; number <= 20; ++number) capture += numbered_with(number, 26);
  const auto path = dir.write("capture", capture);
  const auto daemon = start_daemon(dir, config, {"--source", "file:" + path});
  EXPECT_EQ(daemon->wait_exit(), 0) << daemon->err();
  ASSERT_TRUE(subscriber.wait_for_text(status_topic, "offline"));
  EXPECT_EQ(readings_in(subscriber.messages("vscp/")).size(), 20U * 26U);
}

// ---- standard output that takes nothing

TEST(DryRun, EndsOnASignalWhileNobodyReads) {
  const TempDir dir;
  std::string capture;
  for (unsigned number = 1; number <= 500; ++number) capture += numbered_with(number, 26);
  const auto path = dir.write("capture", capture);
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe(ends), 0);
  const auto command = "exec " VSCP_P1D " --dry-run --source file:" + path + " >/proc/" + std::to_string(::getpid()) +
                       "/fd/" + std::to_string(ends[1]);
  Process daemon({"/bin/sh", "-c", command});
  ASSERT_TRUE(daemon.wait_for_err("first telegram"));
  int waiting = 0;
  ASSERT_TRUE(wait_until([&] { return ::ioctl(ends[0], FIONREAD, &waiting) == 0 && waiting > 60'000; }));
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait_exit(seconds{2}), 0);
  for (const int end : ends) ::close(end);
}

TEST(DryRun, TellsWhyNothingCanBeWritten) {
  const auto result = run({"/bin/sh", "-c", VSCP_P1D " --dry-run --source emulator: >/dev/full"});
  EXPECT_EQ(result.code, 69);
  EXPECT_EQ(count_of(result.err, "standard output: No space left on device"), 1U) << result.err;
}

TEST(DryRun, ClosedStandardInputIsAnEmptyOne) {
  const auto result = run({"/bin/sh", "-c", VSCP_P1D " --dry-run --source - <&-"});
  EXPECT_EQ(result.code, 0) << result.err;
}

}  // namespace
}  // namespace itest
