#include <fmt/format.h>

#include <algorithm>

#include "mappings/program/lowering.hpp"

// Links take what passes them at once, or nobody waits for them: what would be too much is refused.
namespace einfall::mappings {
namespace {

class LinkCheck {
 public:
  LinkCheck(Lowering& lowering, const arch::Link& link) : l_(lowering), link_(link) {}

  void run() {
    for (const Operation& op : l_.program.operations) {
      Wide bits = 0;
      for (const Movement& move : op.moves)
        if (passes(l_.program.flows[move.flow])) bits += moved(move);
      if (!report(op, bits, cycles_of(op))) return;
    }
    for (const Operation& from : l_.program.operations)
      if (unit_of(from) == link_.from && reads_of(from) &&
          !report(from, left_by(from), issue(from)))
        return;
  }

 private:
  const std::string& name(const Place& place) const {
    return place.memory ? l_.machine.memories[place.index].name
                        : l_.machine.units[place.index].name;
  }
  bool passes(const Flow& flow) const {
    return name(flow.from) == link_.from && name(flow.to) == link_.to;
  }
  Wide moved(const Movement& move) const {
    return Wide{move.words.full} * l_.program.flows[move.flow].bits;
  }

  std::string unit_of(const Operation& op) const {
    if (op.kind != OperationKind::kTile) return {};
    return l_.machine.units[l_.bound[op.tile.front()].unit.index()].name;
  }

  // Whether another unit at the end of the link reads what the operation makes on its way.
  bool reads_of(const Operation& from) const {
    const einsum::TensorId made = l_.bound[from.tile.back()].write.tensor;
    for (const Operation& to : l_.program.operations) {
      if (unit_of(to) != link_.to) continue;
      for (const StepId step : to.tile)
        for (const BoundAccess& read : l_.bound[step].reads)
          if (read.tensor == made && read.forwarded) return true;
    }
    return false;
  }
  Wide left_by(const Operation& op) const {
    const PartSet results = l_.bound[op.tile.back()].write.relevant;
    return Wide{extent_of(l_.bound, op.walk, results).full} * l_.machine.word.value() * 8;
  }

  static std::int64_t issue(const Operation& op) {
    std::int64_t cycles = 0;
    for (const Extent& term : op.issue) cycles += term.full;
    return std::max<std::int64_t>(1, cycles);
  }
  // Of a transfer: those that it has the pins at least.
  std::int64_t cycles_of(const Operation& op) const {
    if (op.kind != OperationKind::kTransfer) return issue(op);
    const auto& bandwidth = l_.machine.memories.front().bandwidth;
    Wide bytes = 0;
    for (const Movement& move : op.moves) bytes += (moved(move) + 7) / 8;
    if (!bandwidth || bytes == 0) return 1;
    return static_cast<std::int64_t>((bytes * l_.machine.clock.value() + bandwidth->value() - 1) /
                                     bandwidth->value());
  }

  // Whether so much fits through in so many cycles.
  bool report(const Operation& op, Wide bits, std::int64_t cycles) {
    if (bits <= Wide{8} * link_.width.value() * cycles) return true;
    l_.errors.push_back(base::error(
        "E891", link_.span,
        fmt::format("the link from '{}' to '{}' takes {} B a cycle, and a visit of {} passes {} B "
                    "in {} cycles: the simulator has nobody wait for a link",
                    link_.from, link_.to, link_.width.value(), op.name,
                    static_cast<std::int64_t>((bits + 7) / 8), cycles),
        "make the link wider, or leave out `width`"));
    return false;
  }

  Lowering& l_;
  const arch::Link& link_;
};

}  // namespace

void check_links(Lowering& lowering) {
  for (const arch::Link& link : lowering.machine.links)
    if (link.width.value() > 0) LinkCheck(lowering, link).run();
}

}  // namespace einfall::mappings
