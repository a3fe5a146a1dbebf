#include "vscp_p1/capture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "unit/support.hpp"

namespace vscp_p1 {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string magic = "# vscp-p1d capture 1\n";

std::string lines_of(CaptureTime time, std::string_view bytes) {
  std::string out;
  append_capture_bytes(time, bytes, out);
  return out;
}

// What a reader makes of a whole capture: "12345:bytes" for each chunk, with the bytes of equal times put together.
std::vector<std::string> chunks_of(std::string_view capture, std::size_t damaged = 0) {
  CaptureReader reader;
  std::vector<std::string> chunks;
  CaptureTime last{-1};
  for (const auto& line : test::split(capture, '\n')) {
    const auto chunk = reader.read(line);
    if (!chunk) continue;
    if (chunk->time != last) chunks.push_back(std::to_string(chunk->time.count()) + ":");
    last = chunk->time;
    chunks.back() += chunk->bytes;
  }
  EXPECT_EQ(reader.damaged_lines(), damaged) << capture;
  return chunks;
}

TEST(Capture, bytes_are_written_as_text) {
  struct Case {
    CaptureTime time;
    std::string_view bytes, expected;
  };
  using namespace std::string_view_literals;
  const Case cases[] = {
      {0ms, "/EXA5\\meter\r\n", "0.000 /EXA5\\\\meter\\r\\n\n"},
      {12'345ms, "1-0:1.8.0(000001.234*kWh)\r\n!", "12.345 1-0:1.8.0(000001.234*kWh)\\r\\n\n12.345 !\n"},
      {999'999'999ms, "ABCD", "999999.999 ABCD\n"},
      {-5ms, "x", "0.000 x\n"},
      {1ms, "\0\x01\x7F\x80\xFF\t"sv, "0.001 \\x00\\x01\\x7F\\x80\\xFF\\t\n"},
      {1ms, " a b  c ", "0.001 \\x20a b \\x20c\\x20\n"},
      {1ms, " ", "0.001 \\x20\n"},
      {1ms, "#/!>", "0.001 #/!>\n"},
      {1ms, "", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(lines_of(c.time, c.bytes), c.expected);
}

TEST(Capture, any_bytes_come_back_and_lines_are_short_plain_text) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    auto bytes = test::random_bytes(seed, seed * 37);
    if (seed % 2 == 0) {
      for (char& c : bytes) c = "  a(\\\n"[static_cast<unsigned char>(c) % 6];
    }
    const auto text = lines_of(98'765'432ms, bytes);
    for (const auto& line : test::split(text, '\n')) {
      EXPECT_LE(line.size(), 72U) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
      EXPECT_THAT(line, Not(HasSubstr("  ")));
    }
    EXPECT_EQ(captured_bytes(magic + text), bytes) << "seed " << seed;
  }
}

TEST(Capture, head_tells_what_a_bug_report_needs) {
  CaptureContext context;
  context.program = "vscp-p1d 1.2.3";
  context.source = "/dev/ttyUSB0";
  context.serial.baudrate = 9600;
  context.serial.bytesize = 7;
  context.serial.parity = Parity::even;
  context.serial.crc = CrcCheck::off;
  context.has_key = true;
  context.begin = {1'780'315'200, 0};
  context.utc_offset = -(3 * 3600 + 1800);
  const auto head = capture_head(context);
  EXPECT_EQ(head, magic +
                      "# vscp-p1d 1.2.3, begun 2026-06-01T12:00:00Z, zone UTC-03:30\n"
                      "# source /dev/ttyUSB0\n"
                      "# 9600 baud 7E1, rts on, dtr on, crc off, timeout 20 s\n"
                      "# decryption_key set\n");
  EXPECT_TRUE(is_capture(head));
  EXPECT_THAT(chunks_of(head), ElementsAre());
}

TEST(Capture, a_line_break_in_a_remark_is_no_line) {
  std::string out = magic;
  append_capture_remark(1500ms, "/dev/x\n2.000 bytes\r: unplugged", out);
  EXPECT_THAT(chunks_of(out), ElementsAre());
  EXPECT_THAT(out, HasSubstr("# 1.500 /dev/x"));
}

TEST(Capture, is_known_by_its_magic_line) {
  struct Case {
    std::string text;
    bool is_one;
  };
  const Case cases[] = {
      {magic, true},
      {"# vscp-p1d capture 1", true},
      {"# vscp-p1d capture 1\r\n0.000 x\r\n", true},
      {"\xEF\xBB\xBF# vscp-p1d capture 1\n", true},
      {"\n   # vscp-p1d capture 1\n", true},
      {"From: me\n\nHere it is:\n> # vscp-p1d capture 1\n> 0.000 x\n", true},
      {"```\n# vscp-p1d capture 1\n", true},
      {"", false},
      {"/EXA5\\meter\r\n\r\n1-0:1.8.0(000001.234*kWh)\r\n!\r\n", false},
      {"# vscp-p1d capture 2\n", false},
      {"# vscp-p1d capture 11\n", false},
      {"see # vscp-p1d capture 1\n", false},
      {std::string(5000, '\n') + magic, false},
  };
  for (const auto& c : cases) EXPECT_EQ(is_capture(c.text), c.is_one) << c.text.substr(0, 60);
}

TEST(Capture, survives_mail_and_issue_trackers) {
  const std::vector<std::string> expected = {"0:/EXA5\\m x\r\n", "1500:1-0:1.7.0(00.567*kW)\r\n!\r\n"};
  const std::string good =
      magic + "# a remark\n0.000 /EXA5\\\\m x\\r\\n\n1.500 1-0:1.7.0(00.567*kW)\\r\\n\n1.500 !\\r\\n\n";
  const auto with_each_line = [&good](const std::string& before, const std::string& after) {
    std::string text;
    for (const auto& line : test::split(good, '\n')) text.append(before).append(line).append(after + "\n");
    return text;
  };
  EXPECT_EQ(chunks_of(good), expected);
  EXPECT_EQ(chunks_of(with_each_line("", "\r")), expected) << "CR LF";
  EXPECT_EQ(chunks_of(with_each_line("    ", "")), expected) << "indented";
  EXPECT_EQ(chunks_of(with_each_line("\t", " \t")), expected) << "tabs and blanks behind";
  EXPECT_EQ(chunks_of(with_each_line("> > ", "")), expected) << "quoted twice";
  EXPECT_EQ(chunks_of(with_each_line("", "\n")), expected) << "blank lines";
  EXPECT_EQ(chunks_of("Hello,\n0.000 no bytes yet\n```\n" + good + "```\n"), expected) << "in a message";
}

TEST(Capture, a_damaged_line_costs_itself) {
  for (const std::string line :
       {"0.5 x",      "0.50 x",     "0.5000 x",         ".500 x",     "0,500 x",     "-0.500 x",
        "+0.500 x",   "0.-50 x",    "1234567890.000 x", "0.500",      "0.500 ",      "x",
        "0.500 \\",   "0.500 \\q",  "0.500 \\x",        "0.500 \\x1", "0.500 \\xG1", "0.500 \\x-1",
        "0.500 a\tb", "0.500 \x7F", "0.500 \xC2\xA0",   "0.500x y"}) {
    EXPECT_THAT(chunks_of(magic + "0.100 a\n" + line + "\n0.900 b\n", 1), ElementsAre("100:a", "900:b")) << line;
  }
}

TEST(Capture, times_never_go_back) {
  EXPECT_THAT(chunks_of(magic + "5.000 a\n4.000 b\n6.000 c\n"), ElementsAre("5000:ab", "6000:c"));
}

TEST(Capture, captures_may_follow_one_another) {
  EXPECT_THAT(chunks_of(magic + "1.000 a\n" + magic + "0.500 b\n" + magic + "0.500 c\n"),
              ElementsAre("1000:a", "1500:b", "2000:c"));
}

}  // namespace
}  // namespace vscp_p1
