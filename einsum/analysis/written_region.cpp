#include "einsum/analysis/written_region.hpp"

#include <algorithm>
#include <optional>

#include "einsum/analysis/affine_index.hpp"
#include "einsum/ir/access_walk.hpp"
#include "einsum/ir/sizes.hpp"

namespace einfall::einsum {
namespace {

using lattice::Box;
using lattice::Conjunction;
using lattice::Linear;
using lattice::Var;

// One writer's part of a tensor. Works in a box of the tensor's coordinates, then the writer's own
// variables and quotients; the latter are projected away.
class Part {
 public:
  Part(const Cascade& cascade, const Einsum& writer, const Sizes& sizes, const Region& region,
       const Box& coordinates)
      : cascade_(cascade), writer_(writer), sizes_(sizes), region_(region), box_(coordinates) {
    first_ = box_.size();
    box_.insert(box_.end(), region.box.begin(), region.box.end());
  }

  // The part over the coordinates and the kept quotients: those of coordinates alone, if asked for.
  Region run(bool keep_quotients) {
    const std::optional<Condition> meets = meet_all();
    Region part = Region::everything(Box(box_.begin(), box_.begin() + first_));
    if (!meets) {
      part.exact = everywhere();
      return part;
    }
    if (keep_quotients) find_kept();
    Condition condition = both(*meets, own());
    if (tail_unknown()) condition.exact = false;
    condition = without(condition, box_, gone(true));
    part.any = renamed(condition.any);
    part.exact = condition.exact && part.any.size() == condition.any.size();
    if (kept_.empty()) return part;
    const Condition fixed = both(*meets, Condition{{definitions(true)}, true});
    const Condition without_variables = without(fixed, box_, gone(false));
    const auto over_coordinates = renamed(without_variables.any);
    part.exact = part.exact && without_variables.exact && over_coordinates.size() == 1;
    if (over_coordinates.size() == 1) part.definitions = over_coordinates.front();
    for (const Var q : kept_) {
      std::vector<Var> of;
      for (Var c = 0; c < first_; ++c) of.push_back(c);
      part.quotients.push_back({part.box.size(), of});
      part.box.push_back(region_.box[q]);
    }
    return part;
  }

 private:
  std::optional<Condition> meet_all() {
    const Access& lhs = cascade_[writer_.lhs];
    const bool iterative = writer_.iterative_var.has_value() || writer_.is_init;
    const auto iterative_position = cascade_[lhs.tensor].iterative_position;
    Condition meets = Condition::always();
    for (std::size_t i = 0; i < lhs.indices.size(); ++i) {
      const bool carried = iterative && iterative_position == i;
      const auto equal = meet(i, lhs.indices[i], carried);
      if (!equal) return std::nullopt;
      meets = both(meets, *equal);
    }
    return meets;
  }

  bool on_left_side(Var v) const {
    if (v >= writer_.vars.size()) return std::find(kept_.begin(), kept_.end(), v) != kept_.end();
    const auto& indices = cascade_[writer_.lhs].indices;
    return !writer_.iterative_var && std::any_of(indices.begin(), indices.end(), [&](IndexId id) {
      const auto shifted = as_shifted_variable(cascade_, id);
      return shifted && shifted->variable == writer_.vars[v];
    });
  }

  void find_kept() {
    for (const Region::Quotient& quotient : region_.quotients)
      if (std::all_of(quotient.of.begin(), quotient.of.end(),
                      [&](Var v) { return on_left_side(v); }))
        kept_.push_back(quotient.variable);
  }
  bool is_kept(Var v) const { return std::find(kept_.begin(), kept_.end(), v) != kept_.end(); }

  // Definitions of the kept quotients, or of the others, behind the coordinates.
  Conjunction definitions(bool kept) const {
    Conjunction found;
    for (const Linear& linear : region_.definitions) {
      const bool all_kept = std::all_of(linear.terms.begin(), linear.terms.end(), [&](auto& term) {
        return term.first < writer_.vars.size() || is_kept(term.first);
      });
      if (all_kept == kept) found.push_back(linear);
    }
    const auto moved_definitions = replaced({found}, moved());
    return moved_definitions.empty() ? Conjunction{} : moved_definitions.front();
  }

  std::vector<Linear> moved() const {
    std::vector<Linear> replacement;
    for (Var v = 0; v < region_.box.size(); ++v)
      replacement.push_back(Linear{{{first_ + v, 1}}, 0});
    return replacement;
  }

  // Variables to project away: all of the writer's but the kept quotients; with `others` false only
  // those without further definitions.
  std::vector<Var> gone(bool others) const {
    std::vector<Var> found;
    for (Var v = 0; v < region_.box.size(); ++v)
      if (!is_kept(v) && (others || v < writer_.vars.size())) found.push_back(first_ + v);
    return found;
  }

