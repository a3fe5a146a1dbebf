#include "vscp_p1/source_uri.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace vscp_p1 {
namespace {

// "kind path|host port", or "error".
std::string shown(std::string_view text) {
  const auto uri = parse_source_uri(text);
  if (!uri) return "error";
  EXPECT_EQ(uri->text, text);
  switch (uri->kind) {
    case SourceUri::Kind::device: return "device " + uri->path;
    case SourceUri::Kind::tcp: return "tcp " + uri->host + " " + uri->port;
    case SourceUri::Kind::file: {
      std::ostringstream speed;
      if (uri->speed) speed << " at " << *uri->speed;
      return "file " + uri->path + speed.str();
    }
    case SourceUri::Kind::standard_input: return "stdin";
    case SourceUri::Kind::emulator: return "emulator";
  }
  return "no kind";
}

TEST(SourceUri, kinds) {
  struct Case {
    std::string_view text, expected;
  };
  const Case cases[] = {
      {"/dev/ttyUSB0", "device /dev/ttyUSB0"},
      {"/dev/serial/by-id/usb-FTDI_x:1-if00", "device /dev/serial/by-id/usb-FTDI_x:1-if00"},
      {"tcp://ser2net.local:2000", "tcp ser2net.local 2000"},
      {"tcp://192.168.1.2:1", "tcp 192.168.1.2 1"},
      {"tcp://host:65535/", "tcp host 65535"},
      {"tcp://[::1]:2000", "tcp ::1 2000"},
      {"tcp://[fe80::1%eth0]:2000", "tcp fe80::1%eth0 2000"},
      {"tcp://::1:2000", "tcp ::1 2000"},
      {"tcp://mät_er-1.example:1", "tcp mät_er-1.example 1"},
      {"file:capture.txt", "file capture.txt"},
      {"file:/tmp/a b.txt", "file /tmp/a b.txt"},
      {"file:tcp://x:1", "file tcp://x:1"},
      {"file:c?speed=60", "file c at 60"},
      {"file:c?speed=0", "file c at 0"},
      {"file:c?speed=0.5", "file c at 0.5"},
      {"file:c?speed=0.001", "file c at 0.001"},
      {"file:c?speed=1000000", "file c at 1e+06"},
      {"file:why?.txt", "file why?.txt"},
      {"file:c?speed", "file c?speed"},
      {"file:c?Speed=1", "file c?Speed=1"},
      {"file:c?speed=1?speed=2", "file c?speed=1 at 2"},
      {"file:?speed=1", "error"},
      {"file:c?speed=", "error"},
      {"file:c?speed=-1", "error"},
      {"file:c?speed=-0", "error"},
      {"file:c?speed=+1", "error"},
      {"file:c?speed=1e3", "error"},
      {"file:c?speed=0x10", "error"},
      {"file:c?speed=inf", "error"},
      {"file:c?speed=nan", "error"},
      {"file:c?speed=fast", "error"},
      {"file:c?speed=1 ", "error"},
      {"file:c?speed=1x", "error"},
      {"file:c?speed=0.0009", "error"},
      {"file:c?speed=1000001", "error"},
      {"-", "stdin"},
      {"emulator:", "emulator"},
      {"", "error"},
      {"ttyUSB0", "error"},
      {"COM1", "error"},
      {"file:", "error"},
      {"emulator", "error"},
      {"emulator:x", "error"},
      {"--", "error"},
      {"TCP://host:1", "error"},
      {"tcp://", "error"},
      {"tcp://host", "error"},
      {"tcp://host:", "error"},
      {"tcp://:2000", "error"},
      {"tcp://host:0", "error"},
      {"tcp://host:65536", "error"},
      {"tcp://host:99999999999", "error"},
      {"tcp://host:-1", "error"},
      {"tcp://host:+1", "error"},
      {"tcp://host:20x", "error"},
      {"tcp://host: 20", "error"},
      {"tcp://user:secret@127.0.0.1:19999", "error"},
      {"tcp://user@host:1", "error"},
      {"tcp://user:secret:1", "error"},
      {"tcp://host/path:1", "error"},
      {"tcp://a host:1", "error"},
      {"tcp://a,b:1", "error"},
      {"tcp://host?a:1", "error"},
      {"tcp://[::1:1", "error"},
      {"http://host:80", "error"},
  };
  for (const auto& c : cases) EXPECT_EQ(shown(c.text), c.expected) << '"' << c.text << '"';
}

TEST(SourceUri, errors_tell_what_is_right) {
  EXPECT_THAT(parse_source_uri("ttyUSB0").error(), ::testing::HasSubstr("/dev/ttyUSB0"));
  EXPECT_THAT(parse_source_uri("file:c?speed=x").error(), ::testing::HasSubstr("file:capture.txt?speed=60"));
  EXPECT_THAT(parse_source_uri("tcp://host").error(), ::testing::HasSubstr("tcp://ser2net.local:2000"));
}

TEST(SourceUri, a_line_may_come_back) {
  struct Case {
    std::string_view text;
    bool line;
  };
  for (const auto& c :
       {Case{"/dev/ttyUSB0", true}, {"tcp://h:1", true}, {"file:x", false}, {"-", false}, {"emulator:", false}}) {
    const auto uri = parse_source_uri(c.text);
    ASSERT_TRUE(uri) << c.text;
    EXPECT_EQ(uri->is_line(), c.line) << c.text;
  }
}

}  // namespace
}  // namespace vscp_p1
