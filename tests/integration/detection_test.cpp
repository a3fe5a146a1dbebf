#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "harness.hpp"
#include "meter_line.hpp"

// serial_baudrate = auto: the daemon finds the meter's serial settings.
namespace itest {
namespace {

class Detection : public testing::Test {
 protected:
  void start(const std::map<std::string, std::string>& serial_keys = {}) {
    config_["SERIAL"] = serial_keys;
    daemon_ = start_daemon(dir_, config_, {"-d", "--dry-run", "--source", meter_.name()});
    ASSERT_TRUE(daemon_->wait_for_err(": open"));
  }
  bool wait_for_value(unsigned number) const {
    return daemon_->wait_for_out([&](const std::string& out) { return contains(out, value_of(number)); });
  }

  TempDir dir_;
  Pty meter_{dir_.file("meter")};
  ConfigText config_ = config_for();
  std::unique_ptr<Process> daemon_;
};

TEST_F(Detection, TheFirstTelegramProvesTheUsualSettingsAndIsPublished) {
  start();
  EXPECT_EQ(meter_.speed(), speed_t{B115200});
  ASSERT_TRUE(meter_.write(numbered(1)));
  EXPECT_TRUE(wait_for_value(1));
  EXPECT_TRUE(daemon_->wait_for_err("found at 115200 8N1: /TST5 integration")) << daemon_->err();
  EXPECT_FALSE(contains(daemon_->err(), "trying")) << daemon_->err();
}

TEST_F(Detection, AnOldDutchMeterIsFound) {
  start();
  const SendingMeter sending(meter_, with_even_parity(numbered(7)), B9600);
  EXPECT_TRUE(wait_for_value(7)) << daemon_->err();
  EXPECT_TRUE(daemon_->wait_for_err("found at 9600 7E1")) << daemon_->err();
  EXPECT_EQ(count_of(daemon_->err(), "trying"), 2U) << daemon_->err();
}

TEST_F(Detection, ParityBitsLeadToSevenBitsAtOnce) {
  start();
  const SendingMeter sending(meter_, with_even_parity(numbered(7)), B115200);
  EXPECT_TRUE(wait_for_value(7)) << daemon_->err();
  EXPECT_TRUE(daemon_->wait_for_err("found at 115200 7E1")) << daemon_->err();
}

TEST_F(Detection, WhatWasFoundStaysWhenThePortIsOpenedAnew) {
  start();
  {
    const SendingMeter sending(meter_, numbered(7), B9600);
    ASSERT_TRUE(wait_for_value(7)) << daemon_->err();
  }
  const auto tries = count_of(daemon_->err(), "trying");
  meter_.unplug();
  ASSERT_TRUE(daemon_->wait_for_err("unplugged"));
  meter_.plug();
  ASSERT_TRUE(daemon_->wait_for_err(": open", 2));
  EXPECT_EQ(meter_.speed(), speed_t{B9600});
  ASSERT_TRUE(meter_.write(numbered(8)));
  EXPECT_TRUE(wait_for_value(8));
  EXPECT_EQ(count_of(daemon_->err(), "trying"), tries) << daemon_->err();
  EXPECT_EQ(count_of(daemon_->err(), "found at"), 1U) << daemon_->err();
}

TEST_F(Detection, AMeterWithOtherSettingsIsFoundInItsPlace) {
  start({{"serial_timeout", "1"}});
  ASSERT_TRUE(meter_.write(numbered(1)));
  ASSERT_TRUE(daemon_->wait_for_err("found at 115200 8N1"));
  const SendingMeter other(meter_, numbered(2), B9600);
  EXPECT_TRUE(wait_for_value(2)) << daemon_->err();
  EXPECT_TRUE(daemon_->wait_for_err("found at 9600 7E1")) << daemon_->err();
}

TEST_F(Detection, ANumberIsNotTouched) {
  start({{"serial_baudrate", "115200"}, {"serial_timeout", "1"}});
  const SendingMeter sending(meter_, numbered(7), B9600);
  EXPECT_TRUE(daemon_->wait_for_err("check serial_baudrate, serial_parity and the cable")) << daemon_->err();
  EXPECT_TRUE(daemon_->wait_for_err(": open", 5));
  EXPECT_EQ(meter_.speed(), speed_t{B115200});
  EXPECT_FALSE(contains(daemon_->err(), "trying")) << daemon_->err();
}

TEST_F(Detection, ASetFormatIsTheOnlyOne) {
  start({{"serial_bytesize", "7"}, {"serial_parity", "even"}});
  const SendingMeter sending(meter_, numbered(7), B9600);
  EXPECT_TRUE(daemon_->wait_for_err("found at 9600 7E1")) << daemon_->err();
  EXPECT_EQ(count_of(daemon_->err(), "trying"), 1U) << daemon_->err();
}

TEST_F(Detection, TheAdviceTellsWhatWasTried) {
  start({{"serial_timeout", "2"}});
  const SendingMeter sending(meter_, numbered(7), B300);
  EXPECT_TRUE(
      daemon_->wait_for_err("tried 115200 8N1, 115200 7E1, 9600 7E1, 9600 8N1, 2400 8E1, 115200 8E1, 38400 "
                            "8N1, 9600 7N1; check that the cable inverts the signal, or set serial_baudrate",
                            1, 2 * patience))
      << daemon_->err();
  EXPECT_EQ(count_of(daemon_->err(), "no good telegram for"), 1U) << daemon_->err();
}

TEST_F(Detection, BinaryFramesEndTheSearchWhereTheyAreFound) {
  start();
  const SendingMeter sending(meter_, std::string("\x7E\xA0\x08\x01\x02\x21\x13\x00\x00\x7E", 10), B9600);
  EXPECT_TRUE(daemon_->wait_for_err("binary DLMS/HDLC frame")) << daemon_->err();
  EXPECT_TRUE(daemon_->wait_for_err("it sends at 9600 8N1")) << "HDLC has eight bits: " << daemon_->err();
}

TEST_F(Detection, AReloadGoesFromANumberToAutoAndBack) {
  start({{"serial_baudrate", "9600"}});
  ASSERT_TRUE(meter_.write(numbered(1)));
  ASSERT_TRUE(wait_for_value(1));
  const auto reload = [&](const std::string& rate) {
    config_["SERIAL"]["serial_baudrate"] = rate;
    return take_over(dir_, config_, *daemon_);
  };
  ASSERT_TRUE(reload("auto"));
  EXPECT_EQ(meter_.speed(), speed_t{B9600}) << "what worked is tried first";
  ASSERT_TRUE(meter_.write(numbered(2)));
  ASSERT_TRUE(wait_for_value(2));
  EXPECT_TRUE(daemon_->wait_for_err("found at 9600 8N1")) << daemon_->err();
  ASSERT_TRUE(reload("115200"));
  EXPECT_EQ(meter_.speed(), speed_t{B115200});
  ASSERT_TRUE(reload("auto"));
  const SendingMeter sending(meter_, numbered(3), B9600);
  EXPECT_TRUE(wait_for_value(3)) << daemon_->err();
  EXPECT_EQ(count_of(daemon_->err(), ": open"), 1U) << "the port was closed: " << daemon_->err();
}

}  // namespace
}  // namespace itest
