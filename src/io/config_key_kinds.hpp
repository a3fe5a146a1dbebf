#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "io/config_keys.hpp"
#include "vscp_p1/aes_key.hpp"
#include "vscp_p1/decimal.hpp"
#include "vscp_p1/text.hpp"
#include "vscp_p1/topic.hpp"

/// The kinds of keys that config_keys() is made of. Each takes an accessor: a generic lambda that returns the field
/// of (const) Settings&.
namespace vscp_p1::io {

using Keys = std::vector<ConfigKey>;

void add_mqtt_keys(Keys& keys);     // [MQTT], [STATE], [SPOOL]
void add_home_keys(Keys& keys);     // [HOMEASSISTANT], [SUMMARY]
void add_publish_keys(Keys& keys);  // [PUBLISH]
void add_raw_keys(Keys& keys);      // [RAW]
void add_meter_keys(Keys& keys);    // [SERIAL], [EMULATOR]

template <class Access>
auto same_by(Access access) {
  return [access](const Settings& a, const Settings& b) { return access(a) == access(b); };
}

template <class Access>
ConfigKey text_key(std::string section, std::string name, Access access,
                   std::string_view (*fault)(std::string_view)) {
  return {std::move(section), std::move(name),
          [access, fault](Settings& s, std::string_view value) {
            access(s) = value;
            return std::string(fault == nullptr ? std::string_view{} : fault(value));
          },
          [access](const Settings& s) { return std::string(access(s)); }, same_by(access)};
}

template <class Access>
ConfigKey secret_key(std::string section, std::string name, Access access) {
  auto key = text_key(std::move(section), std::move(name), access, nullptr);
  key.show = [access](const Settings& s) { return std::string(access(s).empty() ? "" : "********"); };
  key.secret = true;
  return key;
}

template <class Access>
ConfigKey aes_key(std::string section, std::string name, Access access) {
  ConfigKey key{std::move(section), std::move(name),
                [access](Settings& s, std::string_view value) -> std::string {
                  access(s) = parse_aes_key(value);
                  return access(s) || value.empty() ? "" : "must be a key of 32 hex digits, or empty";
                },
                [access](const Settings& s) { return std::string(access(s) ? "********" : ""); }, same_by(access)};
  key.secret = true;
  return key;
}

// The functions read_… return what would be right, or nothing.
inline std::string read_flag(std::string_view value, bool& flag) {
  const auto word = lower(value);
  const auto is_one_of = [&word](const std::array<std::string_view, 4>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  flag = is_one_of({"true", "yes", "on", "1"});
  return flag || is_one_of({"false", "no", "off", "0"}) ? "" : "must be true or false";
}

inline std::string read_number(std::string_view value, unsigned least, unsigned most, unsigned& number) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error == std::errc{} && end == value.data() + value.size() && number >= least && number <= most) return {};
  return "must be a number from " + std::to_string(least) + " to " + std::to_string(most);
}

template <class Access>
ConfigKey flag_key(std::string section, std::string name, Access access) {
  return {std::move(section), std::move(name),
          [access](Settings& s, std::string_view value) { return read_flag(value, access(s)); },
          [access](const Settings& s) { return std::string(access(s) ? "true" : "false"); }, same_by(access)};
}

template <class Access>
ConfigKey number_key(std::string section, std::string name, Access access, unsigned least, unsigned most) {
  return {std::move(section), std::move(name),
          [=](Settings& s, std::string_view value) -> std::string {
            unsigned number = 0;
            auto wrong = read_number(value, least, most, number);
            if (wrong.empty()) access(s) = static_cast<std::decay_t<decltype(access(s))>>(number);
            return wrong;
          },
          [access](const Settings& s) { return std::to_string(access(s)); }, same_by(access)};
}

struct Suffix {
  char letter;
  std::size_t factor;
};

