#include "vscp_p1/telegram.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscp_p1 {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

std::vector<std::string> values_of(std::string_view text) {
  std::vector<std::string> values;
  ValueCursor cursor(text);
  while (const auto value = cursor.next()) values.emplace_back(*value);
  return values;
}

// Each line as "code|value|value…", or its reason.
std::vector<std::string> lines_of(std::string_view body) {
  std::vector<std::string> lines;
  LineReader reader(body);
  while (const auto line = reader.next()) {
    if (!*line) {
      lines.emplace_back(message(line->error()));
      continue;
    }
    std::string text(ObisText((*line)->id).view());
    for (const auto& value : values_of((*line)->values)) text += "|" + value;
    lines.push_back(text);
  }
  return lines;
}

TEST(ValueCursor, takes_one_bracket_after_the_other) {
  struct Case {
    std::string_view text;
    std::vector<std::string> expected;
  };
  const Case cases[] = {
      {"(1*kWh)", {"1*kWh"}},
      {"()", {""}},
      {"(a)(b)(c)", {"a", "b", "c"}},
      {"()()()", {"", "", ""}},
      {"(a)\r\n(b)", {"a", "b"}},
      {"(a) (b)", {"a", "b"}},
      {"((ER11))", {"(ER11)"}},
      {"((ER12)", {"(ER12"}},
      {"(ER13))", {"ER13)"}},
      {"(a)b)(c)", {"a)b", "c"}},
      {"(65.0*A,-65.0*A)", {"65.0*A,-65.0*A"}},
      {"(a\r\nb)", {"a\r\nb"}},
      {"", {}},
      {"abc", {}},
      {"(abc", {}},
      {")(", {}},
      {"(a)(b", {"a"}},
  };
  for (const auto& c : cases) EXPECT_THAT(values_of(c.text), ElementsAreArray(c.expected)) << c.text;
}

TEST(LineReader, header_is_given_as_sent) {
  struct Case {
    std::string_view body, expected;
  };
  const Case cases[] = {
      {"/KFM5KAIFA-METER\r\n\r\n1-0:1.8.0(1)\r\n", "KFM5KAIFA-METER"},
      {"/ADN9 6534\r\n", "ADN9 6534"},
      {"/ISK5\\2M550T-1012\r\n", "ISK5\\2M550T-1012"},
      {"/ACME!MTR\r\n", "ACME!MTR"},
      {"/KAM5\n", "KAM5"},
      {"/", ""},
      {"", ""},
      {"/X", "X"},
  };
  for (const auto& c : cases) EXPECT_EQ(LineReader(c.body).header(), c.expected) << c.body;
}

TEST(LineReader, reads_lines_and_their_continuations) {
  struct Case {
    std::string_view name, lines;
    std::vector<std::string> expected;
  };
  const std::string obis = "bad OBIS code";
  const std::string line = "bad line";
  const Case cases[] = {
      {"one", "1-0:1.8.0(1*kWh)\r\n", {"1-0:1.8.0|1*kWh"}},
      {"no line end", "1-0:1.8.0(1*kWh)", {"1-0:1.8.0|1*kWh"}},
      {"blank lines", "\r\n\r\n1-0:1.8.0(1)\r\n\r\n\r\n1-0:2.8.0(2)\r\n", {"1-0:1.8.0|1", "1-0:2.8.0|2"}},
      {"unix line ends", "1-0:1.8.0(1)\n1-0:2.8.0(2)\n", {"1-0:1.8.0|1", "1-0:2.8.0|2"}},
      {"trailing blanks", "1-0:1.8.0(1)  \r\n1-0:2.8.0(2)\r\n", {"1-0:1.8.0|1", "1-0:2.8.0|2"}},
      {"value on the next line (DSMR 2.2)",
       "0-1:24.3.0(1)(2)(m3)\r\n(00124.477)\r\n0-1:24.4.0(1)\r\n",
       {"0-1:24.3.0|1|2|m3|00124.477", "0-1:24.4.0|1"}},
      {"value over three lines",
       "0-0:96.13.0(30313\r\n2333\r\n435)\r\n1-0:1.8.0(1)\r\n",
       {"0-0:96.13.0|30313\r\n2333\r\n435", "1-0:1.8.0|1"}},
      {"code alone, value on the next line", "1-0:1.8.0\r\n(1)\r\n", {line, obis}},
      {"unclosed, then a good one", "1-0:1.8.0(1*kWh\r\n1-0:2.8.0(2)\r\n", {line, "1-0:2.8.0|2"}},
      {"unclosed at the end", "1-0:2.8.0(2)\r\n1-0:1.8.0(1*kWh\r\n", {"1-0:2.8.0|2", line}},
      {"unclosed, text, good", "1-0:1.8.0(1\r\nhello\r\n1-0:2.8.0(2)\r\n", {line, obis, "1-0:2.8.0|2"}},
      {"no code", "hello\r\n1-0:2.8.0(2)\r\n", {obis, "1-0:2.8.0|2"}},
      {"no value", "1-0:1.8.0\r\n1-0:2.8.0(2)\r\n", {line, "1-0:2.8.0|2"}},
      {"swapped brackets", "1-0:1.8.0)1(\r\n1-0:2.8.0(2)\r\n", {line, "1-0:2.8.0|2"}},
      {"code too large", "1-0:256.8.0(1)\r\n1-0:2.8.0(2)\r\n", {obis, "1-0:2.8.0|2"}},
      {"text behind the bracket", "1-0:1.8.0(1)x\r\n1-0:2.8.0(2)\r\n", {line, "1-0:2.8.0|2"}},
      {"group F", "1-0:1.8.0*255(1)\r\n", {"1-0:1.8.0|1"}},
      {"nested", "0-0:0.2.0((ER11))\r\n1-0:2.8.0(2)\r\n", {"0-0:0.2.0|(ER11)", "1-0:2.8.0|2"}},
      {"raw bytes", "0-0:96.13.0(\xff\xff\xfe)\r\n1-0:2.8.0(2)\r\n", {"0-0:96.13.0|\xff\xff\xfe", "1-0:2.8.0|2"}},
      {"nothing", "", {}},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(lines_of("/EXA5\r\n" + std::string(c.lines)), ElementsAreArray(c.expected)) << c.name;
  }
}

