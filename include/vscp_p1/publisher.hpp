#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/settings.hpp"

namespace vscp_p1 {

/// Where messages go: a broker, standard output for --dry-run, or nowhere for --watch.
class Publisher {
 public:
  virtual ~Publisher() = default;

  /// Before that messages are taken over, but nobody is told of them. A second call has no effect.
  virtual void start() {}
  /// Takes a message over, which the broker is to keep or not; the order is kept.
  virtual void publish(std::string_view topic, std::string_view payload, bool retained) = 0;
  /// A retained text that tells a state; only the last one of a topic matters. An empty topic is none.
  virtual void set_state(std::string_view topic, std::string_view payload) = 0;
  /// Sends the state again, as it is.
  virtual void repeat_state(std::string_view /*topic*/) {}
  /// What is to be received from now on, as filters of topics.
  virtual void listen(const std::vector<std::string>& /*filters*/) {}
  /// Messages taken over and not yet delivered.
  virtual std::size_t waiting() const noexcept = 0;
  /// Those of them that came while the broker is there: what has waited for it is not among them.
  virtual std::size_t live() const noexcept { return waiting(); }
  /// Those of them that are stored, and outlive the program.
  virtual std::size_t spooled() const noexcept = 0;
  /// Whether the end of each delivery is to be told at once, or may be with the next telegram.
  virtual void await_delivery(bool /*at_once*/) {}
  /// Takes other settings over; what waits goes the new way.
  virtual void reconfigure(const MqttSettings& settings, const SpoolSettings& spool,
                           std::string_view status_topic) = 0;
  /// Ends in order; `done` is called when nothing more will happen.
  virtual void stop(std::function<void()> done) = 0;

 protected:
  Publisher() = default;
  Publisher(const Publisher&) = default;
  Publisher& operator=(const Publisher&) = default;
};

/// Throws everything away.
class NoPublisher final : public Publisher {
 public:
  void publish(std::string_view /*topic*/, std::string_view /*payload*/, bool /*retained*/) override {}
  void set_state(std::string_view /*topic*/, std::string_view /*payload*/) override {}
  std::size_t waiting() const noexcept override { return 0; }
  std::size_t spooled() const noexcept override { return 0; }
  void reconfigure(const MqttSettings& /*settings*/, const SpoolSettings& /*spool*/,
                   std::string_view /*status_topic*/) override {}
  void stop(std::function<void()> done) override { done(); }
};

}  // namespace vscp_p1
