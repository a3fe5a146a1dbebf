#include "vscp_p1/text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace vscp_p1 {
namespace {

using namespace std::string_view_literals;

struct Sample {
  const char* what;
  std::string_view text;
  bool plain, mqtt;
  std::string_view shown, as_plain_text;
};

const std::vector<Sample>& samples() {
  static const std::vector<Sample> all = {
      {"nothing", "", true, true, "", ""},
      {"text", "Zähler 7 ✓ 🔌", true, true, "Zähler 7 ✓ 🔌", "Zähler 7 ✓ 🔌"},
      {"a backslash is one", R"(KFM5\x1b)", true, true, R"(KFM5\x1b)", R"(KFM5\x1b)"},
      {"NUL", "a\0b"sv, false, false, R"(a\x00b)", "a b"},
      {"line ends", "a\r\nerror: b", false, false, R"(a\x0d\x0aerror: b)", "a  error: b"},
      {"an escape sequence", "\x1b[31mred", false, false, R"(\x1b[31mred)", " [31mred"},
      {"DEL", "a\x7f", false, false, R"(a\x7f)", "a "},
      {"CSI as one character",
       "\xC2\x9B"
       "31m",
       false, false, R"(\xc2\x9b31m)", " 31m"},
      {"the last control character", "\xC2\x9F", false, false, R"(\xc2\x9f)", " "},
      {"the first behind them", "\xC2\xA0", true, true, "\xC2\xA0", "\xC2\xA0"},
      {"CSI as one byte",
       "\x9B"
       "31m",
       false, false, R"(\x9b31m)", "\uFFFD31m"},
      {"Latin 1", "Z\xE4hler", false, false, R"(Z\xe4hler)", "Z\uFFFDhler"},
      {"a longer form than needed", "\xC0\xAF", false, false, R"(\xc0\xaf)", "\uFFFD\uFFFD"},
      {"half of a surrogate pair", "\xED\xA0\x80", false, false, R"(\xed\xa0\x80)", "\uFFFD\uFFFD\uFFFD"},
      {"beyond Unicode", "\xF4\x90\x80\x80", false, false, R"(\xf4\x90\x80\x80)", "\uFFFD\uFFFD\uFFFD\uFFFD"},
      {"cut", "a\xE2\x9C", false, false, R"(a\xe2\x9c)", "a\uFFFD\uFFFD"},
      {"FF", "\xFF\xFF", false, false, R"(\xff\xff)", "\uFFFD\uFFFD"},
      {"no character: FFFE", "\xEF\xBF\xBE", true, false, "\xEF\xBF\xBE", "\uFFFD"},
      {"no character: FFFF", "\xEF\xBF\xBF", true, false, "\xEF\xBF\xBF", "\uFFFD"},
      {"no character: FDD0", "\xEF\xB7\x90", true, false, "\xEF\xB7\x90", "\uFFFD"},
      {"no character: 10FFFF", "\xF4\x8F\xBF\xBF", true, false, "\xF4\x8F\xBF\xBF", "\uFFFD"},
      {"a mark of direction", "a\u200Eb\u200Fc\u061C", true, true, R"(a\xe2\x80\x8eb\xe2\x80\x8fc\xd8\x9c)",
       "a\u200Eb\u200Fc\u061C"},
      {"line and paragraph ends", "\u2028\u2029", true, true, R"(\xe2\x80\xa8\xe2\x80\xa9)", "\u2028\u2029"},
      {"text turned around", "\u202Atxt.\u202Eexe", true, true, R"(\xe2\x80\xaatxt.\xe2\x80\xaeexe)",
       "\u202Atxt.\u202Eexe"},
      {"text isolated", "\u2066a\u2069", true, true, R"(\xe2\x81\xa6a\xe2\x81\xa9)", "\u2066a\u2069"},
      {"their neighbours", "\u200D\u2010\u2027\u202F\u2065\u206A", true, true, "\u200D\u2010\u2027\u202F\u2065\u206A",
       "\u200D\u2010\u2027\u202F\u2065\u206A"},
      {"the replacement", "\uFFFD", true, true, "\uFFFD", "\uFFFD"},
  };
  return all;
}

TEST(Text, what_does_nothing_to_a_terminal_and_what_a_broker_takes) {
  for (const auto& sample : samples()) {
    EXPECT_EQ(is_plain_text(sample.text), sample.plain) << sample.what;
    EXPECT_EQ(is_mqtt_text(sample.text), sample.mqtt) << sample.what;
  }
}

TEST(Text, any_bytes_are_shown_as_plain_text) {
  for (const auto& sample : samples()) {
    EXPECT_EQ(escaped(sample.text), sample.shown) << sample.what;
    EXPECT_EQ(plain_text(sample.text), sample.as_plain_text) << sample.what;
  }
}

TEST(Text, every_byte_by_itself) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string text(3, static_cast<char>(byte));
    EXPECT_TRUE(is_plain_text(escaped(text))) << byte;
    EXPECT_TRUE(is_mqtt_text(plain_text(text))) << byte;
  }
}

