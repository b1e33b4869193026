#include <fmt/format.h>

#include <cmath>

#include "base/overloaded.hpp"
#include "einsum/ir/builtins.hpp"
#include "einsum/language/lower.hpp"

namespace einfall::einsum {
namespace {

constexpr double kLargestConstant = 9007199254740992.0;

}  // namespace

void Lowering::lower_ranks() {
  for (const RankEntry& entry : document_.ranks) {
    Rank rank{entry.name.text, std::nullopt, entry.name.span};
    if (entry.size) rank.size = size_expression(*entry.size);
    symbols_.add_rank(std::move(rank));
  }
  sizes_.emplace(cascade_);
}

std::optional<SizeExpr> Lowering::size_expression(const ast::Expression& size) {
  SizeExpr out;
  if (!size_steps(size.tree, size.root, out)) return std::nullopt;
  return out;
}

// Appends the postfix form. Sizes look backwards only, so they cannot be cyclic.
bool Lowering::size_steps(const ast::Tree& tree, ast::NodeId id, SizeExpr& out) {
  using Op = SizeExpr::Op;
  const auto refuse = [&](const std::string& what) {
    error("E214", tree.span(id), what + " in the size of a rank",
          "a size is made of integers, earlier ranks, + - *, exact a / b and ceil(a / b)");
    return false;
  };
  const auto rank_step = [&](const std::string& name) {
    const auto found = symbols_.rank(name);
    if (found) {
      out.steps.push_back({Op::kRank, 0, *found});
      return true;
    }
    for (const RankEntry& entry : document_.ranks) {
      if (entry.name.text != name) continue;
      error("E213", tree.span(id),
            fmt::format("rank {} is declared only here or further down", name),
            "sizes may use earlier ranks only");
      return false;
    }
    return rank(name, tree.span(id)).has_value();
  };
  const auto both = [&](ast::NodeId a, ast::NodeId b, Op op) {
    if (!size_steps(tree, a, out) || !size_steps(tree, b, out)) return false;
    out.steps.push_back({op, 0, {}});
    return true;
  };
  const auto visit = base::Overloaded{
      [&](const ast::Number& number) {
        if (number.value != std::floor(number.value)) return refuse("a fraction");
        if (number.value > kLargestConstant) return refuse("a number above 2^53");
        out.steps.push_back({Op::kConstant, static_cast<std::int64_t>(number.value), {}});
        return true;
      },
      [&](const ast::Access& access) {
        return access.bare ? rank_step(access.name) : refuse("an access");
      },
      [&](const ast::SizeOf& size) { return rank_step(size.rank); },
      [&](const ast::Call& call) {
        if (call.function != "ceil" || call.args.size() != 1)
          return refuse(fmt::format("function '{}'", call.function));
        const auto* quotient = std::get_if<ast::Binary>(&tree[call.args[0]].what);
        if (quotient == nullptr || quotient->op != ast::Operator::kDiv)
          return refuse("ceil of something that is no division");
        return both(quotient->lhs, quotient->rhs, Op::kCeilDiv);
      },
      [&](const ast::Binary& binary) {
        switch (binary.op) {
          case ast::Operator::kAdd:
            return both(binary.lhs, binary.rhs, Op::kAdd);
          case ast::Operator::kSub:
            return both(binary.lhs, binary.rhs, Op::kSub);
          case ast::Operator::kMul:
            return both(binary.lhs, binary.rhs, Op::kMul);
          case ast::Operator::kDiv:
            return both(binary.lhs, binary.rhs, Op::kExactDiv);
          default:
            return refuse("an operator other than + - * /");
        }
      },
      [&](const auto&) { return refuse("something that is no size"); }};
  return std::visit(visit, tree[id].what);
}

void Lowering::lower_vars() {
  for (const NamePair& entry : document_.vars)
    if (const auto of = rank(entry.to.text, entry.to.span))
      symbols_.set_variable_rank(entry.from.text, *of);
  for (const NamePair& entry : document_.alias) {
    if (!rank(entry.from.text, entry.from.span)) continue;
    if (entry.from.text == entry.to.text)
      error("E028", entry.to.span, fmt::format("'{}' is an alias of itself", entry.from.text),
            "name the common rank: `alias: {P: N, M: N}`");
    cascade_.alias[entry.from.text] = entry.to.text;
  }
}

void Lowering::lower_functions() {
  const auto is_taken = [&](const std::string& name) {
    return find_builtin(name) || name == "take" || name.rfind("convert_", 0) == 0 ||
           symbols_.opaque(name) || symbols_.function(name) != nullptr;
  };
  const auto check = [&](const std::string& name, const base::SourceSpan& span) {
    if (is_taken(name))
      error("E027", span, fmt::format("function '{}' exists already", name),
            find_builtin(name) ? "it is built in" : "");
  };
  for (const OpaqueFunction& function : document_.opaque) {
    check(function.name, function.span);
    symbols_.add_opaque(function);
  }
  for (const InlineFunction& function : document_.functions) {
    check(function.name.text, function.name.span);
    symbols_.add_function(function);
  }
}

void Lowering::warn_of_unused_functions() {
  for (const InlineFunction& function : document_.functions)
    if (expanded_.count(&function) == 0)
      remarks_.push_back(base::warning(
          "W6", function.name.span, fmt::format("nothing uses function '{}'", function.name.text)));
}

void Lowering::lower_params() {
  for (const ParamEntry& entry : document_.params) {
    if (const auto of = symbols_.rank_of_variable(entry.name.text))
      error("E210", entry.name.span,
            fmt::format("'{}' is a param and also a variable of rank {}", entry.name.text,
                        cascade_[*of].name),
            "give the param another name");
    Scope scope;
    scope.tree = &entry.value.tree;
    scope.constant_only = true;
    statement_ = {};
    builder_.begin_statement();
    const ExprId value = lower_expr(entry.value.root, scope);
    symbols_.add_param({entry.name.text, value, entry.name.span});
  }
}

std::optional<VarId> Lowering::variable(const std::string& name, const base::SourceSpan& span) {
  const auto found = symbols_.variable(name);
  if (found) return found;
  if (symbols_.param(name)) {
    error("E209", span, fmt::format("param '{}' where a rank variable is expected", name),
          "a rank may hold a size: declare one and use its upper-case name");
    return std::nullopt;
  }
  const std::string known = symbols_.known_variables();
  error("E204", span,
        fmt::format("rank variable '{}' has no rank (no '{}' in ranks)", name, to_upper(name)),
        fmt::format("{}a second variable on a rank goes into 'vars'",
                    known.empty() ? "" : "known here: " + known + "; "));
  return std::nullopt;
}

std::optional<RankId> Lowering::rank(const std::string& name, const base::SourceSpan& span) {
  const auto found = symbols_.rank(name);
  if (found) return found;
  const std::string near = suggestion(name, symbols_.rank_names());
  error("E203", span, fmt::format("there is no rank '{}'", name),
        near.empty() ? "declare it under 'ranks'" : fmt::format("did you mean '{}'?", near));
  return std::nullopt;
}

}  // namespace einfall::einsum
