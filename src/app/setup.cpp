#include "app/setup.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "app/exit_codes.hpp"
#include "app/prepare.hpp"
#include "app/probe.hpp"
#include "app/questions.hpp"
#include "app/trial.hpp"
#include "io/config.hpp"
#include "io/config_file.hpp"
#include "io/key_file.hpp"
#include "io/reachable.hpp"
#include "io/serial_ports.hpp"
#include "vscp_p1/aes_key.hpp"
#include "vscp_p1/broker.hpp"
#include "vscp_p1/config_edit.hpp"
#include "vscp_p1/detection.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1::app {
namespace {

constexpr std::string_view fresh_config =
    "# Settings that are not here have their defaults: docs/configuration.md tells of all, vscp-p1d --check shows "
    "them.\n";

// Why it goes no further, and with which exit code.
struct Stop {
  int code;
  std::string text;
};

struct Answers {
  std::string port;
  std::string broker;
  std::string user;
  std::string password;
  std::string file;
  bool is_backed_up = false;  // once in each run
};

// The configuration that is there already.
struct Present {
  std::string text;
  io::Config config;

  bool sets(std::string_view section, std::string_view key) const { return config.line_of(section, key) > 0; }
  std::string broker() const {
    const auto& mqtt = config.settings.mqtt;
    return mqtt.host + (sets("MQTT", "port") && mqtt.host.find(',') == std::string::npos
                            ? ":" + std::to_string(mqtt.port)
                            : std::string{});
  }
};

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Present read_present(const std::string& path) {
  Present present;
  if (!exists(path)) return present;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file.is_open() || file.bad() || std::filesystem::is_directory(path)) {
    throw Stop{exit_config, path + ": cannot be read — check the path and its permissions, or run it with sudo"};
  }
  present.text = content.str();
  std::istringstream stream(present.text);
  present.config = io::read_config(stream);
  return present;
}

// The service's file, if this user may write it.
std::string usual_file() {
  const auto folder = std::filesystem::path(system_config).parent_path().string();
  const bool is_ours = ::geteuid() == 0 || (exists(system_config) && ::access(system_config, W_OK) == 0 &&
                                            ::access(folder.c_str(), W_OK) == 0);
  return is_ours ? system_config : "config.ini";
}

// ---- the answers

// The port that is most likely the meter's. With several, all are listened to.
std::string likely_port(const Present& present, std::chrono::milliseconds patience) {
  const auto& set = present.config.settings.serial.port;
  const auto uri = parse_source_uri(set);
  const bool is_usable = uri && (uri->kind != SourceUri::Kind::device || exists(uri->path));
  if (set != SerialSettings{}.port && is_usable) return set;
  const auto ports = io::serial_ports();
  print(stdout, port_list(ports));
  if (ports.empty()) return set;
  if (ports.size() > 1) {
    print(stdout, "Looking for a meter …\n");
    std::vector<SourceUri> uris;
    uris.reserve(ports.size());
    for (const auto& port : ports) uris.push_back(*parse_source_uri(port.best_name()));
    for (const auto& probed : probe_ports(uris, present.config.settings, {}, patience)) {
      if (probed.result.state == ProbeResult::State::meter) return probed.uri.text;
    }
  }
  return ports.front().best_name();
}

// What config.ini cannot hold, or would read as something else.
std::string text_fault(const std::string& text) {
  const auto is_control = [](unsigned char c) { return c < ' ' || c == 0x7F; };
  const bool is_line = trimmed(text) == text && std::none_of(text.begin(), text.end(), is_control);
  return is_line ? "" : "must be one line of text without a blank at its begin or end";
}

std::string port_fault(const std::string& port) {
  if (auto fault = text_fault(port); !fault.empty()) return fault;
  const auto uri = parse_source_uri(port);
  if (!uri) return uri.error();
  return uri->kind == SourceUri::Kind::standard_input ? "standard input is no port of a meter" : "";
}

