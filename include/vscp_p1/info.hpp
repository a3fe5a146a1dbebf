#pragma once

#include <array>
#include <string>

#include "vscp_p1/mapper.hpp"

namespace vscp_p1 {

/// What a meter says of itself, gathered from its telegrams: what one of them leaves out is kept, until another meter
/// (another header) takes its place.
class MeterInfo {
 public:
  /// Whether the telegram said something new.
  bool update(const Mapper::Mapping& mapping);

  const std::string& header() const noexcept { return header_; }  // as sent
  /// Empty when the meter did not say it. The FLAG id of the manufacturer is made of three capital letters.
  std::string manufacturer() const;
  std::string version() const;
  std::string equipment_id() const;

  /// {"header":…, "manufacturer":…, "version":…, "equipment_id":…, "mbus":{"1":{"type":3,"id":…}}}; what the meter
  /// did not say is missing.
  std::string json() const;

 private:
  struct Device {
    int type = MbusDevice::type_unknown;
    std::string id;  // as sent
  };

  bool update_device(std::size_t channel, const MbusDevice& sent);

  std::string header_;
  std::array<std::string, version_codes.size()> versions_;            // as sent
  std::array<std::string, equipment_id_codes.size()> equipment_ids_;  // as sent
  std::array<Device, mbus_channels + 1> devices_;
};

}  // namespace vscp_p1
