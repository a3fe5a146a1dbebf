#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/discovery.hpp"
#include "vscp_p1/mapper.hpp"
#include "vscp_p1/publisher.hpp"
#include "vscp_p1/settings.hpp"

namespace vscp_p1::app {

/// Tells Home Assistant of every quantity that the meter sends, again when Home Assistant or the meter has changed,
/// and takes back what is not wanted any more. What is published on change only is published again a little later,
/// when Home Assistant is ready to take it. Does nothing without [HOMEASSISTANT] discovery.
class HomeAssistant {
 public:
  struct Handlers {
    std::function<void(const Reading&)> publish_reading;
    std::function<void(const StateChange&)> publish_state;
    std::function<void(std::vector<std::string> filters)> listen;  // for on_message(), from now on
  };

  /// Settings and publisher outlive it.
  HomeAssistant(boost::asio::io_context& loop, const Settings& settings, Discovery discovery, Publisher& publisher,
                Handlers handlers);

  void start();
  /// The settings have changed.
  void reconfigure(Discovery discovery);
  /// A telegram.
  void take(const Mapper::Mapping& mapping, const Discovery::Meter& meter);
  /// The meter says another thing of itself, from the next telegram on.
  void renew();
  /// A message of the broker, or the beginning of it.
  void on_message(const std::string& topic, const std::string& payload);
  void stop() { repeat_.cancel(); }
  /// The meter is gone for good: nothing of it is wanted any more, and nothing listened to.
  void forget();

 private:
  static constexpr std::size_t most_removed = 1000;  // of what nobody here has announced

  // What a configuration depends on beside the settings, and what may have to be published again.
  struct Entity {
    bool is_told = false;
    Obis code{};
    std::uint16_t type = 0;
    std::uint8_t unit = 0;
    const WireUnit* wire_unit = nullptr;
    std::optional<Reading> reading{};
    std::string state{};  // as sent
  };

  void take_reading(const Reading& reading, const Discovery::Meter& meter);
  void take_state(const StateLine& state, const Discovery::Meter& meter);
  void tell(std::size_t quantity, const std::string& config);
  void on_configuration(const std::string& topic);
  bool is_wanted(const std::string& topic) const;
  void listen();
  void repeat_soon();
  void repeat();

  const Settings& settings_;
  Discovery discovery_;
  Publisher& publisher_;
  Handlers handlers_;
  boost::asio::steady_timer repeat_;
  bool repeating_ = false;
  std::map<std::size_t, Entity> entities_;  // by quantity, of those that the meter sent
  std::set<std::string> at_broker_;         // topics of configurations that it keeps
  std::size_t removed_ = 0;
};

}  // namespace vscp_p1::app
