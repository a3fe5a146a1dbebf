#include "vscp_p1/info.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "unit/support.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

using nlohmann::json;
using test::default_settings;
using test::host_now;

std::string info_text(std::string_view header, std::string_view lines) {
  Mapper mapper(default_settings(), {});
  std::string body("/");
  body.append(header).append("\r\n\r\n").append(lines);
  MeterInfo info;
  info.update(mapper.map(body, host_now));
  return info.json();
}

json info_of(std::string_view header, std::string_view lines) { return json::parse(info_text(header, lines)); }

TEST(Info, all_that_a_meter_says) {
  EXPECT_EQ(info_of("FLU5\\253769484_A",
                    "0-0:96.1.4(50217)\r\n0-0:96.1.1(3153414731313030303030323331)\r\n"
                    "0-1:24.1.0(003)\r\n0-1:96.1.1(37464C4F32313139303938343332)\r\n"
                    "0-2:24.1.0(007)\r\n0-2:96.1.1(3853455630303030303030303030)\r\n"),
            json::parse(R"({"header": "FLU5\\253769484_A", "manufacturer": "FLU", "version": "50217",
                            "equipment_id": "1SAG1100000231",
                            "mbus": {"1": {"type": 3, "id": "7FLO2119098432"},
                                     "2": {"type": 7, "id": "8SEV0000000000"}}})"));
}

TEST(Info, nothing_is_invented) {
  struct Case {
    std::string_view header, lines;
    json expected;
  };
  const Case cases[] = {
      {"EXA5\\m", "", {{"header", "EXA5\\m"}, {"manufacturer", "EXA"}}},
      {"KFM5KAIFA", "1-3:0.2.8(42)\r\n", {{"header", "KFM5KAIFA"}, {"manufacturer", "KFM"}, {"version", "42"}}},
      {"Ene5\\T211", "", {{"header", "Ene5\\T211"}, {"manufacturer", "ENE"}}},
      {"1234567890123", "", {{"header", "1234567890123"}}},
      {"K", "", {{"header", "K"}}},
      {"KAM5",
       "0-0:96.1.1()\r\n1-3:0.2.8()\r\n0-1:24.1.0()\r\n0-1:96.1.0()\r\n",
       {{"header", "KAM5"}, {"manufacturer", "KAM"}}},
      {"KAM5", "0-0:96.1.1(2D2D2D2D)\r\n0-1:96.1.0(20202020)\r\n", {{"header", "KAM5"}, {"manufacturer", "KAM"}}},
      {"KAM5", "0-0:42.0.0(5341)\r\n", {{"header", "KAM5"}, {"manufacturer", "KAM"}, {"equipment_id", "SA"}}},
      {"KAM5", "0-0:96.1.0(K06725)\r\n", {{"header", "KAM5"}, {"manufacturer", "KAM"}, {"equipment_id", "K06725"}}},
      {"KAM5",
       "0-3:24.1.0(012)\r\n",
       {{"header", "KAM5"}, {"manufacturer", "KAM"}, {"mbus", {{"3", {{"type", 12}}}}}}},
      {"KAM5",
       "0-3:96.1.0(4730)\r\n",
       {{"header", "KAM5"}, {"manufacturer", "KAM"}, {"mbus", {{"3", {{"id", "G0"}}}}}}},
      {"KAM5", "0-12:24.1.0(003)\r\n0-0:24.1.0(003)\r\n", {{"header", "KAM5"}, {"manufacturer", "KAM"}}},
  };
  for (const auto& c : cases) EXPECT_EQ(info_of(c.header, c.lines), c.expected) << c.header << ' ' << c.lines;
}

TEST(Info, does_not_depend_on_the_switches) {
  Settings settings;
  settings.send.fill(false);
  Mapper mapper(settings, {});
  MeterInfo info;
  EXPECT_TRUE(info.update(mapper.map("/EXA5\r\n\r\n0-0:96.1.1(4530)\r\n", host_now)));
  EXPECT_EQ(json::parse(info.json())["equipment_id"], "E0");
}

TEST(Info, is_gathered_from_telegrams) {
  Mapper mapper(default_settings(), {});
  MeterInfo info;
  const auto update = [&](const std::string& body) { return info.update(mapper.map(body, host_now)); };
  const std::string header = "/EXA5\r\n\r\n";
  const std::string all = header + "0-0:96.1.1(4530)\r\n0-1:24.1.0(003)\r\n0-1:96.1.0(4730)\r\n";
  EXPECT_TRUE(update(all));
  const auto said = info.json();
  EXPECT_FALSE(update(all));
  EXPECT_FALSE(update(header + "1-0:1.7.0(1*kW)\r\n")) << "what is left out has not gone";
  EXPECT_FALSE(update(header + "0-0:96.1.1()\r\n0-1:96.1.0()\r\n")) << "an empty id is no other one";
  EXPECT_EQ(info.json(), said);
  EXPECT_TRUE(update(header + "0-2:24.1.0(003)\r\n0-2:96.1.0(4730)\r\n"));
  EXPECT_EQ(json::parse(info.json())["mbus"], json::parse(R"({"2": {"type": 3, "id": "G0"}})")) << "it has moved";
  EXPECT_TRUE(update(header + "0-2:24.1.0()\r\n"));
  EXPECT_FALSE(json::parse(info.json()).contains("mbus")) << "it has gone";
  EXPECT_TRUE(update("/EXB5\r\n\r\n"));
  EXPECT_EQ(json::parse(info.json()), json::parse(R"({"header": "EXB5", "manufacturer": "EXB"})")) << "another meter";
}

TEST(Info, hostile_bytes_are_still_json_in_utf8) {
  for (const std::string& bytes :
       {std::string("\xFF\xFE\x80"), std::string("\"},{\""), std::string("\\u0000\\"), std::string("a\0b", 3),
        std::string("\x01\x1F\x7F\xC2\x9B"), std::string("\xED\xA0\x80"), std::string(5000, '\xC3'),
        std::string("</script>")}) {
    const auto text = info_text(
        "EXA5" + bytes, "0-0:96.1.1(Z" + bytes + ")\r\n1-3:0.2.8(" + bytes + ")\r\n0-1:96.1.0(Q" + bytes + ")\r\n");
    EXPECT_TRUE(is_plain_text(text)) << test::hex(bytes);
    ASSERT_TRUE(json::accept(text)) << text;
    const auto info = json::parse(text);
    EXPECT_EQ(info["manufacturer"], "EXA");
    EXPECT_TRUE(info["header"].get<std::string>().starts_with("EXA5"));
  }
}

TEST(Info, a_text_of_a_hundred_kilobytes_is_cut) {
  const std::string endless(100'000, 'x');
  const auto text = info_text("EXA5" + endless, "0-0:96.1.1(" + endless + ")\r\n");
  EXPECT_LT(text.size(), 3 * longest_text);
  EXPECT_EQ(json::parse(text)["equipment_id"], std::string(longest_text, 'x'));
}

}  // namespace
}  // namespace vscp_p1
