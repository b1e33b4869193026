#include "mappings/program/steady.hpp"

#include <algorithm>

namespace einfall::mappings {
namespace {

constexpr std::int64_t kMostAsked = 4096;  // ranges of steps for one answer

class Steadiness {
 public:
  Steadiness(const Operation& operation, const Walker& at, std::size_t level, std::int64_t from,
             std::int64_t to)
      : op_(operation),
        at_(at),
        level_(level),
        bit_(Levels{1} << level),
        outside_(bit_ - 1),
        from_(from),
        to_(to) {}

  bool all() const {
    if (!is_whole(op_.walk.mask.get()) || !is_whole(op_.walk.counted.get())) return false;
    const auto constant = [&](const auto& things) {
      return std::all_of(things.begin(), things.end(),
                         [&](const auto& thing) { return is_constant(thing.when); });
    };
    return constant(op_.takes) && constant(op_.gives) && constant(op_.moves) &&
           std::all_of(op_.moves.begin(), op_.moves.end(), [&](const Movement& move) {
             return !move.words.slice || move.words.slice->is_alike(at_, level_, from_, to_);
           });
  }

 private:
  bool depends(const WalkMask& mask) const { return (mask.levels() & bit_) != 0; }

  // Nothing inside is left out, nor from the steps next to the range.
  bool is_whole(const WalkMask* mask) const {
    return mask == nullptr || !depends(*mask) ||
           at_.issue(*mask, outside_, {level_, from_ - 1, to_ + 1}) == Issue::kAll;
  }

  bool is_constant(const When& when) const {
    for (const Levels set : {when.first, when.not_first, when.last, when.not_last})
      if (!ends_alike(set)) return false;
    return !when.other || partner_alike(*when.other);
  }

  // "First" and "last" in this set. With the level itself in it there are earlier and later
  // iterations always; only outer levels can make a difference.
  bool ends_alike(Levels set) const {
    const WalkMask* mask = op_.walk.mask.get();
    if (mask == nullptr || (set & bit_) != 0 || !depends(*mask)) return true;
    for (const bool earlier : {true, false}) {
      bool none = true;
      bool some = false;
      for (std::size_t s = 0; s < level_; ++s) {
        if ((set & mask->levels() & (Levels{1} << s)) == 0) continue;
        none = none && left(*mask, set, s, earlier, false) == Issue::kNone;
        some = some || left(*mask, set, s, earlier, true) == Issue::kAll;
      }
      if (!none && !some) return false;
    }
    return true;
  }

  // Of the iterations that differ from those in the range by an earlier (later) step of `outer`,
  // all or the next one.
  Issue left(const WalkMask& mask, Levels set, std::size_t outer, bool earlier, bool next) const {
    const std::int64_t digit = at_.digit(outer);
    const std::int64_t low = earlier ? (next ? digit - 1 : 0) : digit + 1;
    const std::int64_t end = earlier ? digit : (next ? digit + 2 : at_.limit(outer));
    if (low < 0 || low >= end || end > at_.limit(outer)) return Issue::kNone;
    const Levels before = (Levels{1} << outer) - 1;
    return at_.issue(mask, before | (outside_ & ~set), {outer, low, end}, {level_, from_, to_});
  }

  bool partner_alike(const WalkMask& other) const {
    if (!depends(other)) return true;
    const Levels inside = other.levels() & ~outside_ & ~bit_;
    // A piece that is moved beside where the walk stands may be cut where the whole is not.
    const bool moved = std::any_of(other.ranks.begin(), other.ranks.end(),
                                   [](const WalkMask::Rank& rank) { return rank.shift != 0; });
    if (inside != 0 && moved) return false;
    if (at_.issue(other, outside_, {level_, from_, to_}) != Issue::kSome) return true;
    if (inside != 0) return false;
    std::int64_t asked = 0;
    return each_step(other, at_.exists(other, other.levels()), from_, to_, asked);
  }

  // Whether the mask leaves something in all of these steps, or (`here`: false) in none.
  bool each_step(const WalkMask& other, bool here, std::int64_t from, std::int64_t to,
                 std::int64_t& asked) const {
    if (++asked > kMostAsked) return false;
    const Levels outer = other.levels() & outside_;
    if (to - from == 1) return at_.exists(other, outer, {level_, from, to}) == here;
    const Issue issue = at_.issue(other, outer, {level_, from, to});
    if (issue != Issue::kSome) return (issue == Issue::kAll) == here;
    const std::int64_t middle = from + (to - from) / 2;
    return each_step(other, here, from, middle, asked) && each_step(other, here, middle, to, asked);
  }

  const Operation& op_;
  const Walker& at_;
  std::size_t level_;
  Levels bit_, outside_;
  std::int64_t from_, to_;
};

}  // namespace

bool is_steady(const Operation& operation, const Walker& at, std::size_t level, std::int64_t from,
               std::int64_t to) {
  return Steadiness(operation, at, level, from, to).all();
}

}  // namespace einfall::mappings
