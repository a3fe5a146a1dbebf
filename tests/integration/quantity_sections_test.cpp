#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "decode.hpp"
#include "harness.hpp"

// [QUANTITY name] sections, --unknown, which finds what they are for, and the table that they add to.
namespace itest {
namespace {

const std::string guid_line = "[VSCP]\nguid = " + base_guid + "\n";

Outcome run_with(const std::string& config, const Arguments& arguments) {
  const TempDir dir;
  dir.write("config.ini", guid_line + config);
  return run_daemon(dir, arguments);
}

Outcome check(const std::string& config) { return run_with(config, {"--check"}); }

// "id type unit index text note" of each reading of a telegram with these lines.
std::vector<std::string> readings_of(const std::string& config, const std::vector<std::string>& lines) {
  const TempDir dir;
  dir.write("config.ini", guid_line + config);
  const auto result = run_daemon(dir, {"--dry-run", "--source", "file:" + dir.write("capture", telegram(lines))});
  EXPECT_EQ(result.code, 0) << result.err;
  std::vector<std::string> rows;
  for (const auto& event : readings_in(result.out)) {
    const auto value = decode_value(event);
    std::string row(std::to_string(event.id()));
    row.append(" ").append(std::to_string(event.type)).append(" ").append(std::to_string(value.unit));
    row.append(" ").append(std::to_string(value.sensor_index)).append(" ").append(value.text);
    rows.push_back(row.append(" ").append(event.note));
  }
  return rows;
}

using Rows = std::vector<std::string>;

// ---- adding

TEST(QuantitySection, AddsAQuantity) {
  EXPECT_EQ(readings_of("[QUANTITY pool_pump]\nobis = 0-0:94.98.31\ntype = 14\nunit = 0\nfactor = 1000\n"
                        "id = 4660\nsensorindex = 7\nnote = Pool pump\n",
                        {"0-0:94.98.31(00.007)"}),
            Rows{"4660 14 0 7 7.000 Pool pump"});
}

TEST(QuantitySection, HasDefaults) {
  EXPECT_EQ(readings_of("[QUANTITY first]\nobis = 0-0:94.98.31\n[QUANTITY second]\nobis = 0-0:94.98.32\n",
                        {"0-0:94.98.31(00007)", "0-0:94.98.32(08)"}),
            (Rows{"1001 0 0 1 7 first", "1002 0 0 2 8 second"}))
      << "ids from 1001 on, type GENERAL";
}

TEST(QuantitySection, Units) {
  struct Case {
    std::string keys, line, expected;  // "type unit text", or "" for no reading
  };
  const std::vector<Case> cases = {
      {"wire_unit = kW", "1-0:77.7.0(01.193*kW)", "14 0 1193"},
      {"wire_unit = KW", "1-0:77.7.0(01.193*kw)", "14 0 1193"},
      {"wire_unit = kW", "1-0:77.7.0(01.193*kWh)", ""},
      {"wire_unit = kW", "1-0:77.7.0(1193*W)", ""},
      {"wire_unit = kW\nfactor = 2", "1-0:77.7.0(01.193*kW)", "14 0 2386"},
      {"wire_unit = kWh", "1-0:77.7.0(01.193*kWh)", "13 1 1.193"},
      {"wire_unit = kW\ntype = 14\nunit = 0\nfactor = 1000", "1-0:77.7.0(01.193*kW)", "14 0 1193.000"},
      {"wire_unit = bar\ntype = 7\nunit = 0\nfactor = 100000", "1-0:77.7.0(1.5*bar)", "7 0 150000.0"},
      {"wire_unit = bar\ntype = 7\nunit = 0\nfactor = 100000", "1-0:77.7.0(1.5*mbar)", ""},
      {"type = 6\nunit = 1", "1-0:77.7.0(21.5*anything)", "6 1 21.5"},
      {"type = 6\nunit = 1\nfactor = -0.1", "1-0:77.7.0(21.5)", "6 1 -2.15"},
      {"", "1-0:77.7.0(21.5*V)", "16 0 21.5"},
      {"factor = 3", "1-0:77.7.0(00.001*kW)", "14 0 3"},
      {"", "1-0:77.7.0(x)", ""},
      {"", "1-0:77.7.0()", ""},
      {"type = 4\nunit = 0", "1-0:77.7.0(240730123456S)(00012*s)", "4 0 12"},
  };
  for (const auto& c : cases) {
    const auto rows = readings_of("[QUANTITY own]\nobis = 1-0:77.7.0\nid = 1\nsensorindex = 0\n" + c.keys + "\n",
                                  {"0-0:1.0.0(240730123456S)", c.line});
    ASSERT_LE(rows.size(), 1U) << c.keys;
    if (c.expected.empty()) {
      EXPECT_EQ(rows, Rows{}) << c.keys << ' ' << c.line;
      continue;
    }
    const auto fields = split(c.expected, ' ');
    EXPECT_EQ(rows.empty() ? "" : rows[0], "1 " + fields[0] + " " + fields[1] + " 0 " + fields[2] + " own")
        << c.keys << ' ' << c.line;
  }
}

TEST(QuantitySection, TakesALineOfTheTable) {
  EXPECT_EQ(readings_of("[QUANTITY oven]\nobis = 1-0:1.7.0\nwire_unit = kW\n", {"1-0:1.7.0(01.193*kW)"}),
            Rows{"1001 14 0 1 1193 oven"});
}

TEST(QuantitySection, MBusCodeWithItsOwnTime) {
  const TempDir dir;
  dir.write("config.ini", guid_line +
                              "timezone = CET-1CEST,M3.5.0,M10.5.0/3\n"
                              "[QUANTITY oil]\nobis = 0-2:24.2.1\ntype = 28\nunit = 1\nnote = Oil\n");
  const auto capture =
      telegram({"0-0:1.0.0(240730123456S)", "0-2:24.1.0(001)", "0-2:24.2.1(240730120000S)(00012.5*l)",
                "0-1:24.1.0(003)", "0-1:24.2.1(240730120500S)(1*m3)"});
  const auto result = run_daemon(dir, {"--dry-run", "--source", "file:" + dir.write("capture", capture)});
  const auto readings = readings_in(result.out);
  ASSERT_EQ(readings.size(), 2U) << result.out << result.err;
  EXPECT_EQ(readings[0].note, "Oil");
  EXPECT_EQ(decode_value(readings[0]).text, "12.5");
  EXPECT_EQ(readings[0].datetime, "2024-07-30T10:00:00Z");
  EXPECT_EQ(readings[1].id(), 61U) << "the other channel is as ever";
}

// ---- changing the table

TEST(QuantitySection, ChangesARowOfTheTable) {
  const Rows lines = {"1-0:32.7.0(231.4*V)", "1-0:32.7.1(111.1*V)"};
  EXPECT_EQ(readings_of("[QUANTITY voltage_l1]\nobis = 1-0:32.7.1\n", lines), Rows{"21 16 0 21 111.1 Voltage L1"});
  EXPECT_EQ(readings_of("[QUANTITY voltage_l1]\nnote = Oven\nid = 500\nsensorindex = 3\n", lines),
            Rows{"500 16 0 3 231.4 Oven"});
  EXPECT_EQ(readings_of("[QUANTITY voltage_l1]\nfactor = 2\n", lines), Rows{"21 16 0 21 462.8 Voltage L1"});
  EXPECT_EQ(readings_of("[QUANTITY VOLTAGE_L1]\ntype = 0\nunit = 3\n", lines), Rows{"21 0 3 21 231.4 Voltage L1"})
      << "names have no case";
  EXPECT_EQ(readings_of("[QUANTITY voltage_l1]\nwire_unit = kV\n", lines), Rows{}) << "the meter sends V";
}

TEST(QuantitySection, ChangesTheCodeOfAState) {
  const TempDir dir;
  dir.write("config.ini", guid_line + "[QUANTITY breaker]\nobis = 0-0:96.3.99\nnote = Main switch\n");
  const auto result =
      run_daemon(dir, {"--dry-run", "--source", "file:" + dir.write("capture", telegram({"0-0:96.3.99(1)"}))});
  EXPECT_TRUE(contains(result.out, "/20/3 ")) << result.out << result.err;
  EXPECT_TRUE(contains(result.out, "Main switch")) << result.out;
}

TEST(QuantitySection, SwitchesAndOnlyKnowIt) {
  const std::string own = "[QUANTITY pool]\nobis = 0-0:94.98.31\n";
  const Rows lines = {"0-0:94.98.31(7)", "1-0:32.7.0(231.4*V)"};
  EXPECT_EQ(readings_of("[GENERAL]\nsend_other = false\n" + own, lines), Rows{"21 16 0 21 231.4 Voltage L1"});
  EXPECT_EQ(readings_of("[GENERAL]\nonly = pool\n" + own, lines), Rows{"1001 0 0 1 7 pool"});
  const auto wrong = check("[GENERAL]\nonly = pol\n" + own);
  EXPECT_EQ(wrong.code, 78);
  EXPECT_TRUE(contains(wrong.err, "config.ini:4: ")) << wrong.err;
  EXPECT_TRUE(contains(wrong.err, "did you mean pool?")) << wrong.err;
}

TEST(QuantitySection, IsKnownToTopics) {
  const TempDir dir;
  dir.write("config.ini",
            guid_line + "[MQTT]\ntopic = p1/{name}/{id}/{obis}\n[QUANTITY pool]\nobis = 0-0:94.98.31\n");
  const auto result =
      run_daemon(dir, {"--dry-run", "--source", "file:" + dir.write("capture", telegram({"0-0:94.98.31(7)"}))});
  EXPECT_TRUE(contains(result.out, "p1/pool/1001/0-0:94.98.31 ")) << result.out;
}

// ---- faults, and --check

TEST(QuantitySection, FaultsHaveTheirLine) {
  struct Case {
    std::string section;  // from line 3 on
    std::string line, part;
  };
  const std::vector<Case> cases = {
      {"[QUANTITY pool]\nobis = 0-0:94.98.31\nfaktor = 2\n", "5", "did you mean factor?"},
      {"[QUANTITY pool]\nobis = 0-0:94.98.31\nnonsense_key = 2\n", "5", "nonsense_key"},
      {"[QUANTITY pool]\nobis = 0-0:94.98\n", "4", "1-0:1.8.0"},
      {"[QUANTITY pool]\nobis =\n", "4", "1-0:1.8.0"},
      {"[QUANTITY pool]\nobis = 0-0:256.98.31\n", "4", "1-0:1.8.0"},
      {"[QUANTITY pool]\nnote = Pool\n", "3", "obis"},
      {"[QUANTITY pool]\n", "3", "obis"},
      {"[QUANTITY pool]\nobis = 0-0:94.98.31\nfactor = 0\n", "5", "factor"},
      {"[QUANTITY pool]\nobis = 0-0:94.98.31\nfactor = 1,5\n", "5", "factor"},
      {"[QUANTITY pool]\nobis = 0-0:94.98.31\nfactor = 1e3\n", "5", "factor"},
      {"[QUANTITY pool]\nobis = 0-0:94.98.31\nfactor = x\n", "5", "factor"},
      {"[QUANTITY pool]\nobis = 0-0:94.98.31\nobis = 0-0:94.98.32\n", "5", "second time (first in line 4)"},
      {"[QUANTITY pool]\nobis = 0-0:94.98.31\n[QUANTITY Pool]\nobis = 0-0:94.98.32\n", "6", "second time"},
      {"[QUANTITY pool]\nobis = 0-0:94.98.31\ntype = 65536\n", "5", "65535"},
      {"[QUANTITY pool]\nobis = 0-0:94.98.31\nunit = 256\n", "5", "255"},
      {"[QUANTITY pool]\nobis = 0-0:94.98.31\nid = -1\n", "5", "65535"},
      {"[QUANTITY pool]\nobis = 0-0:94.98.31\nsensorindex = 256\n", "5", "255"},
      {"[QUANTITY pool pump]\nobis = 0-0:94.98.31\n", "3", "[QUANTITY name]"},
      {"[QUANTITY ]\nobis = 0-0:94.98.31\n", "3", "[QUANTITY name]"},
      {"[QUANTITY sv\xC3\xA5]\nobis = 0-0:94.98.31\n", "3", "[QUANTITY name]"},
      {"[QUANTITY a/b]\nobis = 0-0:94.98.31\n", "3", "[QUANTITY name]"},
      {"[QUANTITY " + std::string(60, 'x') + "]\nobis = 0-0:94.98.31\n", "3", "[QUANTITY name]"},
      {"[QUANTITY]\nobis = 0-0:94.98.31\n", "3", "QUANTITY"},
      {"[QUANTITY tariff]\nfactor = 2\n", "3", "no type, unit or factor"},
  };
  for (const auto& c : cases) {
    const auto result = check(c.section);
    EXPECT_EQ(result.code, 78) << c.section;
    EXPECT_EQ(result.out, "") << c.section;
    EXPECT_EQ(lines_of(result.err).size(), 1U) << c.section << result.err;
    EXPECT_TRUE(contains(result.err, "config.ini:" + c.line + ": ")) << c.section << result.err;
    EXPECT_TRUE(contains(result.err, c.part)) << c.section << result.err;
  }
}

TEST(QuantitySection, CheckShowsIt) {
  const auto result = check(
      "[QUANTITY pool_pump]\nobis = 0-0:94.98.31\ntype = 14\nunit = 0\nfactor = 1000\n"
      "note = Pool; the #1\n[QUANTITY own]\nobis = 1-0:77.7.0\nwire_unit = kW\n"
      "[QUANTITY voltage_l1]\nobis = 1-0:32.7.1\nnote = Oven\n"
      "[QUANTITY voltage_l2]\nfactor = 0.5\n");
  ASSERT_EQ(result.code, 0) << result.err;
  for (const char* part :
       {"[QUANTITY pool_pump]\n", "obis = 0-0:94.98.31\n", "type = 14\n", "factor = 1000\n", "id = 1001\n",
        "sensorindex = 1\n", "note = Pool; the #1\n", "[QUANTITY own]\n", "wire_unit = kw\n", "id = 1002\n",
        "[QUANTITY voltage_l1]\n", "obis = 1-0:32.7.1\n", "note_voltage_l1 = Oven\n", "scale_voltage_l2 = 0.5\n"}) {
    EXPECT_TRUE(contains(result.out, part)) << part << result.out.substr(result.out.size() / 2);
  }
  const TempDir dir;
  dir.write("config.ini", result.out);
  const auto again = run_daemon(dir, {"--check"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(again.out, result.out) << "it means the same";
}

// ---- --unknown

const std::string capture =
    "noise (not a telegram)\r\n1-0:99.99.99(before)\r\n"
    "/EXA5\\m\r\n\r\n0-0:1.0.0(240730123456S)\r\n1-0:1.7.0(01.193*kW)\r\n0-0:94.98.31(00007)\r\n"
    "0-1:24.1.0(003)\r\n0-1:24.2.1(240730120500S)(1*m3)\r\n1-0:99.97.0()\r\n1-0:77.7.0(50*Hz)\r\n(second)\r\n"
    "0-1:24.3.0(140311160000)(00)(60)(1)(0-1:24.2.1)(m3)\r\n(02231.808)\r\n!ABCD\r\nbehind (x)\r\n";
const std::string unknown = "0-0:94.98.31(00007)\n1-0:77.7.0(50*Hz)\n(second)\n";

Outcome unknown_in(const std::string& text, const Arguments& more = {}) {
  const TempDir dir;
  Arguments arguments = {"--unknown", "--source", "file:" + dir.write("capture", text)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_daemon(dir, arguments);
}

TEST(Unknown, ShowsTheLinesOfTelegramsThatNothingTakes) {
  const auto result = unknown_in(capture);
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out, unknown) << "the CRC does not matter";
  EXPECT_EQ(unknown_in(capture + capture).out, unknown + unknown);
}

TEST(Unknown, ReadsStandardInput) {
  const TempDir dir;
  const auto file = dir.write("capture", capture);
  EXPECT_EQ(run_daemon(dir, {"--unknown"}, file).out, unknown);
  EXPECT_EQ(run_daemon(dir, {"--unknown", "--source", "-"}, file).out, unknown);
}

TEST(Unknown, CopiesWithOtherLineEnds) {
  std::string copy;
  for (const char c : capture) {
    if (c != '\r') copy += c;
  }
  EXPECT_EQ(unknown_in(copy).out, unknown);
  EXPECT_EQ(unknown_in(copy.substr(0, copy.find("\n!"))).out, unknown) << "cut before its end";
}

TEST(Unknown, AValueBrokenOverLinesBelongsToItsCode) {
  EXPECT_EQ(unknown_in("/EXA5\r\n\r\n0-0:96.13.0(303132\r\n333435\r\n3637)\r\n1-0:1.7.0(1*kW)\r\n!\r\n").out, "")
      << "a message in DSMR 3.0";
  EXPECT_EQ(unknown_in("/EXA5\r\n\r\n1-0:77.7.0(303132\r\n333435)\r\n1-0:1.7.0(1*kW)\r\n!\r\n").out,
            "1-0:77.7.0(303132\n333435)\n");
  EXPECT_EQ(unknown_in("/EXA5\r\n\r\n0-0:96.13.0(303132\r\n1-0:77.7.0(1)\r\n!\r\n").out, "1-0:77.7.0(1)\n")
      << "a bracket that never closes hides no code";
}

TEST(Unknown, NoTelegramNoLines) {
  for (const char* text : {"", "hello\n", "1-0:77.7.0(1)\r\n"}) {
    const auto result = unknown_in(text);
    EXPECT_EQ(result.code, 0) << text;
    EXPECT_EQ(result.out, "") << text;
  }
}

TEST(Unknown, KnowsWhatTheConfigurationAdds) {
  const TempDir dir;
  const auto config = dir.write("own.ini", guid_line + "[QUANTITY pool]\nobis = 0-0:94.98.31\n");
  EXPECT_EQ(unknown_in(capture, {"--config", config}).out, "1-0:77.7.0(50*Hz)\n(second)\n");
  const auto faulty = dir.write("faulty.ini", "[QUANTITY pool]\n");
  EXPECT_EQ(unknown_in(capture, {"--config", faulty}).code, 78);
}

TEST(Unknown, AMissingFileIsUnavailable) {
  const TempDir dir;
  const auto result = run_daemon(dir, {"--unknown", "--source", "file:" + dir.file("nothing")});
  EXPECT_EQ(result.code, 69);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(lines_of(result.err).size(), 1U) << result.err;
}

TEST(Unknown, ShowsWhateverTheSummaryCounts) {
  const Rows lines = {"1-0:1.7.0(1*kW)", "0-10:24.2.1(1*m3)", "0-0:94.98.31(1)", "0-12:24.4.0(1)", "0-0:98.1.9(1)"};
  const auto text = telegram(lines);
  const auto shown = unknown_in(text).out;
  const auto log = dry_run(config_for(), text).err;
  for (const auto& line : lines) {
    const auto code = line.substr(0, line.find('('));
    EXPECT_EQ(contains(shown, code), contains(log, code)) << code << " shown:\n" << shown << "log:\n" << log;
  }
}

// ---- the table

// Codes whose lines are read by the row of another one.
const std::map<std::string, std::string> other_spellings = {
    {"1-1:34.4.0", "1-1:31.4.0"},  // Luxembourg's table for its example's
};

TEST(ListQuantities, HasEveryCodeThatMeasures) {
  const std::string path = SOURCE_DIR "/../shared/facts/obis.tsv";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
  const TempDir dir;
  std::set<std::string> listed;
  for (const auto& line : lines_of(run_daemon(dir, {"--list-quantities"}).out))
    listed.insert(split(line, '\t').at(1));
  static const std::set<std::string> no_measurement = {
      "quantity", "id", "state", "text", "timestamp", "log", "?", "corrupt", "M-Bus device type", "history", ""};
  static const std::string garbled = "1-0:42.1.0";  // in one anonymised capture: no code of a meter
  std::size_t codes = 0;
  for (const auto& line : lines_of(read_file(path))) {
    const auto fields = split(line, '\t');
    if (line.starts_with('#') || fields.size() < 9 || no_measurement.contains(fields[8])) continue;
    if (fields[0] == garbled) continue;
    auto code = fields[0];
    if (const auto misprint = code.find(':', 4); misprint != std::string::npos) code[misprint] = '.';
    if (const auto other = other_spellings.find(code); other != other_spellings.end()) code = other->second;
    ++codes;
    if (code.starts_with("0-n:")) {
      for (char channel = '1'; channel <= '9'; ++channel) {
        code[2] = channel;
        const bool is_reading = code.find(":24.2.") != std::string::npos || code.find(":24.3.") != std::string::npos;
        const auto row = is_reading ? code.substr(0, 4).append("24.2.1") : code;
        EXPECT_TRUE(listed.contains(row)) << code << ": " << fields[1];
        EXPECT_EQ(unknown_in("/E\r\n" + code + "(240101120000W)(1*m3)\r\n!\r\n").out, "") << code;
      }
      continue;
    }
    EXPECT_TRUE(listed.contains(code)) << code << " has no row: " << fields[1];
    EXPECT_EQ(unknown_in("/E\r\n" + fields[0] + "(1)\r\n!\r\n").out, "") << fields[0] << " is not read";
  }
  EXPECT_GT(codes, 150U) << "the list is there, but empty";
}

}  // namespace
}  // namespace itest
