#include "io/mqtt_publisher.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace vscp_p1::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds longest_backoff{30};
constexpr milliseconds delivery_at_stop{800};
constexpr milliseconds disconnect_at_stop{300};
constexpr seconds delivery_before_move{5};
constexpr seconds attempt_before_move{20};  // longer than any attempt to connect takes
// Unacknowledged messages given to Paho: some telegrams' worth, so that a slow line stays busy; Paho looks through
// the list of them for each.
constexpr std::size_t widest_window = 200;
// A mosquitto takes part in twenty QoS 2 deliveries at a time by default, and acknowledges the rest without passing
// them on.
constexpr std::size_t qos2_window = 10;
constexpr std::size_t widest_states_window = 100;
// While so few wait, nobody waits for their deliveries. Sources that were held go on below a quarter of the room.
constexpr std::size_t most_unattended = 50;

Outbox::Time now() {
  return std::chrono::duration_cast<Outbox::Time>(std::chrono::steady_clock::now().time_since_epoch());
}

// What a connection is made of: everything but what is looked at message by message.
MqttSettings connection_part(MqttSettings settings) {
  const MqttSettings any;
  settings.topic = any.topic;
  settings.topic_prefix = any.topic_prefix;
  settings.meter_topic = any.meter_topic;
  settings.qos = any.qos;
  settings.retain = any.retain;
  settings.queue_size = any.queue_size;
  settings.meters_per_connection = any.meters_per_connection;
  return settings;
}

}  // namespace

MqttPublisher::MqttPublisher(boost::asio::io_context& loop, MqttSettings settings, std::string status_topic,
                             SpoolSettings spool, MessageStore* store, Handlers handlers)
    : settings_(std::move(settings)),
      spool_(std::move(spool)),
      status_topic_(std::move(status_topic)),
      handlers_(std::move(handlers)),
      client_(loop, settings_, status_topic_,
              {[this] { on_connected(); }, [this](const std::string& reason) { retry(reason); },
               [this](const std::string& reason) { on_lost(reason); },
               [this](std::span<const std::uintptr_t> tickets) { on_delivered(tickets); },
               [this](const std::string& reason) { handlers_.refused(reason); },
               [this](const std::string& topic, const std::string& payload) { handlers_.received(topic, payload); },
               [this](const std::string& filter) { handlers_.not_heard(filter); }, [this] { finish_stop(); }}),
      outbox_(outbox_limits(), store, [this] { handlers_.dropped(); }),
      timer_(loop),
      pace_(loop),
      flush_(loop) {
  set_state(status_topic_, "online");
}

MqttPublisher::~MqttPublisher() = default;

Outbox::Limits MqttPublisher::outbox_limits() const {
  const auto window = std::min({settings_.qos == 2 ? qos2_window : widest_window,
                                std::max(settings_.queue_size, Outbox::room_for_a_telegram) / 2,
                                (client_.receive_maximum() + 1) / 2});  // the other half is for states
  return {settings_.queue_size, window, spool_.drain_rate, seconds{spool_.flush_interval}};
}

// Replaces what was to be done before.
void MqttPublisher::call_after(milliseconds delay, std::function<void()> task) {
  timer_.expires_after(delay);
  timer_.async_wait([this, call = ++call_, task = std::move(task)](const boost::system::error_code& error) {
    if (!error && call == call_) task();
  });
}

void MqttPublisher::cancel_call() {
  ++call_;
  timer_.cancel();
}

void MqttPublisher::start() {
  if (!std::exchange(started_, true)) connect();
}

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
  call_after(backoff_, [this] { connect(); });
  backoff_ = std::min(2 * backoff_, longest_backoff);
}

