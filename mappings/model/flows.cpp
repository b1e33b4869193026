#include "mappings/model/flows.hpp"

#include <algorithm>

#include "mappings/ir/leaf_order.hpp"
#include "mappings/ir/measure.hpp"
#include "mappings/ir/nest.hpp"
#include "mappings/model/nest_cuts.hpp"
#include "mappings/model/pieces.hpp"

namespace einfall::mappings {
namespace {

using einsum::TensorId;

Place memory_place(std::size_t index) { return {true, index}; }
Place unit_place(UnitId unit) { return {false, unit.index()}; }
constexpr std::size_t kOutermost = 0;

// One pass over the Einsums in the order of the nest, appending what each of them moves.
class FlowBuilder {
 public:
  FlowBuilder(const BoundMapping& bound, const einsum::Cascade& cascade,
              const arch::Machine& machine, const ModelOptions& options)
      : bound_(bound),
        cascade_(cascade),
        options_(options),
        word_bits_(machine.word.value() * 8),
        filled_(bound.keeps.size(), false),
        passes_(leaf_passes(bound)) {
    find_tiles();
  }

  std::vector<Flow> run() {
    for (std::size_t i = 0; i < bound_.einsums.size(); ++i) {
      const StepId id(i);
      if (bound_[id].visits == 0) continue;  // no point: it fetches nothing, for others neither
      for (std::size_t r = 0; r < bound_[id].reads.size(); ++r) read(id, r);
      write(id);
    }
    return std::move(flows_);
  }

 private:
  Place place_of(KeepId keep) const {
    return bound_[keep].memory ? memory_place(bound_[keep].memory->index())
                               : unit_place(*bound_[keep].unit);
  }
  // The next place outwards on a list of keeps.
  Place outside(const std::vector<KeepId>& keeps, std::size_t i) const {
    return i + 1 < keeps.size() ? place_of(keeps[i + 1]) : memory_place(kOutermost);
  }

  std::int64_t bits_of(const std::vector<KeepId>& keeps) const {
    return keeps.empty() ? word_bits_ : bound_[keeps.front()].bits;
  }

  void read(StepId id, std::size_t index) {
    const BoundEinsum& step = bound_[id];
    const BoundAccess& access = step.reads[index];
    if (access.forwarded) return;
    for (std::size_t i = 0; i < access.keeps.size(); ++i) {
      if (is_made_under(bound_, access.tensor, bound_[access.keeps[i]].node)) break;
      fill(id, index, i);
    }
    if (!access.keeps.empty() && bound_[access.keeps.front()].unit) return;  // in its registers
    const Place from =
        access.keeps.empty() ? memory_place(kOutermost) : place_of(access.keeps.front());
    const std::int64_t words = fetched_words(bound_, step, index);
    if (shared_fetch(id, index, words)) return;
    fetches_.push_back({id, index, flows_.size()});
    flows_.push_back({FlowKind::kOperand, id, access.tensor, from, unit_place(step.unit), words,
                      bits_of(access.keeps), 1, 1, index});
    spill(access);
  }

  void fill(StepId id, std::size_t index, std::size_t i) {
    const BoundAccess& access = bound_[id].reads[index];
    const KeepId keep = access.keeps[i];
    if (filled_[keep.index()]) return;
    filled_[keep.index()] = true;
    flows_.push_back({FlowKind::kFill, id, access.tensor, outside(access.keeps, i), place_of(keep),
                      bound_[keep].filled, bound_[keep].bits, 1, 1, index});
    keep_resident_part(flows_.back(), access, i);
  }

  // Einsums of one leaf on one unit fetch a slice once, if it is one element of a PE or lane, or if
  // they step through it together.
  bool shared_fetch(StepId id, std::size_t index, std::int64_t words) {
    const BoundEinsum& step = bound_[id];
    const BoundAccess& access = step.reads[index];
    for (const Fetch& fetch : fetches_) {
      const BoundEinsum& other = bound_[fetch.step];
      const BoundAccess& same = other.reads[fetch.read];
      if (other.node != step.node || other.unit != step.unit || same.tensor != access.tensor ||
          same.carried != access.carried || same.final_value != access.final_value ||
          same.relevant != access.relevant || !passes_once(fetch.step, id, access))
        continue;
      flows_[fetch.flow].words = std::max(flows_[fetch.flow].words, words);
      flows_[fetch.flow].sharers.push_back(id);
      return true;
    }
    return false;
  }

