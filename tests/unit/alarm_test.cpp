#include "vscp_p1/alarm.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "unit/support.hpp"

namespace vscp_p1 {
namespace {

using Operator = AlarmSettings::Operator;
using std::chrono::milliseconds;

Decimal number(std::string_view text) { return parse_decimal_prefix(text)->value; }

constexpr std::size_t watched = 3;  // any quantity

AlarmSettings alarm(Operator op, std::string_view value, std::string_view hysteresis = "0") {
  AlarmSettings settings;
  settings.name = "test";
  settings.quantities = {watched};
  settings.op = op;
  settings.value = number(value);
  settings.hysteresis = number(hysteresis);
  return settings;
}

// A watch of these alarms, and a meter.
class Meter {
 public:
  explicit Meter(std::vector<AlarmSettings> alarms) : watch_(alarms) {}

  AlarmWatch& watch() { return watch_; }

  // A telegram of that second with these readings: "+name" for each alarm that begins, "-name" that ends.
  std::string telegram(std::int64_t second, const std::vector<std::pair<std::size_t, std::string_view>>& values,
                       milliseconds host = milliseconds{0}, bool are_entries = false) {
    std::vector<Reading> readings;
    for (const auto& [quantity, value] : values) {
      readings.push_back({quantity, {}, number(value), 14, 0, {}, {}, {}, nullptr, are_entries});
    }
    return telegram_of(second, readings, {}, host);
  }
  std::string at(std::int64_t second, std::string_view value, milliseconds host = milliseconds{0}) {
    return telegram(second, {{watched, value}}, host);
  }
  // A value in each second: '+', '-', or '.' when nothing changes.
  std::string each_second(const std::vector<std::string_view>& values) {
    std::string changes;
    for (const auto value : values) {
      const auto change = at(++second_, value);
      changes += change.empty() ? '.' : change[0];
    }
    return changes;
  }
  std::string telegram_of(std::int64_t second, const std::vector<Reading>& readings,
                          const std::vector<StateLine>& states, milliseconds host = milliseconds{0}) {
    Mapper::Mapping mapping{};
    mapping.measured = readings;
    mapping.states = states;
    mapping.time = {second, 0};
    return shown(watch_.telegram(mapping, clock_.tick(mapping.time, host)));
  }
  std::string silent(int seconds) { return shown(watch_.silence(std::chrono::seconds{seconds})); }

  static std::string shown(std::span<const AlarmChange> changes) {
    std::string text;
    for (const auto& change : changes) text += (change.begins ? "+" : "-") + change.alarm->name;
    return text;
  }

