#include "app/home_assistant.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "vscp_p1/state.hpp"

namespace vscp_p1::app {
namespace {

// Home Assistant makes an entity of a configuration, and only then hears what is published for it.
constexpr std::chrono::seconds time_to_be_ready{5};

// Where it says "online" when it has started: whatever the prefix of discovery is, unless its user changes that too.
constexpr std::string_view usual_prefix = "homeassistant";

}  // namespace

HomeAssistant::HomeAssistant(boost::asio::io_context& loop, const Settings& settings, Discovery discovery,
                             Publisher& publisher, Handlers handlers)
    : settings_(settings),
      discovery_(std::move(discovery)),
      publisher_(publisher),
      handlers_(std::move(handlers)),
      repeat_(loop) {}

void HomeAssistant::start() { listen(); }

void HomeAssistant::reconfigure(Discovery discovery) {
  discovery_ = std::move(discovery);
  entities_.clear();
  std::erase_if(at_broker_, [this](const std::string& topic) {
    if (is_wanted(topic)) return false;
    publisher_.set_state(topic, "");
    return true;
  });
  listen();
}

void HomeAssistant::forget() {
  entities_.clear();
  for (const auto& topic : std::exchange(at_broker_, {})) publisher_.set_state(topic, "");
  handlers_.listen({});
}

void HomeAssistant::listen() {
  std::vector<std::string> filters;
  if (settings_.home.discovery) {
    filters = {discovery_.all_topics(), settings_.home.prefix + "/status"};
    if (settings_.home.prefix != usual_prefix) filters.push_back(std::string(usual_prefix) + "/status");
  }
  handlers_.listen(std::move(filters));
}

void HomeAssistant::take(const Mapper::Mapping& mapping, const Discovery::Meter& meter) {
  if (!settings_.home.discovery) return;
  for (const auto& reading : mapping.readings) {
    if (!is_profile(reading.code) && discovery_.has_entity(reading.quantity)) take_reading(reading, meter);
  }
  for (const auto& state : mapping.states) {
    if (discovery_.has_entity(state.quantity)) take_state(state, meter);
  }
}

void HomeAssistant::take_reading(const Reading& reading, const Discovery::Meter& meter) {
  auto& entity = entities_[reading.quantity];
  if (is_sent_on_change(settings_, reading.quantity)) {
    entity.reading = reading;
    entity.reading->digits = {};
  }
  const bool is_same = entity.code == reading.code && entity.type == reading.type && entity.unit == reading.unit &&
                       entity.wire_unit == reading.wire_unit;
  if (entity.is_told && is_same) return;
  entity.code = reading.code;
  entity.type = reading.type;
  entity.unit = reading.unit;
  entity.wire_unit = reading.wire_unit;
  tell(reading.quantity, discovery_.config(reading, meter));
}

void HomeAssistant::take_state(const StateLine& state, const Discovery::Meter& meter) {
  auto& entity = entities_[state.quantity];
  entity.state = state.text;
  if (!entity.is_told) tell(state.quantity, discovery_.state_config(state.quantity, meter));
}

void HomeAssistant::tell(std::size_t quantity, const std::string& config) {
  const auto topic = discovery_.topic(quantity);
  publisher_.set_state(topic, config);
  entities_[quantity].is_told = true;
  const bool is_new = at_broker_.insert(topic).second;
  if (is_new && is_sent_on_change(settings_, quantity)) repeat_soon();
}

void HomeAssistant::renew() {
  for (auto& [quantity, entity] : entities_) entity.is_told = false;
}

void HomeAssistant::on_message(const std::string& topic, const std::string& payload) {
  if (!settings_.home.discovery) return;
  if (!topic.ends_with("/status")) {
    if (!payload.empty()) on_configuration(topic);
    return;
  }
  if (payload != "online") return;
  spdlog::debug("Home Assistant is online");
  for (const auto& known : at_broker_) publisher_.repeat_state(known);
  repeat_soon();
}

// One of this node, of now or of an earlier run.
void HomeAssistant::on_configuration(const std::string& topic) {
  if (is_wanted(topic)) {
    at_broker_.insert(topic);
  } else if (removed_ < most_removed) {
    ++removed_;
    publisher_.set_state(topic, "");
  }
}

bool HomeAssistant::is_wanted(const std::string& topic) const {
  if (!settings_.home.discovery) return false;
  for (std::size_t quantity = 0; quantity < settings_.quantities.size(); ++quantity) {
    if (discovery_.has_entity(quantity) && discovery_.topic(quantity) == topic) return true;
  }
  return false;
}

void HomeAssistant::repeat_soon() {
  if (std::exchange(repeating_, true)) return;
  repeat_.expires_after(time_to_be_ready);
  repeat_.async_wait([this](const boost::system::error_code& error) {
    repeating_ = false;
    if (!error) repeat();
  });
}

void HomeAssistant::repeat() {
  for (const auto& [quantity, entity] : entities_) {
    if (entity.reading) handlers_.publish_reading(*entity.reading);
    if (entity.state.empty()) continue;
    const auto text = state_text(quantities[quantity].shape, entity.state);
    handlers_.publish_state({quantity, text, text});
  }
}

}  // namespace vscp_p1::app
