// A topic template, a line long, and what a meter and a user fill in.
#include "vscp_p1/topic.hpp"

#include "fuzz/check.hpp"

using namespace vscp_p1;

FUZZ_TARGET {
  const auto end = input.find('\n');
  const auto text = input.substr(0, end);
  const auto meter = end == std::string_view::npos ? std::string_view{} : input.substr(end + 1);
  for (const auto tokens : {TopicTemplate::Tokens::all, TopicTemplate::Tokens::guid_only}) {
    const auto topic = TopicTemplate::compile(text, tokens);
    if (!topic) {
      fuzz::check(!topic.error().empty(), "a fault says something");
      continue;
    }
    Event event;
    event.name = "power";
    if (topic_fault(meter).empty() && meter.find('/') == std::string_view::npos) event.note = meter;
    const auto expanded = [&](std::string_view id) {
      std::string result;
      topic->expand(event, id, result);
      fuzz::check_topic(result);
      return result;
    };
    const auto levels = [](const std::string& t) { return std::count(t.begin(), t.end(), '/'); };
    const auto plain = expanded("meter");
    const auto hostile = expanded(meter);
    fuzz::check(levels(plain) == levels(hostile), "levels of a topic");
    fuzz::check(hostile.find("//") == std::string::npos || plain.find("//") != std::string::npos, "no empty level");
    if (event.note.empty()) fuzz::check((hostile[0] == '$') == (plain[0] == '$'), "no topic of the broker's own");
  }
}
