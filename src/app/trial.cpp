#include "app/trial.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdio>
#include <utility>

#include "app/daemon.hpp"
#include "app/exit_codes.hpp"
#include "app/prepare.hpp"
#include "app/probe.hpp"
#include "io/log.hpp"
#include "io/mqtt_client.hpp"
#include "vscp_p1/broker.hpp"
#include "vscp_p1/detection.hpp"
#include "vscp_p1/guid.hpp"

namespace vscp_p1::app {
namespace {

constexpr std::chrono::seconds broker_patience{20};
constexpr std::size_t values_shown = 5;

// Why no broker of the list takes the login; empty: one does. The daemon's connection is left alone: the client has a
// name of its own, and no will.
std::string broker_fault(MqttSettings mqtt) {
  boost::asio::io_context loop(1);
  boost::asio::steady_timer limit(loop, broker_patience);
  std::string fault;
  io::MqttClient* knocking = nullptr;
  mqtt.client_id += "-setup";
  const auto note = [&](const std::string& reason) {
    fault += (fault.empty() ? "" : "\n") + std::string("broker ") + knocking->broker().text() + ": " + reason;
    knocking->is_at_end() ? loop.stop() : knocking->connect();
  };
  io::MqttClient::Handlers handlers;
  handlers.connected = [&] {
    fault.clear();
    print(stdout, "broker " + knocking->broker().text() + ": connected\n");
    if (!knocking->disconnect()) loop.stop();  // it is gone already
  };
  handlers.failed = note;
  handlers.lost = note;
  handlers.disconnected = [&] { loop.stop(); };
  limit.async_wait([&](const boost::system::error_code& error) {
    if (error) return;
    fault = "broker " + knocking->broker().text() + ": no answer — check its address";
    loop.stop();
  });
  io::MqttClient client(loop, std::move(mqtt), {}, std::move(handlers));
  knocking = &client;
  client.connect();
  loop.run();
  return fault;
}

// As --oneshot, with what was found at the port. The spool belongs to the service.
bool send_one(Configuration configuration, const ProbeResult& found) {
  configuration.settings.spool.enabled = false;
  auto& settings = configuration.meters.front().settings;
  settings.one_shot = true;
  if (found.format) settings.serial = with_format(settings.serial, *found.format);
  Daemon::hold_reload();
  Daemon::hold_signals();
  io::start_log(io::Verbosity::normal);
  Daemon daemon(std::move(configuration), Output::broker, {});
  const bool went_through = daemon.run() == exit_ok && !daemon.is_interrupted();
  ::alarm(0);  // the last resort of its end
  return went_through;
}

std::string where_to_look(const Settings& settings) {
  const auto& mqtt = settings.mqtt;
  const auto broker = parse_brokers(mqtt.host, mqtt.port)->front();
  const GuidText guid(*settings.vscp.guid);
  const bool is_usual = !settings.no_vscp && mqtt.topic == MqttSettings{}.topic;
  const auto topics = is_usual ? "vscp/" + std::string(guid.view().substr(0, 41)) + ":…" : "the topics you have set";
  const auto options =
      (mqtt.user.empty() ? "" : " -u " + mqtt.user + " -P …") + (mqtt.tls ? " --tls-use-os-certs" : "");
  return "Look at " + topics + " in MQTT Explorer, or\nmosquitto_sub -h " + broker.host + " -p " +
         std::to_string(broker.port) + options + " -t '" + (is_usual ? "vscp/#" : "#") + "' -v\n";
}

std::string values_of(const MeterFinding& meter) {
  std::string text;
  const auto shown = std::min(values_shown, meter.readings.size());
  for (std::size_t i = 0; i < shown; ++i)
    text += "  " + meter.readings[i].key + " = " + meter.readings[i].text + "\n";
  const auto left = meter.readings.size() - shown;
  return left == 0 ? text : text + "  and " + std::to_string(left) + " more\n";
}

}  // namespace

Trial::Outcome Trial::run(const Configuration& configuration) const {
  const auto& [name, settings, uri, zone] = configuration.meters.front();
  print(stdout, "Listening to " + uri.text + " …\n");
  const auto probed = probe_ports({uri}, settings, zone, patience_).front();
  print(stdout, describe(probed));
  const auto fault = broker_fault(settings.mqtt);
  const auto& found = probed.result;
  Outcome outcome;
  outcome.needs_key = found.state == ProbeResult::State::obstacle && found.reason == Errc::key_missing;
  const bool has_meter = found.state == ProbeResult::State::meter;
  if (has_meter || found.state == ProbeResult::State::obstacle) outcome.format = found.format;
  if (!fault.empty()) outcome.text = fault + "\n";
  if (!has_meter) outcome.text += "No telegram was sent: there is no meter that can be read yet, see above.\n";
  if (!has_meter || !fault.empty()) return outcome;

  print(stdout, "Sending the next telegram …\n");
  std::fflush(stdout);
  outcome.is_good = send_one(configuration, found);
  outcome.text = outcome.is_good ? "One telegram went through: " + std::to_string(found.meter.readings.size()) +
                                       " readings.\n" + values_of(found.meter) + where_to_look(settings)
                                 : "The telegram did not go through, see above.\n";
  return outcome;
}

}  // namespace vscp_p1::app
