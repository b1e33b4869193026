#pragma once

namespace einfall::base::numerics {

/// How a machine computes a function that has no exact result.
struct Implementation {
  enum class Kind {
    /// The exact value rounded once. Computed in fp64, and in long double where fp64 cannot decide;
    /// wrong only where the exact value is within 2^-62 of a midpoint without being on it.
    kCorrectlyRounded,
    /// A polynomial of degree parameter - 1 in fp32 Horner form: `parameter` multiply-adds, the
    /// first of which brings the leading coefficient into the accumulator.
    kPolynomial,
    /// A look-up in 2^parameter entries an octave, without interpolation.
    kTable
  };
  Kind kind = Kind::kCorrectlyRounded;
  int parameter = 0;  // polynomial: 2 to 12, table: 1 to 16
  bool operator==(const Implementation&) const = default;
};

}  // namespace einfall::base::numerics