 private:
  AlarmWatch watch_;
  TelegramClock clock_;
  std::int64_t second_ = 0;
};

// ---- operators

TEST(Alarm, every_operator_at_its_boundaries) {
  struct Case {
    Operator op;
    std::string_view hysteresis;
    std::vector<std::string_view> values;  // the threshold is 100
    std::string_view expected;
  };
  const Case cases[] = {
      {Operator::above, "0", {"99", "100", "100.001", "101", "100", "99"}, "..+.-."},
      {Operator::at_least, "0", {"99", "99.999", "100", "101", "100.0", "99.999"}, "..+..-"},
      {Operator::below, "0", {"101", "100", "99.999", "99", "100", "101"}, "..+.-."},
      {Operator::at_most, "0", {"101", "100.001", "100.00", "99", "100", "100.001"}, "..+..-"},
      {Operator::equal, "0", {"99", "100.000", "100", "100.001", "100"}, ".+.-+"},
      {Operator::other, "0", {"100", "100.0", "99", "101", "100", "-100"}, "..+.-+"},
      {Operator::above, "5", {"101", "99", "95.001", "95", "99", "100", "100.1"}, "+..-..+"},
      {Operator::at_least, "5", {"100", "99", "95", "94.999", "99", "100"}, "+..-.+"},
      {Operator::below, "5", {"99", "101", "104.999", "105", "101", "100", "99.9"}, "+..-..+"},
      {Operator::at_most, "5", {"100", "101", "105", "105.001", "101", "100"}, "+..-.+"},
      {Operator::equal, "5", {"106", "105", "95", "94.9"}, ".+.-"},
      {Operator::other, "5", {"105", "105.1", "95"}, ".+-"},
      {Operator::above, "0", {"-101", "-100"}, ".."},
      {Operator::at_least, "100", {"100", "0", "-0.1"}, "+.-"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Meter({alarm(c.op, "100", c.hysteresis)}).each_second(c.values), c.expected)
        << "operator " << static_cast<int>(c.op) << ", hysteresis " << c.hysteresis;
  }
}

TEST(Alarm, compares_values_that_no_double_can_tell_apart) {
  EXPECT_EQ(
      Meter({alarm(Operator::above, "100000000000000000")}).each_second({"100000000000000000", "100000000000000001"}),
      ".+");
  EXPECT_EQ(Meter({alarm(Operator::equal, "0.3")}).each_second({"0.30", "0.300000000000000001"}), "+-");
  EXPECT_EQ(Meter({alarm(Operator::above, "999999999999999999", "0.000000000000000001")})
                .each_second({"0.000000000000000001", "999999999999999999"}),
            "..")
      << "sums that do not fit";
}

TEST(Alarm, never_twice_for_one_state) {
  Meter meter({alarm(Operator::above, "100")});
  EXPECT_EQ(meter.each_second({"200", "300", "200", "50", "40", "200", "201", "1"}), "+..-.+.-");
}

TEST(Alarm, tells_which_value_it_was) {
  AlarmWatch watch({alarm(Operator::above, "100")});
  const std::vector<Reading> readings = {{watched, {}, number("101.5"), 14, 0, {}, {}, {}}};
  Mapper::Mapping mapping{};
  mapping.measured = readings;
  const auto changes = watch.telegram(mapping, {});
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].quantity, watched);
  EXPECT_EQ(changes[0].value, number("101.5"));
}

TEST(Alarm, a_telegram_without_its_quantity_changes_nothing) {
  auto waiting = alarm(Operator::above, "100");
  waiting.hold = 10;
  Meter meter({waiting});
  EXPECT_EQ(meter.at(0, "200"), "");
  EXPECT_EQ(meter.telegram(5, {{watched + 1, "1"}}), "");
  EXPECT_EQ(meter.at(10, "200"), "+test");
  EXPECT_EQ(meter.telegram(20, {}), "");
  EXPECT_EQ(meter.at(30, "1"), "-test");
}

TEST(Alarm, profiles_tell_of_the_past) {
  Meter meter({alarm(Operator::above, "100")});
  EXPECT_EQ(meter.telegram(0, {{watched, "200"}}, milliseconds{0}, true), "");
}

TEST(Alarm, positions_and_tariffs_are_numbers) {
  const auto quantity = *find_quantity("0-0:96.14.0"_obis);
  auto tariff = alarm(Operator::equal, "2");
  tariff.quantities = {quantity};
  Meter meter({tariff});
  EXPECT_EQ(meter.telegram_of(0, {}, {{quantity, "0001"}}), "");
  EXPECT_EQ(meter.telegram_of(1, {}, {{quantity, "0002"}}), "+test");
  EXPECT_EQ(meter.telegram_of(2, {}, {{quantity, "0002"}}), "");
  EXPECT_EQ(meter.telegram_of(3, {}, {{quantity, "0001"}}), "-test");
}

// ---- for

TEST(Alarm, must_last) {
  auto settings = alarm(Operator::above, "100", "10");
  settings.hold = 3;
  EXPECT_EQ(Meter({settings}).each_second({"200", "200", "200", "200", "95", "90"}), "...+.-");
  EXPECT_EQ(Meter({settings}).each_second({"200", "200", "200", "100", "200", "200", "200", "200"}), ".......+")
      << "an interruption begins it anew: the hysteresis is for ends only";
}

