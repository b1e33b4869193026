#pragma once

#include "mappings/program/lowering.hpp"

namespace einfall::mappings {

/// Engines and moves for every flow of a mapping: what operations read and write and what comes
/// and goes between memories (streams.cpp), and what returns there unfinished (returns.cpp).
class StreamBuilder {
 public:
  explicit StreamBuilder(Lowering& lowering) : l_(lowering), bound_(lowering.bound) {}

  void run();

 private:
  // A transfer of a flow.
  struct Moved {
    std::size_t flow;
    std::size_t transfer;
  };

  // What of a stream a mask leaves: iterations of `loops`.
  struct Pieces {
    const Mask& mask;
    PartSet loops;
  };

  std::int64_t issued(const BoundEinsum& step, PartSet parts) const;
  static bool leaves_array(const BoundEinsum& step);
  PartSet loops_of_result(const BoundEinsum& step) const;
  std::vector<Flow> flows() const;
  void lower(const Flow& flow);
  void operand(const Flow& flow, const BoundEinsum& step);
  void fill(const Flow& flow);
  Extent whole_slice(KeepId keep, const Walk& walk, PartSet loops) const;
  Movement piece(const Operation& op, const std::vector<PartId>& loops, PartSet relevant) const;
  void result(const Flow& flow, const BoundEinsum& step);
  void write_back(const Flow& flow);
  static Pieces pieces_of(const BoundEinsum& step, PartSet parts);
  Pieces slices_of(KeepId keep) const;
  static std::vector<PartId> loops_in(const Operation& op, PartSet parts);
  std::size_t add_transfer(const Flow& flow, NodeId node, const std::vector<PartId>& loops,
                           PartSet relevant, EngineKind kind, const Pieces& issued);
  std::size_t add_room(std::string what, std::int64_t room);
  std::size_t load(const Flow& flow, NodeId node, const std::vector<PartId>& loops,
                   PartSet relevant, const std::vector<StepId>& readers, std::int64_t room,
                   const Pieces& issued, std::int64_t passes = 1);
  void feed(const Flow& flow, std::size_t load, const std::vector<StepId>& readers,
            std::int64_t room);
  std::size_t store(const Flow& flow, Operation& maker, const std::vector<PartId>& loops,
                    PartSet parts, std::int64_t room, const Pieces& issued, std::int64_t passes);

  // What returns: sums and states that go on after they have left, and what waits for that.
  void partial_read(const Flow& flow, const BoundEinsum& step);
  void come_back(const Flow& flow);
  void leave_before(std::size_t stored, KeepId keep, std::int64_t room);
  void come_after(Operation& store, Operation& load, PartSet loops, const base::SourceSpan& where);
  void after_maker(const Flow& flow, std::size_t load);
  PartSet handed_on_by(const Flow& load) const;
  void follow(const Moved& stored, const Moved& loaded);

  static Place outermost() { return {true, 0}; }

  Lowering& l_;
  const BoundMapping& bound_;
  std::size_t index_ = 0;      // of the flow
  KeepId kept_;                // where its pieces stay; invalid: nowhere
  std::size_t returning_ = 0;  // the load of what the next store leaves unfinished
  std::vector<Moved> stored_, waiting_;
};

}  // namespace einfall::mappings
