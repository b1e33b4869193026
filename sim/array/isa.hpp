#pragma once

#include <cstdint>
#include <string>

/// The instructions that a sequencer issues to the spatial array and to the vector array, one a
/// cycle. All PEs (lanes) run the same instructions in the same order, each later by its distance
/// from the corner, so that an instruction carries no addresses: operands are what stands on the
/// neighbour links, in the registers beside the PE, and in constants shared by the unit.
namespace einfall::sim {

/// Operands a, b, c; every result is rounded once to the accumulator's format, those marked fp32 to
/// fp32. max, min and select are those of the evaluator: max and min hand NaN on.
enum class Op : std::uint8_t {
  kMove,         // a
  kMultiplyAdd,  // a*b + c, rounded once
  kMultiply,     // a*b
  kAdd,          // a + b
  kSubtract,     // a - b
  kMax,          // the larger of a and b
  kMin,          // the smaller
  kSelect,       // b where a >= 0, else c
  // The steps of 2^(a*b) as base/numerics defines exp of kind polynomial; see exponential() in
  // programs.hpp. The whole part n of y = a*b (fp32) is kept in a scale register beside the PE.
  kReduceExponent,  // fp32: y - n; scale := n. Beyond +-1000: 0 and +-1000
  kHorner,          // fp32: a*b + c
  kHornerScaled,    // (a*b + c in fp32) * 2^scale
  kDivide,          // a / b; vector array only
  kExchange         // spatial array only: what came from the top goes into register a, what was
                    // there goes down; so that columns shift in and out
};

enum class Source : std::uint8_t {
  kNone,
  kRegister,
  kConstant,
  kLeft,   // spatial array: the link from the left neighbour
  kTop,    // spatial array: the link from the neighbour above
  kFoot,   // vector array: the oldest word of this lane that left the foot of its column
  kMemory  // vector array: this lane's word of a memory row
};

struct Operand {
  Source source = Source::kNone;
  std::uint8_t index = 0;  // of a register or constant
  bool operator==(const Operand&) const = default;
};

/// What enters at the top of the columns (spatial array).
enum class Feed : std::uint8_t {
  kNone,
  kRow,      // a row of words given when the instruction is issued
  kLanes,    // the oldest word of each column's queue, filled lane by lane from below or a memory
  kConstant  // feed_constant
};

/// A value on the left link goes on to the right neighbour, one on the top link to the neighbour
/// below, unless the instruction sends its result there.
struct Instruction {
  static constexpr std::uint8_t kNoRegister = 255;

  Op op = Op::kMove;
  Operand a, b, c;
  std::uint8_t to_register = kNoRegister;
  /// Spatial array: down, and out at the foot. Vector array: up to the top of the columns.
  bool to_link = false;
  bool to_memory = false;  // vector array
  /// The result is also rounded to the operands' format (a tensor stored in it).
  bool narrow = false;
  Feed feed = Feed::kNone;
  std::uint8_t feed_constant = 0;

  [[nodiscard]] bool reads(Source source) const {
    return a.source == source || b.source == source || c.source == source;
  }
  [[nodiscard]] bool reads_top() const { return reads(Source::kTop) || op == Op::kExchange; }
  [[nodiscard]] bool reads_scale() const { return op == Op::kHornerScaled; }
  [[nodiscard]] bool writes_scale() const { return op == Op::kReduceExponent; }
  bool operator==(const Instruction&) const = default;
};

/// How many of a, b, c an operation has.
[[nodiscard]] int operand_count(Op op);

enum class UnitForm { kSpatialArray, kVectorArray };
/// What a unit has for its instructions.
struct Limits {
  UnitForm form = UnitForm::kSpatialArray;
  int registers = 0;
  int constants = 0;
};
/// Why a unit cannot run an instruction; empty if it can.
[[nodiscard]] std::string illegal_because(const Instruction& instruction, const Limits& limits);

/// "r1 = multiply-add(left, top, r1)", for messages.
[[nodiscard]] std::string text(const Instruction& instruction);

}  // namespace einfall::sim
