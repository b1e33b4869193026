#include <algorithm>

#include "einsum/eval/contraction.hpp"

namespace einfall::einsum::eval {
namespace {

// Below this many products a batch, setting up a matrix product costs more than it saves.
constexpr std::int64_t kSmallestProduct = 512;

struct Factors {
  AccessId a, b;
};

std::optional<Factors> factors(const Cascade& cascade, const Einsum& einsum) {
  const auto* reduction = std::get_if<ReduceRoot>(&einsum.root);
  if (reduction == nullptr || reduction->op != ReduceOp::kSum || !einsum.where.empty())
    return std::nullopt;
  const auto* product = std::get_if<BinaryExpr>(&cascade[einsum.body].node);
  if (product == nullptr || product->op != BinaryOp::kMul) return std::nullopt;
  const auto* a = std::get_if<AccessExpr>(&cascade[product->lhs].node);
  const auto* b = std::get_if<AccessExpr>(&cascade[product->rhs].node);
  if (a == nullptr || b == nullptr) return std::nullopt;
  return Factors{a->access, b->access};
}

std::int64_t step(const AccessPlan& access, std::uint32_t slot) {
  for (const Term& term : access.address.variables)
    if (term.which == slot) return term.coefficient;
  return 0;
}

std::int64_t points(const std::vector<ContractionLoop>& loops) {
  std::int64_t product = 1;
  for (const ContractionLoop& loop : loops) product *= loop.extent;
  return product;
}

/// Puts a loop where it belongs; false if it belongs nowhere.
bool classify(const ContractionLoop& loop, Contraction& into) {
  const bool in_a = loop.a != 0, in_b = loop.b != 0, in_out = loop.out != 0;
  if (in_a && in_b)
    (in_out ? into.batch : into.k).push_back(loop);
  else if (in_out && (in_a || in_b))
    (in_a ? into.m : into.n).push_back(loop);
  else
    return false;
  return true;
}

}  // namespace

std::optional<Contraction> as_contraction(const LoweringContext& context, const Einsum& einsum) {
  const auto found = factors(context.cascade, einsum);
  if (!found) return std::nullopt;
  SlotTable slots;
  for (const VarId variable : einsum.vars) {
    slots.slot_of.emplace(variable, static_cast<std::uint32_t>(slots.extents.size()));
    slots.extents.push_back(context.sizes[context.cascade[variable].rank]);
  }
  slots.strip = static_cast<std::uint32_t>(slots.extents.size());
  slots.extents.push_back(1);
  AddressPlanner planner(context.cascade, context.sizes, context.layouts, context.has_presence,
                         slots);
  const std::uint32_t numbers[] = {planner.plan(found->a), planner.plan(found->b),
                                   planner.plan(einsum.lhs)};
  if (planner.trouble) return std::nullopt;
  const auto& accesses = planner.plans.accesses;
  const auto plain = [&](std::uint32_t n) {
    return accesses[n].in_range && accesses[n].address.atoms.empty();
  };
  if (!std::all_of(std::begin(numbers), std::end(numbers), plain)) return std::nullopt;
  const AccessPlan &a = accesses[numbers[0]], &b = accesses[numbers[1]],
                   &out = accesses[numbers[2]];
  if (a.has_presence || b.has_presence) return std::nullopt;

  Contraction made{
      a.tensor, b.tensor, a.address.constant, b.address.constant, out.address.constant, {}, {},
      {},       {}};
  for (std::uint32_t slot = 0; slot < slots.strip; ++slot) {
    const std::int64_t extent = slots.extents[slot];
    if (extent == 1) continue;
    if (!classify({extent, step(a, slot), step(b, slot), step(out, slot)}, made))
      return std::nullopt;
  }
  const std::int64_t matrix = points(made.m) * points(made.n);
  if (points(made.batch) * matrix != context.layouts[out.tensor.index()].points)
    return std::nullopt;
  std::int64_t products = 0;
  const bool overflow =
      __builtin_mul_overflow(points(made.batch) * matrix, points(made.k), &products);
  // Too many are for the lowering to report.
  if (overflow || products > context.max_points) return std::nullopt;
  if (products / points(made.batch) < kSmallestProduct) return std::nullopt;
  return made;
}

}  // namespace einfall::einsum::eval
