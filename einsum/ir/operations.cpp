#include "einsum/ir/operations.hpp"

#include <algorithm>
#include <set>

#include "base/overloaded.hpp"
#include "einsum/ir/access_walk.hpp"
#include "einsum/ir/builtins.hpp"

namespace einfall::einsum {
namespace {

std::string_view name(BinaryOp op) {
  switch (op) {
    case BinaryOp::kAdd:
      return "add";
    case BinaryOp::kSub:
      return "sub";
    case BinaryOp::kMul:
      return "mul";
    case BinaryOp::kDiv:
      break;
  }
  return "div";
}

std::string_view name(ReduceOp op) {
  switch (op) {
    case ReduceOp::kSum:
      return "add";
    case ReduceOp::kProd:
      return "mul";
    case ReduceOp::kMax:
    case ReduceOp::kAny:
      return "max";  // of booleans
    case ReduceOp::kMin:
    case ReduceOp::kAll:
      break;
  }
  return "min";
}

// The operator a machine is asked for where a built-in is another one in disguise.
std::string_view machine_name(Builtin builtin) {
  switch (builtin) {
    case Builtin::kSq:
      return "mul";
    case Builtin::kRelu:
      return "max";
    case Builtin::kEq:
    case Builtin::kNe:
    case Builtin::kLt:
    case Builtin::kLe:
    case Builtin::kGt:
    case Builtin::kGe:
      return "compare";
    default:
      return info(builtin).name;
  }
}

class Counter {
 public:
  Counter(const Cascade& cascade, const Einsum& einsum) : cascade_(cascade), einsum_(einsum) {}

  std::vector<Operation> run() {
    if (const auto* reduce = std::get_if<ReduceRoot>(&einsum_.root))
      if (reduce->op == ReduceOp::kSum && !reduce->vars.empty()) mac_ = product_at_root();
    walk(cascade_, einsum_.body, [&](ExprId id) { visit(id); });
    if (std::holds_alternative<PopulateRoot>(einsum_.root)) count("compare", 1, true);
    const auto* reduce = std::get_if<ReduceRoot>(&einsum_.root);
    if (reduce != nullptr && !reduce->vars.empty())
      count(mac_ && !constant(*mac_) ? "mac" : name(reduce->op), 1, true);
    return operations_;
  }

 private:
  // The product whose value goes nowhere but into the sum; `?? v` on the way costs nothing.
  std::optional<ExprId> product_at_root() const {
    ExprId id = einsum_.body;
    while (const auto* either = std::get_if<ElseExpr>(&cascade_[id].node)) id = either->value;
    const auto* binary = std::get_if<BinaryExpr>(&cascade_[id].node);
    if (binary == nullptr || binary->op != BinaryOp::kMul) return std::nullopt;
    return id;
  }

  bool constant(ExprId id) const { return constants_.count(id) > 0; }

  void visit(ExprId id) {
    std::visit(base::Overloaded{
                   [&](const ConstExpr&) { constants_.insert(id); },
                   [&](const ParamExpr&) { constants_.insert(id); },
                   [&](const IndexValueExpr& value) {
                     if (cascade_[value.index].terms.empty()) constants_.insert(id);
                   },
                   [&](const AccessExpr&) {}, [&](const ElseExpr&) {},
                   [&](const NegExpr& neg) { operate(id, {neg.operand}, "neg", 1); },
                   [&](const BinaryExpr& binary) {
                     operate(id, {binary.lhs, binary.rhs}, name(binary.op), mac_ == id ? 0 : 1);
                   },
                   [&](const CallExpr& call) { visit_call(id, call); }},
               cascade_[id].node);
  }

  void visit_call(ExprId id, const CallExpr& call) {
    const auto* builtin = std::get_if<Builtin>(&call.function);
    if (builtin == nullptr) {
      const OpaqueFunction& function = cascade_[std::get<OpaqueId>(call.function)];
      operate(id, call.args, function.cost ? "mac" : function.name, function.cost.value_or(1));
      return;
    }
    const bool extremum = *builtin == Builtin::kMax || *builtin == Builtin::kMin;
    const auto args = static_cast<std::int64_t>(call.args.size());
    operate(id, call.args, machine_name(*builtin), extremum ? args - 1 : 1);
  }

  // Constants are folded: an operator on nothing but constants is one.
  void operate(ExprId id, const std::vector<ExprId>& operands, std::string_view op,
               std::int64_t times) {
    if (std::all_of(operands.begin(), operands.end(), [&](ExprId x) { return constant(x); }))
      constants_.insert(id);
    else
      count(op, times, false);
  }

  void count(std::string_view op, std::int64_t times, bool reduction) {
    if (times == 0) return;
    const auto same_op = [&](const Operation& o) { return o.op == op && o.reduction == reduction; };
    const auto found = std::find_if(operations_.begin(), operations_.end(), same_op);
    if (found != operations_.end())
      found->count += times;
    else
      operations_.push_back({std::string(op), times, reduction});
  }

  const Cascade& cascade_;
  const Einsum& einsum_;
  std::optional<ExprId> mac_;
  std::set<ExprId> constants_;
  std::vector<Operation> operations_;
};

}  // namespace

std::vector<Operation> operations(const Cascade& cascade, const Einsum& einsum) {
  return Counter(cascade, einsum).run();
}

}  // namespace einfall::einsum
