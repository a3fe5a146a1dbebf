#include "vscp_p1/watch_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "unit/meter.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

using test::Meter;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string small =
    "0-0:1.0.0(240730123456S)\r\n1-0:1.8.0(000671.578*kWh)\r\n1-0:32.7.0(231.4*V)\r\n0-0:96.3.10(1)\r\n"
    "0-1:24.1.0(003)\r\n0-1:24.2.1(240730120456S)(01234.567*m3)\r\n";

// A table after a telegram with these lines, at second 100, and what is told beside it, ten seconds later.
class View {
 public:
  explicit View(const std::string& lines, const Settings& settings = {}) : meter_(settings) {
    table.update(meter_.map(lines), settings, 100);
    facts.source = "/dev/ttyUSB0";
    facts.header = "EXA5\\meter";
    facts.statistics.version = "1.2.3";
    facts.statistics.meter = MeterState::online;
    facts.statistics.meter_id = "E0043007";
    facts.statistics.uptime = 110;
    facts.statistics.last_telegram = 10;
    facts.statistics.telegrams = 42;
    facts.statistics.bytes = 12345;
  }

  std::string on(const Screen& screen) const { return plain_lines(watch_page(table, facts, screen).lines); }

  WatchTable table;
  WatchFacts facts;

 private:
  Meter meter_;
};

std::string numbers(std::size_t count) {
  std::string lines;
  for (std::size_t i = 0; i < count; ++i) {
    constexpr std::array<int, 3> phases = {32, 52, 72};
    lines += "1-0:" + std::to_string(i < 3 ? phases[i] : static_cast<int>(i)) + ".7.0(" + std::to_string(220 + i) +
             (i < 3 ? "*V)\r\n" : "*kW)\r\n");
  }
  return lines;
}

TEST(WatchView, IsATextWithoutATerminal) {
  EXPECT_EQ(View(small).on({}),
            "vscp-p1d 1.2.3  /dev/ttyUSB0  online\n"
            "meter E0043007  /EXA5\\meter  telegram 42, 10 s ago\n"
            "\n"
            "quantity                            value unit     age\n"
            "Meter reading active energy out   671.578 kWh     10 s\n"
            "Voltage L1                          231.4 V       10 s\n"
            "Breaker                          on               10 s\n"
            "Meter reading gas 1              1234.567 m3    30 min\n"
            "\n"
            "telegrams: 42 good, 12345 bytes in 1 min; dropped: none\n"
            "lines without a reading: none\n"
            "unknown codes: none\n");
}

TEST(WatchView, FillsTheTerminal) {
  EXPECT_EQ(View(small).on({80, 20}),
            "vscp-p1d 1.2.3  /dev/ttyUSB0  online\n"
            "meter E0043007  /EXA5\\meter  telegram 42, 10 s ago\n"
            "\n"
            "quantity                            value unit     age\n"
            "Meter reading active energy out   671.578 kWh     10 s\n"
            "Voltage L1                          231.4 V       10 s\n"
            "Breaker                          on               10 s\n"
            "Meter reading gas 1              1234.567 m3    30 min\n"
            "\n\n\n\n\n\n\n\n"
            "telegrams: 42 good, 12345 bytes in 1 min; dropped: none\n"
            "lines without a reading: none\n"
            "unknown codes: none\n"
            "q quit\n");
}

TEST(WatchView, CutsWhatIsTooWide) {
  EXPECT_EQ(View(small).on({40, 10}),
            "vscp-p1d 1.2.3  /dev/ttyUSB0  online\n"
            "meter E0043007  /EXA5\\meter  telegram 4…\n"
            "quantity              value unit     age\n"
            "Meter reading ac…   671.578 kWh     10 s\n"
            "Voltage L1            231.4 V       10 s\n"
            "Breaker            on               10 s\n"
            "telegrams: 42 good, 12345 bytes in 1 mi…\n"
            "lines without a reading: none\n"
            "unknown codes: none\n"
            "q quit  rows 1-3 of 4: arrows, Page Up,…\n");
}

