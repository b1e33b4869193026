#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.hpp"
#include "base/overloaded.hpp"
#include "einsum/eval/lower_body.hpp"
#include "einsum/eval/points_limit.hpp"
#include "einsum/eval/program.hpp"
#include "einsum/eval/strip_choice.hpp"
#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum::eval {
namespace {

std::uint32_t lower_cond(const Cascade& cascade, CondId id, AddressPlanner& planner,
                         Program& program) {
  ConditionPlan made;
  const auto operand = [&](CondId inner) {
    made.operands.push_back(lower_cond(cascade, inner, planner, program));
  };
  std::visit(base::Overloaded{[&](const CompareCond& compare) {
                                made.op = ConditionPlan::Op::kCompare;
                                made.compare = compare.op;
                                made.lhs = planner.plan(compare.lhs);
                                made.rhs = planner.plan(compare.rhs);
                              },
                              [&](const AndCond& all) {
                                made.op = ConditionPlan::Op::kAnd;
                                for (const CondId inner : all.operands) operand(inner);
                              },
                              [&](const OrCond& any) {
                                made.op = ConditionPlan::Op::kOr;
                                for (const CondId inner : any.operands) operand(inner);
                              },
                              [&](const NotCond& no) {
                                made.op = ConditionPlan::Op::kNot;
                                operand(no.operand);
                              },
                              [&](const PresentCond& present) {
                                made.op = ConditionPlan::Op::kPresent;
                                made.access = planner.plan(present.access);
                              },
                              [&](const TruthCond& truth) {
                                made.op = ConditionPlan::Op::kTruth;
                                made.access = planner.plan(truth.access);
                              }},
             cascade[id].node);
  program.conditions.push_back(std::move(made));
  return static_cast<std::uint32_t>(program.conditions.size() - 1);
}

// A conjunction of comparisons that are affine along the strip cuts it to an interval, which costs
// nothing a point; everything else becomes a mask.
void lower_where(const Cascade& cascade, CondId id, AddressPlanner& planner, Program& program) {
  if (const auto* all = std::get_if<AndCond>(&cascade[id].node)) {
    for (const CondId inner : all->operands) lower_where(cascade, inner, planner, program);
    return;
  }
  const auto* compare = std::get_if<CompareCond>(&cascade[id].node);
  if (compare != nullptr && compare->op != CompareOp::kNe) {
    const std::uint32_t difference = planner.difference(compare->lhs, compare->rhs);
    if (!planner.plans.indices[difference].varying) {
      program.trims.push_back({compare->op, difference});
      return;
    }
  }
  program.masks.push_back(lower_cond(cascade, id, planner, program));
}

// All steps together.
double points_of(const Program& program) {
  double points = 1;
  for (std::uint32_t slot = 0; slot < program.slots.extents.size(); ++slot)
    if (slot != program.target) points *= static_cast<double>(program.slots.extents[slot]);
  return points;
}

/// Where the left side writes: which slots are outputs, step, target.
std::vector<bool> output_slots(const Cascade& cascade, const Einsum& einsum) {
  std::vector<bool> is_output(einsum.vars.size(), false);
  for (const IndexId index : cascade[einsum.lhs].indices)
    for (const VarId variable : variables_of(cascade, index)) {
      const auto at = std::find(einsum.vars.begin(), einsum.vars.end(), variable);
      EINFALL_ENSURE(at != einsum.vars.end(), "a left variable outside the iteration space");
      is_output[static_cast<std::size_t>(at - einsum.vars.begin())] = true;
    }
  return is_output;
}

void set_slots(const LoweringContext& context, const Einsum& einsum, Program& program) {
  for (std::uint32_t slot = 0; slot < einsum.vars.size(); ++slot) {
    program.slots.slot_of.emplace(einsum.vars[slot], slot);
    program.slots.extents.push_back(context.sizes[context.cascade[einsum.vars[slot]].rank]);
  }
}

void split_loops(const LoweringContext& context, const Einsum& einsum, Program& program) {
  const std::vector<bool> is_output = output_slots(context.cascade, einsum);
  const bool populates = std::holds_alternative<PopulateRoot>(einsum.root);
  std::vector<std::uint32_t> candidates;
  const auto is_last = [&](std::uint32_t slot) { return slot + 1 == einsum.vars.size(); };
  for (std::uint32_t slot = 0; slot < einsum.vars.size(); ++slot) {
    const bool taken = slot == program.step || slot == program.target;
    const bool out_of_order = context.keep_order && !is_output[slot] && !is_last(slot);
    if (!taken && !out_of_order && !(populates && is_output[slot])) candidates.push_back(slot);
  }
  if (candidates.empty()) {  // a single point a step: a loop of one to run the strip along
    program.slots.strip = static_cast<std::uint32_t>(program.slots.extents.size());
    program.slots.extents.push_back(1);
  } else {
    program.slots.strip = choose_strip(context, einsum, program.slots, candidates, is_output);
    program.strip_is_reduced = !is_output[program.slots.strip];
  }
  for (std::uint32_t slot = 0; slot < einsum.vars.size(); ++slot) {
    if (slot == program.slots.strip || slot == program.step || slot == program.target) continue;
    (is_output[slot] ? program.outputs : program.reduced).push_back(slot);
  }
}

// An affine left side is injective (verified), so it covers the tensor if it has as many points.
bool covers(const LoweringContext& context, const Einsum& einsum, const Program& program) {
  const AccessPlan& lhs = program.addresses.accesses[program.lhs];
  if (!lhs.in_range || !lhs.address.atoms.empty() || program.step) return false;
  __extension__ __int128 written = 1;
  const std::vector<bool> is_output = output_slots(context.cascade, einsum);
  for (std::size_t slot = 0; slot < is_output.size(); ++slot)
    if (is_output[slot]) written *= program.slots.extents[slot];
  return written == context.layouts[lhs.tensor.index()].points;
}

/// Accesses whose absence removes the point and whose range is an interval along the strip.
void collect_strict_accesses(Program& program) {
  const auto add = [&](std::uint32_t access) {
    if (!program.addresses.accesses[access].in_range) program.strict_accesses.push_back(access);
  };
  add(program.lhs);
  for (const Instruction& i : program.code)
    if (i.op == Instruction::Op::kLoad && i.strict) add(i.plan);
}

}  // namespace

