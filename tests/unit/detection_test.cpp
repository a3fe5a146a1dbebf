#include "vscp_p1/detection.hpp"

#include <gtest/gtest.h>

#include "line.hpp"
#include "support.hpp"

namespace vscp_p1 {
namespace {

using test::inverted;
using test::random_bytes;
using test::with_even_parity;
using Time = SettingsSearch::Time;

const std::string telegram_text = test::with_crc(
    "/TST5 line\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(260601120000S)\r\n1-0:1.8.0(001234.567*kWh)\r\n"
    "1-0:1.7.0(00.321*kW)\r\n1-0:32.7.0(230.1*V)\r\n");

std::vector<std::string> texts(const std::vector<LineFormat>& formats) {
  std::vector<std::string> result;
  for (const auto& format : formats) result.push_back(format.text());
  return result;
}

SerialSettings serial(unsigned baudrate, unsigned bytesize = 8, Parity parity = Parity::none, unsigned stopbits = 1) {
  return with_format({}, {baudrate, bytesize, parity, stopbits});
}

// ---- candidates

TEST(LineCandidates, TheMostFrequentFirst) {
  EXPECT_EQ(texts(line_candidates({})),
            (std::vector<std::string>{"115200 8N1", "115200 7E1", "9600 7E1", "9600 8N1", "2400 8E1", "115200 8E1",
                                      "38400 8N1", "9600 7N1"}));
}

TEST(LineCandidates, ANumberIsTheOnlyOne) {
  EXPECT_EQ(texts(line_candidates(serial(9600, 7, Parity::even))), std::vector<std::string>{"9600 7E1"});
  EXPECT_EQ(texts(line_candidates(serial(115'200))), std::vector<std::string>{"115200 8N1"});
  EXPECT_EQ(texts(line_candidates(serial(300, 8, Parity::odd, 2))), std::vector<std::string>{"300 8O2"});
}

TEST(LineCandidates, ASetFormatHoldsAtEachRate) {
  EXPECT_EQ(texts(line_candidates(serial(SerialSettings::find_baudrate, 7, Parity::even))),
            (std::vector<std::string>{"115200 7E1", "9600 7E1", "2400 7E1", "38400 7E1"}));
}

TEST(LineCandidates, WhatIsSetComesBeforeAllOthers) {
  const auto all = all_candidates(serial(19'200, 7, Parity::even));
  ASSERT_EQ(all.size(), line_candidates({}).size() + 1);
  EXPECT_EQ(all.front().text(), "19200 7E1");
  EXPECT_EQ(all_candidates(serial(9600)).size(), line_candidates({}).size()) << "one comes twice";
  EXPECT_EQ(all_candidates({}), line_candidates({}));
}

// ---- census

struct KindCase {
  const char* name;
  std::string bytes;
  LineKind kind;
};
void PrintTo(const KindCase& tested, std::ostream* out) { *out << tested.name; }

class Census : public testing::TestWithParam<KindCase> {};

TEST_P(Census, TellsWhatTheBytesAre) {
  LineCensus census;
  for (const char c : GetParam().bytes) census.add({&c, 1});
  EXPECT_EQ(census.bytes(), GetParam().bytes.size());
  EXPECT_EQ(census.kind(), GetParam().kind);
}

INSTANTIATE_TEST_SUITE_P(
    All, Census,
    testing::Values(KindCase{"nothing", "", LineKind::silence}, KindCase{"a_plug", "\xFF\x80\x01", LineKind::too_few},
                    KindCase{"a_telegram", telegram_text, LineKind::text},
                    KindCase{"its_end", telegram_text.substr(60), LineKind::text},
                    KindCase{"a_message_of_other_bytes", telegram_text + std::string(30, '\xFF'), LineKind::text},
                    KindCase{"seven_bits", with_even_parity(telegram_text), LineKind::even_parity},
                    KindCase{"upside_down", inverted(telegram_text), LineKind::inverted},
                    KindCase{"zeros", std::string(200, '\0'), LineKind::garbage},
                    KindCase{"ones", std::string(200, '\xFF'), LineKind::garbage},
                    KindCase{"every_other_a_framing_error",
                             [] {
                               auto bytes = telegram_text;
                               for (std::size_t i = 0; i < bytes.size(); i += 2) bytes[i] = '\0';
                               return bytes;
                             }(),
                             LineKind::garbage},
                    KindCase{"random", random_bytes(1, 1000), LineKind::garbage}),
    [](const auto& tested) { return tested.param.name; });

TEST(Census, RandomBytesAreNeverTakenForAnythingElse) {
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    LineCensus census;
    census.add(random_bytes(seed, 40 + seed % 400));
    EXPECT_EQ(census.kind(), LineKind::garbage) << seed;
  }
}

// ---- search: time goes in steps of 100 ms, as the loop would call

class Search : public testing::Test {
 protected:
  // Lets time go by; returns whether the format changed.
  bool wait(Time duration) {
    bool moved = false;
    for (const auto end = now_ + duration; now_ < end;) {
      now_ += Time{100};
      while (search_.due() <= now_ && search_.advance(now_)) moved = true;
    }
    return moved;
  }
  bool hear(const std::string& bytes) {
    search_.on_bytes(bytes, now_);
    return wait(Time{1000});
  }
  std::string format() const { return search_.current().text(); }

  Time now_{5'000'000};
  SettingsSearch search_{line_candidates({}), {}, now_};
};

TEST_F(Search, SilenceAccusesNone) {
  EXPECT_FALSE(wait(Time{59'000}));
  EXPECT_EQ(format(), "115200 8N1");
}

TEST_F(Search, AfterAMinuteOfSilenceAnotherRateIsTried) {
  std::vector<std::string> formats;
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(wait(Time{60'000}));
    formats.push_back(format());
  }
  EXPECT_EQ(formats, (std::vector<std::string>{"9600 7E1", "2400 8E1", "38400 8N1", "9600 7N1"}));
  EXPECT_TRUE(search_.has_tried_all());
}

TEST_F(Search, TheRestOfABurstCountsTheFormatsBytes) {
  EXPECT_FALSE(hear(random_bytes(1, 300)));
  EXPECT_TRUE(wait(Time{12'000}));
  EXPECT_EQ(search_.left_kind(), LineKind::garbage);
  EXPECT_EQ(search_.left_bytes(), 300U);
}

TEST_F(Search, EachBurstOfGarbageLeadsToTheNext) {
  std::vector<std::string> formats;
  wait(Time{1000});
  for (std::uint32_t burst = 0; burst < 9; ++burst) {
    EXPECT_EQ(search_.has_tried_all(), burst >= 8) << burst;
    EXPECT_TRUE(hear(random_bytes(burst, 300)));
    EXPECT_EQ(search_.left_kind(), LineKind::garbage);
    EXPECT_EQ(search_.left_bytes(), 300U);
    formats.push_back(format());
  }
  EXPECT_EQ(formats, (std::vector<std::string>{"115200 7E1", "9600 7E1", "9600 8N1", "2400 8E1", "115200 8E1",
                                               "38400 8N1", "9600 7N1", "115200 8N1", "115200 7E1"}));
}

TEST_F(Search, TheRestOfABurstThatHadBegunIsNoProof) {
  EXPECT_FALSE(hear(random_bytes(1, 300))) << "it may be the end of an encrypted telegram";
  wait(Time{8000});
  EXPECT_EQ(format(), "115200 8N1");
  EXPECT_TRUE(hear(random_bytes(2, 300)));
  EXPECT_EQ(format(), "115200 7E1");
}

TEST_F(Search, GarbageWithoutAPauseEndsWithTheDwell) {
  bool moved = false;
  int steps = 0;
  for (; steps < 200 && !moved; ++steps) {
    search_.on_bytes(random_bytes(static_cast<std::uint32_t>(steps), 100), now_);
    moved = wait(Time{100});
  }
  EXPECT_EQ(steps, 120);
  EXPECT_EQ(format(), "115200 7E1");
}

TEST_F(Search, TextIsGivenThreeTimesAsLong) {
  wait(Time{1000});
  Time heard{0};
  while (!hear(telegram_text.substr(20))) heard += Time{1000};
  EXPECT_EQ(heard, Time{34'000});
}

TEST_F(Search, AFewBytesOfAPlugAccuseNone) {
  wait(Time{1000});
  EXPECT_FALSE(hear("\xFF\x80\x01"));
}

TEST_F(Search, ParityInTheEighthBitLeadsToSevenBitsAtThatRate) {
  wait(Time{1000});
  EXPECT_TRUE(hear(with_even_parity(telegram_text)));
  EXPECT_EQ(format(), "115200 7E1");
  EXPECT_EQ(search_.left_kind(), LineKind::even_parity);
}

TEST_F(Search, AnInvertedSignalIsRemembered) {
  wait(Time{1000});
  EXPECT_TRUE(hear(inverted(telegram_text)));
  EXPECT_TRUE(search_.was_inverted());
  EXPECT_TRUE(hear(random_bytes(1, 300)));
  EXPECT_TRUE(search_.was_inverted());
}

TEST_F(Search, AMeterThatAwakesIsLookedForFromTheFirstOn) {
  wait(Time{61'000});
  ASSERT_EQ(format(), "9600 7E1");
  EXPECT_TRUE(hear(random_bytes(1, 300)));
  EXPECT_EQ(format(), "115200 8N1");
  EXPECT_TRUE(hear(random_bytes(2, 300)));
  EXPECT_EQ(format(), "115200 7E1");
  EXPECT_TRUE(hear(random_bytes(3, 300)));
  EXPECT_EQ(format(), "9600 8N1") << "9600 7E1 had garbage";
}

TEST_F(Search, WhatThePortDoesNotKnowIsSkipped) {
  search_.skip(now_);
  EXPECT_EQ(format(), "115200 7E1");
  EXPECT_EQ(search_.tried(), "115200 8N1");
}

}  // namespace
}  // namespace vscp_p1
