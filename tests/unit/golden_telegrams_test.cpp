#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/support.hpp"

namespace vscp_p1 {
namespace {

using test::Pipeline;
using Rows = std::vector<std::string>;

const std::filesystem::path data_directory = SOURCE_DIR "/tests/data";

struct Golden {
  std::string name, stream;
  Rows expected;

  bool has_crc() const { return test::frames_of(stream, CrcCheck::required).bodies.size() == 1; }
};

void PrintTo(const Golden& golden, std::ostream* out) { *out << golden.name; }

std::vector<Golden> goldens() {
  std::vector<Golden> all;
  for (const auto& entry : std::filesystem::directory_iterator(data_directory)) {
    if (entry.path().extension() != ".txt") continue;
    Golden golden{entry.path().stem().string(), test::read_file(entry.path()), {}};
    auto expected = entry.path();
    for (auto& row : test::split(test::read_file(expected.replace_extension(".expected.tsv")), '\n')) {
      if (!row.empty()) golden.expected.push_back(row);
    }
    const bool ends_with_a_pause = golden.stream.find('!') == std::string::npos;  // a test of its own
    if (!ends_with_a_pause) all.push_back(std::move(golden));
  }
  std::sort(all.begin(), all.end(), [](const Golden& x, const Golden& y) { return x.name < y.name; });
  return all;
}

const std::vector<Golden>& all_goldens() {
  static const auto all = goldens();
  return all;
}

// "" when they are equal, else the first difference in one line.
std::string difference(const std::vector<Rows>& telegrams, const Rows& expected) {
  if (telegrams.size() != 1) return std::to_string(telegrams.size()) + " telegrams with readings, expected 1";
  const auto& rows = telegrams[0];
  for (std::size_t i = 0; i < std::max(rows.size(), expected.size()); ++i) {
    const auto found = i < rows.size() ? rows[i] : "nothing";
    const auto wanted = i < expected.size() ? expected[i] : "nothing";
    if (found != wanted) return "event " + std::to_string(i) + " is [" + found + "], expected [" + wanted + "]";
  }
  return {};
}

// What the same telegram gives once more: no state and no profile has changed.
Rows repeated(const Rows& rows) {
  Rows again;
  for (const auto& row : rows) {
    const auto columns = test::split(row, '\t');
    const auto& key = columns[0];
    const bool on_change = columns[1].find('/') != std::string::npos || key.starts_with("tariff") ||
                           key.starts_with("month_") || key.starts_with("interval_") ||
                           key == "power_failure_duration" || key == "gas_dsmr22" || key == "gas_corrected_dsmr22";
    if (!on_change) again.push_back(row);
  }
  return again;
}

class GoldenTelegram : public ::testing::TestWithParam<Golden> {};

INSTANTIATE_TEST_SUITE_P(Data, GoldenTelegram, ::testing::ValuesIn(all_goldens()),
                         [](const auto& parameter) { return parameter.param.name; });

TEST(GoldenTelegrams, are_all_there) { EXPECT_GE(all_goldens().size(), 15U); }

TEST_P(GoldenTelegram, gives_the_expected_events) {
  Pipeline pipeline;
  pipeline.feed(GetParam().stream);
  EXPECT_EQ(difference(pipeline.telegrams(), GetParam().expected), "");
  EXPECT_EQ(pipeline.dropped_telegrams(), 0U);
}

TEST(GoldenTelegrams, without_an_end_mark) {
  Pipeline pipeline;
  pipeline.feed(test::read_file(data_directory / "dsmr22_no_end_mark.txt"));
  EXPECT_EQ(pipeline.telegrams().size(), 0U);
  pipeline.finish();
  const auto expected = test::split(test::read_file(data_directory / "dsmr22_no_end_mark.expected.tsv"), '\n');
  EXPECT_EQ(difference(pipeline.telegrams(), Rows(expected.begin(), expected.end() - 1)), "");
}

TEST_P(GoldenTelegram, cut_in_two_at_every_byte) {
  const std::string_view stream = GetParam().stream;
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    Pipeline pipeline;
    pipeline.feed(stream.substr(0, cut));
    pipeline.feed(stream.substr(cut));
    ASSERT_EQ(difference(pipeline.telegrams(), GetParam().expected), "") << "cut at byte " << cut;
    ASSERT_EQ(pipeline.dropped_telegrams(), 0U) << "cut at byte " << cut;
  }
}

TEST_P(GoldenTelegram, in_pieces_of_every_size) {
  const std::string_view stream = GetParam().stream;
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U, 255U}) {
    Pipeline pipeline;
    for (std::size_t begin = 0; begin < stream.size(); begin += piece) pipeline.feed(stream.substr(begin, piece));
    ASSERT_EQ(difference(pipeline.telegrams(), GetParam().expected), "") << "pieces of " << piece;
  }
}

