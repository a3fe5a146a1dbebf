// The examples of the documentation are run: a block "```ini" is a configuration that passes --check without a
// warning, a block "```cpp" rows of the table of quantities, a block "```console" a command line and what it prints.
// A name behind the language puts the block into a file for the commands that follow it in the same document.

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "decode.hpp"
#include "document.hpp"
#include "harness.hpp"
#include "vscp_p1/quantity.hpp"
#include "vscp_p1/result.hpp"

namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::vector<fs::path> documents() {
  std::vector<fs::path> found = {fs::path(SOURCE_DIR) / "README.md"};
  for (const auto& entry : fs::directory_iterator(fs::path(SOURCE_DIR) / "docs")) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  return found;
}

struct Outcome {
  int exit_code;
  std::string output;
};

Outcome shell(const fs::path& folder, const std::string& command) {
  const auto program_folder = fs::path(VSCP_P1D).parent_path().string();
  const auto line = "cd '" + folder.string() + "' && PATH='" + program_folder + "':$PATH && " + command;
  std::FILE* pipe = ::popen(line.c_str(), "r");
  if (pipe == nullptr) return {-1, {}};
  std::string output;
  std::array<char, 4096> buffer{};
  while (const auto size = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), size);
  return {::pclose(pipe), output};
}

class Docs : public testing::TestWithParam<fs::path> {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "vscp-p1d-docs-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_;
};

TEST_P(Docs, ExamplesHold) {
  for (const auto& block : itest::blocks_of(GetParam())) {
    if (!block.file.empty()) std::ofstream(folder_ / block.file) << block.text;
    if (block.language == "ini") {
      std::ofstream(folder_ / "checked.ini") << block.text;
      fs::permissions(folder_ / "checked.ini",
                      fs::perms::owner_read | fs::perms::owner_write);  // it may hold a password
      const auto outcome = shell(folder_, "vscp-p1d --check --config checked.ini 2>&1 >/dev/null");
      EXPECT_EQ(outcome.exit_code, 0) << block.text;
      EXPECT_EQ(outcome.output, "") << block.text;
    }
    if (block.language == "cpp") {
      std::ofstream(folder_ / "rows.cpp") << "#include \"vscp_p1/quantity.hpp\"\nusing namespace vscp_p1;\n"
                                          << "constexpr auto rows = std::to_array<Quantity>({" << block.text << "});";
      const auto outcome = shell(folder_, "c++ -std=c++20 -fsyntax-only -I'" SOURCE_DIR "/include' rows.cpp 2>&1");
      EXPECT_EQ(outcome.output, "") << block.text;
    }
    if (block.language != "console") continue;
    ASSERT_TRUE(block.text.starts_with("$ ")) << block.text;
    const auto line_end = block.text.find('\n');
    const auto outcome = shell(folder_, block.text.substr(2, line_end - 2));
    EXPECT_EQ(outcome.output, block.text.substr(line_end + 1)) << block.text;
  }
}

TEST_P(Docs, LinkedFilesExist) {
  const auto text = read_file(GetParam());
  for (auto at = text.find("]("); at != std::string::npos; at = text.find("](", at + 1)) {
    auto target = text.substr(at + 2, text.find(')', at) - at - 2);
    if (target.starts_with("http") || target.starts_with("#")) continue;
    target = target.substr(0, target.find('#'));
    EXPECT_TRUE(fs::exists(GetParam().parent_path() / target)) << target;
  }
}

std::string name_of(const testing::TestParamInfo<fs::path>& info) {
  auto name = info.param.stem().string();
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Every, Docs, testing::ValuesIn(documents()), name_of);

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// One row for each quantity; those of M-Bus channels 1 … 9 are one row "gas_n".
TEST(DocsTables, EventsShowEveryQuantity) {
  const auto text = read_file(fs::path(SOURCE_DIR) / "docs/events.md");
  std::istringstream list(shell("/", "vscp-p1d --list-quantities").output);
  std::size_t rows = 0;
  for (std::string line; std::getline(list, line); ++rows) {
    std::vector<std::string> c;
    std::istringstream columns(line);
    for (std::string column; std::getline(columns, column, '\t');) c.push_back(column);
    ASSERT_EQ(c.size(), 9U) << line;
    std::string id = c[5];
    if (c[1].starts_with("0-") && c[1][2] != '0') {
      id = std::to_string(std::stoi(c[5]) - (c[1][2] - '0')) + "+n";
      c[1][2] = c[0].back() = c[7].back() = 'n';
    }
    const auto unit = c[4] == "-" ? std::string("-") : c[4] + " (" + c[3] + ")";
    std::string row("|");
    for (const auto& column : {c[0], c[1], c[2], unit, id, c[7], c[8]}) row.append(" ").append(column).append(" |");
    EXPECT_TRUE(contains(text, row)) << "docs/events.md lacks " << row;
  }
  EXPECT_EQ(rows, vscp_p1::quantities.size());
}

std::size_t lines_with(const std::string& text, bool state) {
  std::size_t count = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto type = line.find('\t') + 1;
    count += (line.substr(type, line.find('\t', type) - type).find('/') != std::string::npos) == state ? 1 : 0;
  }
  return count;
}

