#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "decode.hpp"
#include "harness.hpp"

// Nothing is lost when the broker, the daemon or the disk goes. Telegrams are numbered by their energy counter, and
// each is dated a second after the one before.
namespace itest {
namespace {

// A daemon with a spool, at a pseudo terminal.
class Outage : public testing::Test {
 protected:
  void SetUp() override {
    config_ = config_for(&broker_);
    config_["SERIAL"]["serial_port"] = meter_.name();
    config_["SPOOL"]["path"] = dir_.file("spool.db");
    config_["SPOOL"]["flush_interval"] = "1";
  }

  std::string spool_file() const {
    const auto& path = config_.at("SPOOL").at("path");
    return path.empty() ? dir_.file("spool.db") : path;
  }
  std::size_t spool_size() const {
    std::error_code error;
    const auto size = std::filesystem::file_size(spool_file(), error);
    return error ? 0 : static_cast<std::size_t>(size);
  }

  static std::uintmax_t spool_size_at(const std::string& folder) {
    std::uintmax_t sum = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      if (file.path().filename().string().starts_with("spool.db")) sum += file.file_size();
    }
    return sum;
  }

  void start() {
    daemon_ = start_daemon(dir_, config_, {"-v"});
    ASSERT_TRUE(daemon_->wait_for_err(": open")) << daemon_->err();
    telegrams_ = 0;
  }
  void start_connected() {
    broker_.start();
    subscriber_ = std::make_unique<Subscriber>(broker_);
    start();
    ASSERT_TRUE(daemon_->wait_for_err("connected,")) << daemon_->err();
  }
  std::time_t time_of(unsigned number) const { return begin_ + number; }
  // Of one reading and, as all meters do, local time.
  std::string dated(unsigned number) const {
    constexpr std::time_t hour = 3600;
    const auto local = time_of(number) + hour;
    std::tm parts{};
    ::gmtime_r(&local, &parts);
    std::array<char, 32> stamp{};
    std::strftime(stamp.data(), stamp.size(), "0-0:1.0.0(%y%m%d%H%M%SW)", &parts);
    std::array<char, 32> counter{};
    std::snprintf(counter.data(), counter.size(), "1-0:1.8.0(%06u.000*kWh)", number);
    return telegram({stamp.data(), counter.data()});
  }
  // Telegrams with these numbers.
  void send(unsigned first, unsigned last) {
    for (unsigned number = first; number <= last; ++number) {
      ASSERT_TRUE(meter_.write(dated(number)));
      ASSERT_TRUE(daemon_->wait_for_err("telegram " + std::to_string(++telegrams_) + ":")) << daemon_->err();
    }
  }
  // Waits until so many messages are in the database, as another process sees it.
  bool wait_stored(std::size_t count) const {
    return wait_until([&] { return stored_readings() >= count; });
  }
  // Readings in a copy of the database: the daemon has the original to itself.
  std::size_t stored_readings() const {
    const TempDir copy;
    std::error_code error;
    for (const char* suffix : {"", "-wal"}) {
      std::filesystem::copy_file(spool_file() + suffix, copy.file(std::string("spool.db") + suffix), error);
    }
    sqlite3* database = nullptr;
    sqlite3_stmt* count = nullptr;
    std::size_t rows = 0;
    if (sqlite3_open(copy.file("spool.db").c_str(), &database) == SQLITE_OK &&
        sqlite3_prepare_v2(database, "SELECT COUNT(*) FROM message WHERE topic LIKE '%/1040/%'", -1, &count,
                           nullptr) == SQLITE_OK &&
        sqlite3_step(count) == SQLITE_ROW) {
      rows = static_cast<std::size_t>(sqlite3_column_int64(count, 0));
    }
    sqlite3_finalize(count);
    sqlite3_close(database);
    return rows;
  }
  void kill_broker() {
    broker_.kill();
    ASSERT_TRUE(daemon_->wait_for_err("trying again")) << daemon_->err();
  }
  // A broker that lost its memory, and a subscriber that is there before the daemon connects again.
  void restart_broker() {
    daemon_->signal(SIGSTOP);
    broker_.start();
    subscriber_ = std::make_unique<Subscriber>(broker_);
    daemon_->signal(SIGCONT);
  }

