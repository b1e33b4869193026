#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mappings/walk/walk.hpp"

namespace einfall::mappings {

/// Where the visits of a transfer lie in a tensor of the outermost memory: in a box of coordinates,
/// the last one contiguous (row-major, as the evaluator lays tensors out), which moves with the
/// walk. Of an iterative tensor one state is there. What an index selects out of a table of indices
/// is not known: it counts as if the table named everything in order.
struct Region {
  /// coefficient * v, v // divisor or v % divisor of one variable.
  struct Term {
    std::int64_t coefficient = 1;
    std::int64_t divisor = 1;
    bool remainder = false;
    struct Digit {
      std::size_t level = 0;    // of the walk
      std::int64_t stride = 1;  // by which a step of it moves the variable
    };
    std::vector<Digit> digits;
    std::int64_t span = 1;    // values that one visit covers
    std::int64_t extent = 1;  // values there are
  };
  struct Axis {
    std::int64_t first = 0;   // sum of the terms that lies at coordinate 0: below 0 if some fall
    std::int64_t extent = 1;  // coordinates that are ever touched, or more
    std::int64_t stride = 1;  // elements from one to the next
    std::vector<Term> terms;
  };
  /// Coordinates from `begin` on.
  struct Range {
    std::int64_t begin = 0, length = 1;
  };

  std::size_t tensor = 0;  // TensorId
  std::int64_t bits = 16;  // of an element
  std::vector<Axis> axes;
  /// That the tensor takes; kHuge: more, and no address may be asked for.
  std::int64_t elements = 1;
  static constexpr std::int64_t kHuge = std::int64_t{1} << 56;

  /// The box of the visit at which the walker stands, by axis.
  void box(const Walker& at, std::vector<Range>& out) const;
  /// Elements by which the whole box moves when a level steps on so often, wherever it stands as
  /// long as it meets no end of a rank; nullopt if that depends on where.
  [[nodiscard]] std::optional<std::int64_t> moves_by(std::size_t level, std::int64_t steps) const;
};

/// Of a transfer that makes one access through these loops.
[[nodiscard]] Region region_of(const BoundMapping& bound, const Walk& walk, einsum::TensorId tensor,
                               const AccessForm& form, std::int64_t bits);

}  // namespace einfall::mappings
