#include <fmt/format.h>

#include <algorithm>

#include "base/overloaded.hpp"
#include "einsum/ir/builtins.hpp"
#include "einsum/language/index_math.hpp"
#include "einsum/language/limits.hpp"
#include "einsum/language/lower.hpp"

namespace einfall::einsum {

ExprId Lowering::lower_expr(ast::NodeId id, const Scope& scope) {
  const ast::Tree& tree = *scope.tree;
  const base::SourceSpan span = tree.span(id);
  if (statement_.failed) return {};
  const auto too_large = [&] {
    error("E107", statement_.entry ? statement_.entry->statement.span : span,
          "too large after functions are expanded",
          fmt::format("at most {} operators an Einsum", limits::kTreeSize));
    return ExprId();
  };
  // Functions that call functions can ask for exponential work.
  if (++statement_.work > limits::kTreeSize || cascade_.exprs.size() > limits::kExprs)
    return too_large();
  if (statement_.depth >= static_cast<int>(limits::kTreeDepth)) {
    error("E106", span, fmt::format("more than {} operators deep", limits::kTreeDepth),
          "name a part of the expression as an Einsum of its own");
    return {};
  }
  ++statement_.depth;
  const auto visit = base::Overloaded{
      [&](const ast::Number& number) { return builder_.constant(number.value, span); },
      [&](const ast::Lower& name) { return lower_name(name, span, scope); },
      [&](const ast::SizeOf& size) { return lower_size(size.rank, span); },
      [&](const ast::Access& access) -> ExprId {
        if (access.bare) return lower_bare(access, id, scope);
        if (scope.constant_only || scope.in_function) {
          error("E208", span,
                scope.constant_only ? "a param reads no tensors"
                                    : "a function reads its arguments only, no tensors");
          return {};
        }
        const auto found = lower_access(tree, id, scope.replaceable);
        return found ? builder_.access_value(*found, span) : ExprId();
      },
      [&](const ast::Call& call) { return lower_call(call, id, scope); },
      [&](const ast::Reduce& reduce) { return nested_reduce(reduce, id, scope); },
      [&](const ast::Binary& binary) { return lower_binary(binary, id, scope); },
      [&](const ast::Negate& negate) {
        const ExprId operand = lower_expr(negate.operand, scope);
        return operand.valid() ? builder_.negate(operand, span) : operand;
      },
      [&](const auto&) -> ExprId {
        error("E102", span, "expected a value, found a condition");
        return {};
      }};
  ExprId result = std::visit(visit, tree[id].what);
  --statement_.depth;
  if (!result.valid()) {
    statement_.failed = true;
  } else if (builder_.depth(result) > limits::kTreeDepth) {
    error("E106", span, fmt::format("more than {} operators deep", limits::kTreeDepth));
    return {};
  } else if (builder_.written_size(result) > limits::kTreeSize) {
    return too_large();
  }
  if (!scope.in_function) statement_.lowered[static_cast<std::uint32_t>(id.index())] = result;
  return result;
}

ExprId Lowering::lower_name(const ast::Lower& name, const base::SourceSpan& span,
                            const Scope& scope) {
  for (const Argument& argument : scope.arguments)
    if (argument.name == name.name) return argument.value;
  if (const auto param = symbols_.param(name.name)) return builder_.param(*param, span);
  if (!scope.constant_only && !scope.in_function && symbols_.rank_of_variable(name.name))
    return builder_.index_value(variable_index(*symbols_.variable(name.name), span), span);
  for (const ParamEntry& entry : document_.params) {
    if (entry.name.text != name.name) continue;
    error("E209", span, fmt::format("param '{}' is declared only here or further down", name.name),
          "params may use earlier params only");
    return {};
  }
  error("E209", span,
        scope.constant_only || scope.in_function
            ? fmt::format("'{}' is neither a param nor an argument", name.name)
            : fmt::format("'{}' is neither a param nor a variable (no '{}' in ranks)", name.name,
                          to_upper(name.name)),
        "constants stand under 'params'");
  return {};
}

ExprId Lowering::lower_size(const std::string& name, const base::SourceSpan& span) {
  const auto found = rank(name, span);
  if (!found) return {};
  return builder_.index_value(constant_index(SizePoly::size(*found), span), span);
}

// An upper-case name without brackets: a 0-rank tensor if there is one, else the size of a rank.
ExprId Lowering::lower_bare(const ast::Access& access, ast::NodeId id, const Scope& scope) {
  const base::SourceSpan span = scope.tree->span(id);
  const auto is_rank = symbols_.rank(access.name);
  const std::string name =
      statement_.entry ? tensor_name(*statement_.entry, access.name) : access.name;
  const auto tensor = symbols_.tensor(name);
  if (scope.constant_only || scope.in_function || !tensor) {
    if (is_rank) return lower_size(access.name, span);
    if (tensor) {
      error("E208", span, "no tensor may be read here");
    } else {
      error("E202", span, fmt::format("'{}' is neither a tensor nor a rank", access.name));
    }
    return {};
  }
  if (is_rank && facts(*tensor).own && !facts(*tensor).own->empty()) {
    error("E206", span, fmt::format("'{}' is a rank and a tensor", access.name),
          fmt::format("write |{}| for the size, {}[...] for the tensor", access.name, access.name));
    return {};
  }
  const auto found = lower_access(*scope.tree, id, scope.replaceable);
  return found ? builder_.access_value(*found, span) : ExprId();
}

ExprId Lowering::lower_binary(const ast::Binary& binary, ast::NodeId id, const Scope& scope) {
  const base::SourceSpan span = scope.tree->span(id);
  Scope left = scope;
  left.replaceable = scope.replaceable || binary.op == ast::Operator::kElse;
  const ExprId lhs = lower_expr(binary.lhs, left);
  const ExprId rhs = lower_expr(binary.rhs, scope);
  if (!lhs.valid() || !rhs.valid()) return {};
  switch (binary.op) {
    case ast::Operator::kAdd:
      return builder_.binary(BinaryOp::kAdd, lhs, rhs, span);
    case ast::Operator::kSub:
      return builder_.binary(BinaryOp::kSub, lhs, rhs, span);
    case ast::Operator::kMul:
      return builder_.binary(BinaryOp::kMul, lhs, rhs, span);
    case ast::Operator::kDiv:
      return builder_.binary(BinaryOp::kDiv, lhs, rhs, span);
    case ast::Operator::kElse:
      return builder_.otherwise(lhs, rhs, span);
    case ast::Operator::kFloorDiv:
    case ast::Operator::kMod:
      break;
  }
  const auto a = builder_.as_index(lhs), b = builder_.as_index(rhs);
  if (!a || !b) {
    error("E109", span, "'//' and '%' divide indices, not values", "floor(a / b) divides values");
    return {};
  }
  const auto quotient = index_quotient(*a, *b, binary.op == ast::Operator::kMod, span);
  return quotient ? builder_.index_value(*quotient, span) : ExprId();
}

bool Lowering::check_arity(const std::string& name, std::size_t found, std::size_t low,
                           std::size_t high, const base::SourceSpan& span) {
  if (found >= low && found <= high) return true;
  error("E205", span,
        fmt::format("{} takes {}{} argument{}, found {}", name, low, high > low ? " or more" : "",
                    low == 1 && high == 1 ? "" : "s", found));
  return false;
}

std::optional<std::vector<ExprId>> Lowering::lower_args(const ast::Call& call, const Scope& scope) {
  std::vector<ExprId> args;
  for (const ast::NodeId arg : call.args) {
    args.push_back(lower_expr(arg, scope));
    if (!args.back().valid()) return std::nullopt;
  }
  return args;
}

ExprId Lowering::lower_call(const ast::Call& call, ast::NodeId id, const Scope& scope) {
  const base::SourceSpan span = scope.tree->span(id);
  CallExpr out;
  const std::size_t count = call.args.size();
  if (const InlineFunction* function = symbols_.function(call.function)) {
    if (!check_arity(call.function, count, function->params.size(), function->params.size(), span))
      return {};
    auto args = lower_args(call, scope);
    return args ? expand(*function, *std::move(args), scope, span) : ExprId();
  }
  if (const auto opaque = symbols_.opaque(call.function)) {
    const auto arity = static_cast<std::size_t>(cascade_[*opaque].arity);
    if (!check_arity(call.function, count, arity, arity, span)) return {};
    out.function = *opaque;
  } else if (const auto builtin = find_builtin(call.function)) {
    const BuiltinInfo& row = info(*builtin);
    if (!check_arity(call.function, count, row.min_args, row.max_args, span)) return {};
    out.function = *builtin;
  } else if (call.function.rfind("convert_", 0) == 0 && data_type(call.function.substr(8))) {
    if (!check_arity(call.function, count, 1, 1, span)) return {};
    out.function = Builtin::kConvert;
    out.convert_to = *data_type(call.function.substr(8));
  } else {
    static const std::vector<std::string> kReductions{"sum", "prod", "any", "all"};
    const bool reduction =
        std::find(kReductions.begin(), kReductions.end(), call.function) != kReductions.end();
    const std::string near = suggestion(call.function, symbols_.function_names());
    error("E201", span, fmt::format("there is no function '{}'", call.function),
          reduction      ? fmt::format("a reduction names its variables: {}[k](...)", call.function)
          : near.empty() ? "define it under 'functions', inline or opaque"
                         : fmt::format("did you mean '{}'?", near));
    return {};
  }
  auto args = lower_args(call, scope);
  if (!args) return {};
  out.args = *std::move(args);
  return builder_.call(std::move(out), span);
}

// The body with the arguments in place of the parameters. Equal arguments are the same nodes, so
// nothing is computed twice.
ExprId Lowering::expand(const InlineFunction& function, std::vector<ExprId> args,
                        const Scope& scope, const base::SourceSpan& span) {
  if (std::find(scope.active.begin(), scope.active.end(), &function) != scope.active.end()) {
    error("E208", span, fmt::format("function '{}' calls itself", function.name.text),
          "functions are expanded in place, so they cannot be recursive");
    return {};
  }
  expanded_.insert(&function);
  Scope inner;
  inner.tree = &function.body.tree;
  inner.active = scope.active;
  inner.active.push_back(&function);
  inner.constant_only = scope.constant_only;
  inner.in_function = true;
  for (std::size_t i = 0; i < args.size(); ++i)
    inner.arguments.push_back({function.params[i], args[i]});
  return lower_expr(function.body.root, inner);
}

}  // namespace einfall::einsum
