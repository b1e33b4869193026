#include "einsum/analysis/presence.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <variant>

#include "base/overloaded.hpp"
#include "einsum/analysis/affine_index.hpp"
#include "einsum/analysis/written_region.hpp"
#include "einsum/ir/access_walk.hpp"
#include "einsum/ir/graph.hpp"
#include "einsum/ir/sizes.hpp"

namespace einfall::einsum {
namespace {

using lattice::Conjunction;
using lattice::Linear;
using lattice::Var;

// Where each tensor is present, as far as known; inputs are present everywhere.
using TensorRegions = std::vector<std::optional<Region>>;

class EinsumRegion {
 public:
  EinsumRegion(const Cascade& cascade, const Einsum& einsum, const Sizes& sizes,
               const TensorRegions& tensors)
      : cascade_(cascade),
        einsum_(einsum),
        sizes_(sizes),
        tensors_(tensors),
        region_(Region::everything(box())),
        affine_(cascade, einsum, sizes, region_) {}

  Region run() {
    Condition condition = within(cascade_[einsum_.lhs]);
    for (const CondId where : einsum_.where) condition = both(condition, holds(where, true));
    condition = both(condition, body());
    return where(condition);
  }

  // After run: the points at which reads are taken that not every point takes.
  std::map<AccessId, Region> taken(const Region& all) {
    for (auto expr = order_.rbegin(); expr != order_.rend(); ++expr) take(*expr);
    std::map<AccessId, Region> found;
    for (const auto& [access, condition] : accesses_)
      if (!condition.is_always()) found[access] = where(both({all.any, all.exact}, condition));
    return found;
  }

 private:
  lattice::Box box() const {
    lattice::Box ranges;
    for (const VarId variable : einsum_.vars)
      ranges.push_back({0, sizes_[cascade_[variable].rank] - 1});
    return ranges;
  }

  Condition within(const Access& access) {
    Condition condition = Condition::always();
    for (std::size_t i = 0; i < access.indices.size(); ++i) {
      const auto index = affine_.lower(access.indices[i]);
      condition = both(
          condition,
          index ? affine_.in_range(*index, extent(cascade_, cascade_[access.tensor], i, sizes_))
                : Condition::unknown());
    }
    return condition;
  }

  Condition present(AccessId id) {
    const Access& access = cascade_[id];
    const std::optional<Region>& tensor = tensors_[access.tensor.index()];
    const Condition range = within(access);
    if (!tensor) return both(range, Condition::unknown());
    if (tensor->is_everything()) return range;
    return both(range, substituted(*tensor, access));
  }

  // The tensor's region with its coordinates replaced by the indices of the access.
  Condition substituted(const Region& tensor, const Access& access) {
    std::vector<Linear> replacement;
    for (const IndexId id : access.indices) {
      const auto index = affine_.lower(id);
      if (!index) return Condition::unknown();
      replacement.push_back(index->value);
    }
    const Var first = region_.box.size();
    lattice::Box box = region_.box;
    for (Var v = replacement.size(); v < tensor.box.size(); ++v) {
      replacement.push_back(Linear{{{box.size(), 1}}, 0});
      box.push_back(tensor.box[v]);
    }
    const std::vector<Conjunction> definitions = replaced({tensor.definitions}, replacement);
    if (definitions.empty()) return Condition::unknown();
    for (Var v = first; v < box.size(); ++v)
      if (!widen(definitions.front(), v, box)) return Condition::unknown();
    region_.box = std::move(box);
    for (const Linear& linear : definitions.front()) region_.definitions.push_back(linear);
    for (Var v = first; v < region_.box.size(); ++v)
      region_.quotients.push_back({v, coordinates_of(definitions.front(), v)});
    std::vector<Conjunction> any = replaced(tensor.any, replacement);
    if (any.size() != tensor.any.size()) return Condition::unknown();
    return {std::move(any), tensor.exact};
  }

