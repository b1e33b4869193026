#include "mappings/ir/issued_sum.hpp"

#include <catch2/catch.hpp>

#include "tests/property/random_walk.hpp"

/// What is counted in closed form against trying every tile.
namespace einfall::mappings {
namespace {

class Tried {
 public:
  Tried(const BoundMapping& bound, const Mask& mask, PartSet loops, const TileWeight& weight)
      : bound_(bound), tiles_(bound, mask, loops), mask_(mask), loops_(loops), weight_(weight) {
    RankRanges box;
    for (const std::int64_t size : bound.sizes.values) box.emplace_back(0, size);
    add(0, 1, box);
  }
  [[nodiscard]] std::int64_t sum() const { return sum_; }

 private:
  void add(std::size_t rank, std::int64_t product, RankRanges& box) {
    if (rank == box.size()) {
      if (issue(bound_, mask_, loops_, box) != Issue::kNone) sum_ += product;
      return;
    }
    if (!tiles_.couples(einsum::RankId(rank))) return add(rank + 1, product, box);
    const std::int64_t size = bound_.sizes.values[rank];
    const std::int64_t stride = tile_stride(bound_, einsum::RankId(rank), loops_);
    for (std::int64_t low = 0; low < size; low += stride) {
      box[rank] = {low, std::min(size, low + stride)};
      add(rank + 1, product * weight_(rank, box[rank]), box);
    }
    box[rank] = {0, size};
  }

  const BoundMapping& bound_;
  IssuedTiles tiles_;
  const Mask& mask_;
  PartSet loops_;
  const TileWeight& weight_;
  std::int64_t sum_ = 0;
};

TEST_CASE("the issued tiles are counted in closed form", "[property]") {
  int counted = 0, partly = 0;
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    tests::WalkMaker make(seed);
    const BoundMapping bound = make.ranks();
    const Mask mask = make.mask(bound);
    const PartSet loops(make.loops(bound, true));
    const TileWeight weight = [](std::size_t rank, std::pair<std::int64_t, std::int64_t> range) {
      return (range.second - range.first) * static_cast<std::int64_t>(rank + 1);
    };
    const auto sum = issued_sum(bound, mask, loops, weight);
    if (!sum) continue;
    CAPTURE(seed);
    REQUIRE(*sum == Tried(bound, mask, loops, weight).sum());
    std::int64_t all = 1;
    for (std::size_t r = 0; r < bound.sizes.values.size(); ++r)
      if (IssuedTiles(bound, mask, loops).couples(einsum::RankId(r)))
        all *= bound.sizes.values[r] * static_cast<std::int64_t>(r + 1);
    ++counted;
    partly += *sum > 0 && *sum < all ? 1 : 0;
  }
  CHECK(counted > 2900);
  CHECK(partly > 900);
}

}  // namespace
}  // namespace einfall::mappings
