#include "vscp_p1/node.hpp"

#include <algorithm>

#include "vscp_p1/state.hpp"

namespace vscp_p1 {
namespace {

constexpr std::uint16_t alarms = 1;        // CLASS1.ALARM
constexpr std::uint16_t information = 20;  // CLASS1.INFORMATION
constexpr std::uint16_t log = 509;         // CLASS1.LOG

}  // namespace

Event Node::measurement(const Reading& reading) const noexcept {
  auto event = quantity_event(reading.quantity, 0, reading.type, reading.time);
  const auto& own = settings_->quantities[reading.quantity];
  event.obis = reading.code;
  set_measurement(event, settings_->vscp.event_class,
                  {reading.value, reading.unit, own.sensor_index, settings_->vscp.zone, settings_->vscp.subzone});
  return event;
}

Event Node::quantity_event(std::size_t quantity, std::uint16_t vscp_class, std::uint16_t type,
                           UtcTime now) const noexcept {
  const auto& own = settings_->quantities[quantity];
  Event event;
  event.vscp_class = vscp_class;
  event.type = type;
  event.guid = guid_.with_id(own.id);
  event.time = now;
  event.obis = own.obis;
  event.name = own.key;
  event.note = own.note;
  return event;
}

void Node::state(const StateChange& change, UtcTime now, const std::function<void(const Event&)>& publish) const {
  const auto shape = quantities[change.quantity].shape;
  if (shape == Shape::text || shape == Shape::code) return text(change, now, publish);
  if (shape == Shape::tariff) return tariff(change, now, publish);
  const bool on = state_number(shape, change.to) == 1U;
  constexpr std::uint16_t on_type = 3, off_type = 4, opened_type = 7, closed_type = 8;
  const auto type = shape == Shape::valve ? (on ? opened_type : closed_type) : (on ? on_type : off_type);
  auto event = quantity_event(change.quantity, information, type, now);
  append_place(event, settings_->quantities[change.quantity].sensor_index);
  publish(event);
}

// CLASS1.LOG 509/1: id, level, index of the part, at most five bytes of text. An empty text is one empty part.
void Node::text(const StateChange& change, UtcTime now, const std::function<void(const Event&)>& publish) const {
  constexpr std::size_t part_size = 5;
  constexpr std::size_t most_parts = 256;
  constexpr std::uint8_t level_notice = 5;
  const auto parts = std::clamp<std::size_t>((change.to.size() + part_size - 1) / part_size, 1, most_parts);
  for (std::size_t part = 0; part < parts; ++part) {
    auto event = quantity_event(change.quantity, log, 1, now);
    event.append(settings_->quantities[change.quantity].sensor_index);
    event.append(level_notice);
    event.append(static_cast<std::uint8_t>(part));
    event.append(change.to.substr(part * part_size, part_size));
    if (part == 0) event.full_text = change.to;
    publish(event);
  }
}

void Node::tariff(const StateChange& change, UtcTime now, const std::function<void(const Event&)>& publish) const {
  const auto& own = settings_->quantities[change.quantity];
  const auto number = [](std::string_view text) { return state_number(Shape::tariff, text).value_or(0); };
  constexpr std::uint16_t count = 1, state = 42;
  auto measured = quantity_event(change.quantity, 0, count, now);
  set_measurement(measured, settings_->vscp.event_class,
                  {{number(change.to), 0}, 0, own.sensor_index, settings_->vscp.zone, settings_->vscp.subzone});
  publish(measured);
  auto event = quantity_event(change.quantity, information, state, now);
  append_place(event, own.sensor_index);
  for (const auto text : {change.from, change.to}) {
    event.append(static_cast<std::uint8_t>(std::min(number(text), 255U)));
  }
  publish(event);
}

Event Node::alarm(const AlarmSettings& alarm, bool begins, UtcTime now) const noexcept {
  constexpr std::uint16_t alarm_type = 2, reset_type = 13;
  auto event = node_event(alarms, begins ? alarm_type : reset_type, now);
  event.guid = guid_.with_id(alarm.id);
  event.name = alarm.name;
  event.note = alarm.note;
  for (const auto byte : {alarm.code, alarm.zone, alarm.subzone}) event.append(byte);
  return event;
}

Event Node::power(bool on, UtcTime now) const noexcept {
  auto event = node_event(alarms, 5, now);
  event.name = "power_failure";
  event.note = "Power failure";
  append_place(event, on ? 1 : 0);
  return event;
}

void Node::append_place(Event& event, std::uint8_t first) const noexcept {
  for (const auto byte : {first, settings_->vscp.zone, settings_->vscp.subzone}) event.append(byte);
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
  auto event = node_event(information, 6, now);
  event.name = "terminating";
  event.note = "Node terminating";
  append_place(event, 0);
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