TEST(Alarm, lasts_by_the_host_when_the_meters_clock_does_not_go) {
  auto settings = alarm(Operator::above, "100");
  settings.hold = 30;
  Meter meter({settings});
  EXPECT_EQ(meter.at(0, "200", milliseconds{0}), "");
  EXPECT_EQ(meter.at(0, "200", milliseconds{20'000}), "");
  EXPECT_EQ(meter.at(-3600, "200", milliseconds{29'000}), "") << "set back";
  EXPECT_EQ(meter.at(-3600, "200", milliseconds{30'000}), "+test");
}

TEST(Alarm, one_shot_is_told_once_and_reset_once) {
  auto settings = alarm(Operator::above, "100");
  settings.one_shot = true;
  EXPECT_EQ(Meter({settings}).each_second({"1", "200", "201", "1", "200", "1", "200"}), ".+.-...");
}

// ---- several phases

TEST(Alarm, any_phase_is_enough_and_all_must_be_back) {
  auto fuse = alarm(Operator::above, "25", "1");
  fuse.quantities = {1, 2, 3};
  Meter meter({fuse});
  const auto phases = [&](std::int64_t second, std::string_view l1, std::string_view l2, std::string_view l3) {
    return meter.telegram(second, {{1, l1}, {2, l2}, {3, l3}});
  };
  EXPECT_EQ(phases(0, "25", "25", "25"), "");
  EXPECT_EQ(phases(1, "3", "26", "4"), "+test");
  EXPECT_EQ(phases(2, "3", "3", "26"), "") << "another phase now";
  EXPECT_EQ(phases(3, "3", "24.5", "24.5"), "") << "within the hysteresis";
  EXPECT_EQ(meter.telegram(4, {{1, "3"}, {2, "3"}}), "") << "L3 is not sent for once";
  EXPECT_EQ(phases(5, "3", "3", "24"), "-test");
  Meter one_phase({fuse});
  EXPECT_EQ(one_phase.telegram(0, {{1, "26"}}), "+test");
  EXPECT_EQ(one_phase.telegram(1, {{1, "10"}}), "-test");
}

// ---- silence

AlarmSettings silence(std::string_view value, std::size_t hold = 0) {
  auto settings = alarm(Operator::above, value);
  settings.quantities.clear();
  settings.hold = hold;
  return settings;
}

TEST(Alarm, of_silence) {
  Meter meter({silence("20"), silence("0", 60)});
  EXPECT_EQ(meter.watch().next_silence(), milliseconds{20'000});
  EXPECT_EQ(meter.silent(19), "");
  EXPECT_EQ(meter.silent(20), "+test");
  EXPECT_EQ(meter.watch().next_silence(), milliseconds{60'000});
  EXPECT_EQ(meter.silent(40), "") << "once";
  EXPECT_EQ(meter.silent(61), "+test");
  EXPECT_EQ(meter.watch().next_silence(), std::nullopt);
  EXPECT_EQ(meter.at(0, "1"), "-test-test");
  EXPECT_EQ(meter.at(1, "1"), "");
  EXPECT_EQ(meter.watch().next_silence(), milliseconds{20'000});
  EXPECT_EQ(Meter({silence("1.5", 2)}).watch().next_silence(), milliseconds{3'500});
  EXPECT_EQ(Meter({alarm(Operator::above, "1")}).watch().next_silence(), std::nullopt);
}

TEST(Alarm, of_silence_one_shot) {
  auto once = silence("20");
  once.one_shot = true;
  Meter meter({once});
  EXPECT_EQ(meter.silent(20), "+test");
  EXPECT_EQ(meter.at(0, "1"), "-test");
  EXPECT_EQ(meter.watch().next_silence(), std::nullopt);
  EXPECT_EQ(meter.silent(20), "");
}

// ---- other settings

TEST(Alarm, the_same_ones_go_on_and_others_end) {
  auto kept = alarm(Operator::above, "100");
  auto changed = kept;
  auto gone = kept;
  auto idle = alarm(Operator::above, "1000");
  changed.name = "changed";
  gone.name = "gone";
  kept.name = "kept";
  Meter meter({gone, changed, kept, idle});
  EXPECT_EQ(meter.at(0, "200"), "+gone+changed+kept");
  changed.value = number("150");
  const auto ended = meter.watch().reconfigure({kept, changed});
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_EQ(ended[0].name, "gone");
  EXPECT_EQ(ended[1].name, "changed");
  EXPECT_EQ(ended[1].value, number("100")) << "as it was";
  EXPECT_EQ(meter.at(1, "200"), "+changed") << "anew";
  EXPECT_EQ(meter.at(2, "1"), "-kept-changed");
}

}  // namespace
}  // namespace vscp_p1
