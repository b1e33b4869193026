#pragma once

#include <optional>
#include <vector>

#include "einsum/eval/program.hpp"
#include "einsum/eval/strip_numerics.hpp"
#include "einsum/eval/strip_reader.hpp"

namespace einfall::einsum::eval {

/// The body on one strip. Lane i of the operands is strip coordinate begin + i; where `mask` (null:
/// everywhere) is 0 the point is left out. count 0: no point of the strip takes part.
template <class T>
struct StripResult {
  std::int64_t begin = 0;
  std::size_t count = 0;
  Operand<T> value;  // unless the program leaves a product to the accumulation:
  Operand<T> factor_a, factor_b;
  const std::uint8_t* mask = nullptr;
};

/// Runs a program strip by strip. Not copyable: results point into it and live until the next run.
template <class T>
class StripMachine {
 public:
  /// `tensors` by TensorId; `numerics`: null for plain arithmetic in T. Everything passed must
  /// outlive the machine.
  StripMachine(const Cascade& cascade, const std::vector<Layout>& layouts, const Program& program,
               const std::vector<TensorView<T>>& tensors, const StripNumerics<T>* numerics);
  StripMachine(const StripMachine&) = delete;
  StripMachine& operator=(const StripMachine&) = delete;

  /// Positions of all variables are set here; reports E604 in `reader.trouble`.
  StripReader<T> reader;

  /// Precondition: not empty, at most kStrip long, inside the strip's extent.
  [[nodiscard]] StripResult<T> run(Interval strip);

 private:
  [[nodiscard]] Interval cut(Interval strip) const;
  [[nodiscard]] LaneValues<T> execute(const Instruction& i);
  [[nodiscard]] LaneValues<T> index_value(const Instruction& i);
  [[nodiscard]] LaneValues<T> load(const Instruction& i);
  [[nodiscard]] LaneValues<T> strict(const Instruction& i);
  [[nodiscard]] LaneValues<T> otherwise(const Instruction& i);
  void apply_kernel(const Instruction& i, T* out, std::size_t n) const;

  [[nodiscard]] const std::uint8_t* where_mask();
  void truth(std::uint32_t condition);
  void compare(const ConditionPlan& plan, std::uint8_t* out);
  void test_access(const ConditionPlan& plan, std::uint8_t* out);

  [[nodiscard]] T* values(std::uint32_t reg) {
    return reg < program_.constants ? &constants_[reg]
                                    : &values_[(reg - program_.constants) * kStrip];
  }
  /// Precondition: not a constant.
  [[nodiscard]] std::uint8_t* mask(std::uint32_t reg) {
    return &masks_[(reg - program_.constants) * kStrip];
  }
  [[nodiscard]] const std::uint8_t* own_mask(const std::uint8_t* found, std::uint32_t reg);
  [[nodiscard]] LaneValues<T> own(const LaneValues<T>& found, std::uint32_t reg);

  const Program& program_;
  const StripNumerics<T>* numerics_;
  std::vector<LaneValues<T>> registers_;
  std::vector<T> constants_;
  std::vector<T> values_;             // kStrip a register that is no constant
  std::vector<std::uint8_t> masks_;   // likewise
  std::vector<std::uint8_t> truths_;  // kStrip a condition: bit 0 true, bit 1 false, else unknown
  std::vector<std::uint8_t> where_, result_mask_, lane_mask_a_, lane_mask_b_;
  std::vector<T> lane_values_;
  std::vector<std::int64_t> lanes_a_, lanes_b_;
};

}  // namespace einfall::einsum::eval
