// The manual pages and the completion of bash say what the program says.

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

#include "harness.hpp"

namespace itest {
namespace {

const std::string manual = MANUAL;

std::string help() { return run({VSCP_P1D, "--help"}).out; }

// Those that lines of --help begin with.
std::set<std::string> options() {
  static const std::regex row("^ +(-[a-z], )?(--[a-z-]+)");
  std::set<std::string> found;
  for (const auto& line : lines_of(help())) {
    if (std::smatch match; std::regex_search(line, match, row)) found.insert(match[2]);
  }
  return found;
}

std::string page(const std::string& name) {
  return run({"env", "LC_ALL=C.UTF-8", "MANWIDTH=1000", "man", "-l", manual + "/" + name}).out;
}

class Manual : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(manual)) GTEST_SKIP() << "no package go-md2man";
  }
  std::string file() const { return manual + "/" + GetParam(); }
};

TEST_P(Manual, IsFormattedWithoutAWarning) {
  const auto formatted =
      run({"env", "LC_ALL=C.UTF-8", "man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", file()});
  EXPECT_EQ(formatted.code, 0);
  EXPECT_EQ(formatted.err, "");
  for (const auto& line : lines_of(run({"mandoc", "-T", "lint", file()}).out)) {
    EXPECT_TRUE(contains(line, "STYLE: input text line longer than 80 bytes")) << line;
  }
}

TEST_P(Manual, HasANameThatAproposFinds) {
  const auto name = run({"lexgrog", file()});
  EXPECT_EQ(name.code, 0) << name.out << name.err;
}

INSTANTIATE_TEST_SUITE_P(Every, Manual, testing::Values("vscp-p1d.8", "vscp-p1d.ini.5"),
                         [](const auto& tested) { return contains(tested.param, "ini") ? "config" : "program"; });

TEST(ManualPages, ShowEveryOptionOfTheHelp) {
  if (!std::filesystem::exists(manual)) GTEST_SKIP() << "no package go-md2man";
  const auto text = page("vscp-p1d.8");
  for (const auto& option : options()) {
    EXPECT_TRUE(std::regex_search(text, std::regex("\n +(-[a-z], )?" + option + "\\b"))) << option;
  }
  for (const char* code : {"64", "69", "70", "78"})
    EXPECT_TRUE(contains(text, std::string("\n       ") + code)) << code;
}

TEST(ManualPages, ShowEveryKeyOfTheConfiguration) {
  if (!std::filesystem::exists(manual)) GTEST_SKIP() << "no package go-md2man";
  const auto text = page("vscp-p1d.ini.5");
  for (const auto& line : lines_of(run({VSCP_P1D, "--check", "--config", "/dev/null"}).out)) {
    static const std::regex per_quantity("^(id|sensorindex|scale|note)_.*");
    const auto key = line.substr(0, line.find(' '));
    if (key.empty() || key[0] == '[' || std::regex_match(key, per_quantity)) continue;
    EXPECT_TRUE(contains(text, key)) << key;
  }
}

// ---- completion

// What bash offers for the last of these words, one each line.
std::vector<std::string> completed(const std::vector<std::string>& words, const std::string& directory = "/") {
  std::string line = "set -u; source '" SOURCE_DIR "/share/completion/vscp-p1d'; COMP_WORDS=('" VSCP_P1D "'";
  for (const auto& word : words) line += " '" + word + "'";
  line += "); COMP_CWORD=" + std::to_string(words.size()) +
          "; _vscp_p1d; [[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\\n' \"${COMPREPLY[@]}\"";
  const auto result = run({"bash", "--norc", "-c", line}, {directory, Process::Input::null, {}});
  EXPECT_EQ(result.err, "");
  auto offered = lines_of(result.out);
  std::sort(offered.begin(), offered.end());
  return offered;
}

using Offered = std::vector<std::string>;

TEST(Completion, OffersEveryOptionOfTheHelp) {
  const auto offered = completed({"--"});
  const auto wanted = options();
  EXPECT_GT(wanted.size(), 9U);
  for (const auto& option : wanted) {
    EXPECT_EQ(std::count(offered.begin(), offered.end(), option), 1) << option;
    EXPECT_TRUE(contains(testing::PrintToString(completed({option.substr(0, option.size() - 1)})), option)) << option;
  }
}

TEST(Completion, OffersSourcesAndFiles) {
  const TempDir dir;
  dir.write("meter.ini", "");
  dir.write("metering.txt", "");
  const auto here = dir.path().string();
  const auto sources = completed({"--source", ""});
  for (const char* source : {"tcp://", "file:", "emulator:", "-"}) {
    EXPECT_EQ(std::count(sources.begin(), sources.end(), source), 1) << source;
  }
  EXPECT_EQ(completed({"--source", "em"}), Offered{"emulator:"});
  EXPECT_EQ(completed({"--source", "=", "em"}), Offered{"emulator:"}) << "bash parts words at '='";
  EXPECT_EQ(completed({"--source", "file", ":", "met"}, here), (Offered{"meter.ini", "metering.txt"}));
  EXPECT_EQ(completed({"--source", "file", ":"}, here), (Offered{"meter.ini", "metering.txt"}));
  EXPECT_EQ(completed({"--source", "=", "file", ":", "meteri"}, here), Offered{"metering.txt"});
  EXPECT_EQ(completed({"--source", "file:meteri"}, here), Offered{"file:metering.txt"}) << "where ':' parts no words";
  for (const char* option : {"--config", "-c"}) {
    EXPECT_EQ(completed({option, "meter."}, here), Offered{"meter.ini"}) << option;
  }
  EXPECT_EQ(completed({"--config", "=", "meter."}, here), Offered{"meter.ini"});
}

TEST(Completion, OffersSerialPorts) {
  const auto ports = run({"sh", "-c", "ls -d /dev/ttyUSB* /dev/ttyACM* /dev/serial/by-id/* 2>/dev/null"}).out;
  const auto offered = completed({"--source", "/dev/"});
  for (const auto& port : lines_of(ports)) EXPECT_EQ(std::count(offered.begin(), offered.end(), port), 1) << port;
}

TEST(Completion, IsOfAnInteractiveShellToo) {
  const auto result = run({"bash", "--norc", "-c", "source '" SOURCE_DIR "/share/completion/vscp-p1d'; complete -p"});
  EXPECT_TRUE(contains(result.out, "complete -F _vscp_p1d vscp-p1d")) << result.out;
}

}  // namespace
}  // namespace itest
