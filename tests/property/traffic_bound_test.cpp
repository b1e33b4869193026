#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <random>

#include "einsum/analysis/bounds.hpp"
#include "einsum/ir/sizes.hpp"
#include "einsum/language/load.hpp"
#include "tests/support/buffer_simulator.hpp"

namespace einfall::einsum {
namespace {

using tests::Object;
using tests::Work;

Cascade loaded(const std::string& text) {
  auto file = std::make_shared<base::SourceFile>();
  file->name = "bound.yaml";
  file->text = text;
  base::Diagnostics remarks;
  auto cascade = load_cascade(file, remarks);
  if (!cascade) FAIL(base::render(cascade.error()));
  return std::move(*cascade);
}

struct Shape {
  std::int64_t m = 1, p = 1, e = 1, f = 1;
};

// Bytes of an element of Q and K as the scores take them, if they are mapped first; 0: they are
// not.
struct Mapped {
  std::int64_t q = 0, k = 0;
};

Cascade attention_of(const Mapped& mapped) {
  std::string types = "default: fp32, Inputs: bf16, Outputs: bf16", maps;
  const auto operand = [&](const std::string& name, const std::string& place, std::int64_t bytes) {
    if (bytes == 0) return name + place;
    types += ", " + name + "S: " + (bytes == 1 ? "fp8e4m3" : bytes == 2 ? "bf16" : "fp32");
    maps += "  " + name + "S" + place + " = exp(" + name + place + ")\n";
    return name + "S" + place;
  };
  const std::string scores =
      operand("Q", "[e, p]", mapped.q) + " * " + operand("K", "[e, m]", mapped.k);
  return loaded(
      "einfall: 1\nranks: {M: 2, P: 2, E: 1, F: 1}\n"
      "declaration: {Q: [E, P], K: [E, M], V: [F, M], AV: [F, P]}\n"
      "types: {" +
      types +
      "}\n"
      "expressions: |\n" +
      maps + "  QK[m, p] = " + scores +
      "\n"
      "  GM[p]    = max[m](QK[m, p])\n"
      "  SN[m, p] = exp(QK[m, p] - GM[p])\n"
      "  SD[p]    = SN[m, p]\n"
      "  NV[f, p] = SN[m, p] * V[f, m]\n"
      "  AV[f, p] = NV[f, p] / SD[p]\n");
}

const Cascade& attention() {
  static const Cascade cascade = attention_of({});
  return cascade;
}

std::int64_t bound_of(const Cascade& cascade, const Shape& shape, std::int64_t capacity) {
  const auto sizes =
      bind_sizes(cascade, {{"M", shape.m}, {"P", shape.p}, {"E", shape.e}, {"F", shape.f}});
  REQUIRE(sizes);
  const auto bound = traffic_bound(cascade, *sizes, base::Bytes(capacity));
  if (!bound) FAIL(base::render(bound.error()));
  return bound->total.value();
}

// How the points of one sweep follow each other: tiles of p0 queries and m0 keys.
struct Nest {
  std::int64_t p0 = 1, m0 = 1;
  bool keys_outside = false, keys_inside_first = false;

  template <class Visit>
  void run(std::int64_t p_from, std::int64_t p_to, std::int64_t m_size, Visit visit) const {
    const auto tile = [&](std::int64_t pt, std::int64_t mt) {
      const std::int64_t pe = std::min(pt + p0, p_to), me = std::min(mt + m0, m_size);
      if (keys_inside_first)
        for (std::int64_t m = mt; m < me; ++m)
          for (std::int64_t p = pt; p < pe; ++p) visit(m, p);
      else
        for (std::int64_t p = pt; p < pe; ++p)
          for (std::int64_t m = mt; m < me; ++m) visit(m, p);
    };
    if (keys_outside)
      for (std::int64_t mt = 0; mt < m_size; mt += m0)
        for (std::int64_t pt = p_from; pt < p_to; pt += p0) tile(pt, mt);
    else
      for (std::int64_t pt = p_from; pt < p_to; pt += p0)
        for (std::int64_t mt = 0; mt < m_size; mt += m0) tile(pt, mt);
  }
};

constexpr std::int64_t kWhole = std::int64_t{1} << 40;
enum class Scores { kReused, kRecomputed, kMixed };
// Mapped operands are made once, or again in each sweep that makes scores, or for every score.
enum class Made { kOnce, kEachSweep, kEachScore };

// Writes attention down as work on rows of Q, K and V, single scores and the sums of a query. Bytes
// are counted here on their own: 2 for operands and outputs, 4 in between.
class Schedule {
 public:
  Schedule(const Shape& shape, const Mapped& mapped, Made made)
      : shape_(shape), mapped_(mapped), made_(made) {}