TEST(LineReader, text_behind_the_last_bracket_costs_no_neighbour) {
  EXPECT_THAT(lines_of("/E\r\n1-0:1.8.0(1)garbage\r\n1-0:2.8.0(2)\r\n1-0:3.8.0(3)\r\n"),
              ElementsAre("bad line", "1-0:2.8.0|2", "1-0:3.8.0|3"));
}

TEST(LineReader, gives_each_line_as_sent) {
  std::vector<std::string> lines;
  LineReader reader(
      "/X\r\n\r\n1-0:1.8.0(1*kWh)\r\n0-1:24.3.0(a)\r\n(b)\r\nno code\r\n1-0:2.8.0(open\r\n1-0:3.8.0(2)\r\n");
  while (reader.next()) lines.emplace_back(reader.line());
  EXPECT_THAT(lines,
              ElementsAre("1-0:1.8.0(1*kWh)", "0-1:24.3.0(a)\r\n(b)", "no code", "1-0:2.8.0(open", "1-0:3.8.0(2)"));
}

// Calls `look` with the line, in front of others and as the last one: there less may be read beyond it.
template <class Look>
void look_at_line(const std::string& code, std::string_view values, Look look) {
  for (const std::string_view behind :
       {"", "1-0:2.7.0(00.000*kW)\r\n1-0:21.7.0(00.206*kW)\r\n1-0:22.7.0(0*kW)\r\n"}) {
    SCOPED_TRACE(std::string(values) + (behind.empty() ? " at the end" : " in front of others"));
    const auto body = "/X\r\n" + code + std::string(values) + "\r\n" + std::string(behind);
    LineReader reader(body);
    const auto line = reader.next();
    ASSERT_TRUE(line && *line);
    look(**line);
  }
}

// As "mantissa e exponent, length", or "-" when the line has none.
TEST(LineReader, a_plain_number_is_what_parse_decimal_prefix_reads) {
  struct Case {
    std::string_view values, expected;
  };
  for (const auto& [values, expected] : {Case{"(00.206*kW)", "206e-3, 6"},
                                         {"(004938.713*kWh)", "4938713e-3, 10"},
                                         {"(12345678.12345678*kvarh)", "1234567812345678e-8, 17"},
                                         {"(230.1*V)", "2301e-1, 5"},
                                         {"(00015)", "15e0, 5"},
                                         {"(0)", "0e0, 1"},
                                         {"(1*longest)", "1e0, 1"},
                                         {"(1*too long)", "-"},
                                         {"(123456789)", "-"},
                                         {"(1.123456789)", "-"},
                                         {"(-1*kW)", "-"},
                                         {"(1.*kW)", "-"},
                                         {"(.1*kW)", "-"},
                                         {"(1 *kW)", "-"},
                                         {"(1*kW) ", "-"},
                                         {"(1*kW)(2)", "-"},
                                         {"()", "-"},
                                         {"(1kW)", "-"},
                                         {"(1*k\xB0W)", "-"}}) {
    look_at_line("1-0:1.7.0", values, [values = values, expected = expected](const DataLine& line) {
      const auto& number = line.number;
      const auto found = number.length == 0
                             ? "-"
                             : std::to_string(number.mantissa) + "e" + std::to_string(number.exponent) + ", " +
                                   std::to_string(number.length);
      EXPECT_EQ(found, expected);
      if (number.length == 0) return;
      const auto prefix = parse_decimal_prefix(values.substr(1));
      EXPECT_EQ(prefix->value, number.value());
      EXPECT_EQ(prefix->length, number.length);
    });
  }
}