  // Gives a quotient all values that its definitions allow: the indices may leave the tensor, and
  // a point there has its quotients too, though nothing is present. False if too large to count.
  static bool widen(const Conjunction& definitions, Var quotient, lattice::Box& box) {
    constexpr lattice::Wide kLargest = lattice::Wide{1} << 41;
    for (const Linear& linear : definitions) {
      const auto own = linear.terms.find(quotient);
      if (own == linear.terms.end() || own->first != linear.terms.rbegin()->first) continue;
      Linear rest = linear;
      rest.terms.erase(quotient);
      const lattice::Wide least = lattice::least(rest, box), divisor = std::abs(own->second);
      // Up to -least / divisor, or down to least / divisor.
      const lattice::Wide bound = own->second > 0 ? -least : least;
      if (bound > kLargest || bound < -kLargest) return false;
      const bool rounds = bound % divisor != 0;
      const auto whole = static_cast<std::int64_t>(bound / divisor);
      if (own->second > 0)
        box[quotient].high = whole - (rounds && bound < 0 ? 1 : 0);
      else
        box[quotient].low = whole + (rounds && bound > 0 ? 1 : 0);
    }
    return true;
  }

  static std::vector<Var> coordinates_of(const Conjunction& definitions, Var quotient) {
    std::vector<Var> found;
    for (const Linear& linear : definitions)
      if (linear.terms.count(quotient) > 0)
        for (const auto& [v, coefficient] : linear.terms)
          if (v != quotient) found.push_back(v);
    return found;
  }

  // `positive`: the condition holds; else its opposite does.
  Condition holds(CondId id, bool positive) {
    const auto all = [&](const std::vector<CondId>& operands, bool conjunction) {
      Condition result = conjunction ? Condition::always() : Condition::never();
      for (const CondId operand : operands) {
        const Condition part = holds(operand, positive);
        result = conjunction ? both(result, part) : either(std::move(result), part);
      }
      return result;
    };
    const auto signed_condition = [&](const Condition& condition) {
      return positive ? condition : opposite(condition);
    };
    return std::visit(
        base::Overloaded{[&](const CompareCond& c) { return signed_condition(affine_.compare(c)); },
                         [&](const AndCond& c) { return all(c.operands, positive); },
                         [&](const OrCond& c) { return all(c.operands, !positive); },
                         [&](const NotCond& c) { return holds(c.operand, !positive); },
                         [&](const PresentCond& c) {
                           accesses_.try_emplace(c.access, Condition::never());
                           return signed_condition(present(c.access));
                         },
                         [&](const TruthCond&) { return Condition::unknown(); }},
        cascade_[id].node);
  }

  // Where the body has a value: all operands present, `x ?? v` where either is.
  Condition body() {
    walk(cascade_, einsum_.body, [&](ExprId id) {
      known_[id] = value(id, known_);
      order_.push_back(id);
    });
    taken_[einsum_.body] = Condition::always();
    return known_[einsum_.body];
  }

  [[nodiscard]] Region where(const Condition& condition) const {
    Region region = region_;
    region.any = condition.any;
    region.exact = condition.exact;
    return region;
  }

  // Hands on to its operands where an expression is needed; parents come first.
  void take(ExprId id) {
    const Condition here = taken_.at(id);
    const auto also = [&](ExprId operand, const Condition& condition) {
      const auto [at, fresh] = taken_.try_emplace(operand, condition);
      if (!fresh) at->second = either(at->second, condition);
    };
    std::visit(base::Overloaded{[&](const AccessExpr& e) { take_all(e.access, here); },
                                [&](const IndexValueExpr& e) { take_all(e.index, here); },
                                [&](const CallExpr& e) {
                                  for (const ExprId arg : e.args) also(arg, here);
                                },
                                [&](const BinaryExpr& e) {
                                  also(e.lhs, here);
                                  also(e.rhs, here);
                                },
                                [&](const NegExpr& e) { also(e.operand, here); },
                                [&](const ElseExpr& e) {
                                  const Condition& first = known_.at(e.value);
                                  also(e.value, both(here, first));
                                  also(e.otherwise, both(here, opposite(first)));
                                },
                                [](const auto&) {}},
               cascade_[id].node);
  }
  // With what is gathered for its indices.
  void take_all(std::variant<AccessId, IndexId> root, const Condition& condition) {
    std::vector<std::variant<AccessId, IndexId>> pending{root};
    std::set<std::variant<AccessId, IndexId>> seen;
    while (!pending.empty()) {
      const auto item = pending.back();
      pending.pop_back();
      if (!seen.insert(item).second) continue;
      if (const auto* index = std::get_if<IndexId>(&item)) {
        for (const IndexTerm& term : cascade_[*index].terms) {
          if (const auto* gather = std::get_if<AccessId>(&term.atom)) pending.emplace_back(*gather);
          if (const auto* quotient = std::get_if<DivMod>(&term.atom))
            pending.emplace_back(quotient->numerator);
        }
        continue;
      }
      const AccessId access = std::get<AccessId>(item);
      const auto [at, fresh] = accesses_.try_emplace(access, condition);
      if (!fresh) at->second = either(at->second, condition);
      for (const IndexId index : cascade_[access].indices) pending.emplace_back(index);
    }
  }

