#include "einsum/eval/bit_true_reduction.hpp"

#include <algorithm>

#include "base/ensure.hpp"
#include "base/numerics/arithmetic.hpp"
#include "einsum/eval/fused_sums.hpp"
#include "einsum/eval/strip_machine.hpp"

namespace einfall::einsum::eval {
namespace {

namespace numerics = base::numerics;
using numerics::Rounder;

numerics::Accumulator::Combine combine_of(ReduceOp op) {
  switch (op) {
    case ReduceOp::kSum:
      return numerics::add;
    case ReduceOp::kProd:
      return numerics::mul;
    case ReduceOp::kMax:
      return [](const Rounder&, double a, double b) { return Max::f(a, b); };
    case ReduceOp::kMin:
      return [](const Rounder&, double a, double b) { return Min::f(a, b); };
    case ReduceOp::kAny:
      return [](const Rounder&, double a, double b) { return Any::f(a, b); };
    case ReduceOp::kAll:
      return [](const Rounder&, double a, double b) { return All::f(a, b); };
  }
  EINFALL_ENSURE(false, "a reduction");
}

double at(Operand<double> operand, std::size_t i) {
  return operand.scalar ? *operand.data : operand.data[i];
}
bool present(const StripResult<double>& found, std::size_t i) {
  return found.mask == nullptr || found.mask[i] != 0;
}

double value(Addend addend, const StripResult<double>& found, std::size_t i) {
  return addend == Addend::kValue ? at(found.value, i)
                                  : at(found.factor_a, i) * at(found.factor_b, i);
}

/// Any order: an accumulator a lane.
class GeneralReduction final : public LaneReduction<double> {
 public:
  GeneralReduction(ReduceOp op, Addend addend, numerics::Order order, const Rounder& to)
      : addend_(addend), fresh_(order, to, combine_of(op), identity<double>(op)) {}

  void start(std::size_t lanes) override {
    lanes_.resize(lanes, fresh_);
    for (numerics::Accumulator& lane : lanes_) lane.clear();
  }
  void resume(const double*, const std::uint8_t*, std::size_t) override {
    EINFALL_ENSURE(false, "the state of a tree is more than a value");
  }
  bool resumes() const override { return false; }

  void across(const StripResult<double>& found, Interval strip) override {
    for (std::int64_t coordinate = strip.begin; coordinate < strip.end; ++coordinate)
      point(lanes_[static_cast<std::size_t>(coordinate - strip.begin)], found, coordinate);
  }
  void along(const StripResult<double>& found, Interval strip) override {
    if (found.count == 0) return lanes_[0].skip(strip.end - strip.begin);
    for (std::int64_t coordinate = strip.begin; coordinate < strip.end; ++coordinate)
      point(lanes_[0], found, coordinate);
  }

  const double* values() override {
    values_.assign(lanes_.size(), 0);
    seen_.assign(lanes_.size(), 0);
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      if (!lanes_[i].any()) continue;
      values_[i] = lanes_[i].result();
      seen_[i] = 1;
    }
    return values_.data();
  }
  const std::uint8_t* seen() const override { return seen_.data(); }

 private:
  void point(numerics::Accumulator& lane, const StripResult<double>& found,
             std::int64_t coordinate) const {
    const auto i = static_cast<std::size_t>(coordinate - found.begin);
    if (coordinate < found.begin || i >= found.count || !present(found, i)) return lane.skip();
    if (addend_ == Addend::kFusedProduct)
      lane.add_product(at(found.factor_a, i), at(found.factor_b, i));
    else
      lane.add(value(addend_, found, i));
  }

  Addend addend_;
  numerics::Accumulator fresh_;
  std::vector<numerics::Accumulator> lanes_;
  std::vector<double> values_;
  std::vector<std::uint8_t> seen_;
};

/// One register a lane, one operation a point: the same results as GeneralReduction in sequential
/// order, without an object a lane.
class SequentialReduction final : public LaneReduction<double> {
 public:
  SequentialReduction(ReduceOp op, Addend addend, const Rounder& to)
      : op_(op), addend_(addend), to_(to), combine_(combine_of(op)) {}

