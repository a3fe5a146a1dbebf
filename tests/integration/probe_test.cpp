#include <gtest/gtest.h>

#include "../encrypt.hpp"
#include "harness.hpp"
#include "meter_line.hpp"

// --probe: what it says of each kind of port.
namespace itest {
namespace {

const std::string dutch =
    telegram({"1-3:0.2.8(50)", "0-0:1.0.0(260601120000S)", "1-0:1.8.1(000001.000*kWh)", "1-0:1.7.0(00.321*kW)"});

Outcome probe(const Arguments& arguments) {
  const TempDir dir;
  Arguments all = {"--probe", "--timeout", "2"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run_daemon(dir, all);
}

// What comes of a port that sends this again and again.
Outcome probe_sending(const std::string& bytes, speed_t speed, const Arguments& more = {}) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  const SendingMeter sending(meter, bytes, speed);
  Arguments all = {meter.name()};
  all.insert(all.end(), more.begin(), more.end());
  return probe(all);
}

TEST(Probe, TellsTheMeterItsSettingsAndWhatToWriteIntoTheFile) {
  const auto result = probe_sending(dutch, B9600);
  EXPECT_EQ(result.code, 0) << result.out << result.err;
  for (const char* part : {"115200 8N1: ", " bytes of garbage\n", ": meter found\n", "header:   /TST5 integration\n",
                           "standard: looks like DSMR 5.0\n", "settings: 9600 7E1\n",
                           "readings: 2 (telegram of 4 lines)\n", "CRC:      good\n", "[SERIAL]\nserial_port = /",
                           "serial_baudrate = 9600\nserial_bytesize = 7\nserial_parity = even\n"}) {
    EXPECT_TRUE(contains(result.out, part)) << part << "\n" << result.out;
  }
}

TEST(Probe, TellsThatNoCrcIsSent) {
  const auto result = probe_sending("/TST5 old\r\n\r\n1-0:1.8.1(00001.000*kWh)\r\n!\r\n", B115200);
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(contains(result.out, "CRC:      none sent\n")) << result.out;
  EXPECT_TRUE(contains(result.out, "settings: 115200 8N1\n")) << result.out;
}

struct ReasonCase {
  const char* name;
  std::string bytes;
  speed_t speed;
  std::string reason;
};
void PrintTo(const ReasonCase& tested, std::ostream* out) { *out << tested.name; }

class ProbeReason : public testing::TestWithParam<ReasonCase> {};

TEST_P(ProbeReason, IsToldWithWhatToDo) {
  const auto result = probe_sending(GetParam().bytes, GetParam().speed);
  EXPECT_EQ(result.code, 69);
  EXPECT_TRUE(contains(result.out, GetParam().reason)) << result.out;
  EXPECT_TRUE(contains(result.out, " — ")) << "it does not say what to do: " << result.out;
  EXPECT_FALSE(contains(result.out, "meter found")) << result.out;
  EXPECT_FALSE(contains(result.out, "In config.ini")) << result.out;
}

std::string upside_down(std::string text) {
  for (char& c : text) c = static_cast<char>((~static_cast<unsigned>(c) & 0x7FU) << 1 | 1U);
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    All, ProbeReason,
    testing::Values(ReasonCase{"garbage", dutch, B300, "garbage at all settings — an inverted signal"},
                    ReasonCase{"inverted", upside_down(dutch), B115200, "the signal is inverted"},
                    ReasonCase{"hdlc", std::string("\x7E\xA0\x08\x01\x02\x21\x13\x00\x00\x7E", 10), B115200,
                               "a binary DLMS meter at 115200 8N1: its frames begin with 7E (HDLC) — this port"},
                    ReasonCase{"mbus", std::string("\x68\x03\x03\x68\x53\x01\x78\xCC\x16", 9), B115200,
                               "a binary DLMS meter at 115200 8N1: its frames begin with 68 (M-Bus) — this port"},
                    ReasonCase{"encrypted", encrypt::telegram(dutch, 1), B115200,
                               "an encrypted meter at 115200 8N1: it needs a key — ask"},
                    ReasonCase{"cut", dutch.substr(0, dutch.size() / 2), B115200,
                               "telegrams begin and are cut short at 115200 8N1 — check the cable"},
                    ReasonCase{"other_text", "login: \r\npassword: \r\n", B115200,
                               "text came at 115200 8N1, without the begin and end of a telegram"},
                    ReasonCase{"wrong_crc", dutch.substr(0, dutch.size() - 6) + "0000\r\n", B115200,
                               "telegrams with a wrong CRC at 115200 8N1"}),
    [](const auto& tested) { return tested.param.name; });

TEST(Probe, ASilentPortIsToldWithItsThreeCauses) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  const auto result = probe({meter.name(), "--timeout", "1"});
  EXPECT_EQ(result.code, 69);
  for (const char* part : {"no bytes came", "cable", "D_Rqst", "not activated"}) {
    EXPECT_TRUE(contains(result.out, part)) << part << result.out;
  }
}

TEST(Probe, APortInUseIsToldAndNotDisturbed) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  const auto daemon = start_daemon(dir, config_for(), {"-v", "--dry-run", "--source", meter.name()});
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  const auto result = probe({meter.name()});
  EXPECT_EQ(result.code, 69);
  EXPECT_TRUE(contains(result.out, "in use by another program — sudo systemctl stop vscp-p1d first")) << result.out;
  ASSERT_TRUE(meter.write(numbered(1)));
  EXPECT_TRUE(daemon->wait_for_err("first telegram"));
}

