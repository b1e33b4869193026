#include "einsum/analysis/unrolled.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "einsum/ir/access_walk.hpp"

namespace einfall::einsum {
namespace {

// How an Einsum that runs once in every step writes: at coordinate step + offset of a position.
struct Stepping {
  RankId rank;
  VarId variable;
  std::size_t position = 0;
  std::int64_t offset = 0;
};

struct StepRange {
  std::int64_t from = 0, to = -1;  // both inclusive; empty if from > to
};

std::vector<RankId> unique(std::vector<RankId> ranks) {
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  return ranks;
}

std::vector<RankId> loop_ranks(const Flow& flow, const RankView& view) {
  std::vector<RankId> ranks;
  for (const Component& component : flow.graph.components)
    if (component.iterative_rank && !view.holds(*component.iterative_rank))
      ranks.push_back(*component.iterative_rank);
  return unique(std::move(ranks));
}

// Ranks of which a read takes one slice, or another than its writer wrote, or than others read.
std::vector<RankId> sliced_ranks(const Flow& flow) {
  const Cascade& cascade = flow.cascade;
  std::vector<RankId> ranks;
  for (const Einsum& einsum : cascade.einsums)
    for (const AccessId id : reads(cascade, einsum)) {
      const Access& read = cascade[id];
      for (std::size_t i = 0; i < read.indices.size(); ++i) {
        const auto shifted = as_shifted_variable(cascade, read.indices[i]);
        if (constant_coordinate(cascade, read.indices[i], flow.sizes) ||
            (shifted && shifted->offset != 0 && flow.is_input(read.tensor)))
          ranks.push_back(cascade[read.tensor].ranks[i]);
      }
    }
  for (const Edge& edge : flow.graph.edges) {
    const std::vector<IndexId>& written = cascade[cascade[edge.writer].lhs].indices;
    const std::vector<IndexId>& read = cascade[edge.access].indices;
    for (std::size_t i = 0; i < std::min(written.size(), read.size()); ++i) {
      const auto from = as_shifted_variable(cascade, written[i]);
      const auto to = as_shifted_variable(cascade, read[i]);
      if (from && to && from->offset != to->offset) ranks.push_back(cascade[from->variable].rank);
    }
  }
  return ranks;
}

class Unroller {
 public:
  Unroller(const Flow& flow, const RankView& view, const Sizes& sizes)
      : flow_(flow), cascade_(flow.cascade), view_(view), sizes_(sizes) {
    const std::vector<RankId> ranks = stepping_ranks(flow, view);
    const std::vector<RankId> loops = loop_ranks(flow, view);
    stepping_.resize(cascade_.einsums.size());
    for (const Component& component : flow.graph.components)
      for (const EinsumId id : component.einsums)
        stepping_[id.index()] = find(component, id, ranks, loops);
  }

  std::int64_t size() const {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < stepping_.size(); ++i)
      sum += std::min<std::int64_t>(steps(i), std::int64_t{1} << 40);
    return sum;
  }

  Unrolled run() {
    const std::size_t einsums = cascade_.einsums.size();
    out_.first.assign(einsums, 0);
    out_.steps.assign(einsums, 1);
    out_.stride.assign(einsums, 1);
    for (const auto& stepping : stepping_)
      out_.variable.push_back(stepping ? stepping->variable : VarId());
    out_.sizes = sizes_;
    for (const Component& component : flow_.graph.components) {
      std::int64_t most = 1;
      for (std::size_t k = 0; k < component.einsums.size(); ++k) {
        const std::size_t i = component.einsums[k].index();
        out_.first[i] = out_.instances.size() + k;
        out_.stride[i] = component.einsums.size();
        out_.steps[i] = static_cast<std::size_t>(steps(i));
        most = std::max(most, steps(i));
      }
      for (std::int64_t step = 0; step < most; ++step)
        for (const EinsumId id : component.einsums) add(id, step);
    }
    mark_needed();
    return std::move(out_);
  }

