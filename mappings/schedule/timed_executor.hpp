#pragma once

#include <optional>

#include "mappings/schedule/loop_levels.hpp"
#include "mappings/schedule/timed_recurrence.hpp"
#include "mappings/schedule/timed_state.hpp"

/// The inside of timed_recurrence.hpp.
namespace einfall::mappings {

class TimedExecutor {
 public:
  TimedExecutor(const Timetable& timetable, const RecurrenceOptions& options,
                const TimetableRun* run, const RunSeam* before);
  std::optional<RecurrenceResult> run();

 private:
  // One of a slot of a unit, in order: an operation, or a tail behind one.
  struct Item {
    bool tail = false;
    std::size_t index = 0;   // into ops or tails
    std::size_t anchor = 0;  // the operation
    std::size_t order = 0;   // in the slot
  };
  struct Snapshot {
    std::int64_t position = 0, now = 0, loaded = 0;
    std::vector<Wide> state;
  };
  struct Level : LoopLevel {
    std::deque<Snapshot> seen;
    Snapshot mean;  // an iteration far back
    std::int64_t executed = 0;
  };

  [[nodiscard]] std::int64_t stage(std::size_t op) const { return t_.ops[op].start / t_.interval; }
  [[nodiscard]] std::size_t load_engine(std::size_t load) const { return units_.size() + load; }
  [[nodiscard]] std::size_t store_engine(std::size_t store) const {
    return units_.size() + loads_.size() + store;
  }
  void add_items();
  bool settle_item(std::size_t unit);
  [[nodiscard]] std::int64_t ready(std::size_t unit);
  [[nodiscard]] std::int64_t op_ready(std::size_t op, std::int64_t position);
  [[nodiscard]] std::int64_t tail_ready(const Item& item, std::int64_t position);
  [[nodiscard]] bool has_followed(std::size_t tail, std::int64_t position) const;
  [[nodiscard]] std::int64_t value(std::size_t op, std::int64_t position, std::int64_t delay,
                                   bool by_clock) const;
  [[nodiscard]] std::int64_t room_behind(std::size_t maker);
  bool go(std::size_t engine, std::int64_t now);
  void begin_unit(std::size_t unit, std::int64_t now);
  void begin_transfer(std::size_t engine, const PinOrder::Key& key, std::int64_t bytes,
                      std::int64_t now);
  // What it moves each time; of a piece that is cut, `part` of `whole`.
  struct Rows {
    const std::vector<TimetableRows>& each;
    std::size_t numbered = 0;  // into carried_
    std::int64_t part = 1, whole = 1;
  };
  void share(std::size_t engine, const Rows& rows, std::int64_t epoch, std::int64_t issue,
             std::int64_t now);
  void end(std::size_t engine, std::int64_t now);
  void hold(std::size_t engine, std::int64_t cycles, std::int64_t now);
  // Everything that happens in this cycle; when something happens next, kNever: nothing does.
  std::int64_t go_on(std::int64_t now);
  [[nodiscard]] std::int64_t next(std::int64_t now) const;
  [[nodiscard]] bool units_done();

  void try_skip(std::int64_t& now);
  bool try_skip(Level& level, std::int64_t& now);
  [[nodiscard]] bool active(const TimetableLoad& load, const Level& level) const {
    return load.block <= level.inner;
  }
  [[nodiscard]] std::vector<Wide> state(const Level& level, std::int64_t now) const;
  void shift(const Level& level, std::int64_t epochs, std::int64_t cycles);
  [[nodiscard]] std::int64_t margin(const Level& level) const;

  const Timetable& t_;
  EpochOrder epochs_;
  RecurrenceOptions options_;
  TickRate rate_;
  std::size_t leader_ = 0;  // begins an epoch
  std::vector<std::vector<Item>> items_;
  std::vector<std::vector<std::size_t>> edges_to_, loads_of_, stores_of_;
  std::vector<std::int64_t> keep_;     // by op: values count so long after the start
  std::vector<std::int64_t> behind_;   // by tail: the same
  std::vector<std::size_t> reader_;    // by load: its first
  std::vector<std::size_t> order_of_;  // by op: in a slot
  std::vector<std::int64_t> pieces_;   // by store: so far
  std::vector<TimedOp> ops_;
  std::vector<TimedVisit> tails_;  // the latest
  std::vector<TimedUnit> units_;
  std::vector<TimedLoad> loads_;
  std::vector<TimedStore> stores_;
  std::vector<TimedEngine> engines_;
  PinOrder pins_;
  PortShares ports_;
  std::vector<std::vector<Wide>> carried_;  // parts of a row, by what moves them
  std::vector<PinOrder::Delay> delays_;
  std::vector<std::int64_t> asked_;  // rows that a visit asks for, by group of ports
  std::vector<Level> levels_;        // outermost first
  std::int64_t led_ = -1;            // position at which it was looked for a steady state
  std::int64_t end_ = 0, stored_ = 0, executed_ = 0;
  RecurrenceResult result_;
};

}  // namespace einfall::mappings
