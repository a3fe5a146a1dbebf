#include "vscp_p1/time.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscp_p1 {
namespace {

constexpr std::string_view cet = "CET-1CEST,M3.5.0,M10.5.0/3";
constexpr std::string_view helsinki = "EET-2EEST,M3.5.0/3,M10.5.0/4";
constexpr std::string_view israel = "IST-2IDT,M3.4.4/26,M10.5.0";
constexpr std::string_view brazil = "<-03>3";
constexpr std::string_view sydney = "AEST-10AEDT,M10.1.0,M4.1.0/3";
constexpr std::string_view lord_howe = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0";
constexpr std::string_view newfoundland = "NST3:30NDT,M3.2.0,M11.1.0";

TimeZone zone_of(std::string_view rule) {
  const auto zone = TimeZone::parse(rule);
  EXPECT_TRUE(zone) << rule << " is a rule";
  return zone ? *zone : TimeZone();
}

std::string shown(const Result<UtcTime>& time) {
  return std::string(time ? IsoTime(*time).view() : message(time.error()));
}

// Seconds since 1970 of "YYYYMMDD hh:mm:ss" read as UTC.
std::int64_t at(std::string_view text) {
  const auto time = parse_timestamp(text, zone_of("UTC0"));
  EXPECT_TRUE(time) << text;
  return time ? time->seconds : 0;
}

// Ireland's rule has winter time as a negative saving; the letters mean the same as everywhere.
TEST(TimeZone, winter_time_as_a_saving) {
  const auto dublin = zone_of("IST-1GMT0,M10.5.0,M3.5.0/1");
  EXPECT_EQ(shown(parse_timestamp("240121093015W", dublin)), "2024-01-21T09:30:15Z");
  EXPECT_EQ(shown(parse_timestamp("240721093015S", dublin)), "2024-07-21T08:30:15Z");
  EXPECT_EQ(shown(parse_timestamp("240121093015", dublin)), "2024-01-21T09:30:15Z");
  EXPECT_EQ(shown(parse_timestamp("240721093015", dublin)), "2024-07-21T08:30:15Z");
  EXPECT_EQ(shown(parse_timestamp("240331003000", dublin)), "2024-03-31T00:30:00Z");
  EXPECT_EQ(shown(parse_timestamp("240331023000", dublin)), "2024-03-31T01:30:00Z");
}

TEST(IsoTime, known_moments) {
  struct Case {
    std::int64_t seconds;
    std::string_view expected;
  };
  const Case cases[] = {
      {0, "1970-01-01T00:00:00Z"},
      {-1, "1969-12-31T23:59:59Z"},
      {951'782'400, "2000-02-29T00:00:00Z"},
      {1'709'164'799, "2024-02-28T23:59:59Z"},
      {1'709'164'800, "2024-02-29T00:00:00Z"},
      {1'780'315'200, "2026-06-01T12:00:00Z"},
      {4'102'444'799, "2099-12-31T23:59:59Z"},
  };
  for (const auto& c : cases) EXPECT_EQ(IsoTime({c.seconds, 999'999}).view(), c.expected) << c.seconds;
}

TEST(Timestamp, letter_is_the_truth) {
  struct Case {
    std::string_view text, rule, expected;
  };
  const Case cases[] = {
      {"160115220459W", cet, "2016-01-15T21:04:59Z"},      {"160715220459S", cet, "2016-07-15T20:04:59Z"},
      {"240705142530W", cet, "2024-07-05T13:25:30Z"},  // Sweden: W all the year
      {"221224180000S", cet, "2022-12-24T16:00:00Z"},  // against the rule
      {"231029023005S", cet, "2023-10-29T00:30:05Z"},  // the hour that comes twice, first
      {"231029023005W", cet, "2023-10-29T01:30:05Z"},  // and second
      {"240331023000W", cet, "2024-03-31T01:30:00Z"},  // the hour that does not exist
      {"010101000000W", cet, "2000-12-31T23:00:00Z"},      {"240229235959W", cet, "2024-02-29T22:59:59Z"},
      {"991231235959W", cet, "2099-12-31T22:59:59Z"},      {"230203112030W", helsinki, "2023-02-03T09:20:30Z"},
      {"230803112030S", helsinki, "2023-08-03T08:20:30Z"}, {"230803112030W", helsinki, "2023-08-03T09:20:30Z"},
      {"230803112030S", brazil, "2023-08-03T13:20:30Z"},   {"230803112030W", brazil, "2023-08-03T14:20:30Z"},
      {"230103112030S", sydney, "2023-01-03T00:20:30Z"},   {"230103112030W", sydney, "2023-01-03T01:20:30Z"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(shown(parse_timestamp(c.text, zone_of(c.rule))), c.expected) << c.text << ' ' << c.rule;
}

TEST(Timestamp, without_a_letter_the_zone_rule_decides) {
  struct Case {
    std::string_view text, rule, expected;
  };
  const Case cases[] = {
      {"140311160000", cet, "2014-03-11T15:00:00Z"},
      {"110711093015", cet, "2011-07-11T07:30:15Z"},
      {"240331015959", cet, "2024-03-31T00:59:59Z"},
      {"240331030000", cet, "2024-03-31T01:00:00Z"},
      {"231029015959", cet, "2023-10-28T23:59:59Z"},
      {"231029023000", cet, "2023-10-29T00:30:00Z"},  // twice: the first
      {"231029030000", cet, "2023-10-29T02:00:00Z"},
      {"240331025959", helsinki, "2024-03-31T00:59:59Z"},
      {"240331040000", helsinki, "2024-03-31T01:00:00Z"},
      {"231029033000", helsinki, "2023-10-29T00:30:00Z"},
      {"231029040000", helsinki, "2023-10-29T02:00:00Z"},
      {"240329015959", israel, "2024-03-28T23:59:59Z"},  // Friday before the last Sunday of March, 02:00
      {"240329030000", israel, "2024-03-29T00:00:00Z"},
      {"241027030000", israel, "2024-10-27T01:00:00Z"},
      {"240715120000", brazil, "2024-07-15T15:00:00Z"},
      {"240115120000", sydney, "2024-01-15T01:00:00Z"},
      {"240715120000", sydney, "2024-07-15T02:00:00Z"},
      {"241006015959", sydney, "2024-10-05T15:59:59Z"},
      {"241006030000", sydney, "2024-10-05T16:00:00Z"},
      {"240407030000", sydney, "2024-04-06T17:00:00Z"},
      {"240715120000", newfoundland, "2024-07-15T14:30:00Z"},
      {"241215120000", newfoundland, "2024-12-15T15:30:00Z"},
      {"241215120000", lord_howe, "2024-12-15T01:00:00Z"},
      {"240615120000", lord_howe, "2024-06-15T01:30:00Z"},
      {"20240629 18:05:09", cet, "2024-06-29T16:05:09Z"},
      {"20240111 09:35:00", cet, "2024-01-11T08:35:00Z"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(shown(parse_timestamp(c.text, zone_of(c.rule))), c.expected) << c.text << ' ' << c.rule;
}

TEST(Timestamp, dlms_octets) {
  struct Case {
    std::string_view text, expected;
  };
  const Case cases[] = {
      {"07EA080B0208151900007880", "2026-08-11T06:21:25Z"},  // status 80: summer time
      {"07EA010B0208151900003C00", "2026-01-11T07:21:25Z"},
      {"07ea010b0208151900003c00", "2026-01-11T07:21:25Z"},
      {"07EA010BFF081519FF800000", "2026-01-11T07:21:25Z"},  // weekday, hundredths, deviation not given
      {"07EA0D0B0208151900007880", "bad timestamp"},
      {"07EA08FF0208151900007880", "bad timestamp"},
      {"FFFFFFFFFFFFFFFFFFFFFFFF", "bad timestamp"},
      {"FFFF010101000000000000FF", "bad timestamp"},  // a year that a year_month_day cannot hold
      {"7FFF010101000000000000FF", "bad timestamp"},  // one that four digits cannot
      {"07EA080B02081519000078G0", "bad timestamp"},
  };
  for (const auto& c : cases) EXPECT_EQ(shown(parse_timestamp(c.text, TimeZone())), c.expected) << c.text;
  EXPECT_EQ(shown(parse_timestamp("07EA080B0208151900007880", *TimeZone::parse(helsinki))), "2026-08-11T06:21:25Z")
      << "its own deviation";
  EXPECT_EQ(shown(parse_timestamp("07EA080B0208151900FF8880", *TimeZone::parse(helsinki))), "2026-08-11T06:21:25Z")
      << "either sign";
  EXPECT_EQ(shown(parse_timestamp("07EA080B0208151900800080", *TimeZone::parse(helsinki))), "2026-08-11T05:21:25Z")
      << "not specified";
}

TEST(Timestamp, what_meters_send_that_is_no_time) {
  for (const std::string_view text : {"",
                                      "1",
                                      "632525252525S",
                                      "632525252525W",
                                      "35255255255255255S",
                                      "000101010000W",
                                      "000101000001W",
                                      "000101000000",
                                      "213112235959W",
                                      "202056789012W",
                                      "123412341234W",
                                      "990230120000W",
                                      "991399235959W",
                                      "991130235960W",
                                      "99113023595999W",
                                      "230101240000W",
                                      "230101126000W",
                                      "230001120000W",
                                      "230100120000W",
                                      "230229120000W",
                                      "230101120000X",
                                      "230101120000X",
                                      "230101120000s",
                                      "2301011200",
                                      "23010112000a",
                                      "-30101120000",
                                      "2-0101120000W",
                                      " 30101120000W",
                                      "+30101120000W",
                                      "230101120000WW",
                                      "20240111T09:35:00",
                                      "20240111 09:35-00",
                                      "20240111 24:00:00",
                                      "20000111 09:35:00",
                                      "0230111 009:35:00",
                                      "0001-1-1 00:00:00"}) {
    EXPECT_EQ(shown(parse_timestamp(text, TimeZone())), "bad timestamp") << '"' << text << '"';
  }
}

// Each stamp is read right, whatever was read before it: in each place another character, and other forms.
TEST(StampReader, gives_what_parse_timestamp_gives) {
  const std::string before = "231029022500S";
  std::vector<std::string> others = {before,
                                     "23102902250",
                                     "231029022500",
                                     "2310290225000S",
                                     "20231029 02:25:00",
                                     "231029022559S",
                                     "231029025959S",
                                     "231029022560S",
                                     "700101000000W",
                                     "",
                                     std::string(13, '\0')};
  for (std::size_t i = 0; i < before.size(); ++i) {
    for (const char c : {'0', '1', '6', '9', ':', '/', 'S', 'W', 'T', '\0', '\xB0'}) {
      others.push_back(before);
      others.back()[i] = c;
    }
  }
  for (const auto* const text : {"231029020500T", "231029025500T"}) others.emplace_back(text);
  for (const auto* const rule : {"CET-1CEST,M3.5.0,M10.5.0/3", "CET-1CEST,M3.5.0,M10.5.0/2:30", "IST-5:30"}) {
    const auto zone = *TimeZone::parse(rule);
    EXPECT_FALSE(StampReader(zone).read(std::string(8, '\0') + "0000" + '\0'));
    StampReader reader(zone);
    for (const auto& other : others) {
      for (const auto& text : {other, before, other, other}) {
        const auto expected = parse_timestamp(text, zone);
        const auto found = reader.read(text);
        ASSERT_EQ(static_cast<bool>(found), static_cast<bool>(expected)) << text;
        ASSERT_EQ(found ? *found : UtcTime{}, expected ? *expected : UtcTime{}) << text;
      }
    }
  }
}

TEST(TimeZone, default_is_central_european_time) {
  EXPECT_EQ(TimeZone(), zone_of(cet));
  EXPECT_NE(TimeZone(), zone_of(helsinki));
}

TEST(TimeZone, changes_to_the_second) {
  struct Case {
    std::string_view rule, utc;
    int before, after;
  };
  const Case cases[] = {
      {cet, "20240331 01:00:00", 3600, 7200},
      {cet, "20241027 01:00:00", 7200, 3600},
      {cet, "20200329 01:00:00", 3600, 7200},
      {cet, "20201025 01:00:00", 7200, 3600},
      {helsinki, "20240331 01:00:00", 7200, 10800},
      {helsinki, "20241027 01:00:00", 10800, 7200},
      {israel, "20240329 00:00:00", 7200, 10800},
      {israel, "20241026 23:00:00", 10800, 7200},
      {sydney, "20241005 16:00:00", 36000, 39600},
      {sydney, "20240406 16:00:00", 39600, 36000},
      {newfoundland, "20240310 05:30:00", -12600, -9000},
      {newfoundland, "20241103 04:30:00", -9000, -12600},
      {lord_howe, "20241005 15:30:00", 37800, 39600},
      {lord_howe, "20240406 15:00:00", 39600, 37800},
  };
  for (const auto& c : cases) {
    const auto zone = zone_of(c.rule);
    EXPECT_EQ(zone.offset_at_utc(at(c.utc) - 1), c.before) << c.rule << " before " << c.utc;
    EXPECT_EQ(zone.offset_at_utc(at(c.utc)), c.after) << c.rule << " from " << c.utc << " on";
  }
}

TEST(TimeZone, local_time_comes_back) {
  for (const auto rule : {cet, helsinki, israel, brazil, sydney, newfoundland, lord_howe}) {
    const auto zone = zone_of(rule);
    const auto begin = at("20240101 00:00:00");
    for (auto utc = begin; utc < begin + 366 * 86'400; utc += 1800) {
      const auto local = utc + zone.offset_at_utc(utc);
      const auto back = local - zone.offset_at_local(local);
      // in the time that comes twice the first is meant
      const bool twice = back < utc && back + zone.offset_at_utc(back) == local;
      EXPECT_TRUE(back == utc || twice) << rule << ' ' << IsoTime({utc, 0}).view() << " came back as "
                                        << IsoTime({back, 0}).view();
    }
  }
}

TEST(TimeZone, without_summer_time) {
  const auto zone = zone_of(brazil);
  EXPECT_EQ(zone.standard_offset(), -10'800);
  for (const std::string_view utc : {"20240115 12:00:00", "20240715 12:00:00"}) {
    EXPECT_EQ(zone.offset_at_utc(at(utc)), -10'800) << utc;
    EXPECT_EQ(zone.offset_at_local(at(utc)), -10'800) << utc;
  }
  EXPECT_EQ(zone_of("UTC0").standard_offset(), 0);
  EXPECT_EQ(zone_of("<+0545>-5:45").standard_offset(), 20'700);
  EXPECT_EQ(zone_of("EST+5").standard_offset(), -18'000);
}

TEST(TimeZone, summer_time_over_the_new_year) {
  const auto zone = zone_of(sydney);
  EXPECT_EQ(zone.offset_at_utc(at("20231231 13:30:00")), 39'600);
  EXPECT_EQ(zone.offset_at_utc(at("20240101 00:00:00")), 39'600);
  EXPECT_EQ(zone.offset_at_utc(at("20240701 00:00:00")), 36'000);
}

TEST(TimeZone, bad_rules_are_refused) {
  for (const std::string_view rule : {"",
                                      "CET",
                                      "-1",
                                      "CE-1",
                                      "CET-1CEST",
                                      "CET-1CEST,",
                                      "CET-1CEST,M3.5.0",
                                      "CET-1CEST,M3.5.0,",
                                      "CET-1CEST,M13.5.0,M10.5.0",
                                      "CET-1CEST,M3.6.0,M10.5.0",
                                      "CET-1CEST,M3.5.7,M10.5.0",
                                      "CET-1CEST,M0.5.0,M10.5.0",
                                      "CET-1CEST,M3.0.0,M10.5.0",
                                      "CET-1CEST,M3.5.0,M10.5.0/3x",
                                      "CET-1CEST,J60,J300",
                                      "CET-1CEST,M3.5.0/x,M10.5.0",
                                      "CET-1:60",
                                      "CET-168",
                                      "CET-25",
                                      "CET-1CEST-25,M3.5.0,M10.5.0",
                                      "CET-1CEST,M3.5.-0,M10.5.0",
                                      "CET-1CEST,M3.5.0/168,M10.5.0",
                                      "<-03",
                                      "<-03>",
                                      "<-03>3 ",
                                      " CET-1",
                                      "Europe/Stockholm",
                                      "CET-1CEST M3.5.0,M10.5.0",
                                      "CET--1",
                                      "CET-1CEST,M3.5.0,M10.5.0,"}) {
    EXPECT_FALSE(TimeZone::parse(rule)) << '"' << rule << "\" is no rule";
  }
}

}  // namespace
}  // namespace vscp_p1
