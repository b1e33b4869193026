#include <fmt/format.h>

#include <algorithm>

#include "mappings/ir/legality.hpp"

namespace einfall::mappings {
namespace {

// A value kept in another format than the machine's word, followed to the unit that reads it.
class WidthCheck {
 public:
  explicit WidthCheck(Binder& binder) : binder_(binder), bound_(binder.bound) {}

  void run() {
    for (std::size_t s = 0; s < bound_.einsums.size() && !binder_.enough(); ++s)
      for (const BoundAccess& read : bound_.einsums[s].reads) {
        if (read.forwarded || read.keeps.empty()) continue;
        unit(StepId(s), read.keeps.front());
        link(read.keeps.front(), place_of(read.keeps.front()), unit_of(StepId(s)).name);
        for (std::size_t k = 0; k + 1 < read.keeps.size(); ++k)
          link(read.keeps[k], place_of(read.keeps[k + 1]), place_of(read.keeps[k]));
      }
  }

 private:
  const arch::ComputeUnit& unit_of(StepId id) const {
    return binder_.machine.units[bound_[id].unit.index()];
  }
  const std::string& place_of(KeepId id) const {
    const BoundKeep& keep = bound_[id];
    return keep.memory ? binder_.machine.memories[keep.memory->index()].name
                       : binder_.machine.units[keep.unit->index()].name;
  }

  void report(KeepId id, const std::string& taker, std::int64_t width,
              const base::SourceSpan& declared) {
    if (std::find(reported_.begin(), reported_.end(), id) != reported_.end()) return;
    reported_.push_back(id);
    base::Diagnostic wide =
        base::error("E824", bound_.keep_spans[id.index()],
                    fmt::format("'{}' is kept in {} bits an element, {} takes {}: {} too many",
                                binder_.name_of(bound_[id].tensor), bound_[id].bits, taker, width,
                                bound_[id].bits - width),
                    "keep it in a narrower type, or describe a machine with wider words");
    wide.notes.push_back({declared, "declared here"});
    binder_.sink.push_back(std::move(wide));
  }

  void unit(StepId id, KeepId keep) {
    if (bound_[keep].unit) return;  // takes as many registers as it needs
    const arch::ComputeUnit& unit = unit_of(id);
    std::int64_t width = binder_.machine.word.value() * 8;
    if (unit.registers.entries > 0) width = std::max(width, unit.registers.width.value());
    if (bound_[keep].bits > width)
      report(keep, fmt::format("unit '{}'", unit.name), width, unit.span);
  }

  void link(KeepId keep, const std::string& from, const std::string& to) {
    for (const arch::Link& link : binder_.machine.links) {
      const std::int64_t width = link.width.value() * 8;
      if (link.from != from || link.to != to || width == 0 || bound_[keep].bits <= width) continue;
      report(keep, fmt::format("the link from '{}' to '{}'", from, to), width, link.span);
    }
  }

  Binder& binder_;
  const BoundMapping& bound_;
  std::vector<KeepId> reported_;
};

}  // namespace

void check_widths(Binder& binder) { WidthCheck(binder).run(); }

}  // namespace einfall::mappings
