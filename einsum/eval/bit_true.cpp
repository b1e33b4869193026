#include "einsum/eval/bit_true.hpp"

#include <algorithm>
#include <map>

#include "base/ensure.hpp"
#include "einsum/eval/bit_true_functions.hpp"
#include "einsum/eval/bit_true_reduction.hpp"

namespace einfall::einsum::eval {
namespace {

namespace numerics = base::numerics;
using numerics::Rounder;
using Op = Instruction::Op;

void round_lanes(const Rounder& to, double* values, std::size_t n) {
  if (to.is_identity()) return;
  if (to.is_hardware_fp32()) {
    for (std::size_t i = 0; i < n; ++i)
      values[i] = static_cast<double>(static_cast<float>(values[i]));
    return;
  }
  for (std::size_t i = 0; i < n; ++i) values[i] = to(values[i]);
}

class BitTrue final : public StripNumerics<double> {
 public:
  BitTrue(const Cascade& cascade, const Einsum& einsum, const Program& program,
          const numerics::Policy& policy)
      : types_(einsum_types(cascade, einsum, policy)),
        compute_(rounder_of(types_.compute, policy)),
        storage_(rounder_of(types_.storage, policy)),
        accumulate_(rounder_of(types_.accumulate, policy)),
        functions_(policy, compute_),
        product_(program.product.has_value()) {
    for (const Instruction& i : program.code) note_conversion(i, policy);
    for (const Instruction& i : program.prologue) note_conversion(i, policy);
    for (const AccessPlan& access : program.addresses.accesses) {
      const DataType type = storage_type(cascade[access.tensor]);
      rounds_load_.push_back(types_.compute == DataType::kFp32 &&
                             (type == DataType::kInt32 || type == DataType::kIndex));
    }
  }

  void strict(const Instruction& instruction, Operand<double> a, Operand<double> b,
              Operand<double> c, double* out, std::size_t n) const override;

  void enter(double* values, std::size_t n) const override { round_lanes(compute_, values, n); }
  bool rounds_load(std::uint32_t access) const override { return rounds_load_[access]; }
  void store(double* values, std::size_t n) const override { round_lanes(storage_, values, n); }

  std::unique_ptr<LaneReduction<double>> reduction(ReduceOp op) const override {
    if (!product_) return ordered_reduction(op, Addend::kValue, types_.order, accumulate_);
    // Products of fp64 numbers are not exact in fp64, so a narrower accumulator cannot fuse them.
    const bool fuses = types_.exact_products || accumulate_.is_identity();
    return ordered_reduction(op, fuses ? Addend::kFusedProduct : Addend::kProduct, types_.order,
                             accumulate_);
  }

 private:
  void note_conversion(const Instruction& i, const numerics::Policy& policy) {
    if (i.op == Op::kConvert) conversions_.emplace(i.convert_to, rounder_of(i.convert_to, policy));
  }

  EinsumTypes types_;
  Rounder compute_, storage_, accumulate_;
  BitTrueFunctions functions_;
  bool product_;
  std::map<DataType, Rounder> conversions_;
  std::vector<bool> rounds_load_;  // by access plan
};

void BitTrue::strict(const Instruction& i, Operand<double> a, Operand<double> b, Operand<double> c,
                     double* out, std::size_t n) const {
  switch (i.op) {
    case Op::kNegate:
      return negate(a.data, out, n);
    case Op::kSelect:
      return apply_select(a, b, c, out, n);
    case Op::kOperator:
      apply_binary(i.binary, a, b, out, n);
      return round_lanes(compute_, out, n);
    case Op::kBinary:
      if (i.builtin != Builtin::kPow) return apply_binary(i.builtin, a, b, out, n);
      for (std::size_t lane = 0; lane < n; ++lane)
        out[lane] =
            functions_.pow(a.scalar ? *a.data : a.data[lane], b.scalar ? *b.data : b.data[lane]);
      return;
    case Op::kConvert: {
      const Rounder& to = conversions_.at(i.convert_to);
      std::copy_n(a.data, n, out);
      round_lanes(to, out, n);
      return round_lanes(compute_, out, n);
    }
    case Op::kUnary:
      for (std::size_t lane = 0; lane < n; ++lane) out[lane] = functions_(i.builtin, a.data[lane]);
      return;
    default:
      EINFALL_ENSURE(false, "not a strict instruction");
  }
}

}  // namespace

std::unique_ptr<StripNumerics<double>> bit_true_numerics(const Cascade& cascade,
                                                         const Einsum& einsum,
                                                         const Program& program,
                                                         const numerics::Policy& policy) {
  return std::make_unique<BitTrue>(cascade, einsum, program, policy);
}

void round_to_storage(const Tensor& tensor, const numerics::Policy& policy,
                      std::vector<double>& values) {
  round_lanes(rounder_of(storage_type(tensor), policy), values.data(), values.size());
}

}  // namespace einfall::einsum::eval
