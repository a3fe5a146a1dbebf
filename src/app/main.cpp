#include <fcntl.h>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/daemon.hpp"
#include "app/exit_codes.hpp"
#include "app/listings.hpp"
#include "app/options.hpp"
#include "app/prepare.hpp"
#include "app/probe.hpp"
#include "app/setup.hpp"
#include "io/capture_file.hpp"
#include "io/config.hpp"
#include "io/host.hpp"
#include "vscp_p1/broker.hpp"
#include "vscp_p1/capture.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1::app {
namespace {

Output output_of(const Options& options) {
  if (options.watch) return Output::view;
  return options.dry_run ? Output::messages : Output::broker;
}

// Which names the level itself.
void tell_in_log(spdlog::level::level_enum level, const std::string& where, const std::string& text) {
  spdlog::log(level, "{}{}", where, text);
}

int check(const Options& options) {
  Configuration prepared;
  if (const int code = prepare(options, prepared, tell_on_terminal); code != exit_ok) return code;
  std::vector<MeterSettings> meters;
  for (const auto& meter : prepared.meters) {
    if (!meter.name.empty()) meters.push_back({meter.name, meter.settings});
  }
  print(stdout, io::show_settings(prepared.settings, meters));
  return exit_ok;
}

// The same file as at the start, wherever the program would look for one now.
ReadAgain reader_of(Options options) {
  options.config = config_path(options);
  if (options.config->empty()) return {};
  return [options]() -> std::optional<Configuration> {
    Configuration next;
    if (prepare(options, next, tell_in_log) == exit_ok) return next;
    spdlog::error("{}: faulty, keeping the old configuration", *options.config);
    return std::nullopt;
  };
}

std::string broker_names(const MqttSettings& settings) {
  std::string names;
  const auto brokers = parse_brokers(settings.host, settings.port);
  for (const auto& broker : *brokers) {
    names += (names.empty() ? "" : ", ") + broker.text();
  }
  return names + (settings.tls ? " (TLS)" : "");
}

std::string source_names(const std::vector<MeterConfiguration>& meters) {
  return meters.size() == 1 ? meters.front().uri.text : std::to_string(meters.size()) + " meters";
}

// Null when that cannot be, which is told.
std::unique_ptr<io::CaptureFile> make_capture(const std::string& path, const Configuration& configuration) {
  const auto& [name, settings, uri, zone] = configuration.meters.front();
  const auto now = io::now();
  const auto head =
      capture_head({"vscp-p1d " VSCP_P1_VERSION, uri.text, settings.serial,
                    settings.encryption.decryption_key.has_value(), now, zone.offset_at_utc(now.seconds)});
  io::CaptureFile::Handlers handlers;
  handlers.failed = [path](const std::string& reason) {
    spdlog::warn("capture {}: {}; what comes is not captured", path, reason);
  };
  handlers.recovered = [path] { spdlog::info("capture {}: works again", path); };
  auto made = io::CaptureFile::create(path, head, std::move(handlers));
  if (made) return std::move(*made);
  print(stderr, "vscp-p1d: --capture " + escaped(path) + ": " + made.error() + "\n");
  return nullptr;
}

int run(const Options& options) {
  Daemon::hold_reload();
  Configuration prepared;
  if (const int code = prepare(options, prepared, tell_on_terminal); code != exit_ok) return code;
  std::unique_ptr<io::CaptureFile> capture;
  if (options.capture) {
    capture = make_capture(*options.capture, prepared);
    if (!capture) return exit_unavailable;
  }
  Daemon::hold_signals();
  io::start_log(options.verbosity);
  const auto output = output_of(options);
  spdlog::info("vscp-p1d {}: {} → {}", VSCP_P1_VERSION, source_names(prepared.meters),
               output == Output::broker ? broker_names(prepared.settings.mqtt) : "standard output");
  Daemon daemon(std::move(prepared), output, reader_of(options));
  if (capture) daemon.capture_to(std::move(capture));
  return daemon.run();
}

// Codes that the configuration adds are known too, if one is named.
int list_unknown(const Options& options) {
  Configuration prepared;
  if (options.config) {
    if (const int code = prepare(options, prepared, tell_on_terminal); code != exit_ok) return code;
  }
  const auto uri = options.source ? *parse_source_uri(*options.source) : SourceUri{};
  if (!options.source || uri.kind == SourceUri::Kind::standard_input) {
    print(stdout, unknown_lines(std::cin, prepared.settings));
    return exit_ok;
  }
  std::ifstream file(uri.path, std::ios::binary);
  print(stdout, unknown_lines(file, prepared.settings));
  if (file.is_open()) return exit_ok;
  print(stderr, uri.text + ": cannot be read — name a capture with --source file:PATH\n");
  return exit_unavailable;
}

int dispatch(int argc, char** argv) {
  const auto parsed = parse_options(argc, argv);
  if (const auto* fault = std::get_if<std::string>(&parsed)) {
    print(stderr, "vscp-p1d: " + *fault + " — see vscp-p1d --help\n");
    return exit_usage;
  }
  const auto& options = std::get<Options>(parsed);
  switch (options.task) {
    case Options::Task::show_help: print(stdout, help_text()); return exit_ok;
    case Options::Task::show_version: print(stdout, "vscp-p1d " VSCP_P1_VERSION "\n"); return exit_ok;
    case Options::Task::list_quantities: print(stdout, quantity_list()); return exit_ok;
    case Options::Task::list_unknown: return list_unknown(options);
    case Options::Task::check: return check(options);
    case Options::Task::probe: return probe(options);
    case Options::Task::set_up: return set_up(options);
    case Options::Task::run: break;
  }
  return run(options);
}

}  // namespace
}  // namespace vscp_p1::app

int main(int argc, char** argv) {
  mallopt(M_ARENA_MAX, 1);  // Paho's threads free what the loop allocated, and the other way round
  // A caller may have closed the standard streams: their numbers must not go to sockets and files of ours.
  while (true) {
    const int descriptor = ::open("/dev/null", O_RDWR);
    if (descriptor > STDERR_FILENO) ::close(descriptor);
    if (descriptor < 0 || descriptor > STDERR_FILENO) break;
  }
  try {
    return vscp_p1::app::dispatch(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vscp-p1d: internal error: %s\n", error.what());
    return vscp_p1::app::exit_internal;
  }
}
