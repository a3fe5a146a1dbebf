#include "io/mqtt_publisher.hpp"

#include <mqtt/async_client.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace vscp_p1::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds longest_backoff{30};
constexpr seconds connect_timeout{10};
constexpr milliseconds delivery_at_stop{800};
constexpr milliseconds disconnect_at_stop{300};
constexpr seconds delivery_before_move{5};
// Unacknowledged messages given to Paho: some telegrams' worth, so that a slow line stays busy. Paho's own limit, 100
// by default, also counts while connected, and refuses what exceeds it.
constexpr std::size_t widest_window = 500;
// A mosquitto takes part in twenty QoS 2 deliveries at a time by default, and acknowledges the rest without passing
// them on.
constexpr std::size_t qos2_window = 10;
constexpr int paho_limit = 2 * static_cast<int>(widest_window);

Outbox::Time now() {
  return std::chrono::duration_cast<Outbox::Time>(std::chrono::steady_clock::now().time_since_epoch());
}

Outbox::Limits outbox_limits(const MqttSettings& settings, const SpoolSettings& spool) {
  constexpr std::size_t room_for_a_telegram = 100;
  const auto window = std::min(settings.qos == 2 ? qos2_window : widest_window,
                               std::max(settings.queue_size, room_for_a_telegram) / 2);
  return {settings.queue_size, window, spool.drain_rate, seconds{spool.flush_interval}};
}

std::string server_uri(const MqttSettings& settings) {
  const bool is_ipv6 = settings.host.find(':') != std::string::npos && !settings.host.starts_with('[');
  return "tcp://" + (is_ipv6 ? "[" + settings.host + "]" : settings.host) + ":" + std::to_string(settings.port);
}

// Return codes of CONNACK (MQTT 3.1.1 §3.2.2.3); everything else happened before the broker said a word.
std::string refusal(int code) {
  switch (code) {
    case 1: return "it does not speak MQTT 3.1.1";
    case 2: return "it refuses the client id — set another client_id in section [MQTT]";
    case 3: return "it is not ready yet";
    case 4:
    case 5: return "it refuses the login — check user and password in section [MQTT]";
    default: return "no connection — check host and port in section [MQTT], and that the broker runs";
  }
}

// What a connection is made of: everything but what is looked at message by message.
MqttSettings connection_part(MqttSettings settings) {
  const MqttSettings any;
  settings.topic = any.topic;
  settings.meter_topic = any.meter_topic;
  settings.qos = any.qos;
  settings.retain = any.retain;
  settings.queue_size = any.queue_size;
  return settings;
}

}  // namespace

// Paho and the timers. Paho calls from threads of its own: each callback does nothing but post to the loop.
class MqttPublisher::Client final : public mqtt::iaction_listener {
 public:
  Client(MqttPublisher& owner, boost::asio::io_context& loop, const std::string& client_id)
      : timer(loop),
        pace(loop),
        flush(loop),
        owner_(owner),
        loop_(loop),
        paho_(server_uri(owner.settings_), client_id, mqtt::create_options(MQTTVERSION_3_1_1, paho_limit)) {
    paho_.set_connected_handler([this](const std::string&) { post([this] { owner_.on_connected(); }); });
    paho_.set_connection_lost_handler(
        [this](const std::string&) { post([this] { owner_.on_lost("the connection broke"); }); });
  }

  void connect() {
    const auto& settings = owner_.settings_;
    mqtt::connect_options options;
    options.set_mqtt_version(MQTTVERSION_3_1_1);
    options.set_clean_session(true);
    options.set_keep_alive_interval(settings.keepalive);
    options.set_connect_timeout(connect_timeout);
    if (!settings.user.empty()) {
      options.set_user_name(settings.user);
      options.set_password(settings.password);
    }
    if (!owner_.status_topic_.empty()) {
      options.set_will_message(mqtt::message(owner_.status_topic_, "offline", 1, true));
    }
    paho_.connect(options, nullptr, *this);
  }

  // Throws mqtt::exception when the connection is gone or Paho's buffer is full.
  void publish(const std::string& topic, const std::string& payload, int qos, bool retained, std::uintptr_t ticket) {
    paho_.publish(mqtt::make_message(topic, payload, qos, retained), to_context(ticket), *this);
  }

  void disconnect() { paho_.disconnect(static_cast<int>(disconnect_at_stop.count()), to_context(0), *this); }

