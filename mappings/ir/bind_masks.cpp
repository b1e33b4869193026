#include <algorithm>

#include "einsum/analysis/presence.hpp"
#include "einsum/analysis/region_count.hpp"
#include "einsum/ir/access_walk.hpp"
#include "mappings/ir/binder.hpp"

namespace einfall::mappings {
namespace {

using einsum::Condition;
using einsum::Region;
using einsum::lattice::Conjunction;
using einsum::lattice::Linear;
using einsum::lattice::Var;

bool has_no_point(const Region& region) {
  if (region.any.empty()) return true;
  const einsum::lattice::Count count = einsum::count_points(region);
  return count.exact && count.points == 0;
}

// The same variables at the same places, nothing added: each point made is taken by the points of
// the reader that share its coordinates.
bool reads_its_own_point(const einsum::Cascade& cascade, einsum::AccessId write,
                         einsum::AccessId read) {
  const auto& to = cascade[write].indices;
  const auto& from = cascade[read].indices;
  for (std::size_t i = 0; i < to.size(); ++i) {
    const auto a = as_shifted_variable(cascade, to[i]);
    const auto b = as_shifted_variable(cascade, from[i]);
    if (!a || !b || a->variable != b->variable || a->offset != b->offset) return false;
  }
  return true;
}

class MaskBinder {
 public:
  MaskBinder(Binder& binder, std::vector<Region> regions)
      : binder_(binder), bound_(binder.bound), regions_(std::move(regions)) {}

  void run() {
    leave_out_unread();
    // Readers before what they read.
    for (std::size_t s = bound_.einsums.size(); s-- > 0;) {
      BoundEinsum& step = bound_.einsums[s];
      Region& region = regions_[step.einsum.index()];
      if (const auto demand = demanded(step)) restrict(step, *demand);
      step.mask = mask_of(binder_.cascade[step.einsum], region);
      step.needed = region;
    }
    for (BoundEinsum& step : bound_.einsums) {
      for (const BoundAccess& read : step.reads) extend(read, step.mask);
      extend(step.write, step.mask);
    }
  }

 private:
  void restrict(BoundEinsum& step, const Condition& demand) {
    Region& region = regions_[step.einsum.index()];
    if (region.any.empty()) return;
    region.any = both({region.any, true}, demand).any;
    if (has_no_point(region)) region.any.clear();
    step.restricted = true;
  }

  // Einsums without a point read nothing: whose result only they, or such as only they read, would
  // take has no point that is needed either.
  void leave_out_unread() {
    for (Region& region : regions_)
      if (has_no_point(region)) region.any.clear();
    std::vector<bool> used(bound_.einsums.size(), false);
    const auto find_used = [&] {
      bool more = false;
      for (std::size_t s = 0; s < used.size(); ++s) {
        if (used[s] || !is_used(bound_.einsums[s], used)) continue;
        used[s] = more = true;
      }
      return more;
    };
    while (find_used()) continue;
    for (std::size_t s = 0; s < used.size(); ++s)
      if (!used[s]) restrict(bound_.einsums[s], Condition::never());
  }

  // By one of those that are, or from outside.
  bool is_used(const BoundEinsum& step, const std::vector<bool>& used) const {
    if (regions_[step.einsum.index()].any.empty()) return false;
    if (is_read_elsewhere(step)) return true;
    bool is_read = false;
    for (std::size_t r = 0; r < used.size(); ++r)
      for (const BoundAccess& read : bound_.einsums[r].reads) {
        if (read.tensor != step.write.tensor) continue;
        if (used[r]) return true;
        is_read = true;
      }
    return !is_read;
  }

  // An output, or the start of an iterative tensor.
  bool is_read_elsewhere(const BoundEinsum& step) const {
    const einsum::Cascade& cascade = binder_.cascade;
    if (cascade[step.write.tensor].role == einsum::TensorRole::kOutput) return true;
    for (const einsum::Einsum& einsum : cascade.einsums) {
      if (!einsum.is_init) continue;
      for (const einsum::AccessId read : einsum::reads(cascade, einsum))
        if (cascade[read].tensor == step.write.tensor) return true;
    }
    return false;
  }

