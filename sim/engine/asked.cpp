#include "sim/engine/asked.hpp"

namespace einfall::sim {

using mappings::Cursor;
using mappings::Extent;
using mappings::Levels;
using mappings::Operation;
using mappings::OperationKind;
using mappings::PartSet;
using mappings::Program;
using mappings::When;

namespace {

// Loops outside some transfer that go through more than it does: others stand in them while it
// stands at an end.
PartSet passed_by_transfers(const Program& program) {
  PartSet passed;
  for (const Operation& op : program.operations)
    if (op.kind == OperationKind::kTransfer)
      passed = passed | (program.operations[op.serves].walk.parts() - op.walk.parts());
  return passed;
}

class Asking {
 public:
  Asking(const Program& program, const Operation& operation, const Cursor& cursor)
      : op_(operation) {
    asked_.exact = cursor.at().deciding();
    add_exact(op_.behind);
    // A transfer's place in the nest is that of a visit which a mask leaves.
    if (op_.kind == OperationKind::kTransfer) add_exact(program.operations[op_.serves].walk);
    for (const mappings::Take& take : op_.takes) add(take.when);
    for (const mappings::Give& give : op_.gives) add(give.when);
    for (const mappings::Movement& move : op_.moves) {
      add(move.when);
      add(move.words);
    }
    for (const Extent& term : op_.issue) add(term);
    const Levels run = op_.walk.all() & ~((Levels{1} << op_.run_from) - 1);
    if (!op_.group.valid()) return;
    asked_.ends |= run;
    // Slots are counted as if every step had as many visits.
    if (asked_.exact != 0) asked_.exact |= run;
  }

  AskedLevels asked() const { return asked_; }

 private:
  void add(const When& when) {
    asked_.ends |= when.first | when.last | when.not_first | when.not_last;
    if (when.other) asked_.exact |= when.other->levels();
  }
  void add(const Extent& extent) {
    for (const Extent::Cut& cut : extent.cuts) asked_.ends |= cut.last;
    if (extent.slice) asked_.exact |= extent.slice->levels();
  }
  void add_exact(const mappings::Walk& other) {
    if (!other.mask) return;
    for (std::size_t i = 0; i < other.levels.size(); ++i)
      if (((other.mask->levels() >> i) & 1U) != 0)
        asked_.exact |= op_.walk.of(PartSet({other.levels[i].part}));
  }

  const Operation& op_;
  AskedLevels asked_;
};

}  // namespace

std::vector<AskedLevels> asked_levels(const Program& program, const std::vector<Cursor>& cursors) {
  const PartSet passed = passed_by_transfers(program);
  std::vector<AskedLevels> asked;
  for (std::size_t o = 0; o < program.operations.size(); ++o) {
    const Operation& op = program.operations[o];
    asked.push_back(Asking(program, op, cursors[o]).asked());
    // A transfer that stands at an end of a loop is compared with others that go through it.
    if (op.kind == OperationKind::kTransfer) asked.back().ends |= op.walk.of(passed);
  }
  return asked;
}

}  // namespace einfall::sim
