#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "vscp_p1/event.hpp"
#include "vscp_p1/guid.hpp"
#include "vscp_p1/mapper.hpp"
#include "vscp_p1/settings.hpp"

namespace vscp_p1 {

/// A state before and after, as state_text() gives them; `from` is empty at the start.
struct StateChange {
  std::size_t quantity;
  std::string_view from, to;
};

/// The VSCP node that the meter is: makes the events of its readings and of its own life. The settings must outlive
/// the node and its events.
class Node {
 public:
  Node(const Guid& guid, const Settings& settings) : guid_(guid.with_id(0)), settings_(&settings) {}

  const Guid& guid() const noexcept { return guid_; }

  Event measurement(const Reading& reading) const noexcept;
  /// A state that has changed: a text as CLASS1.LOG 509/1 in parts of five bytes, a tariff as COUNT and as
  /// CLASS1.INFORMATION 20/42 STATE, a breaker as 20/3 ON or 20/4 OFF, a valve as 20/7 OPENED or 20/8 CLOSED.
  void state(const StateChange& change, UtcTime now, const std::function<void(const Event&)>& publish) const;
  /// CLASS1.ALARM 1/5 POWER, off and on.
  Event power(bool on, UtcTime now) const noexcept;
  /// CLASS1.ALARM 1/2 ALARM or 1/13 RESET, with the GUID of the alarm's quantity, or the node's. The alarm must
  /// outlive the event.
  Event alarm(const AlarmSettings& alarm, bool begins, UtcTime now) const noexcept;
  Event online(UtcTime now) const noexcept;       // CLASS1.PROTOCOL 0/2 NEW_NODE_ONLINE
  Event heartbeat(UtcTime now) const noexcept;    // CLASS2.INFORMATION 1026/2, at least once a minute
  Event terminating(UtcTime now) const noexcept;  // CLASS1.INFORMATION 20/6

 private:
  Event quantity_event(std::size_t quantity, std::uint16_t vscp_class, std::uint16_t type,
                       UtcTime now) const noexcept;
  void text(const StateChange& change, UtcTime now, const std::function<void(const Event&)>& publish) const;
  void tariff(const StateChange& change, UtcTime now, const std::function<void(const Event&)>& publish) const;
  void append_place(Event& event, std::uint8_t first) const noexcept;
  Event node_event(std::uint16_t vscp_class, std::uint16_t type, UtcTime now) const noexcept;

  Guid guid_;
  const Settings* settings_;
};

}  // namespace vscp_p1
