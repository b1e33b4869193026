#include "mappings/model/task_classes.hpp"

#include <algorithm>
#include <map>

#include "mappings/ir/issued_fill.hpp"
#include "mappings/ir/measure.hpp"

namespace einfall::mappings {
namespace {

using Corner = std::vector<std::int64_t>;  // by coupled rank: its first coordinate in a task

class Classifier {
 public:
  explicit Classifier(const BoundMapping& bound)
      : bound_(bound),
        coupled_(bound.rank_parts.size(), false),
        ragged_(bound.rank_parts.size(), false) {
    dealt_ = PartSet(bound.distributed);
    for (const BoundEinsum& step : bound.einsums)
      for (const MaskConjunction& all : step.mask.any)
        for (const MaskLinear& linear : all)
          for (const auto& term : linear.terms) coupled_[term.first.index()] = true;
    std::size_t first = 0;
    const auto& dealt = bound.distributed;
    for (const PartId part : dealt) {
      const einsum::RankId rank = bound[part].rank;
      ragged_[rank.index()] =
          !coupled_[rank.index()] && bound.sizes[rank] % tile_stride(bound, rank, dealt_) != 0;
    }
    while (first < dealt.size() && !told_apart(bound[dealt[first]].rank)) ++first;
    PartSet outer;
    for (std::size_t i = 0; i < first; ++i) outer.insert(dealt[i]);
    out_.repeats = steps(bound, outer);
    inner_.assign(dealt.begin() + static_cast<std::ptrdiff_t>(first), dealt.end());
    for (const PartId part : inner_) {
      const einsum::RankId rank = bound[part].rank;
      if (told_apart(rank) && std::find(ranks_.begin(), ranks_.end(), rank) == ranks_.end())
        ranks_.push_back(rank);
    }
  }

  std::optional<TaskClasses> run() {
    if (extent(bound_, inner_) > kLongestOrder) return std::nullopt;
    at_.assign(bound_.rank_parts.size(), 0);
    if (!walk(0)) return std::nullopt;
    for (const std::size_t c : out_.order) out_.classes[c].tasks += out_.repeats;
    for (std::size_t c = 0; c < out_.classes.size(); ++c) fill(out_.classes[c], corners_[c]);
    for (std::size_t k = 0; k < bound_.keeps.size(); ++k) make_parts(&TaskClass::fill, k);
    for (std::size_t s = 0; s < bound_.einsums.size(); ++s) make_parts(&TaskClass::result, s);
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool told_apart(einsum::RankId rank) const {
    return coupled_[rank.index()] || ragged_[rank.index()];
  }

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
    for (const einsum::RankId rank : ranks_) {
      const std::int64_t at = at_[rank.index()];
      const bool last = at + tile_stride(bound_, rank, dealt_) > bound_.sizes[rank];
      corner.push_back(coupled_[rank.index()] || last ? at : 0);
    }
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
      out.share.push_back(share(step, corner));
    }
    for (const BoundEinsum& step : bound_.einsums)
      out.result.push_back(ranks_.empty() ? 1 : written(step, corner));
    for (const BoundKeep& keep : bound_.keeps)
      out.fill.push_back(ranks_.empty() || !keep.memory ? 1 : elements(keep, corner));
  }

  // Of the tasks at one place of the ranks that are told apart; 0 where nothing comes.
  double elements(const BoundKeep& keep, const Corner& corner) const {
    const PartSet renewing = renewing_loops(bound_, keep);
    const PartSet selecting = selecting_loops(bound_, keep);
    Mask here = keep.mask;
    if (here.everything()) here.any.emplace_back();
    here = within(std::move(here), corner);
    std::int64_t most = 0;
    for (const einsum::AccessId user : keep.users)
      most = std::max(most, issued_fill(bound_, here, user, renewing, selecting).value_or(0));
    return static_cast<double>(most);
  }

  // Of what an Einsum writes, the elements at one place of the ranks that are told apart.
  double written(const BoundEinsum& step, const Corner& corner) const {
    RankRanges ranges;
    for (const std::int64_t size : bound_.sizes.values) ranges.emplace_back(0, size);
    for (std::size_t r = 0; r < ranks_.size(); ++r) {
      auto& [begin, end] = ranges[ranks_[r].index()];
      begin = corner[r];
      end = std::min(end, begin + tile_stride(bound_, ranks_[r], dealt_));
    }
    return static_cast<double>(elements_within(bound_, step.write.access, ranges));
  }

  // Elements become parts of their sum.
  void make_parts(std::vector<double> TaskClass::*elements, std::size_t i) {
    double all = 0;
    for (const TaskClass& task : out_.classes)
      all += (task.*elements)[i] * static_cast<double>(task.tasks);
    for (TaskClass& task : out_.classes)
      (task.*elements)[i] =
          all > 0 ? (task.*elements)[i] / all : 1 / static_cast<double>(bound_.tasks);
  }

  double share(const BoundEinsum& step, const Corner& corner) const {
    if (step.steps == 0) return 0;
    if (step.mask.everything()) return 1.0 / static_cast<double>(bound_.tasks);
    PartSet timed(step.loops);
    for (const PartId part : step.time) timed.insert(part);
    const std::int64_t here =
        issued_steps(bound_, timed, within(step.mask, corner), PartSet(step.loops));
    return static_cast<double>(here) / static_cast<double>(step.steps) / tasks_at_a_corner();
  }
  [[nodiscard]] double tasks_at_a_corner() const {
    double tasks = static_cast<double>(bound_.tasks);
    for (const einsum::RankId rank : ranks_)
      tasks /= static_cast<double>(
          base::ceil_div(bound_.sizes[rank], tile_stride(bound_, rank, dealt_)));
    return tasks;
  }

  const BoundMapping& bound_;
  std::vector<bool> coupled_;  // by RankId: a mask names it
  std::vector<bool> ragged_;   // by RankId: the last task along it has less, and no mask names it
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
