#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "vscp_p1/outbox.hpp"
#include "vscp_p1/publisher.hpp"
#include "vscp_p1/settings.hpp"

namespace boost::asio {
class io_context;
}

namespace vscp_p1::io {

/// Publishes over MQTT 3.1.1 with Paho's asynchronous client. Begins without a broker and keeps trying, 1 s growing
/// to 30 s. An Outbox carries outages: a message leaves it when the broker has acknowledged it (QoS 0: when it is
/// sent), and those in flight when a connection breaks are sent again. Not thread-safe: everything runs on the loop.
class MqttPublisher final : public Publisher {
 public:
  struct Handlers {
    std::function<void()> connected;
    std::function<void(const std::string& reason)> unavailable;  // each failed attempt and each lost connection
    std::function<void()> delivered;                             // something was acknowledged
    std::function<void()> dropped;                               // memory had no room for the oldest message
  };

  /// `store`, which may be null, outlives the publisher. `status_topic` is retained "online" while connected and
  /// becomes "offline" by the Last Will; empty: none.
  MqttPublisher(boost::asio::io_context& loop, MqttSettings settings, const std::string& client_id,
                std::string status_topic, const SpoolSettings& spool, MessageStore* store, Handlers handlers);
  ~MqttPublisher() override;
  MqttPublisher(const MqttPublisher&) = delete;
  MqttPublisher& operator=(const MqttPublisher&) = delete;

  void start();
  void publish(std::string_view topic, std::string_view payload) override;
  void set_state(std::string_view topic, std::string_view payload) override;
  std::size_t waiting() const noexcept override;
  std::size_t spooled() const noexcept override { return outbox_.stored(); }
  /// The connection stays when nothing of it has changed. Else it is ended in order, once what is in flight is
  /// acknowledged, and what waits goes over the new one.
  void reconfigure(const MqttSettings& settings, const SpoolSettings& spool, std::string_view status_topic) override;
  /// Gives what is waiting 0.8 s to be acknowledged, stores the rest, says "offline" and disconnects.
  void stop(std::function<void()> done) override;

 private:
  class Client;
  void connect();
  void retry(const std::string& reason);
  void on_connected();
  void on_lost(const std::string& reason);
  void on_delivered(std::uintptr_t ticket);
  void send_waiting();
  void watch_pace();
  void watch_flush();
  void send_state(const std::string& topic);
  void say_offline();
  void continue_stop();
  void finish_stop();
  void disconnect();
  void end_connection(std::chrono::milliseconds patience, std::function<void()> done);
  void begin_anew(const std::string& status_topic);

  boost::asio::io_context& loop_;
  MqttSettings settings_;
  std::string status_topic_;
  Handlers handlers_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<Client> former_;  // of the connection before: Paho's threads may still be about to leave it
  Outbox outbox_;
  std::uintptr_t last_ticket_ = 0;
  std::map<std::string, std::string, std::less<>> states_;
  std::map<std::uintptr_t, std::string> states_in_flight_;
  std::chrono::seconds backoff_{1};
  bool connecting_ = false;
  bool connected_ = false;
  bool said_offline_ = false;
  bool watching_pace_ = false;
  bool watching_flush_ = false;
  bool moving_ = false;  // to another connection: nothing is sent over this one any more
  std::function<void()> stopped_;
};

}  // namespace vscp_p1::io
