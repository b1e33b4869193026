#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "mappings/ir/bind.hpp"
#include "mappings/schedule/exact.hpp"
#include "mappings/schedule/modulo.hpp"
#include "mappings/schedule/tile_timing.hpp"

namespace einfall::mappings {

/// What loops of a run cut into pieces of which the last is smaller: at each place there is what
/// lies behind the steps of the loops, `extent` of `size` at most.
struct TimetableCut {
  struct Loop {
    std::int64_t inner = 1, trips = 1;  // `inner` epochs make one step of a loop
    std::int64_t points = 1;            // that the step covers
  };
  std::vector<Loop> loops;
  std::int64_t size = 1, extent = 1;
  /// What there is at an epoch, at most `extent`.
  [[nodiscard]] std::int64_t at(std::int64_t epoch) const;
};

/// Rows that pass ports of a memory on the chip whenever something (an operation, a tail, a piece)
/// is under way, or only in some epochs.
struct TimetableRows {
  std::vector<std::size_t> groups;  // into Timetable::port_rates
  Exact rows = 0;                   // each time; fractions wait for the next time
  /// Only where all these loops stand at their first step (`last`: their last); `inner` epochs make
  /// one step of a loop.
  struct Loop {
    std::int64_t inner = 1, trips = 1;
  };
  std::vector<Loop> only;
  bool last = false;
  std::vector<TimetableCut> cuts = {};  // fewer where there is less of an operand or a result
};

/// A tile operation of the steady state: in every epoch one visit of one Einsum, or of several
/// whose elements take turns.
struct TimetableOp {
  Tile tile;
  std::size_t unit = 0;    // into Machine::units
  std::int64_t start = 0;  // of epoch 0; of epoch n, start + n * interval
  TileTiming timing;
  std::vector<TimetableRows> rows = {};
};

/// Visits of an Einsum outside the steady state (FuseMax's final division): `visits` of them follow
/// the last `visits` epochs of every block of `period` epochs, one behind each, as soon as the
/// operations it waits for are complete and its unit is free.
struct TimetableTail {
  StepId step;
  std::size_t unit = 0;
  TileTiming timing;
  std::int64_t period = 0;
  std::int64_t visits = 0;
  struct Wait {
    std::size_t op = 0;  // into Timetable::ops
    std::int64_t delay = 0;
  };
  std::vector<Wait> waits;
  /// Tails before it whose latest visit it waits for.
  struct Behind {
    std::size_t tail = 0;
    std::int64_t delay = 0;
  };
  std::vector<Behind> behind = {};
  std::vector<TimetableRows> rows = {};
  std::vector<std::size_t> through = {};  // loops of `over` that visits are steps of, by number
};

/// Of the bytes of a whole piece what there is at an epoch.
[[nodiscard]] std::int64_t left_of(std::int64_t bytes, const std::vector<TimetableCut>& cuts,
                                   std::int64_t epoch);

/// Bytes that the outermost memory sends before the operations of an epoch may start: in every
/// epoch whose number is a multiple of `every` within each block of `block` epochs, up to `pieces`
/// of them (the first touch of each slice).
struct TimetableLoad {
  einsum::TensorId tensor;
  std::int64_t bytes = 0;   // of one piece, whole
  std::int64_t every = 1;   // epochs between two pieces
  std::int64_t pieces = 1;  // pieces in a block, from its beginning
  std::int64_t block = 1;   // epochs until the slice is renewed
  std::int64_t copies = 1;  // slices that fit: a piece overwrites that of `copies` blocks ago
  std::vector<std::size_t> readers;  // into Timetable::ops
  /// Runs from one in which it is loaded to the next: what is kept around the loops outside a run
  /// is there still in those that do not select other data.
  std::int64_t runs = 1;
  std::vector<TimetableRows> rows = {};
  std::vector<TimetableCut> cuts = {};
  /// Of the piece that an epoch reads; `bytes` of a whole one.
  [[nodiscard]] std::int64_t bytes_at(std::int64_t epoch) const {
    return left_of(bytes, cuts, epoch);
  }
};

/// A result that leaves for the outermost memory, piece by piece, as soon as each is complete.
struct TimetableStore {
  std::size_t maker = 0;   // into Timetable::ops, or ops.size() + tail
  std::int64_t bytes = 0;  // of one piece, whole
  /// Of an operation: one behind each of the last `visits` epochs of every `period`; a tail has one
  /// behind every visit.
  std::int64_t period = 1, visits = 1;
  /// Pieces made and not stored that there is room for: whoever makes the next waits. 0: not
  /// limited.
  std::int64_t room = 0;
  std::vector<TimetableRows> rows = {};
  std::vector<TimetableCut> cuts = {};
  std::vector<std::size_t> through = {};  // as of a tail
  /// Of the piece that is made behind an epoch.
  [[nodiscard]] std::int64_t bytes_at(std::int64_t epoch) const {
    return left_of(bytes, cuts, epoch);
  }
};

/// A kind of run in which a mask leaves epochs out.
struct TimetableRun {
  struct Range {
    std::int64_t first = 0, end = 0;  // `end` not included
    bool operator==(const Range&) const = default;
  };
  std::vector<Range> issued;  // in order, apart from each other
  std::int64_t times = 1;     // runs like this
  std::int64_t epochs = 0;    // issued
  /// Steps of each loop of `over`, fewer than its trips where a rank ends.
  std::vector<std::int64_t> steps = {};
};

/// Runs one after another: each part a kind of run, or a series, so many times.
struct TimetableSeries {
  struct Part {
    bool series = false;
    std::size_t index = 0;  // into Timetable::masked, or into the list of series
    std::int64_t times = 1;
    auto operator<=>(const Part&) const = default;
  };
  std::vector<Part> parts;
  auto operator<=>(const TimetableSeries&) const = default;
};

/// What a pipelined mapping does in time. One *epoch* is one iteration of the innermost loop of
/// `over`; one *run* is all epochs of the loops of `over`; the loops outside them repeat the run,
/// each time from an empty pipeline.
struct Timetable {
  std::vector<TimetableOp> ops;  // by start
  std::vector<ModuloEdge> edges;
  std::vector<TimetableTail> tails;
  std::vector<TimetableLoad> loads;
  std::vector<TimetableStore> stores;
  IntervalBounds bounds;  // resource by unit of the machine
  std::int64_t interval = 0;
  std::int64_t epochs = 1;  // of a run, those a mask leaves out included
  std::int64_t runs = 1;
  /// Where a mask leaves epochs out: the runs, longest first. Epochs keep their numbers.
  std::vector<TimetableRun> masked;
  /// Their order: the last is all of them, others are parts of those behind them.
  std::vector<TimetableSeries> series;
  /// Trips of the loops of `over`, outermost first.
  std::vector<std::int64_t> loop_trips;
  /// From the first start of an epoch to when its last result can be used.
  std::int64_t span = 0;
  Exact bytes_per_cycle;  // of the outermost memory; 0: not limited
  std::int64_t memory_latency = 0;
  /// Rows a cycle of ports that what is under way may have to share; none: there are enough.
  std::vector<std::int64_t> port_rates;
  /// Values of each op's result that live in a PE or lane at once in the steady state.
  std::vector<std::int64_t> live_values;