  std::vector<DecodedEvent> counters() const {
    auto events = readings_in(subscriber_->messages("vscp/"));
    std::erase_if(events, [](const DecodedEvent& event) { return event.id() != 1; });
    return events;
  }
  static unsigned number_of(const DecodedEvent& event) { return static_cast<unsigned>(decode_value(event).number); }
  // In the order in which they came.
  std::vector<unsigned> arrived() const {
    std::vector<unsigned> numbers;
    for (const auto& event : counters()) numbers.push_back(number_of(event));
    return numbers;
  }
  void expect_their_times() const {
    for (const auto& event : counters()) {
      EXPECT_EQ(utc_seconds(event.datetime), time_of(number_of(event))) << "of telegram " << number_of(event);
    }
  }
  // Each once, in order, with the time of its telegram.
  void expect_exactly(unsigned first, unsigned last) {
    ASSERT_TRUE(subscriber_->wait_for_part(value_of(last))) << daemon_->err();
    std::vector<unsigned> expected;
    for (unsigned number = first; number <= last; ++number) expected.push_back(number);
    EXPECT_EQ(arrived(), expected) << daemon_->err();
    expect_their_times();
    record(expected.size());
  }
  // In order but for what was in flight, which may come twice.
  void expect_each_at_least_once(unsigned first, unsigned last) {
    ASSERT_TRUE(subscriber_->wait_for_part(value_of(last))) << daemon_->err();
    std::vector<unsigned> firsts;
    std::set<unsigned> seen;
    for (const auto number : arrived()) {
      if (seen.insert(number).second) firsts.push_back(number);
    }
    std::vector<unsigned> expected;
    for (unsigned number = first; number <= last; ++number) expected.push_back(number);
    EXPECT_EQ(firsts, expected) << daemon_->err();
    expect_their_times();
    record(expected.size());
  }
  // The figures of docs/reliability.md.
  void record(std::size_t sent) const {
    const auto all = arrived();
    const auto different = std::set<unsigned>(all.begin(), all.end()).size();
    RecordProperty("sent", std::to_string(sent));
    RecordProperty("lost", std::to_string(sent - different));
    RecordProperty("twice", std::to_string(all.size() - different));
  }

