#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/mqtt_client.hpp"
#include "vscp_p1/outbox.hpp"
#include "vscp_p1/publisher.hpp"
#include "vscp_p1/settings.hpp"

namespace vscp_p1::io {

/// Publishes over MQTT. Begins without a broker and keeps trying one after the other; after each round it waits, 1 s
/// growing to 30 s. An Outbox carries outages: a message leaves it when the broker has acknowledged it (QoS 0: when
/// it is sent), and those in flight when a connection breaks are sent again. Not thread-safe: everything runs on the
/// loop.
class MqttPublisher final : public Publisher {
 public:
  struct Handlers {
    std::function<void(const std::string& broker)> connected;
    // each failed attempt and each lost connection
    std::function<void(const std::string& broker, const std::string& reason)> unavailable;
    std::function<void()> delivered;                         // something was acknowledged
    std::function<void(const std::string& reason)> refused;  // … as what the broker will never take (MQTT 5)
    std::function<void()> dropped;                           // memory had no room for the oldest message
    // of what listen() asked for, the payload not beyond MqttClient::longest_heard bytes
    std::function<void(const std::string& topic, const std::string& payload)> received;
    std::function<void(const std::string& filter)> not_heard;  // the broker does not let this client subscribe
  };

  /// `store`, which may be null, outlives the publisher. `status_topic` is retained "online" while connected and
  /// becomes "offline" by the Last Will; empty: none.
  MqttPublisher(boost::asio::io_context& loop, MqttSettings settings, std::string status_topic, SpoolSettings spool,
                MessageStore* store, Handlers handlers);
  ~MqttPublisher() override;
  MqttPublisher(const MqttPublisher&) = delete;
  MqttPublisher& operator=(const MqttPublisher&) = delete;

  void start() override;
  void publish(std::string_view topic, std::string_view payload, bool retained) override;
  void set_state(std::string_view topic, std::string_view payload) override;
  void repeat_state(std::string_view topic) override;
  void listen(const std::vector<std::string>& filters) override;
  std::size_t waiting() const noexcept override;
  std::size_t live() const noexcept override;
  void await_delivery(bool at_once) override;
  std::size_t spooled() const noexcept override { return outbox_.stored(); }
  /// The connection stays when nothing of it has changed. Else it is ended in order, once what is in flight is
  /// acknowledged, and what waits goes over the new one.
  void reconfigure(const MqttSettings& settings, const SpoolSettings& spool, std::string_view status_topic) override;
  /// Gives what is waiting 0.8 s to be acknowledged, stores the rest, says "offline" and disconnects.
  void stop(std::function<void()> done) override;

 private:
  void connect();
  void retry(const std::string& reason);
  void on_connected();
  void on_lost(const std::string& reason);
  void on_delivered(std::span<const std::uintptr_t> tickets);
  void send_waiting();
  void renew_wake();
  void watch_pace();
  void watch_flush();
  void remove_acknowledged();
  void send_state(const std::string& topic);
  void send_states();
  std::size_t states_window() const noexcept;
  void say_offline();
  void continue_stop();
  void finish_stop();
  void disconnect();
  void end_connection(std::chrono::milliseconds patience, std::function<void()> done);
  void begin_anew(const std::string& status_topic);
  Outbox::Limits outbox_limits() const;
  void call_after(std::chrono::milliseconds delay, std::function<void()> task);
  void cancel_call();

  MqttSettings settings_;
  SpoolSettings spool_;
  std::string status_topic_;
  Handlers handlers_;
  MqttClient client_;
  Outbox outbox_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer pace_;
  boost::asio::steady_timer flush_;
  unsigned call_ = 0;  // number of the one that timer_ is for
  std::uintptr_t last_ticket_ = 0;
  std::map<std::string, std::string, std::less<>> states_;
  std::map<std::uintptr_t, std::string> states_in_flight_;
  std::set<std::string> states_waiting_;  // to be sent over this connection
  std::vector<std::string> filters_;
  std::chrono::seconds backoff_{1};
  bool started_ = false;
  bool awaited_ = false;
  bool connecting_ = false;
  bool connected_ = false;
  bool said_offline_ = false;
  bool watching_pace_ = false;
  bool watching_flush_ = false;
  bool removing_ = false;
  bool moving_ = false;  // to another connection: nothing is sent over this one any more
  std::function<void()> stopped_;
};

}  // namespace vscp_p1::io
