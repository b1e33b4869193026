#include "einsum/eval/run_einsum.hpp"

#include <array>
#include <memory>
#include <variant>

#include "einsum/eval/candidates.hpp"
#include "einsum/eval/plain_product.hpp"
#include "einsum/eval/strip_machine.hpp"

namespace einfall::einsum::eval {
namespace {

// Shuffled runs cut strips this short, so that there is an order to change.
constexpr std::int64_t kShuffledStrip = 5;

}  // namespace

template <class T>
class EinsumRun<T>::Body {
 public:
  Body(const Cascade& cascade, const std::vector<Layout>& layouts, const Einsum& einsum,
       const Program& program, const std::vector<TensorView<T>>& tensors, Target<T> target,
       Random* shuffle, const StripNumerics<T>* numerics)
      : einsum_(einsum),
        program_(program),
        tensors_(tensors),
        target_(target),
        shuffle_(shuffle),
        strip_length_(shuffle != nullptr ? kShuffledStrip : kStrip),
        numerics_(numerics),
        machine_(cascade, layouts, program, tensors, numerics),
        box_(whole_box(program)),
        outer_(nest(program.outputs, !program.strip_is_reduced)),
        inner_(nest(program.reduced, program.strip_is_reduced)) {
    const auto* reduction = std::get_if<ReduceRoot>(&einsum.root);
    if (numerics != nullptr && reduction != nullptr) lanes_ = numerics->reduction(reduction->op);
  }

  [[nodiscard]] base::Result<void> run_box(std::int64_t step, const std::vector<Interval>& box,
                                           const Sums<T>* sums) {
    box_ = box;
    sums_ = sums;
    outer_ = nest(program_.outputs, !program_.strip_is_reduced);
    inner_ = nest(program_.reduced, program_.strip_is_reduced);
    return run(step);
  }
  [[nodiscard]] bool resumes() const { return lanes_ != nullptr && lanes_->resumes(); }

  [[nodiscard]] base::Result<void> run(std::int64_t step) {
    if (program_.step) position()[*program_.step] = step;
    if (std::holds_alternative<PopulateRoot>(einsum_.root))
      populate(std::get<PopulateRoot>(einsum_.root));
    else if (lanes_ != nullptr)
      reduce_in_order();
    else if (const auto plain = plain_product(program_))
      sum_plain_products(*plain);
    else if (program_.strip_is_reduced)
      reduce_along_strip(std::get<ReduceRoot>(einsum_.root).op);
    else if (const auto* reduction = std::get_if<ReduceRoot>(&einsum_.root))
      reduce_strips(reduction->op);
    else
      map();
    if (machine_.reader.trouble) return base::failure(*machine_.reader.trouble);
    return {};
  }

 private:
  std::vector<std::int64_t>& position() { return machine_.reader.position; }
  [[nodiscard]] bool healthy() const { return !machine_.reader.trouble; }

  // While a nest runs, the strip's slot counts strips.
  LoopNest nest(const std::vector<std::uint32_t>& slots, bool with_strip) const {
    std::vector<Loop> loops;
    for (const std::uint32_t slot : slots)
      loops.push_back(
          {slot, std::max<std::int64_t>(0, box_[slot].end - box_[slot].begin), box_[slot].begin});
    const Interval& along = box_[program_.slots.strip];
    if (with_strip)
      loops.push_back({program_.slots.strip,
                       std::max<std::int64_t>(
                           0, (along.end - along.begin + strip_length_ - 1) / strip_length_)});
    return LoopNest(std::move(loops));
  }
  static std::vector<Interval> whole_box(const Program& program) {
    std::vector<Interval> box;
    for (const std::int64_t extent : program.slots.extents) box.push_back({0, extent});
    return box;
  }
  Interval strip() {
    const Interval& along = box_[program_.slots.strip];
    const std::int64_t begin = along.begin + position()[program_.slots.strip] * strip_length_;
    return {begin, std::min(begin + strip_length_, along.end)};
  }

  void map() {
    outer_.run(position(), shuffle_, [&] {
      const StripResult<T> found = machine_.run(strip());
      if (found.count > 0) store(found.begin, found.count, found.value, found.mask);
      return healthy();
    });
  }

