#include "app/secrets.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "io/key_file.hpp"
#include "io/mqtt_tls.hpp"

namespace vscp_p1::app {
namespace {

// The key of a setting, for its line.
struct KeyName {
  std::string_view section, name;
};

void add_fault(io::Config& config, KeyName key, const std::string& text) {
  config.faults.push_back({config.line_of(key.section, key.name), std::string(key.name) + ": " + text});
}

void add_warning(io::Config& config, KeyName key, const std::string& text) {
  config.warnings.push_back({config.line_of(key.section, key.name), std::string(key.name) + ": " + text});
}

void warn_of_readers(io::Config& config, KeyName key, const std::string& path) {
  if (io::is_readable_by_others(path)) {
    add_warning(config, key, "every user can read it: chmod o= makes it private");
  }
}

std::optional<AesKey> key_from(const std::string& path, const std::string& origin, std::size_t line,
                               io::Config& config) {
  const auto key = io::read_key_file(path);
  if (key) return *key;
  config.faults.push_back({line, origin + ": " + key.error()});
  return std::nullopt;
}

// Of all meters, or of the one whose section it is. No text shows a path that may be a key.
void complete_key(io::Config& config, std::string_view section, EncryptionSettings& encryption) {
  const KeyName file_key{section, "decryption_key_file"};
  const auto& path = encryption.decryption_key_file;
  if (path.empty() || parse_aes_key(path)) return;
  if (encryption.decryption_key) {
    return add_fault(config, file_key, "decryption_key is set too: keep one of the two");
  }
  encryption.decryption_key =
      key_from(path, std::string(file_key.name), config.line_of(file_key.section, file_key.name), config);
  if (encryption.decryption_key) warn_of_readers(config, file_key, path);
}

// Meters that have no key of their own have that for all, wherever it comes from.
void complete_keys(io::Config& config) {
  auto& general = config.settings.encryption;
  const auto before = general;
  complete_key(config, "SERIAL", general);
  const auto from_credential = [&config](std::string_view name, std::optional<AesKey>& key) {
    const auto path = key ? std::string{} : io::credential_file(name);
    if (!path.empty()) key = key_from(path, "credential " + std::string(name), 0, config);
  };
  if (general.decryption_key_file.empty()) from_credential("decryption_key", general.decryption_key);
  from_credential("authentication_key", general.authentication_key);
  for (auto& [name, settings] : config.meters) {
    auto& own = settings.encryption;
    if (!own.authentication_key) own.authentication_key = general.authentication_key;
    if (own.decryption_key == before.decryption_key && own.decryption_key_file == before.decryption_key_file) {
      own.decryption_key = general.decryption_key;
    } else {
      complete_key(config, "METER " + name, own);
    }
  }
}

// What a warning of a password begins with.
struct Origin {
  std::size_t line;
  std::string name;
};

Origin origin_of(const io::Config& config, KeyName key) {
  return {config.line_of(key.section, key.name), std::string(key.name)};
}

// From its key, or else from the credential.
Origin take_password(io::Config& config, KeyName key, std::string_view credential, std::string& password) {
  const auto path = password.empty() ? io::credential_file(credential) : std::string{};
  if (path.empty()) return origin_of(config, key);
  Origin origin{0, "credential " + std::string(credential)};
  const auto read = io::read_password_file(path);
  if (read) {
    password = read->text;
  } else {
    config.faults.push_back({origin.line, origin.name + ": " + read.error()});
  }
  return origin;
}

Origin take_login_password(io::Config& config) {
  constexpr KeyName key{"MQTT", "password"};
  constexpr KeyName file_key{"MQTT", "password_file"};
  auto& mqtt = config.settings.mqtt;
  if (mqtt.password_file.empty()) return take_password(config, key, "mqtt_password", mqtt.password);
  if (!mqtt.password.empty()) {
    add_fault(config, file_key, "password is set too: keep one of the two");
    return origin_of(config, key);
  }
  if (const auto read = io::read_password_file(mqtt.password_file)) {
    mqtt.password = read->text;
    warn_of_readers(config, file_key, mqtt.password_file);
  } else {
    add_fault(config, file_key, read.error());
  }
  return origin_of(config, file_key);
}

constexpr std::string_view no_effect_without_tls = "has no effect without tls = true: nothing is encrypted";

void complete_passwords(io::Config& config) {
  auto& mqtt = config.settings.mqtt;
  const auto warn = [&config](const Origin& origin, std::string_view text) {
    config.warnings.push_back({origin.line, origin.name + ": " + std::string(text)});
  };
  const auto login = take_login_password(config);
  if (!mqtt.password.empty() && mqtt.user.empty() && mqtt.protocol == MqttVersion::v3_1_1) {
    warn(login, "has no effect without user: MQTT 3.1.1 sends no password alone");
  }
  const auto key = take_password(config, {"MQTT", "key_password"}, "mqtt_key_password", mqtt.key_password);
  if (mqtt.key_password.empty()) return;
  if (!mqtt.tls) {
    warn(key, no_effect_without_tls);
  } else if (mqtt.key_file.empty()) {
    warn(key, "has no effect without key_file");
  }
}

void check_tls(io::Config& config) {
  const auto& mqtt = config.settings.mqtt;
  if (!mqtt.tls) {
    for (const auto& [name, is_set] :
         {std::pair("ca_file", !mqtt.ca_file.empty()), std::pair("cert_file", !mqtt.cert_file.empty()),
          std::pair("key_file", !mqtt.key_file.empty()), std::pair("tls_insecure", mqtt.tls_insecure),
          std::pair("alpn", !mqtt.alpn.empty())}) {
      if (is_set) add_warning(config, {"MQTT", name}, std::string(no_effect_without_tls));
    }
    return;
  }
  if (mqtt.tls_insecure) {
    add_warning(config, {"MQTT", "tls_insecure"},
                "any certificate is taken: whoever is on the way can read the password and all messages");
  }
  const auto context = io::make_tls_context(mqtt);
  if (!context) return add_fault(config, {"MQTT", context.error().key}, context.error().text);
  if (!mqtt.key_file.empty()) warn_of_readers(config, {"MQTT", "key_file"}, mqtt.key_file);
}

// The first secret that stands in the file; nothing: there is none.
std::optional<std::pair<std::string, std::string_view>> first_secret(const io::Config& config) {
  std::optional<std::pair<std::string, std::string_view>> first;
  const auto look = [&](const std::string& section, std::string_view key, bool is_set) {
    if (!first && is_set && config.line_of(section, key) != 0) first.emplace(section, key);
  };
  const auto look_at_keys = [&look](const std::string& section, const EncryptionSettings& encryption) {
    look(section, "decryption_key", encryption.decryption_key.has_value());
    look(section, "authentication_key", encryption.authentication_key.has_value());
  };
  look("MQTT", "password", !config.settings.mqtt.password.empty());
  look("MQTT", "key_password", !config.settings.mqtt.key_password.empty());
  look_at_keys("SERIAL", config.settings.encryption);
  for (const auto& [name, settings] : config.meters) look_at_keys("METER " + name, settings.encryption);
  return first;
}

void warn_of_secrets(io::Config& config, const std::string& path) {
  const auto secret = first_secret(config);
  if (!secret || !io::is_readable_by_others(path)) return;
  add_warning(config, {secret->first, secret->second},
              "every user can read this file: chmod o= " + path + " makes it private");
}

}  // namespace

void complete_secrets(io::Config& config, const std::string& path) {
  warn_of_secrets(config, path);  // of what stands in it, before anything comes from elsewhere
  complete_keys(config);
  complete_passwords(config);
  check_tls(config);
}

}  // namespace vscp_p1::app
