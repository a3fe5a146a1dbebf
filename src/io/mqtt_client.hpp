#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "vscp_p1/broker.hpp"
#include "vscp_p1/settings.hpp"

namespace boost::asio {
class io_context;
}

namespace vscp_p1::io {

class MqttProbe;

/// The connection to one broker after the other, with Paho's asynchronous C API: MQTT 3.1.1 or 5, with or without
/// TLS. It neither queues nor repeats anything, which MqttPublisher does. Not thread-safe: everything runs on the
/// loop.
class MqttClient {
 public:
  static constexpr std::size_t longest_heard = 64;
  static constexpr std::size_t unlimited = 65'535;  // MQTT 5 §3.2.2.3.3

  struct Handlers {
    std::function<void()> connected;
    std::function<void(const std::string& reason)> failed;  // an attempt to connect
    std::function<void(const std::string& reason)> lost;
    std::function<void(std::span<const std::uintptr_t> tickets)> delivered;
    std::function<void(const std::string& reason)> refused;  // MQTT 5: one of those will never be taken
    std::function<void(const std::string& topic, const std::string& payload)> received;
    std::function<void(const std::string& filter)> not_heard;  // a subscription was refused
    std::function<void()> disconnected;
  };

  MqttClient(boost::asio::io_context& loop, MqttSettings settings, std::string status_topic, Handlers handlers);
  ~MqttClient();
  MqttClient(const MqttClient&) = delete;
  MqttClient& operator=(const MqttClient&) = delete;

  /// Takes effect with the next connect(), which begins the list of brokers anew.
  void reconfigure(MqttSettings settings, std::string status_topic);
  /// Tries the next broker: the first one, at first. `connected` or `failed` follows, never from inside of the call.
  void connect();
  /// Whether connect() would begin the list of brokers anew.
  bool is_at_end() const noexcept { return next_ == 0; }
  /// The broker that was tried last; before that, the one that will be first.
  const BrokerAddress& broker() const noexcept { return brokers_[current_]; }

  /// How many messages the broker takes before it has acknowledged the first of them. When more are under way, Paho
  /// sends the rest a second later.
  std::size_t receive_maximum() const noexcept { return receive_maximum_; }
  /// `delivered` follows with this ticket, together with others, unless the connection breaks. False: the connection
  /// is gone or Paho's buffer is full.
  bool publish(const std::string& topic, const std::string& payload, int qos, bool retained, std::uintptr_t ticket);
  /// Has `delivered` called now with all that it is due for.
  void collect();
  /// The same if nothing is under way any more and nobody was told.
  void collect_left();
  /// Whether `delivered` is called when nothing is under way any more, which wakes the loop, or only for many
  /// together and what was refused.
  void wake_when_delivered(bool on);
  /// Messages that were delivered, and that `delivered` was not yet called for.
  std::size_t uncollected() const noexcept;
  /// `received` follows for each message, the payload cut at `longest_heard` bytes, or `not_heard`. Both end with the
  /// connection.
  void subscribe(const std::string& filter);
  void unsubscribe(const std::string& filter);
  /// `disconnected` follows. False: there is no connection.
  bool disconnect();

 private:
  class Connection;

  void on_connected();
  void on_lost(const std::string& reason);
  void fail(const std::string& reason);
  void find_reason();

  boost::asio::io_context& loop_;
  MqttSettings settings_;
  std::string status_topic_;
  Handlers handlers_;
  std::vector<BrokerAddress> brokers_;
  std::size_t current_ = 0;
  std::size_t next_ = 0;
  std::size_t receive_maximum_ = unlimited;
  bool trying_ = false;  // to connect
  std::shared_ptr<Connection> connection_;
  std::unique_ptr<MqttProbe> probe_;
};

}  // namespace vscp_p1::io
