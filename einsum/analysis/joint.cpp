#include "einsum/analysis/joint.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

namespace einfall::einsum {
namespace {

constexpr std::size_t kMostSweeps = 64;
constexpr std::size_t kMostEinsums = 512;
constexpr std::int64_t kBudget = 200'000;

using SweepSet = std::uint64_t;
constexpr SweepSet bit(std::size_t sweep) { return SweepSet{1} << sweep; }

// A transitively closed order of sweeps.
struct SweepOrder {
  std::array<SweepSet, kMostSweeps> after{};  // sweeps that come after each

  // Lets every sweep of `first` come before `second`; false if that closes a cycle.
  bool add(SweepSet first, std::size_t second) {
    const SweepSet later = after[second] | bit(second);
    if ((first & later) != 0) return false;
    SweepSet missing = 0;
    for (std::size_t s = 0; s < kMostSweeps; ++s)
      if ((first & bit(s)) != 0 && (after[s] & bit(second)) == 0) missing |= bit(s);
    if (missing == 0) return true;
    for (std::size_t s = 0; s < kMostSweeps; ++s)
      if ((missing & bit(s)) != 0 || (after[s] & missing) != 0) after[s] |= later;
    return true;
  }
};

// What the search needs of one rank.
struct Along {
  std::vector<EdgeRelation> relations;
  std::vector<bool> sweeps;          // by Einsum
  std::vector<std::int64_t> lowest;  // by Einsum: its traversal
  std::int64_t traversals = 0;
};

class Search {
 public:
  Search(const Flow& flow, const std::vector<Along>& along) : flow_(flow), along_(along) {
    for (const Component& component : flow.graph.components)
      order_.insert(order_.end(), component.einsums.begin(), component.einsums.end());
  }

  // True if an assignment with these numbers of sweeps exists. Check `cut_off` on false.
  bool reachable(const std::vector<std::int64_t>& caps) {
    caps_ = caps;
    first_.assign(1, 0);
    SweepOrder order;
    for (const std::int64_t cap : caps) {
      const std::size_t base = first_.back();
      for (std::size_t k = 1; k < static_cast<std::size_t>(cap); ++k)
        if (!order.add(bit(base + k - 1), base + k)) return false;
      first_.push_back(base + static_cast<std::size_t>(cap));
    }
    sweep_.assign(along_.size(), std::vector<std::int64_t>(flow_.cascade.einsums.size(), 0));
    before_.assign(flow_.cascade.einsums.size(), 0);
    return place(0, 0, order);
  }
  [[nodiscard]] bool cut_off() const { return budget_ <= 0; }

 private:
  std::size_t node(std::size_t r, std::int64_t sweep) const {
    return first_[r] + static_cast<std::size_t>(sweep) - 1;
  }

  // Chooses the sweep of the `at`-th Einsum along the r-th rank and on.
  bool place(std::size_t at, std::size_t r, const SweepOrder& order) {
    if (at == order_.size()) return true;
    if (--budget_ <= 0) return false;
    const std::size_t id = order_[at].index();
    if (r == along_.size()) {
      SweepOrder extended = order;
      return constrain(order_[at], extended) && place(at + 1, 0, extended);
    }
    if (!along_[r].sweeps[id]) return place(at, r + 1, order);
    for (std::int64_t sweep = along_[r].lowest[id]; sweep <= caps_[r]; ++sweep) {
      sweep_[r][id] = sweep;
      if (place(at, r + 1, order)) return true;
      if (cut_off()) return false;
    }
    return false;
  }

  // The edge hands values over inside one sweep of the r-th rank.
  bool shares_sweep(std::size_t e, std::size_t r) const {
    const Edge& edge = flow_.edge(e);
    return along_[r].relations[e].relation == Relation::kStream &&
           sweep_[r][edge.writer.index()] == sweep_[r][edge.reader.index()];
  }

