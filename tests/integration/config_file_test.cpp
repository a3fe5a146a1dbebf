#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "decode.hpp"
#include "harness.hpp"

// config.ini through the real program: what it accepts, what it refuses and how it says so.
namespace itest {
namespace {

Outcome check(const std::string& text) {
  const TempDir dir;
  dir.write("config.ini", text);
  return run_daemon(dir, {"--check"});
}

// "[SECTION] key" → value of every setting in a configuration.
std::map<std::string, std::string> settings_in(const std::string& text) {
  std::map<std::string, std::string> settings;
  std::string section;
  for (const auto& line : lines_of(text)) {
    if (line.starts_with('[')) section = line;
    const auto separator = line.find(" =");
    if (line.empty() || line[0] == '#' || line[0] == ';' || line[0] == '[' || separator == std::string::npos)
      continue;
    settings[section + " " + line.substr(0, separator)] = line.substr(std::min(separator + 3, line.size()));
  }
  return settings;
}

std::vector<std::string> warnings_in(const std::string& err) {
  std::vector<std::string> warnings;
  for (const auto& line : lines_of(err)) {
    if (contains(line, "warning: ")) warnings.push_back(line);
  }
  return warnings;
}

// ---- the Python script's file

// As its users have it: every key of the script, each oddity once.
std::string python_file() {
  std::string text =
      "[GENERAL]\n"
      "one_shot = false:\n"
      "no_vscp = false\n"
      "send_energy = true\n"
      "send_active_effect = true\n"
      "send_reactive_effect = true\n"
      "send_voltage = true\n"
      "send_current = true\n"
      "\n"
      "[VSCP]\n"
      "guid=''\n"
      "zone = 1\n"
      "subzone = 2\n"
      "sensorindex_sum_active_energy_out = 0\n"
      "id_sum_active_energy_out = 1\n"
      "sensorindex_momentan_reactive_effect_l3_in = 7\n"
      "id_momentan_reactive_effect_l3_in = 20\n"
      "\n"
      "[MQTT]\n"
      "host = localhost   \n"
      "port = 1883\n"
      "user = vscp\n"
      "password = secret\n"
      "topic = vscp/{xguid}/{xclass}/{xtype}\n"
      "note_sum_active_energy_out = Mätarställning aktiv energi uttag\n"
      "\n"
      "[SERIAL]\n"
      "serial_port = /dev/ttyUSB0\n"
      "serial_baudrate = 115200\n"
      "serial_timeout = 20\n";
  return text;
}

TEST(PythonFile, IsAcceptedWithAWarningForEachOddity) {
  const auto result = check(python_file());
  EXPECT_EQ(result.code, 0) << result.err;
  const auto warnings = warnings_in(result.err);
  EXPECT_EQ(warnings.size(), 3U) << result.err;
  EXPECT_TRUE(contains(result.err, "config.ini:2: warning: ")) << result.err;
  EXPECT_TRUE(contains(result.err, "config.ini:11: warning: ")) << result.err;
  EXPECT_TRUE(contains(result.err, "config.ini:20: warning: ")) << result.err;
  auto settings = settings_in(result.out);
  EXPECT_EQ(settings["[GENERAL] one_shot"], "false");
  EXPECT_EQ(settings["[MQTT] host"], "localhost");
  EXPECT_EQ(settings["[VSCP] sensorindex_sum_active_energy_out"], "0");
  EXPECT_EQ(settings["[VSCP] sensorindex_momentan_reactive_effect_l3_in"], "7");
  EXPECT_EQ(settings["[MQTT] note_sum_active_energy_out"], "Mätarställning aktiv energi uttag");
  EXPECT_EQ(settings["[MQTT] topic"], "vscp/{xguid}/{xclass}/{xtype}");
  EXPECT_TRUE(settings["[VSCP] guid"].starts_with("FF:FF:FF:FF:FF:FF:FF:F"));
}

TEST(PythonFile, ByteOrderMarkAndCrLfAreOneWarningEach) {
  EXPECT_EQ(warnings_in(check("\xEF\xBB\xBF" + python_file()).err).size(), 4U);
  std::string crlf;
  for (const auto& line : lines_of(python_file())) crlf += line + "\r\n";
  const auto result = check(crlf);
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(warnings_in(result.err).size(), 4U) << result.err;
  const auto both = check("\xEF\xBB\xBF" + crlf);
  EXPECT_EQ(both.code, 0) << both.err;
  EXPECT_EQ(warnings_in(both.err).size(), 5U) << both.err;
  EXPECT_EQ(both.out, check(python_file()).out);
}

TEST(PythonFile, RunsAsItIs) {
  const TempDir dir;
  dir.write("config.ini", "\xEF\xBB\xBF" + python_file());
  const auto result = run_daemon(dir, {"--dry-run", "--source", "file:" + dir.write("capture", numbered(1))});
  EXPECT_EQ(result.code, 0) << result.err;
  ASSERT_EQ(readings_in(result.out).size(), 1U);
  EXPECT_EQ(readings_in(result.out)[0].note, "Mätarställning aktiv energi uttag");
}

// ---- passwords

class Password : public testing::TestWithParam<std::pair<const char*, std::string>> {};

TEST_P(Password, SurvivesAndIsNeverShown) {
  const auto& password = GetParam().second;
  const Broker broker(Broker::Login{"meter", password});
  const TempDir dir;
  const auto daemon = start_daemon(dir, config_for(&broker), {"-d", "--source", "emulator:"});
  EXPECT_TRUE(daemon->wait_for_err("connected,")) << daemon->err();
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait_exit(), 0);
  EXPECT_FALSE(contains(daemon->err(), password));
  EXPECT_EQ(daemon->out(), "");
  const auto result = run_daemon(dir, {"--check"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_FALSE(contains(result.out + result.err, password));
  EXPECT_TRUE(contains(result.out, "password = ***")) << result.out;
}

INSTANTIATE_TEST_SUITE_P(
    Hard, Password,
    testing::Values(std::pair("colon", std::string("ab:cd")), std::pair("semicolon", std::string("ab ;cd; ef")),
                    std::pair("hash", std::string("#ab #cd")), std::pair("equals", std::string("=ab=cd==")),
                    std::pair("spaces", std::string("ab  cd e")), std::pair("quotes", std::string("'quoted'")),
                    std::pair("bracket", std::string("[MQTT2] x")),
                    std::pair("percent", std::string("%(host)s%d{guid}")),
                    std::pair("utf8", std::string("grønn sløyfe €")),
                    std::pair("characters_5000",
                              [] {
                                std::string text;
                                while (text.size() < 5000) text += "ab:c;d=e#f g\\h\"";
                                return text.substr(0, 5000);
                              }())),
    [](const auto& tested) { return tested.param.first; });

TEST(Secrets, AreNotInMessagesOfFaults) {
  const auto result = check("[MQTT]\npassword = hushhush1\npassword = hushhush2\npasword = hushhush3\n");
  EXPECT_EQ(result.code, 78);
  EXPECT_FALSE(contains(result.out + result.err, "hushhush")) << result.err;
  EXPECT_FALSE(contains(check("[SERIAL]\npassword = hushhush\n").err, "hushhush"));
  EXPECT_FALSE(contains(check("[MQTT]\npassword hushhush\n").err, "hushhush"));
  EXPECT_FALSE(contains(check("[MQTT]\npassword hushhush==\n").err, "hushhush")) << "base64 ends so";
  EXPECT_FALSE(contains(check("[MQTT]\npassword hushhush:x\n").err, "hushhush"));
}

TEST(Secrets, InAnAddressAreNotShown) {
  for (const char* text : {"[MQTT]\nhost = mqtt://u:hushhush@h\n", "[MQTT]\nhost = u:hushhush@h\n",
                           "[SERIAL]\nserial_port = http://u:hushhush@h:1\n",
                           "[SERIAL]\nserial_port = tcp://u:hushhush@127.0.0.1:19999\n"}) {
    const auto result = check(text);
    EXPECT_EQ(result.code, 78) << text;
    EXPECT_TRUE(contains(result.err, "config.ini:2: ")) << result.err;
    EXPECT_FALSE(contains(result.out + result.err, "hushhush")) << result.err;
  }
}

// ---- faults

TEST(Faults, AllAreToldWithFileAndLine) {
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"stray = 1", "stray"},
      {"[GENERAL]", ""},
      {"one_shot = maybe", "true or false"},
      {"no_vcsp = true", "did you mean no_vscp?"},
      {"not a setting", "key = value"},
      {"send_energy = true", ""},
      {"send_energy = false", "second time"},
      {"[MQQT]", "did you mean [MQTT]?"},
      {"host = a", ""},
      {"[MQTT]", ""},
      {"port = 70000", "1 to 65535"},
      {"qos = 3", "0 to 2"},
      {"topic = vscp/{uid}", "{guid}"},
      {"status_topic = a/#", "'#'"},
      {"serial_port = /dev/ttyUSB0", "[SERIAL]"},
      {"[VSCP]", ""},
      {"guid = 12:34", "16 bytes"},
      {"zone = 256", "0 to 255"},
      {"id_voltage_l1 = -1", "0 to 65535"},
      {"event_class = 1041", "1040, 1060, 10"},
      {"timezone = Europe/Stokholm", "Europe/Stockholm"},
      {"sensorindex_voltage_l4 = 1", "did you mean sensorindex_voltage_l"},
      {"[SERIAL]", ""},
      {"serial_port = ttyUSB0", "/dev/"},
      {"serial_baudrate = 115201", "115200"},
      {"serial_parity = sometimes", "none, even, odd"},
      {"serial_timeout = 20 # seconds", "comment"},
      {"[GENERAL", "]"}};
  std::string text;
  for (const auto& line : lines) text += line.first + "\n";
  const TempDir dir;
  const auto path = dir.write("faulty.ini", text);
  for (const Arguments& arguments : std::vector<Arguments>{
           {"--check", "-c", path}, {"-c", path}, {"--dry-run", "-c", path, "--source", "emulator:"}}) {
    const auto result = run_daemon(dir, arguments);
    EXPECT_EQ(result.code, 78);
    EXPECT_EQ(result.out, "");
    std::size_t faults = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto where = path + ":" + std::to_string(i + 1) + ": ";
      EXPECT_EQ(count_of(result.err, where), lines[i].second.empty() ? 0U : 1U) << lines[i].first;
      if (lines[i].second.empty()) continue;
      ++faults;
      const auto at = result.err.find(where);
      if (at == std::string::npos) continue;
      const auto message = result.err.substr(at, result.err.find('\n', at) - at);
      EXPECT_TRUE(contains(message, lines[i].second)) << message;
    }
    EXPECT_EQ(lines_of(result.err).size(), faults) << result.err;
  }
}

