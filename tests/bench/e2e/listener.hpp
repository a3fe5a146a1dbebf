#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace e2e {

using Clock = std::chrono::steady_clock;

/// Subscribes to `filter` at QoS 0 and counts what comes. No more of MQTT 3.1.1 than that, over a bare socket: a
/// library between the broker and the clock would be measured too.
class Listener {
 public:
  /// `on_topic` is called for each message, on a thread of its own.
  using OnTopic = std::function<void(std::string_view topic)>;
  Listener(std::uint16_t port, const std::string& filter, OnTopic on_topic = {});
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Waits until so many messages came since the beginning; false when none comes for a long time.
  bool wait_for(std::size_t count);
  std::size_t count() const;
  /// When the last one came.
  Clock::time_point last() const;

 private:
  void send(const std::string& packet) const;
  void listen();
  std::size_t count_packets(std::string& bytes) const;

  OnTopic on_topic_;
  int socket_ = -1;
  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::size_t count_ = 0;
  Clock::time_point last_;
  std::thread thread_;
};

}  // namespace e2e