  Condition value(ExprId id, const std::map<ExprId, Condition>& known) {
    const auto all = [&](const std::vector<ExprId>& operands) {
      Condition result = Condition::always();
      for (const ExprId operand : operands) result = both(result, known.at(operand));
      return result;
    };
    return std::visit(
        base::Overloaded{
            [&](const AccessExpr& e) { return present(e.access); },
            [&](const IndexValueExpr& e) {
              return affine_.lower(e.index) ? Condition::always() : Condition::unknown();
            },
            [&](const CallExpr& e) { return all(e.args); },
            [&](const BinaryExpr& e) {
              return all({e.lhs, e.rhs});
            },
            [&](const NegExpr& e) { return all({e.operand}); },
            [&](const ElseExpr& e) { return either(known.at(e.value), known.at(e.otherwise)); },
            [&](const auto&) { return Condition::always(); }},
        cascade_[id].node);
  }

  const Cascade& cascade_;
  const Einsum& einsum_;
  const Sizes& sizes_;
  const TensorRegions& tensors_;
  Region region_;
  AffineIndices affine_;
  std::vector<ExprId> order_;          // of the body, operands first
  std::map<ExprId, Condition> known_;  // where an expression has a value
  std::map<ExprId, Condition> taken_;  // where its value is asked for
  std::map<AccessId, Condition> accesses_;
};

// Iterative tensors that an `init` sets everywhere are present everywhere: a step without a value
// keeps the old one.
void assume_initialised(const Cascade& cascade, const Component& component,
                        const std::vector<Region>& regions, TensorRegions& tensors) {
  for (const EinsumId id : component.einsums) {
    const TensorId tensor = cascade[cascade[id].lhs].tensor;
    if (!cascade[id].iterative_var) continue;
    for (std::size_t i = 0; i < cascade.einsums.size(); ++i) {
      const Einsum& init = cascade.einsums[i];
      if (init.is_init && cascade[init.lhs].tensor == tensor && regions[i].is_everything())
        tensors[tensor.index()] = Region::everything({});
    }
  }
}

}  // namespace

base::Result<Presence> presence(const Cascade& cascade, const Sizes& sizes) {
  EINFALL_TRY(const Graph graph, dependence_graph(cascade));
  std::vector<std::vector<EinsumId>> writers(cascade.tensors.size());
  for (std::size_t i = 0; i < cascade.einsums.size(); ++i)
    writers[cascade[cascade.einsums[i].lhs].tensor.index()].emplace_back(i);
  std::vector<std::size_t> writers_left;
  for (const std::vector<EinsumId>& all : writers) writers_left.push_back(all.size());
  TensorRegions tensors(cascade.tensors.size());
  for (std::size_t t = 0; t < tensors.size(); ++t)
    if (writers_left[t] == 0) tensors[t] = Region::everything({});
  Presence found;
  std::vector<Region>& regions = found.einsums;
  regions.resize(cascade.einsums.size());
  for (const Component& component : graph.components) {
    if (component.iterative_rank) assume_initialised(cascade, component, regions, tensors);
    for (const EinsumId id : component.einsums) {
      EinsumRegion einsum(cascade, cascade[id], sizes, tensors);
      regions[id.index()] = einsum.run();
      found.taken.merge(einsum.taken(regions[id.index()]));
      const TensorId tensor = cascade[cascade[id].lhs].tensor;
      if (--writers_left[tensor.index()] == 0 && !tensors[tensor.index()])
        tensors[tensor.index()] =
            written_region(cascade, tensor, writers[tensor.index()], sizes, regions);
    }
  }
  return found;
}

base::Result<std::vector<Region>> present_points(const Cascade& cascade, const Sizes& sizes) {
  EINFALL_TRY(Presence found, presence(cascade, sizes));
  return std::move(found.einsums);
}

}  // namespace einfall::einsum
