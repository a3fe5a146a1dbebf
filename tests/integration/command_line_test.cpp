#include <gtest/gtest.h>

#include "decode.hpp"
#include "harness.hpp"

// Every option, every exit code.
namespace itest {
namespace {

const std::string minimal = "[VSCP]\nguid = " + base_guid + "\n[SERIAL]\nserial_port = emulator:\n";

TEST(CommandLine, HelpNamesEveryOption) {
  const TempDir dir;
  for (const char* option : {"--help", "-h"}) {
    const auto result = run_daemon(dir, {option});
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.err, "");
    for (const char* name : {"-c",
                             "--config",
                             "-v",
                             "--verbose",
                             "-d",
                             "--debug",
                             "-s",
                             "--oneshot",
                             "--source",
                             "--meter",
                             "--capture",
                             "--dry-run",
                             "--watch",
                             "--check",
                             "--list-quantities",
                             "--unknown",
                             "--probe",
                             "--setup",
                             "--timeout",
                             "--port",
                             "--broker",
                             "--user",
                             "--password-file",
                             "--yes",
                             "--version",
                             "-h",
                             "--help"}) {
      EXPECT_TRUE(contains(result.out, name)) << name;
    }
  }
}

TEST(CommandLine, Version) {
  const TempDir dir;
  const auto result = run_daemon(dir, {"--version"});
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(result.out.starts_with("vscp-p1d ")) << result.out;
  EXPECT_EQ(lines_of(result.out).size(), 1U);
}

TEST(CommandLine, HelpGoesWithEverything) {
  const TempDir dir;
  const auto result = run_daemon(dir, {"--setup", "--capture", "f", "--probe", "--help"});
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(result.out.starts_with("Usage:")) << result.out;
}

TEST(CommandLine, UsageFaultsEndWith64AndSayWhatIsWrong) {
  const TempDir dir;
  dir.write("config.ini", minimal);
  const std::vector<std::pair<Arguments, std::string>> faults = {{{"--nonsense"}, "--nonsense"},
                                                                 {{"-x"}, "-x"},
                                                                 {{"--config"}, "--config"},
                                                                 {{"-c"}, "-c"},
                                                                 {{"--source"}, "--source"},
                                                                 {{"stray"}, "stray"},
                                                                 {{"--source", "telnet:1"}, "telnet:1"},
                                                                 {{"--source", "tcp://host"}, "tcp://host"},
                                                                 {{"--source", "tcp://host:99999"}, "99999"},
                                                                 {{"--source", ""}, "--source"},
                                                                 {{"--dry-run=yes"}, "--dry-run"},
                                                                 {{"--probe", "--capture", "f"}, "--capture"},
                                                                 {{"--setup", "--capture", "f"}, "--capture"},
                                                                 {{"--unknown", "--capture", "f"}, "--capture"},
                                                                 {{"--setup", "--dry-run"}, "--dry-run"},
                                                                 {{"--probe", "--dry-run"}, "--dry-run"},
                                                                 {{"--setup", "--source", "emulator:"}, "--source"},
                                                                 {{"--probe", "--source", "emulator:"}, "--source"},
                                                                 {{"--probe", "--watch"}, "--watch"},
                                                                 {{"--setup", "--probe"}, "--setup"},
                                                                 {{"--check", "--probe"}, "exclude each other"},
                                                                 {{"--probe", "--check"}, "exclude each other"},
                                                                 {{"--probe", "--meter", "a"}, "--meter"},
                                                                 {{"--setup", "--meter", "a"}, "--meter"},
                                                                 {{"--unknown", "--meter", "a"}, "--meter"},
                                                                 {{"--meter", "a"}, "no section [METER name]"},
                                                                 {{"--timeout", "5"}, "--timeout"},
                                                                 {{"--check", "--timeout", "5"}, "--timeout"}};
  for (const auto& [arguments, part] : faults) {
    const auto result = run_daemon(dir, arguments);
    EXPECT_EQ(result.code, 64) << testing::PrintToString(arguments) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_TRUE(contains(result.err, part)) << result.err;
    EXPECT_EQ(lines_of(result.err).size(), 1U) << result.err;
  }
}

TEST(CommandLine, EveryNameOfTheConfigurationFile) {
  const TempDir dir;
  const auto path = dir.write("other.ini", minimal + "serial_timeout = 4321\n");
  for (const Arguments& arguments : std::vector<Arguments>{{"--config", path},
                                                           {"--config=" + path},
                                                           {"-c", path},
                                                           {"-c" + path},
                                                           {"--configure", path},
                                                           {"--configure=" + path}}) {
    auto all = arguments;
    all.emplace_back("--check");
    const auto result = run_daemon(dir, all);
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_TRUE(contains(result.out, "serial_timeout = 4321\n"));
  }
}

TEST(CommandLine, ConfigurationInTheWorkingDirectoryIsFound) {
  const TempDir dir;
  dir.write("config.ini", minimal + "serial_timeout = 4321\n");
  EXPECT_TRUE(contains(run_daemon(dir, {"--check"}).out, "serial_timeout = 4321\n"));
}

TEST(CommandLine, NoConfigurationEndsWith78) {
  if (std::filesystem::exists("/etc/vscp-p1d/config.ini")) GTEST_SKIP() << "the daemon is installed here";
  const TempDir dir;
  for (const Arguments& arguments :
       std::vector<Arguments>{{}, {"--check"}, {"--source", "emulator:"}, {"--dry-run"}}) {
    const auto result = run_daemon(dir, arguments);
    EXPECT_EQ(result.code, 78) << testing::PrintToString(arguments);
    EXPECT_TRUE(contains(result.err, "./config.ini")) << result.err;
    EXPECT_TRUE(contains(result.err, "/etc/vscp-p1d/config.ini")) << result.err;
    EXPECT_TRUE(contains(result.err, "--config")) << result.err;
  }
}

TEST(CommandLine, NamedConfigurationThatIsMissingEndsWith78) {
  const TempDir dir;
  dir.write("config.ini", minimal);
  const auto result = run_daemon(dir, {"--config", "missing.ini"});
  EXPECT_EQ(result.code, 78);
  EXPECT_TRUE(contains(result.err, "missing.ini")) << result.err;
}

TEST(CommandLine, DirectoryAsConfigurationEndsWith78) {
  const TempDir dir;
  EXPECT_EQ(run_daemon(dir, {"--config", dir.path().string(), "--check"}).code, 78);
}

TEST(CommandLine, SourceReplacesThePortOfTheConfiguration) {
  const TempDir dir;
  dir.write("config.ini", "[SERIAL]\nserial_port = /dev/no-such-port\n");
  const auto result = run_daemon(dir, {"--dry-run", "--source", "file:" + dir.write("capture", numbered(3))});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(readings_in(result.out).size(), 1U);
}

TEST(CommandLine, VerboseTellsOfTelegramsAndDebugOfMessages) {
  const auto normal = dry_run(config_for(), numbered(1) + numbered(2));
  EXPECT_FALSE(contains(normal.err, "telegram 2"));
  for (const char* option : {"-v", "--verbose", "-d", "--debug"}) {
    const auto result = dry_run(config_for(), numbered(1) + numbered(2), {option});
    EXPECT_TRUE(contains(result.err, "telegram 2")) << option;
    EXPECT_EQ(lines_of(result.out).size(), lines_of(normal.out).size());
    const bool debug = std::string(option) == "-d" || std::string(option) == "--debug";
    EXPECT_EQ(contains(result.err, "/1040/13"), debug) << option;
  }
}

// ---- --list-quantities

struct Row {
  const char *key, *obis, *id, *note;
};

TEST(ListQuantities, HoldsTheTableOfTheIssue) {
  const std::vector<Row> rows = {{"sum_active_energy_out", "1-0:1.8.0", "1", "Meter reading active energy out"},
                                 {"sum_active_energy_in", "1-0:2.8.0", "2", "Meter reading active energy in"},
                                 {"sum_reactive_energy_out", "1-0:3.8.0", "3", "Meter reading reactive energy out"},
                                 {"sum_reactive_energy_in", "1-0:4.8.0", "4", "Meter reading reactive energy in"},
                                 {"momentan_active_effect_out", "1-0:1.7.0", "5", "Active effect out"},
                                 {"momentan_active_effect_in", "1-0:2.7.0", "6", "Active effect in"},
                                 {"momentan_reactive_effect_out", "1-0:3.7.0", "7", "Reactive effect out"},
                                 {"momentan_reactive_effect_in", "1-0:4.7.0", "8", "Reactive effect in"},
                                 {"momentan_active_effect_l1_out", "1-0:21.7.0", "9", "Active effect L1 out"},
                                 {"momentan_active_effect_l1_in", "1-0:22.7.0", "10", "Active effect L1 in"},
                                 {"momentan_active_effect_l2_out", "1-0:41.7.0", "11", "Active effect L2 out"},
                                 {"momentan_active_effect_l2_in", "1-0:42.7.0", "12", "Active effect L2 in"},
                                 {"momentan_active_effect_l3_out", "1-0:61.7.0", "13", "Active effect L3 out"},
                                 {"momentan_active_effect_l3_in", "1-0:62.7.0", "14", "Active effect L3 in"},
                                 {"momentan_reactive_effect_l1_out", "1-0:23.7.0", "15", "Reactive effect L1 out"},
                                 {"momentan_reactive_effect_l1_in", "1-0:24.7.0", "16", "Reactive effect L1 in"},
                                 {"momentan_reactive_effect_l2_out", "1-0:43.7.0", "17", "Reactive effect L2 out"},
                                 {"momentan_reactive_effect_l2_in", "1-0:44.7.0", "18", "Reactive effect L2 in"},
                                 {"momentan_reactive_effect_l3_out", "1-0:63.7.0", "19", "Reactive effect L3 out"},
                                 {"momentan_reactive_effect_l3_in", "1-0:64.7.0", "20", "Reactive effect L3 in"},
                                 {"voltage_l1", "1-0:32.7.0", "21", "Voltage L1"},
                                 {"voltage_l2", "1-0:52.7.0", "22", "Voltage L2"},
                                 {"voltage_l3", "1-0:72.7.0", "23", "Voltage L3"},
                                 {"current_l1", "1-0:31.7.0", "24", "Current L1"},
                                 {"current_l2", "1-0:51.7.0", "25", "Current L2"},
                                 {"current_l3", "1-0:71.7.0", "26", "Current L3"},
                                 {"sum_active_energy_out_t1", "1-0:1.8.1", "27", nullptr},
                                 {"sum_active_energy_out_t2", "1-0:1.8.2", "28", nullptr},
                                 {"sum_active_energy_in_t1", "1-0:2.8.1", "29", nullptr},
                                 {"sum_active_energy_in_t2", "1-0:2.8.2", "30", nullptr},
                                 {"gas_1", "0-1:24.2.1", "61", nullptr},
                                 {"gas_4", "0-4:24.2.1", "64", nullptr},
                                 {"water_2", "0-2:24.2.1", "72", nullptr},
                                 {"heat_3", "0-3:24.2.1", "83", nullptr}};
  const TempDir dir;
  const auto result = run_daemon(dir, {"--list-quantities"});
  EXPECT_EQ(result.code, 0);
  std::map<std::string, std::vector<std::string>> table;
  for (const auto& line : lines_of(result.out)) {
    const auto fields = split(line, '\t');
    ASSERT_EQ(fields.size(), 9U) << line;
    EXPECT_TRUE(table.emplace(fields[0], fields).second) << fields[0] << " stands twice";
  }
  for (const auto& row : rows) {
    ASSERT_TRUE(table.contains(row.key)) << row.key;
    const auto& fields = table[row.key];
    EXPECT_EQ(fields[1], row.obis) << row.key;
    EXPECT_EQ(fields[5], row.id) << row.key;
    EXPECT_EQ(fields[6], row.id) << row.key;
    EXPECT_EQ(fields[7], row.note == nullptr ? fields[7] : row.note) << row.key;
    EXPECT_TRUE(fields[8].starts_with("send_")) << row.key;
  }
}

TEST(ListQuantities, TypesUnitsAndSwitches) {
  struct Kind {
    const char *key, *type, *code, *unit, *gate;
  };
  const std::vector<Kind> kinds = {{"sum_active_energy_out", "13", "1", "kWh", "send_energy"},
                                   {"sum_reactive_energy_in", "65", "0", "kvarh", "send_energy"},
                                   {"momentan_active_effect_l2_in", "14", "0", "W", "send_active_effect"},
                                   {"momentan_reactive_effect_out", "64", "0", "var", "send_reactive_effect"},
                                   {"voltage_l2", "16", "0", "V", "send_voltage"},
                                   {"current_l3", "5", "0", "A", "send_current"},
                                   {"gas_1", "28", "0", nullptr, "send_gas"},
                                   {"water_1", "28", "0", nullptr, "send_water"},
                                   {"heat_1", "13", "0", "J", "send_heat"}};
  const TempDir dir;
  const auto out = run_daemon(dir, {"--list-quantities"}).out;
  for (const auto& kind : kinds) {
    bool found = false;
    for (const auto& line : lines_of(out)) {
      const auto fields = split(line, '\t');
      if (fields[0] != kind.key) continue;
      found = true;
      EXPECT_EQ(fields[2], kind.type) << line;
      EXPECT_EQ(fields[3], kind.code) << line;
      EXPECT_EQ(fields[4], kind.unit == nullptr ? fields[4] : kind.unit) << line;
      EXPECT_EQ(fields[8], kind.gate) << line;
    }
    EXPECT_TRUE(found) << kind.key;
  }
}

// ---- several meters

const std::string two_meters = "[VSCP]\nguid = " + base_guid +
                               "\n[METER flat]\nserial_port = emulator:\nemulator_interval = 1\n"
                               "[METER house]\nserial_port = tcp://127.0.0.1:9\nzone = 5\n";

TEST(CommandLine, MeterNamesOneOfSeveral) {
  const TempDir dir;
  dir.write("config.ini", two_meters);
  const auto all = run_daemon(dir, {"--check"});
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_TRUE(contains(all.out, "\n[METER flat]\n") && contains(all.out, "\n[METER house]\n")) << all.out;
  const auto one = run_daemon(dir, {"--check", "--meter", "House"});
  EXPECT_EQ(one.code, 0) << one.err;
  EXPECT_FALSE(contains(one.out, "[METER flat]"));
  EXPECT_TRUE(contains(one.out, "\n[METER house]\n")) << one.out;
  const auto readings = run_daemon(dir, {"--dry-run", "--oneshot", "--meter", "flat"});
  EXPECT_EQ(readings.code, 0) << readings.err;
  EXPECT_FALSE(readings_in(readings.out).empty());
  const auto other = run_daemon(dir, {"--watch", "--oneshot", "--meter", "house", "--source", "emulator:"});
  EXPECT_EQ(other.code, 0) << other.err;
}

TEST(CommandLine, WhatIsForOneMeterMustNameItAmongSeveral) {
  const TempDir dir;
  dir.write("config.ini", two_meters);
  const std::vector<std::pair<Arguments, std::string>> faults = {
      {{"--watch"}, "--watch is for one of the 2 meters: name it with --meter NAME"},
      {{"--capture", "new"}, "--capture is for one of the 2 meters"},
      {{"--source", "emulator:"}, "--source is for one of the 2 meters"},
      {{"--check", "--source", "emulator:"}, "--source is for one of the 2 meters"},
      {{"--meter", "hose"}, "--meter hose: there is no section [METER name] of this name, did you mean house?"},
      {{"--meter", ""}, "--meter"}};
  for (const auto& [arguments, part] : faults) {
    const auto result = run_daemon(dir, arguments);
    EXPECT_EQ(result.code, 64) << testing::PrintToString(arguments) << result.err;
    EXPECT_TRUE(contains(result.err, part)) << result.err;
  }
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "new"));
}

TEST(CommandLine, SetupIsForOneMeter) {
  const TempDir dir;
  const auto path = dir.write("config.ini", two_meters);
  const auto result = run_daemon(dir, {"--setup", "--yes", "--config", path});
  EXPECT_EQ(result.code, 78);
  EXPECT_TRUE(contains(result.err, "--setup is for one meter")) << result.err;
  EXPECT_EQ(read_file(path), two_meters);
}

}  // namespace
}  // namespace itest