  void start(std::size_t lanes) override {
    values_.assign(lanes, identity<double>(op_));
    seen_.assign(lanes, 0);
  }
  void resume(const double* values, const std::uint8_t* seen, std::size_t lanes) override {
    start(lanes);
    for (std::size_t i = 0; i < lanes; ++i)
      if (seen[i] != 0) values_[i] = values[i], seen_[i] = 1;
  }
  bool resumes() const override { return true; }

  void across(const StripResult<double>& found, Interval strip) override {
    if (found.count == 0) return;
    const auto offset = static_cast<std::size_t>(found.begin - strip.begin);
    double* values = values_.data() + offset;
    std::uint8_t* seen = seen_.data() + offset;
    if (addend_ == Addend::kFusedProduct && found.mask == nullptr && to_.is_hardware_fp32()) {
      add_fused_products(values, found.factor_a, found.factor_b, found.count);
      std::fill_n(seen, found.count, 1);
      return;
    }
    each(
        found,
        [&](std::size_t i, double next) {
          values[i] = next;
          seen[i] = 1;
        },
        [&](std::size_t i) { return values[i]; });
  }
  void along(const StripResult<double>& found, Interval) override {
    if (found.count == 0) return;
    each(
        found,
        [&](std::size_t, double next) {
          values_[0] = next;
          seen_[0] = 1;
        },
        [&](std::size_t) { return values_[0]; });
  }

  const double* values() override { return values_.data(); }
  const std::uint8_t* seen() const override { return seen_.data(); }

 private:
  template <class Put, class Get>
  void each(const StripResult<double>& found, Put put, Get get) const {
    const bool fused = addend_ == Addend::kFusedProduct;
    if (fused && to_.is_hardware_fp32()) {
      for_present(found, [&](std::size_t i) {
        put(i, std::fma(static_cast<float>(at(found.factor_a, i)),
                        static_cast<float>(at(found.factor_b, i)), static_cast<float>(get(i))));
      });
    } else if (fused) {
      for_present(found, [&](std::size_t i) {
        put(i, numerics::multiply_add(to_, at(found.factor_a, i), at(found.factor_b, i), get(i)));
      });
    } else if (op_ == ReduceOp::kSum) {
      for_present(found,
                  [&](std::size_t i) { put(i, to_(get(i) + to_(value(addend_, found, i)))); });
    } else {
      for_present(found,
                  [&](std::size_t i) { put(i, combine_(to_, get(i), to_(at(found.value, i)))); });
    }
  }
  template <class Visit>
  static void for_present(const StripResult<double>& found, Visit visit) {
    for (std::size_t i = 0; i < found.count; ++i)
      if (present(found, i)) visit(i);
  }

  ReduceOp op_;
  Addend addend_;
  Rounder to_;
  numerics::Accumulator::Combine combine_;
  std::vector<double> values_;
  std::vector<std::uint8_t> seen_;
};

}  // namespace

std::unique_ptr<LaneReduction<double>> ordered_reduction(ReduceOp op, Addend addend,
                                                         numerics::Order order, const Rounder& to) {
  // The order of a maximum makes no difference, and matrix engines only add.
  if (op != ReduceOp::kSum && op != ReduceOp::kProd) order = {};
  if (op == ReduceOp::kProd && order.kind == numerics::Order::Kind::kMatrix)
    order = {numerics::Order::Kind::kBlocks, order.width};
  if (order.kind == numerics::Order::Kind::kSequential)
    return std::make_unique<SequentialReduction>(op, addend, to);
  return std::make_unique<GeneralReduction>(op, addend, order, to);
}

}  // namespace einfall::einsum::eval
