#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vscp_p1 {

/// A message for the broker. Numbers rise with time, also over restarts.
struct Message {
  std::int64_t number;
  std::string topic;
  std::string payload;
  bool retained;
};

/// Where messages outlive the program. A function that fails has changed nothing, and may be tried again later.
class MessageStore {
 public:
  virtual ~MessageStore() = default;

  /// All of them, in one commit. The oldest give way when there is no room for all.
  virtual bool append(std::span<const Message* const> messages) = 0;
  /// The oldest with a number above `after`, at most `count`; none when they cannot be read.
  virtual std::vector<Message> load(std::int64_t after, std::size_t count) = 0;
  /// In one commit.
  virtual bool remove(std::span<const std::int64_t> numbers) = 0;
  virtual std::size_t size() const noexcept = 0;
  /// The highest there ever was, as far as is known: a new message must have a higher one.
  virtual std::int64_t last_number() = 0;
  /// Whether it could not be read or written lately: last_number() tries again to read it.
  virtual bool has_failed() const noexcept = 0;

 protected:
  MessageStore() = default;
  MessageStore(const MessageStore&) = default;
  MessageStore& operator=(const MessageStore&) = default;
};

/// Messages on their way to the broker: what goes next, what was acknowledged, what has to outlive an outage.
///
/// What waited while the broker was away is the backlog. It goes first and in order while it is small; a long one is
/// paced, and live messages overtake it. A message leaves memory when it is stored or acknowledged, and the store
/// when it is acknowledged.
class Outbox {
 public:
  using Time = std::chrono::milliseconds;  // of a clock that never steps
  /// What may wait in memory while connected, however small the limit is: the telegram that is being published.
  static constexpr std::size_t room_for_a_telegram = 100;

  struct Limits {
    std::size_t memory = 10'000;  // messages that are not stored; more while a store works, until it is their time
    std::size_t window = 500;     // unacknowledged messages
    unsigned drain_rate = 0;      // messages of the backlog in a second; 0: no limit
    Time flush_interval{10'000};  // no message waits longer without being stored
  };

  /// `store` may be null: everything waits in memory. `dropped` is called for each message that memory had no room
  /// for.
  Outbox(Limits limits, MessageStore* store, std::function<void()> dropped);

  void set_limits(const Limits& limits) noexcept { limits_ = limits; }

  void add(std::string_view topic, std::string_view payload, bool retained, Time now);

  void connected(Time now);
  /// What was not acknowledged will be sent again.
  void disconnected(Time now);

  /// The message to be sent now; null when there is none, or none may be sent yet. It lives until the next call.
  const Message* next(Time now);
  /// next() is on its way; `ticket` is any number that is not used for another one under way.
  void sent(std::uintptr_t ticket);
  /// Whether the ticket was one of a message under way.
  bool acknowledged(std::uintptr_t ticket, Time now);
  /// What was acknowledged leaves the store. Before, a crash would have it sent again.
  void remove_acknowledged();
  /// When next() is worth another look, because the backlog is paced; zero when it need not be asked.
  Time pause(Time now) const;

  /// When the broker has not taken a message for a flush interval; nullopt: nothing waits, or there is no store.
  std::optional<Time> flush_due() const;
  /// Stores everything that is not, in one commit.
  void flush(Time now);
  /// The program ends: what is stored stays there for the next time.
  void leave_stored() noexcept { leaves_stored_ = true; }
  /// Nothing is under way, and nothing may be sent that is not.
  bool is_idle() const noexcept;

  /// Not acknowledged yet, in memory and stored.
  std::size_t waiting() const noexcept;
  /// Of them, what came since the broker is there.
  std::size_t live() const noexcept { return live_.waiting(); }
  std::size_t under_way() const noexcept { return stored_.under_way() + backlog_.under_way() + live_.under_way(); }
  std::size_t stored() const noexcept { return store_ == nullptr ? 0 : store_->size(); }

 private:
  struct Entry {
    Message message;
    Time added;
    std::uintptr_t ticket = 0;  // 0: not sent, or acknowledged
  };
  // In order of their numbers; the first `sent` of them are under way or acknowledged.
  struct Lane {
    std::deque<Entry> entries;
    std::size_t sent = 0;
    std::size_t acknowledged = 0;  // behind one that is not

    bool has_unsent() const noexcept { return sent < entries.size(); }
    std::size_t waiting() const noexcept { return entries.size() - acknowledged; }
    std::size_t under_way() const noexcept { return sent - acknowledged; }
    Entry* find(std::uintptr_t ticket);
    void acknowledge(Entry& entry);
    void forget_sent();
  };

  Lane* next_lane(Time now);
  Lane* backlog_lane();
  bool has_backlog() const noexcept;
  bool has_credit() const noexcept;
  std::size_t backlog_window() const noexcept;
  void earn_credit(Time now);
  void begin_in_order(Time now);
  void load();
  std::size_t unloaded() const noexcept;
  bool store_unstored(Time now);
  std::vector<const Message*> unstored();
  void keep_under_way(Lane& lane);
  void make_room(Time now);

  Limits limits_;
  MessageStore* store_;
  std::function<void()> dropped_;
  Lane stored_;   // loaded from the store, or stored while under way
  Lane backlog_;  // waited in memory
  Lane live_;
  Lane* candidate_ = nullptr;
  std::vector<std::int64_t> to_remove_;  // acknowledged, but still in the store
  std::int64_t last_number_ = 0;
  std::int64_t last_loaded_ = 0;
  std::int64_t credit_ = 0;  // thousandths of messages of the backlog that may be sent at once
  Time credit_time_{};
  Time ordered_until_{};  // until then live messages wait for the backlog
  Time store_again_{};    // not before: it failed
  bool connected_ = false;
  bool stalled_ = false;  // connected, but the broker did not acknowledge
  bool leaves_stored_ = false;
};

}  // namespace vscp_p1
