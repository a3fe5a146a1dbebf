#include <gtest/gtest.h>
#include <sys/stat.h>

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

TEST(Setup, WrongAnswersInOptionsAreUsageFaults) {
  const TempDir dir;
  for (const Arguments& answers : std::vector<Arguments>{{"--port", "ttyUSB0"},
                                                         {"--port", "emulator:", "--broker", "a b"},
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