TEST_P(GoldenTelegram, after_a_megabyte_of_random_bytes) {
  for (const std::uint32_t seed : {1U, 42U, 20240705U}) {
    for (const std::size_t piece : {std::size_t{4096}, std::size_t{1'048'576}}) {
      const auto noise = test::random_bytes(seed, 1'048'576);
      Pipeline pipeline;
      for (std::size_t begin = 0; begin < noise.size(); begin += piece)
        pipeline.feed(std::string_view(noise).substr(begin, piece));
      ASSERT_EQ(pipeline.telegrams().size(), 0U) << "random bytes of seed " << seed << " give a reading";
      pipeline.feed(GetParam().stream);
      ASSERT_EQ(difference(pipeline.telegrams(), GetParam().expected), "")
          << "seed " << seed << ", pieces of " << piece;
    }
  }
}

TEST_P(GoldenTelegram, after_every_short_tail_of_random_bytes) {
  const auto noise = test::random_bytes(7, 1000);
  for (std::size_t length = 0; length < noise.size(); ++length) {
    Pipeline pipeline;
    pipeline.feed(std::string_view(noise).substr(0, length));
    pipeline.feed(GetParam().stream);
    ASSERT_EQ(difference(pipeline.telegrams(), GetParam().expected), "") << "after " << length << " random bytes";
  }
}

// A copy that is cut behind '!' is whole where no CRC follows; before it, it gives nothing.
TEST_P(GoldenTelegram, after_a_copy_of_itself_that_was_cut_off) {
  const std::string_view stream = GetParam().stream;
  const auto end = stream.rfind('!');
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    Pipeline pipeline;
    pipeline.feed(stream.substr(0, cut));
    pipeline.feed(stream);
    auto telegrams = pipeline.telegrams();
    if (cut >= end && telegrams.size() == 2) {
      ASSERT_EQ(telegrams[1], repeated(GetParam().expected)) << "cut at byte " << cut;
      telegrams.pop_back();
    }
    ASSERT_EQ(difference(telegrams, GetParam().expected), "") << "cut at byte " << cut;
  }
}

TEST_P(GoldenTelegram, twice_in_a_row) {
  Pipeline pipeline;
  pipeline.feed(GetParam().stream + GetParam().stream);
  const auto again = repeated(GetParam().expected);
  ASSERT_EQ(pipeline.telegrams().size(), again.empty() ? 1U : 2U);
  EXPECT_EQ(pipeline.telegrams()[0], GetParam().expected);
  if (!again.empty()) {
    EXPECT_EQ(pipeline.telegrams()[1], again);
  }
}

// Any damaged byte between '/' and '!' is found where there is a CRC.
TEST(GoldenTelegrams, with_one_damaged_byte_give_nothing) {
#ifdef __SANITIZE_ADDRESS__
  constexpr std::size_t step = 7;  // ten times as slow
#else
  constexpr std::size_t step = 1;
#endif
  std::size_t checked = 0;
  for (const auto& golden : all_goldens()) {
    if (!golden.has_crc()) continue;
    ++checked;
    const auto end = golden.stream.rfind('!');
    for (std::size_t i = golden.stream.find('/') + 1; i < end; i += step) {
      auto damaged = golden.stream;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x04);
      Pipeline pipeline;
      pipeline.feed(damaged);
      ASSERT_EQ(pipeline.telegrams().size(), 0U) << golden.name << ": byte " << i << " damaged gave readings";
      pipeline.feed(golden.stream);
      ASSERT_EQ(difference(pipeline.telegrams(), golden.expected), "")
          << golden.name << " behind byte " << i << " damaged";
    }
  }
  EXPECT_GE(checked, 12U);
}

struct Hostile {
  std::string_view name;
  std::string stream;
  std::size_t readings;  // telegrams with readings before the good one
};

