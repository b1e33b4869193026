#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <set>

#include "einsum/language/load.hpp"
#include "mappings/ir/bind.hpp"
#include "mappings/model/counts.hpp"
#include "mappings/program/program.hpp"
#include "tests/property/program_words.hpp"
#include "tests/property/tiny_machine.hpp"

/// What keeps move, against a buffer that holds exactly the slice that is kept: brute force over
/// all iterations of the loops; and the same words, visit by visit, in the simulator's program.
namespace einfall::mappings {
namespace {

using tests::kElement;

einsum::Cascade cascade_of(const std::string& body) {
  auto file = std::make_shared<base::SourceFile>();
  file->name = "kept.yaml";
  file->text = "einfall: 1\n" + body;
  base::Diagnostics remarks;
  auto cascade = einsum::load_cascade(file, remarks);
  if (!cascade) FAIL(base::render(cascade.error()));
  return *std::move(cascade);
}

Partition cut(const std::string& rank, std::int64_t inner) {
  Partition out;
  out.rank = rank;
  out.parts = {{rank + "1", {}, false, {}}, {rank + "0", inner, false, {}}};
  return out;
}

Binding on_lane(const std::string& einsum, const std::vector<std::string>& time) {
  Binding out;
  out.einsum = einsum;
  out.unit = {"lane", {}};
  for (const std::string& part : time) out.time.push_back({part, {}});
  return out;
}

LoopNode node_of(const std::vector<std::string>& loops, const std::vector<std::string>& kept) {
  LoopNode out;
  for (const std::string& loop : loops) out.loops.push_back({loop, {}});
  for (const std::string& tensor : kept) {
    Keep keep;
    keep.tensor = tensor;
    keep.place = "buffer";
    out.keeps.push_back(keep);
  }
  return out;
}

LoopNode leaf_of(const std::vector<std::string>& loops, const std::vector<std::string>& kept,
                 const std::string& einsum) {
  LoopNode out = node_of(loops, kept);
  out.einsums.push_back({einsum, {}});
  return out;
}

// ---- A product: every order of its loops, every place to keep its tensors ----------------------

constexpr std::int64_t kTile = 4;

struct Product {
  std::map<char, std::int64_t> sizes;  // of E, M, P
  std::string order;                   // of the loops over tiles, outermost first
  std::map<char, std::size_t> level;   // of A, B, S: how many of the loops stand outside
};
const std::map<char, std::string> kRanksOf = {{'A', "EM"}, {'B', "EP"}, {'S', "MP"}};

struct Moved {
  std::int64_t elements = 0;
  std::int64_t again = 0;  // of slices that had been there before
};

Moved moved(const Product& product, char tensor) {
  Moved out;
  std::set<std::vector<std::int64_t>> seen;
  std::vector<std::int64_t> last;
  std::map<char, std::int64_t> at;
  const std::string outside = product.order.substr(0, product.level.at(tensor));
  const std::function<void(std::size_t)> run = [&](std::size_t depth) {
    if (depth < product.order.size()) {
      const char rank = product.order[depth];
      for (at[rank] = 0; at[rank] < product.sizes.at(rank); at[rank] += kTile) run(depth + 1);
      return;
    }
    std::vector<std::int64_t> slice;
    std::int64_t elements = 1;
    for (const char rank : kRanksOf.at(tensor)) {
      const std::int64_t size = product.sizes.at(rank);
      const bool tiled = outside.find(rank) != std::string::npos;
      slice.push_back(tiled ? at[rank] : 0);
      elements *= tiled ? std::min(kTile, size - at[rank]) : size;
    }
    if (!last.empty() && slice == last) return;
    last = slice;
    out.elements += elements;
    if (!seen.insert(slice).second) out.again += elements;
  };
  run(0);
  return out;
}

Mapping mapping_of(const Product& product) {
  Mapping out;
  out.name = "product";
  for (const char rank : {'E', 'M', 'P'}) out.partitions.push_back(cut({rank}, kTile));
  const auto kept = [&](std::size_t level) {
    std::vector<std::string> tensors;
    for (const auto& [tensor, at] : product.level)
      if (at == level) tensors.push_back({tensor});
    return tensors;
  };
  LoopNode node = leaf_of({std::string{product.order[2]} + "1"}, kept(3), "S");
  for (const std::size_t depth : {1, 0}) {
    LoopNode outer = node_of({std::string{product.order[depth]} + "1"}, kept(depth + 1));
    outer.children.push_back(std::move(node));
    node = std::move(outer);
  }
  LoopNode root = node_of({}, kept(0));
  root.children.push_back(std::move(node));
  out.nest.push_back(std::move(root));
  out.bindings.push_back(on_lane("S", {"M0", "P0", "E0"}));
  return out;
}

// True if sums come back. What leaves unfinished is written in every visit and read in every visit
// but the first; the same words pass in the simulator's program.
bool check(const Product& product) {
  const einsum::Cascade cascade = cascade_of(
      fmt::format("ranks: {{E: {}, M: {}, P: {}}}\ndeclaration: {{A: [E, M], B: [E, P]}}\n"
                  "expressions: |\n  S[m, p] = A[e, m] * B[e, p]\n",
                  product.sizes.at('E'), product.sizes.at('M'), product.sizes.at('P')));
  const arch::Machine machine = tests::tiny(1 << 20);
  CAPTURE(product.sizes, product.order, product.level);
  const Mapping mapping = mapping_of(product);
  const auto bound = bind(mapping, cascade, machine, {});
  if (!bound) FAIL(base::render(bound.error()));
  const auto counts = count(*bound, cascade, machine, {});
  REQUIRE(counts);
  const MemoryTraffic dram = traffic(counts->flows, machine.memories.size())[0];
  const Moved sums = moved(product, 'S');
  const std::int64_t operands = moved(product, 'A').elements + moved(product, 'B').elements;
  CHECK(dram.read_bytes == Exact((operands + sums.again) * kElement));
  CHECK(dram.write_bytes == Exact(sums.elements * kElement));
  const auto program = lower(cascade, machine, mapping, *bound, {});
  if (!program) FAIL(base::render(program.error()));
  CHECK(tests::words_moved(*program) == tests::words_of(program->flows));
  return sums.again > 0;
}

TEST_CASE("kept tiles of a product move as often as they change", "[property][slow]") {
  int returning = 0, cases = 0;
  std::string order = "EMP";
  do {
    for (int choice = 0; choice < 4 * 4 * 4 * 2 * 2 * 2; ++choice) {
      int left = choice;
      Product product{{}, order, {}};
      for (const char rank : {'E', 'M', 'P'}) product.sizes[rank] = left % 2 ? 10 : 4, left /= 2;
      for (const char tensor : {'A', 'B', 'S'})
        product.level[tensor] = static_cast<std::size_t>(left % 4), left /= 4;
      returning += check(product) ? 1 : 0;
      ++cases;
    }
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(cases == 6 * 512);
  CHECK(returning > 100);
}

// ---- Windows, quotients and shifts -------------------------------------------------------------

struct Access {
  std::string right;  // of the Einsum that makes Y[n]
  std::int64_t window = 1;
  std::int64_t extent = 1;
  // By point of n, what its operands touch.
  std::function<std::vector<std::set<std::int64_t>>(std::int64_t n)> touched;
};

// X[constant + step*n + sign*k]
Access window_of(std::int64_t constant, std::int64_t step, int sign, std::int64_t window,
                 std::int64_t extent) {
  return {fmt::format("X[{} + {}*n {} k]", constant, step, sign < 0 ? '-' : '+'), window, extent,
          [=](std::int64_t n) {
            std::vector<std::set<std::int64_t>> points;
            for (std::int64_t k = 0; k < window; ++k)
              points.push_back({constant + step * n + sign * k});
            return points;
          }};
}

void check(const Access& access, std::int64_t size, std::int64_t tile) {
  CAPTURE(access.right, size, tile, access.extent);
  const einsum::Cascade cascade =
      cascade_of(fmt::format("ranks: {{N: {}, K: {}, W: {}}}\ndeclaration: {{X: [W], F: [K]}}\n"
                             "expressions: |\n  Y[n] = {} * F[k]\n",
                             size, access.window, access.extent, access.right));
  Mapping mapping;
  mapping.name = "window";
  mapping.partitions.push_back(cut("N", tile));
  mapping.nest.push_back(leaf_of({"N1"}, {"X"}, "Y"));
  mapping.bindings.push_back(on_lane("Y", {"N0", "K"}));
  const arch::Machine machine = tests::tiny(1 << 20);
  std::set<std::int64_t> seen;
  bool shared = false, all_inside = true;
  std::int64_t filled = 0, largest = 0;
  for (std::int64_t first = 0; first < size; first += tile) {
    std::set<std::int64_t> next;
    bool issued = false;  // a tile without a point of which all operands are there is not
    for (std::int64_t n = first; n < std::min(first + tile, size); ++n)
      for (const std::set<std::int64_t>& point : access.touched(n)) {
        bool present = true;
        for (const std::int64_t at : point) {
          const bool inside = at >= 0 && at < access.extent;
          present = present && inside;
          all_inside = all_inside && inside;
          if (inside) next.insert(at);
        }
        issued = issued || present;
      }
    if (!issued) continue;
    for (const std::int64_t at : next) shared = shared || !seen.insert(at).second;
    filled += static_cast<std::int64_t>(next.size());
    largest = std::max(largest, static_cast<std::int64_t>(next.size()));
  }
  const auto bound = bind(mapping, cascade, machine, {});
  if (!bound) FAIL(base::render(bound.error()));
  // What only elements outside the tensor would share counts as shared.
  CHECK(bound->keeps.front().overlapping >= shared);
  if (all_inside) CHECK(bound->keeps.front().overlapping == shared);
  CHECK(bound->keeps.front().filled == filled);
  CHECK(bound->keeps.front().slice == largest);
  const auto program = lower(cascade, machine, mapping, *bound, {});
  if (!program) FAIL(base::render(program.error()));
  CHECK(tests::words_moved(*program) == tests::words_of(program->flows));
}

TEST_CASE("a slice that a keep holds comes whole, halo and all, in every visit", "[property]") {
  for (const std::int64_t size : {10, 12})
    for (const std::int64_t tile : {1, 2, 3, 4, 12}) {
      for (std::int64_t step = 1; step <= 4; ++step)
        for (std::int64_t window = 1; window <= 5; ++window)
          check(window_of(0, step, 1, window, step * (size - 1) + window), size, tile);
      for (const std::int64_t divisor : {2, 3, 4})
        check({fmt::format("X[n // {}]", divisor), 1, (size + divisor - 1) / divisor,
               [=](std::int64_t n) { return std::vector<std::set<std::int64_t>>{{n / divisor}}; }},
              size, tile);
      for (const std::int64_t shift : {1, 2, 3})
        check({fmt::format("X[n] * X[n - {}]", shift), 1, size,
               [=](std::int64_t n) {
                 return std::vector<std::set<std::int64_t>>{{n, n - shift}};
               }},
              size, tile);
    }
}

TEST_CASE("a window that falls, or reaches over the ends, is as wide as what lies inside",
          "[property]") {
  for (const std::int64_t size : {9, 12})
    for (const std::int64_t tile : {1, 2, 4, 12})
      for (const int sign : {-1, 1})
        for (std::int64_t window = 2; window <= 5; ++window)
          for (const std::int64_t step : {-1, 1, 2, -3}) {
            // From the first coordinate on; moved down, and moved up; all of it, and cut short.
            const std::int64_t reach = std::abs(step) * (size - 1) + window;
            const std::int64_t lowest =
                (step < 0 ? step * (size - 1) : 0) + (sign < 0 ? 1 - window : 0);
            // Of windows with gaps between them the model counts what may lie inside the ends.
            const bool gaps = window < std::abs(step);
            for (const std::int64_t up : {-2, 0, 1, 3})
              for (const std::int64_t extent : {reach, reach - 3, reach + 4})
                if (!gaps || (up >= 0 && extent >= up + reach))
                  check(window_of(up - lowest, step, sign, window, extent), size, tile);
          }
}

// ---- Windows under two loops, and readers that move by loops of their own ---------------------

// The elements in a buffer that holds one slice for each reader, at each position of the loops; a
// slice comes when another one is needed.
struct Slices {
  std::int64_t filled = 0, largest = 0;
  std::set<std::int64_t> here;

  void need(std::set<std::int64_t> next, bool moved) {
    if (!moved) return;
    here = std::move(next);
    filled += static_cast<std::int64_t>(here.size());
    largest = std::max(largest, static_cast<std::int64_t>(here.size()));
  }
};

struct TwoLoops {
  std::int64_t size = 1, tile = 1, other_size = 1, other_tile = 1;
  bool outside = true;  // N1 outside of M1
};

// Calls `visit` with the steps of both loops, and whether each has moved since the last.
template <class Visit>
void each_tile(const TwoLoops& loops, const Visit& visit) {
  const std::int64_t n = base::ceil_div(loops.size, loops.tile);
  const std::int64_t m = base::ceil_div(loops.other_size, loops.other_tile);
  std::int64_t last_n = -1, last_m = -1;
  for (std::int64_t i = 0; i < n * m; ++i) {
    const std::int64_t a = loops.outside ? i / m : i % n;
    const std::int64_t b = loops.outside ? i % m : i / n;
    visit(a, b, a != last_n, b != last_m);
    last_n = a, last_m = b;
  }
}

std::set<std::int64_t> run_of(std::int64_t at, std::int64_t tile, std::int64_t size) {
  std::set<std::int64_t> out;
  for (std::int64_t i = at * tile; i < std::min((at + 1) * tile, size); ++i) out.insert(i);
  return out;
}

// Of each keep, in the order of the document, what the model counts; and the same in the program.
std::vector<std::pair<std::int64_t, std::int64_t>> kept(const TwoLoops& loops,
                                                        const std::string& body,
                                                        std::int64_t extent) {
  CAPTURE(body, loops.size, loops.tile, loops.other_size, loops.other_tile, loops.outside);
  const einsum::Cascade cascade = cascade_of(
      fmt::format("ranks: {{N: {}, M: {}, W: {}}}\ndeclaration: {{X: [W]}}\nexpressions: |\n"
                  "  Y[n, m] = {}\n",
                  loops.size, loops.other_size, extent, body));
  Mapping mapping;
  mapping.name = "two loops";
  mapping.partitions = {cut("N", loops.tile), cut("M", loops.other_tile)};
  const std::vector<std::string> order =
      loops.outside ? std::vector<std::string>{"N1", "M1"} : std::vector<std::string>{"M1", "N1"};
  mapping.nest.push_back(leaf_of(order, {"X"}, "Y"));
  mapping.bindings.push_back(on_lane("Y", {"N0", "M0"}));
  const arch::Machine machine = tests::tiny(1 << 20);
  const auto bound = bind(mapping, cascade, machine, {});
  if (!bound) FAIL(base::render(bound.error()));
  const auto program = lower(cascade, machine, mapping, *bound, {});
  if (!program) FAIL(base::render(program.error()));
  CHECK(tests::words_moved(*program) == tests::words_of(program->flows));
  std::vector<std::pair<std::int64_t, std::int64_t>> out;
  for (const BoundKeep& keep : bound->keeps) out.emplace_back(keep.slice, keep.filled);
  std::sort(out.begin(), out.end());
  return out;
}

template <class Use>
void each_pair_of_loops(const Use& use) {
  for (const std::int64_t size : {5, 8})
    for (const std::int64_t tile : {2, 3, 8})
      for (const std::int64_t other_tile : {1, 2, 5})
        for (const bool outside : {true, false}) use(TwoLoops{size, tile, 5, other_tile, outside});
}

// X[constant + step*n + sign*m]
void check_two(const TwoLoops& loops, std::int64_t constant, std::int64_t step, int sign,
               std::int64_t extent) {
  Slices slices;
  each_tile(loops, [&](std::int64_t a, std::int64_t b, bool, bool) {
    std::set<std::int64_t> next;
    for (const std::int64_t x : run_of(a, loops.tile, loops.size))
      for (const std::int64_t y : run_of(b, loops.other_tile, loops.other_size)) {
        const std::int64_t at = constant + step * x + sign * y;
        if (at >= 0 && at < extent) next.insert(at);
      }
    if (!next.empty()) slices.need(std::move(next), true);
  });
  const auto found =
      kept(loops, fmt::format("X[{} + {}*n {} m]", constant, step, sign < 0 ? '-' : '+'), extent);
  CAPTURE(constant, step, sign, extent);
  REQUIRE(found.size() == 1);
  CHECK(found[0] == std::pair{slices.largest, slices.filled});
}

TEST_CASE("a window that two loops move comes whole for each step of either", "[property]") {
  each_pair_of_loops([](const TwoLoops& loops) {
    for (const std::int64_t step : {1, 2, 3}) {
      const std::int64_t extent = step * (loops.size - 1) + loops.other_size;
      check_two(loops, 0, step, 1, extent);
      check_two(loops, loops.other_size - 1, step, -1, extent);
    }
    for (const std::int64_t constant : {0, 1, 2}) {
      check_two(loops, constant, 1, -1, loops.size);
      check_two(loops, loops.size - 1 - constant, -1, 1, loops.size);
    }
  });
}

TEST_CASE("readers that move by loops of their own have slices of their own", "[property]") {
  each_pair_of_loops([](TwoLoops loops) {
    loops.other_size = loops.size;
    Slices by_n, by_m;
    const bool n_moves = loops.tile < loops.size;
    const bool m_moves = loops.other_tile < loops.size;
    each_tile(loops, [&](std::int64_t a, std::int64_t b, bool n_moved, bool m_moved) {
      by_n.need(run_of(a, loops.tile, loops.size), n_moved);
      by_m.need(run_of(b, loops.other_tile, loops.size), m_moved);
    });
    const auto found = kept(loops, "X[n] * X[m]", loops.size);
    CAPTURE(n_moves, m_moves);
    std::vector<std::pair<std::int64_t, std::int64_t>> expected{{by_n.largest, by_n.filled},
                                                                {by_m.largest, by_m.filled}};
    std::sort(expected.begin(), expected.end());
    CHECK(found == expected);
  });
}

// ---- Nodes beside each other -------------------------------------------------------------------

// Bytes that two products of one tile of A must have in the buffer.
std::int64_t least_capacity(std::int64_t tiles) {
  const einsum::Cascade cascade =
      cascade_of(fmt::format("ranks: {{E: 4, M: {}, P: 4, Q: 4}}\n"
                             "declaration: {{A: [E, M], B: [E, P], C: [E, Q]}}\nexpressions: |\n"
                             "  S[m, p] = A[e, m] * B[e, p]\n  U[m, q] = A[e, m] * C[e, q]\n",
                             kTile * tiles));
  Mapping mapping;
  mapping.name = "beside";
  mapping.partitions.push_back(cut("M", kTile));
  LoopNode root = node_of({"M1"}, {"A"});
  root.children.push_back(leaf_of({}, {"B"}, "S"));
  root.children.push_back(leaf_of({}, {"C"}, "U"));
  mapping.nest.push_back(std::move(root));
  mapping.bindings = {on_lane("S", {"M0", "P", "E"}), on_lane("U", {"M0", "Q", "E"})};
  for (std::int64_t bytes = kElement;; bytes += kElement) {
    const auto bound = bind(mapping, cascade, tests::tiny(bytes), {});
    if (bound) return bytes;
    CHECK(bound.error().front().code == "E815");
    REQUIRE(bytes < 4096);
  }
}

TEST_CASE("what stays for the next iteration takes room beside its neighbour", "[property]") {
  constexpr std::int64_t kSlice = 4 * kTile * kElement;  // of A, B and C alike
  CHECK(least_capacity(1) == 2 * kSlice);
  CHECK(least_capacity(2) == 3 * kSlice);
}

}  // namespace
}  // namespace einfall::mappings
