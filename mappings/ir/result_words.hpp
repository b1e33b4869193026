#pragma once

#include "mappings/ir/bind.hpp"

namespace einfall::mappings {

/// Writes and re-reads of a result: with sums that leave the unit unfinished (they leave the array,
/// or a loop or step that reduces stands outside one that selects another sum), `writes` counts
/// every visit and `reads` all but the first.
struct ResultWords {
  std::int64_t writes = 0;
  std::int64_t reads = 0;
};
[[nodiscard]] ResultWords result_words(const BoundMapping& bound, const BoundEinsum& step);

/// Those of the parts that have more than one step: a part of one step selects nothing else.
[[nodiscard]] PartSet moving(const BoundMapping& bound, PartSet parts);

/// Those of the relevant parts of a path that end the life of what lies there: all but parts of one
/// step inside a loop that goes on with the same.
[[nodiscard]] PartSet changing(const BoundMapping& bound, const std::vector<PartId>& path,
                               PartSet relevant);

}  // namespace einfall::mappings