  // Where some Einsum needs what this one makes; nullopt: everywhere.
  std::optional<Condition> demanded(const BoundEinsum& step) const {
    const einsum::Cascade& cascade = binder_.cascade;
    const einsum::AccessId write = cascade[step.einsum].lhs;
    if (is_read_elsewhere(step)) return std::nullopt;
    Condition demand = Condition::never();
    bool is_read = false;
    for (const BoundEinsum& reader : bound_.einsums)
      for (const BoundAccess& read : reader.reads) {
        if (read.tensor != step.write.tensor) continue;
        is_read = true;
        if (regions_[reader.einsum.index()].any.empty()) continue;
        if (!reads_its_own_point(cascade, write, read.access)) return std::nullopt;
        const auto points = projected(reader.einsum, step.einsum);
        if (!points || points->is_always()) return std::nullopt;
        demand = either(std::move(demand), *points);
      }
    if (!is_read) return std::nullopt;
    return demand;
  }

  // The coordinates of `onto` for which `from` has a point.
  std::optional<Condition> projected(einsum::EinsumId from, einsum::EinsumId onto) const {
    const auto& have = binder_.cascade[from].vars;
    const auto& want = binder_.cascade[onto].vars;
    const Region& region = regions_[from.index()];
    if (region.box.size() != have.size()) return std::nullopt;  // quotients
    std::vector<Var> gone;
    std::vector<Var> place(have.size());
    for (Var v = 0; v < have.size(); ++v) {
      const auto at = std::find(want.begin(), want.end(), have[v]);
      place[v] = static_cast<Var>(at - want.begin());
      if (at == want.end()) gone.push_back(v);
    }
    Condition out = einsum::without({region.any, true}, region.box, gone);
    for (Conjunction& all : out.any)
      for (Linear& linear : all) {
        Linear moved{{}, linear.constant};
        for (const auto& [v, coefficient] : linear.terms) moved.terms[place[v]] = coefficient;
        linear = std::move(moved);
      }
    out.exact = true;  // needed at most there, which is all that is asked
    return out;
  }

  // In ranks. Constraints that say nothing in the box, or speak of quotients, are left out.
  static Mask mask_of(const std::vector<einsum::RankId>& ranks, const Region& region) {
    Mask mask;
    for (const Conjunction& all : region.any) {
      MaskConjunction out;
      for (const Linear& linear : all) {
        MaskLinear in_ranks{{}, linear.constant};
        bool known = einsum::lattice::most(linear, region.box) > 0;
        for (const auto& [v, coefficient] : linear.terms) {
          known = known && v < ranks.size();
          if (known) in_ranks.terms.emplace_back(ranks[v], coefficient);
        }
        if (known) out.push_back(std::move(in_ranks));
      }
      if (out.empty()) return {};
      mask.any.push_back(std::move(out));
    }
    if (mask.any.empty()) mask.any.push_back({MaskLinear{{}, 1}});  // no point at all
    return mask;
  }

  Mask mask_of(const einsum::Einsum& einsum, const Region& region) const {
    std::vector<einsum::RankId> ranks;
    for (const einsum::VarId var : einsum.vars) {
      const einsum::RankId rank = binder_.cascade[var].rank;
      if (std::find(ranks.begin(), ranks.end(), rank) != ranks.end()) return {};
      ranks.push_back(rank);
    }
    return mask_of(ranks, region);
  }

  // A slice is brought in where one of those it serves is issued.
  void extend(const BoundAccess& access, const Mask& mask) {
    for (const KeepId id : access.keeps) {
      BoundKeep& keep = bound_.keeps[id.index()];
      if (seen_.size() <= id.index()) seen_.resize(id.index() + 1, false);
      if (seen_[id.index()])
        keep.mask.add(mask);
      else
        keep.mask = mask;
      seen_[id.index()] = true;
    }
  }

  Binder& binder_;
  BoundMapping& bound_;
  std::vector<Region> regions_;  // by EinsumId
  std::vector<bool> seen_;       // by KeepId
};

}  // namespace

bool bind_masks(Binder& binder) {
  auto regions = einsum::present_points(binder.cascade, binder.bound.sizes);
  if (!regions) {
    binder.sink.insert(binder.sink.end(), regions.error().begin(), regions.error().end());
    return false;
  }
  MaskBinder(binder, *std::move(regions)).run();
  return true;
}

}  // namespace einfall::mappings
