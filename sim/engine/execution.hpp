#pragma once

#include <array>
#include <boost/circular_buffer.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mappings/program/precedence.hpp"
#include "mappings/program/program.hpp"
#include "mappings/program/turns.hpp"
#include "sim/engine/asked.hpp"
#include "sim/engine/pins.hpp"
#include "sim/engine/ports.hpp"
#include "sim/engine/profile.hpp"
#include "sim/engine/watcher.hpp"

namespace einfall::sim {

/// Why an engine stands still, beyond what its next operation lacks.
enum class Stall {
  kOperand,
  kDependence,
  kSpace,
  kBarrier,
  kPort,  // rows of a memory, or its pins, that others are using
  // Of the pins of the outermost memory:
  kTurnaround,  // from reading to writing or back
  kRefresh,
  kBank,  // rows to be opened, banks in use
  kIdle   // nothing left to do
};
inline constexpr std::size_t kStalls = 9;
[[nodiscard]] std::string_view name(Stall stall);  // "operand"

/// What an engine did: busy + stalls = cycles of the run.
struct EngineUse {
  std::int64_t busy = 0;
  std::array<std::int64_t, kStalls> stalls{};
  std::array<std::int64_t, kStalls> fill{};  // of the stalls: before its first visit
  std::int64_t visits = 0;
};

/// What an engine does next when it is left alone: at `at` it has to be resumed; never means that
/// it waits for something another engine gives.
struct Wake {
  static constexpr std::int64_t kNever = std::int64_t{1} << 62;
  std::int64_t at = kNever;
};

struct ExecutionOptions {
  /// Skips a steady state whose whole state has provably repeated. Never changes a result.
  bool fast_forward = true;
  /// The engine whose first and last visit divide the run in the profile.
  std::size_t slowest = 0;
  MemoryModel memory = {};
};

/// A program being executed: all state of all engines, no kernel. Whoever drives it (kernel.hpp)
/// keeps the time: it resumes each engine when the engine asked for it, and those in `woken` at
/// once, and calls nothing else in between. Times are whole cycles; `now` never goes back.
class Execution {
 public:
  Execution(const mappings::Program& program, const ExecutionOptions& options);
  ~Execution();

  /// Does what the engine can do at `now`.
  Wake resume(std::size_t engine, std::int64_t now);
  /// Engines that may go on because of what the last call did. Cleared by the next call.
  [[nodiscard]] const std::vector<std::size_t>& woken() const { return woken_; }
  /// Cycles by which the last call moved all that is under way into the future, pending wakes
  /// included: the driver adds them to its time.
  [[nodiscard]] std::int64_t skipped() const { return skipped_; }

  [[nodiscard]] bool finished() const { return unfinished_ == 0; }
  /// When the last result could be used and the last piece was stored.
  [[nodiscard]] std::int64_t cycles() const { return end_; }
  /// Closes the books: the time after an engine's last operation is idle. Precondition: finished.
  void close();

  [[nodiscard]] const std::vector<EngineUse>& use() const { return use_; }
  [[nodiscard]] const std::vector<std::int64_t>& words() const { return words_; }  // by flow
  [[nodiscard]] const Profile& profile() const { return profile_; }
  [[nodiscard]] const Pins& pins() const { return pins_; }
  [[nodiscard]] std::int64_t skipped_cycles() const { return skipped_cycles_; }
  /// An engine that has not finished, with the operation that it is at.
  struct Waiting {
    std::size_t engine = 0, operation = 0;
    std::optional<std::size_t> token;  // that is missing; none: it is busy, or at a barrier
    /// The engine that gives it; at a barrier one that has not come.
    std::optional<std::size_t> giver;
    std::string text;
  };
  /// Who waits for whom, by engine.
  [[nodiscard]] std::vector<Waiting> waiting() const;

