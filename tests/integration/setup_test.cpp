#include <gtest/gtest.h>
#include <sys/stat.h>

#include "../encrypt.hpp"
#include "decode.hpp"
#include "harness.hpp"
#include "meter_line.hpp"

// --setup, at a real terminal and through its options, with a real broker.
namespace itest {
namespace {

const Broker::Login login{"meter", "s3cret of=the #house"};

std::string address(const Broker& broker) { return "127.0.0.1:" + std::to_string(broker.port()); }

unsigned mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
}

Outcome set_up(const TempDir& dir, const Arguments& more) {
  Arguments arguments = {"--setup", "--timeout", "1", "--config", dir.file("new.ini")};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_daemon(dir, arguments);
}

// The program at a terminal of its own; what is written to it is typed.
class Terminal {
 public:
  explicit Terminal(const TempDir& dir, const std::string& options = {})
      : process_({"script", "-qec", std::string(VSCP_P1D) + " --setup --timeout 1 --config new.ini " + options,
                  "/dev/null"},
                 {dir.path().string(), Process::Input::pipe, {}, {}}) {}

  // Waits for the question before it types.
  bool answer(std::string_view question, std::string_view text) const {
    const bool came = waits_for(question);
    process_.write(std::string(text) + "\r");
    return came;
  }
  bool waits_for(std::string_view text) const {
    return process_.wait_for_out([&](const std::string& out) { return contains(out, text); });
  }
  void type(std::string_view bytes) const { process_.write(bytes); }
  std::optional<int> exit() { return process_.wait_exit(); }
  std::string screen() const { return process_.out(); }

