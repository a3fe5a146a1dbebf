#include "vscp_p1/summary.hpp"

#include <array>
#include <charconv>

#include "vscp_p1/encode_json.hpp"
#include "vscp_p1/state.hpp"

namespace vscp_p1 {

Summary::Summary(const Settings& settings, const Guid& node) : settings_(&settings), node_(node) {
  if (settings.summary.topic.empty()) return;
  topic_ =
      *TopicTemplate::compile(settings.mqtt.prefixed(settings.summary.topic), TopicTemplate::Tokens::guid_and_meter);
}

bool Summary::is_due(const Moment& now) {
  if (!topic_ || (last_ && !has_passed(settings_->summary.interval, *last_, now))) return false;
  last_ = now;
  return true;
}

void Summary::append_topic(std::string_view meter, std::string& out) const {
  Event of_node;
  of_node.guid = node_;
  topic_->expand(of_node, meter, out);
}

void Summary::append(const Mapper::Mapping& mapping, std::string_view meter, std::string& out) {
  if (meter != meter_ || quoted_meter_.empty()) {
    meter_ = meter;
    quoted_meter_ = json_quoted(meter);
  }
  out.append("{\"").append(time_member).append("\":\"").append(IsoTime(mapping.time).view());
  out.append("\",\"").append(meter_member).append("\":").append(quoted_meter_);
  append_readings(mapping, out);
  append_states(mapping, out);
  out += '}';
}

void Summary::append_readings(const Mapper::Mapping& mapping, std::string& out) const {
  const auto& readings = mapping.readings;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    const bool is_followed = i + 1 < readings.size() && readings[i + 1].quantity == readings[i].quantity;
    if (is_followed || is_profile(readings[i].code)) continue;
    append_key(readings[i].quantity, out);
    out += DecimalText(readings[i].value).view();
  }
}

void Summary::append_states(const Mapper::Mapping& mapping, std::string& out) const {
  for (const auto& state : mapping.states) {
    const auto shape = quantities[state.quantity].shape;
    if (shape == Shape::text || shape == Shape::code || !settings_->is_wanted(state.quantity)) continue;
    const auto number = state_number(shape, state_text(shape, state.text));
    if (!number) continue;
    std::array<char, 12> digits;
    append_key(state.quantity, out);
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), *number).ptr);
  }
}

void Summary::append_key(std::size_t quantity, std::string& out) const {
  out.append(",\"").append(settings_->quantities[quantity].key).append("\":");
}

}  // namespace vscp_p1