TEST(WatchView, TakesMoreColumnsBeforeItScrolls) {
  EXPECT_EQ(
      View(small).on({117, 7}),
      "vscp-p1d 1.2.3  /dev/ttyUSB0  online\n"
      "meter E0043007  /EXA5\\meter  telegram 42, 10 s ago\n"
      "quantity                            value unit     age      quantity                            value unit  "
      "   age\n"
      "Meter reading active energy out   671.578 kWh     10 s      Breaker                          on            "
      "   10 s\n"
      "Voltage L1                          231.4 V       10 s      Meter reading gas 1              1234.567 m3   "
      " 30 min\n"
      "\n"
      "q quit\n");
}

TEST(WatchView, NoLineIsWiderAndNoPageHigherThanTheScreen) {
  Settings settings;
  settings.quantities.edit(test::index_of("voltage_l1")).note = "電圧 L1 ひとつめの相";
  View view(small + numbers(3) + "0-0:96.13.0(" + std::string(400, '4') + ")\r\n", settings);
  const std::array<std::string, 3> log = {"12:00:00 warning: one", "12:00:01 error: two", std::string(300, 'x')};
  view.facts.log = log;
  for (std::size_t width = 1; width < 200; ++width) {
    for (const std::size_t height : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 9U, 10U, 11U, 12U, 16U, 24U, 50U}) {
      const auto page = watch_page(view.table, view.facts, {width, height, 3});
      ASSERT_LE(page.lines.size(), height) << width;
      for (const auto& line : page.lines) {
        std::size_t columns = 0;
        for (const auto& part : line) columns += display_width(part.text);
        ASSERT_LE(columns, width) << plain_lines(page.lines);
      }
    }
  }
}

TEST(WatchView, ScrollsToTheLastRowAndNoFurther) {
  const View view(small);
  const auto page = watch_page(view.table, view.facts, {60, 6, 1000});
  EXPECT_EQ(page.first_row + page.rows, 4U);
  EXPECT_THAT(plain_lines(page.lines), HasSubstr("Meter reading gas 1"));
  EXPECT_THAT(plain_lines(page.lines), Not(HasSubstr("Meter reading active energy out")));
  EXPECT_EQ(watch_page(view.table, view.facts, {60, 30, 1000}).first_row, 0U);
}

TEST(WatchView, WideCharactersKeepTheColumns) {
  Settings settings;
  settings.quantities.edit(test::index_of("voltage_l1")).note = "電圧";
  settings.quantities.edit(test::index_of("voltage_l2")).note = "Spa\xCC\x88nning";  // a and a combining diaeresis
  EXPECT_THAT(View("1-0:32.7.0(231.4*V)\r\n1-0:52.7.0(230.0*V)\r\n", settings).on({}),
              HasSubstr("電圧      231.4 V       10 s\n"
                        "Spa\xCC\x88nning  230.0 V       10 s\n"));
}

TEST(WatchView, WithoutUtf8OnlyAscii) {
  Settings settings;
  settings.quantities.edit(test::index_of("voltage_l1")).note = "Spänning, uppmätt vid spisen";
  const View view("1-0:32.7.0(231.4*V)\r\n", settings);
  EXPECT_THAT(view.on({60, 10, 0, false}), HasSubstr("Sp?nning, uppm?tt vid spisen  231.4 V"));
  EXPECT_THAT(view.on({40, 10, 0, false}), HasSubstr("Sp?nning, uppm?tt v~  231.4 V"));
}

// The style of the first part that holds this text.
Style style_of(const WatchPage& page, std::string_view text) {
  for (const auto& line : page.lines) {
    for (const auto& part : line) {
      if (part.text.find(text) != std::string::npos) return part.style;
    }
  }
  throw std::runtime_error("not on the page: " + std::string(text));
}

