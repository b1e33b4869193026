// How many bursts a second the DRAM models serve, by stream.

#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

#include "sim/dram/bandwidth_dram.hpp"
#include "sim/dram/bank_dram.hpp"

namespace {

using namespace einfall;

constexpr std::int64_t kBursts = 1 << 18;
constexpr std::int64_t kBurst = 64;

const arch::DramTiming& hbm2() {
  static const arch::DramTiming timing =
      arch::load_dram_timing(EINFALL_SOURCE_DIR "/arch/specs/dram/hbm2-8x128-2000.yaml").value();
  return timing;
}

void serve(benchmark::State& state, sim::Dram& fresh, const std::vector<std::int64_t>& addresses,
           std::int64_t bytes) {
  for (auto _ : state) {
    const auto dram = fresh.clone();
    for (const std::int64_t address : addresses)
      benchmark::DoNotOptimize(dram->access({address, base::Bytes(bytes), false, 0}));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(addresses.size()) *
                          (bytes / kBurst));
}

std::vector<std::int64_t> strided(std::int64_t count, std::int64_t stride) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < count; ++i) all.push_back(i * stride);
  return all;
}

void banks_sequential(benchmark::State& state) {
  sim::BankDram dram(hbm2(), 1);
  serve(state, dram, strided(kBursts, kBurst), kBurst);
}
void banks_tiles(benchmark::State& state) {
  constexpr std::int64_t kTile = 32768;
  std::vector<std::int64_t> tiles;
  for (std::int64_t i = 0; i < kBursts * kBurst / kTile; ++i)
    tiles.push_back(i % 2 * (1 << 28) + i / 2 * kTile);
  sim::BankDram dram(hbm2(), 1);
  serve(state, dram, tiles, kTile);
}
void banks_conflicts(benchmark::State& state) {
  sim::BankDram dram(hbm2(), 1);
  serve(state, dram, strided(kBursts, 65536), kBurst);
}
void banks_random(benchmark::State& state) {
  std::mt19937_64 random(1);
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < kBursts; ++i)
    all.push_back(static_cast<std::int64_t>(random() >> 31) / kBurst * kBurst);
  sim::BankDram dram(hbm2(), 1);
  serve(state, dram, all, kBurst);
}
void bandwidth_with_refresh(benchmark::State& state) {
  sim::BandwidthDram dram({1, 100, 3900 * 256, 260 * 256});
  serve(state, dram, strided(kBursts, kBurst), kBurst);
}

BENCHMARK(banks_sequential)->Unit(benchmark::kMillisecond);
BENCHMARK(banks_tiles)->Unit(benchmark::kMillisecond);
BENCHMARK(banks_conflicts)->Unit(benchmark::kMillisecond);
BENCHMARK(banks_random)->Unit(benchmark::kMillisecond);
BENCHMARK(bandwidth_with_refresh)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