  // Kept quotients close up behind the coordinates.
  std::vector<Conjunction> renamed(const std::vector<Conjunction>& any) const {
    std::vector<Linear> replacement;
    for (Var v = 0; v < box_.size(); ++v) {
      Var to = v;
      for (std::size_t k = 0; k < kept_.size(); ++k)
        if (v == first_ + kept_[k]) to = first_ + k;
      replacement.push_back(Linear{{{to, 1}}, 0});
    }
    return replaced(any, replacement);
  }

  // The writer's region, moved behind the coordinates.
  Condition own() const {
    const Condition condition{replaced(region_.any, moved()), region_.exact};
    return both(condition, Condition{{definitions(false)}, true});
  }

  // coordinate == index; for a carried position coordinate >= index. nullopt if the index is not a
  // variable plus a constant, or a constant.
  std::optional<Condition> meet(Var coordinate, IndexId id, bool carried) const {
    const auto constant = cascade_[id].constant.evaluate(sizes_);
    if (!constant || cascade_[id].terms.size() > 1) return std::nullopt;
    Linear difference{{{coordinate, -1}}, *constant};  // index - coordinate
    if (!cascade_[id].terms.empty()) {
      const auto shifted = as_shifted_variable(cascade_, id);
      if (!shifted) return std::nullopt;
      const auto place = std::find(writer_.vars.begin(), writer_.vars.end(), shifted->variable);
      if (place == writer_.vars.end()) return std::nullopt;
      difference.terms[first_ + static_cast<Var>(place - writer_.vars.begin())] = 1;
    }
    Linear back{{}, -difference.constant};
    for (const auto& [v, coefficient] : difference.terms) back.terms[v] = -coefficient;
    if (carried) return Condition{{{difference}}, true};
    return Condition{{{difference, back}}, true};
  }

  // A split left side `c*L + i` whose Einsum is present everywhere and covers the rank.
  bool everywhere() const {
    if (!region_.is_everything()) return false;
    const Access& lhs = cascade_[writer_.lhs];
    for (std::size_t i = 0; i < lhs.indices.size(); ++i) {
      if (as_shifted_variable(cascade_, lhs.indices[i])) continue;
      const auto split = as_split(cascade_, lhs.indices[i]);
      if (!split) return false;
      const auto blocks = sizes_[cascade_[split->outer].rank];
      if (blocks * sizes_[cascade_[split->inner].rank] < box_[i].high + 1) return false;
    }
    return true;
  }

  // A top-k keeps fewer than |J| where a mask leaves fewer candidates.
  bool tail_unknown() const {
    const auto* populate = std::get_if<PopulateRoot>(&writer_.root);
    if (populate == nullptr || !populate->target) return false;
    std::int64_t candidates = 1;
    for (const VarId over : populate->over)
      if (__builtin_mul_overflow(candidates, sizes_[cascade_[over].rank], &candidates))
        return false;
    return !region_.is_everything() || candidates < sizes_[cascade_[*populate->target].rank];
  }

  const Cascade& cascade_;
  const Einsum& writer_;
  const Sizes& sizes_;
  const Region& region_;
  Box box_;
  Var first_ = 0;
  std::vector<Var> kept_;  // quotients, numbered as in region_
};

}  // namespace

std::vector<Conjunction> replaced(const std::vector<Conjunction>& any,
                                  const std::vector<Linear>& replacement) {
  std::vector<Conjunction> result;
  for (const Conjunction& all : any) {
    Conjunction mapped;
    bool fits = true;
    for (const Linear& linear : all) {
      std::optional<Linear> sum = Linear{{}, linear.constant};
      for (const auto& [v, coefficient] : linear.terms)
        if (sum) sum = plus(*sum, coefficient, replacement[v]);
      fits = fits && sum.has_value();
      if (sum) mapped.push_back(std::move(*sum));
    }
    if (fits) result.push_back(std::move(mapped));
  }
  return result;
}

Region written_region(const Cascade& cascade, TensorId tensor, const std::vector<EinsumId>& writers,
                      const Sizes& sizes, const std::vector<Region>& regions) {
  Box coordinates;
  for (std::size_t i = 0; i < cascade[tensor].ranks.size(); ++i)
    coordinates.push_back({0, extent(cascade, cascade[tensor], i, sizes) - 1});
  const auto part = [&](EinsumId id, bool keep_quotients) {
    return Part(cascade, cascade[id], sizes, regions[id.index()], coordinates).run(keep_quotients);
  };
  if (writers.size() == 1) return part(writers.front(), true);
  Condition present = Condition::never();
  for (const EinsumId id : writers) {
    const Region one = part(id, false);
    present = either(std::move(present), Condition{one.any, one.exact});
  }
  Region region = Region::everything(coordinates);
  region.any = std::move(present.any);
  region.exact = present.exact;
  return region;
}

}  // namespace einfall::einsum