TEST(Faults, EveryFaultNeedsNoOtherLineToBeFound) {
  for (const char* text : {"[SERIAL]\nserial_timeout = 0\n",
                           "[SERIAL]\nserial_timeout = 1.5\n",
                           "[SERIAL]\nserial_bytesize = 6\n",
                           "[MQTT]\nkeepalive = 0\n",
                           "[MQTT]\nqueue_size = 0\n",
                           "[MQTT]\nhost =\n",
                           "[MQTT]\nhost = mqtt://localhost\n",
                           "[VSCP]\npayload = yaml\n",
                           "[VSCP]\nguid = 00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00\n",
                           "[EMULATOR]\ninterval = 0\n",
                           "[EMULATOR]\ngas_offset = -1\n",
                           "[NONSENSE]\n",
                           "[general]\n",
                           "= 1\n",
                           "[MQTT] host = broker\n",
                           "[MQTT]\rhost = broker\r",
                           "[MQTT]\nclient_id = k\xF6k\n",
                           "[MQTT]\nuser = k\xF6k\n",
                           "[MQTT]\nhost = a\x01\n",
                           "[VSCP]\nguid = 00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:01\n",
                           "[EMULATOR]\nelectricity_increment = 100\n",
                           "[MQTT]\nserial-port = 1\n"}) {
    const auto result = check(text);
    EXPECT_EQ(result.code, 78) << text;
    EXPECT_TRUE(contains(result.err, "config.ini:")) << text << result.err;
  }
}

