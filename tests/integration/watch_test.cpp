// --watch, in a real terminal: tmux emulates it, and says what is on its screen and in which state it is.

#include <gtest/gtest.h>

#include <csignal>
#include <regex>

#include "harness.hpp"

namespace itest {
namespace {

const std::vector<std::string> first_lines = {
    "1-0:1.8.0(000671.578*kWh)", "1-0:1.7.0(01.193*kW)", "1-0:32.7.0(231.4*V)", "1-0:31.7.0(002*A)", "0-0:96.3.10(1)",
    "0-0:96.13.0(48656C6C6F)",   "0-0:94.98.31(00007)"};
const std::vector<std::string> second_lines = {
    "1-0:1.8.0(000671.579*kWh)", "1-0:1.7.0(01.250*kW)", "1-0:32.7.0(229.8*V)",
    "1-0:31.7.0(003*A)",         "0-0:96.3.10(0)",       "0-0:96.13.0(48656C6C6F)"};

// A terminal of its own in which the daemon runs from a shell, as a person would start it.
class Screen {
 public:
  struct Setup {
    std::string environment = "LC_ALL=C.UTF-8";
    unsigned width = 90, height = 30;
  };

  Screen(const TempDir& dir, const std::string& arguments) : Screen(dir, arguments, Setup{}) {}
  Screen(const TempDir& dir, const std::string& arguments, const Setup& setup)
      : socket_(dir.file("tmux")), server_({"tmux", "-S", socket_, "-f", "/dev/null", "-D"}), dir_(dir) {
    dir.write("daemon.sh",
              "echo $$ >pid\nexec env " + setup.environment + " " + VSCP_P1D + " --watch " + arguments + "\n");
    dir.write("shell.sh", "trap : INT QUIT\necho before\nsh daemon.sh\necho \"ended $?\"\nstty -a\nexec cat\n");
    EXPECT_TRUE(wait_until([this] { return std::filesystem::exists(socket_); })) << "tmux does not start";
    tmux({"new-session", "-d", "-x", std::to_string(setup.width), "-y", std::to_string(setup.height), "-c",
          dir.path().string(), "sh shell.sh"});
  }

  std::string text(const Arguments& more = {}) const {
    Arguments arguments = {"capture-pane", "-p"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tmux(arguments);
  }
  bool shows(const std::string& pattern) const {
    const std::regex wanted(pattern);
    return wait_until([&] { return std::regex_search(text(), wanted); });
  }
  void type(const std::string& key) const { tmux({"send-keys", key}); }
  void resize(unsigned width, unsigned height) const {
    tmux({"resize-window", "-x", std::to_string(width), "-y", std::to_string(height)});
  }
  void close() const { tmux({"kill-session"}); }
  pid_t pid() const { return static_cast<pid_t>(std::stol(read_file(dir_.path() / "pid"))); }
  void signal(int number) const { ::kill(pid(), number); }

  /// Which screen is shown, whether there is a cursor, and whether lines wrap; lines that scrolled away.
  std::string state() const {
    return lines_of(tmux({"display-message", "-p", "#{alternate_on}#{cursor_flag}#{wrap_flag} #{history_size}"}))[0];
  }
  /// The screen of before, cursor and wrapping are back, keys are echoed and lines edited.
  void expect_restored() const {
    EXPECT_TRUE(shows("ended ")) << text();
    EXPECT_TRUE(state().starts_with("011 ")) << state();
    EXPECT_TRUE(shows("before"));
    EXPECT_TRUE(shows("[^-]echo ") && shows("[^-]icanon") && shows("[^-]ixon")) << text();
  }

 private:
  std::string tmux(const Arguments& arguments) const {
    Arguments command = {"tmux", "-S", socket_};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return run(command).out;
  }

  std::string socket_;
  Process server_;
  const TempDir& dir_;
};

struct Meter {
  TempDir dir;
  Pty port{dir.file("meter")};

