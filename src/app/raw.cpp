#include "app/raw.hpp"

#include <utility>

#include "app/topics.hpp"

namespace vscp_p1::app {

RawOutput::RawOutput(boost::asio::io_context& loop, const MeterLog& log)
    : server_(loop, {[this, &log](const std::string& fault) {
                       if (std::exchange(fault_, fault) != fault) log.warn("{}", fault);
                     },
                     [this, &log](const std::string& text) {
                       fault_.clear();
                       log.info("{}", text);
                     },
                     [&log](const std::string& text) { log.info("{}", text); }}) {}

void RawOutput::configure(const RawSettings& settings, const MqttSettings& mqtt, const Guid& guid) {
  topic_.reset();
  if (!settings.topic.empty()) topic_ = compiled(mqtt.prefixed(settings.topic));
  retain_ = settings.retain;
  guid_ = guid;
  server_.listen(settings.tcp_address, settings.tcp_port);
}

void RawOutput::give(std::string_view telegram, std::string_view meter, Publisher& publisher) {
  server_.send(telegram);
  if (!topic_) return;
  expanded_.clear();
  Event place;
  place.guid = guid_;
  topic_->expand(place, meter, expanded_);
  publisher.publish(expanded_, telegram, retain_);
}

}  // namespace vscp_p1::app
