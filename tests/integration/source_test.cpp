#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "decode.hpp"
#include "live.hpp"

// Every kind of source, and how each comes and goes.
namespace itest {
namespace {

// With these, standard output tells what was read, so that no broker is needed.
Arguments watching(const std::string& source) { return {"-v", "--dry-run", "--source", source}; }

bool wait_for_value(const Process& daemon, unsigned number, milliseconds deadline = patience) {
  return daemon.wait_for_out([&](const std::string& out) { return contains(out, value_of(number)); }, deadline);
}

void expect_clean_end(Process& daemon) {
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait_exit(), 0) << daemon.err();
}

std::vector<std::string> values_in(const std::string& output) {
  std::vector<std::string> values;
  for (const auto& event : readings_in(output)) values.push_back(decode_value(event).text);
  return values;
}

// ---- a device

TEST(Device, MissingPortIsSaidOnceAndTakenWhenItAppears) {
  const TempDir dir;
  Pty meter(dir.file("meter"), false);
  const auto daemon = start_daemon(dir, config_for(), watching(meter.name()));
  ASSERT_TRUE(daemon->wait_for_err("no such port"));
  const auto cpu_before = daemon->cpu_time();
  EXPECT_FALSE(daemon->wait_exit(milliseconds{3500}));  // the retries after 1 and 3 s
  EXPECT_LT(daemon->cpu_time() - cpu_before, milliseconds{200});
  meter.plug();
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  ASSERT_TRUE(meter.write(numbered(1)));
  EXPECT_TRUE(wait_for_value(*daemon, 1));
  EXPECT_TRUE(daemon->wait_for_err(meter.name() + ": back"));
  EXPECT_EQ(count_of(daemon->err(), "no such port"), 1U) << daemon->err();
  EXPECT_TRUE(contains(daemon->err(), "serial_port")) << "it does not say what to do";
  expect_clean_end(*daemon);
}

TEST(Device, DeniedPortIsSaidOnceAndTakenWhenAllowed) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give up its rights";
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  ASSERT_EQ(::chmod(meter.device().c_str(), 0600), 0);
  dir.write("config.ini", to_text(config_for()));
  std::filesystem::copy_file(VSCP_P1D, dir.path() / "vscp-p1d");
  std::filesystem::permissions(dir.path(), std::filesystem::perms{0755});
  std::filesystem::permissions(dir.file("config.ini"), std::filesystem::perms{0644});
  Process daemon({"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", dir.file("vscp-p1d"), "-c",
                  dir.file("config.ini"), "-v", "--dry-run", "--source", meter.name()});
  ASSERT_TRUE(daemon.wait_for_err("permission denied")) << daemon.err();
  EXPECT_FALSE(daemon.wait_exit(milliseconds{1500}));
  ASSERT_EQ(::chmod(meter.device().c_str(), 0666), 0);
  ASSERT_TRUE(daemon.wait_for_err(": open"));
  ASSERT_TRUE(meter.write(numbered(1)));
  EXPECT_TRUE(wait_for_value(daemon, 1));
  EXPECT_EQ(count_of(daemon.err(), "permission denied"), 1U);
  EXPECT_TRUE(contains(daemon.err(), "dialout"));
  expect_clean_end(daemon);
}

TEST(Device, SecondDaemonSaysSoWaitsAndTakesOver) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  const auto first = start_daemon(dir, config_for(), watching(meter.name()));
  ASSERT_TRUE(first->wait_for_err(": open"));
  const auto second = start_daemon(dir, config_for(), watching(meter.name()));
  ASSERT_TRUE(second->wait_for_err("in use by another program"));
  ASSERT_TRUE(meter.write(numbered(1)));
  EXPECT_TRUE(wait_for_value(*first, 1)) << "the second daemon disturbs the first";
  expect_clean_end(*first);
  ASSERT_TRUE(second->wait_for_err(": open"));
  ASSERT_TRUE(meter.write(numbered(2)));
  EXPECT_TRUE(wait_for_value(*second, 2));
  EXPECT_EQ(count_of(second->err(), "in use by another program"), 1U);
  EXPECT_TRUE(second->wait_for_err(": back"));
  expect_clean_end(*second);
  EXPECT_FALSE(contains(first->out(), value_of(2)));
}