  // Replaces what was to be done before.
  template <class Task>
  void call_after(milliseconds delay, Task task) {
    timer.expires_after(delay);
    timer.async_wait([this, &owner = owner_, task = std::move(task)](const boost::system::error_code& error) {
      if (!error && owner.client_.get() == this) task();
    });
  }

  boost::asio::steady_timer timer;
  boost::asio::steady_timer pace;
  boost::asio::steady_timer flush;

 private:
  // A ticket travels through Paho as the opaque pointer that it hands back.
  static void* to_context(std::uintptr_t ticket) {
    return reinterpret_cast<void*>(ticket);  // NOLINT(performance-no-int-to-ptr)
  }

  // What a former connection has to say is of no interest.
  template <class Task>
  void post(Task task) {
    boost::asio::post(loop_, [this, &owner = owner_, task = std::move(task)] {
      if (owner.client_.get() == this) task();
    });
  }

  void on_success(const mqtt::token& token) override {
    const auto ticket = reinterpret_cast<std::uintptr_t>(token.get_user_context());
    if (token.get_type() == mqtt::token::Type::PUBLISH) {
      post([this, ticket] { owner_.on_delivered(ticket); });
    } else if (token.get_type() == mqtt::token::Type::DISCONNECT) {
      post([this] { owner_.finish_stop(); });
    }
  }

  // A failed delivery is repeated after the reconnection, which on_lost leads to.
  void on_failure(const mqtt::token& token) override {
    if (token.get_type() != mqtt::token::Type::CONNECT) return;
    post([this, reason = refusal(token.get_return_code())] { owner_.retry(reason); });
  }

  MqttPublisher& owner_;
  boost::asio::io_context& loop_;
  mqtt::async_client paho_;
};

MqttPublisher::MqttPublisher(boost::asio::io_context& loop, MqttSettings settings, const std::string& client_id,
                             std::string status_topic, const SpoolSettings& spool, MessageStore* store,
                             Handlers handlers)
    : loop_(loop),
      settings_(std::move(settings)),
      status_topic_(std::move(status_topic)),
      handlers_(std::move(handlers)),
      client_(std::make_unique<Client>(*this, loop, client_id)),
      outbox_(outbox_limits(settings_, spool), store, [this] { handlers_.dropped(); }) {
  set_state(status_topic_, "online");
}

MqttPublisher::~MqttPublisher() = default;

void MqttPublisher::start() { connect(); }

void MqttPublisher::connect() {
  connecting_ = true;
  try {
    client_->connect();
  } catch (const mqtt::exception& error) {
    retry(error.what());
  }
}

void MqttPublisher::retry(const std::string& reason) {
  connecting_ = false;
  if (stopped_) return finish_stop();
  handlers_.unavailable(reason);
  client_->call_after(backoff_, [this] {
    if (!stopped_) connect();
  });
  backoff_ = std::min(2 * backoff_, longest_backoff);
}

void MqttPublisher::on_connected() {
  if (connected_) return;
  connecting_ = false;
  connected_ = true;
  backoff_ = seconds{1};
  outbox_.connected(now());
  handlers_.connected();
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
  outbox_.disconnected(now());
  states_in_flight_.clear();
  if (stopped_) return finish_stop();
  retry(reason);
}

void MqttPublisher::publish(std::string_view topic, std::string_view payload) {
  outbox_.add(topic, payload, settings_.retain, now());
  send_waiting();
}

void MqttPublisher::set_state(std::string_view topic, std::string_view payload) {
  if (topic.empty()) return;
  auto& state = states_[std::string(topic)];
  if (state == payload) return;
  state = payload;
  if (connected_) send_state(std::string(topic));
}

std::size_t MqttPublisher::waiting() const noexcept { return outbox_.waiting() + states_in_flight_.size(); }

void MqttPublisher::send_waiting() {
  try {
    while (const auto* message = moving_ ? nullptr : outbox_.next(now())) {
      client_->publish(message->topic, message->payload, settings_.qos, message->retained, last_ticket_ + 1);
      outbox_.sent(++last_ticket_);
    }
  } catch (const mqtt::exception&) {
    // The connection is gone, which on_lost will say, or Paho is full until the next acknowledgement.
  }
  watch_pace();
  watch_flush();
}

