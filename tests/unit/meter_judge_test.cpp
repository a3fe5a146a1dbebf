#include "vscp_p1/meter_judge.hpp"

#include <gtest/gtest.h>

#include "support.hpp"

namespace vscp_p1 {
namespace {

const std::string body =
    "/TST5\\judged\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(260601120000S)\r\n1-0:1.8.1(001234.567*kWh)\r\n"
    "1-0:1.7.0(00.321*kW)\r\n";

class Judge : public testing::Test {
 protected:
  void feed(const std::string& bytes) { judge_.feed(bytes, test::host_now); }

  Settings settings_;
  Result<std::string_view> plaintext_{Errc::key_missing};
  MeterJudge judge_{settings_, {}, [this](const CipheredFrame&) { return plaintext_; }};
};

std::string ciphered() {
  const std::string sealed = std::string("\x30") + "\x01\x02\x03\x04" + test::random_bytes(7, 60);
  return std::string("\xDB\x08") + "EXAmeter" + static_cast<char>(sealed.size()) + sealed;
}

TEST_F(Judge, KnowsAMeterByItsFirstTelegram) {
  feed(test::with_crc(body));
  ASSERT_TRUE(judge_.meter());
  EXPECT_EQ(judge_.meter()->header, "TST5\\judged");
  EXPECT_EQ(judge_.meter()->standard, "DSMR 5.0");
  EXPECT_EQ(judge_.meter()->crc, CrcState::good);
  EXPECT_EQ(judge_.meter()->lines, 4U);
  EXPECT_FALSE(judge_.meter()->is_encrypted);
  ASSERT_EQ(judge_.meter()->readings.size(), 2U);
  EXPECT_EQ(judge_.meter()->readings[0].key, "sum_active_energy_out_t1");
  EXPECT_EQ(judge_.meter()->readings[0].text, "1234.567 kWh");
  EXPECT_EQ(judge_.meter()->readings[1].text, "321 W");
}

TEST_F(Judge, TellsThatNoCrcWasSent) {
  feed("/TST5\\judged\r\n\r\n1-0:1.8.1(00001.234*kWh)\r\n!\r\n");
  ASSERT_TRUE(judge_.meter());
  EXPECT_EQ(judge_.meter()->crc, CrcState::not_sent);
  EXPECT_EQ(judge_.meter()->standard, "DSMR 2.2 or 3.0 (Netherlands)");
}

TEST_F(Judge, OneWrongCrcIsAnAccidentThreeAreNot) {
  for (int i = 1; i <= 3; ++i) {
    EXPECT_FALSE(judge_.obstacle()) << i;
    feed(body + "!0001\r\n");
    EXPECT_EQ(judge_.restart(), Errc::crc_mismatch);
  }
  EXPECT_EQ(judge_.obstacle(), Errc::crc_mismatch);
  EXPECT_FALSE(judge_.meter());
}

TEST_F(Judge, ShowsNothingThatATerminalObeys) {
  auto sent = body;
  sent.replace(1, 3, "\x1B[2");
  feed(test::with_crc(sent));
  ASSERT_TRUE(judge_.meter());
  EXPECT_EQ(judge_.meter()->header, "\\x1b[25\\judged");
}

TEST_F(Judge, AnEncryptedMeterNeedsAKey) {
  feed(ciphered());
  EXPECT_EQ(judge_.obstacle(), Errc::key_missing);
}

TEST_F(Judge, AnEncryptedMeterWithItsKeyIsAMeter) {
  const auto text = test::with_crc(body);
  plaintext_ = std::string_view(text);
  feed(ciphered());
  ASSERT_TRUE(judge_.meter());
  EXPECT_TRUE(judge_.meter()->is_encrypted);
  EXPECT_EQ(judge_.meter()->readings.size(), 2U);
}

TEST_F(Judge, BinaryMetersAreNamed) {
  feed(std::string("\x7E\xA0\x08\x01\x02\x21\x13\x00\x00\x7E", 10));
  EXPECT_EQ(judge_.obstacle(), Errc::hdlc_frame);
}

TEST_F(Judge, WhatWasBegunAtAnotherRateIsForgotten) {
  feed(body.substr(0, 30));
  EXPECT_EQ(judge_.restart(), Errc::telegram_cut);
  feed(test::with_crc(body));
  EXPECT_TRUE(judge_.meter());
  EXPECT_EQ(judge_.restart(), std::nullopt);
}

TEST_F(Judge, GarbageIsNothing) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) feed(test::random_bytes(seed, 5000));
  EXPECT_FALSE(judge_.meter());
  EXPECT_FALSE(judge_.obstacle());
}

// ---- standards, on the telegrams of tests/data

class LikelyStandard : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(LikelyStandard, IsToldByTheCodes) {
  const auto [file, standard] = GetParam();
  const auto text = test::read_file(std::string(SOURCE_DIR) + "/tests/data/" + file + ".txt");
  EXPECT_EQ(likely_standard(text), standard);
}

INSTANTIATE_TEST_SUITE_P(
    Data, LikelyStandard,
    testing::Values(std::pair{"dsmr50_three_phase", "DSMR 5.0"}, std::pair{"dsmr42_gas", "DSMR 4.2"},
                    std::pair{"dsmr22_kamstrup", "DSMR 2.2 or 3.0 (Netherlands)"},
                    std::pair{"dsmr30_four_devices", "DSMR 2.2 or 3.0 (Netherlands)"},
                    std::pair{"be_emucs_gas_water", "eMUCS-P1 50221 (Belgium)"},
                    std::pair{"lu_smarty_full", "Smarty P1 (Luxembourg)"},
                    std::pair{"se_h1_26_lines", "H1 (Sweden), or its form in Finland, Norway, Denmark"},
                    std::pair{"fi_h1", "H1 (Sweden), or its form in Finland, Norway, Denmark"},
                    std::pair{"hu_eon_sanxing", "P1 of E.ON (Hungary)"},
                    std::pair{"de_d0_ebz", "IEC 62056-21, D0 interface (Germany)"},
                    std::pair{"nl_warmtelink_heat", "WarmteLink (Netherlands, district heating)"}),
    [](const auto& tested) { return std::string(tested.param.first); });

}  // namespace
}  // namespace vscp_p1
