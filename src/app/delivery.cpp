// The broker comes and goes: the publisher, its spool, and what is said of them.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "app/exit_codes.hpp"
#include "app/pipeline.hpp"
#include "io/host.hpp"
#include "io/mqtt_publisher.hpp"
#include "io/stdout_publisher.hpp"

namespace vscp_p1::app {
namespace {

using std::chrono::seconds;

constexpr std::size_t rounds_to_deliver = 3;  // of the brokers, before --oneshot and a read file give up

}  // namespace

std::unique_ptr<Publisher> Pipeline::open_publisher() {
  if (output_ == Output::view) return std::make_unique<NoPublisher>();
  if (output_ == Output::messages) {
    return std::make_unique<io::StdoutPublisher>([this](const std::string& reason) { on_output_failed(reason); });
  }
  io::MqttPublisher::Handlers handlers;
  handlers.connected = [this](const std::string& broker) { on_connected(broker); };
  handlers.unavailable = [this](const std::string& broker, const std::string& reason) {
    on_unavailable(broker, reason);
  };
  handlers.delivered = [this] { on_delivered(); };
  handlers.refused = [this](const std::string& reason) { on_refused(reason); };
  handlers.dropped = [this] { on_message_dropped(); };
  handlers.received = [this](const std::string& topic, const std::string& payload) {
    home_assistant_.on_message(topic, payload);
  };
  handlers.not_heard = [this](const std::string& filter) { on_not_heard(filter); };
  return std::make_unique<io::MqttPublisher>(loop_, mqtt_settings(), state_topics_.status, spool_settings(),
                                             spool_.get(), std::move(handlers));
}

void Pipeline::on_output_failed(const std::string& reason) {
  spdlog::error("{}", reason);
  boost::asio::post(loop_, [this] { finish(exit_unavailable); });
}

// A file or standard input can wait: it loses nothing, and no message of it is live.
MqttSettings Pipeline::mqtt_settings() const {
  auto mqtt = settings_.mqtt;
  if (!uri_.is_line()) mqtt.queue_size = std::max(mqtt.queue_size, 2 * most_ahead);
  return mqtt;
}

SpoolSettings Pipeline::spool_settings() const {
  auto spool = settings_.spool;
  if (!uri_.is_line()) spool.drain_rate = 0;
  return spool;
}

io::Spool::Limits Pipeline::spool_limits(const SpoolSettings& settings) {
  return {settings.max_size, seconds{static_cast<std::int64_t>(settings.max_age)}};
}

// Null: messages wait in memory only.
std::unique_ptr<io::Spool> Pipeline::open_spool() {
  const auto& settings = settings_.spool;
  const auto path = settings.path.empty() ? io::state_file("spool.db") : settings.path;
  if (output_ != Output::broker || !settings.enabled || path.empty()) return nullptr;
  io::Spool::Handlers handlers;
  handlers.unavailable = [path](const std::string& fault) {
    spdlog::warn("spool {}: {}; messages wait in memory only", path, fault);
  };
  handlers.available = [path] { spdlog::info("spool {}: works again", path); };
  handlers.damaged = [path](const std::string& aside) {
    spdlog::warn("spool {}: damaged, what waited in it is lost; set aside as {} and begun anew", path, aside);
  };
  handlers.storing = [](bool begins) { note_storing(begins); };
  handlers.spoiled = [this, path](std::size_t messages) {
    messages_dropped_ += messages;
    spdlog::warn("spool {}: the disk changed {} messages, they are lost — it may be worn", path, messages);
  };
  handlers.dropped = [this, path](std::size_t messages) {
    messages_dropped_ += messages;
    if (std::exchange(spool_full_, true)) return;
    spdlog::warn("spool {}: max_size or max_age is reached, the oldest messages are dropped", path);
  };
  return std::make_unique<io::Spool>(path, spool_limits(settings), std::move(handlers));
}

void Pipeline::on_connected(const std::string& broker) {
  broker_ = broker;
  broker_faults_.clear();
  refusal_.clear();
  failed_attempts_ = 0;
  connected_ = true;
  ++connections_;
  note_state();
  spdlog::info("{}: connected, {} messages were waiting", broker_name(), publisher_->waiting());
}

void Pipeline::on_unavailable(const std::string& broker, const std::string& reason) {
  broker_ = broker;
  connected_ = false;
  note_state();
  if (std::exchange(broker_faults_[broker], reason) != reason) {
    spdlog::warn("{}: {}; trying again", broker_name(), reason);
  }
  if (!draining_ || ++failed_attempts_ < rounds_to_deliver * brokers_.size()) return;
  spdlog::error("{}: could not be reached, {} messages were not delivered", broker_name(), publisher_->waiting());
  finish(exit_unavailable);
}

void Pipeline::on_refused(const std::string& reason) {
  if (std::exchange(refusal_, reason) != reason) spdlog::warn("{}: refuses messages: {}", broker_name(), reason);
}

void Pipeline::on_not_heard(const std::string& filter) {
  if (!not_heard_.insert(filter).second) return;
  spdlog::warn(
      "{}: refuses the subscription to {} — let this user read there, else Home Assistant keeps what is not "
      "wanted any more",
      broker_name(), filter);
}

Discovery Pipeline::discovery() const {
  return Discovery(
      {&settings_, &node_, &topic_template_, state_topics_.status, state_topics_.meter, VSCP_P1_VERSION});
}

void Pipeline::on_delivered() {
  if (publisher_->waiting() < most_ahead / 2) source_->resume();
  if (publisher_->spooled() == 0) spool_full_ = false;
  if (publisher_->waiting() < settings_.mqtt.queue_size && std::exchange(queue_full_, false)) {
    spdlog::info("the queue has room again, {} messages were dropped so far", messages_dropped_);
  }
  if (publisher_->waiting() == 0 && told_waiting_) service_.update_status();
  check_delivered();
}

void Pipeline::on_message_dropped() {
  ++messages_dropped_;
  if (!std::exchange(queue_full_, true)) {
    spdlog::warn("the queue is full ({} messages): the oldest are dropped", settings_.mqtt.queue_size);
  }
}

}  // namespace vscp_p1::app
