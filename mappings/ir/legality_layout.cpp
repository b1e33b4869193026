#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "mappings/ir/legality.hpp"
#include "mappings/ir/measure.hpp"

namespace einfall::mappings {
namespace {

// A part of a rank on rows or columns, by the coordinates of a tensor that it selects.
struct Laid {
  std::size_t index = 0;    // of the tensor
  std::int64_t stride = 0;  // coordinates that one step of the part covers; 0: no even ones
  std::int64_t trips = 1;
  bool operator==(const Laid&) const = default;
};

// From outside in, as they are written.
struct Layout {
  std::vector<Laid> rows, columns;
  bool operator==(const Layout&) const = default;
};

// Coordinates that a step of a part of the term's rank covers; nullopt: they stand still.
std::optional<std::int64_t> stride_of(const TermForm& term, const BoundPart& part) {
  std::int64_t steps = part.stride;
  if (term.divisor > 1) {
    const std::int64_t span = part.stride * part.trips;  // at most 2^40 and a partial tile
    const bool inside = term.divisor % span == 0;
    const bool whole = part.stride % term.divisor == 0;
    if (term.remainder ? whole : inside) return std::nullopt;
    if (!inside && !whole) return 0;
    if (whole) steps /= term.divisor;
  }
  std::int64_t stride = 0;
  return __builtin_mul_overflow(term.coefficient, steps, &stride) ? 0 : stride;
}

// Parts beside each other that count on are one: M1 and M0 are M.
void append(std::vector<Laid>& out, const Laid& inner) {
  std::int64_t span = 0;
  if (!out.empty() && out.back().index == inner.index && inner.stride != 0 &&
      !__builtin_mul_overflow(inner.stride, inner.trips, &span) && out.back().stride == span) {
    out.back().stride = inner.stride;
    out.back().trips = saturating_mul(out.back().trips, inner.trips);
  } else {
    out.push_back(inner);
  }
}

std::vector<Laid> laid(const BoundMapping& bound, const AccessForm& form,
                       const std::vector<PartId>& parts) {
  std::vector<Laid> out;
  for (const PartId id : parts) {
    const BoundPart& part = bound[id];
    if (part.trips == 1) continue;
    for (std::size_t i = 0; i < form.indices.size(); ++i) {
      const IndexForm& index = form.indices[i];
      for (const TermForm& term : index.terms)
        if (term.rank == part.rank)
          if (const auto stride = stride_of(term, part)) append(out, {i, *stride, part.trips});
      if (std::count(index.opaque.begin(), index.opaque.end(), part.rank) > 0)
        out.push_back({i, 0, part.trips});
    }
  }
  return out;
}

Layout layout_of(const BoundMapping& bound, const BoundEinsum& step, const BoundAccess& access) {
  const AccessForm& form = bound.forms[access.access.index()];
  return {laid(bound, form, step.rows), laid(bound, form, step.columns)};
}

// Two uses of a value that stays in the PEs or lanes of one unit.
struct Use {
  StepId step;
  const BoundAccess* access = nullptr;
};

class LayoutCheck {
 public:
  explicit LayoutCheck(Binder& binder) : binder_(binder), bound_(binder.bound) {}

  void run() {
    for (std::size_t r = 0; r < bound_.einsums.size() && !binder_.enough(); ++r)
      for (const BoundAccess& read : bound_.einsums[r].reads)
        if (read.forwarded) forwarded({StepId(r), &read});
    for (std::size_t k = 0; k < bound_.keeps.size() && !binder_.enough(); ++k)
      if (bound_.keeps[k].unit) in_registers(KeepId(k));
  }

 private:
  void forwarded(const Use& reader) {
    for (std::size_t w = 0; w < bound_.einsums.size(); ++w) {
      const BoundEinsum& maker = bound_.einsums[w];
      const BoundEinsum& step = bound_[reader.step];
      if (maker.node == step.node && maker.unit == step.unit &&
          maker.write.tensor == reader.access->tensor && StepId(w) != reader.step)
        alike({StepId(w), &maker.write}, reader);
    }
  }

