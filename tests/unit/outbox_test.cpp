#include "vscp_p1/outbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace vscp_p1 {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

// A disk that can fail.
class FakeStore final : public MessageStore {
 public:
  bool append(std::span<const Message* const> messages) override {
    failed = broken;
    if (broken) return false;
    ++commits;
    for (const auto* message : messages) rows.emplace(message->number, *message);
    return true;
  }
  std::vector<Message> load(std::int64_t after, std::size_t count) override {
    std::vector<Message> result;
    for (auto row = rows.upper_bound(after); row != rows.end() && result.size() < count && !broken; ++row) {
      result.push_back(row->second);
    }
    return result;
  }
  bool remove(std::span<const std::int64_t> numbers) override {
    failed = broken;
    if (broken) return false;
    ++commits;
    for (const auto number : numbers) rows.erase(number);
    return true;
  }
  std::size_t size() const noexcept override { return rows.size(); }
  bool has_failed() const noexcept override { return failed; }
  std::int64_t last_number() override { return rows.empty() ? 0 : rows.rbegin()->first; }

  std::vector<std::string> payloads() const {
    std::vector<std::string> result;
    for (const auto& [number, message] : rows) result.push_back(message.payload);
    return result;
  }

  std::map<std::int64_t, Message> rows;
  std::size_t commits = 0;
  bool broken = false;
  bool failed = false;
};

// An outbox and a broker that acknowledges when it is told to.
class Post {
 public:
  explicit Post(Outbox::Limits limits, MessageStore* store = nullptr)
      : outbox(limits, store, [this] { ++dropped; }) {}

  void add(int first, int last) {
    for (int number = first; number <= last; ++number) outbox.add("t", std::to_string(number), false, now);
  }
  // Sends all that may go now.
  void send() {
    while (const auto* message = outbox.next(now)) {
      arrived.push_back(std::stoi(message->payload));
      outbox.sent(++ticket);
      under_way.push_back(ticket);
    }
  }
  void acknowledge(std::size_t count = 100'000) {
    for (; count > 0 && !under_way.empty(); --count) {
      const auto first = under_way.front();
      under_way.erase(under_way.begin());
      EXPECT_TRUE(outbox.acknowledged(first, now));
    }
  }
  void connect() { outbox.connected(now); }
  void disconnect() {
    outbox.disconnected(now);
    under_way.clear();
  }
  // A broker that takes all at once.
  void deliver() {
    for (send(); !under_way.empty(); send()) acknowledge();
  }
  void flush_if_due() {
    if (const auto due = outbox.flush_due(); due && *due <= now) outbox.flush(now);
  }

  Outbox::Time now{1'000'000};
  Outbox outbox;
  std::size_t dropped = 0;
  std::uintptr_t ticket = 0;
  std::vector<std::uintptr_t> under_way;
  std::vector<int> arrived;
};

std::vector<int> numbers(int first, int last) {
  std::vector<int> result;
  for (int number = first; number <= last; ++number) result.push_back(number);
  return result;
}

// ---- in memory

TEST(Outbox, sends_in_order_up_to_the_window) {
  Post post({100, 10});
  post.add(1, 5);
  post.send();
  EXPECT_THAT(post.arrived, IsEmpty()) << "not connected";
  post.connect();
  post.add(6, 20);
  post.send();
  EXPECT_EQ(post.under_way.size(), 10U);
  post.acknowledge(4);
  post.send();
  EXPECT_EQ(post.under_way.size(), 10U);
  post.deliver();
  EXPECT_EQ(post.arrived, numbers(1, 20));
  EXPECT_EQ(post.outbox.waiting(), 0U);
  EXPECT_TRUE(post.outbox.is_idle());
  EXPECT_FALSE(post.outbox.acknowledged(1, post.now)) << "long done";
}

TEST(Outbox, sends_again_what_was_not_acknowledged) {
  Post post({100, 100});
  post.connect();
  post.add(1, 4);
  post.send();
  EXPECT_TRUE(post.outbox.acknowledged(3, post.now)) << "behind a gap";
  post.disconnect();
  EXPECT_EQ(post.outbox.waiting(), 3U);
  post.add(5, 5);
  post.connect();
  post.deliver();
  EXPECT_THAT(post.arrived, ElementsAre(1, 2, 3, 4, 1, 2, 4, 5));
}

TEST(Outbox, the_oldest_give_way_in_memory) {
  Post post({3, 100});
  post.add(1, 5);
  EXPECT_EQ(post.dropped, 2U);
  EXPECT_FALSE(post.outbox.flush_due()) << "there is no store";
  post.connect();
  post.deliver();
  EXPECT_EQ(post.arrived, numbers(3, 5));
  post.add(6, 105);
  EXPECT_EQ(post.dropped, 2U) << "a telegram finds room while connected";
  post.add(106, 106);
  EXPECT_EQ(post.dropped, 3U);
}

