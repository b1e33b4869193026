#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {
namespace {

template <class IdType, class Things, class Matches>
std::optional<IdType> find(const Things& things, const Matches& matches) {
  for (std::size_t i = 0; i < things.size(); ++i)
    if (matches(things[i])) return IdType(i);
  return std::nullopt;
}

}  // namespace

std::optional<RankId> Cascade::find_rank(std::string_view wanted) const {
  return find<RankId>(ranks, [&](const Rank& rank) { return rank.name == wanted; });
}

std::optional<TensorId> Cascade::find_tensor(std::string_view wanted) const {
  return find<TensorId>(tensors, [&](const Tensor& tensor) { return tensor.name == wanted; });
}

std::optional<EinsumId> Cascade::find_einsum(std::string_view wanted) const {
  return find<EinsumId>(
      einsums, [&](const Einsum& einsum) { return !einsum.is_init && einsum.name == wanted; });
}

}  // namespace einfall::einsum
