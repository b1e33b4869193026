#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "einsum/eval/tile_evaluator.hpp"

/// A tensor as one place has it: the outermost memory, a memory or registers that keep it, the
/// links and staging registers around a unit.
namespace einfall::sim {

/// Coordinates of a tensor, position by position: from `first` up to, not including, `second`.
using TensorBox = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// The bits of a value that is not there: a NaN of its own. Whatever is computed from it is NaN.
[[nodiscard]] double poison();
[[nodiscard]] bool is_poison(double value);

class Image {
 public:
  /// Everything is poison but the points that the whole run leaves absent, which are absent.
  /// `with_presence`: points may be absent for a time though in the end none is.
  Image(const einsum::eval::Layout& layout, const einsum::DenseTensor<double>& whole,
        bool with_presence);

  [[nodiscard]] einsum::TensorPlace place() {
    return {values_.data(), present_.empty() ? nullptr : present_.data()};
  }
  [[nodiscard]] const einsum::eval::Layout& layout() const { return *layout_; }
  [[nodiscard]] double value(std::int64_t flat) const {
    return values_[static_cast<std::size_t>(flat)];
  }
  [[nodiscard]] bool is_present(std::int64_t flat) const {
    return present_.empty() || present_[static_cast<std::size_t>(flat)] != 0;
  }

  /// Takes a box from another place of the same tensor.
  void copy(const Image& from, const TensorBox& box);
  /// Takes a box from the whole run's tensor.
  void take(const einsum::DenseTensor<double>& whole, const TensorBox& box);
  /// What was in a box is there no more.
  void forget(const TensorBox& box);
  /// One point becomes what another is.
  void copy_point(std::int64_t from, std::int64_t to);
  /// Points of the box begin absent, for an evaluation that leaves some out.
  void clear_presence(const TensorBox& box);
  /// The first point of the box that is poison.
  [[nodiscard]] std::optional<std::int64_t> first_poison(const TensorBox& box) const;

  /// Calls `use` with the flat begin of every contiguous run of a box and its length.
  void each_run(const TensorBox& box,
                const std::function<void(std::int64_t, std::int64_t)>& use) const;

 private:
  const einsum::eval::Layout* layout_;
  const einsum::DenseTensor<double>* whole_;
  std::vector<double> values_;
  std::vector<std::uint8_t> present_;
};

}  // namespace einfall::sim