// ---- the store

TEST(Outbox, nothing_is_stored_while_the_broker_takes_it) {
  FakeStore store;
  Post post({100, 100}, &store);
  post.connect();
  for (int number = 1; number <= 1000; ++number, post.now += 1s) {
    post.add(number, number);
    post.flush_if_due();
    post.deliver();
  }
  EXPECT_EQ(store.commits, 0U);
}

TEST(Outbox, an_outage_costs_one_commit_in_an_interval) {
  FakeStore store;
  Post post({10'000, 100, 0, 10s}, &store);
  for (int number = 1; number <= 600; ++number, post.now += 100ms) {
    post.add(number, number);
    post.flush_if_due();
    EXPECT_LE(post.outbox.waiting() - store.size(), 101U) << "more than an interval would be lost";
  }
  EXPECT_EQ(store.commits, 5U) << "in a minute";
  EXPECT_EQ(post.outbox.waiting(), 600U);
  post.connect();
  post.deliver();
  EXPECT_EQ(post.arrived, numbers(1, 600));
  EXPECT_EQ(store.size(), 0U);
  EXPECT_EQ(post.outbox.waiting(), 0U);
}

TEST(Outbox, a_broker_that_does_not_acknowledge_is_an_outage) {
  FakeStore store;
  Post post({10'000, 10, 0, 10s}, &store);
  post.connect();
  post.add(1, 30);
  post.send();
  post.now += 10s;
  post.flush_if_due();
  EXPECT_EQ(store.size(), 30U) << "also those that are under way";
  post.add(31, 40);
  post.send();
  EXPECT_EQ(post.outbox.waiting(), 40U);
  post.deliver();
  EXPECT_EQ(post.arrived, numbers(1, 40)) << "none twice";
  EXPECT_EQ(store.size(), 0U);
}

TEST(Outbox, what_was_stored_under_way_is_sent_again_after_a_loss) {
  FakeStore store;
  Post post({10'000, 10, 0, 10s}, &store);
  post.connect();
  post.add(1, 4);
  post.send();
  post.now += 10s;
  post.flush_if_due();
  post.acknowledge(1);
  post.disconnect();
  EXPECT_EQ(store.payloads(), (std::vector<std::string>{"2", "3", "4"}));
  post.connect();
  post.deliver();
  EXPECT_THAT(post.arrived, ElementsAre(1, 2, 3, 4, 2, 3, 4));
}

TEST(Outbox, an_earlier_run_goes_first) {
  FakeStore store;
  {
    Post post({100, 100}, &store);
    post.add(1, 250);
    post.outbox.flush(post.now);
  }
  Post post({100, 100}, &store);
  post.add(251, 260);
  EXPECT_EQ(post.outbox.waiting(), 260U);
  post.connect();
  post.deliver();
  EXPECT_EQ(post.arrived, numbers(1, 260));
}

TEST(Outbox, a_message_leaves_the_store_only_when_acknowledged) {
  FakeStore store;
  Post post({1000, 20}, &store);
  post.add(1, 50);
  post.outbox.flush(post.now);
  post.connect();
  post.send();
  EXPECT_EQ(store.size(), 50U);
  post.acknowledge(9);
  EXPECT_EQ(store.size(), 50U) << "one commit for all that is under way";
  post.acknowledge(1);
  EXPECT_EQ(store.size(), 40U);
}

TEST(Outbox, a_small_memory_is_stored_no_earlier) {
  FakeStore store;
  Post post({10, 100}, &store);
  post.add(1, 1000);
  EXPECT_EQ(post.dropped, 0U);
  EXPECT_EQ(store.commits, 0U);
  post.connect();
  post.deliver();
  EXPECT_EQ(post.arrived, numbers(1, 1000));
}

TEST(Outbox, a_flood_is_stored_early) {
  FakeStore store;
  Post post({10, 100}, &store);
  post.add(1, 25'000);
  EXPECT_EQ(post.dropped, 0U);
  EXPECT_EQ(store.commits, 2U);
  post.connect();
  post.deliver();
  EXPECT_EQ(post.arrived, numbers(1, 25'000));
}

TEST(Outbox, what_was_acknowledged_leaves_the_store_when_asked) {
  FakeStore store;
  Post post({1000, 20}, &store);
  post.add(1, 50);
  post.outbox.flush(post.now);
  post.connect();
  post.send();
  post.acknowledge(3);
  post.outbox.remove_acknowledged();
  EXPECT_EQ(store.size(), 47U);
  post.acknowledge();
  post.deliver();
  EXPECT_EQ(post.arrived, numbers(1, 50));
  EXPECT_EQ(store.size(), 0U);
}

TEST(Outbox, a_broken_store_leaves_the_memory) {
  FakeStore store;
  Post post({100, 100, 0, 10s}, &store);
  post.add(1, 50);
  post.outbox.flush(post.now);
  store.broken = true;
  post.add(51, 180);
  EXPECT_EQ(post.dropped, 0U) << "nobody knows yet";
  post.now += 10s;
  post.flush_if_due();
  post.add(181, 200);
  EXPECT_EQ(post.dropped, 50U);
  const auto again = post.outbox.flush_due();
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, post.now + 10s) << "tried again an interval later";
  store.broken = false;
  post.now += 10s;
  post.flush_if_due();
  EXPECT_EQ(store.size(), 150U);
  post.connect();
  post.deliver();
  EXPECT_EQ(post.arrived.size(), 150U);
  EXPECT_EQ(post.arrived.back(), 200);
  EXPECT_TRUE(std::is_sorted(post.arrived.begin(), post.arrived.end()));
}

TEST(Outbox, a_store_that_opens_late_has_older_messages) {
  FakeStore store, late;
  {
    Post earlier({100, 100}, &store);
    earlier.add(1, 60);
    earlier.outbox.flush(earlier.now);
  }
  Post post({100, 100}, &late);
  post.add(61, 70);
  late.rows = store.rows;
  post.outbox.flush(post.now);
  EXPECT_EQ(late.size(), 70U);
  post.connect();
  post.deliver();
  EXPECT_EQ(post.arrived, numbers(1, 70));
}

TEST(Outbox, what_cannot_be_removed_is_not_sent_twice) {
  FakeStore store;
  Post post({100, 10}, &store);
  post.add(1, 5);
  post.outbox.flush(post.now);
  post.connect();
  post.send();
  store.broken = true;
  post.acknowledge();
  post.disconnect();
  store.broken = false;
  post.connect();
  post.deliver();
  EXPECT_EQ(post.arrived, numbers(1, 5));
  post.outbox.flush(post.now);
  EXPECT_EQ(store.size(), 0U);
}

// ---- pace

TEST(Outbox, a_small_backlog_goes_before_live_messages) {
  Post post({1000, 100, 100});
  post.add(1, 150);
  post.connect();
  post.add(151, 160);
  post.deliver();
  EXPECT_EQ(post.arrived, numbers(1, 160));
}

TEST(Outbox, a_long_backlog_is_paced_and_overtaken) {
  FakeStore store;
  Post post({100, 100, 100}, &store);
  post.add(1, 1000);
  post.connect();
  post.deliver();
  EXPECT_EQ(post.arrived, numbers(1, 200)) << "two seconds' worth at once";
  EXPECT_GT(post.outbox.pause(post.now), 0ms);
  post.add(1001, 1003);
  post.deliver();
  EXPECT_EQ(std::vector(post.arrived.end() - 3, post.arrived.end()), numbers(1001, 1003)) << "live";
  const auto begin = post.now;
  while (post.outbox.waiting() > 0) {
    const auto pause = post.outbox.pause(post.now);
    ASSERT_GT(pause, 0ms);
    post.now += pause;
    post.deliver();
  }
  EXPECT_GE(post.now - begin, 7900ms) << "800 messages at 100 in a second";
  EXPECT_LE(post.now - begin, 8200ms);
  EXPECT_EQ(post.arrived.size(), 1003U);
  post.arrived.erase(post.arrived.begin() + 200, post.arrived.begin() + 203);
  EXPECT_EQ(post.arrived, numbers(1, 1000)) << "the oldest first";
}

TEST(Outbox, live_messages_find_a_place_beside_the_backlog) {
  Post post({10'000, 10, 0});
  post.add(1, 1000);
  post.connect();
  post.now += 3s;
  post.send();
  EXPECT_EQ(post.under_way.size(), 5U) << "half of the window";
  post.add(1001, 1001);
  post.send();
  EXPECT_EQ(post.arrived.back(), 1001);
}

// ---- the end

TEST(Outbox, the_end_stores_everything) {
  FakeStore store;
  Post post({1000, 4}, &store);
  post.connect();
  post.add(1, 10);
  post.send();
  post.acknowledge(2);
  post.outbox.flush(post.now);
  EXPECT_EQ(store.payloads(), (std::vector<std::string>{"3", "4", "5", "6", "7", "8", "9", "10"}));
}

TEST(Outbox, a_stored_backlog_does_not_delay_the_end) {
  FakeStore store;
  Post post({1000, 4}, &store);
  post.add(1, 100);
  post.outbox.flush(post.now);
  post.connect();
  EXPECT_FALSE(post.outbox.is_idle());
  post.outbox.leave_stored();
  EXPECT_TRUE(post.outbox.is_idle());
  post.add(101, 101);
  EXPECT_FALSE(post.outbox.is_idle());
  post.deliver();
  EXPECT_THAT(post.arrived, ElementsAre(101));
  EXPECT_TRUE(post.outbox.is_idle());
}

}  // namespace
}  // namespace vscp_p1
