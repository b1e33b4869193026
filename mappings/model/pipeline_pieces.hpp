#pragma once

#include <optional>
#include <vector>

#include "mappings/model/counts.hpp"
#include "mappings/schedule/body.hpp"
#include "mappings/schedule/timetable.hpp"

/// In which pieces a pipeline's data come and go. Steps of pipeline_time().
namespace einfall::mappings {

/// A piece for every iteration of `loops`, of those iterations of `masked` that a mask leaves.
struct PipelinePieces {
  PartSet loops;
  const Mask& mask;
  PartSet masked;
};

/// Pieces of which the last are smaller, as loops of a run do not divide a rank.
struct CutPieces {
  Exact whole = 1;  // so many whole ones hold as much as all together
  std::vector<TimetableCut> cuts;
  /// Of a whole one, of so many in all; 0: they do not fit 64 bits.
  [[nodiscard]] std::int64_t bytes_of(const Exact& all) const {
    return (all / whole).ceil().value_or(0);
  }
};
/// How an access is cut; nullopt: its pieces are alike, but for those that loops outside of a run
/// cut.
[[nodiscard]] std::optional<CutPieces> cut_pieces(const BoundMapping& bound, const Body& body,
                                                  const BoundAccess& access,
                                                  const PipelinePieces& pieces);

/// Gives the loads of a timetable the bytes of whole pieces and what cuts the last.
void cut_loads(Timetable& timetable, const BoundMapping& bound, const Body& body,
               const Counts& counts);

}  // namespace einfall::mappings
