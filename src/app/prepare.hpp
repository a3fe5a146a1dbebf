#pragma once

#include <spdlog/common.h>

#include <cstdio>
#include <functional>
#include <string>

#include "app/configuration.hpp"
#include "app/options.hpp"

namespace vscp_p1::app {

inline constexpr const char* system_config = "/etc/vscp-p1d/config.ini";

/// Says a fault or a warning of the configuration: where it is, and what.
using Tell = std::function<void(spdlog::level::level_enum, const std::string& where, const std::string& text)>;

void print(std::FILE* stream, const std::string& text);

/// The configuration that the options name, or else the one that is found; empty: there is none.
std::string config_path(const Options& options);

/// Reads, completes and judges the configuration. Tells every fault and warning; returns an exit code.
int prepare(const Options& options, Configuration& prepared, const Tell& tell);

/// To standard error.
void tell_on_terminal(spdlog::level::level_enum level, const std::string& where, const std::string& text);

}  // namespace vscp_p1::app
