#include "einsum/analysis/ways.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>

#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

// Three parts and more: m2*M1*M0 + m1*M0 + m0. Each part's coefficient is the product of the sizes
// of those inside it.
std::vector<VarId> deep_split(const Cascade& cascade, const std::vector<IndexTerm>& terms) {
  std::vector<VarId> parts;
  SizePoly block = SizePoly::constant(1);
  while (parts.size() < terms.size()) {
    const auto next = std::find_if(terms.begin(), terms.end(), [&](const IndexTerm& term) {
      const auto* variable = std::get_if<VarId>(&term.atom);
      return variable != nullptr && term.coefficient == block &&
             std::find(parts.begin(), parts.end(), *variable) == parts.end();
    });
    if (next == terms.end()) return {};
    const VarId variable = std::get<VarId>(next->atom);
    parts.insert(parts.begin(), variable);
    block = block * SizePoly::size(cascade[variable].rank);
  }
  return parts;
}

RankWay ranks_of(const Cascade& cascade, const std::vector<VarId>& variables) {
  RankWay way;
  for (const VarId variable : variables) way.push_back(cascade[variable].rank);
  return way;
}

RankWay sorted(RankWay way) {
  std::sort(way.begin(), way.end());
  return way;
}

bool one_variable_or_more(const Index& index) {
  return !index.terms.empty() &&
         std::all_of(index.terms.begin(), index.terms.end(), [](const IndexTerm& term) {
           return std::holds_alternative<VarId>(term.atom);
         });
}

// A quotient or a remainder of variables (`n // 2`, `n % 4 + 1`), and no gather.
bool some_quotient(const Cascade& cascade, const Index& index) {
  bool found = false;
  for (const IndexTerm& term : index.terms) {
    if (std::holds_alternative<AccessId>(term.atom)) return false;
    const auto* division = std::get_if<DivMod>(&term.atom);
    if (division == nullptr) continue;
    const Index& numerator = cascade[division->numerator];
    if (!one_variable_or_more(numerator) && !some_quotient(cascade, numerator)) return false;
    found = true;
  }
  return found;
}

bool holds(const std::vector<RankId>& ranks, RankId rank) {
  return std::find(ranks.begin(), ranks.end(), rank) != ranks.end();
}

bool is_alias_name(const Cascade& cascade, RankId rank) {
  return std::any_of(cascade.alias.begin(), cascade.alias.end(), [&](const auto& alias) {
    return alias.first == cascade[rank].name || alias.second == cascade[rank].name;
  });
}

// How one rank of a tensor is gone through.
struct Position {
  std::set<RankWay> whole;  // by one variable or by a split
  std::set<RankWay> other;  // by another sum of variables or a quotient, on ascending ranks

  // What is added to the only whole way (`n - k` beside `n`) moves a window along with its sweep.
  void drop_windows() {
    if (whole.size() != 1) return;
    const RankWay way = sorted(*whole.begin());
    std::erase_if(other, [&](const RankWay& sum) {
      return std::includes(sum.begin(), sum.end(), way.begin(), way.end());
    });
  }

  [[nodiscard]] bool in_several_ways() const {
    const bool split =
        std::any_of(whole.begin(), whole.end(), [](const RankWay& way) { return way.size() > 1; });
    return whole.size() + other.size() > 1 && (split || !other.empty());
  }
  [[nodiscard]] bool together(const Cascade& cascade, RankId declared) const {
    return other.empty() && std::all_of(whole.begin(), whole.end(), [&](const RankWay& way) {
             return (way.size() > 1 || way.front() == declared) &&
                    std::none_of(way.begin(), way.end(),
                                 [&](RankId part) { return is_alias_name(cascade, part); });
           });
  }
};

template <class T>
void insert_new(std::vector<T>& list, const std::vector<T>& more) {
  for (const T& one : more)
    if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(one);
}

}  // namespace

std::optional<WholeIndex> as_whole(const Cascade& cascade, IndexId id) {
  const Index& index = cascade[id];
  const auto offset = index.constant.as_constant();
  if (!offset) return std::nullopt;
  WholeIndex found{{}, *offset};
  if (const auto plain = as_shifted_variable(cascade, id))
    found.variables = {plain->variable};
  else if (const auto split = as_split(cascade, index.terms))
    found.variables = {split->outer, split->inner};
  else if (index.terms.size() > 2)
    found.variables = deep_split(cascade, index.terms);
  const RankWay way = ranks_of(cascade, found.variables);
  if (way.empty() || std::set<RankId>(way.begin(), way.end()).size() != way.size())
    return std::nullopt;
  return found;
}

