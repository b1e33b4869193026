#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "einsum/ir/access_walk.hpp"
#include "einsum/language/index_math.hpp"
#include "einsum/language/limits.hpp"
#include "einsum/language/lower.hpp"

namespace einfall::einsum {
namespace {

std::optional<ReduceOp> reduce_op(const std::string& name) {
  constexpr std::array<std::pair<const char*, ReduceOp>, 6> kOps{{{"sum", ReduceOp::kSum},
                                                                  {"prod", ReduceOp::kProd},
                                                                  {"max", ReduceOp::kMax},
                                                                  {"min", ReduceOp::kMin},
                                                                  {"any", ReduceOp::kAny},
                                                                  {"all", ReduceOp::kAll}}};
  for (const auto& [word, op] : kOps)
    if (name == word) return op;
  return std::nullopt;
}

PopulateOp populate_op(const std::string& name) {
  if (name == "argmax") return PopulateOp::kArgmax;
  if (name == "argmin") return PopulateOp::kArgmin;
  return name == "topk" ? PopulateOp::kTopk : PopulateOp::kArgtopk;
}

}  // namespace

std::optional<std::vector<VarId>> Lowering::bound_variables(const ast::Reduce& reduce) {
  std::vector<VarId> vars;
  for (const ast::Name& name : reduce.vars) {
    const auto found = variable(name.text, name.span);
    if (!found) return std::nullopt;
    std::string problem;
    if (contains(statement_.lhs_variables, *found)) problem = "stands on the left side too";
    if (contains(statement_.bound, *found) || contains(vars, *found))
      problem = "is reduced already";
    if (!problem.empty()) {
      error("E309", name.span, fmt::format("'{}' {}", name.text, problem),
            "a variable is either kept or reduced, once");
      return std::nullopt;
    }
    vars.push_back(*found);
  }
  return vars;
}

bool Lowering::reduce_root(const ast::Reduce& reduce, ast::NodeId id, Einsum& einsum) {
  const ast::Tree& tree = statement_.entry->statement.tree;
  const auto vars = bound_variables(reduce);
  if (!vars) return false;
  const auto op = reduce_op(reduce.op);
  if (!op) return populate_root(reduce, id, *vars, einsum);
  if (reduce.target) {
    error("E308", reduce.target->span, fmt::format("'{}' has no target", reduce.op),
          "topk and argtopk have: topk[m -> j](...)");
    return false;
  }
  Scope scope;
  scope.tree = &tree;
  statement_.bound = *vars;
  const ExprId body = lower_expr(reduce.body, scope);
  statement_.bound.clear();
  if (!body.valid() || statement_.failed) return false;
  std::vector<VarId> kept = statement_.lhs_variables;
  append_unique(kept, *vars);
  einsum.body = body;
  einsum.root = ReduceRoot{*op, *vars, false};
  const std::vector<VarId> rest = free_variables(body, kept);
  if (rest.empty()) {
    append_unique(einsum.vars, *vars);
    return true;
  }
  if (*op == ReduceOp::kSum) {
    std::vector<VarId> all = *vars;
    append_unique(all, rest);
    einsum.root = ReduceRoot{*op, all, false};
    append_unique(einsum.vars, all);
  } else {
    einsum.body = split_off(einsum.root, *vars, body, tree.span(id), reduce.op);
    einsum.root = MapRoot{};
    if (!einsum.body.valid()) return false;
    return implied_sum(id, einsum);
  }
  for (const VarId variable : rest) {
    if (!contains(statement_.closed, variable)) continue;
    error("E307", tree.span(id),
          fmt::format("variable '{}' is used inside and outside its reduction",
                      cascade_[variable].name));
    return false;
  }
  return true;
}

bool Lowering::populate_root(const ast::Reduce& reduce, ast::NodeId id,
                             const std::vector<VarId>& vars, Einsum& einsum) {
  const ast::Tree& tree = statement_.entry->statement.tree;
  PopulateRoot root{populate_op(reduce.op), vars, std::nullopt};
  const bool keeps_several = root.op == PopulateOp::kTopk || root.op == PopulateOp::kArgtopk;
  if (keeps_several != reduce.target.has_value() || (keeps_several && vars.size() != 1)) {
    error("E308", tree.span(id),
          keeps_several ? fmt::format("{} reduces one variable into another", reduce.op)
                        : fmt::format("{} has no target", reduce.op),
          keeps_several
              ? fmt::format("as in {}[m -> j](...): the size of J is how many are kept", reduce.op)
              : fmt::format("as in {}[m](...)", reduce.op));
    return false;
  }
  if (reduce.target) {
    const auto target = variable(reduce.target->text, reduce.target->span);
    if (!target) return false;
    const auto& indices = cascade_[einsum.lhs].indices;
    const bool on_the_left = std::any_of(indices.begin(), indices.end(), [&](IndexId index) {
      const auto shifted = as_shifted_variable(cascade_, index);
      return shifted && shifted->variable == *target && shifted->offset == 0;
    });
    if (!on_the_left) {
      error("E308", reduce.target->span,
            fmt::format("target '{}' is no index of the left side, so how many are kept is unknown",
                        reduce.target->text));
      return false;
    }
    root.target = *target;
  }
  Scope scope;
  scope.tree = &tree;
  statement_.bound = vars;
  einsum.body = lower_expr(reduce.body, scope);
  statement_.bound.clear();
  if (!einsum.body.valid() || statement_.failed) return false;
  std::vector<VarId> kept = statement_.lhs_variables;
  append_unique(kept, vars);
  const std::vector<VarId> rest = free_variables(einsum.body, kept);
  const std::vector<VarId> inside = variables_of(cascade_, einsum.body);
  if (!rest.empty()) {
    const std::string& name = cascade_[rest.front()].name;
    error("E310", tree.span(reduce.body),
          fmt::format("'{}' is neither on the left side nor reduced", name),
          fmt::format("sum it first: {}[...](sum[{}](...))", reduce.op, name));
    return false;
  }
  if (root.target && contains(inside, *root.target)) {
    error("E307", reduce.target->span,
          fmt::format("target '{}' occurs in what is selected from", reduce.target->text));
    return false;
  }
  einsum.root = std::move(root);
  append_unique(einsum.vars, vars);
  return true;
}

// A reduction inside an expression becomes an Einsum of its own.
ExprId Lowering::nested_reduce(const ast::Reduce& reduce, ast::NodeId id, const Scope& scope) {
  const base::SourceSpan span = scope.tree->span(id);
  if (scope.constant_only || scope.in_function) {
    error("E313", span,
          fmt::format("'{}' in the {}", reduce.op,
                      scope.constant_only ? "value of a param" : "body of a function"),
          "reduce in an Einsum");
    return {};
  }
  const auto vars = bound_variables(reduce);
  if (!vars) return {};
  const auto op = reduce_op(reduce.op);
  if (!op || reduce.target) {
    error("E313", span, fmt::format("'{}' inside an expression", reduce.op),
          "selections stand alone on the right side; write it as an Einsum of its own");
    return {};
  }
  statement_.bound.insert(statement_.bound.end(), vars->begin(), vars->end());
  Scope inner = scope;
  inner.replaceable = false;
  const ExprId body = lower_expr(reduce.body, inner);
  statement_.bound.resize(statement_.bound.size() - vars->size());
  if (!body.valid()) return {};
  return split_off(ReduceRoot{*op, *vars, false}, *vars, body, span, reduce.op);
}

std::string Lowering::fresh_tensor_name(const std::string& op) const {
  const std::string stem = statement_.tensor_name + "_" + op;
  std::string name = stem;
  for (std::size_t i = 2; symbols_.tensor(name) || symbols_.rank(name); ++i)
    name = stem + std::to_string(i);
  return name;
}

ExprId Lowering::split_off(std::variant<MapRoot, ReduceRoot, PopulateRoot> root,
                           const std::vector<VarId>& vars, ExprId body,
                           const base::SourceSpan& span, const std::string& op) {
  if (++statement_.nested > limits::kNested) {
    error("E107", span,
          fmt::format("more than {} nested reductions in one Einsum", limits::kNested),
          "write some of them as Einsums of their own");
    return {};
  }
  if (init_.size() + main_.size() + 1 >= limits::kEinsums) {
    error("E025", span,
          fmt::format("more than {} Einsums, nested reductions included", limits::kEinsums));
    return {};
  }
  Einsum einsum;
  std::vector<VarId> free = free_variables(body, vars);
  // A condition on a reduced variable limits this reduction, with whatever else it mentions.
  for (Pooled& pooled : statement_.pool) {
    const bool about_reduced = std::any_of(pooled.variables.begin(), pooled.variables.end(),
                                           [&](VarId v) { return contains(vars, v); });
    if (!about_reduced) continue;
    pooled.belongs_to_nested = true;
    for (const VarId variable : pooled.variables)
      if (!contains(vars, variable)) append_unique(free, {variable});
  }
  // Points that the statement leaves out anyway need not be computed.
  for (const Pooled& pooled : statement_.pool) {
    const bool covered =
        std::all_of(pooled.variables.begin(), pooled.variables.end(),
                    [&](VarId v) { return contains(vars, v) || contains(free, v); });
    if (covered) einsum.where.push_back(pooled.condition);
  }
  std::vector<VarId> kept;
  for (const VarId variable : statement_.lhs_variables)
    if (contains(free, variable)) kept.push_back(variable);
  append_unique(kept, free);

  Tensor tensor;
  tensor.name = fresh_tensor_name(op);
  tensor.span = span;
  std::vector<IndexId> indices;
  for (const VarId variable : kept) {
    tensor.ranks.push_back(cascade_[variable].rank);
    indices.push_back(builder_.index(variable_index(variable, span)));
  }
  einsum.name = tensor.name;
  remarks_.push_back({base::Severity::kNote,
                      "N1",
                      span,
                      fmt::format("this reduction becomes an Einsum of its own, {}", tensor.name),
                      {},
                      {}});
  const TensorId id = symbols_.add_tensor(std::move(tensor));
  facts_.emplace_back();
  facts_.back().own = cascade_[id].ranks;
  facts_.back().written = true;
  einsum.lhs = builder_.access(id, std::move(indices), span);
  einsum.root = std::move(root);
  einsum.body = body;
  einsum.vars = kept;
  append_unique(einsum.vars, vars);
  einsum.generated = true;
  einsum.span = span;
  main_.push_back(std::move(einsum));
  append_unique(statement_.closed, vars);
  return builder_.access_value(main_.back().lhs, span);
}

}  // namespace einfall::einsum
