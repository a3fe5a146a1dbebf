#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "vscp_p1/decimal.hpp"
#include "vscp_p1/mapper.hpp"
#include "vscp_p1/moment.hpp"
#include "vscp_p1/settings.hpp"

namespace vscp_p1 {

/// Whether the value is what the alarm is for. An active one goes on by the same comparison, its threshold moved back
/// by the hysteresis.
bool is_met(const AlarmSettings& alarm, const Decimal& value, bool is_active) noexcept;

/// An alarm begins or ends. The settings live until the next AlarmWatch::reconfigure().
struct AlarmChange {
  const AlarmSettings* alarm;
  bool begins;
  std::size_t quantity;          // that decided; of silence: nothing
  std::optional<Decimal> value;  // its value; of silence: none
};

/// Tells when alarms begin and end: each begin once, each end once. What is true at the start begins, what is not
/// tells nothing; a quantity that a telegram lacks changes nothing. Does not allocate between two reconfigurations.
/// What it returns lives until the next call.
class AlarmWatch {
 public:
  explicit AlarmWatch(const std::vector<AlarmSettings>& alarms) { reconfigure(alarms); }

  /// A good telegram has come.
  std::span<const AlarmChange> telegram(const Mapper::Mapping& mapping, const Moment& now);
  /// None has come for so long.
  std::span<const AlarmChange> silence(std::chrono::milliseconds silent);
  /// How long it must be silent until the next of the alarms begins; nullopt: none will.
  std::optional<std::chrono::milliseconds> next_silence() const;

  /// Alarms that are the same go on. Returns the others that were active: they end.
  std::vector<AlarmSettings> reconfigure(const std::vector<AlarmSettings>& alarms);

 private:
  static constexpr std::size_t most_quantities = 3;
  struct Watched {
    AlarmSettings settings;
    std::array<bool, most_quantities> met{};  // by quantity, as last seen
    std::optional<Moment> since;              // it is met
    bool is_active = false;
    bool is_spent = false;  // one_shot: it has begun once
  };
  /// What decides about an alarm in a telegram.
  struct Seen {
    bool is_met;
    std::size_t quantity;
    Decimal value;
  };

  static std::optional<Seen> look(Watched& alarm, const Mapper::Mapping& mapping);
  void change(Watched& alarm, bool begins, std::size_t quantity, std::optional<Decimal> value);

  std::vector<Watched> alarms_;
  std::vector<AlarmChange> changes_;
};

}  // namespace vscp_p1