  // Whoever uses a value in registers finds it where the first one does.
  void in_registers(KeepId keep) {
    std::optional<Use> first;
    const auto use = [&](StepId step, const BoundAccess& access) {
      if (std::count(access.keeps.begin(), access.keeps.end(), keep) == 0) return;
      if (first)
        alike(*first, {step, &access});
      else
        first = Use{step, &access};
    };
    for (const bool writes : {true, false})
      for (std::size_t s = 0; s < bound_.einsums.size(); ++s) {
        if (writes) use(StepId(s), bound_.einsums[s].write);
        if (!writes)
          for (const BoundAccess& read : bound_.einsums[s].reads) use(StepId(s), read);
      }
  }

  // Both on one unit. What its lanes share a file for reaches all of them.
  void alike(const Use& first, const Use& second) {
    if (binder_.machine.units[bound_[first.step].unit.index()].registers.shared) return;
    const Layout there = layout_of(bound_, bound_[first.step], *first.access);
    if (there == layout_of(bound_, bound_[second.step], *second.access) &&
        !shifted(there, *first.access, *second.access))
      return;
    const std::string& tensor = binder_.name_of(second.access->tensor);
    base::Diagnostic out = base::error(
        "E826", binder_.written_bindings[second.step.index()]->span,
        fmt::format("{} stays on '{}', where '{}' has it on {}, and '{}' expects it on {}", tensor,
                    binder_.machine.units[bound_[first.step].unit.index()].name,
                    binder_.name_of(first.step), described(first), binder_.name_of(second.step),
                    described(second)),
        fmt::format("lay out '{}' like '{}', or put it into a leaf of its own, so that {} goes "
                    "through a memory",
                    binder_.name_of(second.step), binder_.name_of(first.step), tensor));
    out.notes.push_back({binder_.written_bindings[first.step.index()]->span,
                         fmt::format("'{}' is laid out here", binder_.name_of(first.step))});
    out.notes.push_back({binder_.cascade[second.access->access].span, "the use"});
    binder_.sink.push_back(std::move(out));
  }

  // X[m - 1] lies in the PE beside that of X[m].
  bool shifted(const Layout& layout, const BoundAccess& first, const BoundAccess& second) const {
    const auto moves = [&](const Laid& one) {
      const auto constant = [&](const BoundAccess& access) {
        const einsum::IndexId index = binder_.cascade[access.access].indices[one.index];
        return binder_.cascade[index].constant;
      };
      const auto distance = (constant(first) - constant(second)).as_constant();
      return !distance || *distance != 0;
    };
    return std::any_of(layout.rows.begin(), layout.rows.end(), moves) ||
           std::any_of(layout.columns.begin(), layout.columns.end(), moves);
  }

  std::string described(const Use& use) const {
    const BoundEinsum& step = bound_[use.step];
    const auto names = [&](const std::vector<PartId>& parts) {
      std::vector<std::string> found;
      for (const PartId part : parts)
        if (use.access->relevant.has(part)) found.push_back(binder_.name_of(part));
      return fmt::format("{}", fmt::join(found, " "));
    };
    const std::string rows = names(step.rows), columns = names(step.columns);
    const bool vector = binder_.machine.units[step.unit.index()].kind == arch::UnitKind::kVector;
    std::string text;
    if (!rows.empty()) text = "rows " + rows;
    if (!columns.empty())
      text += (text.empty() ? "" : ", ") + std::string(vector ? "lanes " : "columns ") + columns;
    return text.empty() ? "none of its ranks" : text;
  }

  Binder& binder_;
  const BoundMapping& bound_;
};

}  // namespace

void check_layouts(Binder& binder) { LayoutCheck(binder).run(); }

}  // namespace einfall::mappings