void MqttPublisher::on_connected() {
  if (connected_) return;
  connecting_ = false;
  connected_ = true;
  backoff_ = seconds{1};
  outbox_.set_limits(outbox_limits());
  outbox_.connected(now());
  handlers_.connected(client_.broker().text());
  for (const auto& filter : filters_) client_.subscribe(filter);
  send_state(status_topic_);
  for (const auto& [topic, payload] : states_) {
    if (topic != status_topic_) states_waiting_.insert(topic);
  }
  send_states();
  send_waiting();
  if (stopped_) continue_stop();
}

void MqttPublisher::on_lost(const std::string& reason) {
  if (!connected_) return;
  connected_ = false;
  outbox_.disconnected(now());
  states_in_flight_.clear();
  states_waiting_.clear();
  if (stopped_) return finish_stop();
  retry(reason);
}

void MqttPublisher::publish(std::string_view topic, std::string_view payload, bool retained) {
  client_.collect_left();
  outbox_.add(topic, payload, retained, now());
  send_waiting();
}

void MqttPublisher::set_state(std::string_view topic, std::string_view payload) {
  if (topic.empty()) return;
  const auto state = states_.find(topic);
  if (state != states_.end() && state->second == payload) return;
  states_.insert_or_assign(std::string(topic), payload);
  repeat_state(topic);
}

// What tells whether this program is there waits for nothing.
void MqttPublisher::repeat_state(std::string_view topic) {
  if (!connected_) return;
  if (topic == status_topic_) {
    send_state(status_topic_);
  } else {
    states_waiting_.emplace(topic);
    send_states();
  }
  renew_wake();
}

void MqttPublisher::listen(const std::vector<std::string>& filters) {
  if (connected_) {
    const auto call_for_each_new = [this](const auto& those, const auto& old, auto call) {
      for (const auto& filter : those) {
        if (std::find(old.begin(), old.end(), filter) == old.end()) (client_.*call)(filter);
      }
    };
    call_for_each_new(filters_, filters, &MqttClient::unsubscribe);
    call_for_each_new(filters, filters_, &MqttClient::subscribe);
  }
  filters_ = filters;
}

std::size_t MqttPublisher::waiting() const noexcept {
  const auto told = outbox_.waiting() + states_in_flight_.size() + states_waiting_.size();
  return told - std::min(told, client_.uncollected());
}

std::size_t MqttPublisher::live() const noexcept {
  return outbox_.live() - std::min(outbox_.live(), client_.uncollected());
}

void MqttPublisher::await_delivery(bool at_once) {
  awaited_ = at_once;
  renew_wake();
}

// Deliveries wake the loop when something becomes possible by them. Else they are looked at with the next telegram.
void MqttPublisher::renew_wake() {
  const auto room = std::max(settings_.queue_size, Outbox::room_for_a_telegram);
  const bool are_awaited = awaited_ || stopped_ || outbox_.stored() > 0 || !states_waiting_.empty() ||
                           !states_in_flight_.empty() ||
                           outbox_.waiting() > std::min({outbox_.under_way(), most_unattended, room / 4 - 1});
  client_.wake_when_delivered(are_awaited);
}

void MqttPublisher::send_waiting() {
  while (const auto* message = moving_ ? nullptr : outbox_.next(now())) {
    // Else the connection is gone, which on_lost will say, or Paho is full until the next acknowledgement.
    if (!client_.publish(message->topic, message->payload, settings_.qos, message->retained, last_ticket_ + 1)) break;
    outbox_.sent(++last_ticket_);
  }
  renew_wake();
  watch_pace();
  watch_flush();
}

// A long backlog goes out in portions.
void MqttPublisher::watch_pace() {
  const auto pause = outbox_.pause(now());
  if (pause == Outbox::Time{0} || std::exchange(watching_pace_, true)) return;
  pace_.expires_after(pause);
  pace_.async_wait([this](const boost::system::error_code& error) {
    watching_pace_ = false;
    if (!error) send_waiting();
  });
}

