#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/decimal.hpp"
#include "vscp_p1/obis.hpp"
#include "vscp_p1/quantity.hpp"
#include "vscp_p1/time.hpp"

namespace vscp_p1 {

/// What a channel says of its device. The id lives as long as the telegram.
struct MbusDevice {
  static constexpr int type_unknown = -1;  // no device type was sent for the channel
  static constexpr int type_absent = -2;   // it was sent empty: nothing is connected

  int type = type_unknown;  // EN 13757-3, as P1 sends it: decimal
  std::string_view id;      // as sent
};

/// Whether the device has this id, as sent or as text, in any case.
bool has_id(const MbusDevice& device, std::string_view wanted);

/// What a reading of an M-Bus device measures: by its unit first, then by the device type, then by the code.
/// WarmteLink sends type 12 both with GJ and with m3, and simulators send types that do not exist.
std::optional<Medium> mbus_medium(const Obis& id, int device_type, std::string_view unit) noexcept;

/// A reading of a telegram, before it is known whether its device lives and which row it has.
struct MbusCandidate {
  Medium medium;
  std::uint8_t channel;
  UtcTime time;
  bool has_own_time;
  Decimal value;
  std::size_t reading;   // index of the caller's
  std::uint8_t row = 0;  // result: 1 … 9, or 0 for a dead channel, whose reading is dropped
};

/// Binds devices to rows by medium and id, so that gas_1 stays the same meter when it moves to another channel. A
/// device gets the row of the channel on which it is first seen, if that row is free. One without an id of its own
/// has moved when its channel has none of its medium any more. Of several channels of a medium, those are dead whose
/// own stamp is two days older than the freshest, or that read zero beside one that does not.
class MbusBinding {
 public:
  /// Per medium a channel "2" or a device id, as sent or as text: the only one to be read. Empty: all that live.
  using Overrides = std::array<std::string, static_cast<std::size_t>(Medium::count_)>;

  explicit MbusBinding(Overrides overrides) : overrides_(std::move(overrides)) {}

  void set_overrides(Overrides overrides) { overrides_ = std::move(overrides); }

  void bind(std::span<MbusCandidate> candidates, std::span<const MbusDevice> devices);
  /// The electricity meter is another one: nothing is bound yet.
  void forget() noexcept;

 private:
  struct Bound {
    std::uint8_t channel = 0;  // where it was last seen; 0: the row is free
    std::string id;            // empty: it has none, or not one of its own
  };
  using Rows = std::vector<Bound>;  // 1 … 9; empty until the medium comes

  void drop_dead(std::span<MbusCandidate> candidates) const;
  bool is_excluded(const MbusCandidate& candidate, const MbusDevice& device) const;
  std::size_t row_of(std::size_t candidate, std::span<const MbusCandidate> candidates,
                     std::span<const MbusDevice> devices);

  Overrides overrides_;
  std::array<Rows, static_cast<std::size_t>(Medium::count_)> bound_;
};

}  // namespace vscp_p1
