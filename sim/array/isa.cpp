#include "sim/array/isa.hpp"

#include <fmt/format.h>

#include <array>

namespace einfall::sim {
namespace {

const char* name(Op op) {
  switch (op) {
    case Op::kMove:
      return "move";
    case Op::kMultiplyAdd:
      return "multiply-add";
    case Op::kMultiply:
      return "multiply";
    case Op::kAdd:
      return "add";
    case Op::kSubtract:
      return "subtract";
    case Op::kMax:
      return "max";
    case Op::kMin:
      return "min";
    case Op::kSelect:
      return "select";
    case Op::kReduceExponent:
      return "reduce-exponent";
    case Op::kHorner:
      return "horner";
    case Op::kHornerScaled:
      return "horner-scaled";
    case Op::kDivide:
      return "divide";
    case Op::kExchange:
      return "exchange";
  }
  return "?";
}

std::string text(const Operand& operand) {
  switch (operand.source) {
    case Source::kNone:
      return "-";
    case Source::kRegister:
      return fmt::format("r{}", operand.index);
    case Source::kConstant:
      return fmt::format("k{}", operand.index);
    case Source::kLeft:
      return "left";
    case Source::kTop:
      return "top";
    case Source::kFoot:
      return "foot";
    case Source::kMemory:
      return "memory";
  }
  return "?";
}

bool exists(Source source, UnitForm form) {
  switch (source) {
    case Source::kNone:
    case Source::kRegister:
    case Source::kConstant:
      return true;
    case Source::kLeft:
    case Source::kTop:
      return form == UnitForm::kSpatialArray;
    case Source::kFoot:
    case Source::kMemory:
      return form == UnitForm::kVectorArray;
  }
  return false;
}

std::string operand_fault(const Operand& operand, bool wanted, const Limits& limits) {
  if (wanted != (operand.source != Source::kNone))
    return wanted ? "it lacks an operand" : "it has an operand too many";
  if (!exists(operand.source, limits.form))
    return fmt::format("the unit has no operand '{}'", text(operand));
  if (operand.source == Source::kRegister && operand.index >= limits.registers)
    return fmt::format("register {} of {}", operand.index, limits.registers);
  if (operand.source == Source::kConstant && operand.index >= limits.constants)
    return fmt::format("constant {} of {}", operand.index, limits.constants);
  return {};
}

std::string array_fault(const Instruction& i, const Limits& limits) {
  if (i.op == Op::kDivide) return "PEs of the array do not divide";
  if (i.to_memory) return "PEs have no way to a memory";
  if (i.reads_top() != (i.feed != Feed::kNone))
    return i.reads_top() ? "nothing feeds the top" : "what feeds the top is not read";
  if (i.feed == Feed::kConstant && i.feed_constant >= limits.constants)
    return fmt::format("constant {} of {}", i.feed_constant, limits.constants);
  return {};
}

}  // namespace

int operand_count(Op op) {
  switch (op) {
    case Op::kMove:
    case Op::kExchange:
      return 1;
    case Op::kMultiply:
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMax:
    case Op::kMin:
    case Op::kReduceExponent:
    case Op::kDivide:
      return 2;
    case Op::kMultiplyAdd:
    case Op::kSelect:
    case Op::kHorner:
    case Op::kHornerScaled:
      return 3;
  }
  return 0;
}

std::string illegal_because(const Instruction& i, const Limits& limits) {
  const std::array<const Operand*, 3> operands{&i.a, &i.b, &i.c};
  for (int n = 0; n < 3; ++n)
    if (auto fault = operand_fault(*operands[n], n < operand_count(i.op), limits); !fault.empty())
      return fault;
  const bool to_register = i.to_register != Instruction::kNoRegister;
  if (to_register && i.to_register >= limits.registers)
    return fmt::format("register {} of {}", i.to_register, limits.registers);
  if (limits.form == UnitForm::kSpatialArray) {
    if (auto fault = array_fault(i, limits); !fault.empty()) return fault;
  } else if (i.op == Op::kExchange || i.feed != Feed::kNone) {
    return "only a spatial array has columns";
  }
  if (i.op == Op::kExchange) {
    if (i.a.source != Source::kRegister || to_register || !i.to_link || i.narrow)
      return "an exchange is between a register and the down link";
    return {};
  }
  if (!to_register && !i.to_link && !i.to_memory) return "its result goes nowhere";
  return {};
}

std::string text(const Instruction& i) {
  std::string to;
  const auto also = [&to](const std::string& place) { to += (to.empty() ? "" : ", ") + place; };
  if (i.to_register != Instruction::kNoRegister) also(fmt::format("r{}", i.to_register));
  if (i.to_link) also("link");
  if (i.to_memory) also("memory");
  std::string from = text(i.a);
  if (operand_count(i.op) > 1) from += ", " + text(i.b);
  if (operand_count(i.op) > 2) from += ", " + text(i.c);
  return fmt::format("{} = {}({})", to.empty() ? "nothing" : to, name(i.op), from);
}

}  // namespace einfall::sim