std::string broker_fault(const std::string& broker) {
  if (auto fault = text_fault(broker); !fault.empty()) return fault;
  const auto parsed = parse_brokers(broker, MqttSettings{}.port);
  return parsed ? "" : parsed.error();
}

// An answer in the options is judged as one that is typed.
void check_option(const char* name, const std::optional<std::string>& answer, const Questions::Fault& fault_of) {
  if (!answer) return;
  if (const auto fault = fault_of(*answer); !fault.empty()) {
    throw Stop{exit_usage, std::string(name) + " \"" + escaped(*answer) + "\" " + fault};
  }
}

void check_options(const Options& options) {
  check_option("--port", options.port, port_fault);
  check_option("--broker", options.broker, broker_fault);
  check_option("--user", options.user, text_fault);
}

// Most often by the service, which can be stopped while the questions are asked.
void tell_if_taken(const std::string& port) {
  const auto uri = parse_source_uri(port);
  if (!uri || uri->kind != SourceUri::Kind::device || !io::is_taken(uri->path)) return;
  Probed taken{*uri, {}};
  taken.result.state = ProbeResult::State::in_use;
  print(stdout, describe(taken));
}

std::string ask_port(const Questions& questions, const Options& options, const Present& present) {
  auto likely = options.port ? *options.port : likely_port(present, options.patience());
  tell_if_taken(likely);
  if (options.port) return likely;
  auto port = questions.ask("1. Port of the meter", likely, port_fault);
  if (port != likely) tell_if_taken(port);
  return port;
}

std::string ask_broker(const Questions& questions, const Options& options, const Present& present) {
  if (options.broker) return *options.broker;
  const bool is_set = present.config.settings.mqtt.host != MqttSettings{}.host;
  const bool is_here = !is_set && io::is_reachable("127.0.0.1", MqttSettings{}.port);
  const auto question =
      std::string("2. Broker, host or host:port") + (is_set || is_here ? "" : " (none was found on this host)");
  return questions.ask(question, is_set ? present.broker() : "localhost", broker_fault);
}

std::string ask_user(const Questions& questions, const Options& options, const Present& present) {
  if (options.user) return *options.user;
  const auto& set = present.config.settings.mqtt.user;
  return questions.ask(set.empty() ? "3. User at the broker (empty: none)" : "3. User at the broker", set,
                       text_fault);
}

// Empty: there is none, or the one in the file stays.
std::string ask_password(const Questions& questions, const Options& options, const Present& present,
                         const std::string& user) {
  if (options.password_file) {
    const auto password = io::read_password_file(*options.password_file);
    if (!password) throw Stop{exit_usage, "--password-file " + *options.password_file + ": " + password.error()};
    return password->text;
  }
  if (user.empty()) return {};
  const auto& mqtt = present.config.settings.mqtt;
  const bool is_set = !mqtt.password.empty() || !mqtt.password_file.empty();
  return questions.ask_secret(is_set ? "4. Password (it is not shown; empty: as before)"
                                     : "4. Password (it is not shown; empty: none)");
}

void ask_for_consent(const Questions& questions, const Options& options, const std::string& file) {
  const bool is_there = exists(file);
  if (is_there && options.yes) return;
  if (is_there && !questions.are_asked()) {
    throw Stop{exit_usage, file + " exists — say --yes to have these settings changed in it"};
  }
  const auto question =
      is_there ? "5. Change these settings in " + file + "? The rest of it stays" : "5. Write " + file + "?";
  const auto answer = lower(questions.ask(question, "yes", [](const std::string& typed) {
    const auto word = lower(typed);
    return word.starts_with('y') || word.starts_with('n') ? "" : "yes or no";
  }));
  if (answer.starts_with('n')) throw Stop{exit_usage, "Nothing was changed."};
}

// ---- the file

