#include "gpu_ref/executor/device.hpp"

#include <chrono>

namespace einfall::gpu_ref::executor {
namespace {

class ExecutorDevice : public measure::Device {
 public:
  ExecutorDevice(std::vector<Kernel> kernels, std::vector<Microbenchmark> benchmarks)
      : kernels_(std::move(kernels)), benchmarks_(std::move(benchmarks)) {}

  records::Run facts() const override {
    records::Run run;
    run.witness = "executor";
    run.device = "CPU executor";
    run.sm_count = 4;
    run.l2_bytes = 65536;  // cold points have copies to go over, and few
    run.memory_bytes = free_bytes();
    run.shared_bytes_per_block = Block::kMostShared;
    run.power = "clocks and power mean nothing here";
    return run;
  }
  double free_bytes() const override { return 256e6; }
  std::vector<Kernel> kernels() const override { return kernels_; }
  std::vector<Microbenchmark> microbenchmarks() const override { return benchmarks_; }

  measure::Times time(Stream&, int repeats, const std::function<void(int)>& work) override {
    measure::Times times;
    for (int i = 0; i < repeats; ++i) {
      const auto start = std::chrono::steady_clock::now();
      work(i);
      times.us.push_back(
          std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
              .count());
    }
    return times;
  }
  bool lost() const override { return false; }

 private:
  std::vector<Kernel> kernels_;
  std::vector<Microbenchmark> benchmarks_;
};

}  // namespace

std::unique_ptr<measure::Device> make_device(std::vector<Kernel> kernels,
                                             std::vector<Microbenchmark> benchmarks) {
  return std::make_unique<ExecutorDevice>(std::move(kernels), std::move(benchmarks));
}

}  // namespace einfall::gpu_ref::executor
