#include "vscp_p1/moment.hpp"

#include <gtest/gtest.h>

namespace vscp_p1 {
namespace {

using std::chrono::milliseconds;

TEST(Moment, the_clock_that_is_ahead_decides) {
  struct Case {
    std::size_t seconds;
    int telegram, host;  // milliseconds passed
    bool expected;
  };
  const Case cases[] = {
      {0, 0, 0, true},       {10, 10'000, 0, true},  // a capture that is read fast
      {10, 9'999, 0, false},                         // telegrams' times are exact
      {10, 0, 10'000, true},                         // a meter whose clock stands still
      {10, 0, 9'500, true},                          // its telegrams may come half a second early
      {10, 0, 9'499, false}, {10, 9'000, 9'400, false}, {10, -3'600'000, 9'600, true}, {3600, 3'600'000, 1, true},
  };
  for (const auto& c : cases) {
    const Moment from{milliseconds{5'000'000}, milliseconds{77}};
    const Moment to{from.telegram + milliseconds{c.telegram}, from.host + milliseconds{c.host}};
    EXPECT_EQ(has_passed(c.seconds, from, to), c.expected)
        << c.seconds << " s, telegrams " << c.telegram << " ms, host " << c.host << " ms";
  }
}

TEST(TelegramClock, only_counts_forward) {
  TelegramClock clock;
  const auto tick = [&](std::int64_t seconds) { return clock.tick({seconds, 0}, milliseconds{1}).telegram.count(); };
  EXPECT_EQ(tick(1'000'000), 0) << "the first is the begin";
  EXPECT_EQ(tick(1'000'010), 10'000);
  EXPECT_EQ(tick(1'000'010), 10'000) << "stands still";
  EXPECT_EQ(tick(996'400), 10'000) << "set back by an hour";
  EXPECT_EQ(tick(996'410), 20'000) << "and goes on";
  EXPECT_EQ(tick(1'000'010), 3'620'000) << "set forward";
}

TEST(TelegramClock, passes_the_hosts_time_on_and_knows_microseconds) {
  TelegramClock clock;
  EXPECT_EQ(clock.tick({1, 250'000}, milliseconds{7}).host.count(), 7);
  EXPECT_EQ(clock.tick({2, 0}, milliseconds{8}).telegram.count(), 750);
}

}  // namespace
}  // namespace vscp_p1
