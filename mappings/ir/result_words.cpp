#include "mappings/ir/result_words.hpp"

#include "mappings/ir/measure.hpp"

namespace einfall::mappings {

PartSet moving(const BoundMapping& bound, PartSet parts) {
  PartSet out;
  for (std::size_t p = 0; p < bound.parts.size(); ++p)
    if (parts.has(PartId(p)) && bound.parts[p].trips > 1) out.insert(PartId(p));
  return out;
}

PartSet changing(const BoundMapping& bound, const std::vector<PartId>& path, PartSet relevant) {
  PartSet out;
  bool goes_on = false;
  for (const PartId part : path) {
    const bool moves = bound[part].trips > 1;
    if (relevant.has(part) && (moves || !goes_on)) out.insert(part);
    if (moves) goes_on = !relevant.has(part);
  }
  return out;
}

ResultWords result_words(const BoundMapping& bound, const BoundEinsum& step) {
  const PartSet relevant = step.write.relevant;
  const bool leaves_the_array = step.dataflow == arch::Dataflow::kWeightStationary ||
                                step.dataflow == arch::Dataflow::kColumnReduce;
  const std::vector<PartId> nest = nest_of(step);
  const PartSet loops =
      leaves_the_array ? PartSet(nest) : down_to_innermost(nest, moving(bound, relevant));
  const PartSet reduced = (loops & step.ranks) - relevant;
  ResultWords words;
  const PartSet skipping(step.loops);
  words.writes = issued_steps(bound, relevant | loops, step.mask, skipping);
  const std::int64_t complete =
      issued_steps(bound, (relevant | loops) - reduced, step.mask, skipping);
  // Rows that do not fit the array at once are visits too: their sums meet in memory.
  if (leaves_the_array && !PartSet(step.rows).empty() && (PartSet(step.rows) & relevant).empty())
    words.writes = saturating_mul(words.writes, step.row_tiles);
  words.reads = words.writes - complete;
  return words;
}

}  // namespace einfall::mappings
