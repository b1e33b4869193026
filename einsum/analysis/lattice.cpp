#include "einsum/analysis/lattice.hpp"

#include <algorithm>
#include <numeric>

#include "base/floor_div.hpp"
#include "einsum/analysis/lattice_sum.hpp"

namespace einfall::einsum::lattice {
namespace {

constexpr std::size_t kMostPieces = 2'000;  // of a disjoint union

class Counter {
 public:
  explicit Counter(Work& work) : work_(work) {}
  // Splits into groups of variables that share constraints; the groups multiply.
  Wide all(Conjunction constraints, Box box) {
    do {
      if (!tighten(constraints, box)) return 0;
    } while (merge_one(constraints, box));
    std::vector<std::size_t> group(box.size());
    std::iota(group.begin(), group.end(), std::size_t{0});
    for (const Linear& linear : constraints) join(linear, group);
    Wide product = 1;
    for (Var root = 0; root < box.size() && product > 0; ++root) {
      if (find(group, root) != root) continue;
      product *= together(constraints, box, group, root);
      if (product > kTooMany) return kTooMany;  // reported as an overflow by the caller
    }
    return product;
  }
  [[nodiscard]] bool exact() const { return exact_; }

 private:
  static Var find(const std::vector<Var>& group, Var v) {
    while (group[v] != v) v = group[v];
    return v;
  }
  static void join(const Linear& linear, std::vector<Var>& group) {
    const Var first = find(group, linear.terms.begin()->first);
    for (const auto& [v, coefficient] : linear.terms) group[find(group, v)] = first;
  }

  // Drops constraints that hold everywhere, narrows ranges, substitutes single values. False if
  // nothing is left.
  bool tighten(Conjunction& constraints, Box& box) {
    for (int round = 0; round < 8; ++round) {
      bool changed = false;
      for (const Linear& linear : constraints) {
        work_.left -= 1;
        if (least(linear, box) > 0) return false;
        for (const auto& [v, coefficient] : linear.terms)
          changed = narrow(linear, v, coefficient, box) || changed;
      }
      if (std::any_of(box.begin(), box.end(), [](Range r) { return r.low > r.high; })) return false;
      if (!changed) break;
    }
    std::erase_if(constraints, [&](const Linear& linear) { return most(linear, box) <= 0; });
    for (Linear& linear : constraints) substitute_fixed(linear, box);
    return true;
  }

  static bool narrow(const Linear& linear, Var v, std::int64_t coefficient, Box& box) {
    const Range range = box[v];
    const Wide own = Wide{coefficient} * (coefficient > 0 ? range.low : range.high);
    const Wide room = -(least(linear, box) - own);  // coefficient * v <= room
    if (coefficient > 0) {
      const Wide high = base::floor_div(room, coefficient);
      if (high >= range.high) return false;
      box[v].high = static_cast<std::int64_t>(std::max<Wide>(high, Wide{range.low} - 1));
    } else {
      const Wide low = -base::floor_div(room, -Wide{coefficient});
      if (low <= range.low) return false;
      box[v].low = static_cast<std::int64_t>(std::min<Wide>(low, Wide{range.high} + 1));
    }
    return true;
  }

  static void substitute_fixed(Linear& linear, const Box& box) {
    for (auto term = linear.terms.begin(); term != linear.terms.end();) {
      const Range range = box[term->first];
      const Wide constant = Wide{linear.constant} + Wide{term->second} * range.low;
      const bool fits = constant < (Wide{1} << 61) && constant > -(Wide{1} << 61);
      if (range.low != range.high || !fits) {
        ++term;
        continue;
      }
      linear.constant = static_cast<std::int64_t>(constant);
      term = linear.terms.erase(term);
    }
  }

  // a*B + b, with b in 0..B-1, in every constraint: one variable of range A*B.
  static bool merge_one(Conjunction& constraints, Box& box) {
    for (const Linear& linear : constraints)
      for (const auto& [outer, high] : linear.terms)
        for (const auto& [inner, low] : linear.terms) {
          if (outer == inner || high % low != 0 || high / low < 2) continue;
          const std::int64_t block = high / low;
          if (box[inner].low != 0 || box[inner].high != block - 1) continue;
          if (mergeable(constraints, outer, inner, block) && merge(constraints, box, outer, inner))
            return true;
        }
    return false;
  }
  static bool mergeable(const Conjunction& constraints, Var outer, Var inner, std::int64_t block) {
    return std::all_of(constraints.begin(), constraints.end(), [&](const Linear& linear) {
      const auto high = linear.terms.find(outer), low = linear.terms.find(inner);
      if (low == linear.terms.end()) return high == linear.terms.end();
      return high != linear.terms.end() && high->second % block == 0 &&
             high->second / block == low->second;
    });
  }
  static bool merge(Conjunction& constraints, Box& box, Var outer, Var inner) {
    const Wide block = Wide{box[inner].high} + 1;
    const Wide high = (Wide{box[outer].high} + 1) * block - 1;
    if (high >= (Wide{1} << 41)) return false;
    box[inner] = {static_cast<std::int64_t>(box[outer].low * block),
                  static_cast<std::int64_t>(high)};
    box[outer] = {0, 0};
    for (Linear& linear : constraints) linear.terms.erase(outer);
    return true;
  }

