#include "einsum/eval/layout.hpp"

#include <fmt/format.h>

#include "einsum/ir/sizes.hpp"

namespace einfall::einsum::eval {
namespace {

__extension__ using Wide = __int128;

/// Saturates: anything beyond is far above every limit anyway.
constexpr Wide kHuge = Wide{1} << 100;

Layout layout_of(const Cascade& cascade, const Tensor& tensor, const Sizes& sizes, Wide& points) {
  Layout layout;
  layout.shape.reserve(tensor.ranks.size());
  points = 1;
  for (std::size_t i = 0; i < tensor.ranks.size(); ++i) {
    layout.shape.push_back(extent(cascade, tensor, i, sizes));
    if (points < kHuge) points *= layout.shape.back();
  }
  return layout;
}

void set_strides(Layout& layout) {
  layout.strides.assign(layout.shape.size(), 1);
  layout.points = 1;
  for (std::size_t i = layout.shape.size(); i-- > 0;) {
    layout.strides[i] = layout.points;
    layout.points *= layout.shape[i];
  }
}

std::string gib(Wide bytes) {
  return fmt::format("{:.3g} GiB", static_cast<double>(bytes) / static_cast<double>(1 << 30));
}

}  // namespace

std::string Layout::coordinates(std::int64_t flat) const {
  std::vector<std::int64_t> at;
  for (std::size_t i = 0; i < shape.size(); ++i) at.push_back(flat / strides[i] % shape[i]);
  return fmt::format("[{}]", fmt::join(at, ", "));
}

base::Result<std::vector<Layout>> layouts(const Cascade& cascade, const Sizes& sizes,
                                          std::int64_t bytes_per_point, std::int64_t max_bytes) {
  std::vector<Layout> all;
  Wide total = 0;
  Wide largest = 0;
  std::size_t largest_tensor = 0;
  for (const Tensor& tensor : cascade.tensors) {
    Wide points = 0;
    all.push_back(layout_of(cascade, tensor, sizes, points));
    if (points > largest) {
      largest = points;
      largest_tensor = all.size() - 1;
    }
    total = std::min(kHuge, total + points * bytes_per_point);
  }
  if (total > max_bytes) {
    const Tensor& tensor = cascade.tensors[largest_tensor];
    return base::failure(base::error(
        "E601", tensor.span,
        fmt::format("evaluating this cascade needs {}, the limit is {}; the largest tensor is '{}' "
                    "with shape [{}]",
                    gib(total), gib(max_bytes), tensor.name,
                    fmt::join(all[largest_tensor].shape, ", ")),
        "choose smaller rank sizes"));
  }
  for (Layout& layout : all) set_strides(layout);
  return all;
}

}  // namespace einfall::einsum::eval
