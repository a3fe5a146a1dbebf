#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/meter_log.hpp"
#include "io/telegram_server.hpp"
#include "vscp_p1/guid.hpp"
#include "vscp_p1/publisher.hpp"
#include "vscp_p1/settings.hpp"
#include "vscp_p1/topic.hpp"

namespace vscp_p1::app {

/// Telegrams as received, for other programs: at a topic and at a TCP port.
class RawOutput {
 public:
  /// The log outlives it.
  RawOutput(boost::asio::io_context& loop, const MeterLog& log);

  void configure(const RawSettings& settings, const MqttSettings& mqtt, const Guid& guid);
  /// A good telegram of the meter with this id.
  void give(std::string_view telegram, std::string_view meter, Publisher& publisher);
  void close() { server_.close(); }

 private:
  std::optional<TopicTemplate> topic_;
  bool retain_ = false;
  Guid guid_;
  std::string expanded_;
  std::string fault_;  // as said
  io::TelegramServer server_;
};

}  // namespace vscp_p1::app
