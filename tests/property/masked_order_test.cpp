#include <catch2/catch.hpp>

#include "mappings/program/lowering.hpp"
#include "mappings/program/order.hpp"
#include "tests/property/masked_walk.hpp"

/// Tokens between masked operations: as many, for the same steps, in the same order.
namespace einfall::mappings {
namespace {

using tests::common_loops;
using tests::Digits;
using tests::digits_at;
using tests::for_random_walks;
using tests::Iterations;
using tests::left_by;
using tests::MaskedWalk;
using tests::WalkMaker;

PartSet parts_of(const Walk& walk, Levels set) {
  PartSet parts;
  for (std::size_t i = 0; i < walk.levels.size(); ++i)
    if (((set >> i) & 1U) != 0) parts.insert(walk.levels[i].part);
  return parts;
}

// Where in the shared loops something happens, in order.
std::vector<Digits> places(const Operation& op, const When& when, PartSet shared) {
  std::vector<Digits> out;
  for (Walker walker(op.walk); !walker.done(); walker.next())
    if (when.holds(walker)) out.push_back(digits_at(walker.digits(), op.walk.of(shared)));
  return out;
}

TEST_CASE("what one masked operation gives the other takes, step for step", "[property]") {
  for_random_walks("connect", [](WalkMaker& make) {
    const BoundMapping bound = make.ranks();
    const MaskedWalk a(make, bound, false);
    MaskedWalk b(make, bound, false);
    if (make.once_in(3)) {
      b.mask = make.once_in(2) ? a.mask : Mask{};
      b.cast(bound);
    }
    Operation from, to;
    from.walk = a.walk;
    to.walk = b.walk;
    const PartSet shared = common_loops(a.walk, b.walk);
    connect(from, to, shared, {});
    RC_LOG() << tests::text(bound, a.walk, a.mask) << "\nto\n"
             << tests::text(bound, b.walk, b.mask);
    // Steps of the shared loops that both have an iteration in.
    const auto steps = [&](const MaskedWalk& m) {
      const Iterations all(bound, m.loops);
      std::set<Digits> out;
      for (const Digits& digits : left_by(all, m.mask, m.divided))
        out.insert(digits_at(digits, m.walk.of(shared)));
      return out;
    };
    std::vector<Digits> both;
    for (const Digits& step : steps(a))
      if (const auto in_b = steps(b); in_b.count(step) != 0) both.push_back(step);
    const auto in_order = [](std::vector<Digits> any) {
      std::sort(any.begin(), any.end());
      return any;
    };
    const std::vector<Digits> given = places(from, from.gives[0].when, shared);
    const std::vector<Digits> taken = places(to, to.takes[0].when, shared);
    RC_ASSERT(in_order(given) == both);
    RC_ASSERT(in_order(taken) == both);
    if (*lasts_in_order(from.walk, from.gives[0].when.last)) RC_ASSERT(given == both);
    if (*firsts_in_order(to.walk, to.takes[0].when.first)) RC_ASSERT(taken == both);
  });
}

TEST_CASE("firsts and lasts are in order exactly where no step comes too early", "[property]") {
  std::size_t in_order = 0;
  std::size_t jumbled = 0;
  for_random_walks("order", [&](WalkMaker& make) {
    const BoundMapping bound = make.ranks();
    const MaskedWalk m(make, bound, false);
    const Levels set = make.inner_levels(bound, m.walk);
    RC_LOG() << tests::text(bound, m.walk, m.mask) << "\nset " << set;
    const PartSet others = m.walk.parts() - parts_of(m.walk, set);
    Operation op;
    op.walk = m.walk;
    const std::vector<Digits> firsts = places(op, {set, 0, 0, 0, nullptr}, others);
    const std::vector<Digits> lasts = places(op, {0, set, 0, 0, nullptr}, others);
    const bool first = std::is_sorted(firsts.begin(), firsts.end());
    const bool last = std::is_sorted(lasts.begin(), lasts.end());
    RC_ASSERT(*firsts_in_order(m.walk, set) <= first);
    RC_ASSERT(*lasts_in_order(m.walk, set) <= last);
    if (m.walk.mask && m.walk.mask->levels() == m.walk.all()) {
      RC_ASSERT(firsts_in_order(m.walk, set) == first);
      RC_ASSERT(lasts_in_order(m.walk, set) == last);
    }
    ++(*firsts_in_order(m.walk, set) ? in_order : jumbled);
  });
  CHECK(in_order > 100);
  CHECK(jumbled > 0);
}

TEST_CASE("a mask has gaps exactly where it leaves out a step between others", "[property]") {
  std::size_t whole = 0;
  std::size_t gaps = 0;
  for_random_walks("gaps", [&](WalkMaker& make) {
    const BoundMapping bound = make.ranks();
    MaskedWalk m(make, bound, false);
    m.divided = PartSet(m.loops);
    m.cast(bound);
    const auto rank = static_cast<std::size_t>(
        make.between(0, static_cast<std::int64_t>(bound.rank_parts.size()) - 1));
    const Levels set = m.walk.of(PartSet(bound.rank_parts[rank]));
    if (set == 0) return;
    RC_LOG() << tests::text(bound, m.walk, m.mask) << "\nrank " << rank;
    const Iterations all(bound, m.loops);
    const std::int64_t stride =
        m.walk.levels[static_cast<std::size_t>(63 - __builtin_clzll(set))].stride;
    bool expected = true;
    std::map<Digits, std::int64_t> next;
    for (const Digits& digits : left_by(all, m.mask, m.divided)) {
      const std::int64_t begin = all.tile(rank, digits, m.divided).first;
      const auto [at, added] = next.try_emplace(digits_at(digits, m.walk.all() & ~set), begin);
      expected = expected && at->second == begin;
      at->second = begin + stride;
    }
    RC_ASSERT(is_gapless(m.walk, set) == expected);
    ++(expected ? whole : gaps);
  });
  CHECK(whole > 100);
  CHECK(gaps > 10);
}

}  // namespace
}  // namespace einfall::mappings