TEST(Probe, AMissingPortIsTold) {
  const auto result = probe({"/dev/no-such-port"});
  EXPECT_EQ(result.code, 69);
  EXPECT_TRUE(contains(result.out, "/dev/no-such-port: no such port")) << result.out;
}

TEST(Probe, TheKeyOfAConfigurationOpensAnEncryptedMeter) {
  const TempDir dir;
  auto config = config_for();
  config["SERIAL"]["decryption_key"] = encrypt::key_hex;
  const auto path = dir.write("key.ini", to_text(config));
  const auto result = probe_sending(encrypt::telegram(dutch, 1), B115200, {"--config", path});
  EXPECT_EQ(result.code, 0) << result.out << result.err;
  EXPECT_TRUE(contains(result.out, "encryption: the key fits")) << result.out;
  EXPECT_FALSE(contains(result.out, encrypt::key_hex));
}

TEST(Probe, SeveralPortsAreHeardAtOnceAndOneMeterIsEnough) {
  const TempDir dir;
  const Pty silent(dir.file("silent"));
  const Pty meter(dir.file("meter"));
  const SendingMeter sending(meter, dutch);
  const auto result = probe({silent.name(), meter.name(), "emulator:", "--timeout", "1"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(count_of(result.out, ": meter found"), 2U) << result.out;
  EXPECT_EQ(count_of(result.out, ": no bytes came"), 1U) << result.out;
}

TEST(Probe, AServerHasNoSettingsToTry) {
  TcpServer server;
  server.listen();
  const TempDir dir;
  Process probing({VSCP_P1D, "--probe", "--timeout", "5", "tcp://127.0.0.1:" + std::to_string(server.port())},
                  {dir.path().string(), Process::Input::null, {}, {}});
  ASSERT_TRUE(server.accept());
  server.send(dutch);
  EXPECT_EQ(probing.wait_exit(), 0);
  EXPECT_TRUE(contains(probing.out(), "meter found")) << probing.out();
  EXPECT_FALSE(contains(probing.out(), "settings:")) << probing.out();
}

TEST(Probe, TheRateOfTheConfigurationIsTriedFirstAndIsNoObstacle) {
  const TempDir dir;
  auto config = config_for();
  config["SERIAL"]["serial_baudrate"] = "19200";
  const auto path = dir.write("rate.ini", to_text(config));
  for (const auto& [rate, found] :
       {std::pair{B19200, "settings: 19200 8N1\n"}, {B115200, "settings: 115200 8N1\n"}}) {
    const auto result = probe_sending(dutch, rate, {"--config", path});
    EXPECT_EQ(result.code, 0) << result.out << result.err;
    EXPECT_TRUE(contains(result.out, found)) << result.out;
    EXPECT_EQ(contains(result.out, "finds these settings by itself"), rate == B115200) << result.out;
  }
}

TEST(Probe, APortThatIsNamedTwiceIsHeardOnce) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  const SendingMeter sending(meter, dutch);
  const auto result = probe({meter.name(), meter.device(), "emulator:", "emulator:"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(count_of(result.out, ": meter found"), 2U) << result.out;
  EXPECT_EQ(count_of(result.out, "emulator: meter found"), 1U) << result.out;
  EXPECT_FALSE(contains(result.out, "in use")) << result.out;
}

TEST(Probe, AFileHasNoCableToCheck) {
  const TempDir dir;
  for (const auto& [text, part] :
       std::vector<std::pair<std::string, std::string>>{{"", "it is empty"},
                                                        {"a letter\n", "none begins and ends"},
                                                        {dutch.substr(0, 60), "telegram cut short"}}) {
    const auto result = probe({"file:" + dir.write("capture", text)});
    EXPECT_EQ(result.code, 69);
    EXPECT_TRUE(contains(result.out, part)) << result.out;
    EXPECT_FALSE(contains(result.out, "cable") || contains(result.out, "serial_baudrate")) << result.out;
  }
}

TEST(Probe, UsageFaults) {
  for (const Arguments& arguments :
       std::vector<Arguments>{{"ttyUSB0"}, {"/dev/ttyUSB0", "--timeout", "soon"}, {"--timeout", "0"}, {"--yes"}}) {
    const auto result = probe(arguments);
    EXPECT_EQ(result.code, 64) << testing::PrintToString(arguments) << result.out;
    EXPECT_EQ(lines_of(result.err).size(), 1U) << result.err;
  }
}

}  // namespace
}  // namespace itest
