#pragma once

#include <optional>
#include <vector>

#include "einsum/analysis/region.hpp"

namespace einfall::einsum {

/// The points of a region, counted by residue class of the coordinates (see `count_points`).
class ResidueClasses {
 public:
  /// nullopt if a quotient has no definition, a number is too large, or there are too many classes.
  [[nodiscard]] static std::optional<ResidueClasses> of(const Region& region);
  /// An upper bound if not exact.
  [[nodiscard]] lattice::Count count(lattice::Work& work) const;

 private:
  struct Term {
    lattice::Var v;
    std::int64_t coefficient;
  };
  /// sum of the terms + constant; over t: sum of slopes[v] * t[v] + the value at t = 0.
  struct Form {
    std::vector<Term> terms;
    std::int64_t constant = 0;
    std::vector<std::int64_t> slopes;  // by coordinate
  };
  struct Quotient {
    Form numerator;
    std::int64_t divisor = 1;
    bool used = false;
  };
  struct Class;

  explicit ResidueClasses(const Region& region);
  bool define(const Region& region);
  bool use(const Region& region, const lattice::Conjunction& further);
  bool choose_steps();
  bool set_slopes();
  bool small_enough();
  [[nodiscard]] lattice::Wide visits() const;
  bool lengthen(const Quotient& quotient);
  [[nodiscard]] bool slope(Form& form) const;
  [[nodiscard]] std::int64_t value(const Form& form, const std::vector<std::int64_t>& at) const;
  void enter(Class& here) const;
  [[nodiscard]] lattice::Count points(Class& here, lattice::Work& work) const;
  [[nodiscard]] bool next(std::vector<std::int64_t>& residues) const;

  lattice::Box box_;  // of the coordinates
  std::vector<bool> used_;
  std::vector<std::int64_t> step_;
  std::vector<Quotient> quotients_;
  std::vector<Form> constraints_;              // without repetitions
  std::vector<std::vector<std::size_t>> any_;  // conjunctions of constraints
};

}  // namespace einfall::einsum
