#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "vscp_p1/info.hpp"
#include "vscp_p1/mapper.hpp"
#include "vscp_p1/node.hpp"
#include "vscp_p1/settings.hpp"
#include "vscp_p1/topic.hpp"

namespace vscp_p1 {

/// Whether a quantity is published when it changes only: who comes later does not know it, and nothing tells that it
/// is still so.
bool is_sent_on_change(const Settings& settings, std::size_t quantity) noexcept;

/// Makes the configurations of MQTT discovery: Home Assistant has an entity for each quantity, all of one device.
/// What the pointers lead to must outlive it.
class Discovery {
 public:
  struct Context {
    const Settings* settings;
    const Node* node;
    const TopicTemplate* topic;  // of the events
    std::string status_topic, meter_topic;
    std::string program_version;
  };
  /// What the configurations tell of the meter; `id` as TopicTemplate::expand() takes it.
  struct Meter {
    const MeterInfo& info;
    std::string_view id;
  };

  explicit Discovery(Context context);

  /// Numbers, tariffs, breakers and valves that are wanted; no texts, and no profiles.
  bool has_entity(std::size_t quantity) const;
  /// Where its configuration belongs.
  std::string topic(std::size_t quantity) const;
  /// Of all configurations of this node, for a subscription.
  std::string all_topics() const;

  std::string config(const Reading& reading, const Meter& meter) const;
  std::string state_config(std::size_t quantity, const Meter& meter) const;

 private:
  struct Names;
  std::string guard(std::size_t quantity) const;
  Names names() const;
  std::string reading_template(std::size_t quantity, std::uint16_t type, bool is_number) const;
  std::string position_template(std::size_t quantity) const;
  std::string expanded(const Event& event, std::string_view meter) const;
  std::string plain_topic(std::size_t quantity) const;
  std::string state_topic(std::size_t quantity, std::string_view meter) const;

  Context context_;
  std::string node_id_;
};

}  // namespace vscp_p1
