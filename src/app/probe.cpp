#include "app/probe.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <memory>
#include <utility>

#include "app/advice.hpp"
#include "app/exit_codes.hpp"
#include "app/prepare.hpp"
#include "io/serial_ports.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1::app {
namespace {

using State = ProbeResult::State;

std::string at(const ProbeResult& result) { return result.format ? " at " + result.format->text() : std::string{}; }

std::string_view crc_text(CrcState state) {
  switch (state) {
    case CrcState::good: return "good";
    case CrcState::not_sent: return "none sent";
    case CrcState::not_checked: break;
  }
  return "not checked (crc = off)";
}

void show(const std::string& line) {
  print(stdout, line + "\n");
  std::fflush(stdout);
}

std::string describe_meter(const ProbeResult& result) {
  const auto& meter = result.meter;
  std::string text =
      "meter found\n  header:   /" + meter.header + "\n  standard: looks like " + meter.standard + "\n";
  if (result.format) text += "  settings: " + result.format->text() + "\n";
  if (meter.is_encrypted) text += "  encryption: the key fits\n";
  text += "  readings: " + std::to_string(meter.readings.size()) + " (telegram of " + std::to_string(meter.lines) +
          " lines)\n  CRC:      " + std::string(crc_text(meter.crc)) + "\n";
  return text;
}

std::string describe_obstacle(const ProbeResult& result) {
  const auto because = [&result](const std::string& what, const std::string& detail = {}) {
    return what + at(result) + detail + " — " + std::string(advice(result.reason)) + "\n";
  };
  switch (result.reason) {
    case Errc::hdlc_frame: return because("a binary DLMS meter", ": its frames begin with 7E (HDLC)");
    case Errc::mbus_frame: return because("a binary DLMS meter", ": its frames begin with 68 (M-Bus)");
    case Errc::key_missing: return because("an encrypted meter", ": it needs a key");
    case Errc::crc_mismatch:
      return "telegrams with a wrong CRC" + at(result) +
             " — check the cable: long and bad ones change bytes; if the meter's CRC is wrong, set crc = off\n";
    default: return because(std::string(message(result.reason)));
  }
}

std::string describe_bytes(const ProbeResult& result) {
  const auto came = std::to_string(result.bytes) + " bytes, but no telegram: ";
  switch (result.kind) {
    case LineKind::inverted:
      return came + "the signal is inverted, text came upside down" + at(result) +
             " — use a P1 cable, which inverts it, or put an inverter into the line\n";
    case LineKind::text:
      if (result.reason == Errc::telegram_cut) {
        return came + "telegrams begin and are cut short" + at(result) +
               " — check the cable and its plugs, and that no other program reads this port\n";
      }
      return came + "text came" + at(result) + ", " +
             (result.reason == Errc::noise ? "without the begin and end of a telegram"
                                           : "but: " + std::string(message(result.reason))) +
             " — check the cable; is this the meter's P1 port?\n";
    case LineKind::even_parity:
      return came + "seven bits with even parity" + at(result) +
             " — set serial_bytesize = 7 and serial_parity = even\n";
    default:
      return came + (result.format ? "garbage at all settings" : "garbage") +
             " — an inverted signal (the cable must invert it), or a rate that is not among those: set "
             "serial_baudrate\n";
  }
}

// There is no cable to check.
std::string describe_file(const ProbeResult& result) {
  if (result.bytes == 0) return "it is empty — make a capture with vscp-p1d --capture FILE\n";
  return std::to_string(result.bytes) + " bytes, but no telegram: " +
         (result.reason == Errc::noise ? "none begins and ends" : std::string(message(result.reason))) +
         " — check that it is what a meter sent, or a capture, and not changed on its way\n";
}

std::string config_lines(const Probed& probed) {
  std::string text = "In config.ini:\n[SERIAL]\nserial_port = " + probed.uri.text + "\n";
  const auto& format = probed.result.format;
  if (!format) return text;
  text += "serial_baudrate = " + std::to_string(format->baudrate) + "\n";
  if (format->bytesize != 8) text += "serial_bytesize = " + std::to_string(format->bytesize) + "\n";
  if (format->parity != Parity::none) {
    text += std::string("serial_parity = ") + (format->parity == Parity::even ? "even" : "odd") + "\n";
  }
  if (format->stopbits != 1) text += "serial_stopbits = " + std::to_string(format->stopbits) + "\n";
  const auto found_by_itself = line_candidates({});
  const bool is_found = std::find(found_by_itself.begin(), found_by_itself.end(), *format) != found_by_itself.end();
  return text + (is_found ? "serial_baudrate = auto, the default, finds these settings by itself.\n" : "");
}

// Under another name it would be in use by this very program.
bool is_same_port(const SourceUri& x, const SourceUri& y) {
  const bool are_devices = x.kind == SourceUri::Kind::device && y.kind == SourceUri::Kind::device;
  return x.text == y.text || (are_devices && io::is_same_device(x.path, y.path));
}

}  // namespace

