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
  std::int64_t bytes = 0;  // of a whole one
  std::vector<TimetableCut> cuts;
};
/// How an access that moves so many bytes in all is cut; nullopt: its pieces are alike, but for
/// those that loops outside of a run cut.
[[nodiscard]] std::optional<CutPieces> cut_pieces(const BoundMapping& bound, const Body& body,
                                                  const BoundAccess& access,
                                                  const PipelinePieces& pieces, const Exact& bytes);

/// Gives the loads of a timetable the bytes of whole pieces and what cuts the last.
void cut_loads(Timetable& timetable, const BoundMapping& bound, const Body& body,
               const Counts& counts);

}  // namespace einfall::mappings
