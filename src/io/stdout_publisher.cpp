#include "io/stdout_publisher.hpp"

#include <string>

#include "vscp_p1/text.hpp"
#include "vscp_p1/text_writer.hpp"

namespace vscp_p1::io {

void StdoutPublisher::publish(std::string_view topic, std::string_view payload, bool /*retained*/) {
  std::string line(topic);
  line += ' ';
  if (!is_plain_text(payload)) {
    line += "hex:";
    for (const char c : payload) {
      const auto& digits = hex_pairs[static_cast<unsigned char>(c)];
      line.append(digits.data(), digits.size());
    }
  } else {
    line += payload;
  }
  line += '\n';
  output_.write(line);
}

}  // namespace vscp_p1::io
