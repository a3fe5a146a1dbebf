#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "decode.hpp"
#include "live.hpp"

// The summary of a telegram, beside its events.
namespace itest {
namespace {

using nlohmann::json;

std::vector<std::string> summaries_in(const std::vector<Message>& messages) {
  std::vector<std::string> found;
  for (const auto& message : messages) {
    if (message.topic.starts_with("p1/")) found.push_back(message.payload);
  }
  return found;
}

TEST(Summary, IsOneObjectBehindTheEventsOfItsTelegram) {
  const auto capture = telegram({"0-0:1.0.0(240730123456S)", "0-0:96.1.1(4530)", "1-0:1.8.0(000100.250*kWh)",
                                 "1-0:1.7.0(01.193*kW)", "0-0:96.14.0(0001)"});
  ConfigText config;
  config["SUMMARY"]["topic"] = "p1/{meter}";
  const auto outcome = dry_run(config, capture);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string line = R"(p1/E0 {"time":"2024-07-30T10:34:56Z","meter":"E0","sum_active_energy_out":100.250,)"
                           R"("momentan_active_effect_out":1193,"tariff":1})";
  EXPECT_TRUE(contains(outcome.out, line + "\n")) << outcome.out;
  const auto without = dry_run({}, capture);
  EXPECT_EQ(lines_of(outcome.out).size(), lines_of(without.out).size() + 1) << "the events are there as well";
}

TEST(Summary, NumbersAreThoseOfTheEvents) {
  std::size_t numbers = 0;
  for (const auto& [name, text] : captures(SOURCE_DIR "/tests/data")) {
    ConfigText config;
    config["SUMMARY"]["topic"] = "p1/{meter}";
    const auto lines = lines_of(dry_run(config, text).out);
    std::string events;
    for (const auto& line : lines) events += line.starts_with("p1/") ? "" : line + "\n";
    std::map<std::string, std::set<double>> values;
    for (const auto& event : readings_in(events)) {
      if (event.measurement) values[key_of(event.id())].insert(decode_value(event).number);
    }
    for (const auto& line : lines) {
      if (!line.starts_with("p1/")) continue;
      const auto summary = json::parse(line.substr(line.find(' ')));
      for (const auto& [key, value] : summary.items()) {
        const bool is_of_event = value.is_number() && values.contains(key);
        if (!is_of_event) continue;
        EXPECT_TRUE(values[key].contains(value.get<double>())) << name << ' ' << key << ' ' << value;
        ++numbers;
      }
    }
  }
  EXPECT_GT(numbers, 900U);
}

class LiveSummary : public LiveMeterTest {};

TEST_F(LiveSummary, ComesInIntervals) {
  start({{"SUMMARY", {{"topic", "p1/summary"}, {"interval", "86400"}}}});
  for (const unsigned number : {1U, 2U, 3U}) send(number);
  config_["SUMMARY"]["interval"] = "0";
  reload();
  for (const unsigned number : {4U, 5U}) send(number);
  ASSERT_TRUE(subscriber_.wait_for([](const auto& all) { return summaries_in(all).size() >= 3; })) << daemon_->err();
  std::vector<json> energies;
  for (const auto& summary : summaries_in(subscriber_.messages())) {
    energies.push_back(json::parse(summary)["sum_active_energy_out"]);
  }
  EXPECT_EQ(energies, (std::vector<json>{1.0, 4.0, 5.0}));
}

}  // namespace
}  // namespace itest
