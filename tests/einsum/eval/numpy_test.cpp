#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "tests/support/evaluation.hpp"
#include "tests/support/scratch.hpp"

namespace einfall::tests {
namespace {

using einsum::TensorMap;

constexpr const char* kPython = "/usr/bin/python3";

bool has_numpy() {
  return std::filesystem::exists(kPython) &&
         std::system(fmt::format("{} -c 'import numpy' 2> /dev/null", kPython).c_str()) == 0;
}

/// What numpy_check.py says of these tensors.
double error_by_numpy(const std::string& kind, const TensorMap<double>& tensors) {
  const Scratch scratch;
  for (const auto& [name, tensor] : tensors)
    scratch.write(name + ".txt", fmt::format("{}\n{:.17g}\n", fmt::join(tensor.shape, " "),
                                             fmt::join(tensor.values, " ")));
  const std::string command =
      fmt::format("{} '{}/tests/einsum/eval/numpy_check.py' '{}' {} > '{}'", kPython,
                  EINFALL_SOURCE_DIR, scratch.path("."), kind, scratch.path("answer"));
  REQUIRE(std::system(command.c_str()) == 0);
  return std::stod(scratch.read("answer"));
}

constexpr double kTolerance = 1e-12;

TEST_CASE("NumPy computes the same attention and contractions", "[eval][numpy]") {
  if (!has_numpy()) {
    if (std::getenv("CI") != nullptr) FAIL(kPython << " has no NumPy, which CI must install");
    WARN("skipped: " << kPython << " has no NumPy (apt package python3-numpy)");
    return;
  }
  SECTION("attention") {
    const auto cascade = shipped_cascade("attn_1pass");
    const auto sizes = sizes_of(
        cascade, {{"B", 2}, {"H", 3}, {"E", 16}, {"F", 8}, {"M", 50}, {"P", 37}, {"M0", 8}});
    CHECK(error_by_numpy("attention", run(cascade, sizes, inputs_of(cascade, sizes))) <=
          kTolerance);
  }
  SECTION("causal attention") {
    const auto cascade = shipped_cascade("attn_1pass_causal");
    const auto sizes =
        sizes_of(cascade, {{"B", 2}, {"H", 3}, {"E", 16}, {"F", 8}, {"P", 37}, {"M0", 8}});
    CHECK(error_by_numpy("causal", run(cascade, sizes, inputs_of(cascade, sizes))) <= kTolerance);
  }
  SECTION("contractions, by strips and by the fast path") {
    const auto cascade = cascade_of(
        "ranks: {N: 3, I: 9, J: 13, K: 17}\n"
        "declaration: {A: [I, K], B: [K, J], C: [N, I, K], D: [N, J, K]}\nexpressions: |\n"
        "  MatMul[i, j] = A[i, k] * B[k, j]\n  Batched[n, i, j] = C[n, i, k] * D[n, j, k]\n"
        "  Outer[i, j, k] = A[i, k] * B[k, j]\n  Trace[n] = C[n, i, i]\n"
        "  Swapped[j, n, i] = C[n, i, k] * B[k, j]\n  Two[i, j] = C[n, i, k] * D[n, j, k]\n");
    const auto sizes = sizes_of(cascade);
    const auto in = inputs_of(cascade, sizes);
    einsum::EvalOptions strips;
    strips.fast_path = false;
    CHECK(error_by_numpy("einsums", run(cascade, sizes, in)) <= kTolerance);
    CHECK(error_by_numpy("einsums", run(cascade, sizes, in, strips)) <= kTolerance);
  }
}

}  // namespace
}  // namespace einfall::tests
