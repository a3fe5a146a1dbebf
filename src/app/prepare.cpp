#include "app/prepare.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <map>
#include <utility>
#include <vector>

#include "app/exit_codes.hpp"
#include "app/secrets.hpp"
#include "io/config.hpp"
#include "io/host.hpp"
#include "io/nearest_name.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1::app {
namespace {

constexpr const char* local_config = "./config.ini";

// Leaves the meters that the options are about; returns what is wrong with that, or nothing.
std::string choose_meters(const Options& options, std::vector<MeterSettings>& meters) {
  const bool has_meters = options.task == Options::Task::run || options.task == Options::Task::check;
  if (!has_meters) meters.clear();
  if (options.meter) {
    const auto name = lower(*options.meter);
    const auto found =
        std::find_if(meters.begin(), meters.end(), [&](const auto& meter) { return meter.name == name; });
    if (found != meters.end()) {
      meters = {MeterSettings(std::move(*found))};
      return {};
    }
    std::vector<std::string> names(meters.size());
    std::transform(meters.begin(), meters.end(), names.begin(), [](const auto& meter) { return meter.name; });
    const auto meant = io::nearest(name, names);
    return "--meter " + escaped(*options.meter, longest_shown) + ": there is no section [METER name] of this name" +
           (meant.empty() ? "" : ", did you mean " + meant + "?");
  }
  const char* option = options.watch     ? "--watch"
                       : options.capture ? "--capture"
                       : options.source  ? "--source"
                                         : nullptr;
  if (option == nullptr || meters.size() <= 1) return {};
  return std::string(option) + " is for one of the " + std::to_string(meters.size()) +
         " meters: name it with --meter NAME";
}

// Everything of the configuration that cannot be known from the file alone: the zone, the host's GUID.
class Completion {
 public:
  Completion(io::Config& config, const std::string& path) : config_(config), path_(path) {}

  Configuration run() {
    auto& settings = config_.settings;
    complete_guid(settings);
    complete_secrets(config_, path_);
    if (settings.mqtt.client_id.empty() && settings.vscp.guid)
      settings.mqtt.client_id = client_id(*settings.vscp.guid);
    const auto zone = load_zone(settings.vscp.timezone, config_.line_of("VSCP", "timezone"));
    Configuration prepared;
    prepared.settings = settings;
    if (config_.meters.empty()) {
      prepared.meters.front() = {{}, settings, uri_of(settings), zone};
      return prepared;
    }
    prepared.meters.clear();
    for (const auto& meter : config_.meters) prepared.meters.push_back(completed(meter, zone));
    return prepared;
  }

 private:
  void complete_guid(Settings& settings) {
    if (settings.vscp.guid) return;
    if (const auto guid = io::host_guid()) {
      settings.vscp.guid = *guid;
    } else {
      config_.faults.push_back({config_.line_of("VSCP", "guid"), guid.error()});
    }
  }

  static std::string client_id(const Guid& guid) {
    const GuidText text(guid);
    std::string id = "vscp-p1d-";
    for (const char c : text.view().substr(24, 17)) {  // the six bytes in front of the id
      if (c != ':') id += c;
    }
    return id;
  }

  static SourceUri uri_of(const Settings& settings) {
    const auto uri = parse_source_uri(settings.serial.port);
    return uri ? *uri : SourceUri{};
  }

  TimeZone load_zone(const std::string& name, std::size_t line) {
    if (const auto zone = io::load_timezone(name)) {
      return *zone;
    } else {
      config_.faults.push_back({line, "timezone = " + name + ": " + zone.error()});
      return {};
    }
  }

  MeterConfiguration completed(const MeterSettings& meter, const TimeZone& zone_of_all) {
    const auto& all = config_.settings;
    const auto section = "METER " + meter.name;
    MeterConfiguration result{meter.name, meter.settings, uri_of(meter.settings), zone_of_all};
    auto& vscp = result.settings.vscp;
    if (vscp.timezone != all.vscp.timezone) {
      result.zone = load_zone(vscp.timezone, config_.line_of(section, "timezone"));
    }
    if (!vscp.guid && all.vscp.guid) vscp.guid = all.vscp.guid->of_meter(meter.name);
    if (!vscp.guid) return result;
    const auto [first, is_first] = guids_.try_emplace(vscp.guid->with_id(0).bytes, meter.name);
    if (is_first) return result;
    const auto line = config_.line_of(section, "guid");
    config_.faults.push_back({line == 0 ? config_.line_of(section, "") : line,
                              "guid: [" + section + "] and [METER " + first->second +
                                  "] have the same in front of the id: give one of the two another"});
    return result;
  }

  io::Config& config_;
  const std::string& path_;
  std::map<std::array<std::uint8_t, 16>, std::string> guids_;  // with the meter's name
};

// --watch shows what the meter sends, whatever of it is published.
void apply(const Options& options, Settings& settings) {
  settings.one_shot = settings.one_shot || options.one_shot;
  if (!options.watch) return;
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
  if (const auto wrong = choose_meters(options, config.meters); !wrong.empty()) {
    tell(err, path.empty() ? "" : path + ": ", wrong);
    return exit_usage;
  }
  if (options.source)
    (config.meters.empty() ? config.settings : config.meters.front().settings).serial.port = *options.source;
  apply(options, config.settings);
  for (auto& meter : config.meters) apply(options, meter.settings);
  prepared = Completion(config, path).run();
  std::stable_sort(config.faults.begin(), config.faults.end(),
                   [](const io::ConfigRemark& x, const io::ConfigRemark& y) { return x.line < y.line; });
  const auto where = [&path](std::size_t line) {
    return path.empty() ? "" : line == 0 ? path + ": " : path + ":" + std::to_string(line) + ": ";
  };
  for (const auto& warning : config.warnings) tell(warn, where(warning.line), warning.text);
  for (const auto& fault : config.faults) tell(err, where(fault.line), fault.text);
  return config.faults.empty() ? exit_ok : exit_config;
}

void tell_on_terminal(spdlog::level::level_enum level, const std::string& where, const std::string& text) {
  print(stderr, where + (level == spdlog::level::warn ? "warning: " : "") + text + "\n");
}

}  // namespace vscp_p1::app