  // Both sweeps for `group` queries at a time; scores of the second sweep as told. Rows of E are
  // cut into stretches of `part` elements, and every sweep that makes scores goes over them
  // outermost.
  void run(const Nest& nest, std::int64_t group, Scores scores, std::int64_t part) {
    for (std::int64_t from = 0; from < shape_.p; from += group) {
      const std::int64_t to = std::min(from + group, shape_.p);
      const auto sweep = [&](auto visit) {
        ++sweep_;
        for (std::int64_t e = 0; e < shape_.e; e += part)
          nest.run(from, to, shape_.m, [&](std::int64_t m, std::int64_t p) {
            visit(m, p, e, std::min(part, shape_.e - e));
          });
      };
      sweep([&](std::int64_t m, std::int64_t p, std::int64_t e, std::int64_t length) {
        score(m, p, 1, e, length);
        if (e + length == shape_.e) work({id("S1", m, p, 4), id("G", 0, p, 4)}, {id("G", 0, p, 4)});
      });
      sweep([&](std::int64_t m, std::int64_t p, std::int64_t e, std::int64_t length) {
        const bool again =
            scores == Scores::kRecomputed || (scores == Scores::kMixed && m % 2 == 0);
        if (again) score(m, p, 2, e, length);
        if (e + length == shape_.e) use(m, p, again ? 2 : 1);
      });
      for (std::int64_t p = from; p < to; ++p) {
        const auto out = id("AV", 0, p, 2 * shape_.f, false, true);
        work({id("N", 0, p, 4 * shape_.f), id("D", 0, p, 4), out}, {out});
      }
    }
  }
  [[nodiscard]] std::optional<std::int64_t> traffic(std::int64_t capacity) const {
    return tests::traffic(objects_, order_, capacity);
  }

 private:
  std::size_t id(const std::string& name, std::int64_t m, std::int64_t p, std::int64_t bytes,
                 bool input = false, bool output = false) {
    const auto [place, fresh] = numbers_.emplace(std::tuple(name, m, p), objects_.size());
    if (fresh) objects_.push_back({bytes, input, output});
    return place->second;
  }
  void work(std::vector<std::size_t> needs, std::vector<std::size_t> changes) {
    order_.push_back({std::move(needs), std::move(changes)});
  }
  void score(std::int64_t m, std::int64_t p, int version, std::int64_t e, std::int64_t length) {
    const auto s = id("S" + std::to_string(version), m, p, 4);
    work({operand("K", m, e, length, mapped_.k), operand("Q", e, p, length, mapped_.q), s}, {s});
  }
  std::size_t operand(const std::string& name, std::int64_t i, std::int64_t j, std::int64_t length,
                      std::int64_t bytes) {
    const std::size_t input = id(name, i, j, 2 * length, true);
    if (bytes == 0 || made_ == Made::kEachScore) return input;
    const std::string version = made_ == Made::kOnce ? "" : std::to_string(sweep_);
    const std::size_t before = objects_.size();
    const std::size_t mapped = id(name + "S" + version, i, j, bytes * length);
    if (objects_.size() > before) work({input, mapped}, {mapped});
    return mapped;
  }
  // The exponential takes the place of the score.
  void use(std::int64_t m, std::int64_t p, int version) {
    const auto s = id("S" + std::to_string(version), m, p, 4);
    const auto d = id("D", 0, p, 4), n = id("N", 0, p, 4 * shape_.f);
    work({s, id("G", 0, p, 4)}, {s});
    work({s, d}, {d});
    work({s, id("V", m, 0, 2 * shape_.f, true), n}, {n});
  }

