#include <catch2/catch.hpp>

#include "mappings/program/steady.hpp"
#include "tests/property/masked_walk.hpp"

/// What may be skipped under a mask.
namespace einfall::mappings {
namespace {

using tests::common_loops;
using tests::Digits;
using tests::digits_at;
using tests::for_random_walks;
using tests::MaskedWalk;
using tests::WalkMaker;

// Conditions of all kinds.
Operation random_operation(WalkMaker& make, const BoundMapping& bound, const MaskedWalk& m) {
  Operation op;
  op.walk = m.walk;
  for (int i = 0; i < 3; ++i) {
    When when;
    for (Levels* set : {&when.first, &when.last, &when.not_first, &when.not_last})
      if (make.once_in(2)) *set = make.inner_levels(bound, op.walk);
    if (make.once_in(2)) {
      const MaskedWalk partner(make, bound, false);
      const PartSet shared = common_loops(partner.walk, op.walk);
      if (const SharedMask other = recast(partner.walk, op.walk, shared)) {
        WalkMask shifted = *other;
        for (WalkMask::Rank& rank : shifted.ranks)
          if (!rank.levels.empty() && make.once_in(2))
            rank.shift = make.between(-1, 1) * op.walk.levels[rank.levels.back()].stride;
        when.other = std::make_shared<const WalkMask>(std::move(shifted));
      }
    }
    op.takes.push_back({0, when});
  }
  return op;
}

TEST_CASE("in a stretch that counts as steady all iterations are alike", "[property]") {
  std::size_t found = 0;
  for_random_walks("steady", [&](WalkMaker& make) {
    const BoundMapping bound = make.ranks();
    const MaskedWalk m(make, bound, false);
    if (m.loops.empty()) return;
    const Operation op = random_operation(make, bound, m);
    RC_LOG() << tests::text(bound, m.walk, m.mask);
    // What happens inside each step of a level, by the steps of it and those outside.
    const auto level =
        static_cast<std::size_t>(make.between(0, static_cast<std::int64_t>(m.loops.size()) - 1));
    const Levels outside = (Levels{1} << level) - 1;
    std::map<Digits, std::map<std::int64_t, std::vector<Digits>>> inside;
    for (Walker walker(op.walk); !walker.done(); walker.next()) {
      Digits visit = digits_at(walker.digits(), op.walk.all() & ~outside & ~(outside + 1));
      for (const Take& take : op.takes) visit.push_back(take.when.holds(walker) ? 1 : 0);
      inside[digits_at(walker.digits(), outside)][walker.digit(level)].push_back(visit);
    }
    for (Walker walker(op.walk); !walker.done(); walker.next()) {
      const std::int64_t here = walker.digit(level);
      const std::int64_t end = make.between(here + 1, here + 6);
      if (here < 1 || end >= walker.limit(level)) continue;
      const std::int64_t from = make.between(1, here);
      if (!is_steady(op, walker, level, from, end)) continue;
      const auto& steps = inside.at(digits_at(walker.digits(), outside));
      RC_LOG() << "level " << level << " from " << from << " to " << end;
      for (std::int64_t step = from; step < end; ++step) {
        RC_ASSERT(steps.count(step) != 0);
        RC_ASSERT(steps.at(step) == steps.at(here));
      }
      found += end - from > 1 ? 1 : 0;
    }
  });
  CHECK(found > 100);
}

/// Causal attention: rank 0 are keys, rank 1 queries, in tiles of four.
struct Causal {
  static constexpr std::int64_t kTiles = 4096;
  BoundMapping bound;
  Operation op;

  explicit Causal(bool keys_outside) {
    bound.sizes.values = {4 * kTiles, 4 * kTiles};
    bound.parts = {{einsum::RankId(0), kTiles, 4}, {einsum::RankId(1), kTiles, 4}};
    bound.rank_parts = {{PartId(0)}, {PartId(1)}};
    std::vector<PartId> loops{PartId(0), PartId(1)};
    if (!keys_outside) std::swap(loops[0], loops[1]);
    op.walk = make_walk(bound, loops);
    op.walk.mask =
        make_mask(bound, op.walk, Mask{{{{{{einsum::RankId(0), 1}, {einsum::RankId(1), -1}}, 0}}}},
                  PartSet(loops), PartSet(loops));
  }
  [[nodiscard]] Walker at(std::int64_t outer) const {
    Walker walker(op.walk);
    while (walker.digit(0) < outer) {
      walker.skip(1, walker.limit(1) - 1 - walker.digit(1));
      walker.next();
    }
    return walker;
  }
};

TEST_CASE("below the diagonal a causal mask is steady", "[mappings]") {
  SECTION("keys inside: up to the diagonal") {
    Causal c(false);
    c.op.takes.push_back({0, {0b10, 0, 0, 0b10, nullptr}});
    const Walker at = c.at(1000);
    CHECK(at.digit(0) == 1000);
    CHECK(is_steady(c.op, at, 1, 1, 1000));
    CHECK_FALSE(is_steady(c.op, at, 1, 1, 1001));
    CHECK_FALSE(is_steady(c.op, at, 0, 1000, 1001));
  }
  SECTION("queries inside: behind the diagonal, but for the last tile of keys") {
    Causal c(true);
    c.op.takes.push_back({0, {0b01, 0, 0, 0b01, nullptr}});
    const Walker at = c.at(1000);
    CHECK(at.digit(1) == 1000);
    // Query 1000 has no later key; all behind it have one.
    CHECK(is_steady(c.op, at, 1, 1001, Causal::kTiles - 1));
    CHECK_FALSE(is_steady(c.op, at, 1, 1000, Causal::kTiles - 1));
  }
}

}  // namespace
}  // namespace einfall::mappings
