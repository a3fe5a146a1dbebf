#pragma once

#include <cstdint>
#include <span>

#include "vscp_p1/event.hpp"
#include "vscp_p1/guid.hpp"
#include "vscp_p1/mapper.hpp"
#include "vscp_p1/settings.hpp"

namespace vscp_p1 {

/// The VSCP node that the meter is: makes the events of its readings and of its own life. The settings must outlive
/// the node and its events.
class Node {
 public:
  Node(const Guid& guid, const Settings& settings) : guid_(guid.with_id(0)), settings_(settings) {}

  const Guid& guid() const noexcept { return guid_; }

  Event measurement(const Reading& reading) const noexcept;
  Event online(UtcTime now) const noexcept;       // CLASS1.PROTOCOL 0/2 NEW_NODE_ONLINE
  Event heartbeat(UtcTime now) const noexcept;    // CLASS2.INFORMATION 1026/2, at least once a minute
  Event terminating(UtcTime now) const noexcept;  // CLASS1.INFORMATION 20/6

 private:
  Event node_event(std::uint16_t vscp_class, std::uint16_t type, UtcTime now) const noexcept;

  Guid guid_;
  const Settings& settings_;
};

}  // namespace vscp_p1
