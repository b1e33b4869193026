#include <catch2/catch.hpp>

#include "tests/property/masked_walk.hpp"

/// Walks under random masks against going through every iteration.
namespace einfall::mappings {
namespace {

using tests::Digits;
using tests::digits_at;
using tests::for_random_walks;
using tests::Iterations;
using tests::left_by;
using tests::MaskedWalk;
using tests::WalkMaker;

TEST_CASE("a walk visits what its mask leaves, in order", "[property]") {
  for_random_walks("visits", [](WalkMaker& make) {
    const BoundMapping bound = make.ranks();
    const MaskedWalk m(make, bound, true);
    RC_LOG() << tests::text(bound, m.walk, m.mask);
    const Iterations all(bound, m.loops);
    const std::vector<Digits> expected = left_by(all, m.mask, m.divided);
    Walker walker(m.walk);
    for (int round = 0; round < 2; ++round, walker.reset()) {
      std::vector<Digits> visited;
      for (; !walker.done(); walker.next()) {
        visited.push_back(walker.digits());
        RC_ASSERT(walker.issued());
      }
      RC_ASSERT(visited == expected);
    }
  });
}

TEST_CASE("a walk that counts more than it issues says which are its own", "[property]") {
  for_random_walks("counted", [](WalkMaker& make) {
    const BoundMapping bound = make.ranks();
    MaskedWalk m(make, bound, true);
    m.divided = PartSet(m.loops);
    m.cast(bound);
    Mask more = m.mask;
    more.add(make.mask(bound));
    m.walk.counted = make_mask(bound, m.walk, more, m.divided, m.walk.parts());
    const Levels set = make.inner_levels(bound, m.walk);
    RC_LOG() << tests::text(bound, m.walk, m.mask)
             << "\ncounted: " << tests::text(bound, m.walk, more) << "\nset " << set;
    const Iterations all(bound, m.loops);
    const std::vector<Digits> expected = left_by(all, more, m.divided);
    std::map<Digits, std::size_t> last;
    const Levels others = m.walk.all() & ~set;
    for (std::size_t i = 0; i < expected.size(); ++i) last[digits_at(expected[i], others)] = i;
    std::size_t index = 0;
    for (Walker walker(m.walk); !walker.done(); walker.next(), ++index) {
      RC_ASSERT(index < expected.size());
      RC_ASSERT(walker.digits() == expected[index]);
      RC_ASSERT(walker.issued() == m.issued(all, expected[index]));
      RC_ASSERT(walker.at_last_counted(set) ==
                (last.at(digits_at(expected[index], others)) == index));
    }
    RC_ASSERT(index == expected.size());
  });
}

TEST_CASE("first and last are those among the iterations that a mask leaves", "[property]") {
  for_random_walks("first and last", [](WalkMaker& make) {
    const BoundMapping bound = make.ranks();
    const MaskedWalk m(make, bound, true);
    const Levels set = make.inner_levels(bound, m.walk);
    RC_LOG() << tests::text(bound, m.walk, m.mask) << "\nset " << set;
    const Iterations all(bound, m.loops);
    const std::vector<Digits> left = left_by(all, m.mask, m.divided);
    const Levels others = m.walk.all() & ~set;
    std::map<Digits, std::size_t> first, last;
    for (std::size_t i = 0; i < left.size(); ++i) {
      first.try_emplace(digits_at(left[i], others), i);
      last[digits_at(left[i], others)] = i;
    }
    std::size_t index = 0;
    for (Walker walker(m.walk); !walker.done(); walker.next(), ++index) {
      const Digits here = digits_at(left.at(index), others);
      RC_LOG() << "at iteration " << index;
      RC_ASSERT(walker.at_first(set) == (first.at(here) == index));
      RC_ASSERT(walker.at_last(set) == (last.at(here) == index));
    }
  });
}

TEST_CASE("of the next tile of a rank a mask says whether it leaves it", "[property]") {
  for_random_walks("shift", [](WalkMaker& make) {
    const BoundMapping bound = make.ranks();
    MaskedWalk m(make, bound, false);
    m.divided = PartSet(m.loops);
    m.cast(bound);
    if (!m.walk.mask) return;
    const Iterations all(bound, m.loops);
    WalkMask shifted = *m.walk.mask;
    if (shifted.ranks.empty()) return;
    const auto r = static_cast<std::size_t>(
        make.between(0, static_cast<std::int64_t>(shifted.ranks.size()) - 1));
    const std::size_t rank = shifted.ranks[r].rank.index();
    if (shifted.ranks[r].levels.empty()) return;
    const std::int64_t shift =
        make.between(-2, 2) * m.walk.levels[shifted.ranks[r].levels.back()].stride;
    shifted.ranks[r].shift = shift;
    RC_LOG() << tests::text(bound, m.walk, m.mask) << "\nrank " << rank << " shift " << shift;
    // Where tiles that are left begin in each rank.
    const auto begins = [&](const Digits& digits, std::int64_t by) {
      Digits out;
      for (std::size_t i = 0; i < bound.rank_parts.size(); ++i)
        out.push_back(all.tile(i, digits, m.divided).first + (i == rank ? by : 0));
      return out;
    };
    std::set<Digits> left;
    for (const Digits& digits : left_by(all, m.mask, m.divided)) left.insert(begins(digits, 0));
    for (Walker walker(m.walk); !walker.done(); walker.next())
      RC_ASSERT(walker.exists(shifted, m.walk.all()) ==
                (left.count(begins(walker.digits(), shift)) != 0));
  });
}

}  // namespace
}  // namespace einfall::mappings
