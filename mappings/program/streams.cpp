#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "mappings/ir/leaf_order.hpp"
#include "mappings/ir/measure.hpp"
#include "mappings/ir/result_words.hpp"
#include "mappings/model/flows.hpp"
#include "mappings/model/pieces.hpp"
#include "mappings/program/lowering.hpp"

namespace einfall::mappings {
namespace {

class StreamBuilder {
 public:
  explicit StreamBuilder(Lowering& lowering) : l_(lowering), bound_(lowering.bound) {}

  void run() {
    for (const Flow& flow : l_.program.flows = flows()) lower(flow);
  }

 private:
  std::int64_t issued(const BoundEinsum& step, PartSet parts) const {
    return std::max<std::int64_t>(1, issued_steps(bound_, parts, step.mask, PartSet(step.loops)));
  }

  // Sums go out through the bottom of the array, those of every pass.
  static bool leaves_array(const BoundEinsum& step) {
    return step.dataflow == arch::Dataflow::kWeightStationary ||
           step.dataflow == arch::Dataflow::kColumnReduce;
  }

  // Loops, and steps in time, for each of which a result leaves.
  PartSet loops_of_result(const BoundEinsum& step) const {
    const std::vector<PartId> nest = nest_of(step);
    return leaves_array(step)
               ? PartSet(nest)
               : down_to_innermost(nest, changing(bound_, nest, step.write.relevant));
  }

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

  std::vector<Flow> flows() const {
    std::vector<Flow> all = data_flows(bound_, l_.cascade, l_.machine, l_.options);
    all.erase(std::remove_if(all.begin(), all.end(),
                             [](const Flow& f) { return f.kind == FlowKind::kExtraRead; }),
              all.end());
    return all;
  }

  void lower(const Flow& flow) {
    index_ = static_cast<std::size_t>(&flow - l_.program.flows.data());
    const bool reads = !flow.to.memory || flow.kind == FlowKind::kFill;
    const BoundEinsum& step = bound_[flow.step];
    kept_ = KeepId();
    switch (flow.kind) {
      case FlowKind::kFill:
        return fill(flow);
      case FlowKind::kWriteBack:
        return write_back(flow);
      case FlowKind::kReturn:
        return come_back(flow);
      case FlowKind::kSpill:
      case FlowKind::kOperand:
        if (reads && flow.read == Flow::kNoRead) return partial_read(flow, step);
        if (reads) return operand(flow, step);
        return result(flow, step);
      case FlowKind::kPartialRead:
        return partial_read(flow, step);
      default:
        return result(flow, step);
    }
  }

  // ---- What an operation reads --------------------------------------------------------------

  void operand(const Flow& flow, const BoundEinsum& step) {
    const std::size_t r = flow.read;
    const StepId user = first_user(l_, flow);
    Operation& op = l_.operation(user);
    const PartSet relevant = step.reads[r].relevant;
    const PartSet down =
        down_to_innermost(nest_of(step), changing(bound_, nest_of(step), relevant));
    const PartSet fetched = step.stationary == r ? down : PartSet(step.loops);
    // Passes over an array that is too small fetch again.
    const std::int64_t passes =
        fetched_words(bound_, step, r) / issued(step, relevant | down | fetched);
    Movement move{index_, extent_of(bound_, op.walk, relevant | down), {}};
    move.words.full *= passes;
    move.when.first = op.walk.all() & ~op.walk.of(fetched);
    if (flow.from == outermost())
      load(flow, op.node, loops_in(op, fetched), relevant | down, {user}, kStagedPieces,
           pieces_of(step, relevant | down | fetched), passes);
    else
      op.moves.push_back(move);
  }

