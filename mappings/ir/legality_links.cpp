#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "mappings/ir/legality.hpp"
#include "mappings/ir/nest.hpp"

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

  void need_port(StepId id, const BoundAccess& access, const std::string& place, bool write) {
    const arch::Memory* memory = binder_.machine.find_memory(place);
    if (memory == nullptr) return;  // a unit
    const std::int64_t ports =
        (write ? memory->write_ports : memory->read_ports) + memory->shared_ports;
    const bool limited = memory->read_ports + memory->write_ports + memory->shared_ports > 0;
    if (!limited || ports > 0 || !ported_.insert({place, write}).second) return;
    const char* const verb = write ? "write" : "read";
    base::Diagnostic out =
        base::error("E825", binder_.step_spans[id.index()],
                    fmt::format("'{}' needs {} to {} memory '{}', which has no port that {}s",
                                binder_.name_of(id), binder_.name_of(access.tensor),
                                write ? "be written to" : "be read from", place, verb),
                    fmt::format("add `{}` or `shared` to the ports of '{}' in machine '{}'", verb,
                                place, binder_.machine.name));
    out.notes.push_back({memory->span, "the memory"});
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

}  // namespace einfall::mappings