  /// Stages of the pipeline: epochs under way at once.
  [[nodiscard]] std::int64_t stages() const { return (span + interval - 1) / interval; }
  /// Epochs of the longest run, and of all runs, those left out not counted.
  [[nodiscard]] std::int64_t longest() const;
  [[nodiscard]] std::int64_t issued_epochs() const;
  /// Cycles of the longest run, split. Exact where memory never holds anything up after the first
  /// epoch (recurrence.hpp measures what it does) and the tails' unit is never idle; the tails fill
  /// idle cycles otherwise.
  [[nodiscard]] std::int64_t prologue() const;      // until the first epoch is complete
  [[nodiscard]] std::int64_t steady_state() const;  // (longest - 1) intervals
  [[nodiscard]] std::int64_t epilogue() const;      // tails
  [[nodiscard]] std::int64_t run_cycles() const { return prologue() + steady_state() + epilogue(); }
};

/// The operation that each tail comes behind in the order of a slot: the latest that it, or a tail
/// before it, waits for; the first of all if there is none.
[[nodiscard]] std::vector<std::size_t> tail_anchors(const Timetable& timetable);

/// Compiles a mapping whose schedule is pipelined. Errors: E880 the schedule is not pipelined or
/// its loops are not the innermost ones around its Einsums, E881 more than one leaf below them,
/// E882 the given interval is below a bound, or interleaved Einsums find no turns, E883 given slots
/// break a dependence or share a unit, E884 a dependence cycle inside one epoch, E885 a count does
/// not fit 64 bits, or a mask makes too many different runs.
[[nodiscard]] base::Result<Timetable> build_timetable(const einsum::Cascade& cascade,
                                                      const arch::Machine& machine,
                                                      const Mapping& mapping,
                                                      const BoundMapping& bound);

}  // namespace einfall::mappings