// So that the line is found at each start, whatever was set.
std::vector<ConfigEdit> edits_to_find_the_format() {
  return {{"SERIAL", "serial_baudrate", "auto"},
          {"SERIAL", "serial_bytesize", "8", true},
          {"SERIAL", "serial_parity", "none", true},
          {"SERIAL", "serial_stopbits", "1", true}};
}

// The format of the line stays as it is set, as long as the meter does not send with another.
std::vector<ConfigEdit> edits_of(const Answers& answers, const Present& present) {
  std::vector<ConfigEdit> edits = {{"SERIAL", "serial_port", answers.port}};
  if (present.text.empty()) edits.push_back({"SERIAL", "serial_baudrate", "auto"});
  if (answers.broker != present.broker() || !present.sets("MQTT", "host")) {
    const auto brokers = *parse_brokers(answers.broker, 0);
    const bool is_one = brokers.size() == 1;
    edits.push_back({"MQTT", "host", is_one ? brokers.front().host : answers.broker});
    const auto usual = present.config.settings.mqtt.tls ? MqttSettings::tls_port : MqttSettings{}.port;
    const auto port = is_one && brokers.front().port != 0 ? brokers.front().port : usual;
    edits.push_back({"MQTT", "port", std::to_string(port), port == usual});
  }
  edits.push_back({"MQTT", "user", answers.user, answers.user.empty()});
  if (!answers.password.empty()) {
    edits.push_back({"MQTT", "password", answers.password});
    edits.push_back({"MQTT", "password_file", "", true});
  } else if (answers.user.empty()) {
    edits.push_back({"MQTT", "password", "", true});
    edits.push_back({"MQTT", "password_file", "", true});
  }
  return edits;
}

// What is read from the new file must be what was answered.
void compare(const Settings& read, const Answers& answers) {
  if (!answers.password.empty() && read.mqtt.password != answers.password) {
    throw Stop{exit_config,
               "config.ini cannot hold this password, which begins or ends with a blank or is no plain text — put it "
               "into a file, and the name of that into password_file; nothing was written"};
  }
  const auto brokers = parse_brokers(read.mqtt.host, read.mqtt.port);
  const char* other = read.serial.port != answers.port                                         ? "serial_port"
                      : read.mqtt.user != answers.user                                         ? "user"
                      : !brokers || *brokers != *parse_brokers(answers.broker, read.mqtt.port) ? "host"
                                                                                               : nullptr;
  if (other == nullptr) return;
  throw Stop{exit_config, std::string("config.ini would not have this ") + other +
                              " — is it set twice, or in quotes? Nothing was written"};
}

// Checks it as --check does, then puts it in place. The text of a fault names the file that it will be.
Configuration write_checked(const Answers& answers, const std::string& text) {
  const auto& file = answers.file;
  io::NewConfigFile draft(file, text);
  Options options;
  options.config = draft.path();
  const auto tell = [&](spdlog::level::level_enum level, std::string where, std::string message) {
    for (auto* part : {&where, &message}) {
      if (const auto at = part->find(draft.path()); at != std::string::npos)
        part->replace(at, draft.path().size(), file);
    }
    tell_on_terminal(level, where, message);
  };
  Configuration prepared;
  if (const int code = prepare(options, prepared, tell); code != exit_ok) {
    throw Stop{code, "Nothing was written: correct these lines of " + file + " first."};
  }
  compare(prepared.settings, answers);
  if (!answers.is_backed_up) io::back_up(file);
  draft.replace();
  print(stdout, file + ": written and checked\n");
  return prepared;
}

// A meter that proves encrypted is the only thing that more has to be asked for. Empty: later.
std::string ask_key(const Questions& questions) {
  try {
    while (true) {
      auto key = questions.ask_secret("Decryption key, 32 hex digits (it is not shown; empty: later)");
      if (key.empty() || parse_aes_key(trimmed(key))) return key;
      print(stdout, "  that is no key of 32 hex digits\n");
    }
  } catch (const NoAnswer&) {
    print(stdout, "\n");
    return {};
  }
}