TEST(Faults, NulBytesAreNoEndOfALine) {
  const auto result = check(std::string("[MQTT]\nho\0st = x\nqos = 0\n", 24));
  EXPECT_EQ(result.code, 78) << "no line is swallowed";
  EXPECT_TRUE(contains(result.err, "config.ini:2: ")) << result.err;
}

TEST(Faults, AnEndlessKeyIsNotShownAndNotComparedWithAll) {
  const auto result = check("[MQTT]\n" + std::string(1'000'000, 'a') + " = 1\n");
  EXPECT_EQ(result.code, 78);
  EXPECT_LT(result.err.size(), 1000U);
}

TEST(Faults, ANoteThatIsATopicMustBeFitForIt) {
  for (const char* mode : {"[GENERAL]\nno_vscp = true\n[MQTT]\n", "[MQTT]\ntopic = p1/{note}\n"}) {
    EXPECT_EQ(check(std::string(mode) + "note_voltage_l1 = a+b\n").code, 78) << mode;
    EXPECT_EQ(check(std::string(mode) + "note_voltage_l1 = " + std::string(256, 'x') + "\n").code, 78) << mode;
    EXPECT_EQ(check(std::string(mode) + "note_voltage_l1 = p1/voltage\n").code, 0) << mode;
  }
}