// The table of meters is made from tests/data: what is known of each telegram, and how many events it gives.
TEST(DocsTables, MetersShowEveryTelegram) {
  const auto folder = fs::path(SOURCE_DIR) / "tests/data";
  const auto text = read_file(fs::path(SOURCE_DIR) / "docs/meters.md");
  std::istringstream index(read_file(folder / "INDEX.tsv"));
  std::string line;
  std::getline(index, line);
  std::size_t rows = 0;
  for (; std::getline(index, line); ++rows) {
    std::string row("|");
    std::istringstream columns(line);
    for (std::string column; std::getline(columns, column, '\t');) row.append(" ").append(column).append(" |");
    const auto events = read_file(folder / (line.substr(0, line.find('\t')) + ".expected.tsv"));
    for (const bool state : {false, true})
      row.append(" ").append(std::to_string(lines_with(events, state))).append(" |");
    EXPECT_TRUE(contains(text, row)) << "docs/meters.md lacks " << row;
  }
  std::size_t telegrams = 0;
  for (const auto& entry : fs::directory_iterator(folder)) telegrams += entry.path().extension() == ".txt" ? 1 : 0;
  EXPECT_EQ(rows, telegrams) << "tests/data/INDEX.tsv lists every telegram";
}

TEST(DocsTables, EventsNameEveryReason) {
  const auto text = read_file(fs::path(SOURCE_DIR) / "docs/events.md");
  for (std::size_t reason = 0; reason < static_cast<std::size_t>(vscp_p1::Errc::count_); ++reason) {
    const auto name = std::string(identifier(static_cast<vscp_p1::Errc>(reason)));
    EXPECT_TRUE(contains(text, "`" + name + "`")) << "docs/events.md does not name " << name;
  }
}

TEST(DocsTables, DocumentsNameTestsThatExist) {
  std::set<std::string> tests;
  const auto& all = *testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const auto& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      tests.insert(std::string(suite.name()) + "." + suite.GetTestInfo(t)->name());
    }
  }
  const auto text =
      read_file(fs::path(SOURCE_DIR) / "docs/reliability.md") + read_file(fs::path(SOURCE_DIR) / "docs/fleet.md");
  const std::regex test_name("`([A-Z][A-Za-z0-9]+\\.[A-Z][A-Za-z0-9]+)`");
  std::size_t named = 0;
  for (std::sregex_iterator name(text.begin(), text.end(), test_name), end; name != end; ++name, ++named) {
    EXPECT_TRUE(tests.contains((*name)[1])) << "there is no test " << (*name)[1];
  }
  EXPECT_GT(named, 20U);
}

// A packet PUBLISH of QoS 1, MQTT 3.1.1 §3.3: type, its length in one byte for each seven bits, topic and identifier.
std::size_t size_of_packet(const std::string& topic, std::size_t payload) {
  const auto length = 2 + topic.size() + 2 + payload;
  return 1 + (length < 128 ? 1U : length < 16'384 ? 2U : 3U) + length;
}

TEST(DocsTables, FleetShowsTheSizesOfMessages) {
  struct Row {
    const char *name, *config, *topics;
  };
  const auto text = read_file(fs::path(SOURCE_DIR) / "docs/fleet.md");
  for (const Row& row : {Row{"events, `payload = json`", "", "/1040/"},
                         Row{"the same with `json_names = vscp` or `plain`", "json_names = vscp\n", "/1040/"},
                         Row{"events, `payload = string`", "payload = string\n", "/1040/"},
                         Row{"events, `payload = binary`", "payload = binary\n", "/1040/"},
                         Row{"`[SUMMARY]`, one JSON object", "[SUMMARY]\ntopic = p1/{meter}\n", "p1/"}}) {
    const itest::TempDir dir;
    dir.write("config.ini", std::string("[VSCP]\nguid = ") + itest::base_guid + "\n" + row.config);
    const auto output = itest::run_daemon(
        dir, {"--dry-run", "--source", "file:" + std::string(SOURCE_DIR) + "/tests/data/se_h1_26_lines.txt"});
    std::size_t messages = 0;
    std::size_t bytes = 0;
    for (const auto& line : itest::lines_of(output.out)) {
      const auto message = itest::parse_line(line);
      if (message.topic.find(row.topics) == std::string::npos) continue;
      ++messages;
      bytes += size_of_packet(message.topic, message.payload.size());
    }
    ASSERT_GT(messages, 0U) << row.name;
    const auto shown = std::string("| ") + row.name + " | " + std::to_string(messages) + " | " +
                       std::to_string((bytes + messages / 2) / messages) + " | " + std::to_string(bytes) + " |";
    EXPECT_TRUE(contains(text, shown)) << "docs/fleet.md lacks " << shown;
  }
}

// What fits into one core is arithmetic from the table that scripts/bench-report writes.
TEST(DocsTables, FleetShowsHowManyMetersOneCoreTakes) {
  const auto fleet = read_file(fs::path(SOURCE_DIR) / "docs/fleet.md");
  const auto measured = read_file(fs::path(SOURCE_DIR) / "docs/performance.md");
  std::smatch shown;
  ASSERT_TRUE(std::regex_search(
      fleet, shown, std::regex("about ([0-9,]+)\\s+meters that send once a second at QoS 0, or ([0-9,]+) at QoS 1")));
  for (const std::size_t qos : {0U, 1U}) {
    std::smatch row;
    ASSERT_TRUE(std::regex_search(
        measured, row,
        std::regex("\\| 1,000 \\| " + std::to_string(qos) + R"( \| all \| all \| [0-9,]+ \| 0 \| ([0-9.]+) \|)")))
        << "docs/performance.md has no row of 1,000 meters at QoS " << qos;
    const double end = 1000 / (std::stod(row[1]) / 100);
    const auto said = std::stod(std::regex_replace(shown[1 + qos].str(), std::regex(","), ""));
    EXPECT_NEAR(said, end, end / 10) << "docs/fleet.md, QoS " << qos;
  }
}

// Every text in the program's sources, those that are written in parts put together, with a line end behind each.
std::string texts_of_the_program() {
  std::string texts;
  const std::regex text("\"((?:[^\"\\\\\\n]|\\\\.)*)\"(?:\\s*\"((?:[^\"\\\\\\n]|\\\\.)*)\")*");
  const std::regex no_text("'\\\\?\"'|\n *//[^\n]*");  // a quote as a character, comments
  const std::regex seam("\"\\s*\"");
  for (const auto* folder : {"src", "include"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(SOURCE_DIR) / folder)) {
      if (!entry.is_regular_file()) continue;
      const auto source = std::regex_replace(read_file(entry.path()), no_text, "");
      for (std::sregex_iterator found(source.begin(), source.end(), text), end; found != end; ++found) {
        texts += std::regex_replace(found->str(), seam, "") + "\n";
      }
    }
  }
  return texts;
}

