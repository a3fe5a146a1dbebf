// config.ini, read and shown again.
#include "io/config.hpp"

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "fuzz/check.hpp"
#include "vscp_p1/topic.hpp"

namespace {

using namespace vscp_p1;
using fuzz::check;

io::Config read(const std::string& text) {
  std::istringstream stream(text);
  return io::read_config(stream);
}

std::string shown(const io::Config& config) { return io::show_settings(config.settings, config.meters); }

void change_keys(EncryptionSettings& encryption) {
  for (auto* secret : {&encryption.decryption_key, &encryption.authentication_key}) {
    if (!*secret) continue;
    for (auto& byte : **secret) byte ^= 0x5A;  // those that are the same stay so
  }
}

// What is shown is the same whatever the secrets are.
void check_secrets(io::Config config, const std::string& text) {
  auto& mqtt = config.settings.mqtt;
  for (auto* password : {&mqtt.password, &mqtt.key_password}) {
    if (!password->empty()) *password = "another";
  }
  change_keys(config.settings.encryption);
  for (auto& meter : config.meters) change_keys(meter.settings.encryption);
  check(shown(config) == text, "no secret is shown");
}

std::string remarks_of(const io::Config& config) {
  std::string text;
  for (const auto* remarks : {&config.faults, &config.warnings}) {
    for (const auto& remark : *remarks) {
      fuzz::check_shown(remark.text);
      text += std::to_string(remark.line) + ": " + remark.text + "\n";
    }
  }
  return text;
}

// As in mqtt://user:password@host.
std::string password_in(const std::string& address) {
  const auto login = address.substr(0, address.find('@'));
  return login.size() == address.size() ? "" : login.substr(login.rfind(':') + 1);
}

// What is said is the same with another password, if that is a word that stands nowhere else.
void check_remarks(const std::string& remarks, const std::string& password, std::string input) {
  const auto is_letter = [](char c) { return lower(c) >= 'a' && lower(c) <= 'z'; };
  const auto at = input.find(password);
  if (password.empty() || at != input.rfind(password)) return;
  if (!std::all_of(password.begin(), password.end(), is_letter)) return;
  input.replace(at, password.size(), password.size(), 'q');
  check(remarks_of(read(input)) == remarks, "no password in a remark");
}

// What another configuration must say to be this one. Secrets cannot be read again: their mask is none, and so it is
// when a meter has none of its own.
std::string differences(const std::string& text) {
  static const auto defaults = [] {
    std::set<std::string> lines;
    std::istringstream all(io::show_settings({}));
    for (std::string line; std::getline(all, line);) lines.insert(line);
    return lines;
  }();
  std::istringstream lines(text);
  std::string result;
  bool is_named = false;
  for (std::string line; std::getline(lines, line);) {
    is_named =
        is_named || line.starts_with("[QUANTITY ") || line.starts_with("[ALARM ") || line.starts_with("[METER ");
    const bool differs = line.starts_with('[') || is_named || defaults.count(line) == 0;
    const bool is_secret =
        line.ends_with("= ********") || line == "decryption_key =" || line == "authentication_key =";
    if (differs && !is_secret) result += line + "\n";
  }
  return result;
}

}  // namespace

FUZZ_TARGET {
  const auto config = read(std::string(input));
  const auto& settings = config.settings;
  const auto remarks = remarks_of(config);
  std::vector<std::string> passwords = {settings.mqtt.password, settings.mqtt.key_password,
                                        password_in(settings.mqtt.host), password_in(settings.serial.port)};
  for (const auto& meter : config.meters) passwords.push_back(password_in(meter.settings.serial.port));
  for (const auto& password : passwords) check_remarks(remarks, password, std::string(input));
  if (!config.faults.empty()) return;
  const auto text = shown(config);
  check_secrets(config, text);
  fuzz::check_topic(settings.mqtt.topic);
  check(static_cast<bool>(TopicTemplate::compile(settings.mqtt.topic)), "a topic without a fault compiles");
  const auto again = read(differences(text));
  for (const auto& fault : again.faults) std::fprintf(stderr, "%zu: %s\n", fault.line, fault.text.c_str());
  check(again.faults.empty(), "what is shown can be read again");
  check(differences(shown(again)) == differences(text), "what is shown is all");
}