// What the broker does not take is stored, and must be before a crash can lose more than a flush interval of it.
void MqttPublisher::watch_flush() {
  const auto due = outbox_.flush_due();
  if (!due || std::exchange(watching_flush_, true)) return;
  flush_.expires_at(std::chrono::steady_clock::time_point(*due));
  flush_.async_wait([this](const boost::system::error_code& error) {
    watching_flush_ = false;
    if (error) return;
    client_.collect();
    if (const auto oldest = outbox_.flush_due(); oldest && *oldest <= now()) outbox_.flush(now());
    renew_wake();
    watch_flush();
  });
}

// In one commit with those whose acknowledgements are here already.
void MqttPublisher::remove_acknowledged() {
  if (outbox_.stored() == 0 || std::exchange(removing_, true)) return;
  boost::asio::post(timer_.get_executor(), [this] {
    removing_ = false;
    outbox_.remove_acknowledged();
  });
}

void MqttPublisher::send_state(const std::string& topic) {
  const auto state = states_.find(topic);
  if (state == states_.end()) return;
  // Else it is as above; the state is sent after the reconnection.
  if (client_.publish(topic, state->second, 1, true, last_ticket_ + 1)) states_in_flight_[++last_ticket_] = topic;
}

std::size_t MqttPublisher::states_window() const noexcept {
  return std::min(widest_states_window, (client_.receive_maximum() + 1) / 2);
}

void MqttPublisher::send_states() {
  while (!states_waiting_.empty() && states_in_flight_.size() < states_window()) {
    send_state(states_waiting_.extract(states_waiting_.begin()).value());
  }
}

// Also what was refused: it would be refused again and again, and keep back everything behind it.
void MqttPublisher::on_delivered(std::span<const std::uintptr_t> tickets) {
  const auto time = now();
  std::size_t known = 0;  // the others are of a connection that broke
  for (const auto ticket : tickets)
    known += states_in_flight_.erase(ticket) > 0 || outbox_.acknowledged(ticket, time);
  if (known == 0) return;
  send_states();
  remove_acknowledged();
  send_waiting();
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
  renew_wake();
  cancel_call();
  if (!connected_ && !moving_) outbox_.flush(now());
  if (!connected_ && !connecting_) return finish_stop();
  if (!moving_ && outbox_.stored() > 0) outbox_.leave_stored();
  call_after(patience, [this] {
    const auto call = call_;
    client_.collect();
    if (call != call_) return;  // what was collected was the rest
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
  if (states_in_flight_.empty() && states_waiting_.empty()) disconnect();
}

void MqttPublisher::disconnect() {
  if (!client_.disconnect()) return finish_stop();
  call_after(disconnect_at_stop, [this] { finish_stop(); });
}

void MqttPublisher::finish_stop() {
  if (connected_ && moving_) return on_lost("moving");  // takes back what is in flight, and comes back here
  connected_ = false;
  states_in_flight_.clear();
  states_waiting_.clear();
  cancel_call();
  if (!moving_) outbox_.flush(now());
  if (stopped_) std::exchange(stopped_, [] {})();
}

void MqttPublisher::reconfigure(const MqttSettings& settings, const SpoolSettings& spool,
                                std::string_view status_topic) {
  const bool stays = connection_part(settings) == connection_part(settings_) && status_topic == status_topic_;
  settings_ = settings;
  spool_ = spool;
  outbox_.set_limits(outbox_limits());
  if (stays) return send_waiting();
  if (stopped_ && !moving_) return;  // the program ends
  moving_ = true;
  // An attempt that is under way is waited for: it must not succeed behind our back.
  end_connection(connecting_ ? attempt_before_move : delivery_before_move,
                 [this, topic = std::string(status_topic)] { begin_anew(topic); });
}

void MqttPublisher::begin_anew(const std::string& status_topic) {
  moving_ = said_offline_ = false;
  stopped_ = nullptr;
  backoff_ = seconds{1};
  states_.erase(status_topic_);
  status_topic_ = status_topic;
  set_state(status_topic_, "online");
  client_.reconfigure(settings_, status_topic_);
  if (started_) connect();
}

}  // namespace vscp_p1::io
