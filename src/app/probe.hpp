#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "app/options.hpp"
#include "app/port_probe.hpp"
#include "io/serial_ports.hpp"

namespace vscp_p1::app {

/// The serial ports of this host with their names, for people.
std::string port_list(const std::vector<io::SerialPort>& ports);

/// A port, and what was found there.
struct Probed {
  SourceUri uri;
  ProbeResult result;
};

/// Listens at all of them at once; shows what it does on standard output.
std::vector<Probed> probe_ports(const std::vector<SourceUri>& ports, const Settings& settings, const TimeZone& zone,
                                std::chrono::milliseconds patience);

/// What was found, or why nothing, and what to do: several lines.
std::string describe(const Probed& probed);

/// --probe; returns the exit code.
int probe(const Options& options);

}  // namespace vscp_p1::app
