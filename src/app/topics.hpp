#pragma once

#include <string>

#include "vscp_p1/node.hpp"
#include "vscp_p1/settings.hpp"
#include "vscp_p1/topic.hpp"

namespace vscp_p1::app {

/// A topic that has passed the checks of the configuration.
TopicTemplate compiled(const std::string& topic);

/// Where the retained texts of a node are; empty: it has none.
struct StateTopics {
  std::string status, meter, info, stats;

  StateTopics(const Settings& settings, const Node& node);
};

}  // namespace vscp_p1::app
