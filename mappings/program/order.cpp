#include "mappings/program/order.hpp"

#include <algorithm>

namespace einfall::mappings {
namespace {

constexpr Levels bit(std::size_t level) { return Levels{1} << level; }

// The levels that a mask knows of a walk, those of a set inside all others. Others that it does not
// know count where they lie inside of one that does; their first two steps stand for all.
class Sorted {
 public:
  Sorted(const Walk& walk, Levels set) : original_(walk) {
    const Levels known = walk.mask->levels();
    const Levels run = set & known;
    const Levels inside_run = ~((run & (~run + 1)) - 1);
    for (std::size_t i = 0; i < walk.levels.size(); ++i)
      if ((~set & (known | inside_run) & bit(i)) != 0) from_.push_back(i);
    outside_ = from_.size();
    for (std::size_t i = 0; i < walk.levels.size(); ++i)
      if ((run & bit(i)) != 0) from_.push_back(i);
    for (const std::size_t i : from_) walk_.levels.push_back(level(i, (known & bit(i)) != 0));
    walk_.mask = recast(walk, walk_, walk_.parts());
  }

  // Calls `use` with a walker at the first iteration of each step of the levels outside the set,
  // while it returns true; what it returned last.
  template <class Use>
  Known each_step(const Use& use) const {
    std::int64_t steps = 0;
    for (Walker at(walk_); !at.done(); at.next()) {
      if (++steps > kMostSteps) return std::nullopt;
      if (const Known known = use(at); known != true) return known;
      for (std::size_t i = outside_; i < from_.size(); ++i)
        at.skip(i, walk_.levels[i].trips - at.digit(i));
    }
    return true;
  }

  // The levels of the set go to the last iteration of the step.
  void to_last(Walker& at) const {
    for (std::size_t i = outside_; i < from_.size(); ++i) {
      std::int64_t low = 0;
      std::int64_t end = walk_.levels[i].trips;
      while (end - low > 1) {
        const std::int64_t middle = low + (end - low) / 2;
        if (at.exists(*walk_.mask, bit(i) - 1, {i, middle, end}))
          low = middle;
        else
          end = middle;
      }
      at.skip(i, low - at.digit(i));
    }
  }

  [[nodiscard]] std::vector<std::int64_t> place(const Walker& at) const {
    std::vector<std::int64_t> digits(original_.levels.size(), 0);
    for (std::size_t i = 0; i < from_.size(); ++i) digits[from_[i]] = at.digit(i);
    return digits;
  }

  // From the first to the last step of the set's outermost level nothing is left out.
  [[nodiscard]] bool is_box(const Walker& at) const {
    Walker last = at;
    to_last(last);
    return at.issue(*walk_.mask, bit(outside_) - 1,
                    {outside_, at.digit(outside_), last.digit(outside_) + 1}) == Issue::kAll;
  }

  // Points of the set's rank before an iteration, and between it and the next.
  [[nodiscard]] std::int64_t along_set(const Walker& at) const {
    std::int64_t point = 0;
    for (std::size_t i = outside_; i < from_.size(); ++i)
      point += at.digit(i) * walk_.levels[i].stride;
    return point;
  }
  [[nodiscard]] std::int64_t stride() const { return walk_.levels.back().stride; }

  [[nodiscard]] bool same_step(const Walker& a, const Walker& b) const {
    return std::equal(a.digits().begin(),
                      a.digits().begin() + static_cast<std::ptrdiff_t>(outside_),
                      b.digits().begin());
  }

 private:
  [[nodiscard]] WalkLevel level(std::size_t i, bool known) const {
    WalkLevel level = original_.levels[i];
    if (known) {
      for (std::size_t& outer : level.outer)
        outer =
            static_cast<std::size_t>(std::find(from_.begin(), from_.end(), outer) - from_.begin());
      return level;
    }
    level.trips = std::min<std::int64_t>(level.trips, 2);
    level.outer.clear();
    level.may_be_partial = false;
    return level;
  }

  const Walk& original_;
  Walk walk_;
  std::vector<std::size_t> from_;
  std::size_t outside_ = 0;
};

// A level that stands has one outside it that runs.
bool is_nested(const WalkMask& mask, Levels set) {
  const Levels run = set & mask.levels();
  const Levels stand = mask.levels() & ~set;
  return run != 0 && stand > (run & (~run + 1));
}

Known in_order(const Walk& walk, Levels set, bool last) {
  if (!walk.mask || !is_nested(*walk.mask, set)) return true;
  const Sorted sorted(walk, set);
  std::vector<std::int64_t> before;
  return sorted.each_step([&](Walker& at) -> Known {
    if (last) sorted.to_last(at);
    std::vector<std::int64_t> here = sorted.place(at);
    if (here < before) return false;
    before = std::move(here);
    return true;
  });
}

}  // namespace

Known firsts_in_order(const Walk& walk, Levels set) { return in_order(walk, set, false); }
Known lasts_in_order(const Walk& walk, Levels set) { return in_order(walk, set, true); }

Known is_gapless(const Walk& walk, Levels set) {
  if (!walk.mask || (set & walk.mask->levels()) == 0) return true;
  const Sorted sorted(walk, set);
  std::int64_t looked_at = 0;
  return sorted.each_step([&](const Walker& at) -> Known {
    if (sorted.is_box(at)) return true;
    Walker walker = at;
    for (std::int64_t next = sorted.along_set(at); !walker.done() && sorted.same_step(walker, at);
         walker.next(), next += sorted.stride()) {
      if (++looked_at > kMostSteps) return std::nullopt;
      if (sorted.along_set(walker) != next) return false;
    }
    return true;
  });
}

}  // namespace einfall::mappings
