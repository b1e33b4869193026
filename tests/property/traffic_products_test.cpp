#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "einsum/analysis/bounds.hpp"
#include "tests/support/buffer_simulator.hpp"
#include "tests/support/evaluation.hpp"

/// The bound on the traffic of a matrix product against schedules that cut all of its ranks, the
/// contracted one too, and that split its sums.
namespace einfall::einsum {
namespace {

using tests::Object;
using tests::Work;

enum class Result { kOutput, kUsed };

struct Shape {
  std::int64_t m = 1, p = 1, e = 1;
  std::int64_t operand = 2, sum = 4;  // bytes of an element
  /// Of A and of B as the product takes them, each element mapped; 0: it takes the input itself.
  std::array<std::int64_t, 2> mapped{0, 0};
};

const char* type_of(std::int64_t bytes) {
  return bytes == 1 ? "fp8e4m3" : bytes == 2 ? "bf16" : bytes == 4 ? "fp32" : "fp64";
}

std::int64_t bound_of(const Shape& shape, Result result, std::int64_t capacity) {
  std::string types =
      "default: " + std::string(type_of(shape.sum)) + ", Inputs: " + type_of(shape.operand);
  std::string maps;
  const auto operand = [&](std::size_t i, const std::string& name, const std::string& place) {
    if (shape.mapped[i] == 0) return name + place;
    types += ", " + name + "S: " + type_of(shape.mapped[i]);
    maps += "  " + name + "S" + place + " = exp(" + name + place + ")\n";
    return name + "S" + place;
  };
  const std::string product = operand(0, "A", "[e, m]") + " * " + operand(1, "B", "[e, p]");
  const std::string text = "ranks: {M: " + std::to_string(shape.m) +
                           ", P: " + std::to_string(shape.p) + ", E: " + std::to_string(shape.e) +
                           "}\ndeclaration: {A: [E, M], B: [E, P]}\n" + "types: {" + types +
                           "}\nexpressions: |\n" + maps + "  C[m, p] = " + product + "\n" +
                           (result == Result::kUsed ? "  Z[m] = max[p](C[m, p])\n" : "");
  const Cascade cascade = tests::cascade_of(text);
  const auto bound = traffic_bound(cascade, tests::sizes_of(cascade), base::Bytes(capacity));
  if (!bound) FAIL(base::render(bound.error()));
  return bound->total.value();
}

// Mapped operands are made all before the first product, at their first use, again in every
// outermost tile (where the others stay, or come back), or for each product alone.
enum class Made { kBefore, kOnce, kEachTile, kEachProduct };

// Tiles of the three ranks, and the order of the loops over them and inside of them.
struct Nest {
  std::array<std::int64_t, 3> tile{1, 1, 1};
  std::array<int, 3> outer{0, 1, 2}, inner{0, 1, 2};
  /// Every tile of the contracted rank begins sums of its own, which are added in the end.
  bool split = false;
  std::array<Made, 2> made{Made::kOnce, Made::kOnce};
};

class Schedule {
 public:
  Schedule(const Shape& shape, Result result) : shape_(shape), result_(result) {}

  void run(const Nest& nest) {
    const std::array<std::int64_t, 3> sizes{shape_.m, shape_.p, shape_.e};
    made_as_ = nest.made;
    for (std::size_t i = 0; i < 2; ++i)
      for (std::int64_t line = 0; nest.made[i] == Made::kBefore && line < sizes[i]; ++line)
        for (std::int64_t e = 0; e < shape_.e; ++e) operand(i, line, e);
    std::array<std::int64_t, 3> from{}, at{};
    const auto inside = [&](const auto& self, std::size_t depth) -> void {
      if (depth == 3) return product(at, nest.split ? from[2] / nest.tile[2] : 0);
      const auto rank = static_cast<std::size_t>(nest.inner[depth]);
      const std::int64_t to = std::min(from[rank] + nest.tile[rank], sizes[rank]);
      for (at[rank] = from[rank]; at[rank] < to; ++at[rank]) self(self, depth + 1);
    };
    const auto outside = [&](const auto& self, std::size_t depth) -> void {
      if (depth == 3) return inside(inside, 0);
      const auto rank = static_cast<std::size_t>(nest.outer[depth]);
      for (from[rank] = 0; from[rank] < sizes[rank]; from[rank] += nest.tile[rank]) {
        tile_ += depth == 0 ? 1 : 0;
        self(self, depth + 1);
      }
    };
    outside(outside, 0);
  }
  [[nodiscard]] std::optional<std::int64_t> traffic(std::int64_t capacity) const {
    return tests::traffic(objects_, order_, capacity);
  }

