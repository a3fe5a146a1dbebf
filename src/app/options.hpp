#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "io/log.hpp"

namespace vscp_p1::app {

/// The command line.
struct Options {
  enum class Task { run, check, list_quantities, list_unknown, probe, set_up, show_version, show_help };

  Task task = Task::run;
  std::optional<std::string> config;   // none: ./config.ini, else /etc/vscp-p1d/config.ini
  std::optional<std::string> source;   // instead of serial_port of the configuration
  std::optional<std::string> meter;    // only this one of the configuration
  std::optional<std::string> capture;  // a new file for what the source sends
  bool one_shot = false;
  bool dry_run = false;
  bool watch = false;
  io::Verbosity verbosity = io::Verbosity::normal;

  std::vector<std::string> ports;               // of --probe; none: all that are present
  std::optional<std::chrono::seconds> timeout;  // of --probe and --setup
  std::optional<std::string> port;              // answers to the questions of --setup
  std::optional<std::string> broker;
  std::optional<std::string> user;
  std::optional<std::string> password_file;
  bool yes = false;  // to all questions that are left

  /// Of --probe and --setup, at one setting of the line.
  std::chrono::seconds patience() const { return timeout.value_or(std::chrono::seconds{12}); }
};

/// The options, or what is wrong with them.
std::variant<Options, std::string> parse_options(int argc, char** argv);

std::string help_text();

}  // namespace vscp_p1::app
