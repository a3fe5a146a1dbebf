#include <gtest/gtest.h>

#include <csignal>

#include "decode.hpp"
#include "harness.hpp"
#include "meter_line.hpp"

// serial_baudrate = auto: the daemon finds the meter's serial settings.
namespace itest {
namespace {

Arguments watching(const std::string& source) { return {"-d", "--dry-run", "--source", source}; }

bool wait_for_value(const Process& daemon, unsigned number) {
  return daemon.wait_for_out([&](const std::string& out) { return contains(out, value_of(number)); });
}

TEST(Detection, TheFirstTelegramProvesTheUsualSettingsAndIsPublished) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  const auto daemon = start_daemon(dir, config_for(), watching(meter.name()));
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  EXPECT_EQ(meter.speed(), speed_t{B115200});
  ASSERT_TRUE(meter.write(numbered(1)));
  EXPECT_TRUE(wait_for_value(*daemon, 1));
  EXPECT_TRUE(daemon->wait_for_err("found at 115200 8N1: /TST5 integration")) << daemon->err();
  EXPECT_FALSE(contains(daemon->err(), "trying")) << daemon->err();
}

TEST(Detection, AnOldDutchMeterIsFound) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  const auto daemon = start_daemon(dir, config_for(), watching(meter.name()));
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  const SendingMeter sending(meter, with_even_parity(numbered(7)), B9600);
  EXPECT_TRUE(wait_for_value(*daemon, 7)) << daemon->err();
  EXPECT_TRUE(daemon->wait_for_err("found at 9600 7E1")) << daemon->err();
  EXPECT_EQ(count_of(daemon->err(), "trying"), 2U) << daemon->err();
}

TEST(Detection, ParityBitsLeadToSevenBitsAtOnce) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  const auto daemon = start_daemon(dir, config_for(), watching(meter.name()));
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  const SendingMeter sending(meter, with_even_parity(numbered(7)), B115200);
  EXPECT_TRUE(wait_for_value(*daemon, 7)) << daemon->err();
  EXPECT_TRUE(daemon->wait_for_err("found at 115200 7E1")) << daemon->err();
}

TEST(Detection, WhatWasFoundStaysWhenThePortIsOpenedAnew) {
  const TempDir dir;
  Pty meter(dir.file("meter"));
  const auto daemon = start_daemon(dir, config_for(), watching(meter.name()));
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  {
    const SendingMeter sending(meter, numbered(7), B9600);
    ASSERT_TRUE(wait_for_value(*daemon, 7)) << daemon->err();
  }
  const auto tries = count_of(daemon->err(), "trying");
  meter.unplug();
  ASSERT_TRUE(daemon->wait_for_err("unplugged"));
  meter.plug();
  ASSERT_TRUE(daemon->wait_for_err(": open", 2));
  EXPECT_EQ(meter.speed(), speed_t{B9600});
  ASSERT_TRUE(meter.write(numbered(8)));
  EXPECT_TRUE(wait_for_value(*daemon, 8));
  EXPECT_EQ(count_of(daemon->err(), "trying"), tries) << daemon->err();
  EXPECT_EQ(count_of(daemon->err(), "found at"), 1U) << daemon->err();
}

TEST(Detection, AMeterWithOtherSettingsIsFoundInItsPlace) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  auto config = config_for();
  config["SERIAL"]["serial_timeout"] = "1";
  const auto daemon = start_daemon(dir, config, watching(meter.name()));
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  ASSERT_TRUE(meter.write(numbered(1)));
  ASSERT_TRUE(daemon->wait_for_err("found at 115200 8N1"));
  const SendingMeter other(meter, numbered(2), B9600);
  EXPECT_TRUE(wait_for_value(*daemon, 2)) << daemon->err();
  EXPECT_TRUE(daemon->wait_for_err("found at 9600 7E1")) << daemon->err();
}

