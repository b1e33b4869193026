#include "mappings/model/pipeline_runs.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "mappings/ir/measure.hpp"
#include "mappings/ir/result_words.hpp"
#include "mappings/model/pieces.hpp"
#include "mappings/model/pipeline_pieces.hpp"

namespace einfall::mappings {
namespace {

constexpr std::int64_t kMostCycles = std::int64_t{1} << 62;
// Beginnings of runs alike that follow each other; behind them every one takes what the last did.
constexpr std::int64_t kMostBeginnings = 256;

// The same timetable, with what is loaded at least that often.
Timetable with_loads(const Timetable& all, std::int64_t runs) {
  Timetable out = all;
  out.loads.clear();
  for (const TimetableLoad& load : all.loads)
    if (load.runs <= runs) out.loads.push_back(load);
  return out;
}

class RunChain {
 public:
  RunChain(const Timetable& timetable, const RecurrenceResult& longest) : timetable_(timetable) {
    beginning({});
    prepare();
    runs_.emplace(std::pair{kinds_.empty() ? 0 : kinds_.size() - 1, 0}, after(longest));
  }

  std::optional<std::int64_t> cycles() {
    const After all = series(series_.size() - 1, 0);
    std::int64_t cycles = all.cycles;
    if (__builtin_add_overflow(cycles, all.stored, &cycles) || cycles >= kMostCycles || too_many_)
      return std::nullopt;
    return cycles;
  }

 private:
  struct After {
    std::int64_t cycles = 0;
    std::int64_t stored = 0;    // cycles after that until the last result is
    std::size_t beginning = 0;  // of what follows
  };
  using Part = TimetableSeries::Part;

  // Kinds of runs and their order; the last series is all of them.
  void prepare() {
    series_ = timetable_.series;
    if (!timetable_.masked.empty()) return;
    // The periods of loads divide each other, as they are those of nested loops.
    std::set<std::int64_t> periods{1};
    for (const TimetableLoad& load : timetable_.loads)
      if (load.runs <= timetable_.runs) periods.insert(load.runs);
    const std::vector<std::int64_t> length(periods.begin(), periods.end());
    for (const std::int64_t period : length) kinds_.push_back(with_loads(timetable_, period));
    TimetableSeries all;
    const std::size_t rarest = length.size() - 1;
    all.parts.push_back({true, stretch(length, rarest, rarest), timetable_.runs / length.back()});
    if (const std::int64_t rest = timetable_.runs % length.back(); rest > 0)
      all.parts.push_back({false, 0, rest});
    series_.push_back(std::move(all));
  }

  // Runs of one period of loads, the first of them of another kind.
  std::size_t stretch(const std::vector<std::int64_t>& length, std::size_t period,
                      std::size_t first) {
    TimetableSeries out;
    if (period == 0) {
      out.parts.push_back({false, first, 1});
    } else {
      out.parts.push_back({true, stretch(length, period - 1, first), 1});
      const std::int64_t others = length[period] / length[period - 1] - 1;
      out.parts.push_back({true, stretch(length, period - 1, period - 1), others});
    }
    series_.push_back(std::move(out));
    return series_.size() - 1;
  }

  std::size_t beginning(const RunSeam& seam) {
    const auto [known, added] = known_.emplace(seam.values(), seams_.size());
    if (added) seams_.push_back(seam);
    return known->second;
  }

  After run(std::size_t kind, std::size_t from) {
    const auto known = runs_.find({kind, from});
    if (known != runs_.end()) return known->second;
    const bool masked = !timetable_.masked.empty();
    const After found = after(run_recurrence(masked ? timetable_ : kinds_[kind], {}, 0,
                                             masked ? &timetable_.masked[kind] : nullptr,
                                             from == 0 ? nullptr : &seams_[from]));
    runs_.emplace(std::pair{kind, from}, found);
    return found;
  }

  After after(const RecurrenceResult& run) {
    return {run.cycles, std::max<std::int64_t>(0, run.stored - run.cycles), beginning(run.seam)};
  }

  After series(std::size_t index, std::size_t from) {
    const auto known = done_.find({index, from});
    if (known != done_.end()) return known->second;
    After sum{0, 0, from};
    for (const Part& part : series_[index].parts) {
      const After after = repeated(part, sum.beginning);
      sum = {checked(sum.cycles, after.cycles, 1), after.stored, after.beginning};
    }
    done_.emplace(std::pair{index, from}, sum);
    return sum;
  }

  After repeated(const Part& part, std::size_t from) {
    After sum{0, 0, from};
    struct Seen {
      std::int64_t times, cycles;
    };
    std::map<std::size_t, Seen> seen;  // by beginning
    for (std::int64_t i = 0; i < part.times; ++i) {
      const auto [before, is_new] = seen.emplace(sum.beginning, Seen{i, sum.cycles});
      if (!is_new) {
        const std::int64_t period = i - before->second.times;
        const std::int64_t skipped = (part.times - i) / period;
        sum.cycles = checked(sum.cycles, sum.cycles - before->second.cycles, skipped);
        i += skipped * period;
        seen.clear();
        if (i >= part.times) break;
      }
      const After after =
          part.series ? series(part.index, sum.beginning) : run(part.index, sum.beginning);
      sum = {checked(sum.cycles, after.cycles, 1), after.stored, after.beginning};
      if (i + 1 == kMostBeginnings) {
        sum.cycles = checked(sum.cycles, after.cycles, part.times - i - 1);
        break;
      }
    }
    return sum;
  }

