#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "sim/dram/bank_dram.hpp"

/// Streams of burst-sized reads, all requested at once, and what a device makes of them.
namespace einfall::sim::tests {

using Addresses = std::vector<std::int64_t>;

inline Addresses strided(std::int64_t count, std::int64_t stride) {
  Addresses all;
  for (std::int64_t i = 0; i < count; ++i) all.push_back(i * stride);
  return all;
}
/// Rows of `row` bytes every `stride` bytes, in bursts of `burst`.
inline Addresses rows(std::int64_t count, std::int64_t row, std::int64_t stride,
                      std::int64_t burst) {
  Addresses all;
  for (std::int64_t i = 0; i < count; ++i)
    all.push_back(i / (row / burst) * stride + i % (row / burst) * burst);
  return all;
}
/// Tiles of K and V in turn, each tensor contiguous.
inline Addresses tiles(std::int64_t count, std::int64_t tile, std::int64_t second,
                       std::int64_t burst) {
  Addresses all;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t number = i / (tile / burst), within = i % (tile / burst) * burst;
    all.push_back(number % 2 * second + number / 2 * tile + within);
  }
  return all;
}
inline Addresses uniform(std::int64_t count, std::int64_t capacity, std::int64_t burst,
                         std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Addresses all;
  for (std::int64_t i = 0; i < count; ++i)
    all.push_back(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(capacity)) /
                  burst * burst);
  return all;
}

/// Bytes a second that come through the pins from tick 0 until the last has come.
inline double bytes_per_second(const arch::DramTiming& timing, const Addresses& addresses,
                               BankDramOptions options = {}) {
  BankDram dram(timing, 1, options);
  const base::Bytes burst(timing.organization.burst_bytes());
  Tick last = 0;
  for (const std::int64_t address : addresses)
    last = std::max(last, dram.access({address, burst, false, 0}).last);
  return static_cast<double>(dram.counters().moved.value()) / static_cast<double>(last) *
         static_cast<double>(timing.clock.value());
}

}  // namespace einfall::sim::tests
