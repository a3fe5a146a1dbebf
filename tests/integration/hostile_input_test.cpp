#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "decode.hpp"
#include "live.hpp"
#include "vscp_p1/crc16.hpp"
#include "vscp_p1/text.hpp"

// Bytes that a meter should not send: they cost themselves, reach no topic and no terminal, and no memory is lost.
namespace itest {
namespace {

using vscp_p1::is_plain_text;

const std::string info_topic = "vscp-p1d/" + base_guid + "/info";

// Ids, texts and headers. What follows a hex pair is not decoded, so "Z" keeps the bytes as they are.
const std::vector<std::string>& hostile_texts() {
  using namespace std::string_literals;
  static const std::vector<std::string> texts = {
      "Z\x1b]0;title\x07\x1b[2J"s,
      "Z/+/#"s,
      "$SYS/broker/+/#"s,
      "245359532F2B2F23"s,  // $SYS/+/#
      "Z\0NUL\0"s,
      "Z\xFF\xFE\xC3\x28\xED\xA0\x80\xF4\x90\x80\x80"s,
      "Z\xC2\x9B"
      "31m\x9B"
      "31m\xEF\xBF\xBF"s,
      "Z%s%n{}{0}\\"s,
      "Z\rerror: forged\r"s,
      "Z\",\"class\":0,\"x\":\"</event>&<event "s,
      "Z" + std::string(5'000, '\x1b'),
      "Z" + std::string(100'000, 'x'),
  };
  return texts;
}

// In every place where a meter sends text; what is too long for that is an id alone.
std::string hostile_telegram(const std::string& text, unsigned number) {
  const bool is_long = text.size() > 10'000;
  std::vector<std::string> lines = {"0-0:96.1.1(" + text + ")"};
  for (const char* line :
       {"0-0:96.13.0(", "1-3:0.2.8(", "0-1:96.1.0(", "0-1:24.2.1(", "0-0:96.14.0(", "0-1:24.4.0("}) {
    if (!is_long) lines.push_back(line + text + ")");
  }
  const auto body = numbered(number, lines);
  const auto begin = body.find("\r\n");
  auto telegram = "/HST5" + (is_long ? "" : text) + body.substr(begin, body.rfind('!') + 1 - begin);
  std::array<char, 8> crc{};
  std::snprintf(crc.data(), crc.size(), "%04X\r\n", vscp_p1::crc16_arc(telegram));
  return telegram + crc.data();
}

// Each line of the log for itself: no byte but the line's end does anything.
void expect_plain_lines(const std::string& text) {
  for (const auto& line : lines_of(text)) {
    EXPECT_TRUE(is_plain_text(line)) << vscp_p1::escaped(line, 500);
    EXPECT_LT(line.size(), 6000U) << vscp_p1::escaped(line, 500);
  }
}

class HostileInput : public LiveMeterTest {
 protected:
  // A daemon that reads all hostile telegrams between good ones. The messages are those behind the last of them.
  std::vector<Message> messages_of_hostile_telegrams(const ConfigText& config) {
    start(config, {"-d"});
    unsigned number = 0;
    for (const auto& text : hostile_texts()) {
      EXPECT_TRUE(meter_.write(hostile_telegram(text, ++number)));
      EXPECT_TRUE(meter_.write(numbered(++number)));
    }
    EXPECT_TRUE(daemon_->wait_for_err("telegram " + std::to_string(number) + ":")) << daemon_->err().substr(0, 2000);
    daemon_->signal(SIGTERM);
    EXPECT_EQ(daemon_->wait_exit(), 0);
    EXPECT_TRUE(subscriber_.wait_for_text(status_topic, "offline"));
    expect_plain_lines(daemon_->err());
    EXPECT_EQ(count_of(daemon_->err(), "connected,"), 1U) << "the broker never ended the connection";
    EXPECT_FALSE(contains(broker_.log(), "malformed")) << broker_.log();
    return subscriber_.messages();
  }
};

// The numbers of the telegrams that came, in order.
template <class Decode>
std::vector<unsigned> numbers_in(const std::vector<Message>& messages, Decode decode) {
  constexpr unsigned id_of_the_counter = 1;
  std::vector<unsigned> numbers;
  for (const auto& message : messages) {
    if (!message.topic.starts_with("t/")) continue;
    const DecodedEvent event = decode(message.payload);  // throws when it is none
    if (event.event_class != 1040 || event.id() != id_of_the_counter) continue;
    numbers.push_back(static_cast<unsigned>(std::stoul(decode_value(event).text)));
  }
  return numbers;
}

std::vector<unsigned> all_numbers() { return range(1, 2 * static_cast<unsigned>(hostile_texts().size())); }

void expect_fit_topics(const std::vector<Message>& messages) {
  bool seen = false;
  for (const auto& message : messages) {
    if (!message.topic.starts_with("t/")) continue;
    seen = true;
    EXPECT_EQ(split(message.topic, '/').size(), 4U) << message.topic;
    EXPECT_EQ(message.topic.find_first_of("+#"), std::string::npos) << message.topic;
    EXPECT_TRUE(is_plain_text(message.topic));
    EXPECT_LT(message.topic.size(), 300U);
  }
  EXPECT_TRUE(seen);
}

struct Form {
  const char* name;
  std::function<DecodedEvent(std::string_view)> decode;
};

TEST_F(HostileInput, CostsNothingElseWhateverTheFormOfTheEvents) {
  const std::vector<Form> forms = {{"json", [](auto p) { return decode_json(p); }},
                                   {"xml", [](auto p) { return decode_xml(p); }},
                                   {"string", [](auto p) { return decode_string(p); }},
                                   {"binary", [](auto p) { return decode_binary(p); }}};
  std::size_t before = 0;
  for (const auto& form : forms) {
    SCOPED_TRACE(form.name);
    ConfigText config;
    config["VSCP"]["payload"] = form.name;
    config["GENERAL"]["plausibility"] = "false";
    config["MQTT"]["topic"] = "t/{meter}/{class}/{id}";
    auto messages = messages_of_hostile_telegrams(config);
    messages.erase(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(before));
    before += messages.size();
    EXPECT_EQ(numbers_in(messages, form.decode), all_numbers());
    expect_fit_topics(messages);
    for (const auto& message : messages) {
      const bool is_binary = std::string_view(form.name) == "binary" && message.topic.starts_with("t/");
      EXPECT_TRUE(is_binary || is_plain_text(message.payload)) << message.topic;
      EXPECT_TRUE(message.topic != info_topic || nlohmann::json::accept(message.payload));
    }
  }
}

TEST_F(HostileInput, MakesNoTopicOfTheBrokersOwn) {
  ConfigText config;
  config["MQTT"]["topic"] = "{meter}/{id}";
  const auto messages = messages_of_hostile_telegrams(config);
  EXPECT_TRUE(
      std::any_of(messages.begin(), messages.end(), [](const Message& m) { return m.topic == "_SYS_broker____/1"; }));
}

TEST_F(HostileInput, LeavesPlainMessagesPlain) {
  ConfigText config;
  config["GENERAL"]["no_vscp"] = "true";
  config["MQTT"]["note_text_message"] = "text";
  const auto messages = messages_of_hostile_telegrams(config);
  bool seen = false;
  for (const auto& message : messages) {
    EXPECT_TRUE(is_plain_text(message.payload)) << message.topic;
    seen = seen || message.payload.starts_with("Z ]0;title");
  }
  EXPECT_TRUE(seen);
}

TEST(HostileOutput, DoesNothingToATerminal) {
  std::string capture;
  unsigned number = 0;
  for (const auto& text : hostile_texts()) {
    capture += hostile_telegram(text, ++number);
    capture += telegram({"9-9:9.9.9(" + text + ")", text, "1-0:1.8.0(" + text});
  }
  const TempDir dir;
  const auto unknown = run_daemon(dir, {"--unknown", "--source", "file:" + dir.write("capture", capture)});
  EXPECT_TRUE(contains(unknown.out, R"(9-9:9.9.9(Z\x1b]0;title\x07\x1b[2J))")) << unknown.out.substr(0, 1000);
  for (const auto& line : lines_of(unknown.out)) EXPECT_TRUE(is_plain_text(line));
  for (const char* payload : {"json", "xml", "string", "binary"}) {
    auto config = config_for();
    config["VSCP"]["payload"] = payload;
    const auto result = dry_run(config, capture, {"-d"});
    EXPECT_EQ(result.code, 0);
    EXPECT_TRUE(contains(result.err, R"(was Z\x1b]0;title)")) << vscp_p1::escaped(result.err, 2000);
    for (const auto& line : lines_of(result.out)) EXPECT_TRUE(is_plain_text(line)) << payload;
    expect_plain_lines(result.err);
  }
  auto config = config_for();
  config["GENERAL"]["no_vscp"] = "true";
  for (const auto& line : lines_of(dry_run(config, capture).out)) EXPECT_TRUE(is_plain_text(line));
}

TEST(HostileOutput, ShowsTheNameOfAFileAsText) {
  const TempDir dir;
  const auto result = dry_run(config_for(), "", {"--source", "file:/no\x1b[2J/such"});
  EXPECT_NE(result.code, 0);
  EXPECT_TRUE(contains(result.err, R"(/no\x1b[2J/such)")) << vscp_p1::escaped(result.err);
  expect_plain_lines(result.err);
}

// ---- noise

std::string repeated(std::string_view part, std::size_t size) {
  std::string text;
  while (text.size() < size) text += part;
  return text;
}

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 4711;
  for (char& byte : bytes) {
    state = state * 1'664'525 + 1'013'904'223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

// Nothing is subscribed to, but a broker may be anybody's.
TEST_F(HostileInput, WhatABrokerSendsUnaskedIsNotKept) {
  TcpServer broker;
  broker.listen();
  auto config = config_for();
  config["MQTT"]["host"] = "127.0.0.1";
  config["MQTT"]["port"] = std::to_string(broker.port());
  config["SERIAL"]["serial_port"] = meter_.name();
  const auto daemon = start_daemon(dir_, config, {});
  ASSERT_TRUE(broker.accept());
  broker.send(std::string("\x20\x02\x00\x00", 4));  // CONNACK
  ASSERT_TRUE(daemon->wait_for_err("connected,")) << daemon->err();
  const auto before = daemon->memory();
  const std::string publish = std::string("\x30\xA3\x8D\x06\x00\x01", 6) + "t" + std::string(100'000, 'x');
  for (int i = 0; i < 300; ++i) broker.send(publish);
  constexpr std::size_t most_growth = is_sanitized ? 200'000 : 5'000;
  EXPECT_LT(daemon->memory(), before + most_growth) << "kB, of 30000 that came; " << before << " before";
}

TEST_F(HostileInput, NoiseAtFullSpeedCostsNoTelegramBehindIt) {
  constexpr std::size_t much = 10'000'000;
  constexpr std::size_t some = 1'000'000;
  const std::string title = "EXAmeter";
  const std::vector<NamedText> noises = {
      {"random bytes", random_bytes(much)},
      {"zeros", repeated(std::string(100, '\0'), some)},
      {"encrypted frames", repeated("\xDB\x08" + title + std::string("\x82\x40\x00\x30", 4), some)},
      {"encrypted frames of any length", repeated("\xDB\x08" + title + "\x82\x40" + random_bytes(300), some)},
      {"HDLC frames", repeated("\x7E\xA7\x7E", some)},
      {"M-Bus frames", repeated("h\xF0\xF0h", some)},
      {"slashes", repeated("/", some)},
      {"headers", repeated("/HDR5noise\r\n", some)},
      {"headers in a line", repeated("(/HDR5noise", some)},
      {"ends", repeated("/HDR5noise\r\n\r\n!0000\r\n", some)},
      {"open brackets", repeated("/HDR5noise\r\n1-0:1.8.0((((\r\n", some)},
      {"a header behind a frame", "\xDB\x08" + title + "\x20\x30" + std::string(31, 'x') + "/" + repeated("x", some)},
  };
  ConfigText config;
  config["SERIAL"]["decryption_key"] = "000102030405060708090A0B0C0D0E0F";
  start(config, {"-d"});
  unsigned number = 0;
  const auto read_good_ones = [&] {
    constexpr unsigned telegrams = 3;
    std::string text;
    for (unsigned i = 0; i < telegrams; ++i) text += numbered(++number);
    EXPECT_TRUE(meter_.write(text, seconds{120}));
    EXPECT_TRUE(daemon_->wait_for_err("telegram " + std::to_string(number) + ":")) << number;
  };
  read_good_ones();
  const auto before = daemon_->memory();
  for (const auto& noise : noises) {
    SCOPED_TRACE(noise.name);
    ASSERT_TRUE(meter_.write(noise.text, seconds{120}));
    read_good_ones();
  }
  const auto after = daemon_->memory();
  constexpr std::size_t most_growth = is_sanitized ? 400'000 : 4096;  // kB
  EXPECT_GT(before, 0U);
  EXPECT_LT(after, before + most_growth) << before << " kB before";
  expect_plain_lines(daemon_->err());
}

}  // namespace
}  // namespace itest