 private:
  Process process_;
};

TEST(Setup, OptionsAreEnoughWithoutATerminal) {
  const TempDir dir;
  const Broker broker(login);
  const Subscriber subscriber(broker);
  const auto result = set_up(dir, {"--port", "emulator:", "--broker", address(broker), "--user", login.user,
                                   "--password-file", dir.write("password", login.password + "\n")});
  EXPECT_EQ(result.code, 0) << result.out << result.err;
  EXPECT_TRUE(subscriber.wait_for_part("\"class\":1040"));
  for (const char* part :
       {"new.ini: written and checked\n", "meter found\n", "One telegram went through: 21 readings",
        "sum_active_energy_out_t1 = 1234.567 kWh", "mosquitto_sub -h 127.0.0.1 -p "}) {
    EXPECT_TRUE(contains(result.out, part)) << part << "\n" << result.out;
  }
  EXPECT_FALSE(contains(result.out + result.err, login.password)) << "the password is shown";
  const auto file = read_file(dir.file("new.ini"));
  EXPECT_TRUE(contains(file, "[SERIAL]\nserial_port = emulator:\nserial_baudrate = auto\n")) << file;
  EXPECT_TRUE(contains(file, "password = " + login.password + "\n")) << file;
  EXPECT_EQ(mode_of(dir.file("new.ini")), 0640U);
  EXPECT_EQ(run_daemon(dir, {"--check", "--config", dir.file("new.ini")}).err, "");
}

TEST(Setup, AsksFiveQuestionsAtATerminal) {
  const TempDir dir;
  const Broker broker(login);
  const Subscriber subscriber(broker);
  const Pty meter(dir.file("meter"));
  const SendingMeter sending(meter, numbered(42), B9600);
  Terminal terminal(dir);
  EXPECT_TRUE(terminal.answer("1. Port of the meter", "nonsense"));
  EXPECT_TRUE(terminal.waits_for("is not a source"));
  terminal.type(meter.name() + "\r");
  EXPECT_TRUE(terminal.answer("2. Broker", address(broker)));
  EXPECT_TRUE(terminal.answer("3. User", login.user));
  EXPECT_TRUE(terminal.answer("4. Password", login.password));
  EXPECT_TRUE(terminal.answer("5. Write new.ini?", ""));
  EXPECT_EQ(terminal.exit(), 0) << terminal.screen();
  EXPECT_TRUE(contains(terminal.screen(), "settings: 9600 7E1")) << terminal.screen();
  EXPECT_TRUE(contains(terminal.screen(), "sum_active_energy_out = 42.000 kWh")) << terminal.screen();
  EXPECT_FALSE(contains(terminal.screen(), login.password)) << "the password is shown";
  EXPECT_TRUE(subscriber.wait_for_part("\"value\":42.000"));
  EXPECT_TRUE(contains(read_file(dir.file("new.ini")), "serial_port = " + meter.name()));
}

TEST(Setup, EnterKeepsWhatTheFileHas) {
  const TempDir dir;
  const Broker broker(login);
  const auto before = "# mine\n[VSCP]\nguid = " + base_guid +
                      "\nzone = 7\n\n[MQTT]\nhost = 127.0.0.1\nport = " + std::to_string(broker.port()) +
                      "\nuser = meter\npassword = " + login.password +
                      "\n\n[SERIAL]\nserial_port = emulator:\nserial_baudrate = auto\n";
  dir.write("new.ini", before);
  Terminal terminal(dir);
  for (const char* question : {"1. Port of the meter [emulator:]", "2. Broker, host or host:port [127.0.0.1:",
                               "3. User at the broker [meter]", "4. Password (it is not shown; empty: as before)",
                               "5. Change these settings in new.ini? The rest of it stays [yes]"}) {
    EXPECT_TRUE(terminal.answer(question, "")) << question << "\n" << terminal.screen();
  }
  EXPECT_EQ(terminal.exit(), 0) << terminal.screen();
  EXPECT_EQ(read_file(dir.file("new.ini")), before);
  EXPECT_EQ(read_file(dir.file("new.ini.bak")), before);
}

TEST(Setup, InterruptedItLeavesTheOldFile) {
  const TempDir dir;
  dir.write("new.ini", "[SERIAL]\nserial_port = emulator:\n");
  Terminal terminal(dir, "--broker localhost --user u");
  EXPECT_TRUE(terminal.answer("1. Port", ""));
  EXPECT_TRUE(terminal.waits_for("4. Password"));
  terminal.type("half a pass\x03");
  EXPECT_NE(terminal.exit(), 0);
  EXPECT_EQ(read_file(dir.file("new.ini")), "[SERIAL]\nserial_port = emulator:\n");
  EXPECT_FALSE(contains(terminal.screen(), "half a pass"));
}

TEST(Setup, NoLeavesTheOldFile) {
  const TempDir dir;
  dir.write("new.ini", "[SERIAL]\nserial_port = emulator:\n");
  Terminal terminal(dir, "--broker localhost --user ''");
  EXPECT_TRUE(terminal.answer("1. Port", ""));
  EXPECT_TRUE(terminal.answer("5. Change", "no"));
  EXPECT_EQ(terminal.exit(), 64);
  EXPECT_EQ(read_file(dir.file("new.ini")), "[SERIAL]\nserial_port = emulator:\n");
}

TEST(Setup, AFileThatExistsNeedsConsent) {
  const TempDir dir;
  const Broker broker;
  const auto before = "[VSCP]\nzone = 7\n[MQTT]\nhost = old.example\n";
  dir.write("new.ini", before);
  const Arguments answers = {"--port", "emulator:", "--broker", address(broker)};
  const auto refused = set_up(dir, answers);
  EXPECT_EQ(refused.code, 64);
  EXPECT_TRUE(contains(refused.err, "--yes")) << refused.err;
  EXPECT_EQ(read_file(dir.file("new.ini")), before);
  auto consenting = answers;
  consenting.emplace_back("--yes");
  const auto result = set_up(dir, consenting);
  EXPECT_EQ(result.code, 0) << result.out << result.err;
  const auto after = read_file(dir.file("new.ini"));
  EXPECT_TRUE(contains(after, "zone = 7\n[MQTT]\nhost = 127.0.0.1\n")) << after;
  EXPECT_EQ(read_file(dir.file("new.ini.bak")), before);
}

TEST(Setup, FaultsOfTheOldFileAreNotWrittenOver) {
  const TempDir dir;
  dir.write("new.ini", "[VSCP]\nzone = 700\n");
  const auto result = set_up(dir, {"--port", "emulator:", "--broker", "localhost", "--yes"});
  EXPECT_EQ(result.code, 78);
  EXPECT_TRUE(contains(result.err, "new.ini:2: zone = 700")) << result.err;
  EXPECT_EQ(read_file(dir.file("new.ini")), "[VSCP]\nzone = 700\n");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1) << "something was left behind";
}

TEST(Setup, TheBrokersReasonIsTold) {
  const TempDir dir;
  const Broker broker(login);
  const auto result = set_up(dir, {"--port", "emulator:", "--broker", address(broker), "--user", "wrong",
                                   "--password-file", dir.write("password", "wrong")});
  EXPECT_EQ(result.code, 69);
  EXPECT_TRUE(contains(result.out, "it refuses the login")) << result.out;
  EXPECT_TRUE(std::filesystem::exists(dir.file("new.ini")));
}

