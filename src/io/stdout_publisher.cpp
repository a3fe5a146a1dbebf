#include "io/stdout_publisher.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "vscp_p1/text.hpp"

namespace vscp_p1::io {
void StdoutPublisher::publish(std::string_view topic, std::string_view payload) {
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
  write(line);
}

void StdoutPublisher::write(std::string_view text) {
  while (!text.empty() && !closed_) {
    const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // non-blocking, as whoever shares it has made it
      pollfd output{STDOUT_FILENO, POLLOUT, 0};
      closed_ = ::poll(&output, 1, -1) < 0;
    } else {
      closed_ = true;
      if (errno != EINTR) failed_(std::string("standard output: ") + std::strerror(errno));
    }
  }
}

}  // namespace vscp_p1::io