TEST(Faults, LongLinesAreReadWhole) {
  const auto result = check("[MQTT]\nnote_voltage_l1 = " + std::string(100'000, 'x') + "y\n# " +
                            std::string(5'000, 'z') + "\nport = 1884\n");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(contains(result.out, std::string(100'000, 'x') + "y\n"));
  EXPECT_TRUE(contains(result.out, "port = 1884\n"));
}

TEST(Faults, EmptyFileIsAllDefaults) {
  const auto result = check("");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.err, "");
}

TEST(Faults, APasswordThatMqtt311CannotSendIsAWarning) {
  const TempDir dir;
  const auto file = dir.write("password", "hushhush\n");
  const std::string no_effect = ": has no effect without user: MQTT 3.1.1";
  for (const auto& [line, said] : {std::pair<std::string, std::string>{"password = hushhush", "password"},
                                   {"password_file = " + file, "password_file"}}) {
    const auto alone = check("[MQTT]\n" + line + "\n");
    EXPECT_EQ(alone.code, 0) << alone.err;
    EXPECT_TRUE(contains(alone.err, "config.ini:2: warning: " + said + no_effect)) << alone.err;
    EXPECT_FALSE(contains(alone.err, "hushhush"));
    EXPECT_EQ(check("[MQTT]\n" + line + "\nuser = u\n").err, "");
    EXPECT_EQ(check("[MQTT]\n" + line + "\nprotocol = 5\n").err, "");
  }
  dir.write("mqtt_password", "hushhush\n");
  const Environment credentials({{"CREDENTIALS_DIRECTORY", dir.path().string()}});
  const auto alone = check("[MQTT]\npassword =\n");
  EXPECT_TRUE(contains(alone.err, "config.ini: warning: credential mqtt_password" + no_effect)) << alone.err;
}

TEST(Faults, AKeyPasswordForNothingIsAWarning) {
  for (const auto& [lines, said] :
       {std::pair<std::string, std::string>{"key_password = hushhush\n", "without tls = true"},
        {"key_password = hushhush\ntls = true\n", "without key_file"}}) {
    const auto result = check("[MQTT]\n" + lines);
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_TRUE(contains(result.err, "config.ini:2: warning: key_password: has no effect " + said)) << result.err;
    EXPECT_EQ(lines_of(result.err).size(), 1U) << result.err;
  }
  const TempDir dir;
  dir.write("mqtt_key_password", "hushhush\n");
  const Environment credentials({{"CREDENTIALS_DIRECTORY", dir.path().string()}});
  const auto result = check("");
  EXPECT_TRUE(contains(result.err, "config.ini: warning: credential mqtt_key_password: has no effect without tls"))
      << result.err;
}