TEST(WatchView, ChangedValuesAreStrongAndStaleOnesFaint) {
  const Settings settings;
  Meter meter;
  WatchTable table;
  table.update(meter.map("1-0:32.7.0(231.4*V)\r\n1-0:52.7.0(230.0*V)\r\n1-0:72.7.0(229.0*V)\r\n"), settings, 0);
  table.update(meter.map("1-0:32.7.0(231.5*V)\r\n1-0:52.7.0(230.0*V)\r\n"), settings, 100);
  WatchFacts facts;
  facts.statistics.uptime = 110;
  const auto page = watch_page(table, facts, {80, 24});
  EXPECT_EQ(style_of(page, "231.5"), Style::strong);
  EXPECT_EQ(style_of(page, "230.0"), Style::plain);
  EXPECT_EQ(style_of(page, "229.0"), Style::faint);
  const auto marked = plain_lines(watch_page(table, facts, {80, 24, 0, true, true}).lines);
  EXPECT_THAT(marked, HasSubstr("Voltage L1 *231.5 V"));
  EXPECT_THAT(marked, HasSubstr("Voltage L2  230.0 V"));
}

TEST(WatchView, TellsTheStateOfTheMeter) {
  View view(small);
  const auto shown = [&view](MeterState state) {
    view.facts.statistics.meter = state;
    const auto page = watch_page(view.table, view.facts, {80, 24});
    return page.lines.front().back().text;
  };
  EXPECT_EQ(shown(MeterState::waiting), "waiting");
  EXPECT_EQ(shown(MeterState::online), "online");
  EXPECT_EQ(shown(MeterState::silent), "silent");
  EXPECT_EQ(shown(MeterState::no_port), "port not open");
}

TEST(WatchView, BeforeTheFirstTelegram) {
  WatchFacts facts;
  facts.source = "/dev/ttyUSB0";
  facts.statistics.version = "1.2.3";
  EXPECT_EQ(plain_lines(watch_page({}, facts, {80, 9}).lines),
            "vscp-p1d 1.2.3  /dev/ttyUSB0  waiting\n"
            "meter  no telegram yet\n"
            "\n\n\n"
            "telegrams: 0 good, 0 bytes in 0 s; dropped: none\n"
            "lines without a reading: none\n"
            "unknown codes: none\n"
            "q quit\n");
}

TEST(WatchView, CountersByReason) {
  View view(small);
  auto& now = view.facts.statistics;
  now.dropped_telegrams[static_cast<std::size_t>(Errc::crc_mismatch)] = 5;
  now.skipped_lines[static_cast<std::size_t>(Errc::bad_number)] = 7;
  const std::array<UnknownCode, 2> unknown = {{{"0-0:94.98.31"_obis, 9}, {"1-0:77.7.0"_obis, 10}}};
  now.unknown = unknown;
  EXPECT_THAT(view.on({}), HasSubstr("dropped: CRC mismatch 5\n"
                                     "lines without a reading: bad number 7\n"
                                     "unknown codes: 0-0:94.98.31 9, 1-0:77.7.0 10\n"));
}

TEST(WatchView, AgesInTheUnitThatSaysEnough) {
  View view(small);
  const auto age_after = [&view](std::uint64_t seconds) {
    view.facts.statistics.last_telegram = seconds;
    const auto text = view.on({});
    const auto begin = text.find("telegram 42, ") + 13;
    return text.substr(begin, text.find(" ago") - begin);
  };
  EXPECT_EQ(age_after(59), "59 s");
  EXPECT_EQ(age_after(60), "1 min");
  EXPECT_EQ(age_after(3'599), "59 min");
  EXPECT_EQ(age_after(3'600), "1 h");
  EXPECT_EQ(age_after(172'799), "47 h");
  EXPECT_EQ(age_after(172'800), "2 d");
}

TEST(WatchView, LastMessagesOfTheLogAtTheBottom) {
  View view(small);
  const std::array<std::string, 4> log = {"one", "two", "three", "four"};
  view.facts.log = log;
  EXPECT_TRUE(view.on({80, 24}).ends_with("unknown codes: none\ntwo\nthree\nfour\nq quit\n"));
  EXPECT_THAT(view.on({}), Not(HasSubstr("four"))) << "a text has its log on standard error";
}

TEST(WatchView, WhatTheMeterCallsItselfDoesNothingToATerminal) {
  View view(small);
  view.facts.statistics.meter_id = "E1\x1b[2J";
  view.facts.header = "EXA5\r\n\x07";
  EXPECT_THAT(view.on({80, 24}), HasSubstr("meter E1\\x1b[2J  /EXA5\\x0d\\x0a\\x07  telegram"));
}

}  // namespace
}  // namespace vscp_p1