TEST(LineReader, a_number_behind_a_stamp_is_read_with_the_line) {
  struct Case {
    std::string_view values;
    std::size_t length;  // of the number; 0: it was not read
  };
  for (const auto& [values, length] : {Case{"(231029022500S)(00789.654*m3)", 9},
                                       {"(231029022500W)(1)", 1},
                                       {"(891029022588S)(00789.654*m3 )", 9},
                                       {"(231029022500)(00789.654*m3)", 0},
                                       {"(23102902250)S)(00789.654*m3)", 0},
                                       {"(23102902250AS)(00789.654*m3)", 0},
                                       {"(231029022500S)(00789.654)(1)", 0},
                                       {"(231029022500S)()", 0},
                                       {"(231029022500S)(-1*m3)", 0}}) {
    look_at_line("0-1:24.2.1", values, [values = values, length = length](const DataLine& line) {
      EXPECT_EQ(line.values, values);
      EXPECT_EQ(line.number.length, length);
      if (length == 0) return;
      EXPECT_EQ(line.number.value(), parse_decimal_prefix(values.substr(stamp_size + 1))->value);
    });
  }
}

// The order of codes that a meter had makes no difference but in time.
TEST(LineReader, the_order_of_the_last_telegram_changes_nothing) {
  // More lines than an order has, of codes that each telegram has in another place.
  const auto long_body = [](std::size_t first) {
    constexpr auto codes = std::to_array<const char*>({"1-0:1.8.0(000123.456*kWh)\r\n", "1-0:32.7.0(230.1*V)\r\n",
                                                       "0-0:96.14.0(0002)\r\n", "1-0:1.7.0(01.193*kW)\r\n"});
    std::string body = "/X\r\n";
    for (std::size_t i = 0; i < 150; ++i) body += codes[(first + i) % codes.size()];
    return body;
  };
  const auto bodies = std::to_array<std::string>(
      {long_body(0), long_body(1),
       "/X\r\n1-0:1.8.0(1*kWh)\r\n1-0:2.8.0(2*kWh)\r\n0-0:96.1.1(41)\r\n1-0:1.7.0(3*kW)\r\n",
       "/X\r\n1-0:1.8.0(1*kWh)\r\n1-0:2.8.1(2*kWh)\r\n0-0:96.1.1(41)\r\n1-0:1.7.0(3*kW)\r\n",
       "/X\r\n1-0:2.8.0(2*kWh)\r\n1-0:1.8.0(1*kWh)\r\n\r\n1-0:1.7.0(3*kW)\r\n", "/X\r\n",
       "/X\r\n1-0:1.8.01(1*kWh)\r\n1-0:2.8.0*255(2*kWh)\r\n9-9:9.9.9(1)\r\n1-0:1.7.0[3*kW)\r\n",
       "/X\r\n" + std::string(16, '\0') + "(1)\r\n1-0:2.8.0(2*kWh)\r\n"});
  const auto read = [](LineReader reader) {
    std::string text;
    while (const auto line = reader.next()) {
      if (!*line) {
        text += "fault\n";
        continue;
      }
      const auto& [id, values, use, has_one_value, number] = **line;
      text += std::string(ObisText(id).view()).append(values) + " " + std::to_string(use.quantity) + " " +
              std::to_string(has_one_value) + " " + std::to_string(number.length) + " " +
              std::to_string(number.mantissa) + "\n";
    }
    return text;
  };
  for (const auto& first : bodies) {
    for (const auto& second : bodies) {
      CodeOrder order;
      EXPECT_EQ(read(LineReader(first, order)), read(LineReader(first)));
      EXPECT_EQ(read(LineReader(second, order)), read(LineReader(second))) << first;
    }
  }
}

TEST(LineReader, views_point_into_the_body) {
  const std::string body = "/E\r\n0-1:24.3.0(1)\r\n(2)\r\n";
  LineReader reader(body);
  const auto line = reader.next();
  ASSERT_TRUE(line && *line);
  EXPECT_GE((*line)->values.data(), body.data());
  EXPECT_LE((*line)->values.data() + (*line)->values.size(), body.data() + body.size());
  EXPECT_EQ((*line)->values, "(1)\r\n(2)");
}

}  // namespace
}  // namespace vscp_p1
