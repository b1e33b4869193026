#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace einfall::tests {

/// Size of N.
constexpr std::int64_t kLoopWidth = 6;

/// A cascade with states that step along a rank T, over vectors along N and scalars, as data: it
/// can be written down with loops, or with one Einsum for every statement and step.
struct LoopCascade {
  /// kSlicedInput has a slice for every step. kBefore and kFinal run once; in each step of a loop
  /// kStep is written at t and kState at t+1.
  enum class Kind { kInput, kSlicedInput, kBefore, kStep, kState, kFinal };
  /// Where an operand that has steps is read: at t + offset, at T + offset, at 0, or at all t.
  enum class From { kStep, kEnd, kStart, kAll };
  struct Operand {
    std::size_t value;
    From from = From::kStep;
    std::int64_t offset = 0;
  };
  /// An input, or what one statement writes: the product of its operands, summed along N if it is a
  /// scalar of vectors, and over the steps that it reads at all t.
  struct Value {
    std::string name;
    Kind kind = Kind::kInput;
    bool vector = true;
    int loop = 0;  // the second begins when the first is over
    std::vector<Operand> operands;
  };
  std::vector<Value> values;
};

[[nodiscard]] LoopCascade loop_cascade(std::mt19937& rng);

/// With loops over T; the ranks are N and T.
[[nodiscard]] std::string write_loop(const LoopCascade& cascade, std::int64_t steps);
/// Step by step: values of another step are tensors of their own. A slice that nobody writes is
/// left out, and what no final value depends on.
[[nodiscard]] std::string write_unrolled(const LoopCascade& cascade, std::int64_t steps);

}  // namespace einfall::tests