TEST(Device, UnpluggedPortIsTakenAgainUnderTheSameName) {
  const TempDir dir;
  Pty meter(dir.file("meter"));
  const auto daemon = start_daemon(dir, config_for(), watching(meter.name()));
  for (unsigned round = 1; round <= 3; ++round) {
    ASSERT_TRUE(daemon->wait_for_err(": open", round));
    ASSERT_TRUE(meter.write(numbered(round)));
    ASSERT_TRUE(wait_for_value(*daemon, round)) << daemon->err();
    if (round == 3) break;
    meter.unplug();
    ASSERT_TRUE(daemon->wait_for_err("unplugged", round));
    meter.plug();
  }
  EXPECT_TRUE(daemon->wait_for_err(": back", 2));
  EXPECT_EQ(count_of(daemon->err(), "unplugged"), 2U);
  expect_clean_end(*daemon);
  EXPECT_EQ(values_in(daemon->out()), (std::vector<std::string>{"1.000", "2.000", "3.000"}));
}

TEST(Device, TelegramCutByUnpluggingSpoilsNothing) {
  const TempDir dir;
  Pty meter(dir.file("meter"));
  const auto daemon = start_daemon(dir, config_for(), watching(meter.name()));
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  const auto cut = numbered(1);
  ASSERT_TRUE(meter.write(cut.substr(0, cut.size() - 10)));
  meter.unplug();
  meter.plug();
  ASSERT_TRUE(daemon->wait_for_err(": open", 2));
  ASSERT_TRUE(meter.write(cut.substr(cut.size() - 10) + numbered(2)));
  EXPECT_TRUE(wait_for_value(*daemon, 2));
  expect_clean_end(*daemon);
  EXPECT_EQ(values_in(daemon->out()), std::vector<std::string>{"2.000"});
}

class DeviceAndBroker : public LiveMeterTest {};

TEST_F(DeviceAndBroker, SilenceIsSaidOnceAndShownAtTheMeterTopic) {
  start({{"SERIAL", {{"serial_timeout", "1"}}}});
  ASSERT_TRUE(subscriber_.wait_for_text(meter_topic, "silent"));
  ASSERT_TRUE(daemon_->wait_for_err(": open", 3)) << "the port is not reopened";
  EXPECT_EQ(count_of(daemon_->err(), "no good telegram for 1 s"), 1U) << daemon_->err();
  ASSERT_TRUE(meter_.write(numbered(1)));
  EXPECT_TRUE(subscriber_.wait_for_text(meter_topic, "online"));
  EXPECT_TRUE(daemon_->wait_for_err("telegrams again"));
  EXPECT_TRUE(daemon_->wait_for_err("no good telegram for 1 s", 2)) << "the second silence is not said";
  const auto states = payloads(meter_topic);
  EXPECT_EQ(states[0], "silent");
  EXPECT_EQ(states[1], "online");
  EXPECT_FALSE(contains(daemon_->err(), "unplugged")) << daemon_->err();
  stop();
}

TEST_F(DeviceAndBroker, ATelegramThatTakesLongerThanTheTimeoutIsWaitedFor) {
  start({{"SERIAL", {{"serial_timeout", "1"}, {"serial_baudrate", "115200"}}}});
  const std::vector<std::string> two_seconds(700, "0-0:94.98.31(0123456789ABCDEF01)");
  ASSERT_TRUE(meter_.write_at_pace(numbered(7, two_seconds)));
  EXPECT_TRUE(subscriber_.wait_for_part(value_of(7))) << daemon_->err();
  EXPECT_FALSE(contains(daemon_->err(), "cut")) << daemon_->err();
}

TEST(Device, SilenceOfAMissingPortIsShownToo) {
  const TempDir dir;
  const Broker broker;
  const Subscriber subscriber(broker);
  auto config = config_for(&broker);
  config["SERIAL"]["serial_timeout"] = "1";
  const auto daemon = start_daemon(dir, config, {"--source", dir.file("missing")});
  EXPECT_TRUE(subscriber.wait_for_text(meter_topic, "silent"));
}

TEST(Device, BytesWithoutATelegramAreSilenceWithOtherAdvice) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  auto config = config_for();
  config["SERIAL"]["serial_timeout"] = "1";
  const auto daemon = start_daemon(dir, config, watching(meter.name()));
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  ASSERT_TRUE(meter.write("\xF8\x80\x9C rubbish of another baud rate \xFF\xFE\r\n"));
  EXPECT_TRUE(daemon->wait_for_err("serial_baudrate")) << daemon->err();
}

