#include "vscp_p1/capture.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <regex>

#include "decode.hpp"
#include "encrypt.hpp"
#include "harness.hpp"

// --capture writes what the port sends, file:…?speed= gives it again.
namespace itest {
namespace {

const std::string magic = "# vscp-p1d capture 1\n";

// The telegram as lines of a capture.
std::string at(std::chrono::milliseconds time, std::string_view bytes) {
  std::string lines;
  vscp_p1::append_capture_bytes(time, bytes, lines);
  return lines;
}

std::vector<std::string> events_in(const std::string& out) {
  std::vector<std::string> events;
  for (const auto& line : lines_of(out)) {
    if (contains(line, "/1040/")) events.push_back(line);
  }
  return events;
}

std::vector<std::string> values_in(const std::string& out) {
  std::vector<std::string> values;
  for (const auto& event : readings_in(out)) values.push_back(decode_value(event).text);
  return values;
}

std::string dated(unsigned number) { return numbered(number, {"0-0:1.0.0(260601120000S)"}); }

// The daemon at a pseudo terminal, with --capture.
class CaptureFile : public testing::Test {
 protected:
  void start(const Arguments& more = {"--dry-run"}) {
    config_["SERIAL"]["serial_port"] = meter_.name();
    Arguments arguments = {"-v", "--capture", path_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    daemon_ = start_daemon(dir_, config_, arguments);
    ASSERT_TRUE(daemon_->wait_for_err(": open")) << daemon_->err();
  }
  void write(std::string_view bytes) {
    ASSERT_TRUE(meter_.write(bytes));
    sent_ += bytes;
  }
  bool is_captured() const {
    return wait_until([&] { return vscp_p1::captured_bytes(read_file(path_)) == sent_; });
  }
  Outcome replay(const std::string& query) const {
    return run_daemon(dir_, {"--dry-run", "--source", "file:" + path_ + query});
  }

  TempDir dir_;
  ConfigText config_ = config_for();
  Pty meter_{dir_.file("meter")};
  std::string path_ = dir_.file("p1.capture");
  std::string sent_;
  std::unique_ptr<Process> daemon_;
};

TEST_F(CaptureFile, HoldsEveryByteAndGivesTheSameEventsAgain) {
  start();
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  write(every_byte + "\r\n");
  for (unsigned number = 1; number <= 3; ++number) {
    const auto telegram = dated(number);
    write(telegram.substr(0, 50));
    ASSERT_TRUE(is_captured()) << "what came is not written at once";
    write(telegram.substr(50));
    ASSERT_TRUE(daemon_->wait_for_err("telegram " + std::to_string(number) + ":"));
  }
  auto damaged = dated(4);
  damaged[60] ^= 1;
  write(damaged + dated(5));
  ASSERT_TRUE(daemon_->wait_for_err("telegram 4:"));
  daemon_->signal(SIGTERM);
  ASSERT_EQ(daemon_->wait_exit(), 0);
  EXPECT_TRUE(is_captured());
  EXPECT_EQ(values_in(daemon_->out()).size(), 4U);
  for (const std::string query : {"", "?speed=0", "?speed=1000"}) {
    const auto again = replay(query);
    EXPECT_EQ(again.code, 0) << again.err;
    EXPECT_EQ(events_in(again.out), events_in(daemon_->out())) << query;
    EXPECT_TRUE(contains(again.err, "CRC mismatch 1")) << again.err;
  }
}

TEST_F(CaptureFile, IsTextForThisUserThatTellsWhatABugReportNeeds) {
  config_["SERIAL"]["decryption_key"] = encrypt::key_hex;
  config_["MQTT"]["password"] = "not-to-be-shown";
  config_["MQTT"]["user"] = "somebody";
  start();
  write(encrypt::telegram(numbered(1), 1));
  ASSERT_TRUE(daemon_->wait_for_err("telegram 1:")) << daemon_->err();
  meter_.unplug();
  ASSERT_TRUE(daemon_->wait_for_err("unplugged"));
  meter_.plug();
  ASSERT_TRUE(daemon_->wait_for_err(": open", 2));
  write(encrypt::telegram(numbered(2), 2));
  ASSERT_TRUE(daemon_->wait_for_err("telegram 2:"));
  daemon_->signal(SIGTERM);
  ASSERT_EQ(daemon_->wait_exit(), 0);
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const auto text = read_file(path_);
  EXPECT_TRUE(text.starts_with(magic + "# vscp-p1d ")) << text;
  for (const auto& part : std::vector<std::string>{"begun 20", "# source " + meter_.name(), "auto baud 8N1",
                                                   "decryption_key set", "unplugged"}) {
    EXPECT_TRUE(contains(text, part)) << part << " is not in\n" << text;
  }
  for (const auto& secret : {encrypt::key_hex, std::string("not-to-be-shown"), std::string("1-0:1.8.0")}) {
    EXPECT_FALSE(contains(text, secret)) << secret << " is in\n" << text;
  }
  for (const auto& line : lines_of(text)) {
    EXPECT_TRUE(line.starts_with('#') || line.size() <= 72) << line;
  }
  EXPECT_EQ(values_in(replay("").out), (std::vector<std::string>{"1.000", "2.000"})) << "with the key it is opened";
}

TEST_F(CaptureFile, SurvivesAKill) {
  start();
  write(dated(1) + dated(2));
  ASSERT_TRUE(daemon_->wait_for_err("telegram 2:"));
  daemon_->signal(SIGKILL);
  daemon_->wait_exit();
  EXPECT_TRUE(is_captured());
}

TEST_F(CaptureFile, DoesNotChangeAFileThatExists) {
  std::ofstream(path_) << "precious";
  dir_.write("config.ini", to_text(config_));
  const auto result = run_daemon(dir_, {"--dry-run", "--source", "emulator:", "--capture", path_});
  EXPECT_EQ(result.code, 69);
  EXPECT_TRUE(contains(result.err, path_ + ": exists already — name a new file")) << result.err;
  EXPECT_EQ(read_file(path_), "precious");
}

TEST_F(CaptureFile, AFolderThatIsMissingIsSaid) {
  dir_.write("config.ini", to_text(config_));
  const auto result =
      run_daemon(dir_, {"--dry-run", "--source", "emulator:", "--capture", dir_.file("missing/p1.capture")});
  EXPECT_EQ(result.code, 69);
  EXPECT_TRUE(contains(result.err, "no such folder — make it first")) << result.err;
  EXPECT_EQ(run_daemon(dir_, {"--dry-run", "--capture", ""}).code, 64);
}

TEST_F(CaptureFile, GoesWithOneshotAndABroker) {
  const Broker broker;
  config_ = config_for(&broker);
  config_["EMULATOR"]["interval"] = "1";
  dir_.write("config.ini", to_text(config_));
  const auto result = run_daemon(dir_, {"--oneshot", "--source", "emulator:", "--capture", path_});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(contains(replay("").err, "telegrams: 1 good")) << read_file(path_);
}

TEST_F(CaptureFile, AFullDiskIsSaidOnceAndCostsNothingElse) {
  const auto disk = dir_.file("disk");
  std::filesystem::create_directory(disk);
  if (run({"mount", "-t", "tmpfs", "-o", "size=64k", "none", disk}).code != 0) {
    GTEST_SKIP() << "mounting a small disk needs root";
  }
  path_ = disk + "/p1.capture";
  const auto filler = disk + "/filler";
  start();
  std::ofstream(filler) << std::string(100'000, 'x');
  const std::vector<std::string> long_lines(5, "0-0:96.13.0(" + std::string(900, '3') + ")");
  for (unsigned number = 1; number <= 30; ++number) write(numbered(number, long_lines));
  ASSERT_TRUE(daemon_->wait_for_err("telegram 30:")) << daemon_->err();
  EXPECT_EQ(count_of(daemon_->err(), "No space left on device; what comes is not captured"), 1U) << daemon_->err();
  std::filesystem::remove(filler);
  write(numbered(31));
  ASSERT_TRUE(daemon_->wait_for_err("p1.capture: works again")) << daemon_->err();
  write(numbered(32));
  ASSERT_TRUE(daemon_->wait_for_err("telegram 32:"));
  daemon_->signal(SIGTERM);
  EXPECT_EQ(daemon_->wait_exit(), 0);
  EXPECT_EQ(values_in(daemon_->out()).size(), 32U);
  EXPECT_TRUE(contains(replay("").out, "32.000")) << "what came behind the gap is lost";
  EXPECT_EQ(run({"umount", disk}).code, 0);
}

// ---- replay

Outcome replay_of(const std::string& capture, const std::string& query, const Arguments& more = {}) {
  const TempDir dir;
  dir.write("config.ini", to_text(config_for()));
  Arguments arguments = {"--dry-run", "--source", "file:" + dir.write("p1.capture", capture) + query};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_daemon(dir, arguments);
}

TEST(Replay, KeepsTheTimingAtItsSpeed) {
  const auto capture =
      magic + at(seconds{0}, numbered(1)) + at(seconds{40}, numbered(2)) + at(seconds{80}, numbered(3));
  const TempDir dir;
  const auto path = dir.write("p1.capture", capture);
  const auto began = std::chrono::steady_clock::now();
  const auto daemon = start_daemon(dir, config_for(), {"--dry-run", "--source", "file:" + path + "?speed=40"});
  const auto wait_for_value = [&](const std::string& value) {
    EXPECT_TRUE(daemon->wait_for_out([&](const std::string& out) { return contains(out, value); })) << daemon->err();
    return std::chrono::steady_clock::now() - began;
  };
  wait_for_value(":1.000");
  EXPECT_FALSE(contains(daemon->out(), ":2.000")) << "the second telegram comes with the first";
  EXPECT_GE(wait_for_value(":2.000"), seconds{1});
  EXPECT_GE(wait_for_value(":3.000"), seconds{2});
  EXPECT_EQ(daemon->wait_exit(), 0);
}

// An hour would be longer than the test may take.
TEST(Replay, AtSpeedZeroAndWithoutASpeedNothingIsWaitedFor) {
  const auto capture = magic + at(seconds{0}, numbered(1)) + at(seconds{3600}, numbered(2));
  for (const std::string query : {"", "?speed=0", "?speed=36000"}) {
    EXPECT_EQ(values_in(replay_of(capture, query).out), (std::vector<std::string>{"1.000", "2.000"})) << query;
  }
}

TEST(Replay, TakesWhatMailAndIssueTrackersDo) {
  std::string quoted = "Hello,\n\nthis is what my meter sends:\n\n";
  for (const auto& line :
       lines_of(magic + at(seconds{0}, numbered(1)) + "# a remark\n" + at(seconds{1}, numbered(2)))) {
    quoted += "    > " + line + " \r\n\r\n";
  }
  const auto result = replay_of(quoted, "");
  EXPECT_EQ(values_in(result.out), (std::vector<std::string>{"1.000", "2.000"})) << result.err;
  EXPECT_FALSE(contains(result.err, "damaged")) << result.err;
}

TEST(Replay, DamagedLinesAreCountedAndCostTheirTelegramOnly) {
  auto second = at(seconds{1}, numbered(2));
  second.replace(second.find("\\r"), 2, "\\q");
  const auto result =
      replay_of(magic + at(seconds{0}, numbered(1)) + second + at(seconds{2}, numbered(3)) + "3.000 /TST\\x4", "");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(values_in(result.out), (std::vector<std::string>{"1.000", "3.000"}));
  EXPECT_TRUE(contains(result.err, "lines of the capture that are damaged and were left out: 2")) << result.err;
}

TEST(Replay, AFileOfTelegramsHasNoTiming) {
  for (const std::string query : {"", "?speed=0", "?speed=5"}) {
    const auto result = replay_of(numbered(1) + numbered(2), query);
    EXPECT_EQ(values_in(result.out), (std::vector<std::string>{"1.000", "2.000"})) << query;
    EXPECT_EQ(contains(result.err, "not made by --capture, so it has no timing"), query == "?speed=5") << result.err;
  }
}

TEST(Replay, ASpeedThatIsNoneIsAFault) {
  const auto result = replay_of(magic, "?speed=fast");
  EXPECT_EQ(result.code, 64);
  EXPECT_TRUE(contains(result.err, "needs a speed from 0.001 to 1000000")) << result.err;
  const TempDir dir;
  auto config = config_for();
  config["SERIAL"]["serial_port"] = "file:p1.capture?speed=fast";
  dir.write("config.ini", to_text(config));
  EXPECT_EQ(run_daemon(dir, {"--check"}).code, 78);
}

TEST(Replay, UnknownLinesAreFoundInACapture) {
  const auto capture = magic + at(seconds{0}, numbered(1, {"0-0:94.98.31(00007)"})) +
                       at(seconds{9}, numbered(2, {"0-0:94.98.32(a  b)"}));
  EXPECT_EQ(replay_of(capture, "", {"--unknown"}).out, "0-0:94.98.31(00007)\n0-0:94.98.32(a  b)\n");
}

TEST(Replay, WaitsForTheBrokerAndLosesNothing) {
  const TempDir dir;
  const Broker broker;
  const Subscriber subscriber(broker);
  std::string capture = magic;
  for (unsigned number = 1; number <= 3000; ++number) capture += at(seconds{number}, numbered_with(number, 3));
  const auto daemon =
      start_daemon(dir, config_for(&broker), {"--source", "file:" + dir.write("p1.capture", capture) + "?speed=0"});
  ASSERT_EQ(daemon->wait_exit(milliseconds{60'000}), 0) << daemon->err();
  ASSERT_TRUE(subscriber.wait_for_text(status_topic, "offline"));
  EXPECT_EQ(subscriber.messages("vscp/" + base_guid.substr(0, 40)).size(), 3 * 3000U + 3) << daemon->err();
}

TEST(Replay, ASignalEndsTheWait) {
  const TempDir dir;
  const auto path = dir.write("p1.capture", magic + at(seconds{0}, numbered(1)) + at(seconds{3600}, numbered(2)));
  const auto daemon = start_daemon(dir, config_for(), {"-v", "--dry-run", "--source", "file:" + path + "?speed=1"});
  ASSERT_TRUE(daemon->wait_for_err("telegram 1:"));
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait_exit(), 0);
}

// ---- the progress line

const std::string progress = " of the capture";

TEST(Progress, IsRefreshedInPlaceOnATerminalAndGoneAtTheEnd) {
  const TempDir dir;
  dir.write("config.ini", to_text(config_for()));
  const auto path = dir.write("p1.capture", magic + at(seconds{0}, numbered(1)) + at(seconds{50}, numbered(2)) +
                                                at(seconds{125}, numbered(3)));
  const auto result =
      run({"script", "-qec",
           std::string(VSCP_P1D) + " --dry-run --source 'file:" + path + "?speed=50' > " + dir.file("events"),
           "/dev/null"},
          {dir.path().string(), Process::Input::null, {}, {}});
  EXPECT_EQ(result.code, 0) << result.out;
  EXPECT_GE(count_of(result.out, progress), 3U) << result.out;
  const std::regex in_between("[1-9][0-9]? %, [12] telegrams, 0:0[012]:[0-9]{2} of the capture, 0:00:0[0-9] left");
  EXPECT_TRUE(std::regex_search(result.out, in_between)) << result.out;
  EXPECT_EQ(values_in(read_file(dir.file("events"))).size(), 3U);
  // A terminal of one screen line at a time: what is left when all is done.
  std::string shown;
  for (auto line : lines_of(result.out)) {
    while (line.ends_with('\r')) line.pop_back();
    const auto erased = line.rfind("\x1b[K");
    shown += (erased == std::string::npos ? line : line.substr(erased + 3)) + "\n";
  }
  EXPECT_FALSE(contains(shown, progress)) << shown;
  EXPECT_TRUE(contains(shown, "first telegram: ")) << shown;
  EXPECT_TRUE(contains(shown, "telegrams: 3 good")) << shown;
}

TEST(Progress, IsForTerminalsOnly) {
  const auto result = replay_of(magic + at(seconds{0}, numbered(1)) + at(seconds{1}, numbered(2)), "?speed=1");
  EXPECT_FALSE(contains(result.err, progress)) << result.err;
  EXPECT_FALSE(contains(result.err, "\x1b")) << result.err;
}

}  // namespace
}  // namespace itest