// ---- --check and the sample

TEST(Check, ShowsEveryEffectiveSetting) {
  const auto result = check("[VSCP]\nguid = " + base_guid + "\nevent_class = 10\n[MQTT]\nuser = u\npassword = p\n");
  EXPECT_EQ(result.code, 0);
  auto settings = settings_in(result.out);
  const std::map<std::string, std::string> expected = {{"[GENERAL] one_shot", "false"},
                                                       {"[GENERAL] send_heat", "true"},
                                                       {"[VSCP] guid", base_guid},
                                                       {"[VSCP] event_class", "10"},
                                                       {"[VSCP] payload", "json"},
                                                       {"[VSCP] json_names", "both"},
                                                       {"[VSCP] datetime", "telegram"},
                                                       {"[VSCP] id_gas_1", "61"},
                                                       {"[MQTT] host", "localhost"},
                                                       {"[MQTT] port", "1883"},
                                                       {"[MQTT] user", "u"},
                                                       {"[MQTT] topic", "vscp/{guid}/{class}/{type}"},
                                                       {"[MQTT] qos", "1"},
                                                       {"[MQTT] retain", "false"},
                                                       {"[MQTT] status_topic", "vscp-p1d/{guid}/status"},
                                                       {"[MQTT] meter_topic", "vscp-p1d/{guid}/meter"},
                                                       {"[MQTT] queue_size", "10000"},
                                                       {"[MQTT] note_voltage_l2", "Voltage L2"},
                                                       {"[SERIAL] serial_baudrate", "auto"},
                                                       {"[SERIAL] serial_bytesize", "8"},
                                                       {"[SERIAL] serial_parity", "none"},
                                                       {"[SERIAL] serial_stopbits", "1"},
                                                       {"[SERIAL] serial_rts", "true"},
                                                       {"[SERIAL] serial_dtr", "true"},
                                                       {"[EMULATOR] interval", "10"}};
  for (const auto& [key, value] : expected) EXPECT_EQ(settings[key], value) << key;
  EXPECT_TRUE(settings.contains("[MQTT] client_id"));
  EXPECT_TRUE(settings.contains("[MQTT] keepalive"));
  EXPECT_TRUE(settings.contains("[VSCP] timezone"));
}

TEST(Check, ItsOutputIsAConfigurationThatMeansTheSame) {
  const auto first = check("[VSCP]\nguid = " + base_guid + "\nzone = 9\n[MQTT]\nnote_gas_1 = Gas: all; of it #1\n");
  ASSERT_EQ(first.code, 0);
  const auto second = check(first.out);
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_EQ(second.out, first.out);
}

TEST(Check, OptionsOfTheCommandLineAreEffectiveSettings) {
  const TempDir dir;
  dir.write("config.ini", "");
  const auto result = run_daemon(dir, {"--check", "--source", "tcp://meter:2000", "--oneshot"});
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(contains(result.out, "serial_port = tcp://meter:2000\n"));
  EXPECT_TRUE(contains(result.out, "one_shot = true\n"));
}

// ---- several meters

// The GUID of each of these sections, as --check shows it.
std::map<std::string, std::string> guids_in(const std::string& text) {
  std::map<std::string, std::string> guids;
  for (const auto& [key, value] : settings_in(check(text).out)) {
    if (key.starts_with("[METER ") && key.ends_with("] guid")) guids[key.substr(7, key.find(']') - 7)] = value;
  }
  return guids;
}