struct SerialCase {
  const char* name;
  std::map<std::string, std::string> keys;
};
void PrintTo(const SerialCase& serial, std::ostream* out) { *out << serial.name; }

class SerialSettings : public testing::TestWithParam<SerialCase> {};

TEST_P(SerialSettings, WorkOnAPseudoTerminal) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  auto config = config_for();
  config["SERIAL"] = GetParam().keys;
  config["SERIAL"]["serial_port"] = meter.name();
  const auto daemon = start_daemon(dir, config, {"-v", "--dry-run"});
  ASSERT_TRUE(daemon->wait_for_err(": open")) << daemon->err();
  ASSERT_TRUE(meter.write(numbered(7)));
  EXPECT_TRUE(wait_for_value(*daemon, 7)) << daemon->err();
  EXPECT_FALSE(contains(daemon->err(), "warning")) << daemon->err();
  expect_clean_end(*daemon);
}

INSTANTIATE_TEST_SUITE_P(
    All, SerialSettings,
    testing::Values(SerialCase{"defaults", {}},
                    SerialCase{"lines_off", {{"serial_rts", "false"}, {"serial_dtr", "false"}}},
                    SerialCase{"dsmr22_7E1",
                               {{"serial_baudrate", "9600"}, {"serial_bytesize", "7"}, {"serial_parity", "even"}}},
                    SerialCase{"odd_two_stop_bits", {{"serial_parity", "odd"}, {"serial_stopbits", "2"}}},
                    SerialCase{"fast", {{"serial_baudrate", "921600"}}}),
    [](const auto& tested) { return tested.param.name; });

// ---- a TCP connection

TEST(Tcp, ServerThatClosesAndComesBack) {
  const TempDir dir;
  TcpServer server;
  const auto uri = "tcp://127.0.0.1:" + std::to_string(server.port());
  const auto daemon = start_daemon(dir, config_for(), watching(uri));
  ASSERT_TRUE(daemon->wait_for_err("ser2net")) << "an absent server is not said";
  server.listen();
  ASSERT_TRUE(server.accept());
  server.send(numbered(1));
  ASSERT_TRUE(wait_for_value(*daemon, 1));
  server.hang_up();
  ASSERT_TRUE(daemon->wait_for_err("closed at the other end"));
  ASSERT_TRUE(server.accept());
  server.send(numbered(2));
  ASSERT_TRUE(wait_for_value(*daemon, 2));
  server.close();
  ASSERT_TRUE(daemon->wait_for_err("closed at the other end", 2));
  ASSERT_TRUE(daemon->wait_for_err("ser2net", 2));
  server.listen();
  ASSERT_TRUE(server.accept());
  server.send(numbered(3));
  EXPECT_TRUE(wait_for_value(*daemon, 3));
  EXPECT_TRUE(daemon->wait_for_err(": back", 3)) << daemon->err();
  expect_clean_end(*daemon);
}

TEST(Tcp, ServerThatHangsUpAtOnceIsSaidOnceAndDoesNotMakeItSpin) {
  const TempDir dir;
  TcpServer server;
  server.listen();
  const auto daemon = start_daemon(dir, config_for(), watching("tcp://127.0.0.1:" + std::to_string(server.port())));
  const auto began = std::chrono::steady_clock::now();
  for (int attempt = 0; attempt < 3; ++attempt) {
    ASSERT_TRUE(server.accept());
    server.hang_up();
  }
  EXPECT_GT(std::chrono::steady_clock::now() - began, milliseconds{2500}) << "no back-off of 1 s and 2 s";
  EXPECT_EQ(count_of(daemon->err(), "closed at the other end"), 1U) << daemon->err();
  EXPECT_EQ(count_of(daemon->err(), ": back"), 0U) << daemon->err();
}

// ---- a file

TEST(File, IsReadToItsEnd) {
  const auto result = dry_run(config_for(), numbered(1) + numbered(2) + numbered(3));
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(values_in(result.out), (std::vector<std::string>{"1.000", "2.000", "3.000"}));
}

TEST(File, LargeTelegramPasses) {
  std::vector<std::string> lines;
  for (unsigned size = 0; size < 60'000; size += 1'000) lines.push_back("0-0:96.13.0(" + std::string(980, '3') + ")");
  EXPECT_EQ(values_in(dry_run(config_for(), numbered(5, lines)).out), std::vector<std::string>{"5.000"});
}

