#include "mappings/model/pipeline_ports.hpp"

#include <algorithm>

#include "mappings/ir/measure.hpp"
#include "mappings/ir/nest.hpp"
#include "mappings/ir/result_words.hpp"
#include "mappings/model/pieces.hpp"
#include "mappings/model/pipeline_pieces.hpp"
#include "mappings/model/port_groups.hpp"

namespace einfall::mappings {
namespace {

constexpr Place kOutermost{true, 0};

class PortsAdder {
 public:
  PortsAdder(Timetable& timetable, const BoundMapping& bound, const Body& body,
             const arch::Machine& machine, const Counts& counts, const ModelOptions& options)
      : t_(timetable),
        bound_(bound),
        body_(body),
        machine_(machine),
        counts_(counts),
        groups_(machine, options),
        rates_(groups_.rates()) {}

  void run() {
    if (rates_.empty()) return;
    for (const Flow& flow : counts_.flows)
      if (flow.kind != FlowKind::kExtraRead && bound_[flow.step].visits > 0) add(flow);
    for (TimetableStore& store : t_.stores) add_store(store);
    if (!may_lack()) return;
    t_.port_rates = rates_;
  }

 private:
  // Rows of all words of a flow at one of its ends, in so many whole times.
  void add_rows(std::vector<TimetableRows>& to, const Flow& flow, bool reading, const Exact& times,
                const std::vector<TimetableRows::Loop>& only, bool last,
                const std::vector<TimetableCut>& cuts = {}) const {
    const std::vector<std::size_t>& which = groups_.of(flow, reading);
    if (which.empty()) return;
    const Exact rows = groups_.rows(flow, reading) / (cuts.empty() ? max(Exact(1), times) : times);
    if (Exact(0) < rows) to.push_back({which, rows, only, last, cuts});
  }

  void add(const Flow& flow) {
    if (flow.from == kOutermost) {
      add_load(flow);
    } else if (!(flow.to == kOutermost)) {
      const auto tail = std::find_if(t_.tails.begin(), t_.tails.end(),
                                     [&](const TimetableTail& t) { return t.step == flow.step; });
      if (tail != t_.tails.end())
        for (const bool reading : {true, false})
          add_rows(tail->rows, flow, reading, bound_[flow.step].visits, {}, false);
      else
        add_operand(flow);
    }
  }

  void add_operand(const Flow& flow) {
    const auto op = std::find_if(t_.ops.begin(), t_.ops.end(), [&](const TimetableOp& o) {
      return std::any_of(o.tile.begin(), o.tile.end(), [&](StepId step) {
        return step == flow.step ||
               std::find(flow.sharers.begin(), flow.sharers.end(), step) != flow.sharers.end();
      });
    });
    if (op == t_.ops.end()) return;
    const std::vector<PartId>& path = bound_[body_.leaf].path;
    const bool last = !flow.to.memory ? false : flow.kind != FlowKind::kFill;
    if (flow.read == Flow::kNoRead && !flow.to.memory) return add_sums(op->rows, flow);
    const PartSet where = loops_of(flow) | outer_loops();
    const std::vector<TimetableRows::Loop> only = loops_in(PartSet(path) - where);
    const BoundEinsum& step = bound_[flow.step];
    auto cut = cut_pieces(bound_, body_, access_of(bound_, flow),
                          {where & PartSet(path), step.mask, PartSet(path)});
    if (!cut)
      cut = CutPieces{issued_steps(bound_, where & PartSet(path), step.mask, PartSet(path)), {}};
    for (const bool reading : {true, false})
      add_rows(op->rows, flow, reading, cut->whole, only, last, cut->cuts);
  }

  // Sums that come back to their unit, but not where they begin.
  void add_sums(std::vector<TimetableRows>& to, const Flow& flow) const {
    const BoundEinsum& step = bound_[flow.step];
    const PartSet path(bound_[body_.leaf].path);
    const PartSet reduced = (loops_of(flow) & step.ranks & path) - step.write.relevant;
    std::int64_t times = step.visits;
    const bool begins = !reduced.empty() && (reduced & outer_loops()).empty();
    if (begins) times -= issued_steps(bound_, path - reduced, step.mask, path);
    if (times <= 0) return;
    for (const bool reading : {true, false}) {
      const std::size_t all = to.size();
      add_rows(to, flow, reading, times, {}, false);
      if (!begins || to.size() == all) continue;
      TimetableRows none = to[all];  // takes them off again
      none.rows = Exact(0) - none.rows;
      none.only = loops_in(reduced);
      to.push_back(std::move(none));
    }
  }

  std::vector<TimetableRows::Loop> loops_in(PartSet parts) const {
    const std::vector<PartId>& path = bound_[body_.leaf].path;
    std::vector<TimetableRows::Loop> loops;
    for (std::size_t l = body_.outer; l < path.size(); ++l)
      if (parts.has(path[l])) loops.push_back({trips(bound_, path, l + 1), bound_[path[l]].trips});
    return loops;
  }

