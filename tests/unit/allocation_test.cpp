#include <gtest/gtest.h>
#include <malloc.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <new>

#include "unit/support.hpp"
#include "vscp_p1/alarm.hpp"
#include "vscp_p1/encode.hpp"
#include "vscp_p1/envelope.hpp"
#include "vscp_p1/node.hpp"
#include "vscp_p1/pacer.hpp"
#include "vscp_p1/state.hpp"
#include "vscp_p1/summary.hpp"
#include "vscp_p1/telegram.hpp"
#include "vscp_p1/topic.hpp"

namespace {

std::atomic<bool> counting = false;
std::atomic<std::size_t> allocations = 0;
std::atomic<std::size_t> bytes = 0;  // that are allocated

void release(void* memory) noexcept {
  bytes -= malloc_usable_size(memory);
  std::free(memory);
}

void* counted(std::size_t size, std::size_t alignment = 0) {
  if (counting) ++allocations;
  void* memory = alignment == 0 ? std::malloc(size == 0 ? 1 : size)
                                : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  bytes += malloc_usable_size(memory);
  return memory;
}

}  // namespace

// The forms that these do not replace call them (C++20 [new.delete]).
void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

namespace vscp_p1 {
namespace {

class Counting {
 public:
  Counting() {
    allocations = 0;
    counting = true;
  }
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;
  ~Counting() { counting = false; }
};

// Several telegrams in a row, with noise and a damaged one between them.
std::string stream_of_golden_telegrams() {
  std::string stream;
  for (const auto* name :
       {"dsmr22_two_line_gas", "dsmr50_three_phase", "be_emucs_gas_water", "se_h1_26_lines", "strange_lines"}) {
    const auto telegram = test::read_file(std::string(SOURCE_DIR "/tests/data/") + name + ".txt");
    stream += "noise" + telegram + telegram.substr(0, telegram.size() / 2) + telegram;
  }
  return stream;
}

struct Totals {
  std::size_t telegrams = 0;
  std::size_t readings = 0;
  std::size_t dropped = 0;
};

void run(Framer& framer, Mapper& mapper, std::string_view stream, std::size_t piece, Totals& totals) {
  const auto sink = [&](const Result<Telegram>& found) {
    if (!found) {
      ++totals.dropped;
      return;
    }
    ++totals.telegrams;
    totals.readings += mapper.map(found->body, test::host_now).readings.size();
  };
  for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size())))
    framer.feed(stream.substr(0, piece), sink);
}

TEST(Allocation, counter_counts) {
  std::size_t counted_once = 0;
  {
    const Counting counter;
    const auto text = std::make_unique<std::array<char, 100>>();
    counted_once = allocations + static_cast<std::size_t>((*text)[0] == 1);
  }
  EXPECT_EQ(counted_once, 1U);
}

TEST(Allocation, framer_line_reader_and_mapper_allocate_nothing_after_warm_up) {
  const auto stream = stream_of_golden_telegrams();
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{7}, std::size_t{64}, std::size_t{333}, std::size_t{4096}, stream.size()}) {
    Framer framer;
    Mapper mapper(test::default_settings(), {});
    Totals warm_up;
    run(framer, mapper, stream, piece, warm_up);
    warm_up = {};  // the first telegrams also gave their profiles
    run(framer, mapper, stream, piece, warm_up);
    Totals totals;
    std::size_t found = 0;
    {
      const Counting counter;
      for (int round = 0; round < 3; ++round) run(framer, mapper, stream, piece, totals);
      found = allocations;
    }
    EXPECT_EQ(found, 0U) << "heap allocations for " << totals.telegrams << " telegrams in pieces of " << piece;
    EXPECT_EQ(totals.telegrams, 30U) << "pieces of " << piece;
    EXPECT_EQ(totals.readings, 3 * warm_up.readings) << "pieces of " << piece;
    EXPECT_GT(totals.dropped, 0U);
  }
}

