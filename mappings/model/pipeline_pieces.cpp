#include "mappings/model/pipeline_pieces.hpp"

#include <algorithm>

#include "mappings/ir/measure.hpp"
#include "mappings/ir/result_words.hpp"
#include "mappings/model/nest_cuts.hpp"
#include "mappings/model/pieces.hpp"

namespace einfall::mappings {
namespace {

constexpr Place kOutermost{true, 0};

PipelinePieces loaded_pieces(const BoundMapping& bound, const Flow& flow) {
  const BoundEinsum& step = bound[flow.step];
  if (flow.kind == FlowKind::kFill) {
    const KeepId keep = keep_at(bound, step.reads[flow.read], flow.to);
    return {PartSet(piece_loops(bound, keep, readers_of(bound, keep))), bound[keep].mask,
            renewing_loops(bound, bound[keep])};
  }
  return {operand_loops(bound, step, flow.read), step.mask, PartSet(step.loops)};
}

}  // namespace

std::optional<CutPieces> cut_pieces(const BoundMapping& bound, const Body& body,
                                    const BoundAccess& access, const PipelinePieces& pieces) {
  const std::vector<PartId>& path = bound[body.leaf].path;
  const auto level = [&](PartId part) {
    return static_cast<std::size_t>(std::find(path.begin(), path.end(), part) - path.begin());
  };
  std::vector<NestCut> cuts = cuts_of(bound, pieces.loops, access);
  std::erase_if(cuts, [&](NestCut& cut) {
    std::erase_if(cut.stride, [&](const auto& loop) { return bound[loop.first].trips == 1; });
    return std::any_of(cut.stride.begin(), cut.stride.end(), [&](const auto& loop) {
      return level(loop.first) < body.outer || level(loop.first) == path.size();
    });
  });
  if (cuts.empty()) return std::nullopt;
  const auto whole = whole_pieces(bound, pieces.mask, pieces.masked, pieces.loops, cuts);
  if (!whole) return std::nullopt;
  CutPieces out;
  out.whole = *whole;
  for (const NestCut& cut : cuts) {
    TimetableCut& added = out.cuts.emplace_back();
    added.size = cut.size;
    added.extent = cut.extent;
    for (const auto& [part, points] : cut.stride)
      added.loops.push_back({trips(bound, path, level(part) + 1), bound[part].trips, points});
  }
  return out;
}

void cut_loads(Timetable& timetable, const BoundMapping& bound, const Body& body,
               const Counts& counts) {
  for (TimetableLoad& load : timetable.loads) {
    const Flow* only = nullptr;
    std::size_t flows = 0;
    for (const Flow& flow : counts.flows)
      if (flow.tensor == load.tensor && flow.from == kOutermost && flow.read != Flow::kNoRead &&
          flow.kind != FlowKind::kExtraRead) {
        only = &flow;
        ++flows;
      }
    if (flows != 1) continue;
    auto cut =
        cut_pieces(bound, body, bound[only->step].reads[only->read], loaded_pieces(bound, *only));
    const std::int64_t bytes = cut ? cut->bytes_of(words_read(*only) * Exact(only->bits, 8)) : 0;
    if (bytes <= 0) continue;
    load.bytes = bytes;
    load.cuts = std::move(cut->cuts);
  }
}

}  // namespace einfall::mappings
