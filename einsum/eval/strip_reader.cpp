#include "einsum/eval/strip_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/floor_div.hpp"

namespace einfall::einsum::eval {

Interval clip(Interval within, std::int64_t base, std::int64_t stride, std::int64_t low,
              std::int64_t high) {
  if (stride == 0) return base >= low && base <= high ? within : Interval{0, 0};
  if (stride < 0) {  // mirrored: -high <= -base + -stride * x <= -low
    std::swap(low, high);
    low = -low;
    high = -high;
    base = -base;
    stride = -stride;
  }
  const std::int64_t first = -base::floor_div(base - low, stride);  // ceil((low - base) / stride)
  const std::int64_t last = base::floor_div(high - base, stride);
  return {std::max(within.begin, first), std::min(within.end, last + 1)};
}

const std::uint8_t* join_masks(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* out,
                               std::size_t count) {
  if (a == nullptr) return b;
  if (b == nullptr || a == b) return a;
  mask_and(a, b, out, count);
  return out;
}

template <class T>
StripReader<T>::StripReader(const Cascade& cascade, const std::vector<Layout>& layouts,
                            const AddressPlans& plans, const std::vector<TensorView<T>>& tensors,
                            std::size_t slots)
    : position(slots, 0),
      cascade_(cascade),
      layouts_(layouts),
      plans_(plans),
      tensors_(tensors),
      atoms_(plans.atoms.size()),
      access_lanes_(plans.accesses.size()),
      gathered_(kStrip),
      gathered_mask_(kStrip),
      coordinate_lanes_(kStrip) {
  for (std::size_t i = 0; i < atoms_.size(); ++i) {
    if (!plans.atoms[i].varying) continue;
    atoms_[i].lanes.resize(kStrip);
    atoms_[i].mask.resize(kStrip);
  }
  for (std::size_t i = 0; i < access_lanes_.size(); ++i) {
    if (!plans.accesses[i].varying()) continue;
    access_lanes_[i].address.resize(kStrip);
    access_lanes_[i].mask.resize(kStrip);
  }
}

// Unsigned, because an address may wrap outside the tensor (see IndexPlan).
template <class T>
std::int64_t StripReader<T>::affine_part(const IndexPlan& plan, std::int64_t at) const {
  auto sum = static_cast<std::uint64_t>(plan.constant) +
             static_cast<std::uint64_t>(plan.stride) * static_cast<std::uint64_t>(at);
  for (const Term& t : plan.variables)
    sum +=
        static_cast<std::uint64_t>(t.coefficient) * static_cast<std::uint64_t>(position[t.which]);
  for (const Term& t : plan.atoms)
    if (!plans_.atoms[t.which].varying)
      sum += static_cast<std::uint64_t>(t.coefficient) *
             static_cast<std::uint64_t>(atoms_[t.which].value);
  return static_cast<std::int64_t>(sum);
}

template <class T>
bool StripReader<T>::atoms_absent(const IndexPlan& plan) const {
  return std::any_of(plan.atoms.begin(), plan.atoms.end(),
                     [&](const Term& t) { return atoms_[t.which].absent; });
}

template <class T>
std::optional<std::int64_t> StripReader<T>::base(std::uint32_t index) const {
  const IndexPlan& plan = plans_.indices[index];
  if (atoms_absent(plan)) return std::nullopt;
  return affine_part(plan, 0);
}

template <class T>
void StripReader<T>::select_uniform() {
  for (std::uint32_t i = 0; i < atoms_.size(); ++i)
    if (!plans_.atoms[i].varying) evaluate_uniform(i);
}

template <class T>
void StripReader<T>::select_lanes(Interval active) {
  begin_ = active.begin;
  count_ = static_cast<std::size_t>(active.end - active.begin);
  for (std::uint32_t i = 0; i < atoms_.size(); ++i)
    if (plans_.atoms[i].varying) evaluate_lanes(i);
}

template <class T>
Interval StripReader<T>::range(const AccessPlan& access, Interval within) const {
  // Atoms with a value a lane have none yet, but that of the last strip.
  const auto absent = [&](const Term& t) {
    return !plans_.atoms[t.which].varying && atoms_[t.which].absent;
  };
  if (std::any_of(access.address.atoms.begin(), access.address.atoms.end(), absent)) return {0, 0};
  for (const Coordinate& c : access.coordinates) {
    const IndexPlan& index = plans_.indices[c.index];
    if (c.checked && !index.varying)
      within = clip(within, affine_part(index, 0), index.stride, 0, c.extent - 1);
  }
  return within;
}

template <class T>
void StripReader<T>::evaluate_uniform(std::uint32_t number) {
  const AtomPlan& plan = plans_.atoms[number];
  Atom& atom = atoms_[number];
  atom.absent = false;
  if (plan.kind != AtomPlan::Kind::kGather) {
    const auto numerator = base(plan.source);
    atom.absent = !numerator;
    if (!numerator) return;
    atom.value = plan.kind == AtomPlan::Kind::kQuotient ? base::floor_div(*numerator, plan.divisor)
                                                        : base::floor_mod(*numerator, plan.divisor);
    return;
  }
  const AccessPlan& source = plans_.accesses[plan.source];
  const TensorView<T>& tensor = tensors_[source.tensor.index()];
  atom.absent = range(source, {0, 1}).empty();
  if (atom.absent) return;
  const std::int64_t flat = affine_part(source.address, 0);
  atom.absent = tensor.present != nullptr && tensor.present[flat] == 0;
  if (!atom.absent) atom.value = whole_number(tensor.values[flat], source, flat);
}

template <class T>
std::int64_t StripReader<T>::whole_number(T value, const AccessPlan& source, std::int64_t flat) {
  if (value == std::floor(value))  // false for NaN; infinities are clamped
    return static_cast<std::int64_t>(std::clamp(value, T(-kLargestGathered), T(kLargestGathered)));
  if (!trouble)
    trouble = base::error(
        "E604", cascade_[source.access].span,
        fmt::format("'{}' is used as an index, but holds {} at {}; expected a whole number",
                    cascade_[source.tensor].name, static_cast<double>(value),
                    layouts_[source.tensor.index()].coordinates(flat)));
  return 0;
}

template <class T>
void StripReader<T>::evaluate_lanes(std::uint32_t number) {
  const AtomPlan& plan = plans_.atoms[number];
  Atom& atom = atoms_[number];
  atom.absent = atom.masked = false;
  if (plan.kind == AtomPlan::Kind::kGather)
    gather(plan, atom);
  else
    divide(plan, atom);
}

template <class T>
void StripReader<T>::divide(const AtomPlan& plan, Atom& atom) {
  const LaneIndices numerator = indices(plan.source, atom.lanes.data(), atom.mask.data());
  atom.absent = numerator.none;
  if (atom.absent) return;
  atom.masked = numerator.mask != nullptr;
  if (atom.masked && numerator.mask != atom.mask.data())
    std::memcpy(atom.mask.data(), numerator.mask, count_);
  const bool quotient = plan.kind == AtomPlan::Kind::kQuotient;
  for (std::size_t i = 0; i < count_; ++i) {
    const std::int64_t value = numerator.at(i);
    atom.lanes[i] =
        quotient ? base::floor_div(value, plan.divisor) : base::floor_mod(value, plan.divisor);
  }
}

template <class T>
void StripReader<T>::gather(const AtomPlan& plan, Atom& atom) {
  const AccessPlan& source = plans_.accesses[plan.source];
  const LaneValues<T> read = load(plan.source, gathered_.data(), gathered_mask_.data());
  atom.absent = read.none;
  if (atom.absent) return;
  atom.masked = read.mask != nullptr;
  if (atom.masked) std::memcpy(atom.mask.data(), read.mask, count_);
  for (std::size_t i = 0; i < count_; ++i) {
    if (atom.masked && atom.mask[i] == 0) {
      atom.lanes[i] = 0;
      continue;
    }
    const std::int64_t flat =
        source.varying() ? access_lanes_[plan.source].address[i]
                         : affine_part(source.address, begin_ + static_cast<std::int64_t>(i));
    atom.lanes[i] =
        whole_number(read.value.scalar ? *read.value.data : read.value.data[i], source, flat);
  }
}

template <class T>
void StripReader<T>::fill_lanes(const IndexPlan& plan, std::int64_t* lanes) const {
  const std::int64_t first = affine_part(plan, begin_);
  for (std::size_t i = 0; i < count_; ++i)
    lanes[i] = first + plan.stride * static_cast<std::int64_t>(i);
  for (const Term& t : plan.atoms) {
    if (!plans_.atoms[t.which].varying) continue;
    const std::int64_t* atom = atoms_[t.which].lanes.data();
    for (std::size_t i = 0; i < count_; ++i) lanes[i] += t.coefficient * atom[i];
  }
}

template <class T>
const std::uint8_t* StripReader<T>::atom_mask(const IndexPlan& plan, std::uint8_t* mask) const {
  const std::uint8_t* joined = nullptr;
  for (const Term& t : plan.atoms)
    if (plans_.atoms[t.which].varying && atoms_[t.which].masked)
      joined = join_masks(joined, atoms_[t.which].mask.data(), mask, count_);
  return joined;
}

template <class T>
LaneIndices StripReader<T>::indices(std::uint32_t index, std::int64_t* lanes, std::uint8_t* mask) {
  const IndexPlan& plan = plans_.indices[index];
  LaneIndices out;
  out.none = atoms_absent(plan);
  if (out.none) return out;
  if (!plan.varying) {
    out.first = affine_part(plan, begin_);
    out.stride = plan.stride;
    return out;
  }
  fill_lanes(plan, lanes);
  out.lanes = lanes;
  out.mask = atom_mask(plan, mask);
  return out;
}

template <class T>
std::int64_t StripReader<T>::address(std::uint32_t access, std::int64_t at) const {
  return affine_part(plans_.accesses[access].address, at);
}

// Coordinates one by one, so that nothing is added up that may not fit 64 bits.
template <class T>
LaneIndices StripReader<T>::lane_addresses(std::uint32_t number) {
  const AccessPlan& access = plans_.accesses[number];
  const Layout& layout = layouts_[access.tensor.index()];
  AccessLanes& out = access_lanes_[number];
  LaneIndices result;
  result.none = atoms_absent(access.address);
  if (result.none) return result;
  result.lanes = out.address.data();
  const std::uint8_t* present = atom_mask(access.address, out.mask.data());
  if (present == nullptr)
    std::memset(out.mask.data(), 1, count_);
  else if (present != out.mask.data())
    std::memcpy(out.mask.data(), present, count_);
  bool masked = present != nullptr;
  std::fill_n(out.address.begin(), count_, 0);
  for (std::size_t d = 0; d < access.coordinates.size(); ++d) {
    const Coordinate& c = access.coordinates[d];
    fill_lanes(plans_.indices[c.index], coordinate_lanes_.data());
    masked = masked || c.checked;
    for (std::size_t i = 0; i < count_; ++i) {
      const std::int64_t at = coordinate_lanes_[i];
      if (at < 0 || at >= c.extent)
        out.mask[i] = 0;
      else
        out.address[i] += at * layout.strides[d];
    }
  }
  if (masked) result.mask = out.mask.data();
  return result;
}

template <class T>
LaneValues<T> StripReader<T>::load(std::uint32_t access, T* values, std::uint8_t* mask) {
  const AccessPlan& plan = plans_.accesses[access];
  if (atoms_absent(plan.address)) return {{}, nullptr, true};
  return plan.varying() ? load_lanes(access, values, mask) : load_affine(plan, values, mask);
}

template <class T>
LaneValues<T> StripReader<T>::load_affine(const AccessPlan& access, T* values, std::uint8_t* mask) {
  const auto n = static_cast<std::int64_t>(count_);
  const Interval all{begin_, begin_ + n};
  const Interval part = access.in_range ? all : range(access, all);
  if (part.empty()) return {{}, nullptr, true};
  const TensorView<T>& tensor = tensors_[access.tensor.index()];
  const std::int64_t flat = affine_part(access.address, part.begin);
  const std::int64_t stride = access.address.stride;
  const bool whole = part.begin == all.begin && part.end == all.end;
  const std::uint8_t* present = tensor.present;
  if (whole && stride == 0) {
    if (present != nullptr && present[flat] == 0) return {{}, nullptr, true};
    return {{tensor.values + flat, true}, nullptr, false};
  }
  if (whole && stride == 1)
    return {{tensor.values + flat, false}, present == nullptr ? nullptr : present + flat, false};
  const std::int64_t from = part.begin - begin_, to = part.end - begin_;
  if (!whole) std::fill_n(values, count_, T{0});
  for (std::int64_t i = from; i < to; ++i) values[i] = tensor.values[flat + (i - from) * stride];
  if (whole && present == nullptr) return {{values, false}, nullptr, false};
  std::memset(mask, 0, count_);
  for (std::int64_t i = from; i < to; ++i)
    mask[i] = present == nullptr ? 1 : present[flat + (i - from) * stride];
  return {{values, false}, mask, false};
}

template <class T>
LaneValues<T> StripReader<T>::load_lanes(std::uint32_t number, T* values, std::uint8_t* mask) {
  const TensorView<T>& tensor = tensors_[plans_.accesses[number].tensor.index()];
  const LaneIndices addresses = lane_addresses(number);
  for (std::size_t i = 0; i < count_; ++i) values[i] = tensor.values[addresses.lanes[i]];
  if (tensor.present == nullptr && addresses.mask == nullptr)
    return {{values, false}, nullptr, false};
  for (std::size_t i = 0; i < count_; ++i) {
    const bool here = addresses.mask == nullptr || addresses.mask[i] != 0;
    mask[i] = here && (tensor.present == nullptr || tensor.present[addresses.lanes[i]] != 0);
  }
  return {{values, false}, mask, false};
}

template class StripReader<double>;
template class StripReader<long double>;

}  // namespace einfall::einsum::eval
