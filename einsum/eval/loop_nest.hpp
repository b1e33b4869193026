#pragma once

#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

namespace einfall::einsum::eval {

/// splitmix64: small, seeded, the same on every platform.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  /// In [0, bound). Precondition: bound > 0.
  [[nodiscard]] std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(bound));
  }
  /// In [0, 1), 53 bits.
  [[nodiscard]] double unit() { return static_cast<double>(next() >> 11U) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

/// A dimension of a loop nest: the slot it moves, how far and from where.
struct Loop {
  std::uint32_t slot = 0;
  std::int64_t extent = 1;
  std::int64_t begin = 0;
};

/// Visits every point of a nest, the last loop fastest; or, given a random source, every point once
/// in an order of its own: x -> a*x + b modulo the number of points, a prime to it.
class LoopNest {
 public:
  explicit LoopNest(std::vector<Loop> loops) : loops_(std::move(loops)) {
    for (const Loop& loop : loops_) points_ *= loop.extent;
  }

  /// Sets position[slot] for all loops and calls `visit` at every point. `visit` returns false to
  /// stop. Precondition: the number of points fits 63 bits.
  template <class Visit>
  void run(std::vector<std::int64_t>& position, Random* shuffle, Visit visit) const {
    if (shuffle != nullptr) return run_shuffled(position, *shuffle, visit);
    if (points_ == 0) return;
    for (const Loop& loop : loops_) position[loop.slot] = loop.begin;
    while (visit()) {
      std::size_t i = loops_.size();
      for (; i > 0; --i) {
        const Loop& loop = loops_[i - 1];
        if (++position[loop.slot] < loop.begin + loop.extent) break;
        position[loop.slot] = loop.begin;
      }
      if (i == 0) return;
    }
  }

 private:
  template <class Visit>
  void run_shuffled(std::vector<std::int64_t>& position, Random& random, Visit visit) const {
    std::int64_t factor = random.below(points_);
    while (std::gcd(factor, points_) != 1) factor = random.below(points_) + 1;
    std::int64_t at = random.below(points_);
    for (std::int64_t n = 0; n < points_; ++n) {
      std::int64_t rest = at;
      for (std::size_t i = loops_.size(); i-- > 0;) {
        position[loops_[i].slot] = loops_[i].begin + rest % loops_[i].extent;
        rest /= loops_[i].extent;
      }
      if (!visit()) return;
      __extension__ using Wide = __int128;
      at = static_cast<std::int64_t>((Wide{at} + factor) % points_);
    }
  }

  std::vector<Loop> loops_;
  std::int64_t points_ = 1;
};

}  // namespace einfall::einsum::eval
