#pragma once

#include <functional>
#include <memory>
#include <string>

#include "io/mqtt_tls.hpp"
#include "vscp_p1/broker.hpp"
#include "vscp_p1/settings.hpp"

namespace boost::asio {
class io_context;
}

namespace vscp_p1::io {

/// Finds out why a broker cannot be reached, which Paho does not tell: looks its name up, connects, shakes hands, and
/// puts what went wrong into words for the user. Never blocks the loop; takes some seconds at most.
class MqttProbe {
 public:
  using Done = std::function<void(const std::string& reason)>;

  /// Begins. `done` is not called when the probe is destroyed before.
  MqttProbe(boost::asio::io_context& loop, MqttSettings settings, BrokerAddress broker, TlsContext context,
            Done done);
  ~MqttProbe();
  MqttProbe(const MqttProbe&) = delete;
  MqttProbe& operator=(const MqttProbe&) = delete;

 private:
  class Attempt;
  std::shared_ptr<Attempt> attempt_;
};

}  // namespace vscp_p1::io
