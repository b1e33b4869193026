#include <fmt/format.h>

#include <set>
#include <utility>

#include "mappings/ir/legality.hpp"

namespace einfall::mappings {
namespace {

class HierarchyCheck {
 public:
  explicit HierarchyCheck(Binder& binder) : binder_(binder), bound_(binder.bound) {}

  void run() {
    for (std::size_t s = 0; s < bound_.einsums.size() && !binder_.enough(); ++s) {
      for (const BoundAccess& read : bound_.einsums[s].reads)
        if (!read.forwarded) check(read);
      check(bound_.einsums[s].write);
    }
  }

 private:
  // How many places are further from the units; registers are nearest.
  std::size_t depth(KeepId id) const {
    const BoundKeep& keep = bound_[id];
    return keep.memory ? keep.memory->index() : binder_.machine.memories.size();
  }
  std::string place_of(KeepId id) const {
    const BoundKeep& keep = bound_[id];
    return keep.memory ? fmt::format("'{}'", binder_.machine.memories[keep.memory->index()].name)
                       : fmt::format("the registers of '{}'",
                                     binder_.machine.units[keep.unit->index()].name);
  }

  void check(const BoundAccess& access) {
    for (std::size_t k = 0; k + 1 < access.keeps.size(); ++k)
      if (depth(access.keeps[k]) < depth(access.keeps[k + 1]) ||
          copies_itself(access.keeps[k], access.keeps[k + 1]))
        report(access.keeps[k], access.keeps[k + 1]);
  }

  // What is not resident outside comes from further out (and is E829).
  bool copies_itself(KeepId inner, KeepId outer) const {
    return depth(inner) == depth(outer) &&
           bound_[outer].resident_numerator == bound_[outer].resident_denominator;
  }

  void report(KeepId inner, KeepId outer) {
    if (!reported_.insert({inner, outer}).second) return;
    const std::string near = place_of(outer);
    const std::string far = place_of(inner);
    const bool twice = depth(inner) == depth(outer);
    base::Diagnostic out = base::error(
        "E831", bound_.keep_spans[inner.index()],
        twice ? fmt::format("{} is kept in {} twice: each slice would be copied inside it",
                            binder_.name_of(bound_[inner].tensor), near)
              : fmt::format("{} is kept in {} for less long than in {}, which is nearer to the "
                            "units: each slice would go out to come in again",
                            binder_.name_of(bound_[inner].tensor), far, near),
        twice ? "leave out one of the two"
              : fmt::format("exchange the two, or leave out what {} keeps", far));
    out.notes.push_back({bound_.keep_spans[outer.index()], fmt::format("kept in {} here", near)});
    binder_.sink.push_back(std::move(out));
  }

  Binder& binder_;
  const BoundMapping& bound_;
  std::set<std::pair<KeepId, KeepId>> reported_;
};

}  // namespace

void check_hierarchy(Binder& binder) { HierarchyCheck(binder).run(); }

}  // namespace einfall::mappings