TEST(Text, is_cut_between_characters) {
  struct Cut {
    std::string_view text;
    std::size_t longest;
    std::string_view first, shown;
  };
  const std::vector<Cut> cuts = {
      {"abc", 3, "abc", "abc"},
      {"abc", 2, "ab", "ab…"},
      {"abc", 0, "", "…"},
      {"", 0, "", ""},
      {"aå", 2, "a", "a…"},
      {"a✓b", 3, "a", "a…"},
      {"a✓b", 4, "a✓", "a✓…"},
      {"🔌🔌", 4, "🔌", "🔌…"},
      {"🔌🔌", 7, "🔌", "🔌…"},
      {"🔌", 3, "", "…"},
      {"\x1b\x1b", 1, "\x1b", R"(\x1b…)"},
      {"\xBF\xBF\xBF\xBF\xBF", 4, "\xBF\xBF\xBF\xBF", R"(\xbf\xbf\xbf\xbf…)"},
  };
  for (const auto& cut : cuts) {
    EXPECT_EQ(first_bytes(cut.text, cut.longest), cut.first) << cut.shown;
    EXPECT_EQ(escaped(cut.text, cut.longest), cut.shown);
  }
}

TEST(Text, an_id_of_a_hundred_kilobytes_is_shown_in_part) {
  EXPECT_LT(escaped(std::string(100'000, '\x1b'), longest_shown).size(), 4 * longest_shown + 4);
}

TEST(Text, json_has_no_raw_control_characters) {
  EXPECT_EQ(without_raw_controls("{\"a\":\"\\n\xC2\x9B\x7F å\"}"), R"({"a":"\n\u009b\u007f å"})");
  EXPECT_EQ(without_raw_controls(R"({"a":"å"})"), R"({"a":"å"})");
}

TEST(Text, display_width_counts_columns_of_a_terminal) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("Voltage"), 7U);
  EXPECT_EQ(display_width("Spänning…"), 9U);
  EXPECT_EQ(display_width("電圧"), 4U);
  EXPECT_EQ(display_width("a\xCC\x88"), 1U) << "a and a combining diaeresis";
  EXPECT_EQ(display_width("⚡🔌"), 3U);
  EXPECT_EQ(display_width("\xFF"), 1U);
}

TEST(Text, first_columns_cuts_no_character) {
  EXPECT_EQ(first_columns("Voltage", 3), "Vol");
  EXPECT_EQ(first_columns("Voltage", 7), "Voltage");
  EXPECT_EQ(first_columns("Voltage", 0), "");
  EXPECT_EQ(first_columns("Spänning", 3), "Spä");
  EXPECT_EQ(first_columns("電圧", 3), "電");
  EXPECT_EQ(first_columns("a\xCC\x88o", 1), "a\xCC\x88");
}

}  // namespace
}  // namespace vscp_p1
