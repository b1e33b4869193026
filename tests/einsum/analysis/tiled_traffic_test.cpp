#include "einsum/analysis/tiled_traffic.hpp"

#include "einsum/ir/sizes.hpp"
#include "tests/einsum/analysis/cascade_files.hpp"

namespace einfall::einsum {
namespace {

constexpr std::int64_t kKiB = 1024, kMiB = kKiB * kKiB;

const char* const kTypes =
    "types: {default: fp32, Inputs: bf16, AV: {dtype: bf16, accumulate: fp32}}\n";

// One head, 2-byte operands and output, 4-byte scores and sums.
Cascade one_head(const std::string& name) {
  const Cascade shipped = tests::load_shipped(name);
  return tests::cascade_from(shipped.file->text + kTypes);
}

std::int64_t mib(const Cascade& cascade, const char* swept, std::int64_t chunk,
                 std::int64_t capacity, Handover handover) {
  std::map<std::string, std::int64_t> overrides{{"P", 4096}, {"E", 128}, {"F", 128}};
  if (cascade.find_rank("M1"))
    overrides.insert({{"M1", 32}, {"M0", 128}});
  else
    overrides.insert({{"M", 4096}});
  const auto sizes = bind_sizes(cascade, overrides);
  REQUIRE(sizes);
  const TilePlan plan{*cascade.find_rank(swept), *cascade.find_rank("P"), chunk, handover};
  const auto traffic = tiled_traffic(cascade, *sizes, base::Bytes(capacity), plan);
  if (!traffic) FAIL(base::render(traffic.error()));
  CHECK(traffic->total.value() % kMiB == 0);
  return traffic->total.value() / kMiB;
}

// The same numbers from the formula of a query tile, written down for attention alone.
struct QueryTile {
  std::int64_t b, m0 = 128, p = 4096, m = 4096, e = 128, f = 128, w = 2, s = 4;
  std::int64_t tiles(std::int64_t scores) const {
    const std::int64_t rows = (b - m0 * (e * w + f * w)) / (e * w + 4 * f + 8 + s * scores);
    return (p + rows - 1) / rows;
  }
  std::int64_t one_pass(std::int64_t n) const {
    return (p * (e + f) * w + n * m * (e + f) * w) / kMiB;
  }
  std::int64_t plain() const { return one_pass(tiles(m0)); }
  std::int64_t buffered() const { return one_pass(tiles(m)); }
  std::int64_t spilled(std::int64_t k) const { return plain() + k * 2 * s * m * p / kMiB; }
  std::int64_t recomputed(std::int64_t k) const {
    return plain() + k * tiles(m0) * m * e * w / kMiB;
  }
};

TEST_CASE("traffic of a query tile: one pass, and three passes buffered, spilled, recomputed",
          "[bounds]") {
  struct Row {
    std::int64_t capacity, one_pass, buffered, spilled, deferred_spilled, recomputed;
  };
  const Cascade one = one_head("07_attention_1pass"), three = one_head("04_attention_3pass");
  const Cascade deferred = one_head("05_attention_deferred");
  for (const Row& row : {Row{227 * kKiB, 66, 914, 322, 194, 130},
                         Row{4 * kMiB, 6, 38, 262, 134, 10}, Row{16 * kMiB, 4, 12, 260, 132, 6}}) {
    const std::int64_t b = row.capacity;
    INFO("buffer of " << b / kKiB << " KiB");
    CHECK(mib(one, "M1", 1, b, Handover::kCheapest) == row.one_pass);
    CHECK(mib(three, "M", 128, b, Handover::kBuffered) == row.buffered);
    CHECK(mib(three, "M", 128, b, Handover::kSpilled) == row.spilled);
    CHECK(mib(deferred, "M", 128, b, Handover::kSpilled) == row.deferred_spilled);
    CHECK(mib(three, "M", 128, b, Handover::kRecomputed) == row.recomputed);
    CHECK(mib(three, "M", 128, b, Handover::kCheapest) == std::min(row.spilled, row.recomputed));
    const QueryTile formula{b};
    CHECK(formula.plain() == row.one_pass);
    CHECK(formula.buffered() == row.buffered);
    CHECK(formula.spilled(2) == row.spilled);
    CHECK(formula.spilled(1) == row.deferred_spilled);
    CHECK(formula.recomputed(2) == row.recomputed);
  }
}

TEST_CASE("a buffer that holds no row is E505, passes that grow are E504", "[bounds]") {
  const Cascade three = one_head("04_attention_3pass");
  const auto sizes = bind_sizes(three, {});
  REQUIRE(sizes);
  const TilePlan plan{*three.find_rank("M"), *three.find_rank("P"), 1, Handover::kCheapest};
  const auto none = tiled_traffic(three, *sizes, base::Bytes(20), plan);
  REQUIRE_FALSE(none);
  CHECK(none.error().front().code == "E505");
  const Cascade grows = tests::load_shipped("21_sparsemax_bisection");
  const auto grown = bind_sizes(grows, {});
  REQUIRE(grown);
  const RankId n = *grows.find_rank("N");
  const auto refused = tiled_traffic(grows, *grown, base::Bytes(4096), {n, n, 1, {}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().front().code == "E504");
}

}  // namespace
}  // namespace einfall::einsum
