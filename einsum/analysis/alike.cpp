#include "einsum/analysis/alike.hpp"

#include <algorithm>

#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

constexpr double kMost = 1125899906842624.0;  // 2^50

double size_of(const Sizes& sizes, RankId rank) { return static_cast<double>(sizes[rank]); }

}  // namespace

AlikeAccesses::AlikeAccesses(const Cascade& cascade)
    : cascade_(cascade), places_(cascade.tensors.size()) {
  std::vector<bool> seen(cascade.tensors.size(), false);
  for (std::size_t i = 0; i < cascade.accesses.size(); ++i) {
    const std::size_t tensor = cascade.accesses[i].tensor.index();
    std::optional<Places> found = places(AccessId(i));
    if (!seen[tensor])
      places_[tensor] = std::move(found);
    else if (places_[tensor] != found)
      places_[tensor].reset();
    seen[tensor] = true;
  }
}

std::optional<AlikeAccesses::Place> AlikeAccesses::place(IndexId id) const {
  const Index& index = cascade_[id];
  Place found;
  found.constant = index.constant;
  if (index.terms.size() == 1) {
    const auto* division = std::get_if<DivMod>(&index.terms.front().atom);
    if (division != nullptr) {
      const auto of = as_shifted_variable(cascade_, division->numerator);
      if (!of || of->offset != 0) return std::nullopt;
      found.kind = division->mod ? Kind::kRemainder : Kind::kQuotient;
      found.ranks = {cascade_[of->variable].rank};
      found.coefficients = {index.terms.front().coefficient};
      found.divisor = division->divisor;
      return found;
    }
  }
  for (const IndexTerm& term : index.terms) {
    const auto* variable = std::get_if<VarId>(&term.atom);
    if (variable == nullptr) return std::nullopt;
    const RankId rank = cascade_[*variable].rank;
    if (std::count(found.ranks.begin(), found.ranks.end(), rank) > 0) return std::nullopt;
    found.ranks.push_back(rank);
    found.coefficients.push_back(term.coefficient);
  }
  if (!index.terms.empty() && !as_whole(cascade_, id)) found.kind = Kind::kSum;
  return found;
}

std::optional<AlikeAccesses::Places> AlikeAccesses::places(AccessId access) const {
  Places found;
  std::set<VarId> variables;
  for (const IndexId index : cascade_[access].indices) {
    auto one = place(index);
    if (!one) return std::nullopt;
    for (const VarId variable : variables_of(cascade_, index))
      if (!variables.insert(variable).second) return std::nullopt;
    found.push_back(std::move(*one));
  }
  return found;
}

std::optional<AlikeAccesses::Places> AlikeAccesses::written(TensorId tensor) const {
  std::optional<Places> found;
  for (const Einsum& einsum : cascade_.einsums) {
    if (einsum.is_init || cascade_[einsum.lhs].tensor != tensor) continue;
    auto mine = places(einsum.lhs);
    if (!mine || (found && *found != *mine)) return std::nullopt;
    found = std::move(mine);
  }
  return found;
}

bool AlikeAccesses::like(AccessId access, const Places& places,
                         const std::vector<bool>& anywhere) const {
  const std::vector<IndexId>& indices = cascade_[access].indices;
  std::set<VarId> variables;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (anywhere[i]) continue;
    if (i >= indices.size() || place(indices[i]) != places[i]) return false;
    for (const VarId variable : variables_of(cascade_, indices[i]))
      if (!variables.insert(variable).second) return false;
  }
  return true;
}

std::optional<std::set<RankId>> AlikeAccesses::coordinates(TensorId tensor, EinsumId reader,
                                                           const RankView& view) const {
  const auto places = written(tensor);
  if (!places) return std::nullopt;
  std::set<RankId> ranks;
  std::vector<bool> steps;
  for (const Place& place : *places) {
    steps.push_back(!place.ranks.empty() &&
                    std::all_of(place.ranks.begin(), place.ranks.end(),
                                [&](RankId rank) { return view.holds(rank); }));
    if (steps.back()) continue;
    if (place.kind != Kind::kWhole) return std::nullopt;
    for (const RankId rank : place.ranks)
      if (!ranks.insert(rank).second) return std::nullopt;
  }
  for (const AccessId read : reads(cascade_, cascade_[reader]))
    if (cascade_[read].tensor == tensor && like(read, *places, steps)) return ranks;
  return std::nullopt;
}

double AlikeAccesses::elements(const Place& place, const Sizes& sizes,
                               const std::set<RankId>& fixed) const {
  for (const SizePoly& coefficient : place.coefficients)
    if (coefficient.evaluate(sizes).value_or(0) == 0) return 0;
  if (place.kind == Kind::kQuotient || place.kind == Kind::kRemainder) {
    const std::int64_t divisor = place.divisor.evaluate(sizes).value_or(0);
    const std::int64_t size = sizes[place.ranks.front()];
    if (divisor <= 0) return 0;
    if (fixed.count(place.ranks.front()) > 0) return 1;
    const std::int64_t blocks = size / divisor + (size % divisor != 0 ? 1 : 0);
    return static_cast<double>(place.kind == Kind::kQuotient ? blocks : std::min(divisor, size));
  }
  // Of a sum one element is certain for every coordinate: that where all others are 0.
  if (place.kind == Kind::kSum && place.ranks.size() > 1) return 1;
  double product = 1;
  for (const RankId rank : place.ranks)
    if (fixed.count(rank) == 0) product *= size_of(sizes, rank);
  return product;
}

double AlikeAccesses::elements(TensorId tensor, const Sizes& sizes,
                               const std::set<RankId>& fixed) const {
  if (!of(tensor)) return 0;
  double product = 1;
  for (const Place& place : *places_[tensor.index()]) product *= elements(place, sizes, fixed);
  return product > kMost ? 0 : product;
}

double AlikeAccesses::sharing(const Place& place, const Sizes& sizes,
                              const std::set<RankId>& varied) const {
  double product = 1, most = 1;
  for (const RankId rank : place.ranks)
    if (varied.count(rank) > 0) {
      product *= size_of(sizes, rank);
      most = std::max(most, size_of(sizes, rank));
    }
  if (place.kind == Kind::kWhole || product == 1) return 1;
  if (place.kind == Kind::kSum) return product / most;
  const std::int64_t divisor = place.divisor.evaluate(sizes).value_or(1);
  const std::int64_t size = sizes[place.ranks.front()];
  const std::int64_t blocks = size / divisor + (size % divisor != 0 ? 1 : 0);
  return static_cast<double>(place.kind == Kind::kQuotient ? std::min(divisor, size) : blocks);
}

double AlikeAccesses::sharing(TensorId tensor, const Sizes& sizes,
                              const std::set<RankId>& varied) const {
  double product = 1;
  std::set<RankId> absent = varied;
  for (const Place& place : *places_[tensor.index()]) {
    product *= sharing(place, sizes, varied);
    for (const RankId rank : place.ranks) absent.erase(rank);
  }
  for (const RankId rank : absent) product *= size_of(sizes, rank);
  return product;
}

}  // namespace einfall::einsum
