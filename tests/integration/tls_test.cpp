#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>

#include "certificates.hpp"
#include "decode.hpp"
#include "harness.hpp"

// The way to the broker: whom the daemon trusts, what it says about those it does not, and where it goes instead.
namespace itest {
namespace {

// ---- a broker with TLS, and the daemon

// Lines of mosquitto.conf.
std::string tls_listener(std::uint16_t port, const Identity& identity, const std::string& ca_file,
                         const std::string& more = {}, const std::string& address = "127.0.0.1") {
  return "listener " + std::to_string(port) + " " + address + "\ncafile " + ca_file + "\ncertfile " +
         identity.certificate + "\nkeyfile " + identity.key + "\n" + more;
}

// Has a plain listener too, for the subscriber.
class TlsBroker : public Broker {
 public:
  TlsBroker(const Identity& identity, const Authority& authority, const std::string& more = {},
            const std::optional<Login>& login = {})
      : TlsBroker(free_port(), identity, authority, more, login) {}

  std::uint16_t tls_port() const noexcept { return tls_port_; }
  std::string tls_host() const { return "localhost:" + std::to_string(tls_port_); }
  bool let_somebody_in() const { return contains(log(), "New client connected"); }

 private:
  TlsBroker(std::uint16_t port, const Identity& identity, const Authority& authority, const std::string& more,
            const std::optional<Login>& login)
      : Broker(login, true, tls_listener(port, identity, authority.file(), more)), tls_port_(port) {}

