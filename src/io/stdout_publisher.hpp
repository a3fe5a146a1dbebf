#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "io/standard_output.hpp"
#include "vscp_p1/publisher.hpp"

namespace vscp_p1::io {

/// --dry-run: each message is one line `topic payload` on standard output; a payload with control characters is shown
/// as `hex:…`. States belong to a connection, so there are none here.
class StdoutPublisher final : public Publisher {
 public:
  /// `failed` as in StandardOutput.
  explicit StdoutPublisher(std::function<void(const std::string& reason)> failed) : output_(std::move(failed)) {}

  void publish(std::string_view topic, std::string_view payload, bool retained) override;
  void set_state(std::string_view /*topic*/, std::string_view /*payload*/) override {}
  std::size_t waiting() const noexcept override { return 0; }
  std::size_t spooled() const noexcept override { return 0; }
  void reconfigure(const MqttSettings& /*settings*/, const SpoolSettings& /*spool*/,
                   std::string_view /*status_topic*/) override {}
  void stop(std::function<void()> done) override { done(); }

 private:
  StandardOutput output_;
};

}  // namespace vscp_p1::io
