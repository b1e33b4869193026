#include "einsum/eval/plain_product.hpp"

#include <algorithm>

namespace einfall::einsum::eval {
namespace {

std::optional<PlainFactor> plain_factor(const Program& program, std::uint32_t reg) {
  const auto load = std::find_if(
      program.code.begin(), program.code.end(),
      [&](const Instruction& i) { return i.dst == reg && i.op == Instruction::Op::kLoad; });
  if (load == program.code.end()) return std::nullopt;
  const AccessPlan& access = program.addresses.accesses[load->plan];
  const std::int64_t stride = access.address.stride;
  const bool plain = !access.may_be_absent() && access.address.atoms.empty();
  if (!plain || (stride != 0 && stride != 1)) return std::nullopt;
  return PlainFactor{load->plan, stride == 0};
}

}  // namespace

std::optional<PlainProduct> plain_product(const Program& program) {
  const bool conditional = !program.masks.empty() || !program.trims.empty() ||
                           !program.strict_accesses.empty() ||
                           program.addresses.accesses[program.lhs].varying();
  // With more code than the two loads, a register may have been something else before.
  if (!program.product || program.strip_is_reduced || conditional || program.code.size() > 2)
    return std::nullopt;
  const auto a = plain_factor(program, program.product->first);
  const auto b = plain_factor(program, program.product->second);
  if (!a || !b) return std::nullopt;
  return PlainProduct{*a, *b};
}

}  // namespace einfall::einsum::eval