  TempDir dir_;
  Broker broker_{{}, false};
  Pty meter_{dir_.file("meter")};
  ConfigText config_;
  std::unique_ptr<Subscriber> subscriber_;
  std::unique_ptr<Process> daemon_;
  unsigned telegrams_ = 0;
  std::time_t begin_ = std::time(nullptr) - 1000;
};

TEST_F(Outage, NothingIsWrittenWhileTheBrokerIsThere) {
  start_connected();
  send(1, 30);
  expect_exactly(1, 30);
  EXPECT_FALSE(std::filesystem::exists(spool_file()));
}

TEST_F(Outage, ABrokerThatIsKilledForSixtyTelegrams) {
  start_connected();
  send(1, 3);
  expect_exactly(1, 3);
  kill_broker();
  send(4, 63);
  ASSERT_TRUE(wait_stored(60)) << daemon_->err();
  restart_broker();
  ASSERT_TRUE(daemon_->wait_for_err("connected,", 2)) << daemon_->err();
  send(64, 70);
  expect_exactly(4, 70);
  EXPECT_TRUE(wait_until([&] { return spool_size() < 20'000; })) << "the file shrinks";
}

TEST_F(Outage, ABrokerThatIsStoppedForSixtyTelegrams) {
  start_connected();
  send(1, 3);
  expect_exactly(1, 3);
  broker_.stop();
  ASSERT_TRUE(daemon_->wait_for_err("trying again")) << daemon_->err();
  send(4, 63);
  restart_broker();
  send(64, 70);
  expect_exactly(4, 70);
}

// What is written to a connection that the broker has ended is gone, and at QoS 0 nobody sends it again.
TEST_F(Outage, AtQos0NothingIsSentToABrokerThatIsGone) {
  config_["MQTT"]["qos"] = "0";
  start_connected();
  constexpr unsigned rounds = 3;
  for (unsigned round = 0; round < rounds; ++round) {
    send(2 * round + 1, 2 * round + 1);
    ASSERT_TRUE(subscriber_->wait_for_part(value_of(2 * round + 1))) << daemon_->err();
    daemon_->signal(SIGSTOP);
    broker_.kill();
    ASSERT_TRUE(meter_.write(dated(2 * round + 2)));
    broker_.start();
    subscriber_ = std::make_unique<Subscriber>(broker_);
    daemon_->signal(SIGCONT);
    ASSERT_TRUE(daemon_->wait_for_err("telegram " + std::to_string(++telegrams_) + ":")) << daemon_->err();
    expect_exactly(2 * round + 2, 2 * round + 2);
  }
}

TEST_F(Outage, ABrokerThatIsStartedLater) {
  start();
  ASSERT_TRUE(daemon_->wait_for_err("no connection")) << daemon_->err();
  send(1, 60);
  restart_broker();
  send(61, 70);
  expect_exactly(1, 70);
}

TEST_F(Outage, ADaemonThatIsKilledLosesAnIntervalAtMost) {
  start_connected();
  kill_broker();
  send(1, 40);
  ASSERT_TRUE(wait_stored(40)) << daemon_->err();
  daemon_->signal(SIGKILL);
  ASSERT_EQ(daemon_->wait_exit(), -SIGKILL);
  broker_.start();
  subscriber_ = std::make_unique<Subscriber>(broker_);
  start();
  send(41, 45);
  expect_exactly(1, 45);
}

TEST_F(Outage, AnOrderlyStopStoresAll) {
  config_["SPOOL"]["flush_interval"] = "3600";
  start_connected();
  kill_broker();
  send(1, 40);
  EXPECT_FALSE(std::filesystem::exists(spool_file())) << "not due yet";
  daemon_->signal(SIGTERM);
  ASSERT_EQ(daemon_->wait_exit(), 0);
  EXPECT_TRUE(contains(daemon_->err(), "messages are spooled")) << daemon_->err();
  broker_.start();
  subscriber_ = std::make_unique<Subscriber>(broker_);
  start();
  send(41, 45);
  expect_exactly(1, 45);
}

TEST_F(Outage, AnOrderlyStopStoresWhatIsUnderWay) {
  start_connected();
  broker_.signal(SIGSTOP);
  send(1, 40);
  daemon_->signal(SIGTERM);
  ASSERT_EQ(daemon_->wait_exit(), 0) << daemon_->err();
  broker_.signal(SIGKILL);
  broker_.kill();
  broker_.start();
  subscriber_ = std::make_unique<Subscriber>(broker_);
  start();
  send(41, 41);
  expect_exactly(1, 41);
}

TEST_F(Outage, ABrokerThatDoesNotAcknowledge) {
  start_connected();
  broker_.signal(SIGSTOP);
  send(1, 40);
  ASSERT_TRUE(wait_stored(40)) << daemon_->err();
  daemon_->signal(SIGKILL);
  ASSERT_EQ(daemon_->wait_exit(), -SIGKILL);
  broker_.signal(SIGCONT);
  start();
  send(41, 45);
  expect_each_at_least_once(1, 45);
}

TEST_F(Outage, ALongBacklogDoesNotDelayLiveMessages) {
  config_["SPOOL"]["drain_rate"] = "20";
  start_connected();
  kill_broker();
  for (unsigned number = 1; number <= 20; ++number) ASSERT_TRUE(meter_.write(numbered_with(number, 26)));
  ASSERT_TRUE(daemon_->wait_for_err("telegram 20:")) << daemon_->err();
  telegrams_ = 20;
  restart_broker();
  ASSERT_TRUE(daemon_->wait_for_err("connected,", 2)) << daemon_->err();
  ASSERT_TRUE(wait_until([&] { return !arrived().empty(); }));
  send(21, 21);
  ASSERT_TRUE(subscriber_->wait_for_part(value_of(21))) << daemon_->err();
  EXPECT_LT(arrived().size(), 21U) << "the backlog, 26 seconds long, is under way";
}

TEST_F(Outage, ADamagedSpoolIsSetAside) {
  dir_.write("spool.db", std::string(10'000, 'x'));
  start_connected();
  kill_broker();
  send(1, 5);
  ASSERT_TRUE(wait_stored(5)) << daemon_->err();
  EXPECT_EQ(count_of(daemon_->err(), "set aside as"), 1U) << daemon_->err();
  EXPECT_TRUE(std::filesystem::exists(spool_file() + ".damaged"));
  restart_broker();
  expect_exactly(1, 5);
}

TEST_F(Outage, WithoutAPlaceMemoryCarriesIt) {
  config_["SPOOL"]["path"] = dir_.file("missing/spool.db");
  start_connected();
  kill_broker();
  send(1, 20);
  ASSERT_TRUE(daemon_->wait_for_err("messages wait in memory only")) << daemon_->err();
  std::filesystem::create_directory(dir_.file("missing"));
  ASSERT_TRUE(daemon_->wait_for_err("works again")) << daemon_->err();
  EXPECT_EQ(count_of(daemon_->err(), "memory only"), 1U) << daemon_->err();
  restart_broker();
  expect_exactly(1, 20);
}

TEST_F(Outage, TheStateDirectoryOfTheServiceIsThePlace) {
  config_["SPOOL"]["path"] = "";
  {
    const Environment service({{"STATE_DIRECTORY", dir_.path()}});
    start_connected();
  }
  kill_broker();
  send(1, 5);
  EXPECT_TRUE(wait_stored(5)) << daemon_->err();
}

TEST_F(Outage, SwitchedOffNothingIsWritten) {
  config_["SPOOL"]["enabled"] = "false";
  start_connected();
  kill_broker();
  send(1, 5);
  daemon_->signal(SIGTERM);
  EXPECT_EQ(daemon_->wait_exit(), 0);
  EXPECT_TRUE(contains(daemon_->err(), "messages were not delivered")) << daemon_->err();
  EXPECT_FALSE(std::filesystem::exists(spool_file()));
}

TEST_F(Outage, TheTimeIsTheOriginalOne) {
  start_connected();
  kill_broker();
  ASSERT_TRUE(meter_.write(telegram({"0-0:1.0.0(240115120000W)", "1-0:1.8.0(000007.000*kWh)"})));
  ASSERT_TRUE(wait_stored(1)) << daemon_->err();
  restart_broker();
  ASSERT_TRUE(subscriber_->wait_for_part(value_of(7))) << daemon_->err();
  EXPECT_TRUE(subscriber_->wait_for_part("\"2024-01-15T11:00:00Z\""));
}

// ---- the connection

TEST_F(Outage, AConnectionThatIsCutInAPacket) {
  broker_.start();
  subscriber_ = std::make_unique<Subscriber>(broker_);
  Proxy proxy(broker_);
  config_["MQTT"]["port"] = std::to_string(proxy.port());
  start();
  ASSERT_TRUE(daemon_->wait_for_err("connected,")) << daemon_->err();
  unsigned number = 0;
  for (const std::size_t bytes : {1U, 2U, 100U, 700U, 1500U}) {
    proxy.cut_after(bytes);
    const auto cuts = proxy.cuts();
    send(number + 1, number + 4);
    number += 4;
    ASSERT_TRUE(wait_until([&] { return proxy.cuts() > cuts; })) << bytes;
  }
  send(number + 1, number + 1);
  expect_each_at_least_once(1, number + 1);
}

TEST_F(Outage, APasswordThatIsRefusedThenAccepted) {
  broker_.set_login({"meter", "new"});
  broker_.start();
  config_["MQTT"]["user"] = "meter";
  config_["MQTT"]["password"] = "old";
  start();
  ASSERT_TRUE(daemon_->wait_for_err("refuses the login")) << daemon_->err();
  send(1, 40);
  ASSERT_TRUE(wait_stored(40));
  broker_.kill();
  broker_.set_login({"meter", "old"});
  restart_broker();
  send(41, 45);
  expect_exactly(1, 45);
}

TEST_F(Outage, AHostNameThatDoesNotResolveThenDoes) {
  constexpr const char* wrapper = "libnss_wrapper.so";
  broker_.start();
  subscriber_ = std::make_unique<Subscriber>(broker_);
  const auto hosts = dir_.write("hosts", "127.0.0.1 localhost\n");
  config_["MQTT"]["host"] = "broker.meter.test";
  {
    const Environment resolver({{"LD_PRELOAD", wrapper},
                                {"NSS_WRAPPER_HOSTS", hosts},
                                {"NSS_WRAPPER_DISABLE_DEEPBIND", "1"},  // AddressSanitizer cannot do with it
                                {"ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0"}});
    start();
  }
  ASSERT_TRUE(daemon_->wait_for_err("no connection")) << daemon_->err();
  send(1, 10);
  dir_.write("hosts", "127.0.0.1 localhost broker.meter.test\n");
  std::filesystem::last_write_time(hosts,
                                   std::filesystem::file_time_type::clock::now() + seconds{60});  // seen as new
  expect_exactly(1, 10);
}

TEST_F(Outage, ABrokerThatIsFrozenForLongerThanTheKeepAlive) {
  config_["MQTT"]["keepalive"] = "1";
  start_connected();
  send(1, 3);
  expect_exactly(1, 3);
  broker_.signal(SIGSTOP);
  send(4, 23);
  ASSERT_TRUE(daemon_->wait_for_err("trying again")) << daemon_->err();
  send(24, 43);
  broker_.signal(SIGCONT);
  expect_each_at_least_once(1, 43);
}

// ---- the meter

TEST_F(Outage, AMeterThatIsUnpluggedAndAgain) {
  start_connected();
  send(1, 5);
  meter_.unplug();
  ASSERT_TRUE(daemon_->wait_for_err("meter:")) << daemon_->err();
  meter_.plug();
  ASSERT_TRUE(daemon_->wait_for_err(": open", 2)) << daemon_->err();
  send(6, 10);
  expect_exactly(1, 10);
}

TEST_F(Outage, AMeterThatIsSilentAndBack) {
  config_["SERIAL"]["serial_timeout"] = "1";
  start_connected();
  send(1, 5);
  ASSERT_TRUE(subscriber_->wait_for_text(meter_topic, "silent")) << daemon_->err();
  send(6, 10);
  expect_exactly(1, 10);
}

TEST_F(Outage, TenMegabytesOfNoise) {
  start_connected();
  send(1, 5);
  std::string noise(10'000'000, '\0');
  std::minstd_rand random(4711);
  for (char& byte : noise) byte = static_cast<char>(random() >> 8);
  ASSERT_TRUE(meter_.write(noise, seconds{120}));
  send(6, 65);
  expect_exactly(1, 65);
}

TEST_F(Outage, TwoDaemonsAtOnePort) {
  start_connected();
  send(1, 5);
  const TempDir second_dir;
  auto second = start_daemon(second_dir, config_, {"-v"});
  ASSERT_TRUE(second->wait_for_err("in use by another program")) << second->err();
  send(6, 60);
  expect_exactly(1, 60);
  EXPECT_EQ(count_of(daemon_->err(), "connected,"), 1U) << "the second has the same client id: " << daemon_->err();
  EXPECT_FALSE(contains(second->err(), "connected,")) << second->err();
  daemon_->signal(SIGTERM);
  ASSERT_EQ(daemon_->wait_exit(), 0);
  ASSERT_TRUE(second->wait_for_err(": open")) << second->err();
  daemon_ = std::move(second);
  telegrams_ = 0;
  send(61, 65);
  expect_exactly(1, 65);
}

// ---- the host

TEST_F(Outage, ADiskThatIsFull) {
  const auto disk = dir_.file("disk");
  std::filesystem::create_directory(disk);
  if (run({"mount", "-t", "tmpfs", "-o", "size=128k", "none", disk}).code != 0) {
    GTEST_SKIP() << "mounting a small disk needs root";
  }
  config_["SPOOL"]["path"] = disk + "/spool.db";
  const auto filler = disk + "/filler";
  std::ofstream(filler) << std::string(120'000, 'x');
  start_connected();
  kill_broker();
  send(1, 60);
  EXPECT_TRUE(daemon_->wait_for_err("the disk is full; messages wait in memory only")) << daemon_->err();
  std::filesystem::remove(filler);
  EXPECT_TRUE(daemon_->wait_for_err("works again")) << daemon_->err();
  EXPECT_EQ(count_of(daemon_->err(), "memory only"), 1U) << daemon_->err();
  restart_broker();
  send(61, 65);
  expect_exactly(1, 65);
  daemon_.reset();
  EXPECT_EQ(run({"umount", disk}).code, 0);
}

TEST_F(Outage, ADiskThatFillsUpDuringIt) {
  const auto disk = dir_.file("disk");
  std::filesystem::create_directory(disk);
  if (run({"mount", "-t", "tmpfs", "-o", "size=512k", "none", disk}).code != 0) {
    GTEST_SKIP() << "mounting a small disk needs root";
  }
  config_["SPOOL"]["path"] = disk + "/spool.db";
  start_connected();
  kill_broker();
  send(1, 20);
  ASSERT_TRUE(wait_stored(20)) << daemon_->err();
  std::ofstream(disk + "/filler") << std::string(520'000, 'x');  // as much as there is room for
  const auto some_intervals = std::chrono::steady_clock::now() + seconds{4};
  unsigned number = 20;
  ASSERT_TRUE(wait_until([&] {
    send(number + 1, number + 5);
    number += 5;
    return std::chrono::steady_clock::now() > some_intervals;
  }));
  EXPECT_EQ(count_of(daemon_->err(), "memory only"), 1U) << daemon_->err();
  EXPECT_EQ(count_of(daemon_->err(), "works again"), 0U) << daemon_->err();
  restart_broker();
  send(number + 1, number + 5);
  expect_exactly(1, number + 5);
  EXPECT_TRUE(wait_until([&] { return spool_size_at(disk) < 100'000; })) << spool_size_at(disk);
  daemon_.reset();
  EXPECT_EQ(run({"umount", disk}).code, 0);
}

TEST_F(Outage, AnOrderlyStopWaitsForASlowDisk) {
  config_["SPOOL"]["flush_interval"] = "3600";
  {
    const Environment slow({{"LD_PRELOAD", SLOW_DISK}, {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
    start_connected();
  }
  kill_broker();
  send(1, 40);
  daemon_->signal(SIGTERM);
  ASSERT_EQ(daemon_->wait_exit(), 0);
  broker_.start();
  subscriber_ = std::make_unique<Subscriber>(broker_);
  start();
  send(41, 45);
  expect_exactly(1, 45);
}

TEST_F(Outage, AClockThatIsSteppedByAYear) {
  const auto stamps = dir_.write("clock", "+0\n");
  {
    const Environment clock({{"LD_PRELOAD", "/usr/lib/" MULTIARCH "/faketime/libfaketimeMT.so.1"},
                             {"FAKETIME_TIMESTAMP_FILE", stamps},
                             {"FAKETIME_NO_CACHE", "1"},
                             {"DONT_FAKE_MONOTONIC", "1"},
                             {"ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0"}});
    start_connected();
  }
  kill_broker();
  send(1, 10);
  ASSERT_TRUE(wait_stored(10)) << daemon_->err();
  dir_.write("clock", "+1y\n");
  send(11, 20);
  ASSERT_TRUE(wait_stored(20)) << daemon_->err();
  dir_.write("clock", "-1y\n");
  send(21, 30);
  ASSERT_TRUE(wait_stored(30)) << daemon_->err();
  restart_broker();
  send(31, 35);
  expect_exactly(1, 35);
}

// ---- memory

// In portions, since what waits takes memory too. Four bytes of each message would be too much.
TEST_F(Outage, MemoryDoesNotGrow) {
  if (is_sanitized) GTEST_SKIP() << "sanitizers keep memory that was given back";
  broker_.start();
  subscriber_ = std::make_unique<Subscriber>(broker_);
  daemon_ = start_daemon(dir_, config_, {});
  ASSERT_TRUE(daemon_->wait_for_err("connected,")) << daemon_->err();
  const auto send_until = [this](unsigned last) {
    constexpr unsigned portion = 100;
    while (telegrams_ < last) {
      std::string bytes;
      for (unsigned i = 0; i < portion; ++i) bytes += numbered_with(++telegrams_, 10);
      ASSERT_TRUE(meter_.write(bytes));
      ASSERT_TRUE(subscriber_->wait_for_part(value_of(telegrams_))) << daemon_->err();
      subscriber_->forget();
    }
  };
  ASSERT_NO_FATAL_FAILURE(send_until(4'000));
  const auto before = daemon_->memory();
  ASSERT_NO_FATAL_FAILURE(send_until(20'000));
  const auto after = daemon_->memory();
  RecordProperty("kilobytes", std::to_string(after));
  EXPECT_LE(after, before + before / 20) << "kB after 20000 telegrams, from " << before << " after 4000";
}

}  // namespace
}  // namespace itest