TEST(MeterSections, HaveAGuidOfTheirOwnThatStaysTheSame) {
  const std::string meters = "[METER a]\nserial_port = tcp://a:1\n[METER b]\nserial_port = tcp://b:1\n";
  const auto guids = guids_in("[VSCP]\nguid = " + base_guid + "\n" + meters);
  ASSERT_EQ(guids.size(), 2U);
  EXPECT_NE(guids.at("a"), guids.at("b"));
  for (const auto& [name, guid] : guids) {
    EXPECT_TRUE(guid.starts_with("FF:FF:FF:FF:FF:FF:FF:FC:")) << guid;
    EXPECT_TRUE(guid.ends_with(":00:00")) << guid;
  }
  EXPECT_EQ(guids_in("[METER b]\nserial_port = tcp://c:1\n[VSCP]\nguid = " + base_guid + "\n").at("b"), guids.at("b"))
      << "by its name alone";
  EXPECT_NE(guids_in(meters), guids) << "by the machine";
}

TEST(MeterSections, WithTheSameGuidAreAFault) {
  const auto result = check("[METER a]\nserial_port = tcp://a:1\nguid = " + base_guid +
                            "\n[METER b]\nserial_port = tcp://b:1\nguid = " + base_guid.substr(0, 42) + "12:34\n");
  EXPECT_EQ(result.code, 78);
  EXPECT_TRUE(contains(result.err, "config.ini:6: guid: [METER b] and [METER a] have the same")) << result.err;
}

TEST(MeterSections, HaveFaultsOfTheirOwnLines) {
  const auto result = check(
      "[METER a]\nserial_port = tcp://a:1\ntimezone = Europe/Nowhere\n[METER b]\nserial_port = tcp://b:1\n"
      "decryption_key_file = /no/such/file\n");
  EXPECT_EQ(result.code, 78);
  EXPECT_TRUE(contains(result.err, "config.ini:3: timezone = Europe/Nowhere: ")) << result.err;
  EXPECT_TRUE(contains(result.err, "config.ini:6: decryption_key_file: ")) << result.err;
  EXPECT_EQ(lines_of(result.err).size(), 2U) << result.err;
}

TEST(MeterSections, TakeKeysFromFilesAndFromAllMeters) {
  const TempDir dir;
  const std::string key(32, 'a');
  const auto file = dir.write("key", key + "\n");
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  dir.write("config.ini", "[SERIAL]\ndecryption_key = " + std::string(32, 'b') +
                              "\n[METER a]\nserial_port = tcp://a:1\ndecryption_key_file = " + file +
                              "\n[METER b]\nserial_port = tcp://b:1\n[METER c]\nserial_port = tcp://c:1\n"
                              "decryption_key =\n");
  const auto result = run_daemon(dir, {"--check"});
  EXPECT_EQ(result.code, 0) << result.err;
  auto settings = settings_in(result.out);
  EXPECT_EQ(settings["[METER a] decryption_key"], "********");
  EXPECT_FALSE(settings.contains("[METER b] decryption_key")) << "the same as for all";
  EXPECT_EQ(settings["[METER c] decryption_key"], "");
  EXPECT_TRUE(settings.contains("[METER c] decryption_key")) << "none";
  EXPECT_FALSE(contains(result.out + result.err, key));
}

TEST(Sample, HoldsEveryKeyWithItsDefaultAndOneComment) {
  const auto text = read_file(SOURCE_DIR "/config/config.ini");
  if (text.empty()) GTEST_SKIP() << "config/config.ini is not here";
  const auto from_sample = check(text);
  EXPECT_EQ(from_sample.code, 0);
  EXPECT_EQ(from_sample.err, "") << "faults or warnings";
  const auto defaults = check("");
  EXPECT_EQ(from_sample.out, defaults.out);
  const auto in_sample = settings_in(text);
  for (const auto& [key, value] : settings_in(defaults.out)) {
    ASSERT_TRUE(in_sample.contains(key)) << key;
    const bool made_from_host = key == "[VSCP] guid" || key == "[MQTT] client_id";
    EXPECT_EQ(in_sample.at(key), made_from_host ? "" : value) << key;
  }
  EXPECT_EQ(in_sample.size(), settings_in(defaults.out).size());
}

}  // namespace
}  // namespace itest
