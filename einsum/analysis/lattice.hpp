#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

/// Counting integer points: exact, and fast where the constraints are few, whatever the sizes.
namespace einfall::einsum::lattice {

__extension__ typedef __int128 Wide;  // `using` would warn: not ISO C++
/// Number of a variable in its `Box`.
using Var = std::size_t;

/// sum of coefficients * variables + constant <= 0.
struct Linear {
  std::map<Var, std::int64_t> terms;  // no zero coefficients
  std::int64_t constant = 0;
  bool operator==(const Linear&) const = default;
};
/// All must hold. Empty: everything.
using Conjunction = std::vector<Linear>;

/// Variable v takes the values low..high, both included.
struct Range {
  std::int64_t low = 0, high = 0;
};
using Box = std::vector<Range>;

/// The constraint that holds where `linear` does not: linear >= 1. nullopt on overflow.
[[nodiscard]] std::optional<Linear> negated(const Linear& linear);

/// Smallest and largest value of the left side over the box.
[[nodiscard]] Wide least(const Linear& linear, const Box& box);
[[nodiscard]] Wide most(const Linear& linear, const Box& box);

struct Count {
  Wide points = 0;
  bool exact = true;  // false: an upper bound, the work budget was used up
};

/// What may still be done, in visits of constraints: shared by everything that makes up one count.
struct Work {
  std::int64_t left = 400'000;
};

/// Counts and products stop here: more than any count of points that is used.
constexpr Wide kTooMany = Wide{1} << 84;

/// Points of a box, at most kTooMany.
[[nodiscard]] Wide size_of(const Box& box);

/// Points of the box that satisfy one conjunction, or at least one of several. Independent groups
/// of variables multiply, `a*B + b` is counted as one variable, two variables are summed in closed
/// form, further ones run over their (smallest) range. The union is made disjoint first. Not exact:
/// at most the points of the box. Precondition: |coefficients|, |constants| < 2^61, ranges within
/// 0..2^41.
[[nodiscard]] Count count(const Conjunction& all, const Box& box, Work& work);
[[nodiscard]] Count count_union(const std::vector<Conjunction>& any, const Box& box, Work& work);

}  // namespace einfall::einsum::lattice
