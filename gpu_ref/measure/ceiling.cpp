#include "gpu_ref/measure/ceiling.hpp"

#include <algorithm>

#include "gpu_ref/measure/fill.cuh"
#include "gpu_ref/records/statistics.hpp"

namespace einfall::gpu_ref::measure {
namespace {

constexpr int kRepeats = 20;

}  // namespace

std::string measure_ceiling(Device& device, const Microbenchmark& benchmark, std::int64_t bytes,
                            int sm_count, records::Ceiling& ceiling) {
  const int blocks = benchmark.blocks_per_sm * sm_count;
  Stream stream(1);
  Buffer<Pack<Fp16, 8>> memory(stream, "streams", static_cast<std::size_t>(3 * bytes / 16));
  Buffer<long long> cycles(stream, "cycles", static_cast<std::size_t>(blocks));
  stream.launch(fill_random<Fp16>, Grid{static_cast<unsigned>(4 * sm_count), 1, 1}, 256, 0,
                memory.data(), static_cast<std::int64_t>(memory.size()), std::uint64_t{1}, 1.0F);
  const auto work = [&](int) {
    benchmark.run(stream, blocks, benchmark.repeats, bytes, memory.data(), cycles.data());
  };
  work(0);
  stream.wait();
  const Times times = device.time(stream, kRepeats, work);
  const std::vector<long long> counted = cycles.download();
  if (stream.problem()) return *stream.problem();
  ceiling.id = benchmark.id;
  ceiling.unit = benchmark.unit;
  ceiling.bytes = static_cast<double>(bytes);
  ceiling.median_us = records::quantile(times.us, 0.5);
  ceiling.p10_us = records::quantile(times.us, 0.1);
  ceiling.p90_us = records::quantile(times.us, 0.9);
  ceiling.sm_mhz = times.sm_mhz;
  const double done = benchmark.work(blocks, benchmark.repeats, bytes);
  ceiling.per_second = done / (ceiling.median_us * 1e-6);
  // Poison, -1, where the benchmark does not count; all blocks run at once, so each takes as long
  // as all.
  std::vector<double> clocks(counted.begin(), counted.end());
  const double typical = records::quantile(clocks, 0.5);
  ceiling.per_clock_and_sm = typical > 0 ? done / sm_count / typical : 0;
  return "";
}

}  // namespace einfall::gpu_ref::measure