  std::uint16_t tls_port_;
};

ConfigText tls_config(const std::string& host, const std::string& ca_file) {
  auto config = config_for();
  config["MQTT"]["host"] = host;
  config["MQTT"]["tls"] = "true";
  if (!ca_file.empty()) config["MQTT"]["ca_file"] = ca_file;
  return config;
}

// Reads telegrams from a pipe.
struct Station {
  explicit Station(const ConfigText& config, const Arguments& more = {}) {
    Arguments arguments = {"-v", "--source", "-"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    daemon = start_daemon(dir, config, arguments, Process::Input::pipe);
  }

  // Returns when the daemon has read it, wherever it went then.
  bool send(unsigned number) {
    daemon->write(numbered(number));
    return daemon->wait_for_err("telegram " + std::to_string(++sent) + ":");
  }
  bool says(const std::string& text, std::size_t times = 1) const { return daemon->wait_for_err(text, times); }
  std::string err() const { return daemon->err(); }

  TempDir dir;
  std::unique_ptr<Process> daemon;
  unsigned sent = 0;
};

// A variable of the environment that the daemon inherits.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Environment() { ::unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
};

class Tls : public testing::Test {
 protected:
  Authority authority{"Test authority"};
  Authority stranger{"Some other authority"};
  Identity right = authority.issue("right");
};

// ---- the right broker

TEST_F(Tls, TheRightBrokerGetsEverything) {
  const TlsBroker broker(right, authority);
  const Subscriber subscriber(broker);
  for (const std::string host : {"localhost", "127.0.0.1"}) {
    Station station(tls_config(host + ":" + std::to_string(broker.tls_port()), authority.file()));
    for (unsigned number = 1; number <= 5; ++number) ASSERT_TRUE(station.send(number));
    ASSERT_TRUE(subscriber.wait_for_part(value_of(5))) << station.err();
    EXPECT_TRUE(subscriber.wait_for_text(status_topic, "online"));
    EXPECT_TRUE(station.says("broker " + host + ":" + std::to_string(broker.tls_port()) + ": connected,"));
    station.daemon->signal(SIGTERM);
    EXPECT_EQ(station.daemon->wait_exit(), 0);
    EXPECT_TRUE(subscriber.wait_for_text(status_topic, "offline"));
    EXPECT_FALSE(contains(station.err(), "warning")) << station.err();
  }
  const auto all = range(1, 5);
  auto twice = all;
  twice.insert(twice.end(), all.begin(), all.end());
  EXPECT_EQ(numbers_in(subscriber.messages("vscp/")), twice);
}

TEST_F(Tls, AnAddressOfIpv6StandsInBrackets) {
  const auto port = free_port();
  const Broker broker({}, true, tls_listener(port, right, authority.file(), {}, "::1"));
  const Station right_one(tls_config("[::1]:" + std::to_string(port), authority.file()));
  EXPECT_TRUE(right_one.says("broker [::1]:" + std::to_string(port) + ": connected,")) << right_one.err();
  const auto other_port = free_port();
  const auto wrong = authority.issue("wrong", {.names = "IP:::2"});
  const Broker other({}, true, tls_listener(other_port, wrong, authority.file(), {}, "::1"));
  const Station wrong_one(tls_config("[::1]:" + std::to_string(other_port), authority.file()));
  EXPECT_TRUE(wrong_one.says("its certificate is for \"::2\", not for \"::1\"")) << wrong_one.err();
}

TEST_F(Tls, PlainIpv6Too) {
  const auto port = free_port();
  const Broker broker({}, true, "listener " + std::to_string(port) + " ::1\n");
  auto config = config_for();
  config["MQTT"]["host"] = "::1";
  config["MQTT"]["port"] = std::to_string(port);
  const Station station(config);
  EXPECT_TRUE(station.says("broker [::1]:" + std::to_string(port) + ": connected,")) << station.err();
}

TEST_F(Tls, WithoutACaFileTheHostsAuthoritiesCount) {
  const TlsBroker broker(right, authority);
  const Station without(tls_config(broker.tls_host(), ""));
  EXPECT_TRUE(without.says("unknown authority")) << without.err();
  const Environment store("SSL_CERT_FILE", authority.file());
  const Station with(tls_config(broker.tls_host(), ""));
  EXPECT_TRUE(with.says("connected,")) << with.err();
}

TEST_F(Tls, ItsPortIs8883WhenNoneIsSet) {
  const TempDir dir;
  const auto port_shown = [&dir](const std::string& text) {
    dir.write("config.ini", "[MQTT]\n" + text);
    const auto out = run_daemon(dir, {"--check"}).out;
    const auto at = out.find("\nport = ");
    return at == std::string::npos ? out : out.substr(at + 8, out.find('\n', at + 1) - at - 8);
  };
  EXPECT_EQ(port_shown("tls = true\n"), "8883");
  EXPECT_EQ(port_shown("tls = true\nport = 1883\n"), "1883");
  EXPECT_EQ(port_shown("port = 1884\ntls = true\n"), "1884");
  EXPECT_EQ(port_shown("tls = false\n"), "1883");
}

// ---- brokers that are refused, and why

// Never connected, told once, and neither the password nor anything else reached it.
void expect_refusal(const Station& station, const TlsBroker& broker, const std::vector<std::string>& parts) {
  ASSERT_TRUE(station.says("; trying again")) << station.err();
  const auto line = station.err().substr(station.err().find("warning: broker"));
  for (const auto& part : parts) EXPECT_TRUE(contains(line, part)) << part << "\n" << station.err();
  EXPECT_TRUE(contains(line, "warning: broker " + broker.tls_host() + ": ")) << line;
  ASSERT_TRUE(wait_until([&] { return count_of(broker.log(), "New connection from") >= 3; })) << broker.log();
  EXPECT_EQ(count_of(station.err(), "trying again"), 1U) << station.err();
  EXPECT_FALSE(contains(station.err(), "connected,")) << station.err();
  EXPECT_FALSE(broker.let_somebody_in()) << broker.log();
}

TEST_F(Tls, RefusesABrokerAndNamesTheReason) {
  struct Case {
    Identity identity;
    std::string ca_file;
    std::vector<std::string> reason;
  };
  const std::vector<Case> cases = {
      {authority.issue("expired", {.valid_from = hours{-48}, .valid_to = hours{-24}}),
       authority.file(),
       {"its certificate has expired (notAfter 20", "renew it, or check this host's clock"}},
      {authority.issue("early", {.valid_from = hours{24}, .valid_to = hours{48}}),
       authority.file(),
       {"its certificate is not yet valid (notBefore 20", "check this host's clock"}},
      {authority.issue("other", {.names = "DNS:other.example,DNS:*.more.example"}),
       authority.file(),
       {"its certificate is for \"other.example\", \"*.more.example\", not for \"localhost\"", "set host"}},
      {authority.issue("address", {.names = "IP:192.0.2.7"}),
       authority.file(),
       {"its certificate is for \"192.0.2.7\", not for \"localhost\""}},
      {authority.issue("nameless.example", {.names = ""}),
       authority.file(),
       {"its certificate is for \"CN=nameless.example\", not for \"localhost\""}},
      {right,
       stranger.file(),
       {"its certificate was signed by an unknown authority, \"CN=Test authority\"", "set ca_file"}},
      {authority.issue("client", {.usage = "clientAuth"}), authority.file(), {"not meant for this use"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.identity.certificate);
    const TlsBroker broker(c.identity, authority);
    auto config = tls_config(broker.tls_host(), c.ca_file);
    config["MQTT"]["user"] = "meter";
    config["MQTT"]["password"] = "hushhush";
    const Station station(config);
    expect_refusal(station, broker, c.reason);
    EXPECT_FALSE(contains(station.err() + broker.log(), "hushhush"));
  }
}

TEST_F(Tls, AnAddressMustBeInTheCertificateToo) {
  const TlsBroker broker(authority.issue("name", {.names = "DNS:localhost"}), authority);
  const Station station(tls_config("127.0.0.1:" + std::to_string(broker.tls_port()), authority.file()));
  EXPECT_TRUE(station.says("its certificate is for \"localhost\", not for \"127.0.0.1\"")) << station.err();
  EXPECT_FALSE(broker.let_somebody_in());
}

TEST_F(Tls, NamesInACertificateAreShownPrintable) {
  const TlsBroker broker(authority.issue("odd", {.names = "DNS:a\x1b[31m\nb"}), authority);
  const Station station(tls_config(broker.tls_host(), authority.file()));
  EXPECT_TRUE(station.says("is for \"a?[31m?b\", not for")) << station.err();
}

TEST_F(Tls, InsecureTakesAnyCertificateAndWarns) {
  for (const auto& identity : {authority.issue("expired", {.valid_from = hours{-48}, .valid_to = hours{-24}}),
                               authority.issue("other", {.names = "DNS:other.example"}), stranger.issue("unknown")}) {
    SCOPED_TRACE(identity.certificate);
    const TlsBroker broker(identity, authority);
    auto config = tls_config(broker.tls_host(), authority.file());
    config["MQTT"]["tls_insecure"] = "true";
    const Station station(config);
    EXPECT_TRUE(station.says("connected,")) << station.err();
    EXPECT_TRUE(contains(station.err(), "warning: tls_insecure: any certificate is taken")) << station.err();
  }
}

TEST_F(Tls, APlainPortIsNamed) {
  const TlsBroker broker(right, authority);
  const Station station(tls_config("localhost:" + std::to_string(broker.port()), authority.file()));
  EXPECT_TRUE(station.says("it closes the connection in the TLS handshake — ")) << "that is all there is to see";
  EXPECT_FALSE(contains(station.err(), "tls = false")) << station.err();
  TcpServer chatty;  // answers, but in another language
  chatty.listen();
  const Station other(tls_config("127.0.0.1:" + std::to_string(chatty.port()), authority.file()));
  for (int times = 0; times < 2; ++times) {
    ASSERT_TRUE(chatty.accept());
    chatty.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  }
  EXPECT_TRUE(other.says("it does not speak TLS on this port — ")) << other.err();
}

// Neither proves that it does not speak TLS.
TEST_F(Tls, ABrokerThatIsMuteOrHangsUpKeepsTheEncryption) {
  TlsBroker frozen(right, authority);
  frozen.signal(SIGSTOP);  // the kernel still accepts
  const Station waiting(tls_config(frozen.tls_host(), authority.file()));
  TcpServer curt;
  curt.listen();
  const Station refused(tls_config("127.0.0.1:" + std::to_string(curt.port()), authority.file()));
  for (int times = 0; times < 2; ++times) {
    ASSERT_TRUE(curt.accept());
    curt.hang_up();
  }
  EXPECT_TRUE(refused.says("it closes the connection in the TLS handshake — check that the port")) << refused.err();
  constexpr seconds paho_and_probe{40};  // ten, a pause and three, on a fast machine
  EXPECT_TRUE(waiting.daemon->wait_for_err("it accepts connections but does not answer — ", 1, paho_and_probe))
      << waiting.err();
  for (const auto* station : {&waiting, &refused}) {
    EXPECT_FALSE(contains(station->err(), "does not speak TLS")) << station->err();
    EXPECT_FALSE(contains(station->err(), "tls = false")) << station->err();
  }
  frozen.signal(SIGCONT);
  EXPECT_TRUE(waiting.says("connected,")) << waiting.err();
}

TEST_F(Tls, ATlsPortIsNamedToo) {
  const TlsBroker broker(right, authority, "require_certificate true\n");
  auto config = config_for();
  config["MQTT"]["host"] = broker.tls_host();
  const Station station(config);
  EXPECT_TRUE(station.says("it speaks TLS on this port — set tls = true in section [MQTT]")) << station.err();
}

TEST_F(Tls, ABrokerThatIsAwayIsNoMatterOfTls) {
  const Station station(tls_config("127.0.0.1:" + std::to_string(free_port()), authority.file()));
  EXPECT_TRUE(station.says("no connection — Connection refused: check host and port")) << station.err();
}

TEST_F(Tls, ARepairedCertificateIsTakenWithoutARestart) {
  const auto expired = authority.issue("changing", {.valid_from = hours{-48}, .valid_to = hours{-24}});
  TlsBroker broker(expired, authority);
  const Station station(tls_config(broker.tls_host(), authority.file()));
  ASSERT_TRUE(station.says("has expired")) << station.err();
  authority.issue("changing");
  broker.kill();
  broker.start();
  EXPECT_TRUE(station.says("connected,")) << station.err();
}

// ---- the certificate of this client

TEST_F(Tls, MutualTls) {
  const auto mine = authority.issue("mine");
  for (const std::string version : {"tlsv1.2", "tlsv1.3"}) {
    SCOPED_TRACE(version);
    const TlsBroker broker(right, authority,
                           "require_certificate true\nuse_identity_as_username true\ntls_version " + version + "\n");
    auto config = tls_config(broker.tls_host(), authority.file());
    const Station without(config);
    expect_refusal(without, broker, {"it wants a client certificate — set cert_file and key_file"});
    config["MQTT"]["cert_file"] = mine.certificate;
    config["MQTT"]["key_file"] = mine.key;
    const Station with(config);
    EXPECT_TRUE(with.says("connected,")) << with.err();
    EXPECT_TRUE(broker.wait_for_log("u'mine')")) << broker.log();
  }
}

TEST_F(Tls, AClientCertificateThatTheBrokerRefuses) {
  const auto foreign = stranger.issue("foreign");
  const auto expired = authority.issue("old", {.valid_from = hours{-48}, .valid_to = hours{-24}});
  const auto server = authority.issue("server", {.usage = "serverAuth"});
  for (const std::string version : {"tlsv1.2", "tlsv1.3"}) {
    SCOPED_TRACE(version);
    for (const auto& [identity, reason] :
         {std::pair(foreign, "it refuses the certificate in cert_file: unknown CA"),
          std::pair(expired, "it refuses the certificate in cert_file: it has expired — renew it"),
          std::pair(server, "it must be one for clients (extendedKeyUsage clientAuth)")}) {
      const TlsBroker broker(right, authority, "require_certificate true\ntls_version " + version + "\n");
      auto config = tls_config(broker.tls_host(), authority.file());
      config["MQTT"]["cert_file"] = identity.certificate;
      config["MQTT"]["key_file"] = identity.key;
      const Station station(config);
      expect_refusal(station, broker, {reason});
    }
  }
}

TEST_F(Tls, AKeyWithAPassword) {
  const TlsBroker broker(right, authority, "require_certificate true\n");
  const auto mine = authority.issue("mine", {.key_password = "open sesame"});
  auto config = tls_config(broker.tls_host(), authority.file());
  config["MQTT"]["cert_file"] = mine.certificate;
  config["MQTT"]["key_file"] = mine.key;
  config["MQTT"]["key_password"] = "open sesame";
  const Station station(config, {"-d"});
  EXPECT_TRUE(station.says("connected,")) << station.err();
  EXPECT_FALSE(contains(station.err(), "sesame"));
  const auto shown = run_daemon(station.dir, {"--check"});
  EXPECT_TRUE(contains(shown.out, "\nkey_password = ********\n")) << shown.out;
  EXPECT_FALSE(contains(shown.out + shown.err, "sesame"));

  config["MQTT"].erase("key_password");
  const TempDir credentials;
  credentials.write("mqtt_key_password", "open sesame\n");
  const Environment directory("CREDENTIALS_DIRECTORY", credentials.path());
  const Station other(config);
  EXPECT_TRUE(other.says("connected,")) << other.err();
}

TEST_F(Tls, CertificateAndKeyMayBeOneFile) {
  const TlsBroker broker(right, authority, "require_certificate true\n");
  const auto mine = authority.issue("mine");
  const TempDir dir;
  const auto both = dir.write("both.pem", read_file(mine.certificate) + read_file(mine.key));
  auto config = tls_config(broker.tls_host(), authority.file());
  config["MQTT"]["cert_file"] = both;
  config["MQTT"]["key_file"] = both;
  const Station station(config);
  EXPECT_TRUE(station.says("connected,")) << station.err();
}

// ---- versions and protocols

TEST_F(Tls, Version12AndVersion13) {
  for (const std::string version : {"tlsv1.2", "tlsv1.3"}) {
    const TlsBroker broker(right, authority, "tls_version " + version + "\n");
    const Station station(tls_config(broker.tls_host(), authority.file()));
    EXPECT_TRUE(station.says("connected,")) << version << station.err();
  }
}

// `openssl s_server`, ready when the constructor returns.
class TlsServer {
 public:
  TlsServer(const Identity& identity, const Arguments& more) : port_(free_port()) {
    Arguments command = {"openssl", "s_server",           "-accept", "127.0.0.1:" + std::to_string(port_),
                         "-cert",   identity.certificate, "-key",    identity.key};
    command.insert(command.end(), more.begin(), more.end());
    process_ = std::make_unique<Process>(command, Process::Options{{}, Process::Input::pipe, {}});
    if (!says("ACCEPT")) throw std::runtime_error("openssl s_server: " + process_->err());
  }

  std::string host() const { return "localhost:" + std::to_string(port_); }
  std::string out() const { return process_->out(); }
  bool says(const std::string& text) const {
    return process_->wait_for_out([&](const std::string& out) { return contains(out, text); });
  }

 private:
  std::uint16_t port_;
  std::unique_ptr<Process> process_;
};

// Also on a host whose OpenSSL is configured to speak old versions.
TEST_F(Tls, OlderVersionsAreRefusedWhateverTheHostAllows) {
  const TempDir dir;
  const Environment lenient("OPENSSL_CONF",
                            dir.write("openssl.cnf",
                                      "openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = all\n"
                                      "[all]\nMinProtocol = TLSv1\nCipherString = DEFAULT@SECLEVEL=0\n"));
  for (const std::string version : {"-tls1", "-tls1_1"}) {
    SCOPED_TRACE(version);
    const TlsServer server(right, {version, "-cipher", "DEFAULT@SECLEVEL=0"});
    const Station station(tls_config(server.host(), authority.file()));
    EXPECT_TRUE(station.says("it offers no TLS 1.2 or later — ")) << station.err();
    EXPECT_FALSE(contains(server.out(), "CIPHER is")) << "a handshake came to its end: " << server.out();
    const Process client({"openssl", "s_client", "-connect", server.host(), version});
    EXPECT_TRUE(server.says("CIPHER is")) << "the server would have spoken it";
  }
}

TEST_F(Tls, AlpnIsOffered) {
  const TlsServer server(right, {"-alpn", "h2,mqtt"});
  auto config = tls_config(server.host(), authority.file());
  config["MQTT"]["alpn"] = "x-amzn-mqtt-ca, mqtt";
  {  // the server takes one client at a time
    const Station station(config);
    EXPECT_TRUE(server.says("ALPN protocols selected: mqtt")) << server.out() << station.err();
    EXPECT_TRUE(contains(server.out(), "advertised by the client: x-amzn-mqtt-ca, mqtt")) << server.out();
  }
  config["MQTT"]["alpn"] = "nonsense";
  const Station other(config);
  EXPECT_TRUE(other.says("it accepts none of the protocols in alpn — ")) << other.err();
}

TEST_F(Tls, TheServersNameIsIndicated) {
  const auto other = authority.issue("other", {.names = "DNS:other.example"});
  const TlsServer server(other, {"-servername", "localhost", "-cert2", right.certificate, "-key2", right.key});
  const Station station(tls_config(server.host(), authority.file()));
  EXPECT_TRUE(server.says("CIPHER is")) << server.out() << station.err();
  EXPECT_TRUE(contains(server.out(), "Hostname in TLS extension: \"localhost\"")) << server.out();
}

// ---- several brokers

std::string hosts(std::initializer_list<std::uint16_t> ports) {
  std::string text;
  for (const auto port : ports) text += (text.empty() ? "127.0.0.1:" : ", 127.0.0.1:") + std::to_string(port);
  return text;
}

TEST(Brokers, AreTriedInTurn) {
  const Broker second;
  const Subscriber subscriber(second);
  const auto nobody = free_port();
  auto config = config_for();
  config["MQTT"]["host"] = hosts({nobody, second.port()});
  Station station(config);
  ASSERT_TRUE(station.send(1));
  EXPECT_TRUE(subscriber.wait_for_part(value_of(1))) << station.err();
  EXPECT_TRUE(contains(station.err(), "broker 127.0.0.1:" + std::to_string(nobody) + ": no connection — "));
  EXPECT_TRUE(station.says("broker 127.0.0.1:" + std::to_string(second.port()) + ": connected,"));
}

TEST(Brokers, ThePortKeyIsThatOfThoseWithoutOne) {
  const Broker second;
  auto config = config_for();
  config["MQTT"]["host"] = "127.0.0.1:" + std::to_string(free_port()) + ",localhost";
  config["MQTT"]["port"] = std::to_string(second.port());
  const Station station(config);
  EXPECT_TRUE(station.says("broker localhost:" + std::to_string(second.port()) + ": connected,")) << station.err();
}

TEST_F(Tls, ABrokerThatIsRefusedGivesWayToTheNext) {
  const TlsBroker first(stranger.issue("unknown"), authority);
  const TlsBroker second(right, authority, {}, Broker::Login{"meter", "right"});
  const TlsBroker third(right, authority);
  const Subscriber subscriber(third);
  auto config = tls_config(first.tls_host() + ", " + second.tls_host() + ", " + third.tls_host(), authority.file());
  config["MQTT"]["user"] = "meter";
  config["MQTT"]["password"] = "wrong";
  Station station(config);
  ASSERT_TRUE(station.send(1));
  EXPECT_TRUE(subscriber.wait_for_part(value_of(1))) << station.err();
  EXPECT_TRUE(contains(station.err(), "broker " + first.tls_host() + ": its certificate was signed by an unknown"));
  EXPECT_TRUE(contains(station.err(), "broker " + second.tls_host() + ": it refuses the login"));
  EXPECT_TRUE(contains(station.err(), "broker " + third.tls_host() + ": connected,"));
  EXPECT_FALSE(contains(first.log(), "u'meter'"));
}

TEST_F(Tls, EverythingGoesToTheSecondWhenTheFirstIsKilled) {
  TlsBroker first(right, authority);
  TlsBroker second(right, authority);
  const Subscriber early(first);
  const Subscriber late(second);
  Station station(tls_config(first.tls_host() + "," + second.tls_host(), authority.file()));
  for (unsigned number = 1; number <= 10; ++number) ASSERT_TRUE(station.send(number));
  ASSERT_TRUE(early.wait_for_part(value_of(10))) << station.err();
  first.signal(SIGSTOP);  // what comes now is not acknowledged
  for (unsigned number = 11; number <= 20; ++number) ASSERT_TRUE(station.send(number));
  first.kill();
  for (unsigned number = 21; number <= 30; ++number) ASSERT_TRUE(station.send(number));
  ASSERT_TRUE(late.wait_for_part(value_of(30))) << station.err();
  EXPECT_EQ(numbers_in(late.messages("vscp/")), range(11, 30));
  EXPECT_TRUE(late.wait_for_text(status_topic, "online"));
  EXPECT_TRUE(late.wait_for_text("vscp-p1d/" + base_guid + "/meter", "online"));
  EXPECT_TRUE(contains(station.err(), "broker " + first.tls_host() + ": the connection broke; trying again"));
  EXPECT_TRUE(contains(station.err(), "broker " + second.tls_host() + ": connected,"));

  first.start();  // and back, when the second goes
  const Subscriber again(first);
  second.kill();
  ASSERT_TRUE(station.send(31));
  ASSERT_TRUE(again.wait_for_part(value_of(31))) << station.err();
}

TEST(Brokers, EachFaultIsToldOnceThoughRoundsGoOn) {
  TcpServer first;
  TcpServer second;
  first.listen();
  auto config = config_for();
  config["MQTT"]["host"] = hosts({first.port(), second.port()});
  const Station station(config);
  for (int round = 0; round < 4; ++round) {  // in each, Paho comes and then the probe
    ASSERT_TRUE(first.accept()) << station.err();
    first.hang_up();
  }
  EXPECT_TRUE(station.says("broker 127.0.0.1:" + std::to_string(second.port()) + ": no connection — "));
  EXPECT_EQ(count_of(station.err(), "trying again"), 2U) << station.err();
}

TEST(Brokers, OneShotTriesAll) {
  const Broker last;
  const Subscriber subscriber(last);
  const TempDir dir;
  auto config = config_for();
  config["MQTT"]["host"] = hosts({free_port(), free_port(), free_port(), free_port(), last.port()});
  dir.write("config.ini", to_text(config));
  const auto result = run_daemon(dir, {"--oneshot", "--source", "file:" + dir.write("capture", numbered(7))});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(subscriber.wait_for_part(value_of(7)));
}

TEST(Brokers, FaultsOfHost) {
  for (const std::string host : {"a, , b", "a b", "a:0", "a:65536", "a:x", "a:", "[::1", "[::1]8883", "[a]:1", "a/b",
                                 "mqtts://a", "a,", "::1:18901"}) {
    const TempDir dir;
    dir.write("config.ini", "[MQTT]\nhost = " + host + "\n");
    const auto result = run_daemon(dir, {"--check"});
    EXPECT_EQ(result.code, 78) << host;
    EXPECT_TRUE(contains(result.err, "config.ini:2: host = " + host + ": must ")) << result.err;
  }
}

// ---- MQTT 5

ConfigText mqtt5_config(const Broker& broker) {
  auto config = config_for(&broker);
  config["MQTT"].emplace("protocol", "5");
  return config;
}

TEST(Mqtt5, EveryQosStatesAndTheEnd) {
  for (const int qos : {0, 1, 2}) {
    SCOPED_TRACE(qos);
    // Twenty at a time, as a mosquitto has it by default: more would be a fault in MQTT 5.
    const Broker broker({}, true, "max_inflight_messages 20\n");
    const Subscriber subscriber(broker);
    auto config = mqtt5_config(broker);
    config["MQTT"]["qos"] = std::to_string(qos);
    Station station(config);
    EXPECT_TRUE(broker.wait_for_log("as vscp-p1d-02005E102030 (p5, c1, k60)")) << broker.log();
    for (unsigned number = 1; number <= 10; ++number) {
      station.daemon->write(numbered_with(number, 26));
      ASSERT_TRUE(station.says("telegram " + std::to_string(number) + ":"));
    }
    // Paho sends what is more than the broker takes a second later, so that is left to the queue.
    const auto complete = [](const auto& all) { return all.size() >= 2 + 260 + 3; };
    ASSERT_TRUE(subscriber.wait_for(complete, seconds{5})) << station.err();
    EXPECT_EQ(numbers_in(subscriber.messages("vscp/")), range(1, 10));
    for (const auto& message : subscriber.messages("vscp/")) EXPECT_EQ(message.qos, qos);
    const Subscriber late(broker);
    EXPECT_TRUE(late.wait_for_text(status_topic, "online"));
    EXPECT_TRUE(late.wait_for_text(meter_topic, "online"));
    station.daemon->signal(SIGTERM);
    EXPECT_EQ(station.daemon->wait_exit(), 0);
    EXPECT_TRUE(late.wait_for_text(status_topic, "offline"));
    EXPECT_TRUE(broker.wait_for_log("Received DISCONNECT from vscp-p1d-02005E102030")) << broker.log();
    EXPECT_FALSE(contains(station.err(), "warning")) << station.err();
  }
}

TEST(Mqtt5, LastWill) {
  const Broker broker;
  const Subscriber subscriber(broker);
  const Station station(mqtt5_config(broker));
  ASSERT_TRUE(subscriber.wait_for_text(status_topic, "online"));
  station.daemon->signal(SIGKILL);
  EXPECT_TRUE(subscriber.wait_for_text(status_topic, "offline"));
}

TEST(Mqtt5, RightAndWrongPassword) {
  const Broker broker(Broker::Login{"meter", "open sesame"});
  auto config = mqtt5_config(broker);
  const Station right(config);
  EXPECT_TRUE(right.says("connected,")) << right.err();
  config["MQTT"]["password"] = "hushhush";
  const Station wrong(config);
  EXPECT_TRUE(wrong.says("it refuses the login — check user and password in section [MQTT]; trying again"));
  EXPECT_FALSE(contains(wrong.err(), "hushhush"));
}

TEST(Mqtt5, KilledAndRestartedLosesNothing) {
  Broker broker;
  const Subscriber subscriber(broker);
  Station station(mqtt5_config(broker));
  ASSERT_TRUE(station.send(1));
  ASSERT_TRUE(subscriber.wait_for_part(value_of(1)));
  broker.signal(SIGSTOP);
  ASSERT_TRUE(station.send(2));
  broker.kill();
  ASSERT_TRUE(station.says("the connection broke"));
  ASSERT_TRUE(station.send(3));
  station.daemon->signal(SIGSTOP);  // the subscriber must be back first
  broker.start();
  ASSERT_TRUE(subscriber.wait_subscribed(2));
  station.daemon->signal(SIGCONT);
  ASSERT_TRUE(subscriber.wait_for_part(value_of(3))) << station.err();
  EXPECT_EQ(numbers_in(subscriber.messages("vscp/")), range(1, 3));
}

// With MQTT 3.1.1 it could not.
TEST(Mqtt5, TheBrokerSaysWhyItEndsTheConnection) {
  const std::pair<std::string_view, std::string> cases[] = {
      {"\xe0\x01\x8e", "another client came with the same client id — set another client_id"},
      {"\xe0\x01\x8b", "it is shutting down"},
      {"\xe0\x01\x97", "its quota is exceeded"},
  };
  for (const auto& [packet, reason] : cases) {
    TcpServer server;
    server.listen();
    auto config = config_for();
    config["MQTT"].emplace("protocol", "5");
    config["MQTT"]["host"] = hosts({server.port()});
    const Station station(config);
    ASSERT_TRUE(server.accept());
    server.send({"\x20\x03\x00\x00\x00", 5});
    ASSERT_TRUE(station.says("connected,")) << station.err();
    server.send(packet);
    EXPECT_TRUE(station.says(": " + reason)) << station.err();
    EXPECT_EQ(count_of(station.err(), "trying again"), 1U) << station.err();
  }
}

// A message that will never be taken does not keep back those behind it.
TEST(Mqtt5, MessagesThatTheBrokerForbidsAreToldAndLeft) {
  const TempDir dir;
  const auto rules = dir.write("rules", "topic readwrite vscp-p1d/#\ntopic read #\ntopic read $SYS/#\n");
  // Without a limit of queued messages, mosquitto 2.0.11 drops the connection along with the message.
  const Broker broker({}, true, "max_queued_messages 1000\nacl_file " + rules + "\n");
  const Subscriber subscriber(broker);
  Station station(mqtt5_config(broker));
  for (unsigned number = 1; number <= 3; ++number) ASSERT_TRUE(station.send(number));
  EXPECT_TRUE(station.says("refuses messages: it does not allow this — check user")) << station.err();
  EXPECT_TRUE(subscriber.wait_for_text(meter_topic, "online"));
  station.daemon->signal(SIGTERM);
  EXPECT_EQ(station.daemon->wait_exit(), 0);
  EXPECT_EQ(count_of(station.err(), "refuses messages"), 1U) << station.err();
  EXPECT_FALSE(contains(station.err(), "were not delivered")) << station.err();
  EXPECT_TRUE(subscriber.wait_for_text(status_topic, "offline"));
}

// A broker of the test that answers each CONNECT with these bytes.
void expect_connack_reason(std::string_view connack, const std::string& protocol, const std::string& reason) {
  TcpServer server;
  server.listen();
  auto config = config_for();
  config["MQTT"]["host"] = hosts({server.port()});
  config["MQTT"]["protocol"] = protocol;
  const Station station(config);
  ASSERT_TRUE(server.accept());
  server.send(connack);
  EXPECT_TRUE(station.says(reason)) << station.err();
}

TEST(Mqtt5, ReasonsOfARefusal) {
  using std::string_view_literals::operator""sv;
  expect_connack_reason("\x20\x03\x00\x84\x00"sv, "5", "it does not speak MQTT 5 — set protocol = 3.1.1");
  expect_connack_reason("\x20\x02\x00\x01"sv, "5", "it does not speak MQTT 5 — set protocol = 3.1.1");
  expect_connack_reason("\x20\x03\x00\x85\x00"sv, "5", "it refuses the client id");
  expect_connack_reason("\x20\x03\x00\x86\x00"sv, "5", "it refuses the login");
  expect_connack_reason("\x20\x03\x00\x87\x00"sv, "5", "it refuses the login");
  expect_connack_reason("\x20\x03\x00\x88\x00"sv, "5", "it is not ready yet");
  expect_connack_reason("\x20\x03\x00\x8a\x00"sv, "5", "it has banned this client");
  expect_connack_reason("\x20\x03\x00\x9a\x00"sv, "5", "it keeps no messages");
  expect_connack_reason("\x20\x03\x00\x83\x00"sv, "5", "it says: ");
  expect_connack_reason("\x20\x02\x00\x01"sv, "3.1.1", "it does not speak MQTT 3.1.1");
  expect_connack_reason("\x20\x02\x00\x02"sv, "3.1.1", "it refuses the client id");
  expect_connack_reason("\x20\x02\x00\x05"sv, "3.1.1", "it refuses the login");
}

TEST(Mqtt5, OverTls) {
  const Authority authority("Test authority");
  const TlsBroker broker(authority.issue("right"), authority, {}, Broker::Login{"meter", "sesame"});
  const Subscriber subscriber(broker);
  auto config = tls_config(broker.tls_host(), authority.file());
  config["MQTT"].emplace("protocol", "5");
  config["MQTT"]["user"] = "meter";
  config["MQTT"]["password"] = "sesame";
  Station station(config);
  ASSERT_TRUE(station.send(1));
  EXPECT_TRUE(subscriber.wait_for_part(value_of(1))) << station.err();
}

TEST(Mqtt5, ProtocolIsOneOfTwo) {
  const TempDir dir;
  dir.write("config.ini", "[MQTT]\nprotocol = 4\n");
  const auto result = run_daemon(dir, {"--check"});
  EXPECT_EQ(result.code, 78);
  EXPECT_TRUE(contains(result.err, "config.ini:2: protocol = 4: must be one of 3.1.1, 5")) << result.err;
}

// ---- passwords from elsewhere

TEST(PasswordFile, OnlyItsLineEndIsStripped) {
  const std::string password = "  ab;c #d=\t";
  const Broker broker(Broker::Login{"meter", password});
  for (const std::string end : {"", "\n", "\r\n"}) {
    auto config = config_for(&broker);
    config["MQTT"].erase("password");
    const TempDir dir;
    config["MQTT"]["password_file"] = dir.write("password", password + end);
    const Station station(config, {"-d"});
    EXPECT_TRUE(station.says("connected,")) << station.err();
    EXPECT_FALSE(contains(station.err(), password));
    EXPECT_FALSE(contains(station.err(), "warning")) << station.err();
    const auto shown = run_daemon(station.dir, {"--check"});
    EXPECT_TRUE(contains(shown.out, "\npassword_file = " + dir.file("password") + "\n")) << shown.out;
    EXPECT_FALSE(contains(shown.out, password));
  }
  auto config = config_for(&broker);
  config["MQTT"].erase("password");
  const TempDir dir;
  config["MQTT"]["password_file"] = dir.write("password", password + "\n\n");
  const Station station(config);
  EXPECT_TRUE(station.says("it refuses the login")) << station.err();
}

TEST(PasswordFile, ThatOthersCanReadIsAWarning) {
  const TempDir dir;
  const auto file = dir.write("password", "hushhush\n");
  dir.write("config.ini", "[MQTT]\nuser = u\npassword_file = " + file + "\n");
  EXPECT_EQ(run_daemon(dir, {"--check"}).err, "");
  ::chmod(file.c_str(), 0644);
  const auto result = run_daemon(dir, {"--check"});
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(contains(result.err, "config.ini:3: warning: password_file: every user can read it: chmod o="))
      << result.err;
}

TEST(PasswordCredential, OfSystemdIsTaken) {
  const Broker broker(Broker::Login{"meter", "open sesame"});
  const TempDir credentials;
  credentials.write("mqtt_password", "open sesame\n");
  const Environment directory("CREDENTIALS_DIRECTORY", credentials.path());
  auto config = config_for(&broker);
  config["MQTT"].erase("password");
  const Station station(config);
  EXPECT_TRUE(station.says("connected,")) << station.err();
  EXPECT_FALSE(contains(station.err(), "sesame"));
  config["MQTT"]["password"] = "wrong";
  const Station own(config);
  EXPECT_TRUE(own.says("it refuses the login")) << "that of the configuration goes first" << own.err();
  credentials.write("mqtt_password", "");
  config["MQTT"].erase("password");
  const TempDir dir;
  dir.write("config.ini", to_text(config));
  const auto empty = run_daemon(dir, {"--check"});
  EXPECT_EQ(empty.code, 78);
  EXPECT_TRUE(contains(empty.err, "config.ini: credential mqtt_password: is empty")) << empty.err;
}

TEST(SecretsInTheConfiguration, ThatOthersCanReadAreAWarning) {
  const std::string key(32, 'a');
  const std::vector<std::string> lines = {"[MQTT]\npassword = hushhush\nuser = u",
                                          "[SERIAL]\ndecryption_key = " + key,
                                          "[SERIAL]\nauthentication_key = " + key};
  for (const auto& line : lines) {
    const TempDir dir;
    const auto path = dir.write("config.ini", line + "\n");
    const Arguments started = {"--dry-run", "--source", "file:" + dir.write("capture", numbered(1))};
    for (const auto& arguments : {Arguments{"--check", "-c", path}, started}) {
      ::chmod(path.c_str(), 0640);
      EXPECT_FALSE(contains(run_daemon(dir, arguments).err, "warning"));
      ::chmod(path.c_str(), 0644);
      const auto result = run_daemon(dir, arguments);
      EXPECT_EQ(result.code, 0);
      EXPECT_EQ(count_of(result.err, "config.ini:2: warning: "), 1U) << result.err;
      EXPECT_TRUE(contains(result.err, "every user can read this file: chmod o= ")) << result.err;
      EXPECT_FALSE(contains(result.err, "hushhush")) << result.err;
    }
  }
  const TempDir dir;
  ::chmod(dir.write("config.ini", "[MQTT]\nkey_password = hushhush\n").c_str(), 0644);
  EXPECT_TRUE(contains(run_daemon(dir, {"--check"}).err, "config.ini:2: warning: key_password: every user can read"));
  ::chmod(dir.write("config.ini", "[MQTT]\nuser = u\npassword =\n").c_str(), 0644);
  EXPECT_EQ(run_daemon(dir, {"--check"}).err, "") << "no secret in it";
}

// ---- faults of the settings

TEST_F(Tls, FaultsNameTheLineAndWhatToDo) {
  const auto mine = authority.issue("mine");
  const auto locked = authority.issue("locked", {.key_password = "open sesame"});
  const TempDir dir;
  const auto words = dir.write("words", "neither certificate nor key\n");
  const auto empty = dir.write("empty", "");
  struct Case {
    std::string lines, fault;
    int line;
  };
  const std::string tls = "tls = true\n";
  const std::vector<Case> cases = {
      {tls + "ca_file = /nowhere/ca", "ca_file: No such file or directory — check the path and its permissions", 3},
      {tls + "ca_file = " + words, "ca_file: no certificate in it — ", 3},
      {tls + "ca_file = " + dir.path().string(), "ca_file: no certificate in it — ", 3},
      {tls + "cert_file = " + mine.certificate, "cert_file: key_file is not set — ", 3},
      {tls + "key_file = " + mine.key, "key_file: cert_file is not set — ", 3},
      {tls + "cert_file = /nowhere/c\nkey_file = " + mine.key, "cert_file: No such file or directory — ", 3},
      {tls + "cert_file = " + words + "\nkey_file = " + mine.key, "cert_file: no certificate in it — ", 3},
      {tls + "cert_file = " + mine.certificate + "\nkey_file = /nowhere/k", "key_file: No such file or directory — ",
       4},
      {tls + "cert_file = " + mine.certificate + "\nkey_file = " + words, "key_file: no private key in it — ", 4},
      {tls + "cert_file = " + mine.certificate + "\nkey_file = " + right.key,
       "key_file: is not the key of the certificate in cert_file — ", 4},
      {tls + "cert_file = " + locked.certificate + "\nkey_file = " + locked.key,
       "key_file: the key is encrypted — set key_password", 4},
      {tls + "cert_file = " + locked.certificate + "\nkey_file = " + locked.key + "\nkey_password = hushhush",
       "key_password: does not open the key in key_file — ", 5},
      {"tls = maybe", "tls = maybe: must be true or false", 2},
      {tls + "alpn = mqtt v5", "alpn = mqtt v5: must be names of protocols", 3},
      {tls + "alpn = " + std::string(256, 'x'), "must be names of protocols", 3},
      {"password_file = /nowhere/p", "password_file: No such file or directory — check the path and its permissions",
       2},
      {"password_file = " + empty, "password_file: is empty — it must hold the password", 2},
      {"password_file = " + dir.path().string(), "password_file: cannot be read — it must be a file", 2},
      {"user = u\npassword = hushhush\npassword_file = " + words,
       "password_file: password is set too: keep one of the two", 4},
  };
  for (const auto& c : cases) {
    dir.write("config.ini", "[MQTT]\n" + c.lines + "\n");
    for (const auto& arguments : {Arguments{"--check"}, Arguments{"--source", "emulator:"}}) {
      const auto result = run_daemon(dir, arguments);
      EXPECT_EQ(result.code, 78) << c.lines;
      EXPECT_TRUE(contains(result.err, "config.ini:" + std::to_string(c.line) + ": ")) << c.lines << result.err;
      EXPECT_TRUE(contains(result.err, c.fault)) << c.fault << "\n" << result.err;
      EXPECT_EQ(lines_of(result.err).size(), 1U) << result.err;
      EXPECT_FALSE(contains(result.err, "hushhush")) << result.err;
    }
  }
}

TEST_F(Tls, SettingsWithoutTlsAreAWarning) {
  const TempDir dir;
  const auto mine = authority.issue("mine");
  dir.write("config.ini", "[MQTT]\nca_file = " + authority.file() + "\ncert_file = " + mine.certificate +
                              "\nkey_file = " + mine.key + "\ntls_insecure = true\nalpn = mqtt\n");
  const auto result = run_daemon(dir, {"--check"});
  EXPECT_EQ(result.code, 0) << result.err;
  int line = 2;
  for (const std::string key : {"ca_file", "cert_file", "key_file", "tls_insecure", "alpn"}) {
    EXPECT_TRUE(contains(result.err, "config.ini:" + std::to_string(line++) + ": warning: " + key +
                                         ": has no effect without tls = true"))
        << result.err;
  }
}

TEST_F(Tls, AKeyThatOthersCanReadIsAWarning) {
  const TempDir dir;
  const auto mine = authority.issue("mine");
  ::chmod(mine.key.c_str(), 0644);
  dir.write("config.ini", "[MQTT]\ntls = true\ncert_file = " + mine.certificate + "\nkey_file = " + mine.key + "\n");
  const auto result = run_daemon(dir, {"--check"});
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(contains(result.err, "config.ini:4: warning: key_file: every user can read it: chmod o="))
      << result.err;
}

}  // namespace
}  // namespace itest
