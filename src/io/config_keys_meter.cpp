// Keys of the way from the meter.

#include "io/config_key_kinds.hpp"
#include "vscp_p1/source_uri.hpp"

namespace vscp_p1::io {
namespace {

// Also people who put the key itself here must not find it in the log.
std::string_view key_file_fault(std::string_view path) {
  return parse_aes_key(path) ? "must name a file: a key itself belongs to decryption_key" : std::string_view{};
}

ConfigKey serial_port_key() {
  return {"SERIAL", "serial_port",
          [](Settings& s, std::string_view value) -> std::string {
            s.serial.port = value;
            const auto uri = parse_source_uri(value);
            return uri ? std::string{} : uri.error();
          },
          [](const Settings& s) { return s.serial.port; }, same_by([](auto& s) -> auto& { return s.serial.port; })};
}

void add_serial(Keys& keys) {
  constexpr auto parities = std::to_array<std::pair<std::string_view, Parity>>(
      {{"none", Parity::none}, {"even", Parity::even}, {"odd", Parity::odd}});
  constexpr auto checks = std::to_array<std::pair<std::string_view, CrcCheck>>(
      {{"auto", CrcCheck::automatic}, {"required", CrcCheck::required}, {"off", CrcCheck::off}});
  std::vector<std::pair<std::string_view, unsigned>> rates;
  for (const auto& [name, rate] :
       std::to_array<std::pair<std::string_view, unsigned>>({{"auto", SerialSettings::find_baudrate},
                                                             {"300", 300},
                                                             {"600", 600},
                                                             {"1200", 1200},
                                                             {"2400", 2400},
                                                             {"4800", 4800},
                                                             {"9600", 9600},
                                                             {"19200", 19200},
                                                             {"38400", 38400},
                                                             {"57600", 57600},
                                                             {"115200", 115200},
                                                             {"230400", 230400},
                                                             {"460800", 460800},
                                                             {"921600", 921600}})) {
    rates.emplace_back(name, rate);
  }
  keys.push_back(serial_port_key());
  keys.back().may_hold_login = true;
  keys.push_back(choice_key(
      "SERIAL", "serial_baudrate", [](auto& s) -> auto& { return s.serial.baudrate; }, rates));
  keys.push_back(number_key(
      "SERIAL", "serial_bytesize", [](auto& s) -> auto& { return s.serial.bytesize; }, 7, 8));
  keys.push_back(choice_key(
      "SERIAL", "serial_parity", [](auto& s) -> auto& { return s.serial.parity; },
      std::vector(parities.begin(), parities.end())));
  keys.push_back(number_key(
      "SERIAL", "serial_stopbits", [](auto& s) -> auto& { return s.serial.stopbits; }, 1, 2));
  keys.push_back(flag_key(
      "SERIAL", "serial_rts", [](auto& s) -> auto& { return s.serial.rts; }));
  keys.push_back(flag_key(
      "SERIAL", "serial_dtr", [](auto& s) -> auto& { return s.serial.dtr; }));
  keys.push_back(number_key(
      "SERIAL", "serial_timeout", [](auto& s) -> auto& { return s.serial.timeout; }, 1, 86'400));
  keys.push_back(choice_key(
      "SERIAL", "crc", [](auto& s) -> auto& { return s.serial.crc; }, std::vector(checks.begin(), checks.end())));
}

void add_encryption(Keys& keys) {
  keys.push_back(aes_key(
      "SERIAL", "decryption_key", [](auto& s) -> auto& { return s.encryption.decryption_key; }));
  keys.push_back(text_key(
      "SERIAL", "decryption_key_file", [](auto& s) -> auto& { return s.encryption.decryption_key_file; },
      key_file_fault));
  keys.back().secret = true;
  keys.push_back(aes_key(
      "SERIAL", "authentication_key", [](auto& s) -> auto& { return s.encryption.authentication_key; }));
  keys.push_back(choice_key<>(
      "SERIAL", "authentication", [](auto& s) -> auto& { return s.encryption.authentication; },
      std::vector<std::pair<std::string_view, TagCheck>>{{"required", TagCheck::required},
                                                         {"if_possible", TagCheck::if_possible}}));
  keys.back().secret = true;  // a key that stands here by mistake
}

void add_emulator(Keys& keys) {
  const std::string section = "EMULATOR";
  keys.push_back(decimal_key(
      section, "electricity_offset", [](auto& s) -> auto& { return s.emulator.electricity_offset; }, 1'000'000));
  keys.push_back(decimal_key(
      section, "electricity_increment", [](auto& s) -> auto& { return s.emulator.electricity_increment; }, 100));
  keys.push_back(decimal_key(
      section, "gas_offset", [](auto& s) -> auto& { return s.emulator.gas_offset; }, 100'000));
  keys.push_back(decimal_key(
      section, "gas_increment", [](auto& s) -> auto& { return s.emulator.gas_increment; }, 1000));
  keys.push_back(number_key(
      section, "interval", [](auto& s) -> auto& { return s.emulator.interval; }, 1, 3600));
  keys.push_back(number_key(
      section, "interval_gas", [](auto& s) -> auto& { return s.emulator.interval_gas; }, 1, 86'400));
}

}  // namespace

void add_meter_keys(Keys& keys) {
  add_serial(keys);
  add_encryption(keys);
  add_emulator(keys);
}

}  // namespace vscp_p1::io
