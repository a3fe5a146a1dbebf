#include "vscp_p1/summary.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "unit/meter.hpp"

namespace vscp_p1 {
namespace {

using nlohmann::json;

const Guid node = Guid::from_mac({2, 0, 0x5E, 0x10, 0x20, 0x30});

std::string summary_of(std::string_view lines, const Settings& settings = {}, std::string_view meter = "E1") {
  test::Meter reader(settings);
  Summary summary(settings, node);
  std::string text;
  summary.append(reader.map(lines), meter, text);
  return text;
}

TEST(Summary, numbers_are_as_the_meter_sent_them_in_the_units_of_the_events) {
  EXPECT_EQ(summary_of("0-0:1.0.0(241121093015W)\r\n1-0:1.8.1(001234.500*kWh)\r\n1-0:1.7.0(01.193*kW)\r\n"
                       "1-0:32.7.0(0230.10*V)\r\n0-1:24.1.0(003)\r\n0-1:24.2.1(241121090000W)(00567.890*m3)\r\n"
                       "0-0:96.14.0(0002)\r\n0-0:96.3.10(1)\r\n0-0:96.13.0(4142)\r\n0-0:96.1.1(4530)\r\n"),
            R"({"time":"2024-11-21T08:30:15Z","meter":"E1","sum_active_energy_out_t1":1234.500,)"
            R"("momentan_active_effect_out":1193,"voltage_l1":230.10,"gas_1":567.890,"tariff":2,"breaker":1})");
}

TEST(Summary, only_what_is_wanted_and_there) {
  Settings settings;
  settings.only = {"voltage_l2"};
  EXPECT_EQ(summary_of("0-0:1.0.0(241121093015W)\r\n1-0:32.7.0(230*V)\r\n1-0:52.7.0(231*V)\r\n0-0:96.14.0(0002)\r\n",
                       settings),
            R"({"time":"2024-11-21T08:30:15Z","meter":"E1","voltage_l2":231})");
  EXPECT_EQ(summary_of("0-0:1.0.0(241121093015W)\r\n1-0:32.7.0(230*V)\r\n", settings),
            R"({"time":"2024-11-21T08:30:15Z","meter":"E1"})");
}

TEST(Summary, states_that_are_words) {
  const auto summary = json::parse(summary_of("0-0:96.14.0(TARIFF 2)\r\n0-0:96.3.10(ON)\r\n0-1:24.4.0(0)\r\n"));
  EXPECT_EQ(summary["tariff"], 2);
  EXPECT_EQ(summary["breaker"], 1);
  EXPECT_EQ(summary["valve_1"], 0);
  EXPECT_EQ(json::parse(summary_of("0-0:96.14.0(5431)\r\n"))["tariff"], 1) << "T1";
}

// Each golden telegram is one flat object without a member that comes twice.
TEST(Summary, golden_telegrams) {
  std::size_t telegrams = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SOURCE_DIR "/tests/data")) {
    if (entry.path().extension() != ".txt") continue;
    const Settings settings;
    Mapper mapper(settings, {});
    Summary summary(settings, node);
    Framer framer(CrcCheck::off);
    const auto sink = [&](const Result<Telegram>& found) {
      if (!found) return;
      const auto mapping = mapper.map(found->body, test::host_now);
      std::string text;
      summary.append(mapping, mapping.meter, text);
      std::set<std::string> members;
      const auto note = [&](int /*depth*/, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::key) {
          EXPECT_TRUE(members.insert(parsed.get<std::string>()).second) << entry.path() << ' ' << parsed;
        }
        return true;
      };
      const auto object = json::parse(text, note);
      for (const auto& [key, value] : object.items()) {
        EXPECT_EQ(value.is_string(), key == "time" || key == "meter") << entry.path() << ' ' << key;
      }
      ++telegrams;
    };
    framer.feed(test::read_file(entry.path()), sink);
    framer.finish(sink);
  }
  EXPECT_GT(telegrams, 50U);
}

TEST(Summary, a_meter_may_be_called_anything) {
  for (const std::string meter : {"\"},{\"", "\xFF\xFE", "\\", "a\nb", ""}) {
    const auto text = summary_of("1-0:32.7.0(230*V)\r\n", {}, meter);
    ASSERT_TRUE(json::accept(text)) << text;
    EXPECT_EQ(json::parse(text)["voltage_l1"], 230);
  }
  EXPECT_EQ(json::parse(summary_of("", {}, "a\"b"))["meter"], "a\"b");
}

TEST(Summary, topic) {
  Settings settings;
  settings.summary.topic = "p1/{meter}/{guid}";
  std::string topic;
  Summary(settings, node).append_topic("E 1/x", topic);
  EXPECT_EQ(topic, "p1/E_1_x/FF:FF:FF:FF:FF:FF:FF:FE:02:00:5E:10:20:30:00:00");
}

// Telegrams by the times they come at, in milliseconds; '1' for each that gives a summary.
TEST(Summary, interval) {
  struct Case {
    unsigned interval;
    std::vector<std::int64_t> times;
    std::string expected;
  };
  const Case cases[] = {
      {0, {0, 1000, 1001, 1001}, "1111"},
      {10, {5000, 6000, 14'499, 14'500, 15'000, 25'000}, "100101"},
      {10, {0, 9990, 20'010, 29'980, 40'020}, "11111"},
      {1, {0, 1000, 2000, 3000}, "1111"},
      {10, {0, 60'000, 61'000, 70'000, 80'000}, "11011"},
      {60, {0, 10'000, 59'000, 60'000, 119'000, 120'000}, "100101"},
  };
  for (const auto& c : cases) {
    Settings settings;
    settings.summary = {"p1", c.interval};
    Summary summary(settings, node);
    std::string found;
    for (const auto time : c.times) found += summary.is_due({{}, std::chrono::milliseconds{time}}) ? '1' : '0';
    EXPECT_EQ(found, c.expected) << c.interval;
  }
  const Settings off;
  EXPECT_FALSE(Summary(off, node).is_due({}));
}

}  // namespace
}  // namespace vscp_p1
