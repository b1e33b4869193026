#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "mappings/ir/legality.hpp"
#include "mappings/ir/nest.hpp"
#include "mappings/ir/result_words.hpp"

namespace einfall::mappings {
namespace {

// Follows every value of the mapping from place to place, as the model counts them, and asks for
// the links and the ports in that direction.
class MoveCheck {
 public:
  explicit MoveCheck(Binder& binder) : binder_(binder), bound_(binder.bound) {}

  void run() {
    for (std::size_t i = 0; i < bound_.einsums.size() && !binder_.enough(); ++i) {
      for (const BoundAccess& access : bound_.einsums[i].reads) read(StepId(i), access);
      write(StepId(i));
    }
  }

  // What check_moves cannot know without sizes. Sums in registers have nowhere to come from.
  void run_partial_sums() {
    for (std::size_t i = 0; i < bound_.einsums.size() && !binder_.enough(); ++i) {
      const StepId id(i);
      const BoundAccess& access = bound_[id].write;
      if (access.consumed_in_leaf || in_registers(access)) continue;
      if (result_words(bound_, bound_[id]).reads == 0) continue;
      sums_return(id, access, nearest(access));
      if (spills(access)) sums_return(id, access, outside(access, 0));
    }
  }

 private:
  const std::string& outermost() const { return binder_.machine.memories.front().name; }
  const std::string& unit_of(StepId id) const {
    return binder_.machine.units[bound_[id].unit.index()].name;
  }
  const std::string& place_of(KeepId id) const {
    const BoundKeep& keep = bound_[id];
    return keep.memory ? binder_.machine.memories[keep.memory->index()].name
                       : binder_.machine.units[keep.unit->index()].name;
  }
  const std::string& nearest(const BoundAccess& access) const {
    return access.keeps.empty() ? outermost() : place_of(access.keeps.front());
  }
  const std::string& outside(const BoundAccess& access, std::size_t i) const {
    return i + 1 < access.keeps.size() ? place_of(access.keeps[i + 1]) : outermost();
  }
  bool in_registers(const BoundAccess& access) const {
    return !access.keeps.empty() && bound_[access.keeps.front()].unit.has_value();
  }
  bool spills(const BoundAccess& access) const {
    if (access.keeps.empty()) return false;
    const BoundKeep& keep = bound_[access.keeps.front()];
    return keep.resident_numerator != keep.resident_denominator;
  }

  void read(StepId id, const BoundAccess& access) {
    if (access.forwarded) {
      for (std::size_t w = 0; w < bound_.einsums.size(); ++w)
        if (bound_.einsums[w].node == bound_[id].node &&
            bound_.einsums[w].write.tensor == access.tensor)
          need(id, access, unit_of(StepId(w)), unit_of(id), true);
      return;
    }
    for (std::size_t i = 0; i < access.keeps.size(); ++i) {
      if (is_made_under(bound_, access.tensor, bound_[access.keeps[i]].node)) break;
      need(id, access, outside(access, i), place_of(access.keeps[i]), false);
    }
    need(id, access, nearest(access), unit_of(id), false);
    if (spills(access)) need(id, access, outside(access, 0), unit_of(id), false);
  }

  void write(StepId id) {
    const BoundAccess& access = bound_[id].write;
    if (access.consumed_in_leaf) return;
    need(id, access, unit_of(id), nearest(access), false);
    if (spills(access)) need(id, access, unit_of(id), outside(access, 0), false);
    for (std::size_t i = 0; i < access.keeps.size(); ++i) {
      if (!is_needed_outside(bound_, binder_.cascade, access.tensor, bound_[access.keeps[i]].node))
        break;
      need(id, access, place_of(access.keeps[i]), outside(access, i), false);
    }
  }

  // A direct link, or links through memories that pass the value on.
  bool connected(const std::string& from, const std::string& to, bool direct) const {
    std::set<std::string> reached = {from};
    std::vector<std::string> next = {from};
    while (!next.empty()) {
      const std::string at = std::move(next.back());
      next.pop_back();
      for (const arch::Link& link : binder_.machine.links) {
        if (link.from != at) continue;
        if (link.to == to) return true;
        if (!direct && binder_.machine.find_memory(link.to) != nullptr &&
            reached.insert(link.to).second)
          next.push_back(link.to);
      }
    }
    return false;
  }

  void need(StepId id, const BoundAccess& access, const std::string& from, const std::string& to,
            bool direct) {
    if (from == to || !asked_.insert({from, to, direct}).second) return;
    need_port(id, access, from, false);
    need_port(id, access, to, true);
    need_link(id, access, from, to, direct);
  }

  // Partial sums that wait in a memory go back to their unit.
  void sums_return(StepId id, const BoundAccess& access, const std::string& place) {
    need_link(id, access, place, unit_of(id), false);
    const arch::Memory* memory = binder_.machine.find_memory(place);
    if (!lacks_port(memory, false)) return;
    report_port(id, *memory, false,
                fmt::format("memory '{}' cannot be read, but partial sums of {} must be read back "
                            "for '{}'",
                            place, binder_.name_of(access.tensor), binder_.name_of(id)));
  }

  void need_port(StepId id, const BoundAccess& access, const std::string& place, bool write) {
    const arch::Memory* memory = binder_.machine.find_memory(place);
    if (!lacks_port(memory, write)) return;
    report_port(
        id, *memory, write,
        fmt::format("'{}' needs {} to {} memory '{}', which has no port that {}",
                    binder_.name_of(id), binder_.name_of(access.tensor),
                    write ? "be written to" : "be read from", place, write ? "writes" : "reads"));
  }

  // Null is a unit.
  static bool lacks_port(const arch::Memory* memory, bool write) {
    if (memory == nullptr) return false;
    const std::int64_t ports =
        (write ? memory->write_ports : memory->read_ports) + memory->shared_ports;
    return ports == 0 && memory->read_ports + memory->write_ports > 0;
  }

  void report_port(StepId id, const arch::Memory& memory, bool write, std::string message) {
    if (!ported_.insert({memory.name, write}).second) return;
    base::Diagnostic out =
        base::error("E825", binder_.step_spans[id.index()], std::move(message),
                    fmt::format("add `{}` or `shared` to the ports of '{}' in machine '{}'",
                                write ? "write" : "read", memory.name, binder_.machine.name));
    out.notes.push_back({memory.span, "the memory"});
    binder_.sink.push_back(std::move(out));
  }

  void need_link(StepId id, const BoundAccess& access, const std::string& from,
                 const std::string& to, bool direct) {
    if (binder_.machine.links.empty() || connected(from, to, direct)) return;
    binder_.report("E823", binder_.step_spans[id.index()],
                   fmt::format("'{}' needs {} to go from '{}' to '{}', and machine '{}' has no "
                               "link that way",
                               binder_.name_of(id), binder_.name_of(access.tensor), from, to,
                               binder_.machine.name),
                   fmt::format("add `{{from: {}, to: {}}}` to the links of the machine if it has "
                               "one, or map '{}' otherwise",
                               from, to, binder_.name_of(id)));
  }

  Binder& binder_;
  const BoundMapping& bound_;
  std::set<std::tuple<std::string, std::string, bool>> asked_;
  std::set<std::pair<std::string, bool>> ported_;  // reported
};

}  // namespace

void check_moves(Binder& binder) { MoveCheck(binder).run(); }
void check_partial_sums(Binder& binder) { MoveCheck(binder).run_partial_sums(); }

}  // namespace einfall::mappings
