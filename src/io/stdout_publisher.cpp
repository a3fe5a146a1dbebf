#include "io/stdout_publisher.hpp"

#include <algorithm>
#include <string>

namespace vscp_p1::io {
namespace {

bool is_binary(std::string_view payload) {
  return std::any_of(payload.begin(), payload.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

}  // namespace

void StdoutPublisher::publish(std::string_view topic, std::string_view payload) {
  std::string line(topic);
  line += ' ';
  if (is_binary(payload)) {
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
  std::fwrite(line.data(), 1, line.size(), stream_);
  std::fflush(stream_);
}

}  // namespace vscp_p1::io
