// Runs one stage a number of times, to be counted from outside: instructions STAGE SAMPLE TIMES. Without arguments it
// lists the stages and samples, and how many events a telegram gives.

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "bench/stages.hpp"

int main(int argc, char** argv) {
  const auto stages = bench::stages();
  const auto samples = bench::samples();
  if (argc != 4) {
    for (const auto& stage : stages) {
      for (const auto& sample : samples) {
        std::printf("%s %s %zu\n", stage.name.data(), sample.name.data(), bench::events_in(sample));
      }
    }
    return argc == 1 ? 0 : 64;
  }
  const auto named = [](const char* name) { return [name](const auto& item) { return item.name == name; }; };
  const auto stage = std::find_if(stages.begin(), stages.end(), named(argv[1]));
  const auto sample = std::find_if(samples.begin(), samples.end(), named(argv[2]));
  if (stage == stages.end() || sample == samples.end()) return 64;
  constexpr int warm_up = 10;
  std::size_t result = 0;
  for (int i = std::atoi(argv[3]) + warm_up; i > 0; --i) result += stage->run(*sample);
  std::printf("%zu\n", result);
}
