#include <gtest/gtest.h>

#include <algorithm>

#include "decode.hpp"
#include "live.hpp"

// [PUBLISH]: how often readings are published.
namespace itest {
namespace {

using Rows = std::vector<std::string>;

std::string two_digits(unsigned number) {
  return std::string(1, static_cast<char>('0' + number / 10)) + static_cast<char>('0' + number % 10);
}

// What a meter sends in second 0 … 59 of a minute: a register, a power that changes, a voltage that rarely does.
std::string of_second(unsigned second) {
  return telegram(
      {"0-0:1.0.0(2407301234" + two_digits(second) + "S)", "1-0:1.8.0(0000" + two_digits(second) + ".000*kWh)",
       "1-0:1.7.0(00.0" + two_digits(second) + "*kW)", second < 30 ? "1-0:32.7.0(230.1*V)" : "1-0:32.7.0(230.4*V)"});
}

std::string minute() {
  std::string capture;
  for (unsigned second = 0; second < 60; ++second) capture += of_second(second);
  return capture;
}

// "second value" of each event of a quantity, by its default id.
Rows rows_of(const std::vector<DecodedEvent>& events, unsigned id) {
  Rows rows;
  for (const auto& event : events) {
    if (event.id() == id) rows.push_back(event.datetime.substr(17, 2) + " " + decode_value(event).text);
  }
  return rows;
}

constexpr unsigned energy = 1, power = 5, voltage = 21;

std::vector<DecodedEvent> events_of(const std::map<std::string, std::string>& keys) {
  auto config = config_for();
  config["PUBLISH"] = keys;
  const auto result = dry_run(config, minute());
  EXPECT_EQ(result.code, 0) << result.err;
  return readings_in(result.out);
}

TEST(Rates, ByDefaultEachReadingIsPublished) { EXPECT_EQ(events_of({}).size(), 180U); }

TEST(Rates, OfACaptureAreThoseOfItsOwnTime) {
  const auto events = events_of({{"interval", "20"}});
  EXPECT_EQ(rows_of(events, power), (Rows{"00 0", "20 20", "40 40"}));
  EXPECT_EQ(rows_of(events, energy), (Rows{"00 0.000", "20 20.000", "40 40.000"}));
  EXPECT_EQ(events.size(), 9U);
}

TEST(Rates, MeanLeastAndGreatestButNeverOfAnEnergyCounter) {
  const Rows counter = {"00 0.000", "20 20.000", "40 40.000"};
  for (const auto& [average, expected] : {std::pair<std::string, Rows>{"mean", {"00 0", "20 10.5", "40 30.5"}},
                                          {"min", {"00 0", "01 1", "21 21"}},
                                          {"max", {"00 0", "20 20", "40 40"}},
                                          {"last", {"00 0", "20 20", "40 40"}}}) {
    const auto events = events_of({{"interval", "20s"}, {"average", average}});
    EXPECT_EQ(rows_of(events, power), expected) << average;
    EXPECT_EQ(rows_of(events, energy), counter) << average;
    const auto own = events_of({{"interval", "20"}, {"average_sum_active_energy_out", average}});
    EXPECT_EQ(rows_of(own, energy), counter) << average;
  }
}

TEST(Rates, PerQuantity) {
  const auto events = events_of({{"interval", "30"},
                                 {"interval_momentan_active_effect_out", "20"},
                                 {"average_momentan_active_effect_out", "mean"},
                                 {"interval_voltage_l1", "0"},
                                 {"on_change_voltage_l1", "true"},
                                 {"heartbeat_voltage_l1", "20"}});
  EXPECT_EQ(rows_of(events, energy), (Rows{"00 0.000", "30 30.000"}));
  EXPECT_EQ(rows_of(events, power), (Rows{"00 0", "20 10.5", "40 30.5"}));
  EXPECT_EQ(rows_of(events, voltage), (Rows{"00 230.1", "20 230.1", "30 230.4", "50 230.4"}));
}

TEST(Rates, OnChangeAndDeadband) {
  EXPECT_EQ(rows_of(events_of({{"on_change", "true"}}), voltage), (Rows{"00 230.1", "30 230.4"}));
  EXPECT_EQ(rows_of(events_of({{"deadband", "0.3"}}), voltage), Rows{"00 230.1"});
  EXPECT_EQ(rows_of(events_of({{"deadband_voltage_l1", "0.29"}}), voltage), (Rows{"00 230.1", "30 230.4"}));
  EXPECT_EQ(rows_of(events_of({{"deadband", "25"}}), power), (Rows{"00 0", "26 26", "52 52"}));
}

TEST(Rates, OfAddedQuantitiesWhereverTheirSectionStands) {
  auto config = config_for();
  config["PUBLISH"]["interval_oven"] = "30";  // sections are written in the order of their names
  config["QUANTITY oven"]["obis"] = "1-0:1.7.0";
  config["QUANTITY oven"]["wire_unit"] = "kW";
  config["QUANTITY oven"]["id"] = "500";
  const auto result = dry_run(config, minute());
  EXPECT_EQ(rows_of(readings_in(result.out), 500), (Rows{"00 0", "30 30"})) << result.err;
}

TEST(Rates, InEachClassOfEventsAndWithoutVscp) {
  for (const std::string event_class : {"1060", "10"}) {
    auto config = config_for();
    config["VSCP"]["event_class"] = event_class;
    config["PUBLISH"] = {{"interval", "20"}, {"average", "mean"}};
    const auto events = readings_in(dry_run(config, minute()).out);
    ASSERT_EQ(events.size(), 9U) << event_class;
    std::vector<double> numbers;
    for (const auto& event : events) {
      if (event.type == 14) numbers.push_back(decode_value(event).number);
    }
    EXPECT_EQ(numbers, (std::vector<double>{0, 10.5, 30.5})) << event_class;
  }
  auto config = config_for();
  config["GENERAL"]["no_vscp"] = "true";
  config["PUBLISH"] = {{"interval", "20"}, {"average", "mean"}};
  const auto plain = lines_of(dry_run(config, minute()).out);
  EXPECT_EQ(plain,
            (Rows{"Meter reading active energy out 000000.000", "Active effect out 00.000", "Voltage L1 230.1",
                  "Meter reading active energy out 000020.000", "Active effect out 0.0105", "Voltage L1 230.1",
                  "Meter reading active energy out 000040.000", "Active effect out 0.0305", "Voltage L1 230.265"}));
}

TEST(Rates, StatesAndProfilesAreAsEver) {
  auto config = config_for();
  config["PUBLISH"] = {{"interval", "1h"}, {"average", "mean"}, {"on_change", "true"}};
  const auto with = [](unsigned second, const std::string& tariff, const std::string& month) {
    return telegram({"0-0:1.0.0(2407301234" + two_digits(second) + "S)", "0-0:96.14.0(" + tariff + ")",
                     "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(" + month + "S)(240701000000S)(1.5*kW)"});
  };
  const auto result = dry_run(
      config, with(0, "0001", "240701000000") + with(1, "0002", "240702000000") + with(2, "0002", "240702000000"));
  EXPECT_EQ(count_of(result.out, "/20/42 "), 2U) << result.out;
  EXPECT_EQ(count_of(result.out, "Month maximum demand active effect out\",\"head"), 2U) << result.out;
}

TEST(Rates, OneshotPublishesAtOnce) {
  auto config = config_for();
  config["PUBLISH"]["interval"] = "1h";
  EXPECT_EQ(readings_in(dry_run(config, of_second(7), {"--oneshot"}).out).size(), 3U);
}

class LiveRates : public LiveMeterTest {};

TEST_F(LiveRates, AReloadChanges) {
  start({{"PUBLISH", {{"interval", "10"}, {"average_momentan_active_effect_out", "max"}}}});
  for (unsigned second = 0; second <= 20; ++second) ASSERT_TRUE(meter_.write(of_second(second)));
  ASSERT_TRUE(subscriber_.wait_for_part(value_of(20))) << daemon_->err();
  const auto events = [&] { return readings_in(subscriber_.messages("vscp/")); };
  EXPECT_EQ(rows_of(events(), energy), (Rows{"00 0.000", "10 10.000", "20 20.000"}));

  config_["PUBLISH"] = {{"interval", "5"}};
  reload();
  for (unsigned second = 21; second <= 26; ++second) ASSERT_TRUE(meter_.write(of_second(second)));
  ASSERT_TRUE(subscriber_.wait_for_part(value_of(26))) << daemon_->err();
  EXPECT_EQ(rows_of(events(), energy), (Rows{"00 0.000", "10 10.000", "20 20.000", "21 21.000", "26 26.000"}))
      << "the first under new rates is published at once";
}

}  // namespace
}  // namespace itest
