#include "einsum/ir/sizes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/ensure.hpp"
#include "base/overloaded.hpp"
#include "einsum/ir/access_walk.hpp"
#include "einsum/ir/builtins.hpp"

namespace einfall::einsum {
namespace {

using Value = std::int64_t;
using Op = SizeExpr::Op;

constexpr Value kLargestSize = Value{1} << 40;
// Stands for the size of a rank that has already been reported, so that nothing else is said of it.
constexpr Value kUnknown = 0;

enum class Trouble { kNone, kOverflow, kZeroDivisor, kNotExact, kUnknownRank };

struct Outcome {
  Trouble trouble = Trouble::kNone;
  Value value = 0;
  Value dividend = 0, divisor = 0;  // of a division that is not exact
};

Value ceil_quotient(Value a, Value b) {
  return a / b + ((a % b != 0 && (a < 0) == (b < 0)) ? 1 : 0);
}

Outcome divide(Op op, Value a, Value b) {
  if (b == 0) return {Trouble::kZeroDivisor, 0, a, b};
  if (b == -1) {
    Value negated = 0;
    return {__builtin_sub_overflow(Value{0}, a, &negated) ? Trouble::kOverflow : Trouble::kNone,
            negated};
  }
  if (op == Op::kCeilDiv) return {Trouble::kNone, ceil_quotient(a, b)};
  if (a % b != 0) return {Trouble::kNotExact, 0, a, b};
  return {Trouble::kNone, a / b};
}

Outcome combine(Op op, Value a, Value b) {
  Outcome out;
  bool overflow = false;
  switch (op) {
    case Op::kAdd:
      overflow = __builtin_add_overflow(a, b, &out.value);
      break;
    case Op::kSub:
      overflow = __builtin_sub_overflow(a, b, &out.value);
      break;
    case Op::kMul:
      overflow = __builtin_mul_overflow(a, b, &out.value);
      break;
    default:
      return divide(op, a, b);
  }
  if (overflow) out.trouble = Trouble::kOverflow;
  return out;
}

Outcome evaluate(const SizeExpr& size, const std::vector<Value>& known) {
  std::vector<Value> stack;
  for (const SizeExpr::Step& step : size.steps) {
    if (step.op == Op::kConstant) {
      stack.push_back(step.constant);
    } else if (step.op == Op::kRank) {
      if (known[step.rank.index()] == kUnknown) return {Trouble::kUnknownRank};
      stack.push_back(known[step.rank.index()]);
    } else {
      EINFALL_ENSURE(stack.size() >= 2, "operands of a size expression");
      const Value b = stack.back();
      stack.pop_back();
      const Outcome result = combine(step.op, stack.back(), b);
      if (result.trouble != Trouble::kNone) return result;
      stack.back() = result.value;
    }
  }
  EINFALL_ENSURE(stack.size() == 1, "a size expression leaves one value");
  return {Trouble::kNone, stack.back()};
}

void report(const Rank& rank, const Outcome& outcome, base::Diagnostics& sink) {
  const auto add = [&](const char* code, std::string message, std::string help) {
    sink.push_back(base::error(code, rank.span, std::move(message), std::move(help)));
  };
  switch (outcome.trouble) {
    case Trouble::kUnknownRank:
      break;  // that rank has its own error
    case Trouble::kOverflow:
      add("E223", fmt::format("the size of rank {} does not fit into 64 bits", rank.name), "");
      break;
    case Trouble::kZeroDivisor:
      add("E222", fmt::format("the size of rank {} divides {} by 0", rank.name, outcome.dividend),
          "");
      break;
    case Trouble::kNotExact:
      add("E222",
          fmt::format("the size of rank {} divides {} by {}, which is not exact", rank.name,
                      outcome.dividend, outcome.divisor),
          "give sizes that divide, or round up with ceil(a / b)");
      break;
    case Trouble::kNone:
      add("E223",
          fmt::format("rank {} would have size {}, expected 1 to 2^40", rank.name, outcome.value),
          "");
  }
}

// All sizes that can be told, kUnknown for the others.
Sizes bind(const Cascade& cascade, const std::map<std::string, std::int64_t>& overrides,
           base::Diagnostics& errors) {
  for (const auto& [name, size] : overrides)
    if (!cascade.find_rank(name)) errors.push_back(no_such_rank(cascade, name, {cascade.file}));
  Sizes sizes;
  sizes.values.assign(cascade.ranks.size(), kUnknown);
  for (std::size_t i = 0; i < cascade.ranks.size(); ++i) {
    const Rank& rank = cascade.ranks[i];
    const auto given = overrides.find(rank.name);
    Outcome outcome;
    if (given != overrides.end()) {
      outcome.value = given->second;
    } else if (rank.size) {
      outcome = evaluate(*rank.size, sizes.values);
    } else {
      errors.push_back(base::error("E220", rank.span, fmt::format("rank {} has no size", rank.name),
                                   fmt::format("give it one under 'ranks' or from outside with "
                                               "--set {}=...",
                                               rank.name)));
      continue;
    }
    if (outcome.trouble == Trouble::kNone && outcome.value >= 1 && outcome.value <= kLargestSize)
      sizes.values[i] = outcome.value;
    else
      report(rank, outcome, errors);
  }
  return sizes;
}

void check_divisors(const Cascade& cascade, const Sizes& sizes, base::Diagnostics& errors) {
  for (const Index& index : cascade.indices)
    for (const IndexTerm& term : index.terms) {
      const auto* division = std::get_if<DivMod>(&term.atom);
      if (division == nullptr) continue;
      const auto divisor = division->divisor.evaluate(sizes);
      if (divisor && *divisor <= 0)
        errors.push_back(base::error(
            "E225", index.span,
            fmt::format("the divisor of this index is {} for these sizes, expected at least 1",
                        *divisor)));
    }
}

}  // namespace

base::Diagnostic no_such_rank(const Cascade& cascade, const std::string& name,
                              const base::SourceSpan& place) {
  std::vector<std::string> names;
  for (const Rank& rank : cascade.ranks) names.push_back(rank.name);
  const std::string near = base::nearest(name, names);
  return base::error("E221", place,
                     fmt::format("a size is given for '{}', which is not a rank", name),
                     !near.empty()   ? fmt::format("did you mean '{}'?", near)
                     : names.empty() ? "the cascade has no ranks"
                                     : fmt::format("its ranks are: {}", fmt::join(names, " ")));
}

base::Result<Sizes> bind_sizes(const Cascade& cascade,
                               const std::map<std::string, std::int64_t>& overrides) {
  base::Diagnostics errors;
  Sizes sizes = bind(cascade, overrides, errors);
  if (errors.empty()) check_divisors(cascade, sizes, errors);
  if (!errors.empty()) return base::failure(std::move(errors));
  return sizes;
}

Sizes known_sizes(const Cascade& cascade, const std::map<std::string, std::int64_t>& overrides,
                  std::int64_t otherwise) {
  base::Diagnostics ignored;
  Sizes sizes = bind(cascade, overrides, ignored);
  std::replace(sizes.values.begin(), sizes.values.end(), kUnknown, otherwise);
  return sizes;
}

std::int64_t extent(const Cascade&, const Tensor& tensor, std::size_t position,
                    const Sizes& sizes) {
  const bool one_more =
      tensor.iterative_position == position || tensor.shifted_position == position;
  return sizes[tensor.ranks[position]] + (one_more ? 1 : 0);
}

namespace {

// The values of one param's expression, node by node, children first.
class ParamValue {
 public:
  ParamValue(const Cascade& cascade, const Sizes& sizes, const std::vector<double>& earlier)
      : cascade_(cascade), sizes_(sizes), earlier_(earlier) {}