 private:
  std::size_t id(char name, std::int64_t i, std::int64_t j, std::int64_t bytes, bool input,
                 bool output = false) {
    const auto [place, fresh] = numbers_.emplace(std::tuple(name, i, j), objects_.size());
    if (fresh) objects_.push_back({bytes, input, output});
    return place->second;
  }

  std::size_t operand(std::size_t i, std::int64_t line, std::int64_t e) {
    const std::size_t input = id("ab"[i], line, e, shape_.operand, true);
    if (shape_.mapped[i] == 0 || made_as_[i] == Made::kEachProduct) return input;
    const std::int64_t version = made_as_[i] == Made::kEachTile ? tile_ : 0;
    const std::size_t before = objects_.size();
    const std::size_t mapped = id("xy"[i], line, e + shape_.e * version, shape_.mapped[i], false);
    if (objects_.size() > before) order_.push_back({{input, mapped}, {mapped}});
    return mapped;
  }

  void product(const std::array<std::int64_t, 3>& at, std::int64_t part) {
    const auto [m, p, e] = at;
    const std::int64_t pair = m * shape_.p + p;
    const bool output = part == 0 && result_ == Result::kOutput;
    const std::size_t c = id('c', pair, part, shape_.sum, false, output);
    const std::size_t a = operand(0, m, e), b = operand(1, p, e);
    order_.push_back({{a, b, c}, {c}});
    if (++made_[pair] < shape_.e) return;
    const std::size_t first = id('c', pair, 0, shape_.sum, false, result_ == Result::kOutput);
    for (std::int64_t other = 1; numbers_.count({'c', pair, other}) > 0; ++other)
      order_.push_back({{first, numbers_.at({'c', pair, other})}, {first}});
    if (result_ == Result::kOutput) return;
    const std::size_t z = id('z', m, 0, shape_.sum, false, true);
    order_.push_back({{first, z}, {z}});
  }

