#include "vscp_p1/node.hpp"

namespace vscp_p1 {

Event Node::measurement(const Reading& reading) const noexcept {
  const auto& row = quantities[reading.quantity];
  const auto& own = settings_.quantities[reading.quantity];
  Event event;
  event.type = vscp_type(row.dimension);
  event.guid = guid_.with_id(own.id);
  event.time = reading.time;
  event.obis = row.id;
  event.name = row.key;
  event.note = own.note;
  set_measurement(event, settings_.vscp.event_class,
                  {reading.value, reading.unit, own.sensor_index, settings_.vscp.zone, settings_.vscp.subzone});
  return event;
}

Event Node::online(UtcTime now) const noexcept {
  auto event = node_event(0, 2, now);
  event.name = "new_node_online";
  event.note = "Node online";
  for (const auto byte : guid_.bytes) event.append(byte);
  return event;
}

Event Node::heartbeat(UtcTime now) const noexcept {
  auto event = node_event(1026, 2, now);
  event.name = "heartbeat";
  event.note = "Heartbeat";
  event.append("vscp-p1d");
  return event;
}

Event Node::terminating(UtcTime now) const noexcept {
  auto event = node_event(20, 6, now);
  event.name = "terminating";
  event.note = "Node terminating";
  event.append(std::uint8_t{0});
  event.append(settings_.vscp.zone);
  event.append(settings_.vscp.subzone);
  return event;
}

Event Node::node_event(std::uint16_t vscp_class, std::uint16_t type, UtcTime now) const noexcept {
  Event event;
  event.vscp_class = vscp_class;
  event.type = type;
  event.guid = guid_;
  event.time = now;
  return event;
}

}  // namespace vscp_p1
