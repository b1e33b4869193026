#include "einsum/analysis/region_count.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <functional>
#include <random>

#include "einsum/analysis/points.hpp"
#include "einsum/ir/sizes.hpp"
#include "tests/einsum/analysis/cascade_files.hpp"
#include "tests/support/sanitized.hpp"

namespace einfall::einsum {
namespace {

using Point = std::array<std::int64_t, 3>;
constexpr std::int64_t kTera = std::int64_t{1} << 40;

// A condition as text and as a function.
struct Mask {
  std::string text;
  std::function<bool(const Point&)> holds;
};
struct Value {
  std::string text;
  std::function<std::int64_t(const Point&)> of;
};

class Masks {
 public:
  explicit Masks(std::uint32_t seed) : rng_(seed) {}
  std::int64_t in(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(rng_);
  }

  Value value() {
    const auto v = static_cast<std::size_t>(in(0, 2)), w = (v + 1) % 3;
    const std::int64_t c = in(1, 4), m = in(2, 9);
    const char x = "abc"[v], y = "abc"[w];
    switch (in(0, 5)) {
      case 0:
        return {fmt::format("{}*{}", c, x), [=](const Point& p) { return c * p[v]; }};
      case 1:
        return {fmt::format("{} // {}", x, m), [=](const Point& p) { return p[v] / m; }};
      case 2:
        return {fmt::format("{} % {}", x, m), [=](const Point& p) { return p[v] % m; }};
      case 3:
        return {fmt::format("({} + {}*{}) % {}", x, c, y, m),
                [=](const Point& p) { return (p[v] + c * p[w]) % m; }};
      case 4:
        return {fmt::format("({} // {}) % {}", x, c + 1, m),
                [=](const Point& p) { return p[v] / (c + 1) % m; }};
      default:
        return {fmt::format("{}", m), [=](const Point&) { return m; }};
    }
  }

  Mask comparison() {
    const Value a = value(), b = value();
    switch (in(0, 3)) {
      case 0:
        return {a.text + " != " + b.text, [=](const Point& p) { return a.of(p) != b.of(p); }};
      case 1:
        return {a.text + " == " + b.text, [=](const Point& p) { return a.of(p) == b.of(p); }};
      case 2:
        return {a.text + " < " + b.text, [=](const Point& p) { return a.of(p) < b.of(p); }};
      default:
        return {a.text + " >= " + b.text, [=](const Point& p) { return a.of(p) >= b.of(p); }};
    }
  }

  Mask mask() {
    Mask result = comparison();
    for (std::int64_t more = in(0, 2); more > 0; --more) {
      const Mask left = result, right = comparison();
      if (in(0, 1) == 0)
        result = {"(" + left.text + " or " + right.text + ")",
                  [=](const Point& p) { return left.holds(p) || right.holds(p); }};
      else
        result = {"(" + left.text + " and not (" + right.text + "))",
                  [=](const Point& p) { return left.holds(p) && !right.holds(p); }};
    }
    return result;
  }

 private:
  std::mt19937 rng_;
};

PointCount counted(const std::string& mask, const Point& sizes) {
  const Cascade cascade = tests::cascade_from(
      fmt::format("einfall: 1\nranks: {{A: {}, B: {}, C: {}}}\n"
                  "declaration: {{TA: [A], TB: [B], TC: [C]}}\n"
                  "expressions: |\n  Y[a, b, c] = TA[a] * TB[b] * TC[c] where {}\n",
                  sizes[0], sizes[1], sizes[2], mask));
  const auto bound = bind_sizes(cascade, {});
  REQUIRE(bound);
  const auto found = points(cascade, EinsumId{0}, *bound);
  if (!found) FAIL(base::render(found.error()));
  return *found;
}

std::int64_t enumerated(const Mask& mask, const Point& sizes) {
  std::int64_t points = 0;
  for (std::int64_t a = 0; a < sizes[0]; ++a)
    for (std::int64_t b = 0; b < sizes[1]; ++b)
      for (std::int64_t c = 0; c < sizes[2]; ++c) points += mask.holds({a, b, c}) ? 1 : 0;
  return points;
}

// Returns how many counts were exact.
int check_masks(std::uint32_t seed, int masks, std::int64_t least, std::int64_t most) {
  Masks random(seed);
  int exact = 0;
  for (int i = 0; i < masks; ++i) {
    const Point sizes{random.in(least, most), random.in(least, most), random.in(least, most)};
    const Mask mask = random.mask();
    INFO(mask.text << " with " << sizes[0] << ", " << sizes[1] << ", " << sizes[2]);
    const PointCount found = counted(mask.text, sizes);
    const std::int64_t expected = enumerated(mask, sizes);
    if (found.exact)
      CHECK(found.count == expected);
    else
      CHECK(found.count >= expected);
    CHECK(found.count <= sizes[0] * sizes[1] * sizes[2]);
    exact += found.exact ? 1 : 0;
  }
  return exact;
}

double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

TEST_CASE("random masks over small boxes are counted exactly", "[points]") {
  CHECK(check_masks(1, 200, 1, 9) == 200);
}

TEST_CASE("random masks over larger boxes are counted exactly or bounded", "[points]") {
  CHECK(check_masks(2, 40, 60, 80) >= 30);
}

TEST_CASE("remainders repeat with their period, whatever the size", "[points]") {
  CHECK(counted("a % 3 != 2 and a % 5 != 4", {kTera, 1, 1}) ==
        PointCount{kTera / 15 * 8 + 1, true});  // 2^40 = 1 modulo 15
  CHECK(counted("a % 2 == 1 or a % 3 == 2", {6 * kTera / 8, 1, 1}) == PointCount{kTera / 2, true});
  CHECK(counted("a % 7 == b % 5", {35 << 20, 35 << 20, 1}) ==
        PointCount{std::int64_t{35} * 35 / 7 << 40, true});
}

TEST_CASE("a mask that is too hard is bounded by the box, within a second", "[points]") {
  std::string ored = "a % 2 == 1";
  for (const int prime : {3, 5, 7, 11, 13, 17, 19, 23, 29})
    ored += fmt::format(" or a % {} == 1", prime);
  const std::string far = "a % 1009 == b % 1013 and b % 997 != c % 991";
  for (const std::string& mask : {ored, far})
    for (const std::int64_t size : {std::int64_t{1} << 10, std::int64_t{1} << 20}) {
      INFO(mask << " with " << size);
      PointCount found;
      CHECK(seconds([&] {
              found = counted(mask, {size, size, size});
            }) < (tests::kSanitized ? 5.0 : 1.0));
      CHECK(found.count <= size * size * size);
      CHECK(found.count > 0);
    }
}

}  // namespace
}  // namespace einfall::einsum