TEST(File, MissingOneEndsWith69) {
  const TempDir dir;
  dir.write("config.ini", to_text(config_for()));
  const auto result = run_daemon(dir, {"--dry-run", "--source", "file:" + dir.file("missing.txt")});
  EXPECT_EQ(result.code, 69);
  EXPECT_TRUE(contains(result.err, "missing.txt")) << result.err;
}

TEST(File, DirectoryEndsWith69) {
  const TempDir dir;
  EXPECT_EQ(run_daemon(dir, {"--dry-run", "--source", "file:" + dir.path().string()}).code, 69);
}

TEST(File, NamedPipeIsRead) {
  const TempDir dir;
  const auto pipe = dir.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto daemon = start_daemon(dir, config_for(), watching("file:" + pipe));
  Process writer({"sh", "-c", "cat " + dir.write("capture", numbered(1)) + " > " + pipe});
  EXPECT_EQ(daemon->wait_exit(), 0);
  EXPECT_EQ(values_in(daemon->out()), std::vector<std::string>{"1.000"});
}

// ---- standard input

TEST(StandardInput, PipeIsReadAsItComesAndToItsEnd) {
  const TempDir dir;
  const auto daemon = start_daemon(dir, config_for(), watching("-"), Process::Input::pipe);
  daemon->write(numbered(1));
  EXPECT_TRUE(wait_for_value(*daemon, 1));
  daemon->write(numbered(2));
  EXPECT_TRUE(wait_for_value(*daemon, 2));
  daemon->close_input();
  EXPECT_EQ(daemon->wait_exit(), 0);
}

TEST(StandardInput, PipeOfManyTelegrams) {
  const TempDir dir;
  const auto daemon = start_daemon(dir, config_for(), watching("-"), Process::Input::pipe);
  for (unsigned number = 1; number <= 500; ++number) daemon->write(numbered(number));
  daemon->close_input();
  EXPECT_EQ(daemon->wait_exit(), 0);
  EXPECT_EQ(values_in(daemon->out()).size(), 500U);
}

TEST(StandardInput, RegularFile) {
  const TempDir dir;
  const auto result =
      run_daemon(dir, {"--dry-run", "--source", "-"}, dir.write("capture", numbered(1) + numbered(2)));
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(values_in(result.out), (std::vector<std::string>{"1.000", "2.000"}));
}

TEST(StandardInput, NullDevice) {
  const TempDir dir;
  const auto result = run_daemon(dir, {"--dry-run", "--source", "-"});
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(values_in(result.out).empty());
}

TEST(StandardInput, SignalEndsTheWait) {
  const TempDir dir;
  const auto daemon = start_daemon(dir, config_for(), watching("-"), Process::Input::pipe);
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  expect_clean_end(*daemon);
}

// ---- the emulator

TEST(Emulator, SendsTelegramsOfItsOwn) {
  const TempDir dir;
  auto config = config_for();
  config["EMULATOR"]["interval"] = "1";
  const auto daemon = start_daemon(dir, config, watching("emulator:"));
  ASSERT_TRUE(daemon->wait_for_err("telegram 3:"));
  expect_clean_end(*daemon);
  EXPECT_TRUE(contains(daemon->err(), "good; dropped: none")) << daemon->err();
  std::set<std::string> keys;
  for (const auto& event : readings_in(daemon->out())) keys.insert(key_of(event.id()));
  for (const char* key : {"sum_active_energy_out_t1", "sum_active_energy_in_t2", "momentan_active_effect_out",
                          "momentan_active_effect_l3_in", "voltage_l2", "current_l3", "gas_1"}) {
    EXPECT_TRUE(keys.contains(key)) << key;
  }
}

TEST(Emulator, StartsAtItsOffsets) {
  auto config = config_for();
  config["EMULATOR"]["electricity_offset"] = "4242.125";
  config["EMULATOR"]["gas_offset"] = "99.5";
  const TempDir dir;
  const auto daemon = start_daemon(dir, config, {"--dry-run", "--oneshot", "--source", "emulator:"});
  ASSERT_EQ(daemon->wait_exit(), 0);
  std::map<std::string, std::string> values;
  for (const auto& event : readings_in(daemon->out())) values[key_of(event.id())] = decode_value(event).text;
  EXPECT_EQ(values["sum_active_energy_out_t1"], "4242.125");
  EXPECT_EQ(values["gas_1"], "99.500");
}

}  // namespace
}  // namespace itest
