#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/evaluation.hpp"
#include "tests/support/naive_interpreter.hpp"

namespace einfall::tests {
namespace {

using einsum::Cascade;
using einsum::EvalOptions;
using einsum::Sizes;
using einsum::TensorMap;

/// Different orders of the same additions.
constexpr double kTolerance = 1e-12;

std::vector<std::string> shipped_names() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(EINFALL_SOURCE_DIR) + "/workloads/cascades"))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// Sizes small enough for the naive interpreter, with partial last blocks.
Sizes small_sizes(const Cascade& cascade) {
  const SizeMap wanted = {{"B", 2}, {"H", 2}, {"HQ", 4}, {"HK", 2}, {"E", 3},  {"D", 3},
                          {"F", 2}, {"M", 7}, {"P", 7},  {"N", 7},  {"M0", 3}, {"L", 3},
                          {"J", 2}, {"W", 4}, {"T", 3},  {"K", 4}};
  SizeMap overrides;
  for (const auto& [rank, size] : wanted)
    if (cascade.find_rank(rank)) overrides.emplace(rank, size);
  if (cascade.name == "mqa_gqa") overrides["M1"] = 3;
  if (cascade.find_rank("S") && cascade.find_rank("G")) {
    overrides.insert({{"G", 2}, {"S", 2}});
    overrides["P"] = 3;  // the interpreter looks at every point of six ranks or more
  }
  return sizes_of(cascade, overrides);
}

/// Every tensor of `x` equal to that of `y` up to rounding.
template <class T>
void check_same(const Cascade& cascade, const TensorMap<T>& x, const TensorMap<T>& y) {
  for (const auto& [name, tensor] : x) {
    INFO(cascade.name << ": " << name);
    CHECK(relative_error(tensor, y.at(name)) <= kTolerance);
  }
}

TEST_CASE("every shipped cascade evaluates as read point by point", "[eval]") {
  for (const std::string& name : shipped_names()) {
    const Cascade cascade = shipped_cascade(name);
    const Sizes sizes = small_sizes(cascade);
    const TensorMap<double> in = inputs_of(cascade, sizes, 3);
    const TensorMap<double> out = run(cascade, sizes, in);
    check_same(cascade, out, naively(cascade, sizes, in));
  }
}

TEST_CASE("a shuffled run gives what an ordered one gives", "[eval]") {
  for (const std::string& name : shipped_names()) {
    const Cascade cascade = shipped_cascade(name);
    const Sizes sizes = small_sizes(cascade);
    const TensorMap<double> in = inputs_of(cascade, sizes, 5);
    const TensorMap<double> ordered = run(cascade, sizes, in);
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      EvalOptions options;
      options.shuffle = true;
      options.seed = seed;
      check_same(cascade, run(cascade, sizes, in, options), ordered);
    }
  }
}

TEST_CASE("strips alone and the fast path agree", "[eval]") {
  for (const std::string& name : shipped_names()) {
    const Cascade cascade = shipped_cascade(name);
    SizeMap larger;
    for (const char* rank : {"E", "F", "D", "M", "P", "N", "T", "K"})
      if (cascade.find_rank(rank)) larger.emplace(rank, 24);
    if (cascade.find_rank("M0")) larger.emplace("M0", 8);
    if (cascade.find_rank("B")) larger.emplace("B", 2);
    const Sizes sizes = sizes_of(cascade, larger);
    const TensorMap<double> in = inputs_of(cascade, sizes, 7);
    EvalOptions strips;
    strips.fast_path = false;
    check_same(cascade, run(cascade, sizes, in, strips), run(cascade, sizes, in));
  }
}

TEST_CASE("double agrees with long double to its own precision", "[eval]") {
  for (const std::string& name : shipped_names()) {
    const Cascade cascade = shipped_cascade(name);
    const Sizes sizes = small_sizes(cascade);
    const TensorMap<double> in = inputs_of(cascade, sizes, 11);
    TensorMap<long double> wide;
    for (const auto& [tensor, values] : in)
      wide[tensor] = {values.shape, {values.values.begin(), values.values.end()}, values.present};
    const TensorMap<long double> exact = run(cascade, sizes, wide);
    for (const auto& [tensor, values] : run(cascade, sizes, in)) {
      INFO(name << ": " << tensor);
      CHECK(relative_error(values, exact.at(tensor)) <= kTolerance);
    }
  }
}

}  // namespace
}  // namespace einfall::tests
