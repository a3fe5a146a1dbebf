#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <variant>

#include "app/exit_codes.hpp"
#include "app/listings.hpp"
#include "app/options.hpp"
#include "app/pipeline.hpp"
#include "app/prepare.hpp"
#include "app/probe.hpp"
#include "app/setup.hpp"
#include "io/config.hpp"
#include "vscp_p1/broker.hpp"

namespace vscp_p1::app {
namespace {

// Which names the level itself.
void tell_in_log(spdlog::level::level_enum level, const std::string& where, const std::string& text) {
  spdlog::log(level, "{}{}", where, text);
}

int check(const Options& options) {
  Configuration prepared;
  if (const int code = prepare(options, prepared, tell_on_terminal); code != exit_ok) return code;
  print(stdout, io::show_settings(prepared.settings));
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

int run(const Options& options) {
  Pipeline::hold_reload();
  Configuration prepared;
  if (const int code = prepare(options, prepared, tell_on_terminal); code != exit_ok) return code;
  Pipeline::hold_signals();
  io::start_log(options.verbosity);
  spdlog::info("vscp-p1d {}: {} → {}", VSCP_P1_VERSION, prepared.uri.text,
               options.dry_run ? "standard output" : broker_names(prepared.settings.mqtt));
  return Pipeline(std::move(prepared), options.dry_run, reader_of(options)).run();
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
