#include "sim/array/kernels_body.hpp"

namespace einfall::sim {

void run_baseline(Op op, const KernelArguments& arguments) { run(op, arguments); }

bool has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
#else
  return false;
#endif
}

Kernel fastest_kernel() {
  static const Kernel chosen = has_avx2() ? run_avx2 : run_baseline;
  return chosen;
}

}  // namespace einfall::sim
