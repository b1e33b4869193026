#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
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
          need(id, access, unit_of(StepId(w)), unit_of(id));
      return;
    }
    for (std::size_t i = 0; i < access.keeps.size(); ++i) {
      if (is_made_under(bound_, access.tensor, bound_[access.keeps[i]].node)) break;
      need(id, access, outside(access, i), place_of(access.keeps[i]));
    }
    need(id, access, nearest(access), unit_of(id));
    if (spills(access)) need(id, access, outside(access, 0), unit_of(id));
  }

  void write(StepId id) {
    const BoundAccess& access = bound_[id].write;
    if (access.consumed_in_leaf) return;
    need(id, access, unit_of(id), nearest(access));
    if (spills(access)) need(id, access, unit_of(id), outside(access, 0));
    for (std::size_t i = 0; i < access.keeps.size(); ++i) {
      if (!is_needed_outside(bound_, binder_.cascade, access.tensor, bound_[access.keeps[i]].node))
        break;
      need(id, access, place_of(access.keeps[i]), outside(access, i));
    }
  }

  bool linked(const std::string& from, const std::string& to) const {
    const auto& links = binder_.machine.links;
    return std::any_of(links.begin(), links.end(),
                       [&](const arch::Link& link) { return link.from == from && link.to == to; });
  }

  // The memories on a shortest way of links; empty: there is none.
  std::vector<std::string> way(const std::string& from, const std::string& to) const {
    std::map<std::string, std::string> reached = {{from, ""}};  // by place: the one before it
    std::vector<std::string> next = {from};
    for (std::size_t i = 0; i < next.size(); ++i) {
      if (linked(next[i], to)) {
        std::vector<std::string> through;
        for (std::string at = next[i]; at != from; at = reached[at]) through.push_back(at);
        std::reverse(through.begin(), through.end());
        return through;
      }
      const std::string at = next[i];
      for (const arch::Memory& memory : binder_.machine.memories)
        if (linked(at, memory.name) && reached.emplace(memory.name, at).second)
          next.push_back(memory.name);
    }
    return {};
  }

  void need(StepId id, const BoundAccess& access, const std::string& from, const std::string& to) {
    if (from == to || !asked_.insert({from, to}).second) return;
    need_port(id, access, from, false);
    need_port(id, access, to, true);
    need_link(id, access, from, to);
  }

  // Partial sums that wait in a memory go back to their unit.
  void sums_return(StepId id, const BoundAccess& access, const std::string& place) {
    need_link(id, access, place, unit_of(id));
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

  // A word that passes a memory on its way is written there and read again; only a mapping that
  // keeps it there counts that.
  void need_link(StepId id, const BoundAccess& access, const std::string& from,
                 const std::string& to) {
    if (binder_.machine.links.empty() || linked(from, to)) return;
    const std::string& tensor = binder_.name_of(access.tensor);
    const std::vector<std::string> through = way(from, to);
    const std::string passed = fmt::format("'{}'", fmt::join(through, "', '"));
    std::string message =
        fmt::format("'{}' needs {} to go from '{}' to '{}', and machine '{}' has no link that way",
                    binder_.name_of(id), tensor, from, to, binder_.machine.name);
    std::string help =
        fmt::format("add `{{from: {}, to: {}}}` to the links of the machine if ", from, to);
    if (through.empty()) {
      help += fmt::format("it has one, or map '{}' otherwise", binder_.name_of(id));
    } else {
      message +=
          fmt::format(", only through {}, whose reads and writes would not be counted", passed);
      const bool handed_on = binder_.machine.find_unit(from) && binder_.machine.find_unit(to);
      help += fmt::format("words can go past {}, or {}keep {} there", passed,
                          handed_on ? "end the leaf between the two and " : "", tensor);
    }
    binder_.report("E823", binder_.step_spans[id.index()], std::move(message), std::move(help));
  }

  Binder& binder_;
  const BoundMapping& bound_;
  std::set<std::pair<std::string, std::string>> asked_;
  std::set<std::pair<std::string, bool>> ported_;  // reported
};

}  // namespace

void check_moves(Binder& binder) { MoveCheck(binder).run(); }
void check_partial_sums(Binder& binder) { MoveCheck(binder).run_partial_sums(); }

}  // namespace einfall::mappings