  bool passes_once(StepId a, StepId b, const BoundAccess& access) const {
    const BoundEinsum& first = bound_[a];
    const BoundEinsum& second = bound_[b];
    const PartSet stepped = PartSet(first.time) | PartSet(second.time);
    if ((stepped & access.relevant).empty()) return true;
    return first.time == second.time && passes_[a.index()] == passes_[b.index()];
  }

  void write(StepId id) {
    const BoundEinsum& step = bound_[id];
    const BoundAccess& access = step.write;
    if (access.consumed_in_leaf) return;
    const ResultWords words = left_words(bound_, step);
    const bool in_registers = !access.keeps.empty() && bound_[access.keeps.front()].unit;
    if (!in_registers) {
      const Place to =
          access.keeps.empty() ? memory_place(kOutermost) : place_of(access.keeps.front());
      const Place unit = unit_place(step.unit);
      const std::int64_t bits = bits_of(access.keeps);
      const bool partial = words.reads > 0;
      if (partial) {
        flows_.push_back({FlowKind::kPartialRead, id, access.tensor, to, unit, words.reads, bits});
        spill(access);
      }
      flows_.push_back({partial ? FlowKind::kPartialWrite : FlowKind::kResult, id, access.tensor,
                        unit, to, words.writes, bits});
      spill(access);
    }
    for (std::size_t i = 0; i < access.keeps.size(); ++i) {
      const KeepId keep = access.keeps[i];
      const BoundKeep& kept = bound_[keep];
      const Place around = outside(access.keeps, i);
      if (kept.returned > 0) {
        flows_.push_back({FlowKind::kReturn, id, access.tensor, around, place_of(keep),
                          kept.returned, kept.bits});
        keep_resident_part(flows_.back(), access, i);
      }
      // What nobody needs any more stays behind.
      const std::int64_t left = is_needed_outside(bound_, cascade_, access.tensor, kept.node)
                                    ? kept.filled
                                    : kept.returned;
      if (left == 0) continue;
      flows_.push_back(
          {FlowKind::kWriteBack, id, access.tensor, place_of(keep), around, left, kept.bits});
      keep_resident_part(flows_.back(), access, i);
    }
  }

  // Tensors that share storage are cut into the same tiles: the smallest that any Einsum reads or
  // writes at a time, so that a reader finds in the memory what the writer has left there.
  void find_tiles() {
    tile_.assign(bound_.keeps.size(), 0);
    const auto note = [&](const BoundAccess& access) {
      if (access.keeps.empty()) return;
      std::int64_t& tile = tile_[storage_of(bound_, access.keeps.front()).index()];
      tile = tile == 0 ? access.slice : std::min(tile, access.slice);
    };
    for (const BoundEinsum& step : bound_.einsums) {
      for (const BoundAccess& access : step.reads) note(access);
      note(step.write);
    }
  }

  // The share of a kept tensor that is not in the memory: the fraction asked for, or the whole
  // tiles that it comes to.
  Exact spilled_share(KeepId id) const {
    const BoundKeep& keep = bound_[id];
    const Exact asked(keep.resident_denominator - keep.resident_numerator,
                      keep.resident_denominator);
    if (options_.fractional_spill || asked == Exact(0)) return asked;
    const std::int64_t tile = std::max<std::int64_t>(1, tile_[storage_of(bound_, id).index()]);
    const std::int64_t tiles = base::ceil_div(keep.slice, tile);
    return Exact((asked * tiles).ceil().value_or(tiles), tiles);
  }

  // Fills and write-backs move what is resident; in the fractional model the keeping memory is
  // charged for all of it.
  void keep_resident_part(Flow& flow, const BoundAccess& access, std::size_t i) const {
    const Exact resident = Exact(1) - spilled_share(access.keeps[i]);
    const bool full_at_keep = options_.fractional_spill;
    const bool out = flow.kind == FlowKind::kWriteBack;
    flow.from_share = out && full_at_keep ? Exact(1) : resident;
    flow.to_share = !out && full_at_keep ? Exact(1) : resident;
  }

  // The last flow is an access of a unit to a memory that keeps only a part: the rest goes
  // outwards.
  void spill(const BoundAccess& access) {
    if (access.keeps.empty()) return;
    const BoundKeep& keep = bound_[access.keeps.front()];
    if (keep.resident_numerator == keep.resident_denominator) return;
    const Exact share = spilled_share(access.keeps.front());
    Flow rest = flows_.back();
    const bool to_unit = rest.from.memory;
    if (!options_.fractional_spill)
      (to_unit ? flows_.back().from_share : flows_.back().to_share) = Exact(1) - share;
    rest.kind = FlowKind::kSpill;
    (to_unit ? rest.from : rest.to) = outside(access.keeps, 0);
    (to_unit ? rest.from_share : rest.to_share) = share;
    flows_.push_back(rest);
  }

