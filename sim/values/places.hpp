#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "sim/values/image.hpp"

namespace einfall::sim {

/// A tensor at one place of the machine, and what is on its way there.
class Place {
 public:
  Place(std::string name, const einsum::eval::Layout& layout,
        const einsum::DenseTensor<double>& whole, bool with_presence,
        std::optional<std::size_t> steps);

  Image image;

  [[nodiscard]] const std::string& name() const { return name_; }  // "buffer"

  // A tensor of which one state is live at a time (an iterative rank) keeps the last one; steps
  // that are left out hand it on.
  /// Of several steps, the first: the state that the others begin with.
  void only_first_step(TensorBox& box) const {
    if (steps_) box[*steps_].second = std::min(box[*steps_].second, box[*steps_].first + 1);
  }
  /// Before it is read at these coordinates: the state that is there is the one that is meant.
  void bring_state(const TensorBox& box);
  /// After a step has been written here: points it leaves out keep what they were.
  void leave_state(const TensorBox& box);

  /// What is written into a box counts from a time on; `maker`: the operation that makes it there
  /// (its readers know how long to wait), kNobody: anyone may read it from then on.
  static constexpr std::size_t kNobody = ~std::size_t{0};
  struct Arrival {
    TensorBox box;
    std::int64_t time = 0;
    std::size_t maker = kNobody;
    std::int64_t sooner = 0;  // cycles that its last result comes before that of a full visit
  };
  void expect(Arrival arrival, std::int64_t now);
  [[nodiscard]] const std::deque<Arrival>& arrivals() const { return arrivals_; }

 private:
  template <class Use>
  void each_state(const TensorBox& box, const Use& use);

  std::string name_;
  std::optional<std::size_t> steps_;  // position of the iterative rank
  std::vector<std::int64_t> latest_;  // without that position: the step that is there
  std::deque<Arrival> arrivals_;
};

[[nodiscard]] bool overlap(const TensorBox& a, const TensorBox& b);
/// What is left of a box without those that `hole` covers, in boxes of which no two overlap.
[[nodiscard]] std::vector<TensorBox> without(const TensorBox& box, const TensorBox& hole);

}  // namespace einfall::sim
