// Keys of what other programs at home take from the broker.

#include "io/config_key_kinds.hpp"

namespace vscp_p1::io {
namespace {

std::string_view prefix_fault(std::string_view prefix) {
  if (prefix.starts_with('/') || prefix.ends_with('/')) return "must not begin or end with '/'";
  const auto fault = topic_fault(prefix);
  return fault.empty() ? foreign_topic_fault(prefix) : fault;
}

void add_home_assistant(Keys& keys) {
  const std::string section = "HOMEASSISTANT";
  constexpr unsigned one_week = 604'800;
  keys.push_back(flag_key(
      section, "discovery", [](auto& s) -> auto& { return s.home.discovery; }));
  keys.push_back(text_key(
      section, "prefix", [](auto& s) -> auto& { return s.home.prefix; }, prefix_fault));
  keys.push_back(text_key(
      section, "name", [](auto& s) -> auto& { return s.home.name; },
      [](std::string_view name) { return name.empty() ? "must not be empty" : std::string_view{}; }));
  keys.push_back(number_key(
      section, "expire_after", [](auto& s) -> auto& { return s.home.expire_after; }, 0, one_week));
}

void add_summary(Keys& keys) {
  const std::string section = "SUMMARY";
  constexpr unsigned one_day = 86'400;
  keys.push_back(foreign_topic_key(
      section, "topic", [](auto& s) -> auto& { return s.summary.topic; }));
  keys.push_back(number_key(
      section, "interval", [](auto& s) -> auto& { return s.summary.interval; }, 0, one_day));
}

}  // namespace

void add_home_keys(Keys& keys) {
  add_home_assistant(keys);
  add_summary(keys);
}

}  // namespace vscp_p1::io