// Whether a message can be put together from the texts: pieces of twelve bytes or more, shorter ones with a blank or
// a mark in them if they are all that stands between two quotes or braces of a text, and "…" or an example where the
// program puts a name or a number.
class Composer {
 public:
  explicit Composer(std::string texts) : texts_(std::move(texts)) {}

  bool can_say(const std::string& message) {
    if (message.empty()) return true;
    if (const auto known = tried_.find(message); known != tried_.end()) return known->second;
    bool can = false;
    std::smatch example;
    if (std::regex_search(message, example, examples_, std::regex_constants::match_continuous)) {
      can = can_say(message.substr(static_cast<std::size_t>(example.length())));
    }
    for (auto length = message.size(); length > 0 && !can; --length) {
      can = is_piece(message.substr(0, length)) && can_say(message.substr(length));
    }
    return tried_[message] = can;
  }

 private:
  bool is_piece(const std::string& piece) const {
    constexpr std::size_t long_enough = 12;
    if (piece.size() >= long_enough) return contains(texts_, piece);
    if (piece.find_first_of(" :;,()?") == std::string::npos) return false;
    for (const auto* begin : {"\"", "}"}) {
      for (const auto* end : {"\"", "{"}) {
        if (contains(texts_, begin + piece + end)) return true;
      }
    }
    return false;
  }

  std::string texts_;
  std::map<std::string, bool> tried_;
  const std::regex examples_{
      "…|/dev/ttyUSB0|config\\.ini|serial_prot|serial_port|sum_active_energy_out|mbus_|gas|p1\\.capture|"
      "raspberrypi\\.local:1883|127\\.0\\.0\\.1:2000|none|[0-9]+"};
};

TEST(DocsTroubleshooting, QuotesWhatTheProgramSays) {
  Composer program(texts_of_the_program());
  std::istringstream lines(read_file(fs::path(SOURCE_DIR) / "docs/troubleshooting.md"));
  std::size_t quoted = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("> ")) continue;
    ++quoted;
    EXPECT_TRUE(program.can_say(line.substr(2))) << "the program does not say: " << line.substr(2);
  }
  EXPECT_GT(quoted, 50U);
  for (const auto* wrong :
       {"…: nothing was received — call the grid company", "/dev/ttyUSB0: no such port — plug it in",
        "broker …: it refuses the login — ask your neighbour for his"}) {
    EXPECT_FALSE(program.can_say(wrong)) << wrong;
  }
}

TEST(DocsTables, ConfigurationShowsEveryKey) {
  const auto text = read_file(fs::path(SOURCE_DIR) / "docs/configuration.md");
  std::istringstream shown(shell("/", "vscp-p1d --check --config /dev/null").output);
  for (std::string line; std::getline(shown, line);) {
    const auto key = line.substr(0, line.find(' '));
    const bool of_quantity = key.starts_with("id_") || key.starts_with("sensorindex_") || key.starts_with("scale_") ||
                             key.starts_with("note_");
    if (key.empty() || key.front() == '[' || of_quantity) continue;
    EXPECT_TRUE(contains(text, key)) << "docs/configuration.md does not name " << key;
  }
}

}  // namespace