  /// nullopt: `why` says what has no value.
  std::optional<double> of(ExprId root) {
    walk(cascade_, root, [&](ExprId id) {
      values_[id] = std::visit([&](const auto& node) { return value(node); }, cascade_[id].node);
    });
    if (!why.empty()) return std::nullopt;
    return values_.at(root);
  }
  std::string why;

 private:
  double value(const ConstExpr& constant) const { return constant.value; }
  double value(const ParamExpr& param) const { return earlier_.at(param.param.index()); }
  double value(const NegExpr& neg) const { return -values_.at(neg.operand); }
  double value(const BinaryExpr& binary) const {
    const double a = values_.at(binary.lhs), b = values_.at(binary.rhs);
    switch (binary.op) {
      case BinaryOp::kAdd:
        return a + b;
      case BinaryOp::kSub:
        return a - b;
      case BinaryOp::kMul:
        return a * b;
      case BinaryOp::kDiv:
        break;
    }
    return a / b;
  }
  double value(const IndexValueExpr& size) {
    const Index& index = cascade_[size.index];
    const auto result =
        index.terms.empty() ? index.constant.evaluate(sizes_) : std::optional<std::int64_t>();
    if (!result) why = "a product of sizes in it does not fit into 64 bits";
    return static_cast<double>(result.value_or(0));
  }
  double value(const CallExpr& call) {
    std::vector<double> args;
    for (const ExprId arg : call.args) args.push_back(values_.at(arg));
    const auto* builtin = std::get_if<Builtin>(&call.function);
    if (builtin != nullptr && *builtin != Builtin::kConvert)
      return apply(*builtin, args.data(), args.size());
    why = builtin != nullptr ? "it converts to a storage type, which has a meaning for tensors only"
                             : fmt::format("function '{}' is opaque, so nothing can compute it",
                                           cascade_[std::get<OpaqueId>(call.function)].name);
    return 0;
  }
  double value(const AccessExpr&) { return tensor(); }
  double value(const ElseExpr&) { return tensor(); }
  double tensor() {
    why = "it reads a tensor";
    return 0;
  }

  const Cascade& cascade_;
  const Sizes& sizes_;
  const std::vector<double>& earlier_;
  std::map<ExprId, double> values_;
};

}  // namespace

base::Result<std::vector<double>> bind_params(const Cascade& cascade, const Sizes& sizes) {
  base::Diagnostics errors;
  std::vector<double> values;
  for (const Param& param : cascade.params) {
    ParamValue evaluation(cascade, sizes, values);
    const auto value = evaluation.of(param.value);
    if (!value || !std::isfinite(*value))
      errors.push_back(
          base::error("E224", param.span,
                      fmt::format("param '{}' has no value: {}", param.name,
                                  !value               ? evaluation.why
                                  : std::isnan(*value) ? "its expression gives NaN"
                                                       : "its expression gives infinity")));
    values.push_back(value.value_or(0));
  }
  if (!errors.empty()) return base::failure(std::move(errors));
  return values;
}

}  // namespace einfall::einsum