  std::int64_t checked(std::int64_t sum, std::int64_t cycles, std::int64_t times) {
    std::int64_t product = 0;
    if (!__builtin_mul_overflow(cycles, times, &product) &&
        !__builtin_add_overflow(sum, product, &sum) && sum < kMostCycles)
      return sum;
    too_many_ = true;
    return 0;
  }

  const Timetable& timetable_;
  std::vector<Timetable> kinds_;  // without a mask, by period of loads
  std::vector<TimetableSeries> series_;
  std::map<std::vector<Wide>, std::size_t> known_;
  std::vector<RunSeam> seams_;  // 0: nothing is left of what was before
  std::map<std::pair<std::size_t, std::size_t>, After> runs_, done_;
  bool too_many_ = false;
};

// The loops for each of which a piece leaves, those around the body or the tail that made it.
PartSet loops_of(const BoundMapping& bound, const Flow& flow) {
  const BoundEinsum& step = bound[flow.step];
  if (flow.kind == FlowKind::kWriteBack)
    return PartSet(piece_loops(bound, keep_at(bound, step.write, flow.from), {flow.step}));
  return result_loops(bound, step);
}

PipelinePieces stored_pieces(const BoundMapping& bound, const Flow& flow, PartSet loops) {
  const BoundEinsum& step = bound[flow.step];
  if (flow.kind != FlowKind::kWriteBack) return {loops, step.mask, PartSet(step.loops)};
  const BoundKeep& keep = bound[keep_at(bound, step.write, flow.from)];
  return {loops, keep.mask, renewing_loops(bound, keep)};
}

std::int64_t room_for(const BoundMapping& bound, const Flow& flow, PartSet loops) {
  if (flow.kind != FlowKind::kWriteBack) return kStagedPieces;
  std::vector<PartId> pieces;
  for (const PartId part : bound[flow.step].loops)
    if (loops.has(part)) pieces.push_back(part);
  return room_of(bound, keep_at(bound, bound[flow.step].write, flow.from), pieces);
}

}  // namespace

std::vector<TimetableStore> pipeline_stores(const BoundMapping& bound, const Timetable& timetable,
                                            const Body& body, const Counts& counts) {
  constexpr Place kOutermost{true, 0};
  std::vector<TimetableStore> stores;
  for (const Flow& flow : counts.flows) {
    if (!(flow.to == kOutermost) || flow.from == kOutermost || flow.kind == FlowKind::kExtraRead)
      continue;
    const BoundEinsum& step = bound[flow.step];
    if (step.visits == 0) continue;
    const PartSet loops = loops_of(bound, flow);
    TimetableStore store;
    store.room = room_for(bound, flow, loops);
    Exact pieces = step.visits;
    const auto tail = std::find_if(timetable.tails.begin(), timetable.tails.end(),
                                   [&](const TimetableTail& t) { return t.step == flow.step; });
    if (tail != timetable.tails.end()) {
      store.maker = timetable.ops.size() + static_cast<std::size_t>(tail - timetable.tails.begin());
      store.period = tail->period;
      store.visits = tail->visits;
      store.through = tail->through;
    } else {
      const auto op =
          std::find_if(timetable.ops.begin(), timetable.ops.end(), [&](const TimetableOp& o) {
            return std::find(o.tile.begin(), o.tile.end(), flow.step) != o.tile.end();
          });
      if (op == timetable.ops.end()) continue;
      store.maker = static_cast<std::size_t>(op - timetable.ops.begin());
      const std::vector<PartId>& path = bound[body.leaf].path;
      std::size_t repeated = body.outer;
      while (repeated < path.size() && loops.has(path[repeated])) ++repeated;
      store.period = trips(bound, path, repeated);
      for (std::size_t l = repeated; l < path.size(); ++l) {
        if (!loops.has(path[l])) continue;
        store.visits *= bound[path[l]].trips;
        store.through.push_back(l - body.outer);
      }
      if (store.period > 1) store.room = 0;
      pieces = issued_steps(bound, loops & PartSet(path), step.mask, PartSet(path));
    }
    const Exact bytes = words_written(flow) * Exact(flow.bits, 8);
    store.bytes = (bytes / pieces).ceil().value_or(0);
    auto cut = cut_pieces(bound, body, step.write, stored_pieces(bound, flow, loops));
    if (const std::int64_t whole = cut ? cut->bytes_of(bytes) : 0; whole > 0) {
      store.bytes = whole;
      store.cuts = std::move(cut->cuts);
    }
    if (store.bytes > 0) stores.push_back(store);
  }
  return stores;
}

std::optional<std::int64_t> cycles_of_runs(const Timetable& timetable,
                                           const RecurrenceResult& longest) {
  return RunChain(timetable, longest).cycles();
}

}  // namespace einfall::mappings