 private:
  // Loops step along their rank; a single Einsum that writes slice by slice along a stepping rank
  // does so too, along that of a loop if it has several.
  std::optional<Stepping> find(const Component& component, EinsumId id,
                               const std::vector<RankId>& ranks,
                               const std::vector<RankId>& loops) const {
    const Access& write = cascade_[cascade_[id].lhs];
    if (component.iterative_rank && !view_.holds(*component.iterative_rank)) {
      const auto found = along({*component.iterative_rank}, id);
      return found ? found : Stepping{*component.iterative_rank, VarId(), write.indices.size(), 0};
    }
    if (component.einsums.size() > 1) return std::nullopt;
    const auto found = along(loops, id);
    return found ? found : along(ranks, id);
  }

  std::optional<Stepping> along(const std::vector<RankId>& ranks, EinsumId id) const {
    const Einsum& einsum = cascade_[id];
    const Access& write = cascade_[einsum.lhs];
    for (std::size_t i = 0; i < write.indices.size(); ++i) {
      const auto index = as_shifted_variable(cascade_, write.indices[i]);
      if (!index) continue;
      const RankId rank = cascade_[index->variable].rank;
      if (!std::binary_search(ranks.begin(), ranks.end(), rank)) continue;
      if (const auto own = einsum.iterative_var;
          own && cascade_[*own].rank == rank && *own != index->variable)
        continue;
      return Stepping{rank, index->variable, i, index->offset};
    }
    return std::nullopt;
  }

  std::int64_t steps(std::size_t einsum) const {
    const auto& stepping = stepping_[einsum];
    return stepping ? std::max<std::int64_t>(1, sizes_[stepping->rank]) : 1;
  }

  void add(EinsumId id, std::int64_t step) {
    Instance instance{id, step, {}};
    for (const std::size_t e : flow_.edges_into[id.index()]) {
      const EinsumId writer = flow_.edge(e).writer;
      const StepRange range = writing_steps(e, step);
      const std::int64_t last = std::min(range.to, steps(writer.index()) - 1);
      for (std::int64_t s = std::max<std::int64_t>(0, range.from); s <= last; ++s) {
        const std::size_t place = out_.at(writer, static_cast<std::size_t>(s));
        if (place < out_.instances.size()) instance.into.emplace_back(e, place);
      }
    }
    out_.instances.push_back(std::move(instance));
  }

  // By Einsum: all its steps count, as those of an output, or of a tensor that no output is made
  // from.
  std::vector<bool> counting_whole() const {
    std::vector<std::vector<EinsumId>> writers(cascade_.tensors.size());
    for (std::size_t i = 0; i < cascade_.einsums.size(); ++i)
      writers[flow_.written_by(EinsumId(i)).index()].emplace_back(i);
    std::vector<TensorId> pending;
    std::vector<bool> reached(cascade_.tensors.size(), false), whole;
    for (std::size_t i = 0; i < reached.size(); ++i)
      if (cascade_.tensors[i].role == TensorRole::kOutput) pending.emplace_back(i);
    while (!pending.empty()) {
      const TensorId tensor = pending.back();
      pending.pop_back();
      if (reached[tensor.index()]) continue;
      reached[tensor.index()] = true;
      for (const EinsumId writer : writers[tensor.index()])
        for (const AccessId read : reads(cascade_, cascade_[writer]))
          pending.push_back(cascade_[read].tensor);
    }
    for (std::size_t i = 0; i < cascade_.einsums.size(); ++i) {
      const TensorId tensor = flow_.written_by(EinsumId(i));
      whole.push_back(cascade_[tensor].role == TensorRole::kOutput || !reached[tensor.index()]);
    }
    return whole;
  }

  // Writers stand before their readers, so that one sweep backwards finds all that is needed.
  void mark_needed() {
    const std::size_t einsums = cascade_.einsums.size();
    const std::vector<bool> whole = counting_whole();
    out_.needed.assign(out_.instances.size(), false);
    out_.earliest = out_.first;
    for (std::size_t i = 0; i < einsums; ++i)
      out_.latest.push_back(out_.at(EinsumId(i), out_.steps[i] - 1));
    std::vector<bool> found(einsums, false);
    for (std::size_t i = out_.instances.size(); i-- > 0;) {
      const Instance& instance = out_.instances[i];
      const std::size_t id = instance.einsum.index();
      if (whole[id]) out_.needed[i] = true;
      if (!out_.needed[i]) continue;
      for (const auto& [edge, writer] : instance.into) out_.needed[writer] = true;
      if (!found[id]) out_.latest[id] = i;
      out_.earliest[id] = i;
      found[id] = true;
    }
  }