  /// Writes lanes to the left side, the strip being an output.
  void store(std::int64_t begin, std::size_t count, Operand<T> value, const std::uint8_t* mask) {
    const AccessPlan& lhs = program_.addresses.accesses[program_.lhs];
    const LaneIndices to = lhs.varying() ? machine_.reader.lane_addresses(program_.lhs)
                                         : LaneIndices{machine_.reader.address(program_.lhs, begin),
                                                       lhs.address.stride, nullptr, nullptr, false};
    if (numerics_ != nullptr) value = rounded(value, count);
    const bool contiguous = to.lanes == nullptr && to.stride == 1;
    if (contiguous && mask == nullptr && !value.scalar) {
      std::copy_n(value.data, count, target_.values + to.first);
      if (target_.present != nullptr) std::fill_n(target_.present + to.first, count, 1);
      return;
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (mask != nullptr && mask[i] == 0) continue;
      const std::int64_t at = to.at(i);
      target_.values[at] = value.scalar ? *value.data : value.data[i];
      if (target_.present != nullptr) target_.present[at] = 1;
    }
  }

  Operand<T> rounded(Operand<T> value, std::size_t count) {
    rounded_.assign(value.data, value.data + (value.scalar ? 1 : count));
    numerics_->store(rounded_.data(), rounded_.size());
    return {rounded_.data(), value.scalar};
  }

  /// Either kind of reduction, point by point in the declared order.
  void reduce_in_order() {
    outer_.run(position(), shuffle_, [&] {
      const Interval whole = program_.strip_is_reduced ? Interval{0, 1} : strip();
      start_lanes(whole);
      inner_.run(position(), nullptr, [&] {
        const Interval part = program_.strip_is_reduced ? strip() : whole;
        const StripResult<T> found = machine_.run(part);
        program_.strip_is_reduced ? lanes_->along(found, part) : lanes_->across(found, part);
        return healthy();
      });
      if (!healthy()) return false;
      const T* values = lanes_->values();
      if (sums_ != nullptr) keep_sums(whole);
      if (!program_.strip_is_reduced)
        store_reduced(whole, {values, false}, program_.total ? nullptr : lanes_->seen());
      else if (lanes_->seen()[0] != 0)
        store_one(values[0]);
      return true;
    });
  }

  // Where the lanes of a strip of the left side are.
  LaneIndices sums_at(Interval whole) {
    const AccessPlan& lhs = program_.addresses.accesses[program_.lhs];
    machine_.reader.select_uniform();
    if (lhs.varying()) machine_.reader.select_lanes(whole);
    if (lhs.varying()) return machine_.reader.lane_addresses(program_.lhs);
    return {machine_.reader.address(program_.lhs, program_.strip_is_reduced ? 0 : whole.begin),
            program_.strip_is_reduced ? 0 : lhs.address.stride, nullptr, nullptr, false};
  }
  // Lanes of the strip that the left side has: there is no sum outside of it.
  Interval on_left_side(Interval whole) {
    const AccessPlan& lhs = program_.addresses.accesses[program_.lhs];
    if (lhs.in_range || lhs.varying() || program_.strip_is_reduced) return whole;
    machine_.reader.select_uniform();
    return machine_.reader.range(lhs, whole);
  }

  void start_lanes(Interval whole) {
    const auto lanes = static_cast<std::size_t>(whole.end - whole.begin);
    if (sums_ == nullptr) return lanes_->start(lanes);
    resumed_.assign(lanes, T{0});
    resumed_seen_.assign(lanes, 0);
    const Interval part = on_left_side(whole);
    const LaneIndices at = sums_at(part);
    for (std::int64_t i = part.begin; i < part.end && !at.none; ++i) {
      const auto lane = static_cast<std::size_t>(i - part.begin);
      if (at.mask != nullptr && at.mask[lane] == 0) continue;
      const auto to = static_cast<std::size_t>(i - whole.begin);
      resumed_[to] = sums_->values[at.at(lane)];
      resumed_seen_[to] = sums_->seen[at.at(lane)];
    }
    lanes_->resume(resumed_.data(), resumed_seen_.data(), lanes);
  }

  void keep_sums(Interval whole) {
    const Interval part = on_left_side(whole);
    const LaneIndices at = sums_at(part);
    for (std::int64_t i = part.begin; i < part.end && !at.none; ++i) {
      const auto lane = static_cast<std::size_t>(i - part.begin);
      const auto from = static_cast<std::size_t>(i - whole.begin);
      if ((at.mask != nullptr && at.mask[lane] == 0) || lanes_->seen()[from] == 0) continue;
      sums_->values[at.at(lane)] = lanes_->values()[from];
      sums_->seen[at.at(lane)] = 1;
    }
  }