  /// Cycles in which an engine waited.
  struct Wait {
    Stall stall = Stall::kOperand;
    std::int64_t from = 0, to = 0;
  };
  /// An operation that has ended.
  struct Done {
    std::size_t engine = 0;
    std::size_t operation = 0;
    std::int64_t start = 0;
    std::int64_t cycles = 0;  // that it kept its engine
    /// When its data can be used (a transfer's; a tile's issue is over then).
    std::int64_t delivered = 0;
    /// The visit, and what its engine waited for since its last one and during it: of an operation
    /// that ports slow down the last cycles stand for all. Valid during the call.
    const mappings::Walker* at = nullptr;
    const std::vector<Wait>* waits = nullptr;
    /// When a transfer had the pins, in cycles; empty where banks are modelled.
    PinQueue::Spans spans;
  };
  /// Told of every operation until it returns false; meanwhile nothing is skipped.
  using Observer = std::function<bool(const Done&)>;
  void observe(Observer observer);
  /// By engine, what it waited for behind its last operation, once the books are closed. Where
  /// there is an observer still.
  [[nodiscard]] const std::vector<std::vector<Wait>>& last_waits() const { return waits_; }
  /// Must outlive the execution.
  void watch(Watcher* watcher) { watcher_ = watcher; }

 private:
  enum class Step { kChoose, kTake, kBusy, kBarrier, kDone };
  struct EngineState {
    Step step = Step::kChoose;
    std::size_t operation = 0;  // into the program, of the visit under way or waited for
    const mappings::Operation* op = nullptr;  // the same
    const mappings::Walker* at = nullptr;     // where it stands
    std::size_t take = 0;                     // next of its takes
    std::int64_t since = 0;                   // attributed up to here
    std::int64_t until = 0;                   // kBusy
    std::int64_t started = 0;                 // kBusy
    std::int64_t held = 0;       // kBusy: cycles by which it is slower for want of ports or pins
    std::int64_t sooner = 0;     // kBusy, of a tile: than in a full visit its last result comes
    std::int64_t delivered = 0;  // of a transfer: when its data can be used
    std::int64_t generation = 0;
    bool called = false;  // woken and not yet resumed
  };
  struct TokenState {
    std::int64_t ready = 0;                       // that count now
    boost::circular_buffer<std::int64_t> coming;  // from when on the others do
    std::size_t waiting = 0;                      // engine + 1 that waits for it
    Stall stall = Stall::kOperand;                // of who lacks it
  };
  struct BarrierState {
    std::size_t arrived = 0;
    std::int64_t generation = 0;
  };
  struct Snapshot;

  bool choose(std::size_t engine);
  Wake take(std::size_t engine, std::int64_t now);
  void start(std::size_t engine, std::int64_t now);
  void hold(const Ports::Delay& delay, std::int64_t now);
  void hold(const PinQueue::Delay& delay, std::int64_t now);
  void note_held(std::size_t engine, std::int64_t now);
  void finish(std::size_t engine, std::int64_t now);
  void give(const mappings::Give& give, std::int64_t time, std::int64_t now);
  void advance(std::size_t engine, std::int64_t now);
  void arrive(std::size_t engine);
  mappings::Wide transfer_bytes(std::size_t operation, const mappings::Movement& move,
                                std::int64_t words);
  [[nodiscard]] Stall waits_for(const EngineState& state) const;
  [[nodiscard]] std::optional<std::size_t> giver_of(std::size_t token) const;
  [[nodiscard]] std::optional<std::size_t> missing_at(std::size_t barrier) const;
  void attribute(EngineState& state, EngineUse& use, Stall stall, std::int64_t now);
  void wake(std::size_t engine);

  // fast_forward.cpp
  struct Iteration {
    std::size_t operation = 0;
    std::size_t level = 0;
    std::int64_t now = 0;
  };
  struct Level;
  /// What a state is compared without: the tick of the pins, or how many tokens there are where
  /// there are any.
  enum class But { kNothing, kTick, kReady };
  void prepare_fast_forward();
  void find_same(Level& level, mappings::NodeId node) const;
  void enter_loops(const Iteration& begun);
  std::int64_t began_iteration(const Iteration& begun);
  [[nodiscard]] Snapshot snapshot(const Iteration& begun, const Level& level);
  [[nodiscard]] std::vector<mappings::Wide> relative_state(std::int64_t now, But but) const;
  static void remember(Level& level, Snapshot here);
  [[nodiscard]] std::vector<EngineUse> use_until(std::int64_t now) const;
  [[nodiscard]] bool moved_together(const Level& level, const Snapshot& before,
                                    const Snapshot& here, std::vector<bool>& moved) const;
  [[nodiscard]] std::int64_t repeats(const Level& level, std::int64_t period,
                                     const std::vector<bool>& moved) const;
  [[nodiscard]] std::int64_t steady_repeats(const Level& level, std::int64_t period,
                                            const std::vector<bool>& moved,
                                            std::int64_t most) const;
  [[nodiscard]] std::optional<std::vector<std::int64_t>> pins_repeat(
      const Level& level, const Snapshot& before, const Snapshot& here,
      const std::vector<bool>& moved) const;
  [[nodiscard]] std::int64_t until_taken(const Snapshot& before, const Snapshot& here) const;
  void skip(const Level& level, const Snapshot& before, const Snapshot& here,
            const std::vector<bool>& moved, std::int64_t times);
  std::int64_t skip_periods(const Iteration& begun, bool worth);

