#include "einsum/eval/strip_machine.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/ensure.hpp"
#include "einsum/eval/convert.hpp"

namespace einfall::einsum::eval {
namespace {

using Op = Instruction::Op;

constexpr std::uint8_t kTrue = 1, kFalse = 2;

// Beyond every index, and still far from overflow when a base is subtracted.
constexpr std::int64_t kUnbounded = std::int64_t{1} << 62;

struct DifferenceBounds {
  std::int64_t low, high;
};
DifferenceBounds bounds_of(CompareOp op) {
  switch (op) {
    case CompareOp::kLt:
      return {-kUnbounded, -1};
    case CompareOp::kLe:
      return {-kUnbounded, 0};
    case CompareOp::kGt:
      return {1, kUnbounded};
    case CompareOp::kGe:
      return {0, kUnbounded};
    case CompareOp::kEq:
      return {0, 0};
    case CompareOp::kNe:
      break;
  }
  EINFALL_ENSURE(false, "!= does not cut an interval");
}

bool holds(CompareOp op, std::int64_t a, std::int64_t b) {
  switch (op) {
    case CompareOp::kLt:
      return a < b;
    case CompareOp::kLe:
      return a <= b;
    case CompareOp::kGt:
      return a > b;
    case CompareOp::kGe:
      return a >= b;
    case CompareOp::kEq:
      return a == b;
    case CompareOp::kNe:
      break;
  }
  return a != b;
}

}  // namespace

template <class T>
StripMachine<T>::StripMachine(const Cascade& cascade, const std::vector<Layout>& layouts,
                              const Program& program, const std::vector<TensorView<T>>& tensors,
                              const StripNumerics<T>* numerics)
    : reader(cascade, layouts, program.addresses, tensors, program.slots.extents.size()),
      program_(program),
      numerics_(numerics),
      registers_(program.registers),
      constants_(program.constants),
      values_((program.registers - program.constants) * kStrip),
      masks_((program.registers - program.constants) * kStrip),
      truths_(program.conditions.size() * kStrip),
      where_(kStrip),
      result_mask_(kStrip),
      lane_mask_a_(kStrip),
      lane_mask_b_(kStrip),
      lane_values_(kStrip),
      lanes_a_(kStrip),
      lanes_b_(kStrip) {
  for (const Instruction& i : program.prologue) registers_[i.dst] = execute(i);
}

template <class T>
Interval StripMachine<T>::cut(Interval strip) const {
  for (const Trim& trim : program_.trims) {
    const auto base = reader.base(trim.difference);
    if (!base) return {0, 0};
    const DifferenceBounds bounds = bounds_of(trim.op);
    strip = clip(strip, *base, program_.addresses.indices[trim.difference].stride, bounds.low,
                 bounds.high);
    if (strip.empty()) return strip;
  }
  for (const std::uint32_t access : program_.strict_accesses) {
    strip = reader.range(program_.addresses.accesses[access], strip);
    if (strip.empty()) return strip;
  }
  return strip;
}

template <class T>
StripResult<T> StripMachine<T>::run(Interval strip) {
  reader.select_uniform();
  const Interval active = cut(strip);
  if (active.empty()) return {};
  reader.select_lanes(active);
  StripResult<T> out;
  const std::size_t n = reader.count();
  const std::uint8_t* joined = nullptr;
  if (!program_.masks.empty()) {
    joined = where_mask();
    if (joined != nullptr && !any_set(joined, n)) return {};
  }
  if (program_.addresses.accesses[program_.lhs].varying()) {
    const LaneIndices addresses = reader.lane_addresses(program_.lhs);
    if (addresses.none) return {};
    joined = join_masks(joined, addresses.mask, result_mask_.data(), n);
  }
  for (const Instruction& i : program_.code) registers_[i.dst] = execute(i);

  const auto take = [&](std::uint32_t reg, Operand<T>& operand) {
    const LaneValues<T>& value = registers_[reg];
    if (value.none) return false;
    operand = value.value;
    joined = join_masks(joined, value.mask, result_mask_.data(), n);
    return true;
  };
  const bool taken = program_.product ? take(program_.product->first, out.factor_a) &&
                                            take(program_.product->second, out.factor_b)
                                      : take(program_.result, out.value);
  if (!taken) return {};
  out.begin = active.begin;
  out.count = n;
  out.mask = joined;
  return out;
}

template <class T>
LaneValues<T> StripMachine<T>::execute(const Instruction& i) {
  switch (i.op) {
    case Op::kNumber:
      *values(i.dst) = static_cast<T>(i.number);
      if (numerics_ != nullptr) numerics_->enter(values(i.dst), 1);
      return {{values(i.dst), true}, nullptr, false};
    case Op::kIndexValue:
      return index_value(i);
    case Op::kLoad:
      return load(i);
    case Op::kElse:
      return otherwise(i);
    default:
      return strict(i);
  }
}

template <class T>
LaneValues<T> StripMachine<T>::index_value(const Instruction& i) {
  const LaneIndices index = reader.indices(i.plan, lanes_a_.data(), mask(i.dst));
  if (index.none) return {{}, nullptr, true};
  T* out = values(i.dst);
  const bool scalar = index.lanes == nullptr && index.stride == 0;
  const std::size_t n = scalar ? 1 : reader.count();
  for (std::size_t lane = 0; lane < n; ++lane) out[lane] = static_cast<T>(index.at(lane));
  if (numerics_ != nullptr) numerics_->enter(out, n);
  return {{out, scalar}, index.mask, false};
}

template <class T>
LaneValues<T> StripMachine<T>::load(const Instruction& i) {
  const LaneValues<T> found = reader.load(i.plan, values(i.dst), mask(i.dst));
  if (numerics_ == nullptr || found.none || !numerics_->rounds_load(i.plan)) return found;
  const std::size_t n = found.value.scalar ? 1 : reader.count();
  if (found.value.data != values(i.dst)) std::copy_n(found.value.data, n, values(i.dst));
  numerics_->enter(values(i.dst), n);
  return {{values(i.dst), found.value.scalar}, found.mask, false};
}

template <class T>
LaneValues<T> StripMachine<T>::strict(const Instruction& i) {
  std::array<const LaneValues<T>*, 3> operands{};
  std::size_t arity = 0;
  operands[arity++] = &registers_[i.a];
  if (i.op == Op::kOperator || i.op == Op::kBinary || i.op == Op::kSelect)
    operands[arity++] = &registers_[i.b];
  if (i.op == Op::kSelect) operands[arity++] = &registers_[i.c];
  bool scalar = true;
  const std::uint8_t* joined = nullptr;
  for (std::size_t k = 0; k < arity; ++k) {
    if (operands[k]->none) return {{}, nullptr, true};
    scalar = scalar && operands[k]->value.scalar;
    if (operands[k]->mask != nullptr)
      joined = join_masks(joined, operands[k]->mask, mask(i.dst), reader.count());
  }
  apply_kernel(i, values(i.dst), scalar ? 1 : reader.count());
  return {{values(i.dst), scalar}, own_mask(joined, i.dst), false};
}

// An operand's register may be used again before this one is read, so nothing may point into it;
// pointers into tensors and into the reader stay good for the strip.
template <class T>
const std::uint8_t* StripMachine<T>::own_mask(const std::uint8_t* found, std::uint32_t reg) {
  const bool foreign = found < masks_.data() || found >= masks_.data() + masks_.size();
  if (found == nullptr || foreign || found == mask(reg)) return found;
  std::memcpy(mask(reg), found, reader.count());
  return mask(reg);
}

template <class T>
LaneValues<T> StripMachine<T>::own(const LaneValues<T>& found, std::uint32_t reg) {
  if (found.none) return found;
  std::copy_n(found.value.data, found.value.scalar ? 1 : reader.count(), values(reg));
  return {{values(reg), found.value.scalar}, own_mask(found.mask, reg), false};
}

template <class T>
void StripMachine<T>::apply_kernel(const Instruction& i, T* out, std::size_t n) const {
  const Operand<T> a = registers_[i.a].value;
  const Operand<T> b = registers_[i.b].value;
  if (numerics_ != nullptr) return numerics_->strict(i, a, b, registers_[i.c].value, out, n);
  switch (i.op) {
    case Op::kNegate:
      return negate(a.data, out, n);
    case Op::kUnary:
      return apply_unary(i.builtin, a.data, out, n);
    case Op::kConvert:
      return convert(i.convert_to, a.data, out, n);
    case Op::kOperator:
      return apply_binary(i.binary, a, b, out, n);
    case Op::kBinary:
      return apply_binary(i.builtin, a, b, out, n);
    case Op::kSelect:
      return apply_select(a, b, registers_[i.c].value, out, n);
    default:
      EINFALL_ENSURE(false, "not a strict instruction");
  }
}

template <class T>
LaneValues<T> StripMachine<T>::otherwise(const Instruction& i) {
  const LaneValues<T>& value = registers_[i.a];
  const LaneValues<T>& other = registers_[i.b];
  if (value.none) return own(other, i.dst);
  if (value.mask == nullptr || other.none) return own(value, i.dst);
  const std::size_t n = reader.count();
  blend(value.mask, value.value, other.value, values(i.dst), n);
  if (other.mask == nullptr) return {{values(i.dst), false}, nullptr, false};
  std::memcpy(mask(i.dst), value.mask, n);
  mask_or(mask(i.dst), other.mask, n);
  return {{values(i.dst), false}, mask(i.dst), false};
}

// Null if every condition holds in every lane.
template <class T>
const std::uint8_t* StripMachine<T>::where_mask() {
  const std::size_t n = reader.count();
  std::memset(where_.data(), 1, n);
  for (const std::uint32_t condition : program_.masks) {
    truth(condition);
    mask_and(where_.data(), &truths_[condition * kStrip], where_.data(), n);
  }
  const bool all = std::all_of(where_.begin(), where_.begin() + static_cast<std::ptrdiff_t>(n),
                               [](std::uint8_t byte) { return byte != 0; });
  return all ? nullptr : where_.data();
}

template <class T>
void StripMachine<T>::truth(std::uint32_t condition) {
  const ConditionPlan& plan = program_.conditions[condition];
  std::uint8_t* out = &truths_[condition * kStrip];
  const std::size_t n = reader.count();
  for (const std::uint32_t operand : plan.operands) truth(operand);
  switch (plan.op) {
    case ConditionPlan::Op::kCompare:
      return compare(plan, out);
    case ConditionPlan::Op::kPresent:
    case ConditionPlan::Op::kTruth:
      return test_access(plan, out);
    case ConditionPlan::Op::kNot: {
      const std::uint8_t* in = &truths_[plan.operands[0] * kStrip];
      for (std::size_t i = 0; i < n; ++i)
        out[i] = static_cast<std::uint8_t>((in[i] & kTrue) << 1 | (in[i] & kFalse) >> 1);
      return;
    }
    case ConditionPlan::Op::kAnd:
    case ConditionPlan::Op::kOr:
      break;
  }
  const bool conjunction = plan.op == ConditionPlan::Op::kAnd;
  std::memset(out, conjunction ? kTrue : kFalse, n);
  for (const std::uint32_t operand : plan.operands) {
    const std::uint8_t* in = &truths_[operand * kStrip];
    for (std::size_t i = 0; i < n; ++i) {
      const int both = out[i] & in[i], either = out[i] | in[i];
      out[i] = static_cast<std::uint8_t>(conjunction ? (both & kTrue) | (either & kFalse)
                                                     : (either & kTrue) | (both & kFalse));
    }
  }
}

template <class T>
void StripMachine<T>::compare(const ConditionPlan& plan, std::uint8_t* out) {
  const std::size_t n = reader.count();
  const LaneIndices a = reader.indices(plan.lhs, lanes_a_.data(), lane_mask_a_.data());
  const LaneIndices b = reader.indices(plan.rhs, lanes_b_.data(), lane_mask_b_.data());
  if (a.none || b.none) {
    std::memset(out, 0, n);
    return;
  }
  const std::uint8_t* known = join_masks(a.mask, b.mask, lane_mask_a_.data(), n);
  for (std::size_t i = 0; i < n; ++i) {
    const bool unknown = known != nullptr && known[i] == 0;
    out[i] = unknown ? 0 : (holds(plan.compare, a.at(i), b.at(i)) ? kTrue : kFalse);
  }
}

template <class T>
void StripMachine<T>::test_access(const ConditionPlan& plan, std::uint8_t* out) {
  const std::size_t n = reader.count();
  const bool presence = plan.op == ConditionPlan::Op::kPresent;
  const std::uint8_t absent = presence ? kFalse : 0;
  const LaneValues<T> read = reader.load(plan.access, lane_values_.data(), lane_mask_a_.data());
  if (read.none) {
    std::memset(out, absent, n);
    return;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const T value = read.value.scalar ? *read.value.data : read.value.data[i];
    const bool here = read.mask == nullptr || read.mask[i] != 0;
    out[i] = !here ? absent : (presence || value != T{0} ? kTrue : kFalse);
  }
}

template class StripMachine<double>;
template class StripMachine<long double>;

}  // namespace einfall::einsum::eval
