#include "gpu_ref/device/cuda_device.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#include "gpu_ref/device/launches.hpp"
#include "gpu_ref/device/power.hpp"
#include "gpu_ref/records/statistics.hpp"

namespace einfall::gpu_ref {
namespace {

/// Where a block ran, and when by the SM's clock and by the GPU's.
struct Stamp {
  unsigned sm = 0;
  long long cycles = 0;
  unsigned long long ns = 0;
};

__global__ void stamp_clocks(Stamp* stamps) {
  Stamp stamp;
  asm volatile("mov.u32 %0, %%smid;" : "=r"(stamp.sm));
  stamp.cycles = clock64();
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(stamp.ns));
  stamps[blockIdx.x] = stamp;
}

/// Keeps the stream busy while what is to be timed is queued behind it.
__global__ void spin(unsigned long long ns) {
  unsigned long long start = 0, now = 0;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(start));
  do asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
  while (now - start < ns);
}

/// MHz of the SMs between two stamps of the same ones: the median over the SMs that both have.
double clock_between(const std::vector<Stamp>& before, const std::vector<Stamp>& after) {
  std::map<unsigned, Stamp> began;
  for (const Stamp& stamp : before) began[stamp.sm] = stamp;
  std::vector<double> mhz;
  for (const Stamp& stamp : after) {
    const auto found = began.find(stamp.sm);
    if (found == began.end() || stamp.ns <= found->second.ns) continue;
    mhz.push_back(1e3 * static_cast<double>(stamp.cycles - found->second.cycles) /
                  static_cast<double>(stamp.ns - found->second.ns));
  }
  return records::quantile(mhz, 0.5);
}

class Events {
 public:
  Events(Stream& stream, int count) : stream_(stream), events_(static_cast<std::size_t>(count)) {
    for (cudaEvent_t& event : events_) stream.keep(cudaEventCreate(&event));
  }
  Events(const Events&) = delete;
  ~Events() {
    for (cudaEvent_t event : events_)
      if (event != nullptr) cudaEventDestroy(event);
  }
  void record(int i) { stream_.keep(cudaEventRecord(events_[i], stream_.handle())); }
  [[nodiscard]] bool over(int i) const { return cudaEventQuery(events_[i]) != cudaErrorNotReady; }
  [[nodiscard]] double us_between(int from, int to) {
    float ms = 0;
    stream_.keep(cudaEventElapsedTime(&ms, events_[from], events_[to]));
    return 1e3 * static_cast<double>(ms);
  }

 private:
  Stream& stream_;
  std::vector<cudaEvent_t> events_;
};

std::string version(int number) {
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

class CudaDevice : public measure::Device {
 public:
  explicit CudaDevice(const cudaDeviceProp& properties) : properties_(properties) {}

  records::Run facts() const override {
    records::Run run;
    run.witness = "gpu";
    run.device = properties_.name;
    run.capability = std::to_string(properties_.major) + "." + std::to_string(properties_.minor);
    run.sm_count = properties_.multiProcessorCount;
    run.sm_max_mhz = power_.sm_mhz();
    run.memory_max_mhz = power_.memory_mhz();
    run.l2_bytes = properties_.l2CacheSize;
    run.memory_bytes = static_cast<double>(properties_.totalGlobalMem);
    run.shared_bytes_per_block = static_cast<double>(properties_.sharedMemPerBlockOptin);
    run.shared_bytes_per_sm = static_cast<double>(properties_.sharedMemPerMultiprocessor);
    run.registers_per_sm = properties_.regsPerMultiprocessor;
    int driver = 0, runtime = 0;
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    run.driver = version(driver);
    run.runtime = version(runtime);
    run.power = power_.description();
    return run;
  }
  double free_bytes() const override {
    std::size_t free = 0, all = 0;
    return cudaMemGetInfo(&free, &all) == cudaSuccess ? static_cast<double>(free) : 0;
  }
  std::vector<Kernel> kernels() const override { return all_kernels(); }
  std::vector<Microbenchmark> microbenchmarks() const override {
    return gpu_ref::microbenchmarks();
  }
  bool lost() const override { return cudaDeviceSynchronize() != cudaSuccess; }

  measure::Times time(Stream& stream, int repeats, const std::function<void(int)>& work) override {
    measure::Times times;
    const auto sms = static_cast<unsigned>(properties_.multiProcessorCount);
    Buffer<Stamp> before(stream, "before", sms), after(stream, "after", sms);
    Events events(stream, 2 * repeats);
    // A launch, its two events and what it asks the runtime for cost the CPU some 10 us.
    stream.launch(spin, Grid(1), 1, 0, static_cast<unsigned long long>(20000 * (repeats + 2)));
    stream.launch(stamp_clocks, Grid(sms), 1, 0, before.data());
    for (int i = 0; i < repeats; ++i) {
      events.record(2 * i);
      work(i);
      events.record(2 * i + 1);
    }
    stream.launch(stamp_clocks, Grid(sms), 1, 0, after.data());
    while (!stream.problem() && !events.over(2 * repeats - 1)) {
      times.watts = std::max(times.watts, power_.watts());
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    stream.wait();
    for (int i = 0; i < repeats && !stream.problem(); ++i)
      times.us.push_back(events.us_between(2 * i, 2 * i + 1));
    if (!stream.problem()) times.sm_mhz = clock_between(before.download(), after.download());
    return times;
  }

 private:
  cudaDeviceProp properties_;
  PowerMeter power_;
};

}  // namespace

std::unique_ptr<measure::Device> open_cuda_device(std::string& why_not) {
  int count = 0;
  cudaDeviceProp properties{};
  const cudaError_t found = cudaGetDeviceCount(&count);
  if (found != cudaSuccess || count == 0) {
    why_not = std::string("no GPU (") +
              (found != cudaSuccess ? cudaGetErrorString(found) : "the driver counts none") + ")";
    return nullptr;
  }
  if (const cudaError_t read = cudaGetDeviceProperties(&properties, 0); read != cudaSuccess) {
    why_not = std::string("the GPU does not answer (") + cudaGetErrorString(read) + ")";
    return nullptr;
  }
  if (properties.major != 9) {
    why_not = std::string(properties.name) + " has capability " + std::to_string(properties.major) +
              "." + std::to_string(properties.minor) + "; this program is built for 9.0 (sm_90a)";
    return nullptr;
  }
  return std::make_unique<CudaDevice>(properties);
}

std::vector<Kernel> all_kernels() {
  std::vector<Kernel> all = kernels();
  for (const Kernel& kernel : k4_warp_specialised()) all.push_back(kernel);
  return all;
}

}  // namespace einfall::gpu_ref
