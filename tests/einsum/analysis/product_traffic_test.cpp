#include "einsum/analysis/product_traffic.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <deque>
#include <map>
#include <set>

namespace einfall::einsum {
namespace {

// Elements of one byte.
Product product(double visits, double depth) { return {1, 1, 1, visits, depth}; }

TEST_CASE("a product with long sums moves nearly 2MNK/sqrt(S), and never more", "[analysis]") {
  for (const double size : {1e4, 1e5, 1e6})
    for (const double capacity : {1e2, 1e3, 1e4}) {
      const double pairs = size * size;
      const double known = 2 * pairs * size / std::sqrt(capacity);
      const double least = product_traffic(product(pairs, size), capacity).least;
      INFO(size << " with " << capacity << ": " << least / known);
      CHECK(least <= known);
      // Sums begin in one segment and end in another: that costs some sqrt(S) of `size` products.
      CHECK(least >= known * (1 - 0.012 - 0.7 * std::sqrt(capacity) / size));
    }
}

TEST_CASE("with room for many rows it moves a row for every visit that others do not share",
          "[analysis]") {
  // Whole rows: half of S holds S/E rows, each of which meets as many.
  for (const double depth : {4., 16., 64.}) {
    const double capacity = 4000 * depth * depth;
    const double visits = 1e6 * capacity;
    const double rows = visits * depth * depth / capacity;
    const double least = product_traffic(product(visits, depth), capacity).least;
    INFO(depth << ": " << least / rows);
    CHECK(least <= rows);
    CHECK(least >= 0.97 * rows);
  }
}

TEST_CASE("narrow elements move fewer bytes, and a product that fits moves once", "[analysis]") {
  const Product wide{4, 4, 4, 1e8, 1e4}, narrow{2, 2, 4, 1e8, 1e4};
  CHECK(product_traffic(narrow, 65536).least < product_traffic(wide, 65536).least);
  CHECK(product_traffic(product(16, 4), 1e6).least == 0);
}

// The cheapest way to make all products, by search through all states of a buffer of `capacity`
// elements: 0-1 breadth first over loads, stores, drops, products and joined sums.
class Pebbles {
 public:
  Pebbles(int m, int p, int depth, int capacity)
      : m_(m), p_(p), depth_(depth), capacity_(capacity), full_((1 << depth) - 1) {}

  int least() {
    std::deque<std::pair<State, int>> front{{State{}, 0}};
    while (!front.empty()) {
      auto [state, cost] = std::move(front.front());
      front.pop_front();
      if (!known_.insert(state).second) continue;
      if (static_cast<int>(state.done.size()) == m_ * p_) return cost;
      const auto go = [&, cost = cost](State next, int paid) {
        if (held(next) > capacity_ || known_.count(next) > 0) return;
        if (paid == 0)
          front.emplace_front(std::move(next), cost);
        else
          front.emplace_back(std::move(next), cost + paid);
      };
      moves(state, go);
    }
    return -1;
  }

 private:
  // Operands are numbered: rows of A, then of B. A piece of a sum is {pair, products}.
  using Piece = std::pair<int, int>;
  struct State {
    std::set<int> operands;
    std::set<Piece> inside, outside;
    std::set<int> done;
    bool operator<(const State& other) const {
      return std::tie(operands, inside, outside, done) <
             std::tie(other.operands, other.inside, other.outside, other.done);
    }
  };

  int held(const State& state) const {
    return static_cast<int>(state.operands.size() + state.inside.size());
  }
  static bool has(const std::set<Piece>& pieces, const Piece& piece) {
    return pieces.count(piece) > 0;
  }

  template <class Go>
  void moves(const State& state, Go go) const {
    for (int operand = 0; operand < (m_ + p_) * depth_; ++operand) {
      State next = state;
      const bool here = next.operands.erase(operand) > 0;
      if (!here) next.operands.insert(operand);
      go(std::move(next), here ? 0 : 1);
    }
    for (const Piece& piece : state.inside) {
      State dropped = state, stored = state;
      dropped.inside.erase(piece);
      go(std::move(dropped), 0);
      if (stored.outside.insert(piece).second) go(std::move(stored), 1);
      for (const Piece& other : state.inside)
        if (piece < other && piece.first == other.first && (piece.second & other.second) == 0)
          add(state, {piece, other}, {piece.first, piece.second | other.second}, go);
    }
    for (const Piece& piece : state.outside) {
      State loaded = state;
      if (loaded.inside.insert(piece).second) go(std::move(loaded), 1);
    }
    for (int pair = 0; pair < m_ * p_; ++pair)
      if (state.done.count(pair) == 0)
        for (int e = 0; e < depth_; ++e) multiply(state, pair, e, go);
  }

  template <class Go>
  void multiply(const State& state, int pair, int e, Go go) const {
    const int a = (pair / p_) * depth_ + e, b = (m_ + pair % p_) * depth_ + e;
    if (state.operands.count(a) == 0 || state.operands.count(b) == 0) return;
    add(state, {}, {pair, 1 << e}, go);
    for (const Piece& piece : state.inside)
      if (piece.first == pair && (piece.second >> e & 1) == 0)
        add(state, {piece}, {pair, piece.second | 1 << e}, go);
  }

  // `sum` takes the place of what it was made from; a finished one is used and goes.
  template <class Go>
  void add(const State& state, const std::vector<Piece>& from, const Piece& sum, Go go) const {
    State next = state;
    for (const Piece& piece : from) next.inside.erase(piece);
    if (sum.second == full_) {
      if (depth_ > 1 && from.empty()) return;
      next.done.insert(sum.first);
      const auto of_pair = [&](const Piece& piece) { return piece.first == sum.first; };
      std::erase_if(next.inside, of_pair);
      std::erase_if(next.outside, of_pair);
    } else if (!next.inside.insert(sum).second) {
      return;
    }
    go(std::move(next), 0);
  }

  int m_, p_, depth_, capacity_, full_;
  std::set<State> known_;
};

void check_pebbles(int m, int p, int depth, int capacity) {
  INFO(m << " x " << p << ", depth " << depth << ", room for " << capacity);
  const int least = Pebbles(m, p, depth, capacity).least();
  REQUIRE(least >= (m + p) * depth);
  const double bound = product_traffic(product(m * p, depth), capacity).least;
  CHECK(bound > 0);
  CHECK(bound <= least);
}

TEST_CASE("a search through all states of a tiny buffer finds nothing below the bound",
          "[analysis]") {
  CHECK(Pebbles(1, 1, 2, 3).least() == 4);  // each operand once
  CHECK(Pebbles(2, 2, 1, 2).least() == 5);  // around the four pairs, one load each, and the first
  check_pebbles(2, 2, 1, 2);
  check_pebbles(3, 3, 1, 2);
}

TEST_CASE("a search through all states of larger tiny buffers", "[analysis][slow]") {
  check_pebbles(3, 4, 1, 2);
  check_pebbles(3, 4, 1, 3);
  check_pebbles(2, 2, 2, 3);
}

}  // namespace
}  // namespace einfall::einsum
