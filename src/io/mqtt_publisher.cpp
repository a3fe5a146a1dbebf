#include "io/mqtt_publisher.hpp"

#include <mqtt/exception.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <utility>

namespace vscp_p1::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds longest_backoff{30};
constexpr milliseconds delivery_at_stop{800};
constexpr milliseconds disconnect_at_stop{300};
// Unacknowledged messages given to Paho: some telegrams' worth, so that a slow line stays busy. Paho's own limit, 100
// by default, also counts while connected, and refuses what exceeds it.
constexpr std::size_t widest_window = 500;
// A mosquitto takes part in twenty QoS 2 deliveries at a time by default, and acknowledges the rest without passing
// them on.
constexpr std::size_t qos2_window = 10;
// What may wait while connected, however small queue_size is: the telegram that is being published.
constexpr std::size_t room_for_a_telegram = 100;

}  // namespace

MqttPublisher::MqttPublisher(boost::asio::io_context& loop, const MqttSettings& settings,
                             const std::string& client_id, std::string status_topic, Handlers handlers)
    : settings_(settings),
      status_topic_(std::move(status_topic)),
      handlers_(std::move(handlers)),
      client_(loop, settings, client_id, status_topic_,
              {[this] { on_connected(); }, [this](const std::string& reason) { retry(reason); },
               [this](const std::string& reason) { on_lost(reason); },
               [this](std::uintptr_t ticket) { on_delivered(ticket); },
               [this](std::uintptr_t ticket, const std::string& reason) { on_refused(ticket, reason); },
               [this] { finish_stop(); }}),
      timer_(loop) {
  set_state(status_topic_, "online");
}

MqttPublisher::~MqttPublisher() = default;

void MqttPublisher::start() { connect(); }

void MqttPublisher::connect() {
  connecting_ = true;
  client_.connect();
}

void MqttPublisher::retry(const std::string& reason) {
  connecting_ = false;
  if (stopped_) return finish_stop();
  handlers_.unavailable(client_.broker().text(), reason);
  if (stopped_) return;
  if (!client_.is_at_end()) return connect();
  timer_.expires_after(backoff_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopped_) connect();
  });
  backoff_ = std::min(2 * backoff_, longest_backoff);
}

void MqttPublisher::on_connected() {
  if (connected_) return;
  connecting_ = false;
  connected_ = true;
  backoff_ = seconds{1};
  handlers_.connected(client_.broker().text());
  send_state(status_topic_);
  for (const auto& [topic, payload] : states_) {
    if (topic != status_topic_) send_state(topic);
  }
  send_waiting();
  if (stopped_) continue_stop();
}

void MqttPublisher::on_lost(const std::string& reason) {
  if (!connected_) return;
  connected_ = false;
  // What was acknowledged is done with, even behind a gap; the rest is sent again.
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(in_flight_);
  const auto delivered = [](const Message& message) { return message.ticket == 0; };
  queue_.erase(std::remove_if(queue_.begin(), end, delivered), end);
  in_flight_ = 0;
  states_in_flight_.clear();
  drop_beyond(settings_.queue_size);
  if (stopped_) return finish_stop();
  retry(reason);
}

void MqttPublisher::publish(std::string_view topic, std::string_view payload) {
  queue_.push_back({std::string(topic), std::string(payload), settings_.retain});
  drop_beyond(connected_ ? std::max(settings_.queue_size, room_for_a_telegram) : settings_.queue_size);
  send_waiting();
}

// The oldest that are not under way give way.
void MqttPublisher::drop_beyond(std::size_t limit) {
  while (queue_.size() > limit && in_flight_ < queue_.size()) {
    queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(in_flight_));
    handlers_.dropped();
  }
}

void MqttPublisher::set_state(std::string_view topic, std::string_view payload) {
  if (topic.empty()) return;
  auto& state = states_[std::string(topic)];
  if (state == payload) return;
  state = payload;
  if (connected_) send_state(std::string(topic));
}

std::size_t MqttPublisher::waiting() const noexcept { return queue_.size() + states_in_flight_.size(); }

void MqttPublisher::send_waiting() {
  try {
    const auto window = std::min({settings_.qos == 2 ? qos2_window : widest_window,
                                  std::max(settings_.queue_size, room_for_a_telegram) / 2,
                                  (client_.receive_maximum() + 1) / 2});  // the other half is for states
    while (connected_ && in_flight_ < std::min(queue_.size(), window)) {
      auto& message = queue_[in_flight_];
      client_.publish(message.topic, message.payload, settings_.qos, message.retained, last_ticket_ + 1);
      message.ticket = ++last_ticket_;
      ++in_flight_;
    }
  } catch (const mqtt::exception&) {
    // The connection is gone, which on_lost will say, or Paho is full until the next acknowledgement.
  }
}

void MqttPublisher::send_state(const std::string& topic) {
  const auto state = states_.find(topic);
  if (state == states_.end()) return;
  try {
    client_.publish(topic, state->second, 1, true, last_ticket_ + 1);
    states_in_flight_[++last_ticket_] = topic;
  } catch (const mqtt::exception&) {
    // As above; the state is sent after the reconnection.
  }
}

void MqttPublisher::on_delivered(std::uintptr_t ticket) {
  if (states_in_flight_.erase(ticket) == 0) {
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(in_flight_);
    const auto found = std::find_if(queue_.begin(), end, [&](const Message& m) { return m.ticket == ticket; });
    if (found == end) return;  // of a connection that broke
    found->ticket = 0;
    while (in_flight_ > 0 && queue_.front().ticket == 0) {
      queue_.pop_front();
      --in_flight_;
    }
    send_waiting();
  }
  handlers_.delivered();
  if (stopped_) continue_stop();
}

// It would be refused again and again, and keep back everything behind it.
void MqttPublisher::on_refused(std::uintptr_t ticket, const std::string& reason) {
  handlers_.refused(reason);
  on_delivered(ticket);
}

void MqttPublisher::stop(std::function<void()> done) {
  stopped_ = std::move(done);
  timer_.cancel();
  if (!connected_ && !connecting_) return finish_stop();
  timer_.expires_after(delivery_at_stop);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) disconnect();
  });
  if (connected_) continue_stop();
}

// First the messages, then "offline", then the connection: each when the one before is acknowledged.
void MqttPublisher::continue_stop() {
  if (!queue_.empty()) return;
  if (!std::exchange(said_offline_, true)) set_state(status_topic_, "offline");
  if (waiting() == 0) disconnect();
}

void MqttPublisher::disconnect() {
  try {
    client_.disconnect();
  } catch (const mqtt::exception&) {
    return finish_stop();
  }
  timer_.expires_after(disconnect_at_stop);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) finish_stop();
  });
}

void MqttPublisher::finish_stop() {
  connected_ = false;
  timer_.cancel();
  if (const auto done = std::exchange(stopped_, [] {})) done();
}

}  // namespace vscp_p1::io