  void reduce_strips(ReduceOp op) {
    std::vector<T> sums(static_cast<std::size_t>(strip_length_));
    std::vector<std::uint8_t> seen(sums.size());
    outer_.run(position(), shuffle_, [&] {
      const Interval whole = strip();
      const auto length = static_cast<std::size_t>(whole.end - whole.begin);
      std::fill_n(sums.begin(), length, identity<T>(op));
      if (!program_.total) std::fill_n(seen.begin(), length, 0);
      inner_.run(position(), shuffle_, [&] {
        const StripResult<T> found = machine_.run(whole);
        if (found.count > 0) add(op, found, whole.begin, sums, seen);
        return healthy();
      });
      if (healthy())
        store_reduced(whole, {sums.data(), false}, program_.total ? nullptr : seen.data());
      return healthy();
    });
  }

  /// reduce_strips for the commonest case, without its price a strip.
  void sum_plain_products(const PlainProduct& product) {
    std::vector<T> sums(static_cast<std::size_t>(strip_length_));
    const std::vector<std::uint8_t> seen(sums.size(), 1);
    const auto operand = [&](const PlainFactor& factor, std::int64_t begin) {
      const TensorId tensor = program_.addresses.accesses[factor.access].tensor;
      return Operand<T>{
          tensors_[tensor.index()].values + machine_.reader.address(factor.access, begin),
          factor.scalar};
    };
    outer_.run(position(), shuffle_, [&] {
      const Interval whole = strip();
      const auto length = static_cast<std::size_t>(whole.end - whole.begin);
      std::fill_n(sums.begin(), length, T{0});
      std::array<Operand<T>, kTerms> a, b;
      std::size_t waiting = 0;
      inner_.run(position(), shuffle_, [&] {
        a[waiting] = operand(product.a, whole.begin);
        b[waiting] = operand(product.b, whole.begin);
        if (++waiting == kTerms) {
          add_terms(sums.data(), a, b, length);
          waiting = 0;
        }
        return true;
      });
      for (std::size_t i = 0; i < waiting; ++i)
        accumulate_product(sums.data(), a[i], b[i], nullptr, length);
      store_reduced(whole, {sums.data(), false}, program_.total ? nullptr : seen.data());
      return true;
    });
  }

  static void add_terms(T* sums, const std::array<Operand<T>, kTerms>& a,
                        const std::array<Operand<T>, kTerms>& b, std::size_t length) {
    if (a[0].scalar == b[0].scalar) {
      for (std::size_t i = 0; i < kTerms; ++i)
        accumulate_product(sums, a[i], b[i], nullptr, length);
      return;
    }
    const auto& scalars = a[0].scalar ? a : b;
    const auto& vectors = a[0].scalar ? b : a;
    std::array<T, kTerms> factors;
    std::array<const T*, kTerms> rows;
    for (std::size_t i = 0; i < kTerms; ++i) {
      factors[i] = *scalars[i].data;
      rows[i] = vectors[i].data;
    }
    accumulate_scaled(sums, factors, rows, length);
  }

  void add(ReduceOp op, const StripResult<T>& found, std::int64_t begin, std::vector<T>& sums,
           std::vector<std::uint8_t>& seen) const {
    const auto offset = static_cast<std::size_t>(found.begin - begin);
    T* to = sums.data() + offset;
    if (program_.product)
      accumulate_product(to, found.factor_a, found.factor_b, found.mask, found.count);
    else
      accumulate(op, to, found.value, found.mask, found.count);
    if (program_.total) return;
    if (found.mask != nullptr)
      mask_or(seen.data() + offset, found.mask, found.count);
    else
      std::fill_n(seen.begin() + static_cast<std::ptrdiff_t>(offset), found.count, 1);
  }

  // The left side may be out of range in part of the strip; no point was seen there.
  void store_reduced(Interval whole, Operand<T> sums, const std::uint8_t* seen) {
    const AccessPlan& lhs = program_.addresses.accesses[program_.lhs];
    if (seen != nullptr && !any_set(seen, static_cast<std::size_t>(whole.end - whole.begin)))
      return;
    machine_.reader.select_uniform();
    if (lhs.varying()) machine_.reader.select_lanes(whole);
    store(whole.begin, static_cast<std::size_t>(whole.end - whole.begin), sums, seen);
  }

