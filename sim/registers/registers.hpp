#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "arch/machine.hpp"
#include "mappings/ir/bind.hpp"
#include "mappings/program/program.hpp"
#include "mappings/schedule/tile_timing.hpp"
#include "sim/engine/execution.hpp"

namespace einfall::sim {

/// How many entries of the register files a run needs, by unit, in each PE or lane: counted from
/// the stamps of what it did. A value passed on inside a leaf lives from the start of its maker's
/// visit to the end of the last visit that reads it. Where a reader takes the elements one by one
/// as they come, only those count that have come and were not taken. What a mapping keeps in
/// registers lives from the first to the last visit that uses a slice. Of two interleaved Einsums
/// the second begins with the first; a first one that no second one follows at once has the unit
/// for itself, and its results come the faster.
class RegisterUse {
 public:
  /// All must outlive it. Precondition: the program is that of the bound mapping.
  RegisterUse(const mappings::Program& program, const mappings::BoundMapping& bound,
              const arch::Machine& machine);

  /// An operation of the run, in the order of their ends.
  void see(const Execution::Done& done);

  struct Peak {
    std::int64_t entries = 0;
    std::int64_t cycle = 0;       // when it first was so
    std::vector<std::string> of;  // what lived then: "2 of SN"
  };
  /// Of what was seen; a value that was not read yet lives until the last end.
  [[nodiscard]] Peak peak(mappings::UnitId unit) const;

 private:
  using Key = std::vector<std::pair<std::size_t, std::int64_t>>;  // steps of the loops, by part
  /// Something that takes registers.
  struct Value {
    mappings::UnitId unit;
    mappings::StepId maker;  // invalid: what a mapping keeps
    std::string name;
    std::int64_t entries = 1;  // of an instance; of one element where readers take one by one
    std::int64_t elements = 1;
    mappings::PartSet loops;  // each iteration of them has an instance of its own
    struct Reader {
      mappings::StepId step;
      std::int64_t waits = 0;  // elements that it needs to be there at once; 0: takes one by one
    };
    std::vector<Reader> readers;
  };
  /// Elements that come and are taken one by one.
  struct Stream {
    std::int64_t start = 0, pace = 1;  // when the reader begins; it needs so long for each
  };
  struct Instance {
    std::int64_t from = 0, to = kNotRead;
    std::int64_t made = kNotRead;  // when its maker's visit ended
    std::int64_t elements = 1;     // at once, from beginning to end
    std::vector<Stream> streams;
  };
  static constexpr std::int64_t kNotRead = -1;

  void add_values();
  void add_keeps();
  [[nodiscard]] Key key(const Value& value, const Execution::Done& done) const;
  void use(std::size_t value, const Execution::Done& done);
  [[nodiscard]] std::int64_t begun(const Execution::Done& done) const;
  [[nodiscard]] mappings::TileTiming timing(const Value& value, const Instance& instance) const;
  struct Event {
    std::int64_t cycle, entries;
    std::size_t value;
  };
  void add_events(std::size_t value, const Instance& instance, std::vector<Event>& events) const;

  const mappings::Program& program_;
  const mappings::BoundMapping& bound_;
  const arch::Machine& machine_;
  std::vector<Value> values_;
  std::vector<std::map<Key, Instance>> instances_;   // by value
  std::vector<std::vector<std::size_t>> values_of_;  // by step: what it makes or reads
  std::int64_t last_ = 0;
  std::map<std::size_t, std::set<std::int64_t>> followed_;  // by first of a pair: the second began
  /// By second of a pair: start and end of the latest visit of the first.
  std::map<std::size_t, std::pair<std::int64_t, std::int64_t>> before_;
};

}  // namespace einfall::sim
