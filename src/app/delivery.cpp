#include "app/delivery.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "app/topics.hpp"
#include "io/host.hpp"
#include "io/mqtt_publisher.hpp"
#include "io/stdout_publisher.hpp"
#include "vscp_p1/broker.hpp"
#include "vscp_p1/topic.hpp"

namespace vscp_p1::app {
namespace {

io::Spool::Limits spool_limits(const SpoolSettings& settings) {
  return {settings.max_size, std::chrono::seconds{static_cast<std::int64_t>(settings.max_age)}};
}

// Beside the first one for further connections: spool-2.db.
std::string spool_path(const SpoolSettings& settings, std::size_t number) {
  auto path = settings.path.empty() ? io::state_file("spool.db") : settings.path;
  if (path.empty() || number == 0) return path;
  const std::filesystem::path first(path);
  const auto name = first.stem().string() + "-" + std::to_string(number + 1) + first.extension().string();
  return (first.parent_path() / name).string();
}

void resume(std::vector<std::function<void()>>& paused) {
  for (const auto& resumed : std::exchange(paused, {})) resumed();
}

}  // namespace

Delivery::Delivery(boost::asio::io_context& loop, const Settings& settings, Output output, Place place,
                   Handlers handlers)
    : loop_(loop), output_(output), number_(place.number), can_wait_(place.can_wait), handlers_(std::move(handlers)) {
  apply(settings);
  spool_ = open_spool();
  publisher_ = open_publisher();
}

std::vector<std::size_t> Delivery::left_over(const SpoolSettings& settings) {
  const std::filesystem::path first(spool_path(settings, 0));
  std::vector<std::size_t> numbers;
  if (!settings.enabled || first.empty()) return numbers;
  constexpr std::size_t most = 1000;  // a file with a higher number is none of ours
  std::error_code ignored;
  const auto folder = first.has_parent_path() ? first.parent_path() : std::filesystem::path(".");
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const auto name = entry.path().filename().string();
    const auto digits = std::min(name.size(), first.stem().string().size() + 1);
    std::size_t number = 0;
    std::from_chars(name.data() + digits, name.data() + name.size(), number);
    if (number < 2 || number > most || entry.file_size(ignored) == 0) continue;
    if (std::filesystem::path(spool_path(settings, number - 1)).filename() != name) continue;
    numbers.push_back(number - 1);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// Connections beyond the first have names of their own.
void Delivery::apply(const Settings& settings) {
  mqtt_ = settings.mqtt;
  spool_settings_ = settings.spool;
  status_topic_ = app::status_topic(settings);
  const auto brokers = parse_brokers(mqtt_.host, mqtt_.port);
  brokers_ = brokers->size();
  if (!connected_) broker_ = brokers->front().text();
  if (number_ == 0) return;
  const auto number = std::to_string(number_ + 1);
  mqtt_.client_id += "-" + number;
  if (!status_topic_.empty()) status_topic_ += "/" + number;
}

// A file or standard input can wait: it loses nothing, and no message of it is live.
MqttSettings Delivery::mqtt_settings() const {
  auto mqtt = mqtt_;
  if (can_wait_) mqtt.queue_size = std::max(mqtt.queue_size, least_room);
  return mqtt;
}

SpoolSettings Delivery::spool_settings() const {
  auto spool = spool_settings_;
  if (can_wait_) spool.drain_rate = 0;
  return spool;
}

std::unique_ptr<Publisher> Delivery::open_publisher() {
  if (output_ == Output::view) return std::make_unique<NoPublisher>();
  if (output_ == Output::messages) {
    return std::make_unique<io::StdoutPublisher>([this](const std::string& reason) {
      spdlog::error("{}", reason);
      boost::asio::post(loop_, handlers_.output_failed);
    });
  }
  io::MqttPublisher::Handlers handlers;
  handlers.connected = [this](const std::string& broker) { on_connected(broker); };
  handlers.unavailable = [this](const std::string& broker, const std::string& reason) {
    on_unavailable(broker, reason);
  };
  handlers.delivered = [this] { on_delivered(); };
  handlers.refused = [this](const std::string& reason) { on_refused(reason); };
  handlers.dropped = [this] { on_message_dropped(); };
  handlers.received = [this](const std::string& topic, const std::string& payload) { on_received(topic, payload); };
  handlers.not_heard = [this](const std::string& filter) { on_not_heard(filter); };
  return std::make_unique<io::MqttPublisher>(loop_, mqtt_settings(), status_topic_, spool_settings(), spool_.get(),
                                             std::move(handlers));
}

// Null: messages wait in memory only.
std::unique_ptr<io::Spool> Delivery::open_spool() {
  const auto path = spool_path(spool_settings_, number_);
  if (output_ != Output::broker || !spool_settings_.enabled || path.empty()) return nullptr;
  io::Spool::Handlers handlers;
  handlers.unavailable = [path](const std::string& fault) {
    spdlog::warn("spool {}: {}; messages wait in memory only", path, fault);
  };
  handlers.available = [path] { spdlog::info("spool {}: works again", path); };
  handlers.damaged = [path](const std::string& aside) {
    spdlog::warn("spool {}: damaged, what waited in it is lost; set aside as {} and begun anew", path, aside);
  };
  handlers.storing = handlers_.is_storing;
  handlers.spoiled = [this, path](std::size_t messages) {
    dropped_ += messages;
    spdlog::warn("spool {}: the disk changed {} messages, they are lost — it may be worn", path, messages);
  };
  handlers.dropped = [this, path](std::size_t messages) {
    dropped_ += messages;
    if (std::exchange(spool_full_, true)) return;
    spdlog::warn("spool {}: max_size or max_age is reached, the oldest messages are dropped", path);
  };
  return std::make_unique<io::Spool>(path, spool_limits(spool_settings_), std::move(handlers));
}

// What waits in the file stays there: another one is for the next start.
void Delivery::adopt(const Settings& settings) {
  const auto old_mqtt = mqtt_;
  const auto old_spool = spool_settings_;
  apply(settings);
  if (mqtt_ != old_mqtt) broker_faults_.clear();
  if (spool_) spool_->set_limits(spool_limits(spool_settings_));
  const bool is_other_spool = spool_settings_.path != old_spool.path || spool_settings_.enabled != old_spool.enabled;
  if (number_ == 0 && is_other_spool) {
    spdlog::warn("[SPOOL] enabled and path take effect at the next start");
  }
}

void Delivery::reconfigure(bool can_wait) {
  can_wait_ = can_wait;
  publisher_->reconfigure(mqtt_settings(), spool_settings(), status_topic_);
}

// ---- the broker comes and goes ----

void Delivery::on_connected(const std::string& broker) {
  broker_ = broker;
  broker_faults_.clear();
  refusal_.clear();
  connected_ = true;
  failed_attempts_ = 0;
  ++connections_;
  handlers_.connection_changed();
  spdlog::info("{}: connected, {} messages were waiting", broker_name(), publisher_->waiting());
}

void Delivery::on_unavailable(const std::string& broker, const std::string& reason) {
  broker_ = broker;
  connected_ = false;
  ++failed_attempts_;
  resume(paused_lines_);
  handlers_.connection_changed();
  if (std::exchange(broker_faults_[broker], reason) != reason) {
    spdlog::warn("{}: {}; trying again", broker_name(), reason);
  }
  handlers_.attempt_failed();
}

void Delivery::on_refused(const std::string& reason) {
  if (std::exchange(refusal_, reason) != reason) spdlog::warn("{}: refuses messages: {}", broker_name(), reason);
}

void Delivery::on_delivered() {
  if (publisher_->live() < most_ahead() / 2) resume(paused_lines_);
  if (publisher_->waiting() < most_ahead() / 2) resume(paused_files_);
  if (publisher_->spooled() == 0) spool_full_ = false;
  if (publisher_->waiting() < mqtt_.queue_size && std::exchange(queue_full_, false)) {
    spdlog::info("{}the queue has room again, {} messages were dropped so far", place(), dropped_);
  }
  handlers_.delivered();
}

void Delivery::on_message_dropped() {
  ++dropped_;
  if (!std::exchange(queue_full_, true)) {
    spdlog::warn("{}the queue is full ({} messages): the oldest are dropped", place(), mqtt_.queue_size);
  }
}

void Delivery::end() {
  const auto spooled = publisher_->spooled();
  const auto waiting = publisher_->waiting();
  if (spooled > 0) spdlog::info("{} messages are spooled, to be delivered after the next start", spooled);
  if (waiting > spooled) spdlog::warn("{}: {} messages were not delivered", broker_name(), waiting - spooled);
  // The next run may have less connections, and looks for those that have something to deliver by their files.
  if (number_ > 0 && spool_ && spool_->size() == 0) spool_->delete_files();
}

// ---- what meters receive ----

void Delivery::listen(const void* listener, std::vector<std::string> filters, Received received) {
  if (filters.empty()) {
    if (listeners_.erase(listener) == 0) return;
  } else {
    listeners_[listener] = {std::move(filters), std::move(received)};
  }
  // Once for all that change their mind in one go.
  if (std::exchange(subscribing_, true)) return;
  boost::asio::post(loop_, [this] { subscribe(); });
}

void Delivery::subscribe() {
  subscribing_ = false;
  std::set<std::string> filters;
  for (const auto& [owner, listener] : listeners_) filters.insert(listener.filters.begin(), listener.filters.end());
  publisher_->listen({filters.begin(), filters.end()});
}

void Delivery::on_received(const std::string& topic, const std::string& payload) const {
  for (const auto& [owner, listener] : listeners_) {
    const auto fits = [&topic](const std::string& filter) { return matches_filter(topic, filter); };
    if (std::any_of(listener.filters.begin(), listener.filters.end(), fits)) listener.received(topic, payload);
  }
}

void Delivery::on_not_heard(const std::string& filter) {
  if (!not_heard_.insert(filter).second) return;
  spdlog::warn(
      "{}: refuses the subscription to {} — let this user read there, else Home Assistant keeps what is not "
      "wanted any more",
      broker_name(), filter);
}

}  // namespace vscp_p1::app