std::string port_list(const std::vector<io::SerialPort>& ports) {
  if (ports.empty()) return "No serial port is present — plug the cable in, or name a port.\n";
  std::string text = "Serial ports:\n";
  for (const auto& port : ports) text += "  " + port.device + (port.name.empty() ? "" : "  " + port.name) + "\n";
  return text;
}

std::vector<Probed> probe_ports(const std::vector<SourceUri>& ports, const Settings& settings, const TimeZone& zone,
                                std::chrono::milliseconds patience) {
  boost::asio::io_context loop(1);
  std::vector<std::unique_ptr<PortProbe>> probes;
  std::size_t left = ports.size();
  for (const auto& uri : ports) {
    PortProbe::Handlers handlers;
    handlers.trying = [name = uri.text](const LineFormat& format) {
      if (::isatty(STDOUT_FILENO) == 1) show(name + ": trying " + format.text());
    };
    handlers.heard = [begin = uri.text + ": "](const std::string& text) { show(begin + text); };
    handlers.done = [&left, &loop] {
      if (--left == 0) loop.stop();
    };
    probes.push_back(std::make_unique<PortProbe>(loop, uri, settings, zone, patience, std::move(handlers)));
  }
  for (const auto& one : probes) one->start();
  if (left > 0) loop.run();
  std::vector<Probed> found;
  found.reserve(probes.size());
  for (const auto& one : probes) found.push_back({one->uri(), one->result()});
  return found;
}

std::string describe(const Probed& probed) {
  const auto& result = probed.result;
  const auto name = probed.uri.text + (probed.uri.text.ends_with(':') ? " " : ": ");  // emulator: has one
  const bool has_nothing = result.state == State::silent || result.state == State::unreadable ||
                           (result.state == State::obstacle && result.reason == Errc::crc_mismatch);
  if (has_nothing && !probed.uri.is_line()) return name + describe_file(result);
  switch (result.state) {
    case State::meter: return name + describe_meter(result);
    case State::obstacle: return name + describe_obstacle(result);
    case State::in_use: return name + "in use by another program — sudo systemctl stop vscp-p1d first\n";
    case State::closed: return result.fault + "\n";
    case State::unreadable: return name + describe_bytes(result);
    case State::silent: break;
  }
  return name +
         "no bytes came — check the cable; the meter sends only while its request line (D_Rqst) is on, so the "
         "cable must connect it; or the grid company has not activated the port: ask it to\n";
}

int probe(const Options& options) {
  Configuration prepared;
  if (options.config) {
    if (const int code = prepare(options, prepared, tell_on_terminal); code != exit_ok) return code;
  }
  std::vector<SourceUri> ports;
  const auto present = io::serial_ports();
  print(stdout, port_list(present));
  for (const auto& name : options.ports) {
    const auto is_same = [&](const SourceUri& port) { return is_same_port(port, *parse_source_uri(name)); };
    if (std::none_of(ports.begin(), ports.end(), is_same)) ports.push_back(*parse_source_uri(name));
  }
  if (options.ports.empty()) {
    for (const auto& port : present) ports.push_back(*parse_source_uri(port.best_name()));
  }
  const auto found = probe_ports(ports, prepared.settings, prepared.meters.front().zone, options.patience());
  for (const auto& one : found) print(stdout, "\n" + describe(one));
  const auto is_meter = [](const Probed& one) { return one.result.state == State::meter; };
  for (const auto& one : found) {
    if (is_meter(one)) print(stdout, "\n" + config_lines(one));
  }
  return std::any_of(found.begin(), found.end(), is_meter) ? exit_ok : exit_unavailable;
}

}  // namespace vscp_p1::app
