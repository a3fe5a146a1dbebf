#include "vscp_p1/pacer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace vscp_p1 {
namespace {

using Average = Rates::Average;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using Rows = std::vector<std::string>;

std::size_t index_of(const Settings& settings, std::string_view key) {
  const auto& all = settings.quantities;
  return static_cast<std::size_t>(std::find_if(all.begin(), all.end(), [&](const auto& q) { return q.key == key; }) -
                                  all.begin());
}

Settings with(const Rates& rates) {
  Settings settings;
  settings.publish.all = rates;
  return settings;
}

Rates rates(std::size_t interval, Average average = Average::last) { return {interval, false, {}, 0, average}; }
Rates on_change(std::string_view deadband = "0", std::size_t heartbeat = 0, std::size_t interval = 0) {
  return {interval, true, parse_decimal_prefix(deadband)->value, heartbeat, Average::last};
}

// One quantity of a meter that sends at its own times.
class Feed {
 public:
  explicit Feed(Settings settings, std::string_view key = "momentan_active_effect_out")
      : settings_(std::move(settings)), quantity_(index_of(settings_, key)), pacer_(settings_) {
    const bool is_added = quantity_ >= quantities.size();
    const auto* unit = is_added ? nullptr : find_unit(quantities[quantity_].dimension, {});
    reading_ = {quantity_, {}, {}, unit != nullptr ? unit->type : std::uint16_t{14}, 0, {}, {}, {}};
  }

  Reading& reading() { return reading_; }

  // What is published when a value comes at this second: "second value", with the second of its own time; or "".
  std::string at(std::int64_t second, std::string_view value, milliseconds host = milliseconds{0}) {
    reading_.value = parse_decimal_prefix(value)->value;
    reading_.number = reading_.value.scaled(-3);
    reading_.digits = value;
    reading_.time = {second, 0};
    const auto due = pacer_.pace(reading_, clock_.tick(reading_.time, host));
    if (!due) return "";
    last_ = *due;
    return std::to_string(due->time.seconds) + " " + std::string(DecimalText(due->value).view());
  }
  // Of a value in each second from `begin` on, those that are published.
  Rows each_second(const std::vector<std::string>& values, std::int64_t begin = 0) {
    Rows rows;
    for (const auto& value : values) {
      if (auto row = at(begin++, value); !row.empty()) rows.push_back(row);
    }
    return rows;
  }
  const Reading& last() const { return last_; }

