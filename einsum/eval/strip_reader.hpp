#pragma once

#include <optional>
#include <vector>

#include "einsum/eval/program.hpp"
#include "einsum/eval/strip_kernels.hpp"

namespace einfall::einsum::eval {

/// Where a tensor's values lie; `present` is null if every point is.
template <class T>
struct TensorView {
  const T* values = nullptr;
  const std::uint8_t* present = nullptr;
};

/// Values along a strip: one a lane or one for all; absent where `mask` (null: nowhere) is 0.
template <class T>
struct LaneValues {
  Operand<T> value;
  const std::uint8_t* mask = nullptr;
  bool none = false;  // absent in every lane
};

/// Index values along a strip: first + stride * lane, or `lanes` if set.
struct LaneIndices {
  std::int64_t first = 0, stride = 0;
  const std::int64_t* lanes = nullptr;
  const std::uint8_t* mask = nullptr;
  bool none = false;

  [[nodiscard]] std::int64_t at(std::size_t lane) const {
    return lanes != nullptr ? lanes[lane] : first + stride * static_cast<std::int64_t>(lane);
  }
};

/// Half open.
struct Interval {
  std::int64_t begin = 0, end = 0;
  [[nodiscard]] bool empty() const { return begin >= end; }
};

/// The part of `within` where low <= base + stride * x <= high.
[[nodiscard]] Interval clip(Interval within, std::int64_t base, std::int64_t stride,
                            std::int64_t low, std::int64_t high);

/// a & b, either may be null (all set); the result is null, a, b or `out`.
[[nodiscard]] const std::uint8_t* join_masks(const std::uint8_t* a, const std::uint8_t* b,
                                             std::uint8_t* out, std::size_t count);

/// Reads tensors and indices along one strip. The results point into the tensors, the caller's
/// buffers (kStrip long) or the reader, and live until the next select().
template <class T>
class StripReader {
 public:
  /// `tensors` by TensorId; everything passed must outlive the reader.
  StripReader(const Cascade& cascade, const std::vector<Layout>& layouts, const AddressPlans& plans,
              const std::vector<TensorView<T>>& tensors, std::size_t slots);

  /// The values of all variables by slot; that of the strip is ignored.
  std::vector<std::int64_t> position;

  /// First half of going to a new strip: atoms that are the same for all its lanes.
  void select_uniform();
  /// The part of a strip where an affine access is in range. Needs select_uniform().
  [[nodiscard]] Interval range(const AccessPlan& access, Interval within) const;
  /// base + stride * x for an index that is not varying; nullopt if a gather in it is absent.
  [[nodiscard]] std::optional<std::int64_t> base(std::uint32_t index) const;
  /// Second half: the part of the strip that is looked at, and the atoms that vary along it.
  void select_lanes(Interval active);

  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] LaneValues<T> load(std::uint32_t access, T* values, std::uint8_t* mask);
  [[nodiscard]] LaneIndices indices(std::uint32_t index, std::int64_t* lanes, std::uint8_t* mask);
  /// Address of an affine access at a coordinate of the strip.
  [[nodiscard]] std::int64_t address(std::uint32_t access, std::int64_t at) const;
  /// Addresses of a varying access, with the lanes where it is in range (null: all).
  [[nodiscard]] LaneIndices lane_addresses(std::uint32_t access);

  /// E604, the first one met; values read after it mean nothing.
  std::optional<base::Diagnostic> trouble;

 private:
  struct Atom {
    std::int64_t value = 0;  // not varying
    bool absent = false;     // in all lanes
    bool masked = false;
    std::vector<std::int64_t> lanes;  // varying
    std::vector<std::uint8_t> mask;
  };
  struct AccessLanes {
    std::vector<std::int64_t> address;
    std::vector<std::uint8_t> mask;
  };

  [[nodiscard]] std::int64_t affine_part(const IndexPlan& plan, std::int64_t at) const;
  [[nodiscard]] bool atoms_absent(const IndexPlan& plan) const;
  void evaluate_uniform(std::uint32_t number);
  void evaluate_lanes(std::uint32_t number);
  void divide(const AtomPlan& plan, Atom& atom);
  void gather(const AtomPlan& plan, Atom& atom);
  [[nodiscard]] std::int64_t whole_number(T value, const AccessPlan& source, std::int64_t flat);
  void fill_lanes(const IndexPlan& plan, std::int64_t* lanes) const;
  [[nodiscard]] const std::uint8_t* atom_mask(const IndexPlan& plan, std::uint8_t* mask) const;
  [[nodiscard]] LaneValues<T> load_affine(const AccessPlan& access, T* values, std::uint8_t* mask);
  [[nodiscard]] LaneValues<T> load_lanes(std::uint32_t number, T* values, std::uint8_t* mask);

  const Cascade& cascade_;
  const std::vector<Layout>& layouts_;
  const AddressPlans& plans_;
  const std::vector<TensorView<T>>& tensors_;
  std::int64_t begin_ = 0;
  std::size_t count_ = 0;
  std::vector<Atom> atoms_;
  std::vector<AccessLanes> access_lanes_;
  std::vector<T> gathered_;
  std::vector<std::uint8_t> gathered_mask_;
  std::vector<std::int64_t> coordinate_lanes_;
};

}  // namespace einfall::einsum::eval
