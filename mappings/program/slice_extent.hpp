#pragma once

#include <vector>

#include "mappings/ir/slice_shape.hpp"
#include "mappings/walk/walk.hpp"

namespace einfall::mappings {

/// Elements of the slice that a keep holds in one visit of an operation, where slices overlap.
class SliceExtent {
 public:
  /// `loops`: those that bring another slice, levels of the walk.
  SliceExtent(const BoundMapping& bound, const BoundKeep& keep, const Walk& walk, PartSet loops);

  [[nodiscard]] std::int64_t at(const Walker& walker) const;

  /// As many in all visits in which a level goes through these steps, those inside it run and those
  /// outside stand where the walker does.
  [[nodiscard]] bool is_alike(const Walker& walker, std::size_t level, std::int64_t from,
                              std::int64_t to) const;
  /// That it asks for.
  [[nodiscard]] Levels levels() const;

 private:
  struct Digit {
    std::size_t level = 0;
    std::int64_t stride = 1;
  };
  struct Divided {
    std::int64_t size = 1;
    std::int64_t tile = 1;
    std::vector<Digit> digits;
  };
  SliceShape shape_;
  std::vector<Divided> ranks_;
};

}  // namespace einfall::mappings
