#pragma once

#include <cstdint>
#include <vector>

#include "einsum/ir/cascade.hpp"

namespace einfall::mappings {

/// A term of an index: coefficient * variable, its quotient or its remainder.
struct TermForm {
  einsum::RankId rank;           // of the variable
  std::int64_t coefficient = 1;  // of either sign
  std::int64_t divisor = 1;      // above 1: of a quotient or remainder
  bool remainder = false;
};

/// One position of an access, with numbers in place of sizes.
struct IndexForm {
  std::int64_t extent = 1;  // of the tensor there
  std::vector<TermForm> terms;
  std::int64_t constant = 0;  // added to them
  /// Ranks of the variables that reach the index through a gather or a nested quotient: any of
  /// their steps may select any coordinate.
  std::vector<einsum::RankId> opaque;
  /// The iterative position of a tensor of which one state is live at a time: every reader takes
  /// the last value or steps along with the writer.
  bool state = false;
};

[[nodiscard]] inline std::int64_t magnitude(const TermForm& term) {
  return term.coefficient < 0 ? -term.coefficient : term.coefficient;
}

/// What an access touches, ready to be counted.
struct AccessForm {
  std::vector<IndexForm> indices;
};

[[nodiscard]] AccessForm access_form(const einsum::Cascade& cascade, const einsum::Sizes& sizes,
                                     const einsum::Access& access);

/// The variables are the digits of the position, as in m1*M0 + m0: each of its coordinates from 0
/// on comes from one combination of them.
[[nodiscard]] bool has_digits(const einsum::Sizes& sizes, const IndexForm& form);

}  // namespace einfall::mappings