// Bytes that come before a good telegram, which must come through.
std::vector<Hostile> hostile_streams() {
  const std::string head = "/HOS5\\tile\r\n\r\n1-0:1.8.0(000001.000*kWh)\r\n";
  const std::string nul(64, '\0');
  const std::string ff(64, '\xff');
  const std::string overlong(Framer::default_limit + 1000, '7');
  return {
      {"nothing", "", 0},
      {"restart inside a telegram", head, 0},
      {"restart inside a value", head + "1-0:1.7.0(00.321*k", 0},
      {"restart inside a code", head + "1-0:32.3", 0},
      {"slash in mid-line", head + "0-0:96.13.0(a/b/c)\r\nx/y\r\n", 0},
      {"slashes only", std::string(500, '/'), 0},
      {"slash lines", head + "/\r\n/\r\n/\n", 0},
      {"many headers", head + head + head + head, 0},
      {"cut checksum", test::with_crc(head).substr(0, head.size() + 3), 0},
      {"cut checksum and line end", test::with_crc(head).substr(0, head.size() + 3) + "\r\n", 0},
      {"wrong checksum", head + "!0000\r\n", 0},
      {"checksum that is no number", head + "!ZZZZ\r\n", 0},
      {"end marks only", "!\r\n!\r\n!ABCD\r\n", 0},
      {"NUL before", nul, 0},
      {"0xFF before", ff, 0},
      {"NUL inside", head + nul, 0},
      {"0xFF inside", head + ff, 0},
      {"NUL and 0xFF in a telegram without CRC", head + "0-0:96.13.0(" + nul + ff + ")\r\n!\r\n" + nul, 1},
      {"overlong line", head + "0-0:96.13.0(" + overlong + ")\r\n", 0},
      {"overlong line without an end", head + "0-0:96.13.0(" + overlong, 0},
      {"overlong header", "/" + overlong + "\r\n", 0},
      {"overlong noise", overlong, 0},
      {"too many lines",
       head +
           [] {
             std::string lines;
             while (lines.size() <= Framer::default_limit) lines += "1-0:1.8.0(000001.000*kWh)\r\n";
             return lines;
           }(),
       0},
      {"telegram of 64 KiB", test::with_crc(head + "0-0:94.98.31(" + std::string(65'536, '4') + ")\r\n"), 1},
      {"carriage returns only", head + std::string(100, '\r'), 0},
      {"brackets", head + std::string(300, '(') + "\r\n" + std::string(300, ')') + "\r\n", 0},
      {"HDLC frame", std::string("\x7E\xA0\x2F\x00\x21", 5) + ff + "\x7E", 0},
  };
}

TEST(GoldenTelegrams, come_through_behind_hostile_streams) {
  for (const auto& golden : all_goldens()) {
    for (const auto& hostile : hostile_streams()) {
      const auto stream = hostile.stream + golden.stream;
      for (const std::size_t piece : {std::size_t{61}, stream.size()}) {
        Pipeline pipeline;
        for (std::size_t begin = 0; begin < stream.size(); begin += piece) {
          pipeline.feed(std::string_view(stream).substr(begin, piece));
        }
        auto telegrams = pipeline.telegrams();
        ASSERT_EQ(telegrams.size(), hostile.readings + 1) << golden.name << " behind: " << hostile.name;
        telegrams.erase(telegrams.begin(), telegrams.end() - 1);
        ASSERT_EQ(difference(telegrams, golden.expected), "") << golden.name << " behind: " << hostile.name;
      }
    }
  }
}

TEST(GoldenTelegrams, strange_lines_are_counted_by_reason) {
  Pipeline pipeline;
  pipeline.feed(test::read_file(data_directory / "strange_lines.txt"));
  const auto count = [&](Errc reason) { return pipeline.mapper().skipped()[static_cast<std::size_t>(reason)]; };
  EXPECT_EQ(count(Errc::bad_obis), 2U) << "1-0:256.8.0, text";
  EXPECT_EQ(count(Errc::bad_line), 4U) << "unclosed bracket, no value, swapped brackets, 24.3.0 without its value";
  EXPECT_EQ(count(Errc::bad_number), 5U) << "none, 20 digits, .5, 1., --1";
  EXPECT_EQ(count(Errc::bad_unit), 2U) << "var in V, 00.3.21";
  EXPECT_EQ(count(Errc::bad_timestamp), 1U) << "30 February";
}

}  // namespace
}  // namespace vscp_p1
