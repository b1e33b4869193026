#include "sim/values/places.hpp"

namespace einfall::sim {
namespace {

// Longer than any value is on its way through a unit; older arrivals need not be remembered.
constexpr std::int64_t kForgotten = 1 << 20;
constexpr std::size_t kRemembered = 64;

}  // namespace

bool overlap(const TensorBox& a, const TensorBox& b) {
  for (std::size_t d = 0; d < a.size(); ++d)
    if (a[d].second <= b[d].first || b[d].second <= a[d].first) return false;
  return true;
}

std::vector<TensorBox> without(const TensorBox& box, const TensorBox& hole) {
  if (!overlap(box, hole)) return {box};
  std::vector<TensorBox> left;
  TensorBox rest = box;
  for (std::size_t d = 0; d < box.size(); ++d) {
    for (const auto& [low, end] :
         {std::pair(rest[d].first, hole[d].first), std::pair(hole[d].second, rest[d].second)}) {
      if (low >= end) continue;
      left.push_back(rest);
      left.back()[d] = {low, end};
    }
    rest[d] = {std::max(rest[d].first, hole[d].first), std::min(rest[d].second, hole[d].second)};
  }
  return left;
}

Place::Place(std::string name, const einsum::eval::Layout& layout,
             const einsum::DenseTensor<double>& whole, bool with_presence,
             std::optional<std::size_t> steps)
    : image(layout, whole, with_presence), name_(std::move(name)), steps_(steps) {
  if (!steps) return;
  latest_.assign(static_cast<std::size_t>(layout.points / layout.shape[*steps]), 0);
}

// Calls use(step, place of the state, flat) for every point of the box, steps in order.
template <class Use>
void Place::each_state(const TensorBox& box, const Use& use) {
  const auto& layout = image.layout();
  const std::int64_t inner = layout.strides[*steps_];
  const std::int64_t block = inner * layout.shape[*steps_];
  for (std::int64_t step = box[*steps_].first; step < box[*steps_].second; ++step) {
    TensorBox slice = box;
    slice[*steps_] = {step, step + 1};
    image.each_run(slice, [&](std::int64_t flat, std::int64_t length) {
      for (std::int64_t i = flat; i < flat + length; ++i)
        use(step, static_cast<std::size_t>(i / block * inner + i % inner), i);
    });
  }
}

void Place::bring_state(const TensorBox& box) {
  if (!steps_) return;
  const std::int64_t stride = image.layout().strides[*steps_];
  each_state(box, [&](std::int64_t step, std::size_t state, std::int64_t flat) {
    if (latest_[state] < step) image.copy_point(flat - (step - latest_[state]) * stride, flat);
  });
}

void Place::leave_state(const TensorBox& box) {
  if (!steps_) return;
  const std::int64_t stride = image.layout().strides[*steps_];
  each_state(box, [&](std::int64_t step, std::size_t state, std::int64_t flat) {
    if (!image.is_present(flat)) image.copy_point(flat - (step - latest_[state]) * stride, flat);
    latest_[state] = step;
  });
}

void Place::expect(Arrival arrival, std::int64_t now) {
  while (!arrivals_.empty() &&
         (arrivals_.size() >= kRemembered || arrivals_.front().time + kForgotten < now))
    arrivals_.pop_front();
  arrivals_.push_back(std::move(arrival));
}

}  // namespace einfall::sim