 private:
  Settings settings_;
  std::size_t quantity_;
  Pacer pacer_;
  TelegramClock clock_;
  Reading reading_{};
  Reading last_{};
};

std::vector<std::string> up_to(int last) {
  std::vector<std::string> values;
  for (int i = 0; i <= last; ++i) values.push_back(std::to_string(i));
  return values;
}

// ---- interval

TEST(Pacer, without_rates_every_reading_is_published) {
  Feed feed{Settings()};
  EXPECT_EQ(feed.each_second({"1", "1", "2", "2"}), (Rows{"0 1", "1 1", "2 2", "3 2"}));
}

TEST(Pacer, the_first_at_once_then_one_per_interval) {
  EXPECT_EQ(Feed(with(rates(10))).each_second(up_to(35)), (Rows{"0 0", "10 10", "20 20", "30 30"}));
  EXPECT_EQ(Feed(with(rates(1))).each_second(up_to(3)), (Rows{"0 0", "1 1", "2 2", "3 3"}));
}

TEST(Pacer, an_interval_ends_with_a_telegram) {
  Feed feed(with(rates(15)));
  EXPECT_EQ(feed.at(0, "1"), "0 1");
  EXPECT_EQ(feed.at(10, "2"), "");
  EXPECT_EQ(feed.at(20, "3"), "20 3");
  EXPECT_EQ(feed.at(30, "4"), "");
  EXPECT_EQ(feed.at(3600, "5"), "3600 5") << "after a silence, nothing is made up for it";
}

TEST(Pacer, a_meter_whose_clock_stands_still_is_thinned_by_the_host) {
  Feed feed(with(rates(10)));
  Rows rows;
  for (int second = 0; second < 31; ++second) {
    if (const auto row = feed.at(5, std::to_string(second), milliseconds{second * 1000 + 30 * (second % 3)});
        !row.empty()) {
      rows.push_back(row);
    }
  }
  EXPECT_EQ(rows, (Rows{"5 0", "5 10", "5 20", "5 30"}));
}

TEST(Pacer, a_clock_that_is_set_back_holds_nothing_back) {
  Feed feed(with(rates(10)));
  EXPECT_EQ(feed.at(7200, "1"), "7200 1");
  EXPECT_EQ(feed.at(7209, "2"), "");
  EXPECT_EQ(feed.at(3600, "3"), "");
  EXPECT_EQ(feed.at(3601, "4"), "3601 4") << "9 s before and 1 s after";
}

TEST(Pacer, quantities_have_rates_of_their_own) {
  auto settings = with(rates(10));
  settings.publish.own[index_of(settings, "voltage_l1")] = rates(2, Average::max);
  EXPECT_EQ(Feed(settings, "voltage_l1").each_second(up_to(5)), (Rows{"0 0", "2 2", "4 4"}));
  EXPECT_EQ(Feed(settings, "voltage_l2").each_second(up_to(11)), (Rows{"0 0", "10 10"}));
}

// ---- average

TEST(Pacer, mean_least_and_greatest_of_an_interval) {
  const std::vector<std::string> values = {"5", "10", "30", "20", "8", "1", "9"};
  EXPECT_EQ(Feed(with(rates(3, Average::last))).each_second(values), (Rows{"0 5", "3 20", "6 9"}));
  EXPECT_EQ(Feed(with(rates(3, Average::mean))).each_second(values), (Rows{"0 5", "3 20", "6 6"}));
  EXPECT_EQ(Feed(with(rates(3, Average::min))).each_second(values), (Rows{"0 5", "1 10", "5 1"}))
      << "with their own times";
  EXPECT_EQ(Feed(with(rates(3, Average::max))).each_second(values), (Rows{"0 5", "2 30", "6 9"}));
}

TEST(Pacer, of_equal_ones_the_latest_is_least_and_greatest) {
  const std::vector<std::string> values = {"1", "7", "7", "7"};
  for (const auto average : {Average::min, Average::max}) {
    EXPECT_EQ(Feed(with(rates(3, average))).each_second(values), (Rows{"0 1", "3 7"}));
  }
}

TEST(Pacer, a_mean_is_exact) {
  struct Case {
    std::vector<std::string> values;  // of one interval
    std::string expected;
  };
  const Case cases[] = {
      {{"1193", "1194"}, "1193.5"},
      {{"1193", "1193"}, "1193"},
      {{"230.1", "230.2", "230.2"}, "230.1667"},
      {{"0.1", "0.2"}, "0.15"},
      {{"-1", "-2", "-2"}, "-1.667"},
      {{"-5", "5"}, "0"},
      {{"100000000000000001", "100000000000000003"}, "100000000000000003"},  // no room for a mean: the last
  };
  for (const auto& c : cases) {
    Feed feed(with(rates(static_cast<std::size_t>(c.values.size()), Average::mean)));
    feed.at(0, "7");
    std::string row;
    for (std::size_t i = 0; i < c.values.size(); ++i) row = feed.at(static_cast<std::int64_t>(i) + 1, c.values[i]);
    EXPECT_EQ(row, std::to_string(c.values.size()) + " " + c.expected);
  }
}

TEST(Pacer, the_meters_number_is_averaged_with_its_value) {
  Feed feed(with(rates(2, Average::mean)));
  feed.at(0, "1000");
  EXPECT_EQ(feed.last().digits, "1000") << "a single one is as it was sent";
  feed.at(1, "1000");
  EXPECT_EQ(feed.at(2, "2001"), "2 1500.5");
  EXPECT_EQ(DecimalText(feed.last().number).view(), "1.5005");
  EXPECT_EQ(feed.last().digits, "");
}

TEST(Pacer, only_what_each_telegram_measures_is_averaged) {
  struct Case {
    std::string_view key;
    bool is_averaged;
  };
  const Case cases[] = {
      {"momentan_active_effect_out", true},
      {"momentan_reactive_effect_l1_in", true},
      {"momentan_apparent_effect_out", true},
      {"voltage_l1", true},
      {"current_l3", true},
      {"frequency", true},
      {"power_factor", true},
      {"momentan_active_effect_net_l1", true},
      {"channel1_momentan_active_effect_out", true},
      {"average_voltage_l1", false},  // over the meter's own period
      {"voltage_sag_magnitude_l1", false},
      {"nominal_voltage", false},
      {"min_power_factor", false},
      {"sum_active_energy_out", false},
      {"sum_active_energy_in_t2", false},
      {"sum_reactive_energy_out", false},
      {"power_failures", false},
      {"average_active_effect_out", false},
      {"max_active_effect_out", false},
      {"threshold", false},
      {"operating_time", false},
      {"gas_1", false},
      {"water_2", false},
      {"heat_1", false},
      {"flow_1", false},  // taken at a time of its own
      {"temperature_1", false},
  };
  for (const auto& c : cases) {
    const auto settings = with(rates(2, Average::mean));
    if (index_of(settings, c.key) == settings.quantities.size()) {
      ADD_FAILURE() << "no quantity " << c.key;
      continue;
    }
    EXPECT_EQ(Feed(settings, c.key).each_second({"0", "2", "4"}), (Rows{"0 0", c.is_averaged ? "2 3" : "2 4"}))
        << c.key;
  }
}

TEST(Pacer, of_added_quantities_the_type_tells_whether_they_are_averaged) {
  auto settings = with(rates(2, Average::mean));
  settings.quantities.push_back({"pool", {}, 1001, 1, "pool"});
  for (const auto& [type, expected] :
       {std::pair{14, "2 3"}, std::pair{6, "2 3"}, std::pair{13, "2 4"}, std::pair{28, "2 4"}, std::pair{1, "2 4"},
        std::pair{4, "2 4"}, std::pair{65, "2 4"}, std::pair{0, "2 4"}}) {
    Feed feed(settings, "pool");
    feed.reading().type = static_cast<std::uint16_t>(type);
    EXPECT_EQ(feed.each_second({"0", "2", "4"}), (Rows{"0 0", expected})) << "type " << type;
  }
}

TEST(Pacer, another_unit_is_not_mixed_in) {
  Feed feed(with(rates(2, Average::mean)));
  feed.at(0, "1");
  feed.at(1, "100");
  feed.reading().unit = 1;
  EXPECT_EQ(feed.at(2, "4"), "2 4");
}

// ---- on change

TEST(Pacer, on_change) {
  EXPECT_EQ(Feed(with(on_change())).each_second({"1", "1", "1.0", "1.01", "1.01", "1", "-1"}),
            (Rows{"0 1", "3 1.01", "5 1", "6 -1"}));
}

TEST(Pacer, deadband_is_exceeded_not_met) {
  struct Case {
    std::string_view deadband;
    std::vector<std::string> values;
    Rows expected;
  };
  const Case cases[] = {
      {"0.5", {"230.0", "230.5", "230.51", "230.0", "230.01"}, {"0 230.0", "2 230.51", "3 230.0"}},
      {"0.5", {"230.0", "229.5", "229.49"}, {"0 230.0", "2 229.49"}},
      {"5", {"0", "3", "6", "9", "12"}, {"0 0", "2 6", "4 12"}},  // from the last that was published
      {"0", {"1", "1.001"}, {"0 1", "1 1.001"}},
  };
  for (const auto& c : cases) EXPECT_EQ(Feed(with(on_change(c.deadband))).each_second(c.values), c.expected);
  auto only_deadband = on_change("0.5");
  only_deadband.on_change = false;
  EXPECT_EQ(Feed(with(only_deadband)).each_second({"1", "1", "1.5", "2"}), (Rows{"0 1", "3 2"}))
      << "it means on_change";
}

TEST(Pacer, at_the_end_of_each_interval_it_is_compared) {
  EXPECT_EQ(Feed(with(on_change("0", 0, 2))).each_second({"1", "5", "1", "5", "5", "5", "5"}), (Rows{"0 1", "4 5"}));
  auto mean = on_change("1", 0, 2);
  mean.average = Average::mean;
  EXPECT_EQ(Feed(with(mean)).each_second({"10", "12", "10", "12", "11", "20", "0", "20"}),
            (Rows{"0 10", "4 11.5", "6 10"}))
      << "the means are 11, 11.5, 10; the deadband is 1";
}

TEST(Pacer, heartbeat) {
  EXPECT_EQ(Feed(with(on_change("0", 3))).each_second({"1", "1", "1", "1", "1", "2", "2", "2", "2"}),
            (Rows{"0 1", "3 1", "5 2", "8 2"}));
  EXPECT_EQ(Feed(with(on_change("5", 3))).each_second({"1", "2", "3", "4", "5", "6", "7"}),
            (Rows{"0 1", "3 4", "6 7"}))
      << "what is within the deadband too";
  EXPECT_EQ(Feed(with(on_change("0", 3, 60))).each_second({"1", "1", "1", "1", "1", "1", "1"}),
            (Rows{"0 1", "3 1", "6 1"}))
      << "it does not wait for the interval";
  auto without_change = on_change("0", 3, 5);
  without_change.on_change = false;
  EXPECT_EQ(Feed(with(without_change)).each_second({"1", "1", "1", "1", "1", "1"}), (Rows{"0 1", "5 1"}))
      << "each interval is published anyway";
}

TEST(Pacer, another_unit_is_a_change) {
  Feed feed(with(on_change()));
  feed.at(0, "1");
  feed.reading().unit = 2;
  EXPECT_EQ(feed.at(1, "1"), "1 1");
}

// ---- what is not published at all, and what always is

TEST(Pacer, switches_and_zero) {
  auto settings = with(rates(2, Average::mean));
  settings.only = {"voltage_l1"};
  EXPECT_EQ(Feed(settings).each_second({"1", "2"}), Rows{});
  EXPECT_EQ(Feed(settings, "voltage_l1").each_second({"1", "2"}), Rows{"0 1"});
  settings.only.clear();
  settings.send[static_cast<std::size_t>(Group::voltage)] = false;
  EXPECT_EQ(Feed(settings, "voltage_l1").each_second({"1", "2"}), Rows{});
  settings.skip_zero = true;
  EXPECT_EQ(Feed(settings).each_second({"0", "4", "0", "0", "0", "0.0", "0"}), (Rows{"2 2"}))
      << "zeros are part of a mean; a mean of zero is none to publish";
}

TEST(Pacer, entries_of_profiles_are_never_held_back) {
  Feed feed(with(on_change("100", 0, 3600)));
  feed.reading().is_entry = true;
  EXPECT_EQ(feed.each_second({"1", "1", "1"}), (Rows{"0 1", "1 1", "2 1"}));
  feed.reading().is_entry = false;
  EXPECT_EQ(feed.at(4, "1"), "4 1") << "and are not compared with";
}

}  // namespace
}  // namespace vscp_p1
