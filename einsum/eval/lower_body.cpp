#include "einsum/eval/lower_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/ensure.hpp"
#include "base/overloaded.hpp"
#include "einsum/ir/access_walk.hpp"
#include "einsum/ir/builtins.hpp"

namespace einfall::einsum::eval {
namespace {

using Op = Instruction::Op;

/// Builds the code with one virtual register a value; allocate() maps them to a few real ones.
class BodyLowering {
 public:
  BodyLowering(const LoweringContext& context, AddressPlanner& planner)
      : context_(context), planner_(planner) {}

  std::optional<base::Diagnostic> trouble;

  void lower(ExprId body, bool sum_of_products) {
    std::vector<ExprId> order;
    walk(context_.cascade, body, [&](ExprId id) { order.push_back(id); });
    mark_strict(order);
    const auto* root = std::get_if<BinaryExpr>(&context_.cascade[body].node);
    const bool fuse = sum_of_products && root != nullptr && root->op == BinaryOp::kMul;
    for (const ExprId id : order)
      if (id != body || !fuse) value_of_[id] = lower_node(id);
    if (fuse) {
      product_ = {value_of_.at(root->lhs), value_of_.at(root->rhs)};
      may_be_absent = may_be_absent_[product_->first] || may_be_absent_[product_->second];
    } else {
      result_ = value_of_.at(body);
      may_be_absent = may_be_absent_[result_];
    }
  }

  void allocate(Program& program) const;

  bool may_be_absent = false;

 private:
  /// Below `??` absence is handled; everywhere else it removes the point.
  void mark_strict(const std::vector<ExprId>& order) {
    strict_[order.back()] = true;
    for (auto id = order.rbegin(); id != order.rend(); ++id) {
      if (!strict_[*id]) continue;
      std::visit(
          base::Overloaded{
              [&](const CallExpr& call) {
                for (const ExprId arg : call.args) strict_[arg] = true;
              },
              [&](const BinaryExpr& binary) { strict_[binary.lhs] = strict_[binary.rhs] = true; },
              [&](const NegExpr& neg) { strict_[neg.operand] = true; }, [](const auto&) {}},
          context_.cascade[*id].node);
    }
  }

  std::uint32_t emit(Instruction made, bool constant, bool absent) {
    made.dst = static_cast<std::uint32_t>(code_.size());
    code_.push_back(made);
    constant_.push_back(constant);
    may_be_absent_.push_back(absent);
    return made.dst;
  }
  std::uint32_t emit_number(double number) {
    return emit({.op = Op::kNumber, .number = number}, true, false);
  }
  std::uint32_t emit_strict(Instruction made, const std::vector<std::uint32_t>& operands) {
    const auto all = [&](const std::vector<bool>& flags) {
      return std::all_of(operands.begin(), operands.end(), [&](auto v) { return flags[v]; });
    };
    const bool absent =
        std::any_of(operands.begin(), operands.end(), [&](auto v) { return may_be_absent_[v]; });
    if (!operands.empty()) made.a = operands[0];
    if (operands.size() > 1) made.b = operands[1];
    if (operands.size() > 2) made.c = operands[2];
    return emit(made, all(constant_), absent);
  }

  std::uint32_t lower_node(ExprId id) {
    return std::visit(
        base::Overloaded{[&](const ConstExpr& number) { return emit_number(number.value); },
                         [&](const ParamExpr& param) {
                           return emit_number(context_.params[param.param.index()]);
                         },
                         [&](const IndexValueExpr& index) { return lower_index(index.index); },
                         [&](const AccessExpr& access) { return lower_access(id, access.access); },
                         [&](const CallExpr& call) { return lower_call(id, call); },
                         [&](const BinaryExpr& binary) {
                           return emit_strict({.op = Op::kOperator, .binary = binary.op},
                                              {value_of_.at(binary.lhs), value_of_.at(binary.rhs)});
                         },
                         [&](const NegExpr& neg) {
                           return emit_strict({.op = Op::kNegate}, {value_of_.at(neg.operand)});
                         },
                         [&](const ElseExpr& either) { return lower_else(either); }},
        context_.cascade[id].node);
  }

  std::uint32_t lower_index(IndexId id) {
    const std::uint32_t plan = planner_.plan(id);
    const IndexPlan& index = planner_.plans.indices[plan];
    if (index.stride == 0 && index.variables.empty() && index.atoms.empty())
      return emit_number(static_cast<double>(index.constant));
    return emit({.op = Op::kIndexValue, .plan = plan}, false, index.may_be_absent);
  }

  std::uint32_t lower_access(ExprId id, AccessId access) {
    const std::uint32_t plan = planner_.plan(access);
    return emit({.op = Op::kLoad, .plan = plan, .strict = strict_[id]}, false,
                planner_.plans.accesses[plan].may_be_absent());
  }

