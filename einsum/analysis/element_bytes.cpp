#include "einsum/analysis/element_bytes.hpp"

#include <algorithm>
namespace einfall::einsum {
namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 50;

std::set<RankId> direct_ranks(const Cascade& cascade, IndexId index) {
  std::set<RankId> found;
  for (const IndexTerm& term : cascade[index].terms)
    if (const auto* variable = std::get_if<VarId>(&term.atom))
      found.insert(cascade[*variable].rank);
  return found;
}

}  // namespace

int stored_bits(const Cascade& cascade, TensorId tensor) {
  return bits(cascade[tensor].type.dtype.value_or(DataType::kFp64));
}

int accumulated_bits(const Cascade& cascade, TensorId tensor) {
  const TypeSpec& type = cascade[tensor].type;
  if (type.accumulate) return width(*type.accumulate);
  return std::max(stored_bits(cascade, tensor), bits(DataType::kFp32));
}

std::optional<AccessId> layout_access(const Cascade& cascade, TensorId tensor) {
  for (const Einsum& einsum : cascade.einsums)
    if (!einsum.is_init && cascade[einsum.lhs].tensor == tensor) return einsum.lhs;
  for (std::size_t i = 0; i < cascade.accesses.size(); ++i)
    if (cascade.accesses[i].tensor == tensor) return AccessId(i);
  return std::nullopt;
}

std::set<RankId> index_ranks(const Cascade& cascade, TensorId tensor) {
  std::set<RankId> found;
  if (const auto access = layout_access(cascade, tensor))
    for (const IndexId index : cascade[*access].indices)
      for (const RankId rank : direct_ranks(cascade, index)) found.insert(rank);
  return found;
}

std::optional<std::int64_t> elements(const Cascade& cascade, TensorId tensor, const Sizes& sizes,
                                     const std::set<RankId>& without) {
  const auto access = layout_access(cascade, tensor);
  const std::vector<RankId>& declared = cascade[tensor].ranks;
  std::int64_t product = 1;
  const auto times = [&](RankId rank) {
    return !__builtin_mul_overflow(product, sizes[rank], &product) && product <= kMost;
  };
  for (std::size_t i = 0; i < declared.size(); ++i) {
    const std::set<RankId> inside =
        access ? direct_ranks(cascade, cascade[*access].indices[i]) : std::set<RankId>{};
    const bool cut = std::any_of(inside.begin(), inside.end(),
                                 [&](RankId rank) { return without.count(rank) > 0; });
    if (!cut && !times(declared[i])) return std::nullopt;
    for (const RankId rank : inside)
      if (cut && without.count(rank) == 0 && !times(rank)) return std::nullopt;
  }
  return product;
}

}  // namespace einfall::einsum
