#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "io/spool.hpp"
#include "vscp_p1/publisher.hpp"
#include "vscp_p1/settings.hpp"
#include "vscp_p1/statistics.hpp"

namespace vscp_p1::app {

/// Where the readings go: to the broker, as messages to standard output (--dry-run), or into a view (--watch).
enum class Output : std::uint8_t { broker, messages, view };

/// The way to the broker that meters share: publisher and spool, and what is said of them.
class Delivery {
 public:
  struct Handlers {
    std::function<void()> connection_changed;
    std::function<void()> behind;  // all its meters are to wait
    std::function<void()> attempt_failed;
    std::function<void()> delivered;              // something was acknowledged
    std::function<void()> output_failed;          // for good
    std::function<void(bool begins)> is_storing;  // on a disk that may be slow
  };
  /// Which of several it is, and whether all of its sources can wait for the broker.
  struct Place {
    std::size_t number = 0;
    bool can_wait = false;
  };
  using Received = std::function<void(const std::string& topic, const std::string& payload)>;

  /// The settings are those of the process.
  Delivery(boost::asio::io_context& loop, const Settings& settings, Output output, Place place, Handlers handlers);

  /// The numbers of those beyond the first that an earlier run had, and that left something in a spool.
  static std::vector<std::size_t> left_over(const SpoolSettings& settings);

  void start() { publisher_->start(); }
  /// A meter uses it from now on, or no more.
  void join() noexcept { ++meters_; }
  void leave() noexcept { --meters_; }
  std::size_t meters() const noexcept { return meters_; }
  Publisher& publisher() noexcept { return *publisher_; }
  const Publisher& publisher() const noexcept { return *publisher_; }
  const std::string& status_topic() const noexcept { return status_topic_; }
  std::size_t number() const noexcept { return number_; }
  /// With the number of the connection when it is not the first.
  std::string broker_name() const {
    return "broker " + broker_ + (number_ == 0 ? "" : " (" + connection_name() + ")");
  }
  /// From now on, of all its brokers in turn.
  void count_failed_rounds() noexcept { failed_attempts_ = 0; }
  std::size_t failed_rounds() const noexcept { return failed_attempts_ / brokers_; }
  BrokerState state() const noexcept {
    return output_ != Output::broker ? BrokerState::none
           : connected_              ? BrokerState::connected
                                     : BrokerState::disconnected;
  }
  bool is_connected() const noexcept { return connected_; }
  std::uint64_t reconnects() const noexcept { return connections_ > 0 ? connections_ - 1 : 0; }
  std::uint64_t dropped() const noexcept { return dropped_; }

  /// Whether the broker is behind, so that a line, or a file, has to wait for it. A line does not wait for a broker
  /// that is away, nor for what that has missed.
  bool is_behind(bool is_line) const noexcept {
    return is_line ? connected_ && publisher_->live() > most_ahead() : publisher_->waiting() > most_ahead();
  }
  /// Has all meters that send to it wait; `resume` is called once when there is room again.
  void hold() const { handlers_.behind(); }
  void when_there_is_room(bool is_line, std::function<void()> resume) {
    (is_line ? paused_lines_ : paused_files_).push_back(std::move(resume));
  }
  /// What a meter wants to receive from now on, instead of what it wanted before.
  void listen(const void* listener, std::vector<std::string> filters, Received received);

  /// Other settings of the process: names are those of now at once, the connection with reconfigure().
  void adopt(const Settings& settings);
  void reconfigure(bool can_wait);
  /// When nothing more will be delivered in this run: tells what was not.
  void end();

 private:
  struct Listener {
    std::vector<std::string> filters;
    Received received;
  };

  // In front of what is said of one of several.
  std::string place() const { return number_ == 0 ? "" : connection_name() + ": "; }
  std::string connection_name() const { return "connection " + std::to_string(number_ + 1); }
  static constexpr std::size_t least_room = 500;  // messages of what can wait, that the queue has room for

  // Messages that sources may be ahead of the broker. More for many, which send at the same time now and then, but
  // not more than the queue takes.
  std::size_t most_ahead() const noexcept {
    const auto room = std::max(mqtt_.queue_size, can_wait_ ? least_room : Outbox::room_for_a_telegram);
    return std::min(250 + 5 * meters_, room / 2);
  }
  void apply(const Settings& settings);
  MqttSettings mqtt_settings() const;
  SpoolSettings spool_settings() const;
  std::unique_ptr<io::Spool> open_spool();
  std::unique_ptr<Publisher> open_publisher();
  void on_connected(const std::string& broker);
  void on_unavailable(const std::string& broker, const std::string& reason);
  void on_delivered();
  void on_message_dropped();
  void on_refused(const std::string& reason);
  void on_received(const std::string& topic, const std::string& payload) const;
  void on_not_heard(const std::string& filter);
  void subscribe();

  boost::asio::io_context& loop_;
  Output output_;
  std::size_t number_;
  bool can_wait_;
  std::size_t meters_ = 0;
  Handlers handlers_;
  MqttSettings mqtt_;
  SpoolSettings spool_settings_;
  std::string status_topic_;
  std::size_t brokers_ = 1;
  std::size_t failed_attempts_ = 0;   // to connect, in a row
  std::string broker_;                // in use, or tried last
  std::unique_ptr<io::Spool> spool_;  // outlives the publisher
  std::unique_ptr<Publisher> publisher_;
  std::map<const void*, Listener> listeners_;
  std::vector<std::function<void()>> paused_lines_, paused_files_;
  std::map<std::string, std::string> broker_faults_;  // as said of each, until one is connected
  std::string refusal_;                               // of messages, as said
  std::set<std::string> not_heard_;                   // filters, as said
  std::uint64_t connections_ = 0;
  std::uint64_t dropped_ = 0;
  bool subscribing_ = false;
  bool connected_ = false;
  bool queue_full_ = false;
  bool spool_full_ = false;
};

}  // namespace vscp_p1::app
