#include "io/standard_output.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vscp_p1::io {

void StandardOutput::write(std::string_view text) {
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