  Shape shape_;
  Mapped mapped_;
  Made made_;
  int sweep_ = 0;
  std::vector<Object> objects_;
  std::vector<Work> order_;
  std::map<std::tuple<std::string, std::int64_t, std::int64_t>, std::size_t> numbers_;
};

// Smallest traffic of all schedules of the family; checks the bound against each. Rows are moved in
// stretches of `part` elements, or whole.
std::optional<std::int64_t> check_all(const Shape& shape, std::int64_t capacity, std::int64_t bound,
                                      std::int64_t part = kWhole, const Mapped& mapped = {},
                                      Made made = Made::kOnce) {
  std::optional<std::int64_t> best;
  for (std::int64_t p0 = 1; p0 <= shape.p; ++p0)
    for (std::int64_t m0 = 1; m0 <= shape.m; ++m0)
      for (int order = 0; order < 4; ++order)
        for (const std::int64_t group : {p0, shape.p})
          for (const Scores scores : {Scores::kReused, Scores::kRecomputed, Scores::kMixed}) {
            Schedule schedule(shape, mapped, made);
            schedule.run(Nest{p0, m0, order % 2 == 1, order / 2 == 1}, group, scores, part);
            const auto moved = schedule.traffic(capacity);
            if (!moved) continue;
            if (*moved < bound)
              FAIL("bound " << bound << " above " << *moved << " at M " << shape.m << " P "
                            << shape.p << " E " << shape.e << " F " << shape.f << " capacity "
                            << capacity);
            best = best ? std::min(*best, *moved) : *moved;
          }
  return best;
}

TEST_CASE("no schedule of two-pass attention moves less than the bound", "[property]") {
  rc::prop("bound", [] {
    std::mt19937 rng(*rc::gen::arbitrary<std::uint32_t>());
    const auto in = [&](std::int64_t low, std::int64_t high) {
      return std::uniform_int_distribution<std::int64_t>(low, high)(rng);
    };
    const Shape shape{in(1, 6), in(1, 4), in(1, 6), in(1, 3)};
    const std::int64_t part = in(0, 1) == 0 ? shape.e : in(1, shape.e);
    const std::int64_t least = std::max({4 * part + 4, 6 * shape.f + 4, 8 * shape.f + 4});
    const std::int64_t capacity = least + in(0, 60);
    check_all(shape, capacity, bound_of(attention(), shape, capacity), part);
  });
}

TEST_CASE("no schedule of two-pass attention on mapped queries or keys moves less", "[property]") {
  int binding = 0;
  rc::prop("bound", [&] {
    std::mt19937 rng(*rc::gen::arbitrary<std::uint32_t>());
    const auto in = [&](std::int64_t low, std::int64_t high) {
      return std::uniform_int_distribution<std::int64_t>(low, high)(rng);
    };
    const Mapped mapped{in(0, 2) * in(1, 2), in(1, 2) * in(1, 2)};
    const Cascade cascade = attention_of(mapped);
    const Shape shape{in(3, 5), in(2, 3), in(2, 8), 1};
    const std::int64_t part = in(1, std::min<std::int64_t>(2, shape.e));
    const std::int64_t capacity = 8 * part + 4 + in(0, 8);
    const std::int64_t bound = bound_of(cascade, shape, capacity);
    binding += bound > bound_of(cascade, shape, 4096);
    check_all(shape, capacity, bound, part, mapped, static_cast<Made>(in(0, 2)));
  });
  CHECK(binding > 20);
}

TEST_CASE("a mapped key is as good as a key where scores are made again", "[property]") {
  const Shape square{12, 12, 8, 1};
  const std::int64_t once = bound_of(attention(), square, 4096);
  const std::int64_t plain = bound_of(attention(), square, 40);
  for (const Mapped& mapped : {Mapped{2, 0}, Mapped{0, 2}, Mapped{2, 2}, Mapped{4, 4}})
    CHECK(bound_of(attention_of(mapped), square, 40) == plain);
  const std::int64_t narrow = bound_of(attention_of({1, 1}), square, 40);
  CAPTURE(once, narrow, plain);
  CHECK(once < narrow);
  CHECK(narrow < plain);
}

TEST_CASE("a buffer that holds everything attains the bound", "[property]") {
  for (const Shape& shape : {Shape{4, 3, 2, 2}, Shape{5, 1, 4, 1}, Shape{1, 4, 2, 3}}) {
    const std::int64_t bound = bound_of(attention(), shape, 4096);
    CHECK(check_all(shape, 4096, bound) == bound);
  }
}

TEST_CASE("the bound rises above the compulsory traffic where a barrier or a meeting forces it",
          "[property]") {
  // One query, long rows: scores do not fit, the bound asks for spilling.
  const Shape one_query{40, 1, 8, 1};
  CHECK(bound_of(attention(), one_query, 64) > bound_of(attention(), one_query, 4096));
  const auto best = check_all(one_query, 64, bound_of(attention(), one_query, 64));
  REQUIRE(best);
  CHECK(*best > bound_of(attention(), one_query, 4096));
  // Many queries and keys, rows of 16 bytes, room for few of them.
  const Shape square{12, 12, 8, 1};
  CHECK(bound_of(attention(), square, 64) > bound_of(attention(), square, 4096));
}

TEST_CASE("a second pass over a vector: the bound is attained to the byte", "[property]") {
  const Cascade cascade = loaded(
      "einfall: 1\nranks: {N: 16}\ndeclaration: {X: [N]}\ntypes: {default: fp32}\n"
      "expressions: |\n  MX = max[n](X[n])\n  Y[n] = X[n] - MX\n");
  const std::int64_t n = 16;
  for (std::int64_t kept = 1; kept <= n; ++kept) {
    const std::int64_t capacity = 4 * (kept + 1);
    const auto sizes = bind_sizes(cascade, {});
    REQUIRE(sizes);
    const auto bound = traffic_bound(cascade, *sizes, base::Bytes(capacity));
    REQUIRE(bound);
    // Forwards, then backwards; the difference takes the place of the element.
    std::vector<Object> objects{{4, false, false}};
    std::vector<Work> order;
    for (std::int64_t i = 0; i < n; ++i) objects.push_back({4, true, true});
    for (std::size_t i = 1; i <= 16; ++i) order.push_back({{i, 0}, {0}});
    for (std::size_t i = 16; i >= 1; --i) order.push_back({{i, 0}, {i}});
    const auto moved = tests::traffic(objects, order, capacity);
    REQUIRE(moved);
    CHECK(*moved == bound->total.value());
    CHECK(bound->total.value() == 4 * (2 * n + n - kept));
  }
}

}  // namespace
}  // namespace einfall::einsum
