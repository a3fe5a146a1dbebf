#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "io/paho_output.hpp"

namespace vscp_p1::io {

/// The messages that were given to Paho on one connection, from begin() on the loop to end() in one of Paho's
/// threads. Those of a telegram go into few segments. The loop, which each call from there would wake, looks at what
/// has ended when `due` is called, or when it likes.
class MqttDeliveries {
 public:
  /// It stays where it is, to be used again: Paho hands its address back.
  struct Delivery {
    MqttDeliveries* all;
    std::uintptr_t ticket;
    int qos;
    int code = 0;  // a reason code of MQTT 5, or not_sent
  };
  static constexpr int not_sent = -1;  // the connection ends: the message is the publisher's to send again

  struct Handlers {
    std::function<void()> due;      // finished() is to be asked
    std::function<void()> gathers;  // end_turn() is to be called with the loop's next turn
  };

  /// Both handlers may be called from any thread.
  explicit MqttDeliveries(Handlers handlers) : handlers_(std::move(handlers)) {}

  /// The connection is there.
  void find_output(std::uint16_t port) { output_.find(port); }
  /// Null: there is nobody any more to send it to, which Paho has not noticed yet.
  Delivery* begin(std::uintptr_t ticket, int qos);
  /// Paho did not take it.
  void withdraw(Delivery& delivery);
  static void end(Delivery& delivery, int code);
  void end_turn();

  /// Those that ended since the last call. They live until the next begin().
  std::vector<const Delivery*> finished();
  /// How many of them were delivered.
  std::size_t uncollected() const noexcept;
  /// Whether all ended and `due` was not called for the last ones, since nothing waits for it; once.
  bool has_left() noexcept { return has_left_.exchange(false, std::memory_order_relaxed); }
  /// Whether `due` is called when nothing is under way any more, or only for many together and what went wrong.
  void wake_when_delivered(bool on);

 private:
  // To be looked at before all that is under way has ended: else each acknowledgement would wake the loop.
  static constexpr std::size_t most_finished = 64;

  // With mutex_ locked.
  void send_gathered();
  void call_due();
  void note_end();

  Handlers handlers_;
  PahoOutput output_;
  std::deque<Delivery> all_;
  std::vector<Delivery*> idle_;
  std::atomic<bool> has_left_{false};
  mutable std::mutex mutex_;  // of what follows
  std::vector<Delivery*> finished_;
  std::size_t delivered_ = 0;  // of finished_
  std::size_t under_way_ = 0;
  std::size_t unwritten_ = 0;    // of QoS 0
  bool has_unanswered_ = false;  // at QoS 0 the broker says nothing
  bool is_gathering_ = false;
  bool is_due_ = false;
  bool wakes_when_delivered_ = true;
};

}  // namespace vscp_p1::io
