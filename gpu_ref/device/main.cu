#include <filesystem>
#include <iostream>

#include "gpu_ref/device/cuda_device.hpp"
#include "gpu_ref/measure/program.hpp"

/// einfall-gpu-measure: see measure/program.hpp.
int main(int count, char** arguments) {
  using namespace einfall::gpu_ref;
  std::vector<std::string> words(arguments + 1, arguments + count);
  // What it was built from lies beside it, unless something else is said.
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!words.empty()) words.insert(words.begin() + 1, {"--build", self.string() + ".build"});
  return static_cast<int>(
      measure::run_program(words, open_cuda_device, all_kernels(), std::cout, std::cerr));
}
