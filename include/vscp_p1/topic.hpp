#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/event.hpp"
#include "vscp_p1/result.hpp"

namespace vscp_p1 {

/// An MQTT topic with tokens in braces, "vscp/{guid}/{class}/{type}", compiled and checked once. `{{token}}` means
/// the same. Numbers are decimal; what an event does not have becomes "-".
class TopicTemplate {
 public:
  enum class Tokens : std::uint8_t { all, guid_only, guid_and_meter };

  /// The error is a text for the user: an unknown token (with those there are), an open brace, '+', '#', a control
  /// character, an empty or overlong topic.
  static Result<TopicTemplate, std::string> compile(std::string_view text, Tokens allowed = Tokens::all);

  /// Appends the topic. `meter` may hold any bytes: what is not fit for a topic level becomes '_'.
  void expand(const Event& event, std::string_view meter, std::string& topic) const;

  bool uses_note() const noexcept;
  /// Whether each quantity has topics of its own, and among them one for its measurements.
  bool is_one_per_quantity() const noexcept;

 private:
  enum class Token : std::uint8_t {
    guid,
    vscp_class,
    type,
    id,
    sensor_index,
    zone,
    subzone,
    unit,
    name,
    obis,
    note,
    meter,
    end,
  };
  struct Part {
    std::string literal;  // in front of the token
    Token token;
  };
  struct TokenName {
    std::string_view name;
    Token token;
  };
  static const std::vector<TokenName>& token_names();
  static bool is_allowed(Token token, Tokens allowed) noexcept;
  bool has_any(std::initializer_list<Token> tokens) const noexcept;

  void add(std::string_view literal, Token token);

  std::vector<Part> parts_;
  std::size_t room_ = 0;   // the most that all parts take, without names and notes
  std::size_t texts_ = 0;  // how many parts are names and notes
};

/// Why a topic is no place for what is not an event: it is below vscp/, or a meter could name itself "vscp". An empty
/// view when it is one. Takes a template that has been compiled.
std::string_view foreign_topic_fault(std::string_view text) noexcept;

/// A note that is used as a topic, or a part of one, may have that many bytes.
inline constexpr std::size_t longest_topic_note = 255;

/// Why a text cannot be a topic, or a part of one, of at most `longest` bytes; an empty view when it can.
std::string_view topic_fault(std::string_view text, std::size_t longest = longest_topic_note) noexcept;

/// Whether a topic is one of those that a subscription to `filter` brings (MQTT 3.1.1 §4.7). '+' is a level, and a
/// '#' at the end all the rest.
bool matches_filter(std::string_view topic, std::string_view filter) noexcept;

}  // namespace vscp_p1
