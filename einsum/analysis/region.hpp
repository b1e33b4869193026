#pragma once

#include <vector>

#include "einsum/analysis/lattice.hpp"

namespace einfall::einsum {

/// A set of integer points: the points of `box` that satisfy one of the conjunctions and all of
/// `definitions`. The first variables are the coordinates; further ones are quotients, fixed by the
/// coordinates through the definitions. If not `exact`, the true set is smaller (something depends
/// on data, or was too hard).
struct Region {
  lattice::Box box;
  lattice::Conjunction definitions;
  /// For every quotient, the coordinates it was computed from.
  struct Quotient {
    lattice::Var variable;
    std::vector<lattice::Var> of;
  };
  std::vector<Quotient> quotients;
  std::vector<lattice::Conjunction> any;
  bool exact = true;

  /// Everything in the box.
  [[nodiscard]] static Region everything(lattice::Box box);
  [[nodiscard]] bool is_everything() const;
};

/// A condition over the variables of a region: one of several conjunctions. Not exact: the true
/// condition is stronger.
struct Condition {
  std::vector<lattice::Conjunction> any;
  bool exact = true;
  [[nodiscard]] static Condition always() { return {{{}}, true}; }
  [[nodiscard]] static Condition never() { return {{}, true}; }
  [[nodiscard]] static Condition unknown() { return {{{}}, false}; }
  [[nodiscard]] bool is_always() const;
};

/// Both hold; either holds; the opposite. A result with too many conjunctions becomes `unknown`.
[[nodiscard]] Condition both(const Condition& a, const Condition& b);
[[nodiscard]] Condition either(Condition a, const Condition& b);
[[nodiscard]] Condition opposite(const Condition& a);

/// Removes variables ("for some value of them"): exact if every pair of a lower and an upper bound
/// has a whole number between them wherever it has a number (one coefficient is 1, or they are far
/// enough apart all over the box); else the result is not exact.
[[nodiscard]] Condition without(const Condition& condition, const lattice::Box& box,
                                const std::vector<lattice::Var>& variables);

}  // namespace einfall::einsum