  Shape shape_;
  Result result_;
  std::array<Made, 2> made_as_{};
  std::int64_t tile_ = 0;  // outermost ones begun
  std::vector<Object> objects_;
  std::vector<Work> order_;
  std::map<std::tuple<char, std::int64_t, std::int64_t>, std::size_t> numbers_;
  std::map<std::int64_t, std::int64_t> made_;
};

constexpr std::array<std::array<int, 3>, 6> kOrders{
    {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}};

// Random shapes, the operands of which are mapped or not, and schedules of each.
void check_products(bool mapped) {
  int binding = 0;
  rc::prop("bound", [&] {
    std::mt19937 rng(*rc::gen::arbitrary<std::uint32_t>());
    const auto in = [&](std::int64_t low, std::int64_t high) {
      return std::uniform_int_distribution<std::int64_t>(low, high)(rng);
    };
    Shape shape{in(1, 9), in(1, 9), in(2, 14)};
    shape.operand = std::int64_t{1} << in(0, 2);
    shape.sum = std::max(shape.operand, std::int64_t{1} << in(1, 3));
    if (mapped) shape.mapped = {std::int64_t{1} << in(0, 2), (std::int64_t{1} << in(0, 3)) / 2};
    const Result result = in(0, 1) == 0 ? Result::kOutput : Result::kUsed;
    const std::int64_t widest =
        std::max({shape.operand, shape.mapped[0], shape.mapped[1], shape.sum / 2});
    const std::int64_t capacity = 2 * (widest + shape.sum) + in(0, 40);
    const std::int64_t bound = bound_of(shape, result, capacity);
    binding += bound > bound_of(shape, result, 1 << 20);
    for (int tries = 0; tries < 12; ++tries) {
      Nest nest;
      nest.tile = {in(1, shape.m), in(1, shape.p), in(1, shape.e)};
      nest.outer = kOrders[static_cast<std::size_t>(in(0, 5))];
      nest.inner = kOrders[static_cast<std::size_t>(in(0, 5))];
      nest.split = in(0, 2) == 0;
      for (Made& made : nest.made) made = static_cast<Made>(in(0, 3));
      Schedule schedule(shape, result);
      schedule.run(nest);
      const auto moved = schedule.traffic(capacity);
      RC_ASSERT(!moved || *moved >= bound);
    }
  });
  CHECK(binding > 10);  // some 25 of 200 do
}

TEST_CASE("no schedule of a product moves less than the bound, whatever it cuts", "[property]") {
  check_products(false);
}

TEST_CASE("mapped operands may be kept, spilled or made again: none moves less than the bound",
          "[property]") {
  check_products(true);
}

// Of square tiles whose sums stay, one product of all of them at a time.
std::int64_t best_of(const Shape& shape, Result result, std::int64_t capacity) {
  std::optional<std::int64_t> best;
  for (std::int64_t tile = 2; tile <= 4; ++tile) {
    Nest nest;
    nest.tile = {tile, tile, 1};
    for (const Made made : {Made::kBefore, Made::kOnce, Made::kEachTile, Made::kEachProduct}) {
      nest.made = {made, made};
      Schedule schedule(shape, result);
      schedule.run(nest);
      const auto moved = schedule.traffic(capacity);
      if (moved) best = best ? std::min(*best, *moved) : *moved;
    }
  }
  REQUIRE(best);
  return *best;
}

TEST_CASE("good tiles of a product come within a half of the bound", "[property]") {
  const Shape deep{12, 12, 32, 4, 4};
  for (const std::int64_t elements : {13, 21})
    for (const Result result : {Result::kUsed, Result::kOutput}) {
      const std::int64_t bound = bound_of(deep, result, 4 * elements);
      const std::int64_t best = best_of(deep, result, 4 * elements);
      INFO(elements << " elements: bound " << bound << ", tiles " << best);
      CHECK(bound > bound_of(deep, result, 1 << 20));
      CHECK(bound <= best);
      CHECK(2 * best < 3 * bound);
    }
}

TEST_CASE("good tiles of mapped operands come as near: narrow, wide and of the input's width",
          "[property]") {
  for (const std::array<std::int64_t, 2>& mapped :
       {std::array<std::int64_t, 2>{4, 0}, {8, 8}, {0, 2}, {2, 2}}) {
    const Shape deep{12, 12, 32, 4, 4, mapped};
    const std::int64_t bound = bound_of(deep, Result::kUsed, 4 * 21);
    const std::int64_t best = best_of(deep, Result::kUsed, 4 * 21);
    INFO(mapped[0] << " and " << mapped[1] << " bytes: bound " << bound << ", tiles " << best);
    CHECK(bound > bound_of(deep, Result::kUsed, 1 << 20));
    CHECK(bound <= best);
    CHECK(best < 2 * bound);
  }
}

TEST_CASE("keeping the sums and cutting the contracted rank moves every input once", "[property]") {
  // 4 x 4 sums stay, and a column of A meets a row of B: no bound by whole rows holds here.
  const Shape thin{4, 4, 60, 2, 2};
  for (const std::int64_t elements : {24, 40, 80}) {
    const std::int64_t bound = bound_of(thin, Result::kOutput, 2 * elements);
    CHECK(bound == 2 * (2 * 4 * 60 + 16));
    CHECK(best_of(thin, Result::kOutput, 2 * elements) == bound);
  }
}

}  // namespace
}  // namespace einfall::einsum
