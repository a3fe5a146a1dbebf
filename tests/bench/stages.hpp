#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace bench {

/// A telegram of tests/data that is worked on.
struct Sample {
  std::string_view name;
  std::string text;
};
std::span<const Sample> samples();
/// How many readings, each of which becomes an event, it has.
std::size_t events_in(const Sample& sample);

/// One step of the way of a telegram, or a yardstick: something simple that is done to the same bytes. What run()
/// returns depends on all of the work, so that no compiler leaves it out.
struct Stage {
  std::string_view name;
  std::size_t (*run)(const Sample& sample);
};
std::span<const Stage> stages();

}  // namespace bench
