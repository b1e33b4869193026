#include "einsum/eval/deviation.hpp"

#include <algorithm>
#include <cmath>

#include "base/ensure.hpp"

namespace einfall::einsum {
namespace {

// Root of the mean of squares, scaled so that large values do not overflow.
class RootMeanSquare {
 public:
  void add(double value) {
    const double size = std::abs(value);
    ++count_;
    if (size == 0) return;
    if (size > scale_) {
      sum_ *= (scale_ / size) * (scale_ / size);
      scale_ = size;
    }
    sum_ += (size / scale_) * (size / scale_);
  }
  [[nodiscard]] double value() const {
    return count_ == 0 ? 0 : scale_ * std::sqrt(sum_ / static_cast<double>(count_));
  }

 private:
  double scale_ = 0;
  double sum_ = 0;
  std::int64_t count_ = 0;
};

bool alike(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;
  return true;
}

}  // namespace

Magnitude magnitude(const DenseTensor<double>& tensor) {
  Magnitude result;
  RootMeanSquare rms;
  result.points = static_cast<std::int64_t>(tensor.values.size());
  for (std::size_t i = 0; i < tensor.values.size(); ++i) {
    if (!tensor.is_present(i)) continue;
    const double value = tensor.values[i];
    ++result.present;
    if (std::isnan(value)) {
      ++result.nan;
    } else if (std::isinf(value)) {
      ++result.infinite;
    } else {
      rms.add(value);
      result.max_abs = std::max(result.max_abs, std::abs(value));
    }
  }
  result.rms = rms.value();
  return result;
}

Deviation deviation(const DenseTensor<double>& a, const DenseTensor<double>& b) {
  EINFALL_ENSURE(a.shape == b.shape, "shapes of compared tensors");
  Deviation result;
  RootMeanSquare rms;
  const double scale = std::max(magnitude(a).rms, magnitude(b).rms);
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    if (!a.is_present(i) && !b.is_present(i)) continue;
    const double x = a.values[i];
    const double y = b.values[i];
    if (a.is_present(i) != b.is_present(i) || !alike(x, y)) {
      if (result.unlike++ == 0) result.worst = i;
      continue;
    }
    if (!std::isfinite(x)) {
      ++result.not_finite;
      continue;
    }
    ++result.finite;
    const double difference = std::abs(x - y);
    const double size = std::max({std::abs(x), std::abs(y), scale});
    const double relative = size > 0 ? difference / size : 0;
    rms.add(difference);
    result.max_abs = std::max(result.max_abs, difference);
    if (relative > result.max_rel) {
      result.max_rel = relative;
      if (result.unlike == 0) result.worst = i;
    }
  }
  result.rms = rms.value();
  return result;
}

}  // namespace einfall::einsum
