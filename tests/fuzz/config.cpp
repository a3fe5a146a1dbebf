// config.ini, read and shown again.
#include "io/config.hpp"

#include <set>
#include <sstream>

#include "fuzz/check.hpp"
#include "vscp_p1/topic.hpp"

namespace {

using namespace vscp_p1;
using fuzz::check;

io::Config read(const std::string& text) {
  std::istringstream stream(text);
  return io::read_config(stream);
}

// What is shown is the same whatever the secrets are.
void check_secrets(Settings settings, const std::string& shown) {
  auto& key = settings.encryption.decryption_key;
  auto& authentication = settings.encryption.authentication_key;
  for (auto* password : {&settings.mqtt.password, &settings.mqtt.key_password}) {
    if (!password->empty()) *password = "another";
  }
  for (auto* secret : {&key, &authentication}) {
    if (*secret) (*secret)->fill(0x5A);
  }
  check(io::show_settings(settings) == shown, "no secret is shown");
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

// What another configuration must say to be this one. Secrets cannot be read again: their mask is none.
std::string differences(const std::string& shown) {
  static const auto defaults = [] {
    std::set<std::string> lines;
    std::istringstream all(io::show_settings({}));
    for (std::string line; std::getline(all, line);) lines.insert(line);
    return lines;
  }();
  std::istringstream lines(shown);
  std::string text;
  bool is_named = false;
  for (std::string line; std::getline(lines, line);) {
    is_named = is_named || line.starts_with("[QUANTITY ") || line.starts_with("[ALARM ");
    const bool differs = line.starts_with('[') || is_named || defaults.count(line) == 0;
    if (differs && !line.ends_with("= ********")) text += line + "\n";
  }
  return text;
}

}  // namespace

FUZZ_TARGET {
  const auto config = read(std::string(input));
  const auto& settings = config.settings;
  const auto remarks = remarks_of(config);
  for (const auto& password : {settings.mqtt.password, settings.mqtt.key_password, password_in(settings.mqtt.host),
                               password_in(settings.serial.port)}) {
    check_remarks(remarks, password, std::string(input));
  }
  if (!config.faults.empty()) return;
  const auto shown = io::show_settings(config.settings);
  check_secrets(config.settings, shown);
  fuzz::check_topic(config.settings.mqtt.topic);
  check(static_cast<bool>(TopicTemplate::compile(config.settings.mqtt.topic)), "a topic without a fault compiles");
  const auto again = read(differences(shown));
  for (const auto& fault : again.faults) std::fprintf(stderr, "%zu: %s\n", fault.line, fault.text.c_str());
  check(again.faults.empty(), "what is shown can be read again");
  check(differences(io::show_settings(again.settings)) == differences(shown), "what is shown is all");
}
