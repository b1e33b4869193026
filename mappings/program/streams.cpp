#include "mappings/program/streams.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "mappings/ir/leaf_order.hpp"
#include "mappings/ir/measure.hpp"
#include "mappings/ir/result_words.hpp"
#include "mappings/model/flows.hpp"
#include "mappings/model/pieces.hpp"

namespace einfall::mappings {

void StreamBuilder::run() {
  for (const Flow& flow : l_.program.flows = flows()) lower(flow);
}

std::int64_t StreamBuilder::issued(const BoundEinsum& step, PartSet parts) const {
  return std::max<std::int64_t>(1, issued_steps(bound_, parts, step.mask, PartSet(step.loops)));
}

// Sums go out through the bottom of the array, those of every pass.
bool StreamBuilder::leaves_array(const BoundEinsum& step) {
  return step.dataflow == arch::Dataflow::kWeightStationary ||
         step.dataflow == arch::Dataflow::kColumnReduce;
}

// Loops, and steps in time, for each of which a result leaves.
PartSet StreamBuilder::loops_of_result(const BoundEinsum& step) const {
  const std::vector<PartId> nest = nest_of(step);
  return leaves_array(step) ? PartSet(nest)
                            : down_to_innermost(nest, changing(bound_, nest, step.write.relevant));
}

std::vector<Flow> StreamBuilder::flows() const {
  std::vector<Flow> all = data_flows(bound_, l_.cascade, l_.machine, l_.options);
  all.erase(std::remove_if(all.begin(), all.end(),
                           [](const Flow& f) { return f.kind == FlowKind::kExtraRead; }),
            all.end());
  return all;
}

void StreamBuilder::lower(const Flow& flow) {
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

void StreamBuilder::operand(const Flow& flow, const BoundEinsum& step) {
  const std::size_t r = flow.read;
  const StepId user = first_user(l_, flow);
  Operation& op = l_.operation(user);
  const PartSet relevant = step.reads[r].relevant;
  const PartSet down = down_to_innermost(nest_of(step), changing(bound_, nest_of(step), relevant));
  const PartSet fetched = step.stationary == r ? down : PartSet(step.loops);
  // Passes over an array that is too small fetch again.
  const std::int64_t passes = fetches(step, r);
  Movement move{index_, extent_of(bound_, op.walk, relevant | down), {}};
  cut_points(bound_, op.walk, step.reads[r].access, move.words);
  move.words.full *= passes;
  move.when.first = op.walk.all() & ~op.walk.of(fetched);
  if (flow.from == outermost()) {
    const std::size_t index =
        load(flow, op.node, loops_in(op, fetched), relevant | down, {user}, kStagedPieces,
             pieces_of(step, relevant | down | fetched), passes);
    Operation& transfer = l_.program.operations[index];
    cut_points(bound_, transfer.walk, step.reads[r].access, transfer.moves.front().words);
  } else {
    op.moves.push_back(move);
  }
}

void StreamBuilder::fill(const Flow& flow) {
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
    cut_slice(bound_, transfer.walk, read.access, words);
    if (whole) words = whole_slice(keep, transfer.walk, PartSet(loops));
  } else {
    Movement move = piece(first, loops, relevant);
    cut_slice(bound_, first.walk, read.access, move.words);
    if (whole) move.words = whole_slice(keep, first.walk, PartSet(loops));
    move.when.first = first.walk.all() & ~first.walk.of(PartSet(loops));
    first.moves.push_back(move);
  }
}

namespace {

// The last tile of a rank that these loops divide is shorter than the others.
bool has_cut_tile(const BoundMapping& bound, PartSet loops) {
  for (std::size_t r = 0; r < bound.sizes.values.size(); ++r)
    if (bound.sizes.values[r] % tile_stride(bound, einsum::RankId(r), loops) != 0) return true;
  return false;
}

}  // namespace

Extent StreamBuilder::whole_slice(KeepId keep, const Walk& walk, PartSet loops) const {
  Extent words{bound_[keep].slice, {}, {}};
  if (!is_gathered(bound_, keep) || has_cut_tile(bound_, loops))
    words.slice = std::make_shared<const SliceExtent>(bound_, bound_[keep], walk, loops);
  return words;
}

// What one step of these loops moves, in terms of the operation's own walk.
Movement StreamBuilder::piece(const Operation& op, const std::vector<PartId>& loops,
                              PartSet relevant) const {
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

void StreamBuilder::result(const Flow& flow, const BoundEinsum& step) {
  Operation& op = l_.operation(flow.step);
  const PartSet relevant = step.write.relevant;
  const PartSet loops = loops_of_result(step);
  const std::int64_t passes = result_words(bound_, step).writes / issued(step, relevant | loops);
  if (flow.to == outermost()) {
    const std::size_t index = store(flow, op, loops_in(op, loops), relevant | loops, kStagedPieces,
                                    pieces_of(step, relevant | loops), passes);
    Operation& transfer = l_.program.operations[index];
    cut_points(bound_, transfer.walk, step.write.access, transfer.moves.front().words);
    return;
  }
  Movement move{index_, extent_of(bound_, op.walk, relevant | loops), {}};
  cut_points(bound_, op.walk, step.write.access, move.words);
  move.words.full *= passes;
  move.when.last = op.walk.all() & ~op.walk.of(loops);
  op.moves.push_back(move);
}

void StreamBuilder::write_back(const Flow& flow) {
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
    cut_slice(bound_, transfer.walk, write.access, transfer.moves.front().words);
    if (left_behind) transfer.moves.front().when.not_last = transfer.walk.of(bound_[keep].again);
    if (returns) leave_before(index, keep, room_of(bound_, keep, loops));
  } else {
    Movement move = piece(op, loops, relevant);
    cut_slice(bound_, op.walk, write.access, move.words);
    move.when.last = op.walk.all() & ~op.walk.of(PartSet(loops));
    if (left_behind) move.when.not_last = op.walk.of(bound_[keep].again);
    op.moves.push_back(move);
  }
}

StreamBuilder::Pieces StreamBuilder::pieces_of(const BoundEinsum& step, PartSet parts) {
  return {step.mask, PartSet(step.loops) & parts};
}

// A slice comes (or leaves) whole if some of it is needed.
StreamBuilder::Pieces StreamBuilder::slices_of(KeepId keep) const {
  return {bound_[keep].mask, renewing_loops(bound_, bound_[keep])};
}

std::vector<PartId> StreamBuilder::loops_in(const Operation& op, PartSet parts) {
  std::vector<PartId> loops;
  for (const WalkLevel& level : op.walk.levels)
    if (parts.has(level.part)) loops.push_back(level.part);
  return loops;
}

std::size_t StreamBuilder::add_transfer(const Flow& flow, NodeId node,
                                        const std::vector<PartId>& loops, PartSet relevant,
                                        EngineKind kind, const Pieces& issued) {
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

std::size_t StreamBuilder::add_room(std::string what, std::int64_t room) {
  const std::size_t token = l_.add_token(std::move(what), Lack::kSpace, room);
  l_.program.tokens[token].keep = kept_;
  return token;
}

// Pieces arrive ahead of their first reader, at most as many as there is room for.
std::size_t StreamBuilder::load(const Flow& flow, NodeId node, const std::vector<PartId>& loops,
                                PartSet relevant, const std::vector<StepId>& readers,
                                std::int64_t room, const Pieces& issued, std::int64_t passes) {
  const std::size_t index = add_transfer(flow, node, loops, relevant, EngineKind::kLoad, issued);
  l_.program.operations[index].moves.front().words.full *= passes;
  feed(flow, index, readers, room);
  after_maker(flow, index);
  return index;
}

void StreamBuilder::feed(const Flow& flow, std::size_t load, const std::vector<StepId>& readers,
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
    connect(transfer, op, shared, {l_.add_token(what, Lack::kOperand, 0), {}, true});
    connect_room(op, transfer, shared, add_room("room for " + what, room));
  }
}

std::size_t StreamBuilder::store(const Flow& flow, Operation& maker,
                                 const std::vector<PartId>& loops, PartSet parts, std::int64_t room,
                                 const Pieces& issued, std::int64_t passes) {
  const std::size_t at = static_cast<std::size_t>(&maker - l_.program.operations.data());
  const std::size_t index =
      add_transfer(flow, maker.node, loops, parts, EngineKind::kStore, issued);
  l_.program.operations[index].moves.front().words.full *= passes;
  Operation& transfer = l_.program.operations[index];
  Operation& op = l_.program.operations[at];
  const PartSet shared = shared_loops(l_, transfer, op);
  const std::string& tensor = l_.cascade[flow.tensor].name;
  connect(op, transfer, shared,
          {l_.add_token(fmt::format("{} to store", tensor), Lack::kDependence, 0),
           {},
           false,
           op.complete,
           true});
  connect_room(transfer, op, shared, add_room(fmt::format("room for {}", tensor), room));
  stored_.push_back({index_, index});
  for (const Moved& waiting : waiting_)
    if (l_.program.flows[waiting.flow].tensor == flow.tensor) follow(stored_.back(), waiting);
  return index;
}

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