inline constexpr std::array<Suffix, 4> time_suffixes{{{'d', 86'400}, {'h', 3600}, {'m', 60}, {'s', 1}}};

// A whole number with one of the suffixes or none, such as 500M or 30d.
inline std::optional<std::size_t> parse_amount(std::string_view value, std::span<const Suffix> suffixes) {
  std::size_t number = 0;
  auto text = lower(value);
  std::size_t factor = 1;
  for (const auto& suffix : suffixes) {
    if (text.empty() || text.back() != lower(suffix.letter)) continue;
    factor = suffix.factor;
    text.pop_back();
    break;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool good = error == std::errc{} && end == text.data() + text.size() &&
                    number <= std::numeric_limits<std::int32_t>::max() / factor * 1000;
  return good ? std::optional(number * factor) : std::nullopt;
}

// With the largest suffix that fits.
inline std::string amount_text(std::size_t amount, std::span<const Suffix> suffixes) {
  for (const auto& suffix : suffixes) {
    if (amount > 0 && amount % suffix.factor == 0) return std::to_string(amount / suffix.factor) + suffix.letter;
  }
  return std::to_string(amount);
}

template <class Access, std::size_t n>
ConfigKey amount_key(std::string section, std::string name, Access access, std::array<Suffix, n> suffixes,
                     std::size_t least, std::string_view fault) {
  return {std::move(section), std::move(name),
          [=](Settings& s, std::string_view value) -> std::string {
            const auto amount = parse_amount(value, suffixes);
            if (!amount || *amount < least) return std::string(fault);
            access(s) = *amount;
            return {};
          },
          [=](const Settings& s) { return amount_text(access(s), suffixes); }, same_by(access)};
}

template <class Access, class Value>
ConfigKey choice_key(std::string section, std::string name, Access access,
                     std::vector<std::pair<std::string_view, Value>> choices) {
  return {std::move(section), std::move(name),
          [=](Settings& s, std::string_view value) -> std::string {
            std::string names;
            for (const auto& [choice, meaning] : choices) {
              if (lower(value) == choice) {
                access(s) = meaning;
                return {};
              }
              names += (names.empty() ? "" : ", ") + std::string(choice);
            }
            return "must be one of " + names;
          },
          [=](const Settings& s) {
            const auto found = std::find_if(choices.begin(), choices.end(),
                                            [&](const auto& choice) { return choice.second == access(s); });
            return std::string(found == choices.end() ? std::string_view{} : found->first);
          },
          same_by(access)};
}

inline std::int64_t whole_part(Decimal value) {
  for (; value.exponent < 0; ++value.exponent) value.mantissa /= 10;
  return value.mantissa;
}

template <class Access>
ConfigKey decimal_key(std::string section, std::string name, Access access, std::int64_t most) {
  return {std::move(section), std::move(name),
          [access, most](Settings& s, std::string_view value) -> std::string {
            const auto number = parse_decimal_prefix(value);
            const bool good = number && number->length == value.size() && number->value.exponent >= -3 &&
                              number->value.mantissa >= 0 && whole_part(number->value) < most;
            if (!good) return "must be a number below " + std::to_string(most) + " with at most three decimals";
            access(s) = number->value;
            return {};
          },
          [access](const Settings& s) { return std::string(DecimalText(access(s)).view()); }, same_by(access)};
}

template <class Access>
ConfigKey topic_key(std::string section, std::string name, Access access, TopicTemplate::Tokens tokens,
                    bool may_be_empty) {
  return {std::move(section), std::move(name),
          [=](Settings& s, std::string_view value) -> std::string {
            access(s) = value;
            if (value.empty() && may_be_empty) return {};
            const auto compiled = TopicTemplate::compile(value, tokens);
            return compiled ? std::string{} : compiled.error();
          },
          [access](const Settings& s) { return access(s); }, same_by(access)};
}

// Of what is no event: not below vscp/.
template <class Access>
ConfigKey foreign_topic_key(std::string section, std::string name, Access access) {
  auto key = topic_key(std::move(section), std::move(name), access, TopicTemplate::Tokens::guid_and_meter, true);
  key.read = [read = key.read](Settings& s, std::string_view value) {
    auto fault = read(s, value);
    return fault.empty() ? std::string(foreign_topic_fault(value)) : fault;
  };
  return key;
}

// Words with commas between them, turned into what they are kept as.
template <class Access>
ConfigKey list_key(std::string section, std::string name, Access access, std::string (*kept)(std::string_view),
                   std::string_view (*fault)(std::string_view)) {
  return {std::move(section), std::move(name),
          [=](Settings& s, std::string_view value) -> std::string {
            access(s).clear();
            for (const auto item : list_items(value)) {
              if (item.empty()) continue;
              access(s).push_back(kept(item));
              if (const auto wrong = fault(item); !wrong.empty()) return std::string(wrong);
            }
            return {};
          },
          [access](const Settings& s) {
            std::string text;
            for (const auto& item : access(s)) text += (text.empty() ? "" : ", ") + item;
            return text;
          },
          same_by(access)};
}

}  // namespace vscp_p1::io
