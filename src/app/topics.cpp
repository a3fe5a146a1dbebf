#include "app/topics.hpp"

namespace vscp_p1::app {

TopicTemplate compiled(const std::string& topic) { return *TopicTemplate::compile(topic); }

std::string node_topic(const std::string& topic, const Node& node) {
  std::string result;
  if (!topic.empty()) compiled(topic).expand(node.online({}), {}, result);
  return result;
}

StateTopics::StateTopics(const Settings& settings, const Node& node) {
  const auto expanded = [&](const std::string& topic) {
    return topic.empty() ? topic : node_topic(settings.mqtt.prefixed(topic), node);
  };
  meter = expanded(settings.mqtt.meter_topic);
  if (!settings.state.retained) return;
  info = expanded(settings.state.info_topic);
  stats = expanded(settings.state.stats_topic);
}

std::string status_topic(const Settings& settings) {
  return node_topic(settings.mqtt.status_topic, Node(*settings.vscp.guid, settings));
}

}  // namespace vscp_p1::app
