#include "einsum/analysis/state_class.hpp"

#include <algorithm>
#include <set>

#include "einsum/analysis/element_bytes.hpp"
#include "einsum/analysis/footprint.hpp"
#include "einsum/analysis/rank_passes.hpp"

namespace einfall::einsum {
namespace {

bool carries(const Cascade& cascade, const Einsum& einsum, RankId rank) {
  if (einsum.is_init) return false;
  if (einsum.iterative_var && cascade[*einsum.iterative_var].rank == rank) return true;
  const auto* reduce = std::get_if<ReduceRoot>(&einsum.root);
  return reduce != nullptr &&
         std::any_of(reduce->vars.begin(), reduce->vars.end(),
                     [&](VarId variable) { return cascade[variable].rank == rank; });
}

StateClass::Part part(const Cascade& cascade, TensorId tensor, RankId rank, bool whole) {
  StateClass::Part found{tensor, {}};
  for (const RankId own : index_ranks(cascade, tensor))
    if (own != rank || whole) found.ranks.push_back(own);
  return found;
}

StateClass classify(const Flow& flow, RankId rank, const ViewPasses& passes) {
  const Cascade& cascade = flow.cascade;
  StateClass state;
  state.rank = rank;
  for (const Einsum& einsum : cascade.einsums)
    if (carries(cascade, einsum, rank))
      state.carried.push_back(part(cascade, cascade[einsum.lhs].tensor, rank, false));
  for (const Crossing& crossing : crossings(flow, passes))
    state.fibres.push_back(part(cascade, crossing.tensor, rank, true));
  return state;
}

bool divides(const std::vector<RankId>& a, const std::vector<RankId>& b) {
  return std::includes(b.begin(), b.end(), a.begin(), a.end());
}

}  // namespace

base::Result<std::vector<StateClass>> state_classes(const Cascade& cascade) {
  EINFALL_TRY(const Flow flow, flow_of(cascade));
  std::vector<StateClass> found;
  for (std::size_t r = 0; r < cascade.ranks.size(); ++r) {
    const ViewPasses passes = view_passes(flow, {RankId(r)});
    if (!passes.summary.traversals.is_zero()) found.push_back(classify(flow, RankId(r), passes));
  }
  return found;
}

std::string text(const Cascade& cascade, const std::vector<StateClass::Part>& parts) {
  std::set<std::vector<RankId>> largest;
  for (const StateClass::Part& part : parts) {
    const bool smaller = std::any_of(parts.begin(), parts.end(), [&](const auto& other) {
      return other.ranks != part.ranks && divides(part.ranks, other.ranks);
    });
    if (!smaller && !part.ranks.empty()) largest.insert(part.ranks);
  }
  std::string sum;
  for (const std::vector<RankId>& product : largest) {
    sum += sum.empty() ? "" : " + ";
    for (std::size_t i = 0; i < product.size(); ++i)
      sum += (i == 0 ? "" : "*") + cascade[product[i]].name;
  }
  return "O(" + (sum.empty() ? "1" : sum) + ")";
}

}  // namespace einfall::einsum
