#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "vscp_p1/decimal.hpp"
#include "vscp_p1/guid.hpp"
#include "vscp_p1/obis.hpp"
#include "vscp_p1/time.hpp"

namespace vscp_p1 {

/// Measurement class of the events: the value as a string (Level II), as a double (Level II), or as a normalised
/// integer in at most eight bytes (Level I).
enum class EventClass : std::uint16_t { measurement_str = 1040, measurement_float = 1060, measurement = 10 };

/// The measured value beside the data bytes, for encoders that show it.
struct Measurement {
  Decimal value;
  std::uint8_t unit = 0;  // VSCP unit code of the event's type
  std::uint8_t sensor_index = 0;
  std::uint8_t zone = 0;
  std::uint8_t subzone = 0;
};

/// A VSCP event. `name` and `note` live as long as the settings they come from.
struct Event {
  static constexpr std::uint16_t head = 0x8060;  // dumb node, GUID type 0, frame version 0, priority normal
  static constexpr std::size_t max_data = 72;    // a value of 64 digits behind four bytes, or a node name

  std::uint16_t vscp_class = 0;
  std::uint16_t type = 0;
  Guid guid;
  UtcTime time;
  std::optional<Measurement> measurement;
  std::optional<Obis> obis;
  std::string_view name;  // key of the quantity, or what a node event tells
  std::string_view note;
  std::string_view full_text;  // behind the note, for a person: the whole text of which this event is the first part

  std::span<const std::uint8_t> data() const noexcept { return {data_.data(), size_}; }
  void append(std::uint8_t byte) noexcept {
    if (size_ < data_.size()) data_[size_++] = byte;
  }
  void append(std::string_view text) noexcept {
    const auto size = std::min(text.size(), data_.size() - size_);
    std::copy_n(text.begin(), size, data_.begin() + size_);
    size_ += size;
  }

 private:
  std::array<std::uint8_t, max_data> data_;
  std::size_t size_ = 0;
};

/// Makes `event` a measurement: class, data bytes as the class wants them (VSCP specification, "Measurement
/// formats"), and beside them what they say. Class 10 has room for sensor indexes 0 … 7, a larger one becomes 0, and
/// for six bytes of mantissa, which loses its last digits otherwise.
void set_measurement(Event& event, EventClass event_class, Measurement measurement) noexcept;

}  // namespace vscp_p1
