#pragma once

#include <string>

#include "vscp_p1/node.hpp"
#include "vscp_p1/settings.hpp"
#include "vscp_p1/topic.hpp"

namespace vscp_p1::app {

/// A topic that has passed the checks of the configuration.
TopicTemplate compiled(const std::string& topic);

/// A topic of the node, whose template holds its GUID at most; empty: it has none.
std::string node_topic(const std::string& topic, const Node& node);

/// Where the retained texts of a meter are; empty: it has none.
struct StateTopics {
  std::string meter, info, stats;

  StateTopics(const Settings& settings, const Node& node);
};

/// Where the process says that it is connected.
std::string status_topic(const Settings& settings);

}  // namespace vscp_p1::app