base::Result<Program> lower(const LoweringContext& context, const Einsum& einsum,
                            std::optional<VarId> step) {
  Program program;
  set_slots(context, einsum, program);
  if (step) program.step = program.slots.slot_of.at(*step);
  const auto* populate = std::get_if<PopulateRoot>(&einsum.root);
  if (populate != nullptr && populate->target)
    program.target = program.slots.slot_of.at(*populate->target);
  if (auto trouble = too_many_points(points_of(program), context.max_points, einsum.span))
    return base::failure(*std::move(trouble));
  split_loops(context, einsum, program);
  EINFALL_ENSURE(!std::holds_alternative<MapRoot>(einsum.root) ||
                     (program.reduced.empty() && !program.strip_is_reduced),
                 "a map over a variable that the left side lacks");

  AddressPlanner planner(context.cascade, context.sizes, context.layouts, context.has_presence,
                         program.slots);
  program.lhs = planner.plan(einsum.lhs);
  for (const CondId cond : einsum.where) lower_where(context.cascade, cond, planner, program);
  const auto* reduction = std::get_if<ReduceRoot>(&einsum.root);
  const bool sums = reduction != nullptr && reduction->op == ReduceOp::kSum;
  EINFALL_TRY(const bool absent, lower_body(context, einsum.body, sums, planner, program));
  if (planner.trouble) return base::failure(*planner.trouble);
  program.addresses = std::move(planner.plans);
  collect_strict_accesses(program);
  program.total =
      !absent && populate == nullptr && einsum.where.empty() && covers(context, einsum, program);
  return program;
}

}  // namespace einfall::einsum::eval
