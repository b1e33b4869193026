#include "sim/values/image.hpp"

#include <algorithm>
#include <bit>

namespace einfall::sim {
namespace {

constexpr std::uint64_t kPoison = 0x7ff8'0dea'd0be'ef01U;

}  // namespace

double poison() { return std::bit_cast<double>(kPoison); }
bool is_poison(double value) { return std::bit_cast<std::uint64_t>(value) == kPoison; }

Image::Image(const einsum::eval::Layout& layout, const einsum::DenseTensor<double>& whole,
             bool with_presence)
    : layout_(&layout),
      whole_(&whole),
      values_(static_cast<std::size_t>(layout.points), poison()),
      present_(whole.present) {
  if (with_presence && present_.empty()) present_.assign(values_.size(), 1);
}

void Image::each_run(const TensorBox& box,
                     const std::function<void(std::int64_t, std::int64_t)>& use) const {
  const std::size_t dims = box.size();
  if (dims == 0) return use(0, 1);
  for (const auto& [first, end] : box)
    if (first >= end) return;
  std::vector<std::int64_t> at;
  for (const auto& range : box) at.push_back(range.first);
  const std::int64_t length = box.back().second - box.back().first;
  while (true) {
    std::int64_t flat = 0;
    for (std::size_t d = 0; d < dims; ++d) flat += at[d] * layout_->strides[d];
    use(flat, length);
    std::size_t d = dims - 1;
    while (d > 0 && ++at[d - 1] == box[d - 1].second) {
      at[d - 1] = box[d - 1].first;
      --d;
    }
    if (d == 0) return;
  }
}

void Image::copy(const Image& from, const TensorBox& box) {
  each_run(box, [&](std::int64_t flat, std::int64_t length) {
    std::copy_n(from.values_.begin() + flat, length, values_.begin() + flat);
    if (!present_.empty())
      std::copy_n(from.present_.begin() + flat, length, present_.begin() + flat);
  });
}

void Image::take(const einsum::DenseTensor<double>& whole, const TensorBox& box) {
  each_run(box, [&](std::int64_t flat, std::int64_t length) {
    std::copy_n(whole.values.begin() + flat, length, values_.begin() + flat);
  });
}

void Image::forget(const TensorBox& box) {
  each_run(box, [&](std::int64_t flat, std::int64_t length) {
    std::fill_n(values_.begin() + flat, length, poison());
    for (std::int64_t i = flat; i < flat + length && !present_.empty(); ++i)
      present_[static_cast<std::size_t>(i)] =
          whole_->is_present(static_cast<std::size_t>(i)) ? 1 : 0;
  });
}

void Image::copy_point(std::int64_t from, std::int64_t to) {
  values_[static_cast<std::size_t>(to)] = values_[static_cast<std::size_t>(from)];
  if (!present_.empty())
    present_[static_cast<std::size_t>(to)] = present_[static_cast<std::size_t>(from)];
}

void Image::clear_presence(const TensorBox& box) {
  if (present_.empty()) return;
  each_run(box, [&](std::int64_t flat, std::int64_t length) {
    std::fill_n(present_.begin() + flat, length, 0);
  });
}

std::optional<std::int64_t> Image::first_poison(const TensorBox& box) const {
  std::optional<std::int64_t> found;
  each_run(box, [&](std::int64_t flat, std::int64_t length) {
    for (std::int64_t i = flat; i < flat + length && !found; ++i)
      if (is_present(i) && is_poison(value(i))) found = i;
  });
  return found;
}

}  // namespace einfall::sim
