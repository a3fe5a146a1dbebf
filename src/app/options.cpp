#include "app/options.hpp"

#include <getopt.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "vscp_p1/source_uri.hpp"

namespace vscp_p1::app {
namespace {

enum LongOnly {
  source = 256,
  meter,
  capture,
  dry_run,
  watch,
  check,
  list_quantities,
  unknown,
  show_version,
  probe,
  timeout,
  setup,
  port,
  broker,
  user,
  password_file,
  yes
};

const std::array<option, 24> long_options = {{
    {"config", required_argument, nullptr, 'c'},
    {"configure", required_argument, nullptr, 'c'},  // the Python script's name for it
    {"verbose", no_argument, nullptr, 'v'},
    {"debug", no_argument, nullptr, 'd'},
    {"oneshot", no_argument, nullptr, 's'},
    {"source", required_argument, nullptr, source},
    {"meter", required_argument, nullptr, meter},
    {"capture", required_argument, nullptr, capture},
    {"dry-run", no_argument, nullptr, dry_run},
    {"watch", no_argument, nullptr, watch},
    {"check", no_argument, nullptr, check},
    {"list-quantities", no_argument, nullptr, list_quantities},
    {"unknown", no_argument, nullptr, unknown},
    {"probe", no_argument, nullptr, probe},
    {"timeout", required_argument, nullptr, timeout},
    {"setup", no_argument, nullptr, setup},
    {"port", required_argument, nullptr, port},
    {"broker", required_argument, nullptr, broker},
    {"user", required_argument, nullptr, user},
    {"password-file", required_argument, nullptr, password_file},
    {"yes", no_argument, nullptr, yes},
    {"version", no_argument, nullptr, show_version},
    {"help", no_argument, nullptr, 'h'},
    {nullptr, 0, nullptr, 0},
}};

using Task = Options::Task;

// Whether it is a number of seconds that is not too long to wait.
bool read_seconds(std::string_view text, std::optional<std::chrono::seconds>& seconds) {
  constexpr unsigned longest = 3600;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  seconds = std::chrono::seconds{number};
  return error == std::errc{} && end == text.data() + text.size() && number >= 1 && number <= longest;
}

// A text for the user; empty: all is well.
std::string source_fault(std::string_view name, const std::string& value) {
  const auto uri = parse_source_uri(value);
  return uri ? std::string{} : std::string(name) + "\"" + value + "\" " + uri.error();
}

constexpr auto task_names = std::to_array<std::string_view>(
    {"", "--check", "--list-quantities", "--unknown", "--probe", "--setup", "--version", "--help"});

std::string_view name_of(Task task) { return task_names[static_cast<std::size_t>(task)]; }

// An option, and what it has an effect on.
struct Use {
  std::string_view name;
  bool is_given;
  std::vector<Task> tasks;
};

// An option that the task would ignore.
std::string idle_option(const Options& options) {
  const auto task = options.task;
  const std::vector<Task> all_but_searches = {Task::run, Task::check, Task::list_quantities, Task::list_unknown};
  const std::vector<Use> uses = {{"--source", options.source.has_value(), all_but_searches},
                                 {"--meter", options.meter.has_value(), {Task::run, Task::check}},
                                 {"--capture", options.capture.has_value(), {Task::run}},
                                 {"--dry-run", options.dry_run, all_but_searches},
                                 {"--watch", options.watch, all_but_searches},
                                 {"--oneshot", options.one_shot, all_but_searches},
                                 {"--timeout", options.timeout.has_value(), {Task::probe, Task::set_up}}};
  for (const auto& use : uses) {
    if (!use.is_given || std::find(use.tasks.begin(), use.tasks.end(), task) != use.tasks.end()) continue;
    return std::string(use.name) + (task == Task::run ? " belongs to --probe and --setup"
                                                      : " has no effect with " + std::string(name_of(task)));
  }
  return {};
}

// Options that do not fit together.
std::string contradiction(const Options& options) {
  const bool answers = options.port || options.broker || options.user || options.password_file || options.yes;
  if (answers && options.task != Task::set_up) {
    return "--port, --broker, --user, --password-file and --yes belong to --setup";
  }
  if (options.config && options.config->empty()) return "--config needs the name of a file";
  if (options.capture && options.capture->empty()) return "--capture needs the name of a file";
  if (options.watch && options.dry_run) return "--watch and --dry-run exclude each other";
  if (auto fault = idle_option(options); !fault.empty()) return fault;
  for (const auto& name : options.ports) {
    if (options.task != Task::probe) return "unexpected argument " + name;
    if (auto fault = source_fault("", name); !fault.empty()) return fault;
  }
  return options.source ? source_fault("--source ", *options.source) : std::string{};
}

}  // namespace

std::variant<Options, std::string> parse_options(int argc, char** argv) {
  Options options;
  std::vector<Task> tasks;
  opterr = 0;
  optind = 1;
  while (true) {
    const int next = getopt_long(argc, argv, ":c:vdsh", long_options.data(), nullptr);
    if (next == -1) break;
    switch (next) {
      case 'c': options.config = optarg; break;
      case 'v': options.verbosity = std::max(options.verbosity, io::Verbosity::verbose); break;
      case 'd': options.verbosity = io::Verbosity::debug; break;
      case 's': options.one_shot = true; break;
      case source: options.source = optarg; break;
      case meter: options.meter = optarg; break;
      case capture: options.capture = optarg; break;
      case dry_run: options.dry_run = true; break;
      case watch: options.watch = true; break;
      case check: tasks.push_back(Task::check); break;
      case list_quantities: tasks.push_back(Task::list_quantities); break;
      case unknown: tasks.push_back(Task::list_unknown); break;
      case probe: tasks.push_back(Task::probe); break;
      case timeout:
        if (!read_seconds(optarg, options.timeout)) return std::string("--timeout must be from 1 to 3600 seconds");
        break;
      case setup: tasks.push_back(Task::set_up); break;
      case port: options.port = optarg; break;
      case broker: options.broker = optarg; break;
      case user: options.user = optarg; break;
      case password_file: options.password_file = optarg; break;
      case yes: options.yes = true; break;
      case show_version: tasks.push_back(Task::show_version); break;
      case 'h': tasks.push_back(Task::show_help); break;
      case ':': return std::string(argv[optind - 1]) + " needs a value";
      default: return "unknown option " + std::string(argv[optind - 1]);
    }
  }
  options.ports.assign(argv + optind, argv + argc);
  if (!tasks.empty()) options.task = *std::max_element(tasks.begin(), tasks.end());
  if (options.task >= Task::show_version) return options;
  for (const auto task : tasks) {
    if (task == options.task) continue;
    return std::string(name_of(task)) + " and " + std::string(name_of(options.task)) + " exclude each other";
  }
  if (auto fault = contradiction(options); !fault.empty()) return fault;
  return options;
}

std::string help_text() {
  return R"(Usage: vscp-p1d [options]
Reads the P1/HAN port of an electricity meter and publishes every reading as a VSCP event over MQTT.

  -c, --config FILE      configuration; default ./config.ini, else /etc/vscp-p1d/config.ini
  -v, --verbose          log each telegram
  -d, --debug            log each message
  -s, --oneshot          one good telegram, acknowledged by the broker, then exit
      --source URI       instead of serial_port: /dev/…, tcp://host:port, file:PATH, - (standard input), emulator:;
                         file:PATH?speed=60 replays a capture 60 times as fast as it was made, 0 as fast as possible
      --meter NAME       only this meter of those that have sections [METER name]
      --capture FILE     write what the source sends, with its timing, to a new file too: for bug reports and replays
      --dry-run          no broker: each message is a line "topic payload" on standard output
      --watch            no broker: every value, its age and the counters in the terminal; q quits. Without a terminal, or
                         with --oneshot, as text
      --check            check the configuration and show every effective setting
      --list-quantities  the table of quantities, tab-separated: key, OBIS, VSCP type, unit code, unit, default id,
                         default sensor index, default note, switch
      --unknown          read telegrams or a capture (--source file:PATH, else standard input), show the lines with unknown codes
      --probe [PORT…]    look for a meter at these ports, or at all: settings, meter, readings, or why there is none
      --setup            ask for port, broker and login, write config.ini, check it, send one telegram through;
                         --port PORT, --broker HOST[:PORT], --user NAME, --password-file FILE answer beforehand,
                         --yes takes the defaults for the rest and changes a config.ini that exists
      --timeout SECONDS  with these two: patience at each setting of the serial line (default 12)
      --version          show the version
  -h, --help             show this text

SIGHUP has the configuration read again; SIGTERM and SIGINT end the program in order.
Exit codes: 0, 64 usage, 69 unavailable, 70 internal error, 78 configuration.
)";
}

}  // namespace vscp_p1::app
