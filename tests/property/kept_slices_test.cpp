#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <set>

#include "einsum/language/load.hpp"
#include "mappings/ir/bind.hpp"
#include "mappings/model/counts.hpp"
#include "tests/property/tiny_machine.hpp"

/// What keeps move, against a buffer that holds exactly the slice that is kept: brute force over
/// all iterations of the loops. What the rule of one slice after another cannot tell is refused.
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
  bool returns = false;  // a slice that had left
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
    out.returns = out.returns || !seen.insert(slice).second;
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

// True if it is legal.
bool check(const Product& product) {
  const einsum::Cascade cascade = cascade_of(
      fmt::format("ranks: {{E: {}, M: {}, P: {}}}\ndeclaration: {{A: [E, M], B: [E, P]}}\n"
                  "expressions: |\n  S[m, p] = A[e, m] * B[e, p]\n",
                  product.sizes.at('E'), product.sizes.at('M'), product.sizes.at('P')));
  const arch::Machine machine = tests::tiny(1 << 20);
  CAPTURE(product.sizes, product.order, product.level);
  const auto bound = bind(mapping_of(product), cascade, machine, {});
  const Moved sums = moved(product, 'S');
  if (sums.returns) {
    REQUIRE_FALSE(bound);
    CHECK(bound.error().front().code == "E827");
    return false;
  }
  if (!bound) FAIL(base::render(bound.error()));
  const auto counts = count(*bound, cascade, machine, {});
  REQUIRE(counts);
  const MemoryTraffic dram = traffic(counts->flows, machine.memories.size())[0];
  CHECK(dram.read_bytes ==
        Exact((moved(product, 'A').elements + moved(product, 'B').elements) * kElement));
  CHECK(dram.write_bytes == Exact(sums.elements * kElement));
  return true;
}

TEST_CASE("kept tiles of a product move as often as they change", "[property][slow]") {
  int legal = 0, refused = 0;
  std::string order = "EMP";
  do {
    for (int choice = 0; choice < 4 * 4 * 4 * 2 * 2 * 2; ++choice) {
      int left = choice;
      Product product{{}, order, {}};
      for (const char rank : {'E', 'M', 'P'}) product.sizes[rank] = left % 2 ? 10 : 4, left /= 2;
      for (const char tensor : {'A', 'B', 'S'})
        product.level[tensor] = static_cast<std::size_t>(left % 4), left /= 4;
      ++(check(product) ? legal : refused);
    }
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(legal > 1000);
  CHECK(refused > 100);
}

// ---- Windows, quotients and shifts -------------------------------------------------------------

struct Access {
  std::string right;  // of the Einsum that makes Y[n]
  std::int64_t window = 1;
  std::int64_t extent = 1;
  std::function<std::set<std::int64_t>(std::int64_t n)> touched;
};

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
  bool shared = false;
  std::int64_t filled = 0, largest = 0;
  for (std::int64_t first = 0; first < size; first += tile) {
    std::set<std::int64_t> next;
    for (std::int64_t n = first; n < std::min(first + tile, size); ++n)
      for (const std::int64_t at : access.touched(n))
        if (at >= 0 && at < access.extent) next.insert(at);
    for (const std::int64_t at : next) shared = shared || !seen.insert(at).second;
    filled += static_cast<std::int64_t>(next.size());
    largest = std::max(largest, static_cast<std::int64_t>(next.size()));
  }
  const auto bound = bind(mapping, cascade, machine, {});
  if (shared) {
    REQUIRE_FALSE(bound);
    CHECK(bound.error().front().code == "E828");
    return;
  }
  if (!bound) FAIL(base::render(bound.error()));
  CHECK(bound->keeps.front().filled == filled);
  CHECK(bound->keeps.front().slice == largest);
}

TEST_CASE("a slice that a keep holds shares nothing with the next", "[property]") {
  for (const std::int64_t size : {10, 12})
    for (const std::int64_t tile : {1, 2, 3, 4, 12}) {
      for (std::int64_t step = 1; step <= 4; ++step)
        for (std::int64_t window = 1; window <= 5; ++window)
          check({fmt::format("X[{}*n + k]", step), window, step * (size - 1) + window,
                 [=](std::int64_t n) {
                   std::set<std::int64_t> at;
                   for (std::int64_t k = 0; k < window; ++k) at.insert(step * n + k);
                   return at;
                 }},
                size, tile);
      for (const std::int64_t divisor : {2, 3, 4})
        check({fmt::format("X[n // {}]", divisor), 1, (size + divisor - 1) / divisor,
               [=](std::int64_t n) { return std::set<std::int64_t>{n / divisor}; }},
              size, tile);
      for (const std::int64_t shift : {1, 2, 3})
        check({fmt::format("X[n] * X[n - {}]", shift), 1, size,
               [=](std::int64_t n) {
                 return std::set<std::int64_t>{n, n - shift};
               }},
              size, tile);
    }
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