TEST(Allocation, a_summary_allocates_nothing_after_the_first) {
  Settings settings;
  settings.summary.topic = "p1/{meter}";
  Mapper mapper(settings, {});
  Summary summary(settings, Guid{});
  const auto stream = test::read_file(SOURCE_DIR "/tests/data/dsmr50_three_phase.txt");
  Framer framer;
  std::string topic, text;
  std::size_t summaries = 0;
  const auto feed = [&] {
    framer.feed(stream, [&](const Result<Telegram>& found) {
      if (!found || !summary.is_due({})) return;
      const auto mapping = mapper.map(found->body, test::host_now);
      topic.clear();
      text.clear();
      summary.append_topic("E0044007", topic);
      summary.append(mapping, "E0044007", text);
      ++summaries;
    });
  };
  for (int round = 0; round < 3; ++round) feed();
  std::size_t found = 0;
  {
    const Counting counter;
    feed();
    found = allocations;
  }
  EXPECT_EQ(found, 0U);
  EXPECT_EQ(summaries, 4U);
}

// All that is done with a telegram between its lines and the events that are due.
TEST(Allocation, pacer_and_alarms_allocate_nothing) {
  Settings settings;
  settings.publish.all = {3, true, {1, 0}, 60, Rates::Average::mean};
  const auto current = *find_quantity("1-0:31.7.0"_obis);
  for (const auto& quantities_of_alarm :
       {std::vector{current}, std::vector{current, current + 1, current + 2}, std::vector<std::size_t>{}}) {
    AlarmSettings alarm;
    alarm.quantities = quantities_of_alarm;
    alarm.op = AlarmSettings::Operator::at_least;
    alarm.value = {2, 0};
    settings.alarms.push_back(alarm);
  }
  Pacer pacer(settings);
  AlarmWatch alarms(settings.alarms);
  Mapper mapper(settings, {});
  TelegramClock clock;
  std::size_t due = 0;
  std::size_t changes = 0;
  const auto golden = test::read_file(SOURCE_DIR "/tests/data/dsmr50_three_phase.txt");
  const auto begin = golden.find("/");
  const auto body = std::string_view(golden).substr(begin, golden.rfind('!') - begin);
  const auto telegram = [&](std::int64_t second) {
    const auto mapping = mapper.map(body, test::host_now);
    const auto now = clock.tick({second, 0}, std::chrono::milliseconds{second});
    for (const auto& reading : mapping.measured) due += pacer.pace(reading, now) ? 1U : 0U;
    changes += alarms.telegram(mapping, now).size();
    changes += alarms.silence(std::chrono::seconds{100}).size();
  };
  telegram(0);
  std::size_t found = 0;
  {
    const Counting counter;
    for (std::int64_t second = 1; second < 200; ++second) telegram(second);
    found = allocations;
  }
  EXPECT_EQ(found, 0U);
  EXPECT_GT(due, 100U);
  EXPECT_GT(changes, 100U) << "silence comes and goes";
}

// From the readings of a telegram to what the broker is given. Notes may be UTF-8.
TEST(Allocation, events_and_their_topics_and_payloads_allocate_nothing_after_the_first) {
  Settings settings;
  settings.vscp.guid = Guid{};
  for (std::size_t i = 0; i < settings.quantities.size(); i += 2) settings.quantities.edit(i).note += " \xC3\xA5";
  Mapper mapper(settings, {});
  const auto golden = test::read_file(SOURCE_DIR "/tests/data/lu_smarty_full.txt");
  const auto body = std::string_view(golden).substr(golden.find('/'), golden.rfind('!') - golden.find('/'));
  const auto readings = mapper.map(body, test::host_now).readings;
  const Node node(Guid{}, settings);
  const auto topic_template =
      TopicTemplate::compile("p1/{meter}/{guid}/{class}/{type}/{id}/{unit}/{name}/{obis}/{note}");
  std::string topic, payload;
  for (const auto format : {PayloadFormat::json, PayloadFormat::string, PayloadFormat::binary}) {
    std::size_t found = 0;
    for (int round = 0; round < 2; ++round) {
      const Counting counter;
      for (const auto& reading : readings) {
        const auto event = node.measurement(reading);
        topic.clear();
        payload.clear();
        topic_template->expand(event, "E0044007", topic);
        encode_event(event, format, JsonNames::both, payload);
      }
      found = allocations;
    }
    EXPECT_EQ(found, 0U) << "payload format " << static_cast<int>(format);
  }
  EXPECT_GT(readings.size(), 40U);
}

