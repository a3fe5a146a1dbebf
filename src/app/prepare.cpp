#include "app/prepare.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "app/exit_codes.hpp"
#include "app/secrets.hpp"
#include "io/config.hpp"
#include "io/host.hpp"

namespace vscp_p1::app {
namespace {

constexpr const char* local_config = "./config.ini";

// Everything of the configuration that cannot be known from the file alone: the zone, the host's GUID.
void complete(Configuration& prepared, io::Config& config, const std::string& path) {
  auto& settings = config.settings;
  auto& meter = prepared.meters.front();
  if (const auto uri = parse_source_uri(settings.serial.port)) meter.uri = *uri;
  if (const auto zone = io::load_timezone(settings.vscp.timezone)) {
    meter.zone = *zone;
  } else {
    config.faults.push_back(
        {config.line_of("VSCP", "timezone"), "timezone = " + settings.vscp.timezone + ": " + zone.error()});
  }
  if (!settings.vscp.guid) {
    if (const auto guid = io::host_guid()) {
      settings.vscp.guid = *guid;
    } else {
      config.faults.push_back({config.line_of("VSCP", "guid"), guid.error()});
    }
  }
  complete_secrets(config, path);
  if (settings.mqtt.client_id.empty() && settings.vscp.guid) {
    const GuidText guid(*settings.vscp.guid);
    settings.mqtt.client_id = "vscp-p1d-";
    for (const char c : guid.view().substr(24, 17)) {  // the six bytes in front of the id
      if (c != ':') settings.mqtt.client_id += c;
    }
  }
}

// --watch shows what the meter sends, whatever of it is published.
void switch_all_on(Settings& settings) {
  settings.only.clear();
  settings.send.fill(true);
  settings.skip_zero = false;
}

}  // namespace

void print(std::FILE* stream, const std::string& text) { std::fwrite(text.data(), 1, text.size(), stream); }

std::string config_path(const Options& options) {
  if (options.config) return *options.config;
  for (const char* path : {local_config, system_config}) {
    if (::access(path, F_OK) == 0) return path;
  }
  return {};
}

int prepare(const Options& options, Configuration& prepared, const Tell& tell) {
  using spdlog::level::err;
  using spdlog::level::warn;
  const auto path = config_path(options);
  io::Config config;
  if (!path.empty()) {
    std::ifstream file(path);
    config = io::read_config(file);
    if (!file.is_open() || file.bad()) {
      tell(err, path + ": ", "cannot be read — check the path and its permissions");
      return exit_config;
    }
  } else if (!options.source || !(options.dry_run || options.watch)) {
    tell(err, "no configuration: ",
         std::string("neither ") + local_config + " nor " + system_config + " exists — name one with --config");
    return exit_config;
  }
  if (options.source) config.settings.serial.port = *options.source;
  config.settings.one_shot = config.settings.one_shot || options.one_shot;
  if (options.watch) switch_all_on(config.settings);
  complete(prepared, config, path);
  std::stable_sort(config.faults.begin(), config.faults.end(),
                   [](const io::ConfigRemark& x, const io::ConfigRemark& y) { return x.line < y.line; });
  const auto where = [&path](std::size_t line) {
    return path.empty() ? "" : line == 0 ? path + ": " : path + ":" + std::to_string(line) + ": ";
  };
  for (const auto& warning : config.warnings) tell(warn, where(warning.line), warning.text);
  for (const auto& fault : config.faults) tell(err, where(fault.line), fault.text);
  prepared.settings = config.settings;
  prepared.meters.front().settings = std::move(config.settings);
  return config.faults.empty() ? exit_ok : exit_config;
}

void tell_on_terminal(spdlog::level::level_enum level, const std::string& where, const std::string& text) {
  print(stderr, where + (level == spdlog::level::warn ? "warning: " : "") + text + "\n");
}

}  // namespace vscp_p1::app
