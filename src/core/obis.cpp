#include "vscp_p1/obis.hpp"

#include <charconv>

namespace vscp_p1 {

ObisText::ObisText(const Obis& id) noexcept {
  char* out = text_.data();
  const auto put = [&](std::uint8_t number, char separator) {
    out = std::to_chars(out, text_.data() + text_.size(), number).ptr;
    if (separator != '\0') *out++ = separator;
  };
  put(id.a, '-');
  put(id.b, ':');
  put(id.c, '.');
  put(id.d, '.');
  put(id.e, '\0');
  length_ = static_cast<std::size_t>(out - text_.data());
}

}  // namespace vscp_p1
