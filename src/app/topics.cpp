#include "app/topics.hpp"

namespace vscp_p1::app {
namespace {

std::string expanded(const std::string& topic, const Node& node) {
  std::string result;
  if (!topic.empty()) compiled(topic).expand(node.online({}), {}, result);
  return result;
}

}  // namespace

TopicTemplate compiled(const std::string& topic) { return *TopicTemplate::compile(topic); }

StateTopics::StateTopics(const Settings& settings, const Node& node)
    : status(expanded(settings.mqtt.status_topic, node)), meter(expanded(settings.mqtt.meter_topic, node)) {
  if (!settings.state.retained) return;
  info = expanded(settings.state.info_topic, node);
  stats = expanded(settings.state.stats_topic, node);
}

}  // namespace vscp_p1::app