// One process may have a thousand meters.
TEST(Allocation, a_meter_takes_little_memory) {
  struct Meter {
    Mapper mapper{test::default_settings(), {}};
    Pacer pacer{test::default_settings()};
    StateWatch states;
    Framer framer;
    std::size_t published = 0;
    Envelope envelope{{[this](std::string_view text) {
                         framer.feed(text, [this](const Result<Telegram>& found) {
                           if (found) take(mapper.map(found->body, test::host_now));
                         });
                       },
                       [](const CipheredFrame&) { return std::optional(Errc::key_missing); }, [](Errc) {}}};

    void take(const Mapper::Mapping& mapping) {
      for (const auto& reading : mapping.measured) published += pacer.pace(reading, {}) ? 1U : 0U;
      for (const auto& state : mapping.states) published += states.change(state.quantity, state.text) ? 1U : 0U;
    }
  };
  constexpr std::size_t most = 12 * 1024;
  test::default_settings();
  for (const auto* name : {"dsmr50_three_phase", "se_h1_26_lines", "be_emucs_gas_water", "lt_eso_standard"}) {
    const auto stream = test::read_file(std::string(SOURCE_DIR "/tests/data/") + name + ".txt");
    const std::size_t before = bytes;
    const auto meter = std::make_unique<Meter>();
    for (int telegram = 0; telegram < 100; ++telegram) {
      for (std::string_view rest = stream; !rest.empty(); rest.remove_prefix(std::min<std::size_t>(64, rest.size())))
        meter->envelope.feed(rest.substr(0, 64));
    }
    EXPECT_LE(bytes - before, most) << name;
    EXPECT_GE(meter->published, 1000U) << name;
    RecordProperty(name, static_cast<int>(bytes - before));
  }
}

TEST(Allocation, thinning_takes_little_memory) {
  struct Case {
    Rates rates;
    std::size_t most;  // bytes of a quantity, on average
  };
  const Case cases[] = {
      {{}, 10}, {{10, false, {}, 0, Rates::Average::last}, 100}, {{10, true, {1, 0}, 60, Rates::Average::mean}, 200}};
  const auto golden = test::read_file(SOURCE_DIR "/tests/data/dsmr50_three_phase.txt");
  const auto body = std::string_view(golden).substr(golden.find('/'), golden.rfind('!') - golden.find('/'));
  Mapper mapper(test::default_settings(), {});
  const auto readings = mapper.map(body, test::host_now).measured;
  ASSERT_GE(readings.size(), 25U);
  for (const auto& c : cases) {
    Settings settings;
    settings.publish.all = c.rates;
    std::size_t published = 0;
    const std::size_t before = bytes;
    Pacer pacer(settings);
    for (int second = 0; second < 60; ++second) {
      const Moment now{std::chrono::seconds{second}, {}};
      for (const auto& reading : readings) published += pacer.pace(reading, now) ? 1U : 0U;
    }
    EXPECT_LE(bytes - before, c.most * readings.size()) << "interval " << c.rates.interval;
    EXPECT_GE(published, readings.size()) << "interval " << c.rates.interval;
    RecordProperty("interval_" + std::to_string(c.rates.interval) + (c.rates.on_change ? "_mean" : ""),
                   static_cast<int>((bytes - before) / readings.size()));
  }
}

TEST(Allocation, envelope_allocates_nothing_for_plain_telegrams) {
  const auto stream = stream_of_golden_telegrams();
  std::size_t passed = 0;
  Envelope envelope({[&passed](std::string_view text) { passed += text.size(); },
                     [](const CipheredFrame&) { return std::optional(Errc::key_missing); }, [](Errc) {}});
  std::size_t found = 0;
  {
    const Counting counter;
    for (const std::size_t piece : {std::size_t{1}, std::size_t{64}, stream.size()}) {
      for (std::string_view rest = stream; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size())))
        envelope.feed(rest.substr(0, piece));
    }
    found = allocations;
  }
  EXPECT_EQ(found, 0U);
  EXPECT_EQ(passed, 3 * stream.size());
}

TEST(Allocation, line_reader_alone_never_allocates) {
  const auto stream = stream_of_golden_telegrams();
  std::size_t lines = 0;
  std::size_t found = 0;
  {
    const Counting counter;
    LineReader reader(stream);
    while (const auto line = reader.next()) {
      if (!*line) continue;
      ValueCursor values((*line)->values);
      while (values.next()) ++lines;
    }
    found = allocations;
  }
  EXPECT_EQ(found, 0U);
  EXPECT_GT(lines, 100U);
}

}  // namespace
}  // namespace vscp_p1
