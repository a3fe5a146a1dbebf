#include "vscp_p1/event.hpp"

#include <bit>
#include <charconv>

namespace vscp_p1 {
namespace {

constexpr std::uint8_t normalised_integer = 0b100;  // coding, bits 7–5 of the first data byte
constexpr std::uint8_t negative_exponent = 0x80;

void append_text(Event& event, const Measurement& m) noexcept {
  event.append(DecimalText(m.value).view());
  event.append(std::uint8_t{0});  // C++ decoders read on until they find it
}

void append_double(Event& event, const Measurement& m) noexcept {
  const DecimalText text(m.value);
  double value = 0;
  std::from_chars(text.view().data(), text.view().data() + text.view().size(), value);
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (int shift = 56; shift >= 0; shift -= 8) event.append(static_cast<std::uint8_t>(bits >> shift & 0xFF));
}

// Bytes of a two's complement number, most significant first, no more than its sign needs.
int signed_size(std::int64_t value) noexcept {
  int size = 1;
  while (size < 8 && (value >> (8 * size - 1)) != 0 && (value >> (8 * size - 1)) != -1) ++size;
  return size;
}

// Six bytes hold the mantissa: what does not fit loses its last digits, rounded half away from zero.
Decimal fitted_to_six_bytes(Decimal value) noexcept {
  while (signed_size(value.mantissa) > 6) {
    value.mantissa = value.mantissa / 10 + value.mantissa % 10 / 5;
    ++value.exponent;
  }
  return value;
}

void append_normalised(Event& event, const Measurement& m) noexcept {
  const auto& value = m.value;
  event.append(static_cast<std::uint8_t>(normalised_integer << 5 | (m.unit & 0b11) << 3 | m.sensor_index));
  event.append(static_cast<std::uint8_t>(value.exponent < 0 ? negative_exponent | -value.exponent : value.exponent));
  for (int byte = signed_size(value.mantissa) - 1; byte >= 0; --byte) {
    event.append(static_cast<std::uint8_t>(value.mantissa >> (8 * byte) & 0xFF));
  }
}

}  // namespace

void set_measurement(Event& event, EventClass event_class, Measurement m) noexcept {
  event.vscp_class = static_cast<std::uint16_t>(event_class);
  if (event_class == EventClass::measurement) {
    if (m.sensor_index > 7) m.sensor_index = 0;
    m.value = fitted_to_six_bytes(m.value);
    append_normalised(event, m);
  } else {
    for (const std::uint8_t byte : {m.sensor_index, m.zone, m.subzone, m.unit}) event.append(byte);
    event_class == EventClass::measurement_str ? append_text(event, m) : append_double(event, m);
  }
  event.measurement = m;
}

}  // namespace vscp_p1