  // Sweeps that must be over before the reader can use this edge.
  SweepSet waits(std::size_t e) const {
    const std::size_t writer = flow_.edge(e).writer.index();
    SweepSet set = before_[writer];
    for (std::size_t r = 0; r < along_.size(); ++r)
      if (along_[r].sweeps[writer] && !shares_sweep(e, r)) set |= bit(node(r, sweep_[r][writer]));
    return set;
  }

  bool constrain(EinsumId id, SweepOrder& order) {
    SweepSet before = 0;
    for (const std::size_t e : flow_.edges_into[id.index()]) {
      if (flow_.inside_component(e) && *flow_.distance[e] > 0) continue;
      const SweepSet waited = waits(e);
      before |= waited;
      for (std::size_t r = 0; r < along_.size(); ++r) {
        if (!along_[r].sweeps[id.index()] || shares_sweep(e, r)) continue;
        if (!order.add(waited, node(r, sweep_[r][id.index()]))) return false;
      }
    }
    before_[id.index()] = before;
    return true;
  }

  const Flow& flow_;
  const std::vector<Along>& along_;
  std::vector<EinsumId> order_;
  std::vector<std::int64_t> caps_;
  std::vector<std::size_t> first_;                // by rank: its first sweep's number
  std::vector<std::vector<std::int64_t>> sweep_;  // [rank][einsum], from 1
  std::vector<SweepSet> before_;                  // by Einsum: sweeps that are over before it runs
  std::int64_t budget_ = kBudget;
};

// Ranks whose sweeps are counted together are one dimension of the search.
std::vector<Along> prepare(const Flow& flow, const WayGroups& groups,
                           const std::vector<ViewPasses>& ranks) {
  std::set<std::vector<RankId>> views;
  std::vector<Along> along;
  for (const ViewPasses& passes : ranks) {
    if (!views.insert(groups.together(passes.summary.rank)).second) continue;
    Along one{passes.relations, sweeping(flow, passes.view), {}, 0};
    for (const SymbolicCount& level : passes.traversals.level)
      one.lowest.push_back(std::max<std::int64_t>(1, level.constant));
    one.traversals = passes.summary.traversals.constant;
    along.push_back(std::move(one));
  }
  return along;
}

// Tries every way to hand out `extra` further sweeps to the ranks from the r-th on.
bool deepen(Search& search, std::vector<std::int64_t>& caps, std::size_t r, std::int64_t extra) {
  if (r + 1 >= caps.size()) {
    if (caps.empty()) return search.reachable(caps);
    caps[r] += extra;
    const bool found = search.reachable(caps);
    caps[r] -= extra;
    return found;
  }
  for (std::int64_t here = 0; here <= extra && !search.cut_off(); ++here) {
    caps[r] += here;
    const bool found = deepen(search, caps, r + 1, extra - here);
    caps[r] -= here;
    if (found) return true;
  }
  return false;
}

}  // namespace

JointSweeps joint_sweeps_of(const Flow& flow, const WayGroups& groups,
                            const std::vector<ViewPasses>& ranks) {
  const std::vector<Along> along = prepare(flow, groups, ranks);
  JointSweeps joint{{}, 0, 0, groups.recuts().empty()};
  for (const ViewPasses& passes : ranks) {
    joint.ranks.push_back(passes.summary.rank);
    joint.at_most = joint.at_most || passes.summary.at_most;
  }
  std::vector<std::int64_t> caps;
  for (const Along& one : along) {
    caps.push_back(one.traversals);
    joint.separate += one.traversals;
  }
  joint.sweeps = joint.separate;
  Search search(flow, along);
  for (std::int64_t extra = 0;; ++extra) {
    joint.sweeps = joint.separate + extra;
    if (joint.sweeps > static_cast<std::int64_t>(kMostSweeps) ||
        flow.cascade.einsums.size() > kMostEinsums) {
      joint.exact = false;
      return joint;
    }
    if (deepen(search, caps, 0, extra)) return joint;
    if (search.cut_off()) {
      joint.exact = false;
      return joint;
    }
  }
}

}  // namespace einfall::einsum
