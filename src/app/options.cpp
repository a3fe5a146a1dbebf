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

const std::array<option, 23> long_options = {{
    {"config", required_argument, nullptr, 'c'},
    {"configure", required_argument, nullptr, 'c'},  // the Python script's name for it
    {"verbose", no_argument, nullptr, 'v'},
    {"debug", no_argument, nullptr, 'd'},
    {"oneshot", no_argument, nullptr, 's'},
    {"source", required_argument, nullptr, source},
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
bool read_seconds(std::string_view text, std::chrono::seconds& seconds) {
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

// Options that do not fit together.
std::string contradiction(const Options& options) {
  const bool answers = options.port || options.broker || options.user || options.password_file || options.yes;
  if (answers && options.task != Task::set_up) {
    return "--port, --broker, --user, --password-file and --yes belong to --setup";
  }
  if (options.config && options.config->empty()) return "--config needs the name of a file";
  if (options.capture && options.capture->empty()) return "--capture needs the name of a file";
  if (options.watch && options.dry_run) return "--watch and --dry-run exclude each other";
  for (const auto& name : options.ports) {
    if (options.task != Task::probe) return "unexpected argument " + name;
    if (auto fault = source_fault("", name); !fault.empty()) return fault;
  }
  if (options.source) {
    if (auto fault = source_fault("--source ", *options.source); !fault.empty()) return fault;
  }
  return options.port ? source_fault("--port ", *options.port) : std::string{};
}

}  // namespace

std::variant<Options, std::string> parse_options(int argc, char** argv) {
  Options options;
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
      case capture: options.capture = optarg; break;
      case dry_run: options.dry_run = true; break;
      case watch: options.watch = true; break;
      case check: options.task = Task::check; break;
      case list_quantities: options.task = Task::list_quantities; break;
      case unknown: options.task = Task::list_unknown; break;
      case probe: options.task = Task::probe; break;
      case timeout:
        if (!read_seconds(optarg, options.patience)) return std::string("--timeout must be from 1 to 3600 seconds");
        break;
      case setup: options.task = Task::set_up; break;
      case port: options.port = optarg; break;
      case broker: options.broker = optarg; break;
      case user: options.user = optarg; break;
      case password_file: options.password_file = optarg; break;
      case yes: options.yes = true; break;
      case show_version: options.task = Task::show_version; break;
      case 'h': options.task = Task::show_help; break;
      case ':': return std::string(argv[optind - 1]) + " needs a value";
      default: return "unknown option " + std::string(argv[optind - 1]);
    }
  }
  options.ports.assign(argv + optind, argv + argc);
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
