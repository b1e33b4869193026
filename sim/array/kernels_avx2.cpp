#include "sim/array/kernels_body.hpp"

namespace einfall::sim {

void run_avx2(Op op, const KernelArguments& arguments) { run(op, arguments); }

}  // namespace einfall::sim
