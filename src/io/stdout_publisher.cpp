#include "io/stdout_publisher.hpp"

#include <string>

#include "vscp_p1/text.hpp"

namespace vscp_p1::io {

void StdoutPublisher::publish(std::string_view topic, std::string_view payload, bool /*retained*/) {
  std::string line(topic);
  line += ' ';
  if (!is_plain_text(payload)) {
    constexpr std::string_view hex = "0123456789abcdef";
    line += "hex:";
    for (const char c : payload) {
      line += hex[static_cast<unsigned char>(c) >> 4];
      line += hex[static_cast<unsigned char>(c) & 0xF];
    }
  } else {
    line += payload;
  }
  line += '\n';
  output_.write(line);
}

}  // namespace vscp_p1::io
