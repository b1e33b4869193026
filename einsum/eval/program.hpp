#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "einsum/eval/index_plan.hpp"
#include "einsum/ir/cascade.hpp"

/// An Einsum lowered to a program over strips: stretches of one loop variable, all other variables
/// fixed. Semantics (language.md 1.1.3): a point is left out where a coordinate is out of range, a
/// condition does not hold or a strict operand is absent. Conditions are three-valued: a comparison
/// or truth value with an absent operand is unknown, `and`, `or`, `not` follow Kleene, and unknown
/// at the root leaves the point out; present(...) is always known.
namespace einfall::einsum::eval {

/// Long enough to amortise the work per strip, short enough for a few registers in the L1 cache.
inline constexpr std::int64_t kStrip = 1024;

/// One step of the body: registers a, b, c to dst. Registers hold a value a lane or one for all.
struct Instruction {
  enum class Op {
    kNumber,
    kIndexValue,
    kLoad,
    kNegate,
    kUnary,
    kOperator,
    kBinary,
    kSelect,
    kConvert,
    kElse
  };
  Op op = Op::kNumber;
  std::uint32_t dst = 0, a = 0, b = 0, c = 0;
  double number = 0;       // kNumber
  std::uint32_t plan = 0;  // kIndexValue: index plan; kLoad: access plan
  bool strict = false;     // kLoad: absence removes the point, so the strip is cut to its range
  BinaryOp binary{};       // kOperator
  Builtin builtin{};       // kUnary, kBinary
  DataType convert_to{};   // kConvert
};

/// difference op 0, affine along the strip: cuts the strip to an interval.
struct Trim {
  CompareOp op = CompareOp::kLt;
  std::uint32_t difference = 0;
};

struct ConditionPlan {
  enum class Op { kCompare, kAnd, kOr, kNot, kPresent, kTruth };
  Op op = Op::kCompare;
  CompareOp compare = CompareOp::kLt;
  std::uint32_t lhs = 0, rhs = 0;       // kCompare: index plans
  std::vector<std::uint32_t> operands;  // kAnd, kOr, kNot: conditions
  std::uint32_t access = 0;             // kPresent, kTruth: access plan
};

struct Program {
  SlotTable slots;                      // slot i is variable i of the Einsum
  std::vector<std::uint32_t> outputs;   // slots of the left side without strip, step and target
  std::vector<std::uint32_t> reduced;   // slots reduced away without strip
  std::optional<std::uint32_t> step;    // set from outside, one run a step
  std::optional<std::uint32_t> target;  // populate target
  bool strip_is_reduced = false;

  AddressPlans addresses;
  std::vector<Trim> trims;
  std::vector<std::uint32_t> strict_accesses;  // accesses that cut the strip; the left side is one
  std::vector<std::uint32_t> masks;            // conditions evaluated a lane
  std::vector<ConditionPlan> conditions;
  std::uint32_t lhs = 0;

  std::vector<Instruction> prologue;  // constants, run once
  std::vector<Instruction> code;
  std::uint32_t registers = 0;
  std::uint32_t constants = 0;  // the first so many registers hold the prologue's single values
  std::uint32_t result = 0;
  /// The body is the product of these two, summed: the multiplication is left to the accumulation.
  std::optional<std::pair<std::uint32_t, std::uint32_t>> product;

  /// Every point of the left tensor gets a value: no presence bytes needed.
  bool total = false;
};

/// What lowering needs to know of the state of a run.
struct LoweringContext {
  const Cascade& cascade;
  const Sizes& sizes;
  const std::vector<Layout>& layouts;
  const std::vector<double>& params;
  /// Tensors that have (or may get) absent points, by TensorId.
  const std::vector<bool>& has_presence;
  std::int64_t max_points;
  /// Reductions visit their points in the declared order: a strip may run along the last reduced
  /// variable only.
  bool keep_order = false;
};

/// Errors: E601 too many points or index overflow, E605 opaque function.
[[nodiscard]] base::Result<Program> lower(const LoweringContext& context, const Einsum& einsum,
                                          std::optional<VarId> step);

}  // namespace einfall::einsum::eval
