#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "decode.hpp"
#include "encrypt.hpp"
#include "live.hpp"

// SIGHUP: the new config.ini is checked first, a faulty one is refused, a good one costs no telegram.
namespace itest {
namespace {

class Reload : public LiveMeterTest {
 protected:
  // Sends a numbered telegram and waits for its event.
  DecodedEvent event_of(unsigned number) {
    send(number);
    const auto readings = readings_among(subscriber_.messages());
    return readings.empty() ? DecodedEvent{} : readings.back();
  }
};

TEST_F(Reload, TakesEffectWithTheNextTelegram) {
  start();
  auto event = event_of(1);
  EXPECT_EQ(event.note, "Meter reading active energy out");
  EXPECT_EQ(event.id(), 1U);
  config_["MQTT"]["note_sum_active_energy_out"] = "Energy";
  config_["VSCP"]["id_sum_active_energy_out"] = "1234";
  config_["VSCP"]["zone"] = "7";
  config_["MQTT"]["topic"] = "house/{id}";
  reload();
  event = event_of(2);
  EXPECT_EQ(event.note, "Energy");
  EXPECT_EQ(event.id(), 1234U);
  EXPECT_EQ(event.measurement.value().zone, 7U);
  EXPECT_EQ(subscriber_.messages("house/1234").size(), 1U);
  config_["GENERAL"]["send_energy"] = "false";
  config_["QUANTITY pool"]["obis"] = "0-0:94.98.31";
  config_["QUANTITY pool"]["type"] = "14";
  config_["QUANTITY pool"]["unit"] = "0";
  reload();
  ASSERT_TRUE(meter_.write(numbered(3, {"0-0:94.98.31(00042)"})));
  ASSERT_TRUE(subscriber_.wait_for_part("\"value\":42,")) << daemon_->err();
  EXPECT_FALSE(subscriber_.wait_for_part(value_of(3), milliseconds{0}));
  EXPECT_EQ(broker_.log().find("disconnected"), std::string::npos) << "the connection stays: " << broker_.log();
}

TEST_F(Reload, AFaultyFileIsRefused) {
  start();
  event_of(1);
  dir_.write("config.ini", to_text(config_) + "[VSCP]\nzonne = 3\nsubzone = 300\n[MQTT]\npassword = 'se cret'\n");
  daemon_->signal(SIGHUP);
  ASSERT_TRUE(daemon_->wait_for_err("keeping the old configuration")) << daemon_->err();
  const auto log = daemon_->err();
  const auto line = "config.ini:" + std::to_string(lines_of(to_text(config_)).size() + 2) + ": ";
  EXPECT_TRUE(contains(log, line + "unknown key zonne, did you mean zone?")) << log;
  EXPECT_TRUE(contains(log, "subzone = 300: ")) << log;
  EXPECT_FALSE(contains(log, "se cret")) << log;
  EXPECT_FALSE(contains(log, in_effect)) << log;
  EXPECT_EQ(event_of(2).measurement.value().zone, 0U);
  std::filesystem::remove(dir_.file("config.ini"));
  daemon_->signal(SIGHUP);
  ASSERT_TRUE(daemon_->wait_for_err("keeping the old configuration", 2)) << daemon_->err();
  EXPECT_TRUE(contains(daemon_->err(), "config.ini: cannot be read")) << daemon_->err();
  event_of(3);
}

TEST_F(Reload, WarningsAreSaid) {
  start();
  dir_.write("config.ini", to_text(config_) + "[STATE]\nretained = 'true'\n");
  daemon_->signal(SIGHUP);
  ASSERT_TRUE(daemon_->wait_for_err(in_effect)) << daemon_->err();
  const auto line = "config.ini:" + std::to_string(lines_of(to_text(config_)).size() + 2);
  EXPECT_TRUE(contains(daemon_->err(), line + ": quotes around a value")) << daemon_->err();
}

TEST_F(Reload, ATelegramThatIsCutInTwoComesThrough) {
  start();
  unsigned number = 0;
  for (const char* change : {"note", "crc", "stop bits", "broker"}) {
    const auto text = numbered(++number, {"1-0:32.7.0(" + std::to_string(number) + ".5*V)"});
    ASSERT_TRUE(meter_.write(text.substr(0, text.size() / 2)));
    if (change == std::string("note")) config_["MQTT"]["note_voltage_l1"] = "Volt";
    if (change == std::string("crc")) config_["SERIAL"]["crc"] = "required";
    if (change == std::string("stop bits")) config_["SERIAL"]["serial_stopbits"] = "2";
    if (change == std::string("broker")) config_["MQTT"]["keepalive"] = "61";
    reload();
    ASSERT_TRUE(meter_.write(text.substr(text.size() / 2)));
    EXPECT_TRUE(subscriber_.wait_for_part(value_of(number))) << change << daemon_->err();
  }
  EXPECT_EQ(count_of(daemon_->err(), ": open"), 1U) << "the port stays open: " << daemon_->err();
  EXPECT_FALSE(contains(daemon_->err(), "dropped")) << daemon_->err();
}

// The same port under another name, as a link in /dev/serial/by-id is one.
TEST_F(Reload, AnotherNameOfThePortIsTheSamePort) {
  start();
  const auto text = numbered(1);
  ASSERT_TRUE(meter_.write(text.substr(0, 40)));
  config_["SERIAL"]["serial_port"] = meter_.device();
  reload();
  ASSERT_TRUE(meter_.write(text.substr(40)));
  EXPECT_TRUE(subscriber_.wait_for_part(value_of(1))) << daemon_->err();
}

TEST_F(Reload, AnotherPortIsOpened) {
  start();
  const Pty other(dir_.file("other"));
  // Not waited for: it is to be read before the port is closed.
  ASSERT_TRUE(meter_.write(numbered(1)));
  config_["SERIAL"]["serial_port"] = other.name();
  reload();
  EXPECT_TRUE(subscriber_.wait_for_part(value_of(1))) << daemon_->err();
  ASSERT_TRUE(daemon_->wait_for_err(other.name() + ": open")) << daemon_->err();
  ASSERT_TRUE(other.write(numbered(2)));
  EXPECT_TRUE(subscriber_.wait_for_part(value_of(2))) << daemon_->err();
}

// Each change makes the events anew, or the connection, or nothing.
TEST_F(Reload, NoTelegramIsLostOrSentTwiceWhileItIsRepeated) {
  constexpr unsigned reloads = 20;
  start();
  unsigned number = 0;
  for (unsigned i = 1; i <= reloads; ++i) {
    config_["MQTT"]["note_sum_active_energy_out"] = "Energy " + std::to_string(i / 2);
    config_["MQTT"]["keepalive"] = std::to_string(60 + i % 4 / 2);
    config_["VSCP"]["subzone"] = std::to_string(i / 3);
    dir_.write("config.ini", to_text(config_));
    for (const auto last = number + 10; number < last;) {
      ASSERT_TRUE(meter_.write(numbered(++number)));
      if (number % 10 == 5) daemon_->signal(SIGHUP);
    }
    ASSERT_TRUE(daemon_->wait_for_err(in_effect, i)) << daemon_->err();
  }
  ASSERT_TRUE(subscriber_.wait_for([&](const auto& all) { return numbers_in(all).size() >= number; }))
      << daemon_->err();
  EXPECT_EQ(numbers_in(subscriber_.messages()), range(1, number));
}

TEST_F(Reload, AnotherBrokerGetsWhatIsNotDelivered) {
  start();
  const Broker other;
  const Subscriber there(other);
  unsigned number = 0;
  for (; number < 40;) ASSERT_TRUE(meter_.write(numbered(++number)));
  config_["MQTT"]["port"] = std::to_string(other.port());
  reload();
  for (; number < 80;) ASSERT_TRUE(meter_.write(numbered(++number)));
  const auto all_numbers = [&] {
    auto numbers = numbers_in(subscriber_.messages());
    const auto more = numbers_in(there.messages());
    numbers.insert(numbers.end(), more.begin(), more.end());
    return numbers;
  };
  ASSERT_TRUE(wait_until([&] { return all_numbers().size() >= number; })) << daemon_->err();
  EXPECT_EQ(all_numbers(), range(1, number));
  EXPECT_TRUE(there.wait_for_text(status_topic, "online"));
  EXPECT_TRUE(subscriber_.wait_for_text(status_topic, "offline")) << "the old broker is left in order";
  EXPECT_FALSE(contains(daemon_->err(), "trying again")) << daemon_->err();
}

TEST_F(Reload, TheRightBrokerGetsAllThatWaited) {
  config_["MQTT"]["port"] = std::to_string(free_port());
  config_["SERIAL"]["serial_port"] = meter_.name();
  daemon_ = start_daemon(dir_, config_, {"-v"});
  ASSERT_TRUE(daemon_->wait_for_err(": open")) << daemon_->err();
  ASSERT_TRUE(daemon_->wait_for_err("trying again")) << daemon_->err();
  for (unsigned number = 1; number <= 20; ++number) ASSERT_TRUE(meter_.write(numbered(number)));
  ASSERT_TRUE(daemon_->wait_for_err("telegram 20:")) << daemon_->err();
  config_["MQTT"]["port"] = std::to_string(broker_.port());
  reload();
  ASSERT_TRUE(subscriber_.wait_for([&](const auto& all) { return numbers_in(all).size() >= 20; })) << daemon_->err();
  EXPECT_EQ(numbers_in(subscriber_.messages()), range(1, 20));
}

// A broker that does not answer any more holds the change up, but not for good.
TEST_F(Reload, AFrozenBrokerIsLeft) {
  start();
  const Broker other;
  const Subscriber there(other);
  broker_.signal(SIGSTOP);
  for (unsigned number = 1; number <= 5; ++number) ASSERT_TRUE(meter_.write(numbered(number)));
  ASSERT_TRUE(daemon_->wait_for_err("telegram 5:")) << daemon_->err();
  config_["MQTT"]["port"] = std::to_string(other.port());
  reload();
  EXPECT_TRUE(there.wait_for([&](const auto& all) { return numbers_in(all).size() >= 5; })) << daemon_->err();
  EXPECT_EQ(numbers_in(there.messages()), range(1, 5));
  broker_.signal(SIGCONT);
}

TEST_F(Reload, TopicsOfStatesMove) {
  start();
  event_of(1);
  ASSERT_TRUE(subscriber_.wait_for_text(meter_topic, "online"));
  config_["MQTT"]["status_topic"] = "new/status";
  config_["MQTT"]["meter_topic"] = "new/meter";
  config_["STATE"]["info_topic"] = "new/info";
  config_["STATE"]["stats_topic"] = "new/stats";
  reload();
  EXPECT_TRUE(subscriber_.wait_for_text("new/status", "online")) << daemon_->err();
  EXPECT_TRUE(subscriber_.wait_for_text("new/meter", "online")) << daemon_->err();
  EXPECT_TRUE(subscriber_.wait_for_text(status_topic, "offline")) << daemon_->err();
  event_of(2);
  const Subscriber late(broker_);
  ASSERT_TRUE(late.wait_for_text("new/status", "online"));
  std::vector<std::string> kept;
  for (const auto& message : late.messages()) kept.push_back(message.topic);
  std::sort(kept.begin(), kept.end());
  EXPECT_EQ(kept, (std::vector<std::string>{"new/info", "new/meter", "new/stats", "new/status", status_topic}));
}

TEST_F(Reload, AnotherGuidIsAnotherNode) {
  start();
  event_of(1);
  auto guid = base_guid;
  guid.replace(24, 2, "77");
  config_["VSCP"]["guid"] = guid;
  reload();
  ASSERT_TRUE(subscriber_.wait_for_text("vscp-p1d/" + guid + "/status", "online")) << daemon_->err();
  EXPECT_TRUE(subscriber_.wait_for_text(status_topic, "offline")) << daemon_->err();
  EXPECT_EQ(event_of(2).guid.substr(0, 45), guid.substr(0, 45));
  const auto count = [&](const std::string& prefix) { return subscriber_.messages(prefix).size(); };
  EXPECT_EQ(count("vscp/" + base_guid + "/20/6"), 1U) << "the old node ends";
  EXPECT_EQ(count("vscp/" + guid + "/0/2"), 1U) << "the new one begins";
}

TEST_F(Reload, StatesAreToldAnewOnlyWhenEventsChange) {
  start();
  const std::vector<std::string> lines = {"0-0:96.14.0(0002)"};
  const auto tariffs = [&] { return subscriber_.messages("vscp/" + base_guid.substr(0, 42) + "01:65/20/42").size(); };
  ASSERT_TRUE(meter_.write(numbered(1, lines)));
  ASSERT_TRUE(subscriber_.wait_for([&](const auto&) { return tariffs() == 1; })) << daemon_->err();
  config_["SERIAL"]["serial_timeout"] = "21";
  reload();
  ASSERT_TRUE(meter_.write(numbered(2, lines) + numbered(3)));
  ASSERT_TRUE(subscriber_.wait_for_part(value_of(3))) << daemon_->err();
  EXPECT_EQ(tariffs(), 1U);
  config_["VSCP"]["zone"] = "5";
  reload();
  ASSERT_TRUE(meter_.write(numbered(4, lines)));
  EXPECT_TRUE(subscriber_.wait_for([&](const auto&) { return tariffs() == 2; })) << daemon_->err();
}

TEST_F(Reload, KeysOfEncryption) {
  config_["SERIAL"]["decryption_key"] = "0F0E0D0C0B0A09080706050403020100";
  start();
  ASSERT_TRUE(meter_.write(encrypt::telegram(numbered(1), 1)));
  ASSERT_TRUE(daemon_->wait_for_err("decryption_key does not fit this meter")) << daemon_->err();
  config_["SERIAL"]["decryption_key"] = encrypt::key_hex;
  reload();
  ASSERT_TRUE(meter_.write(encrypt::telegram(numbered(2), 2)));
  EXPECT_TRUE(subscriber_.wait_for_part(value_of(2))) << daemon_->err();
  EXPECT_FALSE(contains(daemon_->err(), encrypt::key_hex.substr(0, 8))) << daemon_->err();
}

TEST_F(Reload, PlainTextAndBack) {
  start();
  event_of(1);
  config_["GENERAL"]["no_vscp"] = "true";
  reload();
  ASSERT_TRUE(meter_.write(numbered(2)));
  EXPECT_TRUE(subscriber_.wait_for_text("Meter reading active energy out", "00000002.000")) << daemon_->err();
  config_["GENERAL"]["no_vscp"] = "false";
  reload();
  event_of(3);
}

// ---- without a meter's port, without a broker, without a file

TEST(ReloadOf, ADryRun) {
  const TempDir dir;
  auto config = config_for();
  const auto daemon = start_daemon(dir, config, {"--dry-run", "--source", "-"}, Process::Input::pipe);
  daemon->write(numbered(1));
  const auto has = [](const std::string& text) {
    return [text](const std::string& out) { return contains(out, text); };
  };
  ASSERT_TRUE(daemon->wait_for_out(has(value_of(1)))) << daemon->err();
  config["MQTT"]["note_sum_active_energy_out"] = "Energy";
  ASSERT_TRUE(take_over(dir, config, *daemon)) << daemon->err();
  EXPECT_FALSE(contains(daemon->out(), "\"note\":\"Energy\""));
  daemon->write(numbered(2));
  EXPECT_TRUE(daemon->wait_for_out(has("\"note\":\"Energy\""))) << daemon->out();
  daemon->close_input();
  EXPECT_EQ(daemon->wait_exit(), 0);
}

TEST(ReloadOf, NoFileIsIgnored) {
  const TempDir dir;
  Process daemon({VSCP_P1D, "--dry-run", "--source", "-"}, {dir.path().string(), Process::Input::pipe, {}, {}});
  daemon.write(numbered(1));
  ASSERT_TRUE(daemon.wait_for_out([](const std::string& out) { return contains(out, value_of(1)); })) << daemon.err();
  daemon.signal(SIGHUP);
  EXPECT_TRUE(daemon.wait_for_err("SIGHUP: ignored")) << daemon.err();
  daemon.write(numbered(2));
  EXPECT_TRUE(daemon.wait_for_out([](const std::string& out) { return contains(out, value_of(2)); })) << daemon.err();
  daemon.close_input();
  EXPECT_EQ(daemon.wait_exit(), 0);
}

// The configuration is a pipe: the test knows when the daemon reads it, and holds it there.
TEST(ReloadOf, ADaemonThatIsJustStarting) {
  const TempDir dir;
  const auto pipe = dir.file("config");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  Process daemon({VSCP_P1D, "--dry-run", "--source", "-", "--config", pipe},
                 {dir.path().string(), Process::Input::pipe, {}, {}});
  const auto give = [&](bool with_signal) {
    int end = -1;
    ASSERT_TRUE(wait_until([&] { return (end = ::open(pipe.c_str(), O_WRONLY | O_NONBLOCK)) >= 0; })) << daemon.err();
    if (with_signal) daemon.signal(SIGHUP);
    const auto text = to_text(config_for());
    EXPECT_EQ(::write(end, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(end);
  };
  give(true);
  ASSERT_TRUE(daemon.wait_for_err("standard output")) << daemon.err();
  give(false);  // it is read a second time
  ASSERT_TRUE(daemon.wait_for_err(in_effect)) << daemon.err();
  daemon.close_input();
  EXPECT_EQ(daemon.wait_exit(), 0);
}

}  // namespace
}  // namespace itest