  void reduce_along_strip(ReduceOp op) {
    outer_.run(position(), shuffle_, [&] {
      T sum = identity<T>(op);
      bool seen = false;
      inner_.run(position(), shuffle_, [&] {
        const StripResult<T> found = machine_.run(strip());
        if (found.count == 0 || (found.mask != nullptr && !any_set(found.mask, found.count)))
          return healthy();
        const T part = program_.product
                           ? reduce_product(found.factor_a, found.factor_b, found.mask, found.count)
                           : reduce(op, found.value, found.mask, found.count);
        accumulate(op, &sum, {&part, true}, nullptr, 1);
        seen = true;
        return healthy();
      });
      if (seen && healthy()) store_one(sum);
      return healthy();
    });
  }

  /// Writes one point: the strip is reduced, so that the left side has one address.
  void store_one(T value) {
    const std::int64_t at = machine_.reader.address(program_.lhs, 0);
    if (numerics_ != nullptr) numerics_->store(&value, 1);
    target_.values[at] = value;
    if (target_.present != nullptr) target_.present[at] = 1;
  }

  void populate(const PopulateRoot& root) {
    const std::int64_t keep = program_.target ? program_.slots.extents[*program_.target] : 1;
    Candidates<T> candidates(root.op, keep);
    outer_.run(position(), shuffle_, [&] {
      candidates.clear();
      if (program_.target) position()[*program_.target] = 0;
      inner_.run(position(), shuffle_, [&] {
        const StripResult<T> found = machine_.run(strip());
        for (std::size_t i = 0; i < found.count; ++i)
          if (found.mask == nullptr || found.mask[i] != 0)
            candidates.offer(found.value.scalar ? *found.value.data : found.value.data[i],
                             coordinate(root, found.begin + static_cast<std::int64_t>(i)));
        return healthy();
      });
      std::int64_t j = 0;
      for (const auto& entry : candidates.ranked()) {
        if (program_.target) position()[*program_.target] = j++;
        const bool values = root.op == PopulateOp::kTopk;
        if (healthy()) store_one(values ? entry.value : static_cast<T>(entry.coordinate));
      }
      return healthy();
    });
  }

  /// The populated variables at a lane, flattened row-major.
  std::int64_t coordinate(const PopulateRoot& root, std::int64_t lane) {
    std::int64_t flat = 0;
    for (const VarId variable : root.over) {
      const std::uint32_t slot = program_.slots.slot_of.at(variable);
      flat = flat * program_.slots.extents[slot] +
             (slot == program_.slots.strip ? lane : position()[slot]);
    }
    return flat;
  }

  const Einsum& einsum_;
  const Program& program_;
  const std::vector<TensorView<T>>& tensors_;
  Target<T> target_;
  Random* shuffle_;
  std::int64_t strip_length_;
  const StripNumerics<T>* numerics_;
  StripMachine<T> machine_;
  std::vector<Interval> box_;  // by slot
  const Sums<T>* sums_ = nullptr;
  LoopNest outer_, inner_;
  std::unique_ptr<LaneReduction<T>> lanes_;  // reductions with numerics
  std::vector<T> rounded_;
  std::vector<T> resumed_;
  std::vector<std::uint8_t> resumed_seen_;
};

template <class T>
EinsumRun<T>::EinsumRun(const Cascade& cascade, const std::vector<Layout>& layouts,
                        const Einsum& einsum, const Program& program,
                        const std::vector<TensorView<T>>& tensors, Target<T> target,
                        Random* shuffle, const StripNumerics<T>* numerics)
    : body_(std::make_unique<Body>(cascade, layouts, einsum, program, tensors, target, shuffle,
                                   numerics)) {}

template <class T>
EinsumRun<T>::~EinsumRun() = default;

template <class T>
base::Result<void> EinsumRun<T>::run(std::int64_t step) {
  return body_->run(step);
}

template <class T>
base::Result<void> EinsumRun<T>::run_box(std::int64_t step, const std::vector<Interval>& box,
                                         const Sums<T>* sums) {
  return body_->run_box(step, box, sums);
}
template <class T>
bool EinsumRun<T>::resumes() const {
  return body_->resumes();
}

template class EinsumRun<double>;
template class EinsumRun<long double>;

}  // namespace einfall::einsum::eval
