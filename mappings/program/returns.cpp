#include <fmt/format.h>

#include <algorithm>

#include "mappings/ir/measure.hpp"
#include "mappings/model/pieces.hpp"
#include "mappings/program/streams.hpp"

// What comes back to be gone on with: sums and states that left before they were done.
namespace einfall::mappings {

// Sums come back for every visit of their reduction but the first, and between the passes over
// an array that has too few rows for them, or over steps in time.
void StreamBuilder::partial_read(const Flow& flow, const BoundEinsum& step) {
  Operation* op = &l_.operation(flow.step);
  const PartSet relevant = step.write.relevant;
  const PartSet loops = loops_of_result(step);
  const PartSet reduced = (loops & step.ranks) - relevant;
  if (flow.from == outermost()) {
    const std::size_t transfer = load(flow, op->node, loops_in(*op, loops), relevant, {flow.step},
                                      kStagedPieces, pieces_of(step, relevant | loops));
    op = &l_.program.operations[transfer];
    op->moves.clear();
  }
  Movement move{index_, extent_of(bound_, op->walk, relevant), {}};
  cut_points(bound_, op->walk, step.write.access, move.words);
  move.when.first = op->walk.all() & ~op->walk.of(loops);
  Movement again = move;
  move.when.not_first = op->walk.of(reduced);
  if (move.when.not_first != 0) op->moves.push_back(move);
  const bool in_rows = PartSet(step.rows).empty() || !(PartSet(step.rows) & relevant).empty();
  const std::int64_t passes = leaves_array(step) && !in_rows ? step.row_tiles : 1;
  Extent steps = extent_of(bound_, op->walk, reduced & PartSet(step.time));
  for (Extent::Cut& cut : steps.cuts) {
    const std::int64_t before = steps.full / cut.full;
    cut = {cut.last, steps.full * passes - 1, before * cut.partial * passes - 1};
  }
  if (steps.cuts.size() > 1)
    l_.errors.push_back(base::error(
        "E891", l_.cascade[step.einsum].span,
        fmt::format("the sums of {} come back in steps over several ranks that do not come out "
                    "even, which the simulator does not execute",
                    l_.cascade[step.einsum].name),
        "`einfall cost` evaluates it"));
  again.words.full *= steps.full * passes - 1;
  again.words.cuts.insert(again.words.cuts.end(), steps.cuts.begin(), steps.cuts.end());
  if (again.words.full > 0) op->moves.push_back(again);
}

// An unfinished slice arrives again, in every visit but the first.
void StreamBuilder::come_back(const Flow& flow) {
  const KeepId keep = keep_at(bound_, bound_[flow.step].write, flow.to);
  kept_ = keep;
  const std::vector<StepId> users = users_of(bound_, keep);
  const std::vector<PartId> loops = piece_loops(bound_, keep, users);
  const PartSet relevant = selecting_parts(bound_, bound_[flow.step].write.access);
  Operation& op = l_.operation(flow.step);
  if (flow.from == outermost()) {
    const std::size_t index =
        add_transfer(flow, op.node, loops, relevant, EngineKind::kLoad, slices_of(keep));
    Operation& transfer = l_.program.operations[index];
    transfer.moves.front().when.not_first = transfer.walk.of(bound_[keep].again);
    feed(flow, index, users, room_of(bound_, keep, loops));
    returning_ = index;
  } else {
    Movement move = piece(op, loops, relevant);
    move.when.first = op.walk.all() & ~op.walk.of(PartSet(loops));
    move.when.not_first = op.walk.of(bound_[keep].again);
    op.moves.push_back(move);
  }
}

// What comes back has left before, and when it has left there is room for the next.
void StreamBuilder::leave_before(std::size_t stored, KeepId keep, std::int64_t room) {
  Operation& store = l_.program.operations[stored];
  Operation& load = l_.program.operations[returning_];
  connect(store, load, store.walk.parts(), {add_room("room for " + load.name, room), {}, true});
  come_after(store, load, bound_[keep].again, bound_.keep_spans[keep.index()]);
}

// What `load` fetches in one step of these loops, `store` has left in the one before.
void StreamBuilder::come_after(Operation& store, Operation& load, PartSet loops,
                               const base::SourceSpan& where) {
  const Levels from = store.walk.of(loops);
  const Levels to = load.walk.of(loops);
  if (!hands_on(l_, store.walk, load.walk, loops,
                {fmt::format("{} brings back what {} has left", load.name, store.name),
                 "the loops that go on with it",
                 "put these loops next to each other; `einfall cost` evaluates this order", where}))
    return;
  const std::size_t token = l_.add_token(store.name + " -> " + load.name, Lack::kDependence, 0);
  Give give{token, {}, true, 0};
  Take take{token, {}};
  give.when.not_last = from;
  take.when.not_first = to;
  store.gives.push_back(std::move(give));
  load.takes.push_back(std::move(take));
}

// What an earlier Einsum leaves in the outermost memory must be there before it is read.
void StreamBuilder::after_maker(const Flow& flow, std::size_t load) {
  waiting_.push_back({index_, load});
  for (const Moved& stored : stored_)
    if (l_.program.flows[stored.flow].tensor == flow.tensor) follow(stored, waiting_.back());
}

// Loops whose next step reads from the outermost memory what one step has left there: those of a
// sum that goes on, or of an iterative rank.
PartSet StreamBuilder::handed_on_by(const Flow& load) const {
  const BoundEinsum& step = bound_[load.step];
  if (load.read == Flow::kNoRead)
    return (loops_of_result(step) & step.ranks & PartSet(step.loops)) - step.write.relevant;
  const BoundAccess& read = step.reads[load.read];
  const auto position = l_.cascade[read.tensor].iterative_position;
  if (!read.carried || !position) return {};
  const einsum::RankId rank = l_.cascade[read.tensor].ranks[*position];
  return PartSet(bound_.rank_parts[rank.index()]) & PartSet(step.loops);
}

void StreamBuilder::follow(const Moved& stored, const Moved& loaded) {
  Operation& from = l_.program.operations[stored.transfer];
  Operation& to = l_.program.operations[loaded.transfer];
  const Flow& flow = l_.program.flows[loaded.flow];
  const bool carried = flow.read != Flow::kNoRead && bound_[flow.step].reads[flow.read].carried;
  if (flow.read != Flow::kNoRead && !carried) {
    connect(from, to, complete_in(l_, from, to, flow.tensor),
            {l_.add_token(from.name + " -> " + to.name, Lack::kDependence, 0), {}, true});
    return;
  }
  // What a memory keeps of it goes its own way.
  if (!carried && l_.program.flows[stored.flow].kind == FlowKind::kWriteBack) return;
  if (const PartSet loops = handed_on_by(flow); from.walk.of(loops) != 0)
    come_after(from, to, loops, l_.cascade[bound_[flow.step].einsum].span);
}

}  // namespace einfall::mappings