Blocks::Blocks(const Cascade& cascade) {
  for (const Access& access : cascade.accesses)
    for (std::size_t i = 0; i < access.indices.size(); ++i)
      if (const auto split = as_split(cascade, access.indices[i]))
        outer_.emplace(std::pair(cascade[access.tensor].ranks[i], cascade[split->inner].rank),
                       cascade[split->outer].rank);
}

std::optional<RankId> Blocks::outer(const Cascade& cascade, IndexId id) const {
  const Index& index = cascade[id];
  if (index.terms.size() != 1 || !index.constant.is_zero()) return std::nullopt;
  const IndexTerm& term = index.terms.front();
  const auto* division = std::get_if<DivMod>(&term.atom);
  if (division == nullptr || division->mod || !(term.coefficient == SizePoly::constant(1)))
    return std::nullopt;
  const auto size = division->divisor.as_size();
  if (!size) return std::nullopt;
  const auto variable = as_shifted_variable(cascade, division->numerator);
  if (!variable || variable->offset != 0) return std::nullopt;
  const auto found = outer_.find({cascade[variable->variable].rank, *size});
  return found == outer_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<NearIndex> as_near(const Cascade& cascade, IndexId id) {
  const Index& index = cascade[id];
  const auto offset = index.constant.as_constant();
  if (!offset || *offset == std::numeric_limits<std::int64_t>::min()) return std::nullopt;
  const SizePoly one = SizePoly::constant(1);
  NearIndex near{{}, one + SizePoly::constant(std::abs(*offset))};
  int copies = 0;  // of the variable, remainders left out
  bool divides = false;
  for (const IndexTerm& term : index.terms) {
    VarId variable;
    if (const auto* plain = std::get_if<VarId>(&term.atom)) {
      if (!(term.coefficient == one)) return std::nullopt;
      variable = *plain;
      ++copies;
    } else if (const auto* division = std::get_if<DivMod>(&term.atom)) {
      const auto numerator = as_shifted_variable(cascade, division->numerator);
      if (!numerator || numerator->offset != 0) return std::nullopt;
      const bool local = division->mod
                             ? term.coefficient == one || term.coefficient == SizePoly::constant(-1)
                             : term.coefficient == division->divisor;
      if (!local) return std::nullopt;
      variable = numerator->variable;
      if (division->divisor.as_size() == cascade[variable].rank) return std::nullopt;
      copies += division->mod ? 0 : 1;
      near.window = near.window + division->divisor - one;
      divides = true;
    } else {
      return std::nullopt;
    }
    if (near.variable.valid() && near.variable != variable) return std::nullopt;
    near.variable = variable;
  }
  return copies == 1 && divides ? std::optional(near) : std::nullopt;
}

WayGroups::WayGroups(const Cascade& cascade) : cascade_(cascade), blocks_(cascade) {
  collect();
  withdraw_side_by_side();
}

void WayGroups::collect() {
  std::map<std::pair<TensorId, std::size_t>, Position> positions;
  for (const Access& access : cascade_.accesses)
    for (std::size_t i = 0; i < access.indices.size(); ++i) {
      Position& position = positions[{access.tensor, i}];
      if (const auto whole = as_whole(cascade_, access.indices[i]))
        position.whole.insert(ranks_of(cascade_, whole->variables));
      else if (const auto block = blocks_.outer(cascade_, access.indices[i]))
        position.whole.insert({*block});
      else if (const auto near = as_near(cascade_, access.indices[i]))
        position.whole.insert({cascade_[near->variable].rank});
      else if (const Index& index = cascade_[access.indices[i]];
               one_variable_or_more(index) || some_quotient(cascade_, index))
        position.other.insert(
            sorted(ranks_of(cascade_, variables_of(cascade_, access.indices[i]))));
    }
  std::map<RankId, Position> by_rank;
  for (auto& [place, position] : positions) {
    position.drop_windows();
    const RankId declared = cascade_[place.first].ranks[place.second];
    const bool together = position.together(cascade_, declared);
    if (together) by_rank[declared].whole.insert(position.whole.begin(), position.whole.end());
    if (!position.in_several_ways()) continue;
    Recut recut{place.first, {position.whole.begin(), position.whole.end()}};
    recut.ways.insert(recut.ways.end(), position.other.begin(), position.other.end());
    (together ? grouped_ : recuts_).push_back(std::move(recut));
  }
  for (const auto& [rank, position] : by_rank)
    if (position.in_several_ways()) add(rank, {position.whole.begin(), position.whole.end()});
}

void WayGroups::add(RankId declared, const std::vector<RankWay>& ways) {
  Group joined{{declared}, ways};
  const auto shares = [&](const Group& group) {
    return holds(group.whole, declared) ||
           std::any_of(group.ways.begin(), group.ways.end(), [&](const RankWay& way) {
             return std::find(ways.begin(), ways.end(), way) != ways.end();
           });
  };
  for (const Group& group : groups_) {
    if (!shares(group)) continue;
    insert_new(joined.whole, group.whole);
    insert_new(joined.ways, group.ways);
  }
  std::erase_if(groups_, shares);
  groups_.push_back(std::move(joined));
}

// An Einsum that sweeps m and m1 side by side (an outer product of A[m] and B[m1]) sweeps twice
// what the group takes for one.
void WayGroups::withdraw_side_by_side() {
  const auto side_by_side = [&](const Group& group) {
    std::set<RankId> members(group.whole.begin(), group.whole.end());
    for (const RankWay& way : group.ways) members.insert(way.begin(), way.end());
    return std::any_of(members.begin(), members.end(), [&](RankId rank) {
      const std::vector<RankId> view = together(group, rank);
      return std::any_of(cascade_.einsums.begin(), cascade_.einsums.end(), [&](const Einsum& one) {
        std::set<RankId> swept;
        for (const VarId variable : one.vars)
          if (holds(view, cascade_[variable].rank)) swept.insert(cascade_[variable].rank);
        return swept.size() > 1;
      });
    });
  };
  for (const Group& group : groups_) {
    if (!side_by_side(group)) continue;
    for (const Recut& recut : grouped_)
      if (std::find(group.ways.begin(), group.ways.end(), recut.ways.front()) != group.ways.end())
        recuts_.push_back(recut);
  }
  std::erase_if(groups_, side_by_side);
}

std::vector<RankId> WayGroups::together(const Group& group, RankId rank) const {
  std::set<RankId> found;
  if (holds(group.whole, rank))
    for (const RankWay& way : group.ways) found.insert(way.front());
  for (const RankWay& mine : group.ways) {
    const auto place = std::find(mine.begin(), mine.end(), rank);
    if (place == mine.end()) continue;
    for (const RankWay& way : group.ways) {
      const bool alike = way.size() == mine.size();
      if (way.size() == 1 || place == mine.begin())
        found.insert(way.front());
      else
        found.insert(alike ? way[static_cast<std::size_t>(place - mine.begin())] : way.back());
    }
  }
  if (found.empty()) return {};
  found.insert(rank);
  return {found.begin(), found.end()};
}

std::vector<RankId> WayGroups::together(RankId rank) const {
  std::set<RankId> found{rank};
  for (const Group& group : groups_) {
    const std::vector<RankId> here = together(group, rank);
    found.insert(here.begin(), here.end());
  }
  return {found.begin(), found.end()};
}

std::vector<RankWay> WayGroups::ways_of(RankId rank) const {
  std::vector<RankWay> found;
  for (const Group& group : groups_)
    if (!together(group, rank).empty()) insert_new(found, group.ways);
  return found;
}

bool WayGroups::is_whole(RankId rank) const {
  return std::any_of(groups_.begin(), groups_.end(),
                     [&](const Group& group) { return holds(group.whole, rank); });
}

std::vector<bool> sweeping_all(const Cascade& cascade, const std::vector<RankWay>& ways) {
  std::vector<bool> found;
  for (const Einsum& einsum : cascade.einsums) {
    std::set<RankId> swept;
    for (const VarId variable : einsum.vars) swept.insert(cascade[variable].rank);
    found.push_back(std::any_of(ways.begin(), ways.end(), [&](const RankWay& way) {
      return std::all_of(way.begin(), way.end(),
                         [&](RankId part) { return swept.count(part) > 0; });
    }));
  }
  return found;
}

}  // namespace einfall::einsum
