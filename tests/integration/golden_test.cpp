#include <gtest/gtest.h>

#include "decode.hpp"
#include "harness.hpp"

// Every tests/data/NAME.txt through the real program gives the events of NAME.expected.tsv: key, VSCP type, value,
// unit code, and the time in UTC or "host". Of a state the class stands in front of the type; the value of a text is
// the whole text, that of a STATE "from>to".
namespace itest {
namespace {

const std::filesystem::path data_folder = SOURCE_DIR "/tests/data";

constexpr unsigned class_log = 509;
constexpr unsigned class_information = 20;

// "value" and "unit" of a state, or the next part of the text that `row` began.
void append_state(const DecodedEvent& event, std::string& row) {
  const auto text = std::string(event.data.begin() + 3, event.data.end());
  if (event.event_class == class_log) {
    row += text;
  } else if (event.data.size() == 5) {
    row.append(std::to_string(event.data[3])).append(">").append(std::to_string(event.data[4]));
  }
}

// The rows of all events that a telegram gave. Times from `began` on are the host's.
std::string rows_of(const std::string& output, std::chrono::system_clock::time_point began) {
  struct Row {
    std::string begin, value, end;
  };
  std::vector<Row> rows;
  for (const auto& line : lines_of(output)) {
    const auto event = decode_json(parse_line(line).payload);
    const bool is_state = event.event_class == class_log || event.event_class == class_information;
    if (event.id() == 0 || !(is_state || is_reading(event))) continue;
    const auto at = std::chrono::system_clock::time_point(seconds(utc_seconds(event.datetime)));
    const bool by_host = at > began - seconds{2} && at <= std::chrono::system_clock::now();
    const auto time = std::string("\t").append(by_host ? "host" : event.datetime).append("\n");
    std::string begin = key_of(event.id());
    begin.append("\t").append(is_state ? std::to_string(event.event_class).append("/") : "");
    begin.append(std::to_string(event.type)).append("\t");
    if (!is_state) {
      const auto value = decode_value(event);
      rows.push_back({begin, value.text, std::string("\t").append(std::to_string(value.unit)).append(time)});
      continue;
    }
    const bool is_next_part = event.event_class == class_log && event.data.at(2) > 0;
    if (!is_next_part) rows.push_back({begin, {}, std::string("\t-").append(time)});
    append_state(event, rows.back().value);
  }
  std::string text;
  for (const auto& row : rows) text += row.begin + row.value + row.end;
  return text;
}

TEST(Golden, EveryTelegramGivesTheEventsBesideIt) {
  const auto telegrams = captures(data_folder);
  ASSERT_FALSE(telegrams.empty());
  for (const auto& [name, text] : telegrams) {
    SCOPED_TRACE(name);
    const auto began = std::chrono::system_clock::now();
    const auto result = dry_run(config_for(), text);
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(rows_of(result.out, began),
              read_file(data_folder / (name.substr(0, name.size() - 4) + ".expected.tsv")));
  }
}

}  // namespace
}  // namespace itest
