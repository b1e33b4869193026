#include "mappings/ir/leaf_order.hpp"

#include <algorithm>

#include "mappings/ir/measure.hpp"

namespace einfall::mappings {
namespace {

// What the producer steps through lies on lanes of the reader, which takes it pass by pass.
bool gathers(const BoundEinsum& producer, const BoundEinsum& reader) {
  return reader.dataflow == arch::Dataflow::kVector && reader.time.empty() &&
         !producer.time.empty() &&
         PartSet(reader.columns) == (PartSet(producer.time) | PartSet(producer.columns));
}

// The reader takes each element in the step in which it is made.
bool follows(const BoundMapping& bound, const BoundEinsum& producer, const BoundEinsum& reader,
             const BoundAccess& read) {
  const bool together = producer.time.size() <= reader.time.size() &&
                        std::equal(producer.time.begin(), producer.time.end(), reader.time.begin());
  if (!together && !gathers(producer, reader)) return false;
  const PartSet relevant =
      relevant_parts(bound, producer.write.access) & relevant_parts(bound, read.access);
  return (PartSet(producer.time) - relevant).empty();
}

bool makes(const BoundEinsum& producer, const BoundEinsum& reader, const BoundAccess& read) {
  return read.forwarded && producer.node == reader.node && producer.write.tensor == read.tensor;
}

bool same_lanes(const BoundEinsum& a, const BoundEinsum& b) {
  return a.unit == b.unit && a.rows == b.rows && a.columns == b.columns;
}

bool leaves_the_array(const BoundEinsum& step) {
  return step.dataflow == arch::Dataflow::kWeightStationary ||
         step.dataflow == arch::Dataflow::kColumnReduce;
}

// Calls `use(producer, reader, read)` for every value passed on inside a leaf.
template <class Use>
void each_forward(const BoundMapping& bound, const Use& use) {
  for (std::size_t r = 0; r < bound.einsums.size(); ++r)
    for (const BoundAccess& read : bound.einsums[r].reads)
      for (std::size_t w = 0; w < r; ++w)
        if (makes(bound.einsums[w], bound.einsums[r], read)) use(w, r, read);
}

// Elements of a lane of the producer that are made before the reader takes the first.
std::int64_t elements_held(const BoundMapping& bound, const BoundEinsum& producer,
                           const BoundEinsum& reader, const BoundAccess& read, bool same_pass) {
  std::int64_t elements = 1;
  const PartSet relevant = relevant_parts(bound, producer.write.access);
  const bool gathered = gathers(producer, reader);
  if (gathered || !same_pass || !follows(bound, producer, reader, read))
    for (const PartId part : producer.time)
      if (relevant.has(part)) elements = saturating_mul(elements, bound[part].trips);
  if (gathered && same_pass)
    return base::ceil_div(elements, std::max<std::int64_t>(1, reader.column_tiles));
  if (same_lanes(producer, reader)) return elements;
  return saturating_mul(elements, saturating_mul(producer.row_tiles, producer.column_tiles));
}

}  // namespace

std::vector<std::int64_t> leaf_passes(const BoundMapping& bound) {
  struct Forward {
    std::size_t from, to;
    std::int64_t later;
  };
  std::vector<Forward> forwards;  // by reader
  each_forward(bound, [&](std::size_t w, std::size_t r, const BoundAccess& read) {
    const bool together = follows(bound, bound.einsums[w], bound.einsums[r], read);
    forwards.push_back({w, r, together ? 0 : 1});
  });
  std::vector<std::int64_t> passes(bound.einsums.size(), 0);
  for (const Forward& f : forwards) passes[f.to] = std::max(passes[f.to], passes[f.from] + f.later);
  for (std::size_t w = passes.size(); w-- > 0;) {
    std::optional<std::int64_t> latest;
    for (const Forward& f : forwards)
      if (f.from == w) latest = std::min(latest.value_or(passes[f.to]), passes[f.to] - f.later);
    if (latest) passes[w] = std::max(passes[w], *latest);
  }
  return passes;
}

std::vector<Wait> leaf_waits(const BoundMapping& bound) {
  const std::vector<std::int64_t> passes = leaf_passes(bound);
  std::vector<Wait> waits;
  each_forward(bound, [&](std::size_t w, std::size_t r, const BoundAccess& read) {
    const BoundEinsum& producer = bound.einsums[w];
    const BoundEinsum& reader = bound.einsums[r];
    const std::int64_t elements =
        elements_held(bound, producer, reader, read, passes[w] == passes[r]);
    if (elements > 1)
      waits.push_back({StepId(w), StepId(r), read.access,
                       leaves_the_array(producer) ? reader.unit : producer.unit, elements});
  });
  return waits;
}

}  // namespace einfall::mappings