  struct Fetch {
    StepId step;
    std::size_t read;
    std::size_t flow;
  };
  const BoundMapping& bound_;
  const einsum::Cascade& cascade_;
  const ModelOptions& options_;
  std::int64_t word_bits_;
  std::vector<bool> filled_;
  std::vector<std::int64_t> passes_;  // by StepId
  std::vector<std::int64_t> tile_;    // by KeepId of a storage
  std::vector<Fetch> fetches_;
  std::vector<Flow> flows_;
};

// The part of the points for which an element is fetched or leaves that have one: the last piece
// of a position that several ranks make, as in m1*M0 + m0, may reach over the end of the tensor.
// All of them, where the `loops` move it by another rank than the first or by several.
Exact inside_tensor(const BoundMapping& bound, const BoundEinsum& step, const BoundAccess& access,
                    PartSet loops) {
  Exact part = 1;
  std::vector<NestCut> cuts;
  for (const IndexForm& form : bound.forms[access.access.index()].indices) {
    if (!has_digits(bound.sizes, form)) continue;
    std::int64_t all = 1;
    PartSet own;
    for (const TermForm& term : form.terms) {
      all = saturating_mul(all, bound.sizes[term.rank]);
      own = own | PartSet(bound.rank_parts[term.rank.index()]);
    }
    if (all <= form.extent) continue;
    if ((own & loops).empty())
      part = part * Exact(form.extent, all);
    else if (auto cut = cut_of(bound, loops, form))
      cuts.push_back(std::move(*cut));
  }
  if (cuts.empty()) return part;
  const auto whole = whole_pieces(bound, step.mask, PartSet(step.loops), loops, cuts);
  const std::int64_t pieces = issued_steps(bound, loops, step.mask, PartSet(step.loops));
  return whole && pieces > 0 ? part * *whole / Exact(pieces) : part;
}

}  // namespace

std::int64_t fetches(const BoundEinsum& step, std::size_t read) {
  const PartSet relevant = step.reads[read].relevant;
  std::int64_t fetches = 1;
  bool changes = !(PartSet(step.time) & relevant).empty();
  const auto repeat = [&](PartSet laid_out, std::int64_t passes) {
    if (!(laid_out & relevant).empty())
      changes = changes || passes > 1;
    else if (changes)
      fetches = saturating_mul(fetches, passes);
  };
  repeat(PartSet(step.columns), step.column_tiles);
  repeat(PartSet(step.rows), step.row_tiles);
  return fetches;
}

std::int64_t fetched_words(const BoundMapping& bound, const BoundEinsum& step, std::size_t read) {
  const PartSet relevant = step.reads[read].relevant;
  PartSet loops = down_to_innermost(nest_of(step), moving(bound, relevant));
  if (step.stationary != read) loops = loops | PartSet(step.loops);
  const std::int64_t points = issued_steps(bound, relevant | loops, step.mask, PartSet(step.loops));
  PartSet moved = moving(bound, PartSet(step.loops));
  if (step.stationary == read)
    moved = moved & down_to_innermost(nest_of(step), moving(bound, relevant));
  const Exact inside = inside_tensor(bound, step, step.reads[read], moved) * Exact(points);
  return saturating_mul(inside.ceil().value_or(points), fetches(step, read));
}

ResultWords left_words(const BoundMapping& bound, const BoundEinsum& step) {
  ResultWords words = result_words(bound, step);
  const Exact inside = inside_tensor(bound, step, step.write, moving(bound, PartSet(step.loops)));
  for (std::int64_t* count : {&words.writes, &words.reads})
    *count = (inside * Exact(*count)).ceil().value_or(*count);
  return words;
}

bool stays_in_unit(const BoundMapping& bound, const BoundEinsum& step, const BoundAccess& read) {
  if (!read.keeps.empty() && bound[read.keeps.front()].unit) return true;
  if (!read.forwarded) return false;
  return std::any_of(bound.einsums.begin(), bound.einsums.end(), [&](const BoundEinsum& other) {
    return other.write.tensor == read.tensor && other.node == step.node && other.unit == step.unit;
  });
}

std::vector<Flow> data_flows(const BoundMapping& bound, const einsum::Cascade& cascade,
                             const arch::Machine& machine, const ModelOptions& options) {
  return FlowBuilder(bound, cascade, machine, options).run();
}

}  // namespace einfall::mappings