  std::uint32_t lower_call(ExprId id, const CallExpr& call) {
    std::vector<std::uint32_t> args;
    for (const ExprId arg : call.args) args.push_back(value_of_.at(arg));
    std::optional<Builtin> builtin;
    if (const auto* known = std::get_if<Builtin>(&call.function)) {
      builtin = *known;
    } else {
      const OpaqueFunction& opaque = context_.cascade[std::get<OpaqueId>(call.function)];
      builtin = find_builtin(opaque.name);
      const bool fits = builtin && args.size() >= info(*builtin).min_args &&
                        args.size() <= info(*builtin).max_args;
      if (!fits) {
        if (!trouble) trouble = opaque_error(id, opaque);
        return emit_number(0);
      }
    }
    if (*builtin == Builtin::kConvert)
      return emit_strict({.op = Op::kConvert, .convert_to = call.convert_to}, args);
    if (*builtin == Builtin::kSelect) return emit_strict({.op = Op::kSelect}, args);
    if (args.size() == 1) return emit_strict({.op = Op::kUnary, .builtin = *builtin}, args);
    std::uint32_t chained = args[0];  // max and min take any number
    for (std::size_t i = 1; i < args.size(); ++i)
      chained = emit_strict({.op = Op::kBinary, .builtin = *builtin}, {chained, args[i]});
    return chained;
  }

  base::Diagnostic opaque_error(ExprId id, const OpaqueFunction& opaque) const {
    return base::error("E605", context_.cascade[id].span,
                       fmt::format("'{}' is opaque (declared in line {}): its properties are "
                                   "known, its values are not",
                                   opaque.name, opaque.span.line),
                       "define it under 'functions' to evaluate this cascade");
  }

  std::uint32_t lower_else(const ElseExpr& either) {
    const std::uint32_t value = value_of_.at(either.value);
    const std::uint32_t otherwise = value_of_.at(either.otherwise);
    if (!may_be_absent_[value]) return value;
    const bool absent = may_be_absent_[otherwise];
    return emit({.op = Op::kElse, .a = value, .b = otherwise}, false, absent);
  }

  const LoweringContext& context_;
  AddressPlanner& planner_;
  std::map<ExprId, bool> strict_;
  std::map<ExprId, std::uint32_t> value_of_;
  std::vector<Instruction> code_;  // instruction i defines virtual register i
  std::vector<bool> constant_, may_be_absent_;
  std::uint32_t result_ = 0;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> product_;
};

std::vector<std::uint32_t*> operands(Instruction& i) {
  switch (i.op) {
    case Op::kNumber:
    case Op::kIndexValue:
    case Op::kLoad:
      return {};
    case Op::kNegate:
    case Op::kUnary:
    case Op::kConvert:
      return {&i.a};
    case Op::kOperator:
    case Op::kBinary:
    case Op::kElse:
      return {&i.a, &i.b};
    case Op::kSelect:
      break;
  }
  return {&i.a, &i.b, &i.c};
}

// Constants come first and keep their registers; the others return theirs after the last use. A
// destination never shares a register with an operand, since the kernels do not allow overlap.
void BodyLowering::allocate(Program& program) const {
  std::vector<Instruction> code = code_;
  std::vector<std::size_t> last_use(code.size(), 0);
  for (std::size_t i = 0; i < code.size(); ++i)
    for (const std::uint32_t* operand : operands(code[i])) last_use[*operand] = i;
  const auto keep = [&](std::uint32_t value) { last_use[value] = code.size(); };
  if (product_) {
    keep(product_->first);
    keep(product_->second);
  } else {
    keep(result_);
  }
  std::vector<std::uint32_t> real(code.size(), 0), free;
  std::uint32_t next_constant = 0;
  program.constants =
      static_cast<std::uint32_t>(std::count(constant_.begin(), constant_.end(), true));
  program.registers = program.constants;
  for (std::size_t i = 0; i < code.size(); ++i) {
    std::vector<std::uint32_t> ended;
    for (std::uint32_t* operand : operands(code[i])) {
      const std::uint32_t virtual_register = *operand;
      *operand = real[virtual_register];
      if (last_use[virtual_register] == i && !constant_[virtual_register])
        ended.push_back(*operand);
    }
    if (constant_[i]) {
      real[i] = next_constant++;
    } else if (!free.empty()) {
      real[i] = free.back();
      free.pop_back();
    } else {
      real[i] = program.registers++;
    }
    code[i].dst = real[i];
    std::sort(ended.begin(), ended.end());
    ended.erase(std::unique(ended.begin(), ended.end()), ended.end());
    free.insert(free.end(), ended.begin(), ended.end());
    (constant_[i] ? program.prologue : program.code).push_back(code[i]);
  }
  if (product_)
    program.product = {real[product_->first], real[product_->second]};
  else
    program.result = real[result_];
}

}  // namespace

base::Result<bool> lower_body(const LoweringContext& context, ExprId body, bool sum_of_products,
                              AddressPlanner& planner, Program& program) {
  BodyLowering lowering(context, planner);
  lowering.lower(body, sum_of_products);
  if (lowering.trouble) return base::failure(*lowering.trouble);
  lowering.allocate(program);
  return lowering.may_be_absent;
}

}  // namespace einfall::einsum::eval
