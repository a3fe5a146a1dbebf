// Each stage on each sample telegram, in one run: telegrams and bytes in a second, allocations per telegram.

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

#include "bench/stages.hpp"

namespace {

std::atomic<std::uint64_t> allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

void run(benchmark::State& state, const bench::Stage& stage, const bench::Sample& sample) {
  benchmark::DoNotOptimize(stage.run(sample));  // buffers grow once
  const auto before = allocations.load();
  for (auto _ : state) benchmark::DoNotOptimize(stage.run(sample));
  const auto telegrams = static_cast<double>(state.iterations());
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(sample.text.size()));
  state.counters["allocations"] = static_cast<double>(allocations.load() - before) / telegrams;
}

}  // namespace

int main(int argc, char** argv) {
  for (const auto& sample : bench::samples()) {
    for (const auto& stage : bench::stages()) {
      const auto name = std::string(sample.name) + "/" + std::string(stage.name);
      benchmark::RegisterBenchmark(name.c_str(), [&](benchmark::State& state) { run(state, stage, sample); });
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
