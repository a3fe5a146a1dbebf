#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "vscp_p1/guid.hpp"
#include "vscp_p1/mapper.hpp"
#include "vscp_p1/moment.hpp"
#include "vscp_p1/settings.hpp"
#include "vscp_p1/topic.hpp"

namespace vscp_p1 {

/// All wanted readings of a telegram in one flat JSON object, {"time":"…Z","meter":"…","voltage_l1":229.6,…}: the key
/// of a quantity and its number in the unit of its event, with the meter's decimals. What the telegram does not have
/// is missing, and so are texts and profiles; of a row of hours only the last is there. The settings must outlive it.
class Summary {
 public:
  static constexpr std::string_view time_member = "time";
  static constexpr std::string_view meter_member = "meter";

  Summary(const Settings& settings, const Guid& node);

  /// Whether one is due with the telegram that came now.
  bool is_due(const Moment& now);
  /// Appends its topic; `meter` as in append().
  void append_topic(std::string_view meter, std::string& out) const;
  /// Appends the object; `meter` may hold any bytes.
  void append(const Mapper::Mapping& mapping, std::string_view meter, std::string& out);

 private:
  void append_readings(const Mapper::Mapping& mapping, std::string& out) const;
  void append_states(const Mapper::Mapping& mapping, std::string& out) const;
  void append_key(std::size_t quantity, std::string& out) const;

  const Settings* settings_;
  std::optional<TopicTemplate> topic_;  // none: it is off
  Guid node_;
  std::optional<Moment> last_;
  std::string meter_;
  std::string quoted_meter_;
};

}  // namespace vscp_p1