// What the trial tells of the settings that the file should have.
std::vector<ConfigEdit> edits_after(const Trial::Outcome& outcome, const SerialSettings& serial,
                                    const Questions& questions) {
  std::vector<ConfigEdit> edits;
  const auto expected = line_candidates(serial);
  if (outcome.format && std::find(expected.begin(), expected.end(), *outcome.format) == expected.end()) {
    print(stdout,
          "The meter sends at " + outcome.format->text() + ", which is not set: serial_baudrate becomes auto\n");
    edits = edits_to_find_the_format();
  }
  if (outcome.needs_key && questions.are_asked()) {
    if (const auto key = ask_key(questions); !key.empty()) {
      edits.push_back({"SERIAL", "decryption_key", std::string(trimmed(key))});
    }
  }
  return edits;
}

std::string broken_off;  // said when the user ends the trial

Trial::Outcome try_it(const Options& options, const Configuration& written, const std::string& file) {
  broken_off = "\nBroken off: " + file + " is written, the trial did not end.\n";
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, [](int number) {
      [[maybe_unused]] const auto size = ::write(STDERR_FILENO, broken_off.data(), broken_off.size());
      std::signal(number, SIG_DFL);
      std::raise(number);
    });
  }
  return Trial(options.patience()).run(written);
}

std::string next_step(const std::string& file, bool is_good) {
  const bool is_service = file == system_config;
  if (!is_good) {
    return "Mend that, then run it again, Enter keeps the answers: " +
           (is_service ? std::string("sudo vscp-p1d --setup") : "vscp-p1d --setup --config " + file) + "\n";
  }
  return is_service ? "Start it: sudo systemctl enable vscp-p1d && sudo systemctl restart vscp-p1d\n"
                    : "Start it: vscp-p1d --config " + file + "\n";
}

int run_setup(const Options& options) {
  const Questions questions(!options.yes && ::isatty(STDIN_FILENO) == 1);
  Answers answers;
  answers.file = options.config.value_or(usual_file());
  check_options(options);
  const auto present = read_present(answers.file);
  if (!present.config.meters.empty()) {
    throw Stop{exit_config, answers.file +
                                ": has sections [METER name], and --setup is for one meter — change it in an editor, "
                                "then vscp-p1d --check; nothing was written"};
  }
  if (questions.are_asked()) {
    print(
        stdout,
        "Five questions; Enter takes what stands in [ ]. Nothing is changed before the last: Ctrl-C leaves all as it "
        "is.\n");
  }
  answers.port = ask_port(questions, options, present);
  answers.broker = ask_broker(questions, options, present);
  answers.user = ask_user(questions, options, present);
  answers.password = ask_password(questions, options, present, answers.user);
  ask_for_consent(questions, options, answers.file);

  const auto text = edited_config(present.text.empty() ? fresh_config : present.text, edits_of(answers, present));
  auto written = write_checked(answers, text);
  answers.is_backed_up = true;
  auto outcome = try_it(options, written, answers.file);
  const auto more = edits_after(outcome, written.settings.serial, questions);
  if (!more.empty()) {
    written = write_checked(answers, edited_config(text, more));
    if (more.back().key == "decryption_key") outcome = try_it(options, written, answers.file);
  }
  print(stdout, outcome.text + next_step(answers.file, outcome.is_good));
  return outcome.is_good ? exit_ok : exit_unavailable;
}

}  // namespace

int set_up(const Options& options) {
  try {
    return run_setup(options);
  } catch (const Stop& stop) {
    print(stderr, stop.text + "\n");
    return stop.code;
  } catch (const NoAnswer&) {
    print(stderr, "\nNo answer: nothing was changed.\n");
    return exit_usage;
  } catch (const std::system_error& error) {
    print(stderr, std::string(error.what()) + " — check the path and its permissions, or run it with sudo\n");
    return exit_config;
  }
}

}  // namespace vscp_p1::app
