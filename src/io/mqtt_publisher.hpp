#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "io/mqtt_client.hpp"
#include "vscp_p1/publisher.hpp"
#include "vscp_p1/settings.hpp"

namespace vscp_p1::io {

/// Publishes over MQTT. Begins without a broker and keeps trying one after the other; after each round it waits, 1 s
/// growing to 30 s. A bounded queue carries outages: a message leaves it when the broker has acknowledged it (QoS 0:
/// when it is sent), and those in flight when a connection breaks are sent again. Not thread-safe: everything runs on
/// the loop.
class MqttPublisher final : public Publisher {
 public:
  struct Handlers {
    std::function<void(const std::string& broker)> connected;
    // each failed attempt and each lost connection
    std::function<void(const std::string& broker, const std::string& reason)> unavailable;
    std::function<void()> delivered;                         // something was acknowledged
    std::function<void(const std::string& reason)> refused;  // … as what the broker will never take (MQTT 5)
    std::function<void()> dropped;                           // the oldest message gave way to a new one
  };

  /// `status_topic` is retained "online" while connected and becomes "offline" by the Last Will; empty: none.
  MqttPublisher(boost::asio::io_context& loop, const MqttSettings& settings, const std::string& client_id,
                std::string status_topic, Handlers handlers);
  ~MqttPublisher() override;
  MqttPublisher(const MqttPublisher&) = delete;
  MqttPublisher& operator=(const MqttPublisher&) = delete;

  void start();
  void publish(std::string_view topic, std::string_view payload) override;
  void set_state(std::string_view topic, std::string_view payload) override;
  std::size_t waiting() const noexcept override;
  /// Gives what is waiting 0.8 s to be acknowledged, says "offline" and disconnects.
  void stop(std::function<void()> done) override;

 private:
  struct Message {
    std::string topic;
    std::string payload;
    bool retained;
    std::uintptr_t ticket = 0;  // number of the delivery under way; 0: none, or acknowledged when in flight
  };

  void connect();
  void retry(const std::string& reason);
  void on_connected();
  void on_lost(const std::string& reason);
  void on_delivered(std::uintptr_t ticket);
  void on_refused(std::uintptr_t ticket, const std::string& reason);
  void drop_beyond(std::size_t limit);
  void send_waiting();
  void send_state(const std::string& topic);
  void continue_stop();
  void finish_stop();
  void disconnect();

  MqttSettings settings_;
  std::string status_topic_;
  Handlers handlers_;
  MqttClient client_;
  boost::asio::steady_timer timer_;
  std::deque<Message> queue_;  // the first in_flight_ of them are with Paho
  std::size_t in_flight_ = 0;
  std::uintptr_t last_ticket_ = 0;
  std::map<std::string, std::string, std::less<>> states_;
  std::map<std::uintptr_t, std::string> states_in_flight_;
  std::chrono::seconds backoff_{1};
  bool connecting_ = false;
  bool connected_ = false;
  bool said_offline_ = false;
  std::function<void()> stopped_;
};

}  // namespace vscp_p1::io
