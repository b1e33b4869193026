#include <fmt/format.h>

#include <algorithm>

#include "einsum/ir/access_walk.hpp"
#include "einsum/language/limits.hpp"
#include "einsum/language/lower.hpp"

namespace einfall::einsum {

bool contains(const std::vector<VarId>& list, VarId variable) {
  return std::find(list.begin(), list.end(), variable) != list.end();
}

void append_unique(std::vector<VarId>& to, const std::vector<VarId>& from) {
  for (const VarId variable : from)
    if (!contains(to, variable)) to.push_back(variable);
}

std::vector<VarId> variables_of(const Cascade& cascade, ExprId expr) {
  std::vector<VarId> found;
  walk(cascade, expr, [&](ExprId id) {
    if (const auto* value = std::get_if<IndexValueExpr>(&cascade[id].node))
      append_unique(found, variables_of(cascade, value->index));
    if (const auto* access = std::get_if<AccessExpr>(&cascade[id].node))
      for (const IndexId index : cascade[access->access].indices)
        append_unique(found, variables_of(cascade, index));
  });
  return found;
}

std::vector<VarId> variables_of(const Cascade& cascade, CondId cond) {
  std::vector<VarId> found;
  std::vector<CondId> pending{cond};
  const auto access = [&](AccessId id) {
    for (const IndexId index : cascade[id].indices)
      append_unique(found, variables_of(cascade, index));
  };
  while (!pending.empty()) {
    const Cond& top = cascade[pending.back()];
    pending.pop_back();
    if (const auto* compare = std::get_if<CompareCond>(&top.node)) {
      append_unique(found, variables_of(cascade, compare->lhs));
      append_unique(found, variables_of(cascade, compare->rhs));
    } else if (const auto* all = std::get_if<AndCond>(&top.node)) {
      pending.insert(pending.end(), all->operands.rbegin(), all->operands.rend());
    } else if (const auto* any = std::get_if<OrCond>(&top.node)) {
      pending.insert(pending.end(), any->operands.rbegin(), any->operands.rend());
    } else if (const auto* negated = std::get_if<NotCond>(&top.node)) {
      pending.push_back(negated->operand);
    } else if (const auto* present = std::get_if<PresentCond>(&top.node)) {
      access(present->access);
    } else {
      access(std::get<TruthCond>(top.node).access);
    }
  }
  return found;
}

void Lowering::lower_statements() {
  for (const StatementEntry& entry : document_.init) lower_statement(entry, true);
  for (const StatementEntry& entry : document_.expressions) lower_statement(entry, false);
}

void Lowering::lower_statement(const StatementEntry& entry, bool in_init) {
  if (hopeless()) return;
  if (init_.size() + main_.size() >= limits::kEinsums) {
    error("E025", entry.statement.span,
          fmt::format("more than {} Einsums, nested reductions included", limits::kEinsums));
    statement_.failed = true;
    return;
  }
  builder_.begin_statement();
  statement_ = {};
  statement_.entry = &entry;
  statement_.in_init = in_init;
  Einsum einsum;
  if (!lower_left(einsum)) return;
  for (const ast::NodeId id : entry.statement.where) pool_condition(entry.statement.tree, id);
  for (const ast::Conditions& conditions : entry.where)
    for (const ast::NodeId id : conditions.roots) pool_condition(conditions.tree, id);
  if (statement_.failed) return;
  lower_right(einsum);
  if (statement_.failed || !place_conditions(einsum) || !check_cancelled(einsum)) return;
  (in_init ? init_ : main_).push_back(std::move(einsum));
}

bool Lowering::lower_left(Einsum& einsum) {
  const ast::Statement& source = statement_.entry->statement;
  const auto& access = std::get<ast::Access>(source.tree[source.lhs].what);
  statement_.tensor_name = tensor_name(*statement_.entry, access.name);
  const auto lhs = lower_access(source.tree, source.lhs, false);
  if (!lhs || statement_.failed) return false;
  einsum.lhs = *lhs;
  einsum.name = statement_.entry->name.empty() ? statement_.tensor_name : statement_.entry->name;
  einsum.doc = statement_.entry->doc;
  einsum.span = source.span;
  for (const IndexId index : cascade_[*lhs].indices)
    append_unique(statement_.lhs_variables, variables_of(cascade_, index));
  einsum.vars = statement_.lhs_variables;
  return true;
}

// The variables that the body or the conditions of a closed reduction leave over.
std::vector<VarId> Lowering::free_variables(ExprId body, const std::vector<VarId>& without) const {
  std::vector<VarId> free;
  for (const VarId variable : variables_of(cascade_, body))
    if (!contains(without, variable)) free.push_back(variable);
  return free;
}

void Lowering::lower_right(Einsum& einsum) {
  const ast::Statement& source = statement_.entry->statement;
  Scope scope;
  scope.tree = &source.tree;
  const auto* reduce = std::get_if<ast::Reduce>(&source.tree[source.rhs].what);
  if (reduce != nullptr) {
    if (!reduce_root(*reduce, source.rhs, einsum)) statement_.failed = true;
    return;
  }
  einsum.body = lower_expr(source.rhs, scope);
  if (!einsum.body.valid() || statement_.failed) return;
  einsum.root = MapRoot{};
  if (!implied_sum(source.rhs, einsum)) statement_.failed = true;
}

// Variables of the right side that are neither on the left nor bound are summed over all of it
// (language.md 1.1.2).
bool Lowering::implied_sum(ast::NodeId root, Einsum& einsum) {
  const std::vector<VarId> summed = free_variables(einsum.body, statement_.lhs_variables);
  for (const VarId variable : summed) {
    if (!contains(statement_.closed, variable)) continue;
    error("E307", statement_.entry->statement.tree.span(root),
          fmt::format("variable '{}' is used inside and outside its reduction",
                      cascade_[variable].name),
          "use a second variable on the rank ('vars'), or put it on the left side");
    return false;
  }
  if (summed.empty()) return true;
  if (!check_terms(root, summed)) return false;
  einsum.root = ReduceRoot{ReduceOp::kSum, summed, true};
  append_unique(einsum.vars, summed);
  return true;
}

// Of a sum or difference, every term must contain every summed variable: else it is unclear whether
// a term without it is meant once or |R| times.
bool Lowering::check_terms(ast::NodeId id, const std::vector<VarId>& summed) {
  const ast::Tree& tree = statement_.entry->statement.tree;
  const auto is_sum = [&](ast::NodeId node) {
    const auto* binary = std::get_if<ast::Binary>(&tree[node].what);
    return binary != nullptr &&
           (binary->op == ast::Operator::kAdd || binary->op == ast::Operator::kSub);
  };
  if (!is_sum(id)) return true;
  std::vector<ast::NodeId> pending{id};
  while (!pending.empty()) {
    const ast::NodeId top = pending.back();
    pending.pop_back();
    if (is_sum(top)) {
      const auto& binary = std::get<ast::Binary>(tree[top].what);
      pending.push_back(binary.rhs);
      pending.push_back(binary.lhs);
      continue;
    }
    const ExprId term = statement_.lowered.at(static_cast<std::uint32_t>(top.index()));
    const std::vector<VarId> inside = variables_of(cascade_, term);
    for (const VarId variable : summed) {
      if (contains(inside, variable)) continue;
      error(
          "E310", tree.span(top),
          fmt::format("'{0}' would be summed over the whole right side, but this term has no '{0}'",
                      cascade_[variable].name),
          fmt::format("write sum[{}](...) around the part that is meant", cascade_[variable].name));
      return false;
    }
  }
  return true;
}

// Whoever writes a variable on the right side means it to be summed over (language.md 1.1.2), so
// that one which cancels must not just be gone.
bool Lowering::check_cancelled(const Einsum& einsum) {
  for (const Cancelled& gone : statement_.cancelled) {
    if (contains(einsum.vars, gone.variable)) continue;
    if (gone.in_condition && contains(statement_.closed, gone.variable)) continue;
    const Variable& variable = cascade_[gone.variable];
    error("E315", gone.span,
          fmt::format("'{}' cancels out of this index and occurs nowhere else", variable.name),
          gone.in_condition
              ? "leave it out"
              : fmt::format("leave it out; a factor |{}| adds as many equal values as it has",
                            cascade_[variable.rank].name));
    return false;
  }
  return true;
}

// What is left of the conditions belongs to the Einsum itself.
bool Lowering::place_conditions(Einsum& einsum) {
  for (const Pooled& pooled : statement_.pool) {
    if (pooled.belongs_to_nested) continue;
    for (const VarId variable : pooled.variables) {
      if (contains(einsum.vars, variable)) continue;
      error("E311", cascade_[pooled.condition].span,
            fmt::format("'{}' occurs in a condition only", cascade_[variable].name),
            "a condition limits variables of the left side or of a reduction; reduce with "
            "any[...](...) into a bool tensor to ask whether some point fulfils it");
      return false;
    }
    einsum.where.push_back(pooled.condition);
  }
  return true;
}

}  // namespace einfall::einsum
