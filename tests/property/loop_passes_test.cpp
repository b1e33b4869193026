#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <random>

#include "einsum/analysis/passes.hpp"
#include "tests/support/load.hpp"
#include "tests/support/loop_cascade.hpp"

namespace einfall::einsum {
namespace {

struct Counts {
  SymbolicCount passes, traversals;
};

Counts along_n(const std::string& document) {
  const Cascade cascade = tests::cascade_from(document);
  const auto analysis = analyze_passes(cascade);
  if (!analysis) FAIL(base::render(analysis.error()) << document);
  const RankPasses& rank = analysis->ranks[cascade.find_rank("N")->index()];
  return {rank.passes, rank.traversals};
}

// The ranks of a loop are N and T, in this order.
std::int64_t at(const SymbolicCount& count, std::int64_t steps) {
  return count.at(Sizes{{tests::kLoopWidth, steps}});
}

// What a count says of more steps than it was counted for: the number, or a bound.
void check_law(const SymbolicCount& law, const SymbolicCount& counted, std::int64_t steps) {
  RC_ASSERT(counted.number().has_value());
  if (law.at_most)
    RC_ASSERT(at(law, steps) >= counted.constant);
  else
    RC_ASSERT(at(law, steps) == counted.constant);
}

void check_steps(const tests::LoopCascade& cascade, std::int64_t steps) {
  const std::string document = tests::write_loop(cascade, steps);
  const Counts loop = along_n(document);
  const Counts unrolled = along_n(tests::write_unrolled(cascade, steps));
  RC_LOG(document + tests::write_unrolled(cascade, steps));
  RC_ASSERT(at(loop.passes, steps) == unrolled.passes.constant);
  RC_ASSERT(at(loop.traversals, steps) == unrolled.traversals.constant);
  const Counts later = along_n(tests::write_unrolled(cascade, steps + 3));
  check_law(loop.passes, later.passes, steps + 3);
  check_law(loop.traversals, later.traversals, steps + 3);
}

TEST_CASE("a loop has the counts of the same cascade written out step by step", "[property]") {
  rc::prop("unrolled", [] {
    std::mt19937 rng(*rc::gen::arbitrary<std::uint32_t>());
    const auto some = std::uniform_int_distribution<std::int64_t>(3, 13)(rng);
    for (const std::int64_t steps : {std::int64_t{1}, std::int64_t{2}, some})
      for (int again = 0; again < 2; ++again) check_steps(tests::loop_cascade(rng), steps);
  });
}

}  // namespace
}  // namespace einfall::einsum