  // One group of variables that share constraints.
  Wide together(const Conjunction& constraints, const Box& box, const std::vector<Var>& group,
                Var root) {
    Conjunction mine;
    for (const Linear& linear : constraints)
      if (find(group, linear.terms.begin()->first) == root) mine.push_back(linear);
    std::vector<Var> vars;
    for (Var v = 0; v < box.size(); ++v)
      if (find(group, v) == root) vars.push_back(v);
    Box own(box.size(), Range{0, 0});
    for (const Var v : vars) own[v] = box[v];
    if (mine.empty() || vars.size() == 1) return size_of(own);
    if (work_.left > 0 && vars.size() == 2) {
      work_.left -= work_of_pair(mine.size());
      if (const auto sum = sum_of_pair(mine, box, vars[0], vars[1])) return *sum;
    }
    return run_over_smallest(mine, std::move(own), vars);
  }

  // The sum over pairs is cubic in the number of constraints.
  static std::int64_t work_of_pair(std::size_t constraints) {
    const auto n = static_cast<std::int64_t>(constraints);
    return n + n * n * n / 8;
  }

  Wide run_over_smallest(const Conjunction& constraints, Box box, const std::vector<Var>& vars) {
    const Var chosen = *std::min_element(vars.begin(), vars.end(), [&](Var a, Var b) {
      return box[a].high - box[a].low < box[b].high - box[b].low;
    });
    const Range range = box[chosen];
    Wide sum = 0;
    for (std::int64_t value = range.low; value <= range.high; ++value) {
      work_.left -= static_cast<std::int64_t>(constraints.size());
      box[chosen] = {value, value};
      if (work_.left <= 0) {
        exact_ = false;
        box[chosen] = {value, range.high};
        return std::min(sum + size_of(box), kTooMany);
      }
      sum += all(constraints, box);
    }
    return std::min(sum, kTooMany);
  }

  Work& work_;
  bool exact_ = true;
};

}  // namespace

std::optional<Linear> negated(const Linear& linear) {
  Linear opposite;
  for (const auto& [v, coefficient] : linear.terms) opposite.terms[v] = -coefficient;
  if (__builtin_sub_overflow(std::int64_t{1}, linear.constant, &opposite.constant))
    return std::nullopt;
  return opposite;
}

Wide least(const Linear& linear, const Box& box) {
  Wide value = linear.constant;
  for (const auto& [v, coefficient] : linear.terms)
    value += Wide{coefficient} * (coefficient > 0 ? box[v].low : box[v].high);
  return value;
}

Wide most(const Linear& linear, const Box& box) {
  Wide value = linear.constant;
  for (const auto& [v, coefficient] : linear.terms)
    value += Wide{coefficient} * (coefficient > 0 ? box[v].high : box[v].low);
  return value;
}

Wide size_of(const Box& box) {
  Wide product = 1;
  for (const Range range : box) {
    if (range.high < range.low) return 0;
    product = std::min(product * (Wide{range.high} - range.low + 1), kTooMany);
  }
  return product;
}

Count count(const Conjunction& all, const Box& box, Work& work) {
  Conjunction constraints;
  for (const Linear& linear : all) {
    if (!linear.terms.empty()) constraints.push_back(linear);
    if (linear.terms.empty() && linear.constant > 0) return {0, true};
  }
  Counter counter(work);
  const Wide points = counter.all(std::move(constraints), box);
  return {points, counter.exact()};
}

namespace {

// `pieces` outside a conjunction; nullopt if that is too much work.
std::optional<std::vector<Conjunction>> outside(const std::vector<Conjunction>& pieces,
                                                const Conjunction& all, Work& work) {
  std::vector<Conjunction> result;
  for (const Conjunction& piece : pieces) {
    Conjunction prefix = piece;
    for (const Linear& linear : all) {
      const auto opposite = negated(linear);
      work.left -= static_cast<std::int64_t>(prefix.size()) + 1;
      if (!opposite || work.left <= 0 || result.size() >= kMostPieces) return std::nullopt;
      result.push_back(prefix);
      result.back().push_back(*opposite);
      prefix.push_back(linear);
    }
  }
  return result;
}

}  // namespace

Count count_union(const std::vector<Conjunction>& any, const Box& box, Work& work) {
  const Wide most = size_of(box);
  Count total;
  for (std::size_t i = 0; i < any.size(); ++i) {
    if (work.left <= 0) return {most, false};
    std::vector<Conjunction> pieces{any[i]};  // of any[i], outside any[0..i-1]
    for (std::size_t j = 0; j < i; ++j) {
      auto left = outside(pieces, any[j], work);
      total.exact = total.exact && left.has_value();
      if (left) pieces = *std::move(left);
    }
    for (const Conjunction& piece : pieces) {
      const Count part = count(piece, box, work);
      total.points += part.points;
      total.exact = total.exact && part.exact;
    }
    if (!total.exact && (work.left <= 0 || total.points >= most)) return {most, false};
  }
  return total;
}

}  // namespace einfall::einsum::lattice