  StepRange writing_steps(std::size_t e, std::int64_t step) const {
    const Edge& edge = flow_.edge(e);
    const auto& writer = stepping_[edge.writer.index()];
    if (writer && flow_.inside_component(e))
      return {step - *flow_.distance[e], step - *flow_.distance[e]};
    if (!writer) return init_met(edge, step) ? StepRange{0, 0} : StepRange{};
    const StepRange read = coordinates(edge, writer->position, step, sizes_[writer->rank] - 1);
    return {read.from - writer->offset, read.to - writer->offset};
  }

  // An init line writes one coordinate; the read has to be able to meet it.
  bool init_met(const Edge& edge, std::int64_t step) const {
    if (!cascade_[edge.writer].is_init) return true;
    const Access& write = cascade_[cascade_[edge.writer].lhs];
    for (std::size_t i = 0; i < write.indices.size(); ++i) {
      const auto written = constant_coordinate(cascade_, write.indices[i], sizes_);
      if (!written) continue;
      const StepRange read = coordinates(edge, i, step, kAnywhere);
      if (*written < read.from || *written > read.to) return false;
    }
    return true;
  }

  // Coordinates that a reader in this step may read at a position; `highest` bounds its variables.
  StepRange coordinates(const Edge& edge, std::size_t position, std::int64_t step,
                        std::int64_t highest) const {
    const Access& read = cascade_[edge.access];
    if (position >= read.indices.size()) return {0, kAnywhere};
    const IndexId id = read.indices[position];
    if (const auto value = constant_coordinate(cascade_, id, sizes_)) return {*value, *value};
    const auto index = as_shifted_variable(cascade_, id);
    if (!index || index->offset > kAnywhere || index->offset < -kAnywhere) return {0, kAnywhere};
    const auto& reader = stepping_[edge.reader.index()];
    if (reader && reader->variable.valid() && reader->variable == index->variable)
      return {step + index->offset, step + index->offset};
    return {index->offset, highest + index->offset};
  }

  static constexpr std::int64_t kAnywhere = std::int64_t{1} << 60;

  const Flow& flow_;
  const Cascade& cascade_;
  const RankView& view_;
  const Sizes& sizes_;
  std::vector<std::optional<Stepping>> stepping_;  // by Einsum
  Unrolled out_;
};

}  // namespace

std::optional<std::int64_t> constant_coordinate(const Cascade& cascade, IndexId index,
                                                const Sizes& sizes) {
  std::optional<std::int64_t> sum = cascade[index].constant.evaluate(sizes);
  for (const IndexTerm& term : cascade[index].terms) {
    const auto* division = std::get_if<DivMod>(&term.atom);
    if (division == nullptr || !sum) return std::nullopt;
    const auto numerator = constant_coordinate(cascade, division->numerator, sizes);
    const auto divisor = division->divisor.evaluate(sizes);
    const auto factor = term.coefficient.evaluate(sizes);
    if (!numerator || !divisor || *divisor <= 0 || !factor) return std::nullopt;
    std::int64_t remainder = *numerator % *divisor;
    if (remainder < 0) remainder += *divisor;
    std::int64_t value = remainder;
    if (!division->mod) {
      std::int64_t multiple = 0;
      if (__builtin_sub_overflow(*numerator, remainder, &multiple)) return std::nullopt;
      value = multiple / *divisor;
    }
    if (__builtin_mul_overflow(value, *factor, &value) ||
        __builtin_add_overflow(*sum, value, &*sum))
      return std::nullopt;
  }
  return sum;
}

std::vector<RankId> stepping_ranks(const Flow& flow, const RankView& view) {
  std::vector<RankId> ranks = loop_ranks(flow, view);
  const std::vector<RankId> sliced = sliced_ranks(flow);
  std::copy_if(sliced.begin(), sliced.end(), std::back_inserter(ranks),
               [&](RankId rank) { return !view.holds(rank); });
  return unique(std::move(ranks));
}

std::int64_t unrolled_size(const Flow& flow, const RankView& view, const Sizes& sizes) {
  return Unroller(flow, view, sizes).size();
}

Unrolled unroll(const Flow& flow, const RankView& view, const Sizes& sizes) {
  return Unroller(flow, view, sizes).run();
}

}  // namespace einfall::einsum