TEST(Setup, AMissingMeterIsToldAndTheBrokerTriedAllTheSame) {
  const TempDir dir;
  const Broker broker;
  const auto result = set_up(dir, {"--port", "/dev/no-such-port", "--broker", address(broker)});
  EXPECT_EQ(result.code, 69);
  EXPECT_TRUE(contains(result.out, "no such port")) << result.out;
  EXPECT_TRUE(contains(result.out, address(broker) + ": connected")) << result.out;
  EXPECT_TRUE(contains(result.out, "No telegram was sent")) << result.out;
  EXPECT_TRUE(std::filesystem::exists(dir.file("new.ini")));
}

TEST(Setup, AnEncryptedMeterCostsNoBackup) {
  const TempDir dir;
  const Broker broker;
  const auto before = "# mine\n[MQTT]\nhost = 127.0.0.1\nport = " + std::to_string(broker.port()) + "\n";
  dir.write("new.ini", before);
  dir.write("new.ini.bak", "older");
  const Pty meter(dir.file("meter"));
  const SendingMeter sending(meter, encrypt::telegram(numbered(42), 1));
  Terminal terminal(dir, "--user '' --port " + meter.name());
  EXPECT_TRUE(terminal.answer("2. Broker", ""));
  EXPECT_TRUE(terminal.answer("5. Change", ""));
  EXPECT_TRUE(terminal.answer("Decryption key", encrypt::key_hex));
  ASSERT_TRUE(terminal.exit());
  EXPECT_TRUE(contains(terminal.screen(), "encryption: the key fits")) << terminal.screen();
  EXPECT_TRUE(contains(read_file(dir.file("new.ini")), "decryption_key = "));
  EXPECT_EQ(read_file(dir.file("new.ini.bak")), "older");
  EXPECT_EQ(read_file(dir.file("new.ini.bak2")), before);
  EXPECT_FALSE(std::filesystem::exists(dir.file("new.ini.bak3")));
}

TEST(Setup, NoKeyIsLater) {
  const TempDir dir;
  const Broker broker;
  const Pty meter(dir.file("meter"));
  const SendingMeter sending(meter, encrypt::telegram(numbered(42), 1));
  Terminal terminal(dir, "--user '' --port " + meter.name() + " --broker " + address(broker));
  EXPECT_TRUE(terminal.answer("5. Write", ""));
  EXPECT_TRUE(terminal.waits_for("Decryption key"));
  terminal.type("\x04");
  EXPECT_EQ(terminal.exit(), 69);
  EXPECT_FALSE(contains(terminal.screen(), "nothing was changed")) << terminal.screen();
  EXPECT_TRUE(contains(terminal.screen(), "new.ini: written and checked")) << terminal.screen();
  EXPECT_TRUE(contains(terminal.screen(), "Mend that, then run it again")) << terminal.screen();
  EXPECT_FALSE(contains(terminal.screen(), "Start it")) << terminal.screen();
}

TEST(Setup, InterruptedInTheTrialItSaysThatTheFileIsWritten) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  Terminal terminal(dir, "--user '' --broker localhost --timeout 60 --port " + meter.name());
  EXPECT_TRUE(terminal.answer("5. Write", ""));
  EXPECT_TRUE(terminal.waits_for("Listening to"));
  terminal.type("\x03");
  EXPECT_NE(terminal.exit(), 0);
  EXPECT_TRUE(contains(terminal.screen(), "Broken off: new.ini is written")) << terminal.screen();
}

TEST(Setup, NoWritesNoNewFile) {
  const TempDir dir;
  Terminal terminal(dir, "--broker localhost --user '' --port emulator:");
  EXPECT_TRUE(terminal.answer("5. Write new.ini?", "no"));
  EXPECT_EQ(terminal.exit(), 64) << terminal.screen();
  EXPECT_FALSE(std::filesystem::exists(dir.file("new.ini")));
}