  // stretches.cpp
  struct Stretch;
  [[nodiscard]] std::vector<mappings::Wide> stretch_state(std::int64_t now, But but) const;
  void begin_stretch(const Iteration& begun, Level& level, But but) const;
  void watch_stretch(Stretch& open) const;
  [[nodiscard]] bool make_room(Level& level);
  void forget(std::vector<Level>& levels);
  void end_stretches(const Iteration& begun);
  void end_stretch(const Iteration& begun, Level& level);
  [[nodiscard]] bool find_asked(Stretch& stretch) const;
  [[nodiscard]] std::int64_t moved_by(const Stretch& stretch, const Level& level,
                                      std::size_t operation, std::size_t at) const;
  struct Asked;
  [[nodiscard]] static bool answers_alike(const Asked& asked, std::int64_t now, std::int64_t then,
                                          std::int64_t last);
  [[nodiscard]] bool is_like(const Stretch& stretch, const Level& level) const;
  [[nodiscard]] const Stretch* known_stretch(const Iteration& begun);
  Iteration replay(const Stretch& stretch, const Level& level, std::int64_t now,
                   std::vector<EngineUse> use);
  void replay_cursor(const Stretch& stretch, const Level& level, std::size_t operation);

  // drift.cpp
  std::optional<Iteration> drift(const Iteration& begun);
  [[nodiscard]] std::vector<std::size_t> path_from(const Level& level) const;
  void forget_drifting(Level& level);
  [[nodiscard]] bool may_drift(const Iteration& begun, const Level& level) const;
  void end_drift(const Iteration& begun, Level& level);
  [[nodiscard]] bool moves_together(const Stretch& stretch, const Level& level) const;
  [[nodiscard]] std::int64_t most_steps(const Stretch& stretch, const Level& level) const;
  Iteration replay_path(Level& level, const std::vector<std::size_t>& path, std::int64_t now);
  void add_repeated(const Stretch& stretch, std::int64_t times, std::int64_t shift,
                    std::vector<EngineUse>& use);

  const mappings::Program& program_;
  ExecutionOptions options_;
  Observer observer_;
  Watcher* watcher_ = nullptr;
  std::vector<mappings::Cursor> cursors_;  // by operation
  mappings::Precedence precedence_;
  Pins pins_;
  Ports ports_;
  std::vector<mappings::Turns> turns_;  // by engine
  std::vector<EngineState> engines_;
  std::vector<TokenState> tokens_;
  std::vector<BarrierState> barriers_;
  std::vector<mappings::Wide> carried_;  // by operation: parts of a byte not yet moved
  std::vector<EngineUse> use_;
  std::vector<std::vector<Wait>> waits_;  // by engine, while there is an observer
  std::vector<std::int64_t> words_;
  Profile profile_;
  std::vector<std::size_t> woken_;
  std::vector<std::int64_t> before_;  // digits of a cursor that moves on
  std::size_t unfinished_ = 0;
  std::int64_t end_ = 0;
  std::int64_t skipped_ = 0;
  std::int64_t skipped_cycles_ = 0;

  std::vector<std::vector<std::size_t>> takers_;  // by token: operations
  // Loops at whose iterations the state is compared: by operation that leads one, by level.
  std::vector<std::vector<Level>> levels_;
  std::optional<Iteration> iteration_;    // that the last advance began
  std::vector<AskedLevels> asked_;        // by operation
  std::size_t parts_ = 0;                 // operations, engines and tokens: what a state is made of
  std::size_t visits_ = 0;                // that have been executed
  std::size_t kept_ = 0, most_kept_ = 0;  // stretches of all loops
};

}  // namespace einfall::sim
