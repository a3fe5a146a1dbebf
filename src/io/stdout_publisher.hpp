#pragma once

#include <cstdio>
#include <functional>
#include <string_view>

#include "vscp_p1/publisher.hpp"

namespace vscp_p1::io {

/// --dry-run: each message is one line `topic payload` on a stream; a payload that is not printable ASCII or UTF-8
/// text is shown as `hex:…`. States belong to a connection, so there are none here.
class StdoutPublisher final : public Publisher {
 public:
  explicit StdoutPublisher(std::FILE* stream = stdout) : stream_(stream) {}

  void publish(std::string_view topic, std::string_view payload) override;
  void set_state(std::string_view /*topic*/, std::string_view /*payload*/) override {}
  std::size_t waiting() const noexcept override { return 0; }
  void stop(std::function<void()> done) override { done(); }

 private:
  std::FILE* stream_;
};

}  // namespace vscp_p1::io