// A long backlog goes out in portions.
void MqttPublisher::watch_pace() {
  const auto pause = outbox_.pause(now());
  if (pause == Outbox::Time{0} || std::exchange(watching_pace_, true)) return;
  client_->pace.expires_after(pause);
  client_->pace.async_wait([this](const boost::system::error_code& error) {
    watching_pace_ = false;
    if (!error) send_waiting();
  });
}

// What the broker does not take is stored, and must be before a crash can lose more than a flush interval of it.
void MqttPublisher::watch_flush() {
  const auto due = outbox_.flush_due();
  if (!due || std::exchange(watching_flush_, true)) return;
  client_->flush.expires_at(std::chrono::steady_clock::time_point(*due));
  client_->flush.async_wait([this](const boost::system::error_code& error) {
    watching_flush_ = false;
    if (error) return;
    if (const auto oldest = outbox_.flush_due(); oldest && *oldest <= now()) outbox_.flush(now());
    watch_flush();
  });
}

void MqttPublisher::send_state(const std::string& topic) {
  const auto state = states_.find(topic);
  if (state == states_.end()) return;
  try {
    client_->publish(topic, state->second, 1, true, last_ticket_ + 1);
    states_in_flight_[++last_ticket_] = topic;
  } catch (const mqtt::exception&) {
    // As above; the state is sent after the reconnection.
  }
}

void MqttPublisher::on_delivered(std::uintptr_t ticket) {
  if (states_in_flight_.erase(ticket) == 0) {
    if (!outbox_.acknowledged(ticket, now())) return;  // of a connection that broke
    send_waiting();
  }
  handlers_.delivered();
  if (stopped_) continue_stop();
}

// What the broker does not take is stored at once: the end may be hard.
void MqttPublisher::stop(std::function<void()> done) {
  moving_ = false;
  send_waiting();
  end_connection(delivery_at_stop, std::move(done));
}

void MqttPublisher::end_connection(milliseconds patience, std::function<void()> done) {
  stopped_ = std::move(done);
  client_->timer.cancel();
  if (!connected_ && !moving_) outbox_.flush(now());
  if (!connected_ && !connecting_) return finish_stop();
  if (!moving_ && outbox_.stored() > 0) outbox_.leave_stored();
  client_->call_after(patience, [this] {
    if (!moving_) {
      outbox_.flush(now());
      say_offline();
    }
    disconnect();
  });
  if (connected_) continue_stop();
}

void MqttPublisher::say_offline() {
  if (!std::exchange(said_offline_, true)) set_state(status_topic_, "offline");
}

// First the messages, then "offline", then the connection: each when the one before is acknowledged.
void MqttPublisher::continue_stop() {
  if (moving_ ? outbox_.under_way() > 0 : !outbox_.is_idle()) return;
  say_offline();
  if (states_in_flight_.empty()) disconnect();
}

void MqttPublisher::disconnect() {
  try {
    client_->disconnect();
  } catch (const mqtt::exception&) {
    return finish_stop();
  }
  client_->call_after(disconnect_at_stop, [this] { finish_stop(); });
}

void MqttPublisher::finish_stop() {
  if (connected_ && moving_) return on_lost("moving");  // takes back what is in flight, and comes back here
  connected_ = false;
  client_->timer.cancel();
  if (!moving_) outbox_.flush(now());
  if (const auto done = std::exchange(stopped_, [] {})) done();
}

void MqttPublisher::reconfigure(const MqttSettings& settings, const SpoolSettings& spool,
                                std::string_view status_topic) {
  const bool stays = connection_part(settings) == connection_part(settings_) && status_topic == status_topic_;
  settings_ = settings;
  outbox_.set_limits(outbox_limits(settings_, spool));
  if (stays) return send_waiting();
  if (stopped_ && !moving_) return;  // the program ends
  moving_ = true;
  // An attempt that is under way is waited for: it must not succeed behind our back.
  end_connection(connecting_ ? 2 * connect_timeout : delivery_before_move,
                 [this, topic = std::string(status_topic)] { begin_anew(topic); });
}

void MqttPublisher::begin_anew(const std::string& status_topic) {
  former_ = std::exchange(client_, std::make_unique<Client>(*this, loop_, settings_.client_id));
  moving_ = said_offline_ = false;
  stopped_ = nullptr;
  backoff_ = seconds{1};
  states_.erase(status_topic_);
  status_topic_ = status_topic;
  set_state(status_topic_, "online");
  connect();
}

}  // namespace vscp_p1::io