TEST(Setup, CtrlZLeavesThePasswordHidden) {
  const TempDir dir;
  Terminal terminal(dir, "--broker 127.0.0.1:9 --user u --port emulator:");
  EXPECT_TRUE(terminal.waits_for("4. Password"));
  terminal.type("half\x1a");
  terminal.type("word\r");
  EXPECT_TRUE(terminal.answer("5. Write", ""));
  ASSERT_TRUE(terminal.exit());
  EXPECT_TRUE(contains(read_file(dir.file("new.ini")), "password = halfword\n")) << read_file(dir.file("new.ini"));
  EXPECT_FALSE(contains(terminal.screen(), "word\r\n5.")) << terminal.screen();
}

class SetupFormat : public testing::TestWithParam<std::pair<speed_t, const char*>> {};

TEST_P(SetupFormat, StaysUnlessTheMeterSendsWithAnother) {
  const auto& [speed, after] = GetParam();
  const TempDir dir;
  const Broker broker;
  const Pty meter(dir.file("meter"));
  const SendingMeter sending(meter, numbered(42), speed);
  const std::string before = "[SERIAL]\nserial_baudrate = 19200\nserial_bytesize = 7\nserial_parity = even\n";
  dir.write("new.ini", before);
  const auto result = set_up(dir, {"--port", meter.name(), "--broker", address(broker), "--yes"});
  EXPECT_EQ(result.code, 0) << result.out << result.err;
  EXPECT_TRUE(contains(read_file(dir.file("new.ini")), after)) << read_file(dir.file("new.ini"));
  EXPECT_EQ(read_file(dir.file("new.ini.bak")), before);
}

INSTANTIATE_TEST_SUITE_P(
    All, SetupFormat,
    testing::Values(std::pair(B19200, "serial_baudrate = 19200\nserial_bytesize = 7\nserial_parity = even\n"),
                    std::pair(B9600, "serial_baudrate = auto\nserial_bytesize = 8\nserial_parity = none\n")),
    [](const auto& tested) { return std::string(tested.param.first == B9600 ? "changed" : "kept"); });

TEST(Setup, APortInUseIsToldBeforeTheQuestions) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  const auto daemon = start_daemon(dir, config_for(), {"-v", "--dry-run", "--source", meter.name()});
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  dir.write("new.ini", "[SERIAL]\nserial_port = " + meter.name() + "\n");
  Terminal terminal(dir, "--broker localhost --user ''");
  EXPECT_TRUE(terminal.waits_for("1. Port of the meter"));
  EXPECT_TRUE(contains(terminal.screen(), "in use by another program — sudo systemctl stop vscp-p1d first"))
      << terminal.screen();
  terminal.type("\x03");
  EXPECT_NE(terminal.exit(), 0);
}

TEST(Setup, AnAnswerThatTheFileReadsOtherwiseIsNotWritten) {
  const TempDir dir;
  const auto before = "[SERIAL]\nserial_port = emulator:\n[MQTT]\nuser = a\n[MQTT]\nuser = b\n";
  dir.write("new.ini", before);
  const auto result = set_up(dir, {"--broker", "localhost", "--user", "c", "--yes"});
  EXPECT_EQ(result.code, 78) << result.out << result.err;
  EXPECT_EQ(read_file(dir.file("new.ini")), before);
}

TEST(Setup, WrongAnswersInOptionsAreUsageFaults) {
  const TempDir dir;
  for (const Arguments& answers : std::vector<Arguments>{{"--port", "ttyUSB0"},
                                                         {"--port", "emulator:", "--broker", "a b"},
                                                         {"--port", "-"},
                                                         {"--port", "/dev/x\nserial_rts = false"},
                                                         {"--port", "emulator:", "--broker", "a\nb"},
                                                         {"--port", "emulator:", "--user", "u\ntls = true"},
                                                         {"--port", "emulator:", "--user", " u "},
                                                         {"--port", "emulator:", "--password-file", "missing"}}) {
    const auto result = set_up(dir, answers);
    EXPECT_EQ(result.code, 64) << testing::PrintToString(answers) << result.err;
    EXPECT_FALSE(std::filesystem::exists(dir.file("new.ini")));
  }
}

TEST(Setup, APasswordThatTheFileCannotHoldIsTold) {
  const TempDir dir;
  const auto result = set_up(dir, {"--port", "emulator:", "--broker", "localhost", "--user", "u", "--password-file",
                                   dir.write("password", " blank")});
  EXPECT_EQ(result.code, 78);
  EXPECT_TRUE(contains(result.err, "password_file")) << result.err;
  EXPECT_FALSE(std::filesystem::exists(dir.file("new.ini")));
}

}  // namespace
}  // namespace itest
