#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "decode.hpp"
#include "encrypt.hpp"
#include "live.hpp"

// [RAW]: the telegram as received, at a topic and at a TCP port.
namespace itest {
namespace {

const std::string equipment_id = "0-0:96.1.1(4530303433303037)";  // E0043007
const std::string serving = "telegrams are served at 127.0.0.1:";

class TcpClient {
 public:
  explicit TcpClient(std::uint16_t port, int receive_buffer = 0) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~TcpClient() { ::close(socket_); }
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;

  bool is_connected() const noexcept { return connected_; }
  void send(std::string_view bytes) const { ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  void say_nothing_more() const { ::shutdown(socket_, SHUT_WR); }

  // Everything that came, as soon as it is at least so many bytes.
  std::string read(std::size_t bytes, milliseconds deadline = patience) {
    wait_until(
        [&] {
          read_some();
          return received_.size() >= bytes || is_closed_;
        },
        deadline);
    return received_;
  }
  bool wait_closed() {
    return wait_until([&] {
      read_some();
      return is_closed_;
    });
  }
  bool is_closed() const noexcept { return is_closed_; }

 private:
  void read_some() {
    std::array<char, 65536> buffer{};
    pollfd waiting{socket_, POLLIN, 0};
    while (!is_closed_ && ::poll(&waiting, 1, 0) == 1) {
      const auto size = ::recv(socket_, buffer.data(), buffer.size(), 0);
      is_closed_ = size <= 0;
      if (size > 0) received_.append(buffer.data(), static_cast<std::size_t>(size));
    }
  }

  int socket_ = -1;
  bool connected_ = false;
  bool is_closed_ = false;
  std::string received_;
};

std::size_t open_files(const Process& process) {
  const auto folder = "/proc/" + std::to_string(process.pid()) + "/fd";
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

// The daemon at a pseudo terminal, its telegrams at a TCP port.
class RawTcp : public testing::Test {
 protected:
  void start(const Arguments& arguments = {}) {
    config_["SERIAL"]["serial_port"] = meter_.name();
    config_["RAW"]["tcp_port"] = std::to_string(port_);
    Arguments all = {"-v", "--dry-run"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    daemon_ = start_daemon(dir_, config_, all);
    ASSERT_TRUE(daemon_->wait_for_err(": open")) << daemon_->err();
  }

  // A telegram that is known to have come.
  std::string send(unsigned number, const std::vector<std::string>& more = {}) {
    const auto text = numbered(number, more);
    ++sent_;
    EXPECT_TRUE(meter_.write(text));
    EXPECT_TRUE(daemon_->wait_for_err("telegram " + std::to_string(sent_) + ":")) << daemon_->err();
    return text;
  }

  void reload() { ASSERT_TRUE(take_over(dir_, config_, *daemon_)) << daemon_->err(); }

  TempDir dir_;
  ConfigText config_ = config_for();
  std::uint16_t port_ = free_port();
  Pty meter_{dir_.file("meter")};
  std::unique_ptr<Process> daemon_;
  unsigned sent_ = 0;
};

class RawAtBroker : public LiveMeterTest {};

TEST_F(RawAtBroker, HasTheTelegramAsReceived) {
  start({{"RAW", {{"topic", "p1/{guid}/{meter}"}}}});
  auto damaged = numbered(2);
  damaged[40] ^= 1;
  const auto first = numbered(1, {equipment_id});
  const auto third = numbered(3, {equipment_id, "0-0:96.13.0()", "1-0:99.97.0(blank  \\ and\ttab)"});
  ASSERT_TRUE(meter_.write("noise\r\n" + first + damaged + "\r\n" + third));
  const auto topic = "p1/" + base_guid + "/E0043007";
  ASSERT_TRUE(subscriber_.wait_for([&](const auto&) { return count(topic) >= 2; }));
  const auto raw = subscriber_.messages("p1/");
  ASSERT_EQ(raw.size(), 2U) << "a damaged telegram is published, or one twice";
  EXPECT_EQ(raw[0].payload, first);
  EXPECT_EQ(raw[1].payload, third);
  EXPECT_EQ(raw[0].qos, 1);
  stop();
  const Subscriber later(broker_);
  EXPECT_TRUE(later.messages("p1/").empty()) << "the broker kept it";
}

TEST(RawTopic, IsKeptByTheBrokerOnRequest) {
  const TempDir dir;
  const Broker broker;
  auto config = config_for(&broker);
  config["RAW"] = {{"topic", "p1/{meter}"}, {"retain", "true"}};
  const auto capture = dir.write("telegrams.txt", numbered(1) + numbered(2));
  const auto daemon = start_daemon(dir, config, {"--source", "file:" + capture});
  ASSERT_EQ(daemon->wait_exit(), 0) << daemon->err();
  const Subscriber later(broker);
  EXPECT_TRUE(later.wait_for_text("p1/TST5_integration", numbered(2)));
  EXPECT_EQ(later.messages("p1/").size(), 1U);
  EXPECT_TRUE(later.messages("vscp/").empty()) << "events are kept too";
}

TEST(RawTopic, HasTheTextOfAnEncryptedTelegram) {
  auto config = config_for();
  config["SERIAL"]["decryption_key"] = encrypt::key_hex;
  config["RAW"]["topic"] = "p1/raw";
  const auto result = dry_run(config, encrypt::telegram(numbered(7), 1));
  std::string payload;
  for (const auto& line : lines_of(result.out)) {
    if (line.starts_with("p1/raw ")) payload = parse_line(line).payload;
  }
  EXPECT_EQ(payload, numbered(7)) << result.out;
}

TEST(RawTopic, WorksWithoutVscp) {
  auto config = config_for();
  config["GENERAL"]["no_vscp"] = "true";
  config["RAW"]["topic"] = "p1/raw";
  EXPECT_EQ(count_of(dry_run(config, numbered(1)).out, "p1/raw hex:"), 1U);
}

TEST_F(RawTcp, EveryClientGetsEveryTelegramWholeAndAsReceived) {
  start();
  ASSERT_TRUE(daemon_->wait_for_err(serving + std::to_string(port_)));
  TcpClient first(port_);
  TcpClient second(port_);
  ASSERT_TRUE(first.is_connected() && second.is_connected());
  first.send("what clients send is thrown away\r\n");
  ASSERT_TRUE(meter_.write("noise\r\n"));
  std::string all;
  for (unsigned number = 1; number <= 5; ++number) all += send(number, {"0-0:96.13.0(two  blanks)"});
  EXPECT_EQ(first.read(all.size()), all);
  EXPECT_EQ(second.read(all.size()), all);
}

TEST_F(RawTcp, AClientThatComesInTheMiddleBeginsWithTheTelegramThatEndsThen) {
  start();
  ASSERT_TRUE(daemon_->wait_for_err(serving));
  const auto whole = numbered(1);
  ASSERT_TRUE(meter_.write(whole.substr(0, 40)));
  TcpClient client(port_);
  ASSERT_TRUE(client.is_connected());
  ASSERT_TRUE(meter_.write(whole.substr(40)));
  const auto next = numbered(2);
  ASSERT_TRUE(meter_.write(next));
  EXPECT_EQ(client.read(whole.size() + next.size()), whole + next);
}

TEST_F(RawTcp, ADamagedTelegramIsNotServed) {
  start();
  ASSERT_TRUE(daemon_->wait_for_err(serving));
  TcpClient client(port_);
  auto damaged = numbered(1);
  damaged[40] ^= 1;
  ASSERT_TRUE(meter_.write(damaged));
  const auto good = send(2);
  EXPECT_EQ(client.read(good.size()), good);
}

TEST_F(RawTcp, WhoDoesNotReadIsDroppedAndDisturbsNobody) {
  start();
  ASSERT_TRUE(daemon_->wait_for_err(serving));
  TcpClient lazy(port_, 4096);
  TcpClient busy(port_);
  ASSERT_TRUE(lazy.is_connected() && busy.is_connected());
  const std::vector<std::string> long_lines(20, "0-0:96.13.0(" + std::string(900, '3') + ")");
  std::string all;
  for (unsigned number = 1; number <= 200 && !contains(daemon_->err(), "does not keep up"); ++number) {
    all += send(number, long_lines);
    ASSERT_EQ(busy.read(all.size()).size(), all.size());
  }
  EXPECT_TRUE(contains(daemon_->err(), "does not keep up, dropped")) << "after " << all.size() << " bytes";
  EXPECT_LT(all.size(), 1'000'000U) << "too much is kept for it";
  all += send(999);
  EXPECT_EQ(busy.read(all.size()), all);
  EXPECT_TRUE(lazy.wait_closed());
  EXPECT_EQ(count_of(daemon_->err(), "does not keep up"), 1U) << daemon_->err();
  const auto got = lazy.read(1);
  EXPECT_EQ(got, all.substr(0, got.size())) << "what it did get is not the begin of the telegrams";
}

TEST_F(RawTcp, ClientsThatCloseAreLetGoAndThoseThatOnlySayNothingMoreStay) {
  start();
  ASSERT_TRUE(daemon_->wait_for_err(serving));
  const auto before = open_files(*daemon_);
  TcpClient listener(port_);
  listener.say_nothing_more();
  for (int i = 0; i < 10; ++i) {
    const TcpClient visitor(port_);
    ASSERT_TRUE(visitor.is_connected());
  }
  std::string all;
  for (unsigned number = 1; number <= 4; ++number) all += send(number);
  EXPECT_EQ(listener.read(all.size()), all);
  EXPECT_TRUE(wait_until([&] { return open_files(*daemon_) == before + 1; })) << open_files(*daemon_) - before;
}

TEST_F(RawTcp, APortInUseIsSaidOnceAndTakenWhenItIsFree) {
  const auto other = std::make_unique<Broker>();
  port_ = other->port();
  start();
  ASSERT_TRUE(daemon_->wait_for_err("tcp_port " + std::to_string(port_) +
                                    ": in use by another program — set another tcp_port; trying again"))
      << daemon_->err();
  send(1);
  EXPECT_FALSE(daemon_->wait_exit(milliseconds{1500}));  // the retry after 1 s
  other->stop();
  ASSERT_TRUE(daemon_->wait_for_err(serving)) << daemon_->err();
  EXPECT_EQ(count_of(daemon_->err(), "in use by another program"), 1U) << daemon_->err();
  TcpClient client(port_);
  const auto telegram = send(2);
  EXPECT_EQ(client.read(telegram.size()), telegram);
}

TEST_F(RawTcp, AnotherDaemonReadsItAsItsMeter) {
  start();
  ASSERT_TRUE(daemon_->wait_for_err(serving));
  const TempDir other_dir;
  const auto other = start_daemon(other_dir, config_for(),
                                  {"-v", "--dry-run", "--source", "tcp://127.0.0.1:" + std::to_string(port_)});
  ASSERT_TRUE(other->wait_for_err(": open")) << other->err();
  std::vector<std::string> values;
  for (unsigned number = 1; number <= 10; ++number) {
    send(number);
    ASSERT_TRUE(other->wait_for_err("telegram " + std::to_string(number) + ":")) << other->err();
  }
  daemon_->signal(SIGTERM);
  EXPECT_EQ(daemon_->wait_exit(), 0);
  EXPECT_TRUE(other->wait_for_err("closed at the other end"));
  other->signal(SIGTERM);
  EXPECT_EQ(other->wait_exit(), 0);
  EXPECT_TRUE(contains(other->err(), "telegrams: 10 good; dropped: none")) << other->err();
  const auto events = [](const std::string& out) {
    std::vector<std::string> found;
    for (const auto& event : readings_in(out)) found.push_back(decode_value(event).text);
    return found;
  };
  EXPECT_EQ(events(other->out()), events(daemon_->out()));
}

TEST_F(RawTcp, AReloadKeepsClientsUnlessThePortIsAnotherOne) {
  start();
  ASSERT_TRUE(daemon_->wait_for_err(serving));
  TcpClient client(port_);
  auto all = send(1);
  ASSERT_EQ(client.read(all.size()), all);
  config_["GENERAL"]["skip_zero"] = "true";
  reload();
  all += send(2);
  EXPECT_EQ(client.read(all.size()), all);
  const auto old_port = port_;
  port_ = free_port();
  config_["RAW"]["tcp_port"] = std::to_string(port_);
  reload();
  EXPECT_TRUE(client.wait_closed());
  EXPECT_FALSE(TcpClient(old_port).is_connected());
  TcpClient moved(port_);
  const auto third = send(3);
  EXPECT_EQ(moved.read(third.size()), third);
  config_["RAW"]["tcp_port"] = "0";
  reload();
  EXPECT_TRUE(moved.wait_closed());
  EXPECT_FALSE(TcpClient(port_).is_connected());
}

TEST_F(RawTcp, ManyClientsLeaveRoomForPortAndBroker) {
  const Broker broker;
  config_ = config_for(&broker);
  config_["SERIAL"]["serial_port"] = meter_.name();
  config_["RAW"]["tcp_port"] = std::to_string(port_);
  dir_.write("config.ini", to_text(config_));
  Process daemon({"sh", "-c", std::string("ulimit -n 100; exec ") + VSCP_P1D + " -v -c " + dir_.file("config.ini")});
  ASSERT_TRUE(daemon.wait_for_err(serving));
  ASSERT_TRUE(daemon.wait_for_err("connected,"));
  std::vector<std::unique_ptr<TcpClient>> clients;
  for (int i = 0; i < 150; ++i) clients.push_back(std::make_unique<TcpClient>(port_));
  ASSERT_TRUE(daemon.wait_for_err("no more are let in")) << daemon.err();
  meter_.unplug();
  ASSERT_TRUE(daemon.wait_for_err("unplugged"));
  meter_.plug();
  ASSERT_TRUE(daemon.wait_for_err(": open", 2)) << daemon.err();
  const auto telegram = numbered(1);
  ASSERT_TRUE(meter_.write(telegram));
  EXPECT_EQ(clients.front()->read(telegram.size()), telegram);
  EXPECT_TRUE(clients.back()->wait_closed());
  EXPECT_EQ(count_of(daemon.err(), "no more are let in"), 1U);
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait_exit(), 0);
}

struct WrongKey {
  const char* name;
  const char* key;
  const char* value;
  const char* fault;
};
void PrintTo(const WrongKey& wrong, std::ostream* out) { *out << wrong.name; }

class RawFaults : public testing::TestWithParam<WrongKey> {};

TEST_P(RawFaults, AreToldByCheck) {
  const auto& wrong = GetParam();
  const TempDir dir;
  auto config = config_for();
  config["RAW"][wrong.key] = wrong.value;
  dir.write("config.ini", to_text(config));
  const auto result = run_daemon(dir, {"--check"});
  EXPECT_EQ(result.code, 78);
  EXPECT_TRUE(contains(result.err, wrong.fault)) << result.err;
}

INSTANTIATE_TEST_SUITE_P(
    All, RawFaults,
    testing::Values(WrongKey{"below_vscp", "topic", "vscp/raw", "must not be below vscp/"},
                    WrongKey{"vscp_itself", "topic", "vscp", "must not be below vscp/"},
                    WrongKey{"below_a_meter", "topic", "{meter}/raw", "must not begin with {meter}"},
                    WrongKey{"other_token", "topic", "p1/{class}", "there are {guid} {meter}"},
                    WrongKey{"port", "tcp_port", "65536", "must be a number from 0 to 65535"},
                    WrongKey{"name_for_address", "tcp_address", "localhost", "must be an address of this host"},
                    WrongKey{"no_address", "tcp_address", "", "must be an address of this host"}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace itest
