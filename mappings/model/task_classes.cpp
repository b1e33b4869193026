#include "mappings/model/task_classes.hpp"

#include <algorithm>
#include <map>

#include "mappings/ir/measure.hpp"

namespace einfall::mappings {
namespace {

using Corner = std::vector<std::int64_t>;  // by coupled rank: its first coordinate in a task

class Classifier {
 public:
  explicit Classifier(const BoundMapping& bound)
      : bound_(bound), coupled_(bound.rank_parts.size(), false) {
    for (const BoundEinsum& step : bound.einsums)
      for (const MaskConjunction& all : step.mask.any)
        for (const MaskLinear& linear : all)
          for (const auto& term : linear.terms) coupled_[term.first.index()] = true;
    std::size_t first = 0;
    const auto& dealt = bound.distributed;
    while (first < dealt.size() && !coupled_[bound[dealt[first]].rank.index()]) ++first;
    PartSet outer;
    for (std::size_t i = 0; i < first; ++i) outer.insert(dealt[i]);
    out_.repeats = steps(bound, outer);
    inner_.assign(dealt.begin() + static_cast<std::ptrdiff_t>(first), dealt.end());
    for (const PartId part : inner_) {
      const einsum::RankId rank = bound[part].rank;
      if (coupled_[rank.index()] && std::find(ranks_.begin(), ranks_.end(), rank) == ranks_.end())
        ranks_.push_back(rank);
    }
    dealt_ = PartSet(dealt);
  }

  std::optional<TaskClasses> run() {
    if (extent(bound_, inner_) > kLongestOrder) return std::nullopt;
    at_.assign(bound_.rank_parts.size(), 0);
    if (!walk(0)) return std::nullopt;
    for (const std::size_t c : out_.order) out_.classes[c].tasks += out_.repeats;
    for (std::size_t c = 0; c < out_.classes.size(); ++c) fill(out_.classes[c], corners_[c]);
    return std::move(out_);
  }

 private:
  // All iterations of the inner loops, in order; false: too many classes.
  bool walk(std::size_t level) {
    if (level == inner_.size()) return add();
    const BoundPart& part = bound_[inner_[level]];
    std::int64_t& at = at_[part.rank.index()];
    const std::int64_t before = at;
    for (std::int64_t i = 0; i < part.trips; ++i) {
      at = before + i * part.stride;
      if (at >= bound_.sizes[part.rank]) break;
      if (!walk(level + 1)) return false;
    }
    at = before;
    return true;
  }

  bool add() {
    Corner corner;
    for (const einsum::RankId rank : ranks_) corner.push_back(at_[rank.index()]);
    const auto [place, fresh] = known_.emplace(corner, out_.classes.size());
    if (fresh) {
      if (known_.size() > static_cast<std::size_t>(kMostClasses)) return false;
      out_.classes.emplace_back();
      corners_.push_back(std::move(corner));
    }
    out_.order.push_back(place->second);
    return true;
  }

  // The same mask where the task stands.
  Mask within(Mask mask, const Corner& corner) const {
    for (std::size_t r = 0; r < ranks_.size(); ++r) {
      const std::int64_t low = corner[r];
      const std::int64_t stride = tile_stride(bound_, ranks_[r], dealt_);
      for (MaskConjunction& all : mask.any) {
        all.push_back({{{ranks_[r], -1}}, low});
        all.push_back({{{ranks_[r], 1}}, 1 - low - stride});
      }
    }
    return mask;
  }

  void fill(TaskClass& out, const Corner& corner) {
    // Einsums with the same mask and loops issue the same part.
    std::vector<std::size_t> first;
    for (std::size_t s = 0; s < bound_.einsums.size(); ++s) {
      const BoundEinsum& step = bound_.einsums[s];
      const auto same = std::find_if(first.begin(), first.end(), [&](std::size_t other) {
        const BoundEinsum& before = bound_.einsums[other];
        return before.mask == step.mask && before.loops == step.loops && before.time == step.time;
      });
      if (same != first.end()) {
        out.share.push_back(out.share[*same]);
        continue;
      }
      first.push_back(s);
      out.share.push_back(share(step, corner, out.tasks));
    }
  }

  double share(const BoundEinsum& step, const Corner& corner, std::int64_t tasks) const {
    if (step.steps == 0) return 0;
    if (step.mask.everything()) return 1.0 / static_cast<double>(bound_.tasks);
    PartSet timed(step.loops);
    for (const PartId part : step.time) timed.insert(part);
    const std::int64_t here =
        issued_steps(bound_, timed, within(step.mask, corner), PartSet(step.loops));
    return static_cast<double>(here) / static_cast<double>(step.steps) / static_cast<double>(tasks);
  }

  const BoundMapping& bound_;
  std::vector<bool> coupled_;  // by RankId
  std::vector<PartId> inner_;  // distributed loops from the first one on that a mask names
  std::vector<einsum::RankId> ranks_;
  PartSet dealt_;
  std::vector<std::int64_t> at_;  // by RankId
  std::map<Corner, std::size_t> known_;
  std::vector<Corner> corners_;
  TaskClasses out_;
};

}  // namespace

std::optional<TaskClasses> task_classes(const BoundMapping& bound) {
  return Classifier(bound).run();
}

}  // namespace einfall::mappings
