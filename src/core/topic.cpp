#include "vscp_p1/topic.hpp"

#include <algorithm>

#include "vscp_p1/text.hpp"
#include "vscp_p1/text_writer.hpp"

namespace vscp_p1 {
namespace {

// Such that no expansion comes near the 65535 bytes of MQTT 3.1.1 §1.5.3: a longer topic would never be acknowledged.
constexpr std::size_t longest_template = 1000;
constexpr std::size_t longest_level = 128;
constexpr std::size_t longest_value = 47;  // a GUID

// A text from the meter as one topic level. A '$' in front would make it a topic of the broker's own (MQTT 3.1.1
// §4.7.2).
void write_level(TextWriter& out, std::string_view text, bool is_in_front) {
  if (text.empty()) out.character('-');
  if (is_in_front && text.starts_with('$')) {
    out.character('_');
    text.remove_prefix(1);
  }
  for (const char c : text.substr(0, longest_level)) {
    const bool fit = c > ' ' && c < 0x7F && c != '/' && c != '+' && c != '#' && c != '\\';
    out.character(fit ? c : '_');
  }
}

}  // namespace

std::string_view topic_fault(std::string_view text, std::size_t longest) noexcept {
  if (text.empty()) return "is empty";
  if (text.size() > longest) return "is too long";
  if (text.find_first_of("+#") != std::string_view::npos)
    return "must not contain '+' or '#': they are for subscribers";
  if (!is_utf8(text)) return "is not UTF-8: save the file as UTF-8";
  if (!is_mqtt_text(text)) return "must not contain control characters, nor code points that are none";
  return {};
}

std::string_view foreign_topic_fault(std::string_view text) noexcept {
  const auto first_level = text.substr(0, text.find('/'));
  if (first_level == "vscp") return "must not be below vscp/: that is for VSCP events only";
  if (first_level.find("{meter}") != std::string_view::npos) {
    return "must not begin with {meter}: put a level of its own in front, as in p1/{meter}";
  }
  return {};
}

const std::vector<TopicTemplate::TokenName>& TopicTemplate::token_names() {
  static const std::vector<TokenName> names = {
      {"guid", Token::guid},
      {"class", Token::vscp_class},
      {"type", Token::type},
      {"nickname", Token::id},
      {"id", Token::id},
      {"sensorindex", Token::sensor_index},
      {"zone", Token::zone},
      {"subzone", Token::subzone},
      {"unit", Token::unit},
      {"name", Token::name},
      {"obis", Token::obis},
      {"note", Token::note},
      {"meter", Token::meter},
      {"xguid", Token::guid},
      {"xclass", Token::vscp_class},
      {"xtype", Token::type},
  };
  return names;
}

Result<TopicTemplate, std::string> TopicTemplate::compile(std::string_view text, Tokens allowed) {
  if (const auto fault = topic_fault(text, longest_template); !fault.empty()) return std::string(fault);
  TopicTemplate result;
  while (!text.empty()) {
    const auto brace = std::min(text.find_first_of("{}"), text.size());
    const auto literal = text.substr(0, brace);
    text.remove_prefix(brace);
    if (text.empty()) {
      result.add(literal, Token::end);
      break;
    }
    const std::string_view open = text.starts_with("{{") ? "{{" : "{";
    const std::string_view close = open.size() == 2 ? "}}" : "}";
    if (text.front() == '}') return std::string("has a '}' without a '{'");
    const auto end = text.find(close, open.size());
    if (end == std::string_view::npos) return std::string("has a '{' without a '}'");
    const auto name = text.substr(open.size(), end - open.size());
    const auto& names = token_names();
    const auto known = std::find_if(names.begin(), names.end(), [&](const TokenName& t) {
      return t.name == name && is_allowed(t.token, allowed);
    });
    if (known == names.end()) {
      std::string fault = "has the unknown token {" + std::string(name) + "}; there are";
      for (const auto& token : names) {
        if (is_allowed(token.token, allowed)) fault += " {" + std::string(token.name) + "}";
      }
      return fault;
    }
    result.add(literal, known->token);
    text.remove_prefix(end + close.size());
  }
  return result;
}

void TopicTemplate::add(std::string_view literal, Token token) {
  parts_.push_back({std::string(literal), token});
  if (token == Token::name || token == Token::note) ++texts_;
  room_ += literal.size() + (token == Token::meter ? longest_level + 1 : longest_value);
}

void TopicTemplate::expand(const Event& event, std::string_view meter, std::string& topic) const {
  const Measurement measurement = event.measurement.value_or(Measurement{});
  const auto text_or_dash = [](std::string_view text) { return text.empty() ? std::string_view("-") : text; };
  TextWriter out(topic, room_ + texts_ * std::max(event.name.size(), event.note.size()));
  for (const auto& part : parts_) {
    out.text(part.literal);
    switch (part.token) {
      case Token::end: break;
      case Token::guid: out.text(GuidText(event.guid).view()); break;
      case Token::vscp_class: out.number(event.vscp_class); break;
      case Token::type: out.number(event.type); break;
      case Token::id: out.number(event.guid.id()); break;
      case Token::sensor_index: out.number(measurement.sensor_index); break;
      case Token::zone: out.number(measurement.zone); break;
      case Token::subzone: out.number(measurement.subzone); break;
      case Token::unit: out.number(measurement.unit); break;
      case Token::name: out.text(text_or_dash(event.name)); break;
      case Token::obis: out.text(event.obis ? ObisText(*event.obis).view() : std::string_view("-")); break;
      case Token::note: out.text(text_or_dash(event.note)); break;
      case Token::meter: write_level(out, meter, &part == parts_.data() && part.literal.empty()); break;
    }
  }
}

bool TopicTemplate::is_allowed(Token token, Tokens allowed) noexcept {
  return allowed == Tokens::all || token == Token::guid ||
         (allowed == Tokens::guid_and_meter && token == Token::meter);
}

bool TopicTemplate::has_any(std::initializer_list<Token> tokens) const noexcept {
  return std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) {
    return std::find(tokens.begin(), tokens.end(), part.token) != tokens.end();
  });
}

bool matches_filter(std::string_view topic, std::string_view filter) noexcept {
  while (true) {
    const auto wanted = filter.substr(0, filter.find('/'));
    const auto level = topic.substr(0, topic.find('/'));
    if (wanted == "#") return true;
    if (wanted != "+" && wanted != level) return false;
    const bool ends = level.size() == topic.size();
    if (ends) return wanted.size() == filter.size() || filter.substr(wanted.size()) == "/#";
    if (wanted.size() == filter.size()) return false;
    topic.remove_prefix(level.size() + 1);
    filter.remove_prefix(wanted.size() + 1);
  }
}

bool TopicTemplate::uses_note() const noexcept { return has_any({Token::note}); }

bool TopicTemplate::is_one_per_quantity() const noexcept {
  return has_any({Token::guid, Token::id, Token::name}) && has_any({Token::vscp_class}) && has_any({Token::type});
}

}  // namespace vscp_p1