TEST(Detection, ANumberIsNotTouched) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  auto config = config_for();
  config["SERIAL"]["serial_baudrate"] = "115200";
  config["SERIAL"]["serial_timeout"] = "1";
  const auto daemon = start_daemon(dir, config, watching(meter.name()));
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  const SendingMeter sending(meter, numbered(7), B9600);
  EXPECT_TRUE(daemon->wait_for_err("check serial_baudrate, serial_parity and the cable")) << daemon->err();
  EXPECT_TRUE(daemon->wait_for_err(": open", 5));
  EXPECT_EQ(meter.speed(), speed_t{B115200});
  EXPECT_FALSE(contains(daemon->err(), "trying")) << daemon->err();
}

TEST(Detection, ASetFormatIsTheOnlyOne) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  auto config = config_for();
  config["SERIAL"]["serial_bytesize"] = "7";
  config["SERIAL"]["serial_parity"] = "even";
  const auto daemon = start_daemon(dir, config, watching(meter.name()));
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  const SendingMeter sending(meter, numbered(7), B9600);
  EXPECT_TRUE(daemon->wait_for_err("found at 9600 7E1")) << daemon->err();
  EXPECT_EQ(count_of(daemon->err(), "trying"), 1U) << daemon->err();
}

TEST(Detection, TheAdviceTellsWhatWasTried) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  auto config = config_for();
  config["SERIAL"]["serial_timeout"] = "2";
  const auto daemon = start_daemon(dir, config, watching(meter.name()));
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  const SendingMeter sending(meter, numbered(7), B300);
  EXPECT_TRUE(
      daemon->wait_for_err("tried 115200 8N1, 115200 7E1, 9600 7E1, 9600 8N1, 2400 8E1, 115200 8E1, 38400 "
                           "8N1, 9600 7N1; check that the cable inverts the signal, or set serial_baudrate",
                           1, 2 * patience))
      << daemon->err();
  EXPECT_EQ(count_of(daemon->err(), "no good telegram for"), 1U) << daemon->err();
}

TEST(Detection, BinaryFramesEndTheSearchWhereTheyAreFound) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  const auto daemon = start_daemon(dir, config_for(), watching(meter.name()));
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  const SendingMeter sending(meter, std::string("\x7E\xA0\x08\x01\x02\x21\x13\x00\x00\x7E", 10), B9600);
  EXPECT_TRUE(daemon->wait_for_err("binary DLMS/HDLC frame")) << daemon->err();
  EXPECT_TRUE(daemon->wait_for_err("it sends at 9600 8N1")) << "HDLC has eight bits: " << daemon->err();
}

TEST(Detection, AReloadGoesFromANumberToAutoAndBack) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  auto config = config_for();
  config["SERIAL"]["serial_baudrate"] = "9600";
  const auto daemon = start_daemon(dir, config, watching(meter.name()));
  ASSERT_TRUE(daemon->wait_for_err(": open"));
  ASSERT_TRUE(meter.write(numbered(1)));
  ASSERT_TRUE(wait_for_value(*daemon, 1));
  const auto reload = [&](const std::string& rate) {
    config["SERIAL"]["serial_baudrate"] = rate;
    return take_over(dir, config, *daemon);
  };
  ASSERT_TRUE(reload("auto"));
  EXPECT_EQ(meter.speed(), speed_t{B9600}) << "what worked is tried first";
  ASSERT_TRUE(meter.write(numbered(2)));
  ASSERT_TRUE(wait_for_value(*daemon, 2));
  EXPECT_TRUE(daemon->wait_for_err("found at 9600 8N1")) << daemon->err();
  ASSERT_TRUE(reload("115200"));
  EXPECT_EQ(meter.speed(), speed_t{B115200});
  ASSERT_TRUE(reload("auto"));
  const SendingMeter sending(meter, numbered(3), B9600);
  EXPECT_TRUE(wait_for_value(*daemon, 3)) << daemon->err();
  EXPECT_EQ(count_of(daemon->err(), ": open"), 1U) << "the port was closed: " << daemon->err();
}

}  // namespace
}  // namespace itest
