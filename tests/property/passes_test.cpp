#include "einsum/analysis/passes.hpp"

#include <rapidcheck/catch.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "einsum/analysis/lattice.hpp"
#include "einsum/language/load.hpp"
#include "tests/support/two_rank_cascade.hpp"

namespace einfall::einsum {
namespace {

using tests::Spelling;
using tests::TwoRankCascade;

struct Counts {
  std::int64_t passes_m = 0, passes_p = 0, traversals_m = 0, traversals_p = 0, joint = 0;
  std::int64_t fine = 0;
  bool operator==(const Counts&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Counts& c) {
  return out << "passes " << c.passes_m << " " << c.passes_p << ", traversals " << c.traversals_m
             << " " << c.traversals_p << ", joint " << c.joint << ", fine " << c.fine;
}

Counts counts(const TwoRankCascade& cascade, const Spelling& spelling) {
  const std::string text = tests::write(cascade, spelling);
  auto file = std::make_shared<base::SourceFile>();
  file->name = "random.yaml";
  file->text = text;
  base::Diagnostics remarks;
  const auto loaded = load_cascade(file, remarks);
  if (!loaded) RC_FAIL(base::render(loaded.error()) + text);
  RC_LOG(text);
  const auto analysis = analyze_passes(*loaded);
  RC_ASSERT(analysis.has_value());
  const std::string m = spelling.split_m ? spelling.m + "1" : spelling.m;
  const RankPasses& along_m = analysis->ranks[loaded->find_rank(m)->index()];
  const RankPasses& along_p = analysis->ranks[loaded->find_rank(spelling.p)->index()];
  Counts found{along_m.passes.constant,
               along_p.passes.constant,
               along_m.traversals.constant,
               along_p.traversals.constant,
               0,
               0};
  if (spelling.split_m) {
    for (const SplitPasses& split : analysis->splits) found.fine = split.fine.constant;
  } else {
    RC_ASSERT(analysis->joint.has_value());
    RC_ASSERT(analysis->joint->sweeps >= analysis->joint->separate);
    if (analysis->joint->exact) found.joint = analysis->joint->sweeps;
  }
  return found;
}

TwoRankCascade generated(std::mt19937& rng) {
  const auto size = std::uniform_int_distribution<std::size_t>(1, 9)(rng);
  return tests::two_rank_cascade(rng, size);
}

std::mt19937 seeded() { return std::mt19937(*rc::gen::arbitrary<std::uint32_t>()); }

TEST_CASE("renaming and reordering change no count", "[property]") {
  rc::prop("renamed", [] {
    std::mt19937 rng = seeded();
    const TwoRankCascade cascade = generated(rng);
    Spelling other = tests::plain_spelling(cascade);
    std::shuffle(other.tensors.begin(), other.tensors.end(), rng);
    other.m = "ZED";
    other.p = "ALPHA";
    other.order.resize(cascade.statements.size());
    std::iota(other.order.begin(), other.order.end(), std::size_t{0});
    std::shuffle(other.order.begin(), other.order.end(), rng);
    Counts plain = counts(cascade, tests::plain_spelling(cascade));
    Counts changed = counts(cascade, other);
    if (plain.joint == 0 || changed.joint == 0) plain.joint = changed.joint = 0;
    RC_ASSERT(plain == changed);
  });
}

TEST_CASE("splitting a rank lowers no fine pass", "[property]") {
  rc::prop("split", [] {
    std::mt19937 rng = seeded();
    const TwoRankCascade cascade = generated(rng);
    Spelling split = tests::plain_spelling(cascade);
    const Counts plain = counts(cascade, split);
    split.split_m = true;
    const Counts parts = counts(cascade, split);
    if (plain.passes_m == 0) return;
    // A split that no statement reads through is none.
    RC_PRE(parts.fine > 0 || parts.passes_m > 0);
    RC_ASSERT(parts.fine >= plain.passes_m);
    RC_ASSERT(parts.passes_p == plain.passes_p);
    RC_ASSERT(parts.traversals_p == plain.traversals_p);
  });
}

TEST_CASE("it does not matter which statements go through a rank by its parts", "[property]") {
  rc::prop("mixed", [] {
    std::mt19937 rng = seeded();
    const TwoRankCascade cascade = generated(rng);
    Spelling mixed = tests::plain_spelling(cascade);
    Counts plain = counts(cascade, mixed);
    for (std::size_t s = 0; s < cascade.statements.size(); ++s)
      mixed.through_parts.push_back(std::bernoulli_distribution(0.5)(rng));
    Counts parts = counts(cascade, mixed);
    // The sweeps of M0 stand beside those of M in the joint count.
    plain.joint = parts.joint = 0;
    if (parts.passes_m == 0) return;
    RC_ASSERT(parts == plain);
  });
}

TEST_CASE("inlining an Einsum raises no count", "[property]") {
  rc::prop("inlined", [] {
    std::mt19937 rng = seeded();
    const TwoRankCascade cascade = generated(rng);
    std::vector<std::size_t> maps;
    for (std::size_t s = 0; s + 1 < cascade.statements.size(); ++s) {
      const auto& what = cascade.statements[s];
      const bool read =
          std::any_of(cascade.statements.begin(), cascade.statements.end(), [&](const auto& other) {
            return std::count(other.operands.begin(), other.operands.end(), s + 3) > 0;
          });
      if (!what.reduce_m && !what.reduce_p && read) maps.push_back(s + 3);
    }
    RC_PRE(!maps.empty());
    Spelling inlined = tests::plain_spelling(cascade);
    const Counts before = counts(cascade, inlined);
    inlined.inlined = maps[std::uniform_int_distribution<std::size_t>(0, maps.size() - 1)(rng)];
    const Counts after = counts(cascade, inlined);
    RC_ASSERT(after.passes_m <= before.passes_m);
    RC_ASSERT(after.passes_p <= before.passes_p);
    RC_ASSERT(after.traversals_m <= before.traversals_m);
    RC_ASSERT(after.traversals_p <= before.traversals_p);
    if (before.joint > 0 && after.joint > 0) RC_ASSERT(after.joint <= before.joint);
  });
}

TEST_CASE("counted points are those that enumeration finds", "[property]") {
  rc::prop("lattice", [] {
    std::mt19937 rng = seeded();
    const auto in = [&](std::int64_t low, std::int64_t high) {
      return std::uniform_int_distribution<std::int64_t>(low, high)(rng);
    };
    lattice::Box box(static_cast<std::size_t>(in(1, 4)));
    for (auto& range : box) range = {0, in(0, 5)};
    std::vector<lattice::Conjunction> any(static_cast<std::size_t>(in(1, 3)));
    for (auto& all : any) {
      all.resize(static_cast<std::size_t>(in(0, 4)));
      for (auto& linear : all) {
        for (lattice::Var v = 0; v < box.size(); ++v)
          if (const auto coefficient = in(-4, 4); coefficient != 0 && in(0, 2) > 0)
            linear.terms[v] = coefficient;
        linear.constant = in(-12, 12);
      }
    }
    std::int64_t expected = 0, total = 1;
    for (const auto& range : box) total *= range.high + 1;
    for (std::int64_t flat = 0; flat < total; ++flat) {
      std::vector<std::int64_t> point;
      std::int64_t rest = flat;
      for (const auto& range : box) {
        point.push_back(rest % (range.high + 1));
        rest /= range.high + 1;
      }
      const auto holds = [&](const lattice::Linear& linear) {
        std::int64_t value = linear.constant;
        for (const auto& [v, coefficient] : linear.terms) value += coefficient * point[v];
        return value <= 0;
      };
      expected += std::any_of(any.begin(), any.end(), [&](const auto& all) {
        return std::all_of(all.begin(), all.end(), holds);
      });
    }
    lattice::Work work;
    const lattice::Count found = lattice::count_union(any, box, work);
    RC_ASSERT(found.exact);
    RC_ASSERT(static_cast<std::int64_t>(found.points) == expected);
  });
}

}  // namespace
}  // namespace einfall::einsum