  // Sums come back for every visit of their reduction but the first, and between the passes over
  // an array that has too few rows for them, or over steps in time.
  void partial_read(const Flow& flow, const BoundEinsum& step) {
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

  void fill(const Flow& flow) {
    const BoundAccess& read = bound_[flow.step].reads[flow.read];
    const KeepId keep = keep_at(bound_, read, flow.to);
    kept_ = keep;
    const std::vector<StepId> readers = readers_of(bound_, keep);
    const std::vector<PartId> loops = piece_loops(bound_, keep, readers);
    const bool whole = is_whole(bound_, keep);
    const PartSet relevant = selecting_parts(bound_, read.access);
    Operation& first = l_.operation(flow.step);
    if (flow.from == outermost()) {
      const std::size_t index = load(flow, first.node, loops, relevant, readers,
                                     room_of(bound_, keep, loops), slices_of(keep));
      Operation& transfer = l_.program.operations[index];
      Extent& words = transfer.moves.front().words;
      cut_to_tensor(bound_, transfer.walk, read.access, words);
      if (whole) words = whole_slice(keep, transfer.walk, PartSet(loops));
    } else {
      Movement move = piece(first, loops, relevant);
      cut_to_tensor(bound_, first.walk, read.access, move.words);
      if (whole) move.words = whole_slice(keep, first.walk, PartSet(loops));
      move.when.first = first.walk.all() & ~first.walk.of(PartSet(loops));
      first.moves.push_back(move);
    }
  }

  Extent whole_slice(KeepId keep, const Walk& walk, PartSet loops) const {
    Extent words{bound_[keep].slice, {}, {}};
    if (!is_gathered(bound_, keep))
      words.slice = std::make_shared<const SliceExtent>(bound_, bound_[keep], walk, loops);
    return words;
  }

  // What one step of these loops moves, in terms of the operation's own walk.
  Movement piece(const Operation& op, const std::vector<PartId>& loops, PartSet relevant) const {
    const Walk walk = make_walk(bound_, loops);
    Movement move{index_, extent_of(bound_, walk, relevant), {}};
    for (Extent::Cut& cut : move.words.cuts) {
      PartSet parts;
      for (std::size_t i = 0; i < walk.levels.size(); ++i)
        if ((cut.last >> i) & 1U) parts.insert(walk.levels[i].part);
      cut.last = op.walk.of(parts);
    }
    return move;
  }

  // ---- What an operation writes -------------------------------------------------------------

  void result(const Flow& flow, const BoundEinsum& step) {
    Operation& op = l_.operation(flow.step);
    const PartSet relevant = step.write.relevant;
    const PartSet loops = loops_of_result(step);
    const std::int64_t passes = result_words(bound_, step).writes / issued(step, relevant | loops);
    Movement move{index_, extent_of(bound_, op.walk, relevant | loops), {}};
    move.words.full *= passes;
    move.when.last = op.walk.all() & ~op.walk.of(loops);
    if (flow.to == outermost())
      store(flow, op, loops_in(op, loops), relevant | loops, kStagedPieces,
            pieces_of(step, relevant | loops), passes);
    else
      op.moves.push_back(move);
  }

  void write_back(const Flow& flow) {
    const BoundAccess& write = bound_[flow.step].write;
    const KeepId keep = keep_at(bound_, write, flow.from);
    kept_ = keep;
    const bool returns = bound_[keep].returned > 0;
    const std::vector<PartId> loops =
        piece_loops(bound_, keep, returns ? users_of(bound_, keep) : std::vector{flow.step});
    const PartSet relevant = selecting_parts(bound_, write.access);
    Operation& op = l_.operation(flow.step);
    // Nobody needs what comes of the last visit.
    const bool left_behind = flow.words < bound_[keep].filled;
    if (flow.to == outermost()) {
      const std::size_t index =
          store(flow, op, loops, relevant, room_of(bound_, keep, loops), slices_of(keep), 1);
      Operation& transfer = l_.program.operations[index];
      if (left_behind) transfer.moves.front().when.not_last = transfer.walk.of(bound_[keep].again);
      if (returns) leave_before(index, keep, room_of(bound_, keep, loops));
    } else {
      Movement move = piece(op, loops, relevant);
      move.when.last = op.walk.all() & ~op.walk.of(PartSet(loops));
      if (left_behind) move.when.not_last = op.walk.of(bound_[keep].again);
      op.moves.push_back(move);
    }
  }

  // An unfinished slice arrives again, in every visit but the first.
  void come_back(const Flow& flow) {
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
  void leave_before(std::size_t stored, KeepId keep, std::int64_t room) {
    Operation& store = l_.program.operations[stored];
    Operation& load = l_.program.operations[returning_];
    connect(store, load, store.walk.parts(), add_room("room for " + load.name, room), true, 0);
    come_after(store, load, bound_[keep].again, bound_.keep_spans[keep.index()]);
  }

  // What `load` fetches in one step of these loops, `store` has left in the one before.
  void come_after(Operation& store, Operation& load, PartSet loops, const base::SourceSpan& where) {
    const Levels from = store.walk.of(loops);
    const Levels to = load.walk.of(loops);
    const Levels lowest = from & (~from + 1);
    if (((from / lowest) & (from / lowest + 1)) != 0) {
      l_.errors.push_back(base::error(
          "E890", where,
          fmt::format("{} brings back what {} has left, but the loops that go on with it do not "
                      "stand next to each other",
                      load.name, store.name),
          "put these loops next to each other; `einfall cost` evaluates this order"));
      return;
    }
    if (!handed_on(store.walk, from, load.walk, to)) {
      l_.errors.push_back(base::error(
          "E891", where,
          fmt::format("{} brings back what {} has left, and the mask leaves out steps between "
                      "others, which the simulator does not execute",
                      load.name, store.name),
          "`einfall cost` evaluates it"));
      return;
    }
    const std::size_t token = l_.add_token(store.name + " -> " + load.name, Lack::kDependence, 0);
    Give give{token, {}, true, 0};
    Take take{token, {}};
    give.when.not_last = from;
    take.when.not_first = to;
    store.gives.push_back(std::move(give));
    load.takes.push_back(std::move(take));
  }

  // ---- Transfers ----------------------------------------------------------------------------

  static Pieces pieces_of(const BoundEinsum& step, PartSet parts) {
    return {step.mask, PartSet(step.loops) & parts};
  }
  // A slice comes (or leaves) whole if some of it is needed.
  Pieces slices_of(KeepId keep) const {
    return {bound_[keep].mask, renewing_loops(bound_, bound_[keep])};
  }

  static Place outermost() { return {true, 0}; }

  static std::vector<PartId> loops_in(const Operation& op, PartSet parts) {
    std::vector<PartId> loops;
    for (const WalkLevel& level : op.walk.levels)
      if (parts.has(level.part)) loops.push_back(level.part);
    return loops;
  }

  std::size_t add_transfer(const Flow& flow, NodeId node, const std::vector<PartId>& loops,
                           PartSet relevant, EngineKind kind, const Pieces& issued) {
    Operation op;
    op.kind = OperationKind::kTransfer;
    op.name = fmt::format("{} {}", kind == EngineKind::kLoad ? "load" : "store",
                          l_.cascade[flow.tensor].name);
    op.node = node;
    op.walk = make_walk(bound_, loops);
    op.walk.mask = make_mask(bound_, op.walk, issued.mask, issued.loops, op.walk.parts());
    op.moves.push_back({index_, extent_of(bound_, op.walk, relevant), {}});
    Engine engine{kind, op.name, 0, {l_.program.operations.size()}};
    l_.program.engines.push_back(std::move(engine));
    l_.program.operations.push_back(std::move(op));
    return l_.program.operations.size() - 1;
  }

  std::size_t add_room(std::string what, std::int64_t room) {
    const std::size_t token = l_.add_token(std::move(what), Lack::kSpace, room);
    l_.program.tokens[token].keep = kept_;
    return token;
  }

  // Pieces arrive ahead of their first reader, at most as many as there is room for.
  std::size_t load(const Flow& flow, NodeId node, const std::vector<PartId>& loops,
                   PartSet relevant, const std::vector<StepId>& readers, std::int64_t room,
                   const Pieces& issued, std::int64_t passes = 1) {
    const std::size_t index = add_transfer(flow, node, loops, relevant, EngineKind::kLoad, issued);
    l_.program.operations[index].moves.front().words.full *= passes;
    feed(flow, index, readers, room);
    after_maker(flow, index);
    return index;
  }

  void feed(const Flow& flow, std::size_t load, const std::vector<StepId>& readers,
            std::int64_t room) {
    Operation& transfer = l_.program.operations[load];
    std::vector<std::size_t> done;
    for (const StepId reader : readers) {
      const std::size_t at = l_.operation_of[reader.index()];
      if (std::find(done.begin(), done.end(), at) != done.end()) continue;
      done.push_back(at);
      Operation& op = l_.program.operations[at];
      const PartSet shared = shared_loops(l_, transfer, op);
      const std::string what = fmt::format("{} for {}", l_.cascade[flow.tensor].name, op.name);
      connect(transfer, op, shared, l_.add_token(what, Lack::kOperand, 0), true, 0);
      connect(op, transfer, shared, add_room("room for " + what, room), true, 0);
    }
  }

  // What an earlier Einsum leaves in the outermost memory must be there before it is read.
  void after_maker(const Flow& flow, std::size_t load) {
    waiting_.push_back({index_, load});
    for (const Moved& stored : stored_)
      if (l_.program.flows[stored.flow].tensor == flow.tensor) follow(stored, waiting_.back());
  }

  // Loops whose next step reads from the outermost memory what one step has left there: those of a
  // sum that goes on, or of an iterative rank.
  PartSet handed_on_by(const Flow& load) const {
    const BoundEinsum& step = bound_[load.step];
    if (load.read == Flow::kNoRead)
      return (loops_of_result(step) & step.ranks & PartSet(step.loops)) - step.write.relevant;
    const BoundAccess& read = step.reads[load.read];
    const auto position = l_.cascade[read.tensor].iterative_position;
    if (!read.carried || !position) return {};
    const einsum::RankId rank = l_.cascade[read.tensor].ranks[*position];
    return PartSet(bound_.rank_parts[rank.index()]) & PartSet(step.loops);
  }

  void follow(const Moved& stored, const Moved& loaded) {
    Operation& from = l_.program.operations[stored.transfer];
    Operation& to = l_.program.operations[loaded.transfer];
    const Flow& flow = l_.program.flows[loaded.flow];
    const bool carried = flow.read != Flow::kNoRead && bound_[flow.step].reads[flow.read].carried;
    if (flow.read != Flow::kNoRead && !carried) {
      connect(from, to, shared_loops(l_, from, to),
              l_.add_token(from.name + " -> " + to.name, Lack::kDependence, 0), true, 0);
      return;
    }
    // What a memory keeps of it goes its own way.
    if (!carried && l_.program.flows[stored.flow].kind == FlowKind::kWriteBack) return;
    if (const PartSet loops = handed_on_by(flow); from.walk.of(loops) != 0)
      come_after(from, to, loops, l_.cascade[bound_[flow.step].einsum].span);
  }

  std::size_t store(const Flow& flow, Operation& maker, const std::vector<PartId>& loops,
                    PartSet parts, std::int64_t room, const Pieces& issued, std::int64_t passes) {
    const std::size_t at = static_cast<std::size_t>(&maker - l_.program.operations.data());
    const std::size_t index =
        add_transfer(flow, maker.node, loops, parts, EngineKind::kStore, issued);
    l_.program.operations[index].moves.front().words.full *= passes;
    Operation& transfer = l_.program.operations[index];
    Operation& op = l_.program.operations[at];
    const PartSet shared = shared_loops(l_, transfer, op);
    const std::string& tensor = l_.cascade[flow.tensor].name;
    connect(op, transfer, shared,
            l_.add_token(fmt::format("{} to store", tensor), Lack::kDependence, 0), false,
            op.complete);
    connect(transfer, op, shared, add_room(fmt::format("room for {}", tensor), room), true, 0);
    stored_.push_back({index_, index});
    for (const Moved& waiting : waiting_)
      if (l_.program.flows[waiting.flow].tensor == flow.tensor) follow(stored_.back(), waiting);
    return index;
  }

  Lowering& l_;
  const BoundMapping& bound_;
  std::size_t index_ = 0;      // of the flow
  KeepId kept_;                // where its pieces stay; invalid: nowhere
  std::size_t returning_ = 0;  // the load of what the next store leaves unfinished
  std::vector<Moved> stored_, waiting_;
};

}  // namespace

void lower_streams(Lowering& lowering) { StreamBuilder(lowering).run(); }

StepId first_user(const Lowering& lowering, const Flow& flow) {
  StepId first = flow.step;
  const auto place = [&](StepId step) {
    const Operation& op = lowering.program.operations[lowering.operation_of[step.index()]];
    return std::tuple(op.stage, op.offset, op.sequence);
  };
  for (const StepId step : flow.sharers)
    if (place(step) < place(first)) first = step;
  return first;
}

}  // namespace einfall::mappings
