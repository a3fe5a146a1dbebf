#include <gtest/gtest.h>

#include "decode.hpp"
#include "harness.hpp"

// Every tests/data/NAME.txt through the real program gives the events of NAME.expected.tsv: key, VSCP type, value,
// unit code, and the time in UTC or "host".
namespace itest {
namespace {

const std::filesystem::path data_folder = SOURCE_DIR "/tests/data";

TEST(Golden, EveryTelegramGivesTheEventsBesideIt) {
  const auto telegrams = captures(data_folder);
  ASSERT_FALSE(telegrams.empty());
  for (const auto& [name, text] : telegrams) {
    SCOPED_TRACE(name);
    const auto began = std::chrono::system_clock::now();
    const auto result = dry_run(config_for(), text);
    ASSERT_EQ(result.code, 0) << result.err;
    std::string events;
    for (const auto& event : readings_in(result.out)) {
      const auto value = decode_value(event);
      const auto at = std::chrono::system_clock::time_point(seconds(utc_seconds(event.datetime)));
      const bool by_host = at > began - seconds{2} && at <= std::chrono::system_clock::now();
      events += key_of(event.id()) + "\t" + std::to_string(event.type) + "\t" + value.text + "\t" +
                std::to_string(value.unit) + "\t" + (by_host ? "host" : event.datetime) + "\n";
    }
    EXPECT_EQ(events, read_file(data_folder / (name.substr(0, name.size() - 4) + ".expected.tsv")));
  }
}

}  // namespace
}  // namespace itest