  Meter() { dir.write("config.ini", to_text(config_for())); }
  std::string source() const { return "--source " + port.name(); }
};

TEST(Watch, ShowsEveryValueAndRefreshesInPlace) {
  const Meter meter;
  const Screen screen(meter.dir, meter.source());
  ASSERT_TRUE(screen.shows("no telegram yet")) << screen.text();
  ASSERT_TRUE(meter.port.write(telegram(first_lines)));
  EXPECT_TRUE(screen.shows("telegrams: 1 good"));
  for (const char* row :
       {"Meter reading active energy out +671\\.578 kWh +\\d+ s", "Active effect out +1193 W +\\d+ s",
        "Voltage L1 +231\\.4 V +\\d+ s", "Current L1 +2 A +\\d+ s", "Breaker +on +\\d+ s",
        "Text message +Hello +\\d+ s", "TST5 integration", "online", "lines without a reading: unknown OBIS code 1",
        "unknown codes: 0-0:94\\.98\\.31 1"}) {
    EXPECT_TRUE(std::regex_search(screen.text(), std::regex(row))) << row << "\n" << screen.text();
  }
  EXPECT_EQ(screen.state(), "100 0");
  ASSERT_TRUE(meter.port.write(telegram(second_lines)));
  EXPECT_TRUE(screen.shows("telegrams: 2 good"));
  for (const char* row : {"671\\.579 kWh", "1250 W", "229\\.8 V", "3 A", "Breaker +off"}) {
    EXPECT_TRUE(std::regex_search(screen.text(), std::regex(row))) << row << "\n" << screen.text();
  }
  EXPECT_FALSE(contains(screen.text(), "231.4")) << screen.text();
  EXPECT_EQ(count_of(screen.text(), "Voltage L1"), 1U);
  EXPECT_EQ(screen.state(), "100 0") << "nothing scrolled";
  EXPECT_TRUE(contains(screen.text({"-e"}), "\x1b[1m")) << "changed values are bold";
}

TEST(Watch, AgesGoOnWithoutTelegrams) {
  const Meter meter;
  const Screen screen(meter.dir, meter.source());
  ASSERT_TRUE(screen.shows("no telegram yet"));
  ASSERT_TRUE(meter.port.write(telegram(first_lines)));
  EXPECT_TRUE(screen.shows("231\\.4 V +2 s")) << screen.text();
}

TEST(Watch, FollowsTheSizeOfTheTerminal) {
  const Meter meter;
  const Screen screen(meter.dir, meter.source(), {.width = 60, .height = 10});
  ASSERT_TRUE(screen.shows("no telegram yet"));
  ASSERT_TRUE(meter.port.write(numbered_with(1, 26)));
  EXPECT_TRUE(screen.shows("rows 1-3 of 26")) << screen.text();
  screen.resize(90, 40);
  EXPECT_TRUE(screen.shows("q quit\n$")) << screen.text();
  EXPECT_TRUE(contains(screen.text(), "Current L3")) << screen.text();
  screen.resize(200, 12);
  EXPECT_TRUE(screen.shows("quantity .*quantity .*quantity")) << screen.text();
}

TEST(Watch, KeysScroll) {
  const Meter meter;
  const Screen screen(meter.dir, meter.source(), {.width = 60, .height = 10});
  ASSERT_TRUE(screen.shows("no telegram yet"));
  ASSERT_TRUE(meter.port.write(numbered_with(1, 26)));
  ASSERT_TRUE(screen.shows("rows 1-3 of 26"));
  const std::vector<std::pair<std::string, std::string>> steps = {
      {"Down", "2-4"},  {"j", "3-5"},     {"Up", "2-4"},     {"k", "1-3"},    {"Up", "1-3"}, {"NPage", "3-5"},
      {"PPage", "1-3"}, {"End", "24-26"}, {"Down", "24-26"}, {"Home", "1-3"}, {"x", "1-3"}};
  for (const auto& [key, rows] : steps) {
    screen.type(key);
    EXPECT_TRUE(screen.shows("rows " + rows + " of 26")) << key << "\n" << screen.text();
  }
}

TEST(Watch, QuitsWithQAndGivesTheTerminalBack) {
  const Meter meter;
  const Screen screen(meter.dir, meter.source());
  ASSERT_TRUE(screen.shows("no telegram yet"));
  screen.type("q");
  EXPECT_TRUE(screen.shows("ended 0"));
  screen.expect_restored();
  EXPECT_FALSE(contains(screen.text(), "no telegram yet")) << screen.text();
}

TEST(Watch, SignalsGiveTheTerminalBack) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const Meter meter;
    const Screen screen(meter.dir, meter.source());
    ASSERT_TRUE(screen.shows("no telegram yet"));
    signal == SIGINT ? screen.type("C-c") : screen.signal(signal);
    EXPECT_TRUE(screen.shows("ended 0")) << screen.text();
    screen.expect_restored();
  }
}

TEST(Watch, FatalFaultsGiveTheTerminalBack) {
  for (const int signal : {SIGABRT, SIGQUIT}) {
    const Meter meter;
    const Screen screen(meter.dir, meter.source());
    ASSERT_TRUE(screen.shows("no telegram yet"));
    screen.signal(signal);
    EXPECT_TRUE(screen.shows("ended " + std::to_string(128 + signal))) << screen.text();
    screen.expect_restored();
  }
}

TEST(Watch, EndsWithItsTerminal) {
  const Meter meter;
  const Screen screen(meter.dir, meter.source());
  ASSERT_TRUE(screen.shows("no telegram yet"));
  const auto pid = screen.pid();
  screen.close();
  EXPECT_TRUE(wait_until([pid] { return ::kill(pid, 0) != 0; }));
}

TEST(Watch, MessagesStayInsideThePage) {
  const TempDir dir;
  dir.write("config.ini", to_text(config_for()));
  const Screen screen(dir, "--source " + dir.file("missing"));
  ASSERT_TRUE(screen.shows("port not open"));
  EXPECT_TRUE(screen.shows("warning: .*missing: no such port.*\nq quit")) << screen.text();
  screen.type("q");
  screen.expect_restored();
  EXPECT_TRUE(screen.shows("warning: .*missing: no such port")) << "told again when the page is gone";
}

TEST(Watch, WithoutColourAndUtf8) {
  const Meter meter;
  meter.dir.write("config.ini", to_text(config_for()) + "[MQTT]\nnote_voltage_l1 = Spänning\n");
  const Screen screen(meter.dir, meter.source(), {.environment = "LC_ALL=C NO_COLOR=1"});
  ASSERT_TRUE(screen.shows("no telegram yet"));
  ASSERT_TRUE(meter.port.write(telegram(first_lines)));
  ASSERT_TRUE(screen.shows("Sp\\?nning +231\\.4 V"));
  ASSERT_TRUE(meter.port.write(telegram(second_lines)));
  EXPECT_TRUE(screen.shows("Sp\\?nning +\\* *229\\.8 V")) << screen.text();
  EXPECT_FALSE(contains(screen.text({"-e"}), "\x1b[")) << screen.text({"-e"});
}

TEST(Watch, ReadsACaptureAndLeavesWhatItHeld) {
  const TempDir dir;
  const auto capture = dir.write("capture", telegram(first_lines) + telegram(second_lines));
  const Screen screen(dir, "--source file:" + capture);
  EXPECT_TRUE(screen.shows("ended 0"));
  EXPECT_EQ(screen.state().substr(0, 3), "011");
  EXPECT_TRUE(contains(screen.text({"-S", "-"}), "229.8 V")) << screen.text();
}

TEST(Watch, ReadsStandardInputAndKeysAllTheSame) {
  const TempDir dir;
  const auto fifo = dir.file("fifo");
  ASSERT_EQ(run({"mkfifo", fifo}).code, 0);
  const Screen screen(dir, "--source - <" + fifo);
  Process writer({"sh", "-c", "exec cat >\"$0\"", fifo}, {{}, Process::Input::pipe, {}});
  writer.write(telegram(first_lines));
  ASSERT_TRUE(screen.shows("231\\.4 V")) << screen.text();
  screen.type("q");
  EXPECT_TRUE(screen.shows("ended 0"));
}

TEST(Watch, TakesAReloadOver) {
  const Meter meter;
  const Screen screen(meter.dir, meter.source());
  ASSERT_TRUE(screen.shows("no telegram yet"));
  ASSERT_TRUE(meter.port.write(telegram(first_lines)));
  ASSERT_TRUE(screen.shows("Voltage L1 +231\\.4 V"));
  auto config = config_for();
  config["MQTT"]["note_voltage_l1"] = "Oven";
  config["GENERAL"]["send_current"] = "false";
  meter.dir.write("config.ini", to_text(config));
  screen.signal(SIGHUP);
  ASSERT_TRUE(screen.shows("info: .*config")) << screen.text();
  ASSERT_TRUE(meter.port.write(telegram(second_lines)));
  EXPECT_TRUE(screen.shows("Oven +229\\.8 V")) << screen.text();
  EXPECT_TRUE(screen.shows("Current L1 +3 A")) << screen.text();
  EXPECT_FALSE(contains(screen.text(), "Voltage L1")) << screen.text();
}

// ---- without a terminal

TEST(Watch, IsATextWithoutATerminal) {
  const TempDir dir;
  const auto capture = dir.write("capture", telegram(first_lines) + telegram(second_lines));
  const auto result = run_daemon(dir, {"--watch", "--source", "file:" + capture});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_FALSE(contains(result.out, "\x1b"));
  EXPECT_EQ(count_of(result.out, "quantity "), 2U) << "a block per telegram";
  EXPECT_TRUE(std::regex_search(result.out, std::regex("Voltage L1 +231\\.4 V +0 s"))) << result.out;
  EXPECT_TRUE(std::regex_search(result.out, std::regex("Voltage L1 +229\\.8 V +0 s"))) << result.out;
  EXPECT_TRUE(contains(result.out, "telegrams: 2 good")) << result.out;
  EXPECT_TRUE(contains(result.err, "telegrams: 2 good")) << result.err;
}

TEST(Watch, OneShotPrintsOneTable) {
  const TempDir dir;
  const auto capture = dir.write("capture", telegram(first_lines) + telegram(second_lines));
  const auto result = run_daemon(dir, {"--watch", "--oneshot", "--source", "file:" + capture});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(count_of(result.out, "quantity "), 1U);
  EXPECT_TRUE(contains(result.out, "231.4 V")) << result.out;
  const auto none = run_daemon(dir, {"--watch", "--oneshot", "--source", "file:" + dir.write("empty", "")});
  EXPECT_EQ(none.code, 69);
  EXPECT_EQ(none.out, "");
}

TEST(Watch, ShowsWhatIsNotPublishedToo) {
  const TempDir dir;
  auto config = config_for();
  config["GENERAL"]["only"] = "current_l1";
  config["GENERAL"]["send_voltage"] = "false";
  config["GENERAL"]["skip_zero"] = "true";
  dir.write("config.ini", to_text(config));
  const auto capture = dir.write("capture", telegram({"1-0:32.7.0(231.4*V)", "1-0:1.7.0(00.000*kW)"}));
  const auto out = run_daemon(dir, {"--watch", "--source", "file:" + capture}).out;
  EXPECT_TRUE(std::regex_search(out, std::regex("Voltage L1 +231\\.4 V"))) << out;
  EXPECT_TRUE(std::regex_search(out, std::regex("Active effect out +0 W"))) << out;
}

TEST(Watch, LeavesTheBrokerAlone) {
  const Broker broker;
  const Subscriber subscriber(broker);
  const TempDir dir;
  auto config = config_for(&broker);
  config["SPOOL"]["path"] = dir.file("spool.db");
  dir.write("config.ini", to_text(config));
  const auto clients = count_of(broker.log(), "New client connected");
  EXPECT_EQ(run_daemon(dir, {"--watch", "--source", "file:" + dir.write("capture", numbered(1))}).code, 0);
  EXPECT_EQ(count_of(broker.log(), "New client connected"), clients) << broker.log();
  EXPECT_TRUE(subscriber.messages().empty());
  EXPECT_FALSE(std::filesystem::exists(dir.file("spool.db")));
}

TEST(Watch, ExcludesDryRun) {
  const TempDir dir;
  const auto result = run_daemon(dir, {"--watch", "--dry-run", "--source", "emulator:"});
  EXPECT_EQ(result.code, 64);
  EXPECT_TRUE(contains(result.err, "--watch and --dry-run exclude each other")) << result.err;
}

TEST(Watch, ClosedOutputEndsTheProgram) {
  const TempDir dir;
  const auto result =
      run({"timeout", "20", "sh", "-c", std::string(VSCP_P1D) + " --watch --source emulator: | head -n 3"},
          {dir.path().string(), Process::Input::null, {}});
  EXPECT_EQ(lines_of(result.out).size(), 3U);
}

}  // namespace
}  // namespace itest