  PartSet outer_loops() const {
    PartSet outer;
    const std::vector<PartId>& path = bound_[body_.leaf].path;
    for (std::size_t l = 0; l < body_.outer; ++l) outer.insert(path[l]);
    return outer;
  }

  // The loops for each of whose steps it moves.
  PartSet loops_of(const Flow& flow) const {
    const BoundEinsum& step = bound_[flow.step];
    const PartSet all(step.loops);
    switch (flow.kind) {
      case FlowKind::kFill: {
        const KeepId keep = keep_at(bound_, step.reads[flow.read], flow.to);
        return PartSet(piece_loops(bound_, keep, readers_of(bound_, keep)));
      }
      case FlowKind::kWriteBack:
        return PartSet(piece_loops(bound_, keep_at(bound_, step.write, flow.from), {flow.step}));
      case FlowKind::kOperand:
      case FlowKind::kSpill:
        if (flow.to.memory) break;
        return operand_loops(bound_, step, flow.read);
      case FlowKind::kPartialRead:
      case FlowKind::kPartialWrite:
        return all;
      default:
        break;
    }
    return result_loops(bound_, step);
  }

  void add_load(const Flow& flow) {
    const auto load = std::find_if(t_.loads.begin(), t_.loads.end(),
                                   [&](const TimetableLoad& l) { return l.tensor == flow.tensor; });
    if (load == t_.loads.end()) return;
    const Exact bytes = words_read(flow) * Exact(flow.bits, 8);
    Exact times = bytes / Exact(std::max<std::int64_t>(1, load->bytes));
    if (load->cuts.empty()) times = times.ceil().value_or(1);
    add_rows(load->rows, flow, false, times, {}, false);
  }

  void add_store(TimetableStore& store) {
    const StepId maker = store.maker < t_.ops.size() ? t_.ops[store.maker].tile.back()
                                                     : t_.tails[store.maker - t_.ops.size()].step;
    for (const Flow& flow : counts_.flows)
      if (flow.step == maker && flow.to == kOutermost && flow.kind == FlowKind::kWriteBack) {
        const Exact bytes = words_written(flow) * Exact(flow.bits, 8);
        Exact times = bytes / Exact(std::max<std::int64_t>(1, store.bytes));
        if (store.cuts.empty()) times = times.ceil().value_or(1);
        add_rows(store.rows, flow, true, times, {}, false);
      }
  }

  // What all together can ask for in a cycle, each unit for one of its operations, is more than
  // there are ports.
  bool may_lack() const {
    std::vector<Exact> most(rates_.size(), 0);
    std::vector<std::vector<Exact>> by_unit(machine_.units.size(), most);
    const auto asked = [&](const std::vector<TimetableRows>& rows, const Exact& cycles,
                           std::vector<Exact>& out) {
      std::vector<Exact> sum(rates_.size(), 0);
      for (const TimetableRows& each : rows)
        for (const std::size_t group : each.groups)
          // A fraction may be left from the time before.
          sum[group] += Exact(std::max<std::int64_t>(0, each.rows.ceil().value_or(0))) /
                        max(Exact(1), cycles);
      for (std::size_t g = 0; g < out.size(); ++g) out[g] = max(out[g], sum[g]);
    };
    for (const TimetableOp& op : t_.ops) asked(op.rows, op.timing.issue, by_unit[op.unit]);
    for (const TimetableTail& tail : t_.tails)
      asked(tail.rows, tail.timing.issue, by_unit[tail.unit]);
    const auto cycles = [&](std::int64_t bytes) {
      return t_.bytes_per_cycle == Exact(0) ? Exact(1) : Exact(bytes) / t_.bytes_per_cycle;
    };
    for (const TimetableLoad& load : t_.loads)
      asked(load.rows, cycles(load.bytes), by_unit.emplace_back(rates_.size(), 0));
    for (const TimetableStore& store : t_.stores)
      asked(store.rows, cycles(store.bytes), by_unit.emplace_back(rates_.size(), 0));
    for (const auto& unit : by_unit)
      for (std::size_t g = 0; g < most.size(); ++g) most[g] += unit[g];
    for (std::size_t g = 0; g < most.size(); ++g)
      if (Exact(rates_[g]) < most[g]) return true;
    return false;
  }

  Timetable& t_;
  const BoundMapping& bound_;
  const Body& body_;
  const arch::Machine& machine_;
  const Counts& counts_;
  PortGroups groups_;
  std::vector<std::int64_t> rates_;
};

}  // namespace

void add_ports(Timetable& timetable, const BoundMapping& bound, const Body& body,
               const arch::Machine& machine, const Counts& counts, const ModelOptions& options) {
  PortsAdder(timetable, bound, body, machine, counts, options).run();
}

}  // namespace einfall::mappings
