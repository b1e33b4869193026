#include "gpu_ref/device/power.hpp"

#include <dlfcn.h>

namespace einfall::gpu_ref {
namespace {

// As in nvml.h, which need not be there.
constexpr int kSuccess = 0, kClockSm = 1, kClockMemory = 2;
using Init = int (*)();
using HandleByIndex = int (*)(unsigned, void**);
using PowerUsage = int (*)(void*, unsigned* milliwatts);
using ClockInfo = int (*)(void*, int type, unsigned* mhz);

template <class Function>
Function find(void* library, const char* name) {
  return library == nullptr ? nullptr : reinterpret_cast<Function>(dlsym(library, name));
}

}  // namespace

PowerMeter::PowerMeter() : library_(dlopen("libnvidia-ml.so.1", RTLD_NOW)) {
  const auto init = find<Init>(library_, "nvmlInit_v2");
  const auto handle = find<HandleByIndex>(library_, "nvmlDeviceGetHandleByIndex_v2");
  if (init == nullptr || handle == nullptr) {
    description_ = "no clocks or power: libnvidia-ml.so.1 is not here";
  } else if (init() != kSuccess || handle(0, &device_) != kSuccess) {
    device_ = nullptr;
    description_ = "no clocks or power: NVML does not know the device";
  } else {
    description_ = "power by NVML, the highest seen during a point; clocks by the SMs' own";
  }
}

PowerMeter::~PowerMeter() {
  if (const auto shutdown = find<Init>(library_, "nvmlShutdown"); device_ != nullptr && shutdown)
    shutdown();
  if (library_ != nullptr) dlclose(library_);
}

double PowerMeter::watts() const {
  const auto usage = find<PowerUsage>(library_, "nvmlDeviceGetPowerUsage");
  unsigned milliwatts = 0;
  if (device_ == nullptr || usage == nullptr || usage(device_, &milliwatts) != kSuccess) return 0;
  return milliwatts / 1000.0;
}

double PowerMeter::clock(int which) const {
  const auto info = find<ClockInfo>(library_, "nvmlDeviceGetMaxClockInfo");
  unsigned mhz = 0;
  if (device_ == nullptr || info == nullptr || info(device_, which, &mhz) != kSuccess) return 0;
  return mhz;
}
double PowerMeter::sm_mhz() const { return clock(kClockSm); }
double PowerMeter::memory_mhz() const { return clock(kClockMemory); }

}  // namespace einfall::gpu_ref
