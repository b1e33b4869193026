#include "einsum/eval/numeric_report.hpp"

#include <algorithm>
#include <cmath>

#include "base/ensure.hpp"
#include "base/overloaded.hpp"
#include "einsum/eval/bit_true_types.hpp"

namespace einfall::einsum {
namespace {

namespace numerics = base::numerics;

/// The end of a storage type, and how far apart its numbers are.
struct Spacing {
  double largest = 0;
  int mantissa_bits = 0;
  int min_exponent = 0;
  std::optional<double> fixed;  // the same everywhere

  [[nodiscard]] double unit(double at) const {
    if (fixed) return *fixed;
    const int exponent = at == 0 ? min_exponent : std::max(std::ilogb(at), min_exponent);
    return std::ldexp(1.0, exponent - mantissa_bits);
  }
};

Spacing spacing_of(DataType type) {
  const auto of_fixed = [](const numerics::FixedFormat& f) {
    const double unit = std::ldexp(1.0, -f.fraction_bits);
    return Spacing{(std::ldexp(1.0, f.bits - 1) - 1) * unit, 0, 0, unit};
  };
  const auto of_float = [](const numerics::FloatFormat& f) {
    return Spacing{f.max, f.mantissa_bits, f.min_exponent(), std::nullopt};
  };
  const auto of_bool = [](numerics::BoolFormat) { return Spacing{1, 0, 0, 1}; };
  return std::visit(base::Overloaded{of_fixed, of_float, of_bool}, format_of(type));
}

std::vector<std::int64_t> coordinates(const std::vector<std::int64_t>& shape, std::size_t flat) {
  std::vector<std::int64_t> at(shape.size());
  auto rest = static_cast<std::int64_t>(flat);
  for (std::size_t i = shape.size(); i-- > 0;) {
    at[i] = rest % shape[i];
    rest /= shape[i];
  }
  return at;
}

NumericReport compare(const Tensor& tensor, const DenseTensor<double>& got,
                      const DenseTensor<double>& reference) {
  EINFALL_ENSURE(got.shape == reference.shape, "runs of one cascade have equal shapes");
  NumericReport report;
  report.tensor = tensor.name;
  report.type = storage_type(tensor);
  const Spacing spacing = spacing_of(report.type);
  std::int64_t finite = 0;
  double squares = 0;
  const auto offends = [&](std::size_t flat) {
    if (!report.first_offender) report.first_offender = coordinates(got.shape, flat);
  };
  for (std::size_t i = 0; i < got.values.size(); ++i) {
    const bool here = got.is_present(i), there = reference.is_present(i);
    if (here != there) {
      ++report.presence;
      offends(i);
    }
    if (!here || !there) continue;
    ++report.points;
    const double a = got.values[i], b = reference.values[i];
    if (std::isnan(a) && !std::isnan(b)) {
      ++report.nans;
      offends(i);
    }
    if (!std::isfinite(b) || std::isnan(a)) continue;
    if (std::fabs(b) > spacing.largest || std::isinf(a)) {
      ++report.overflows;
      offends(i);
    }
    if (std::isinf(a)) continue;
    if (a == 0 && b != 0) ++report.underflows;
    const double difference = std::fabs(a - b);
    ++finite;
    squares += difference * difference;
    report.max_abs = std::max(report.max_abs, difference);
    report.max_ulps = std::max(report.max_ulps, difference / spacing.unit(b));
  }
  if (finite > 0) report.rms = std::sqrt(squares / static_cast<double>(finite));
  return report;
}

}  // namespace

std::vector<NumericReport> numeric_reports(const Cascade& cascade,
                                           const TensorMap<double>& bit_true,
                                           const TensorMap<double>& reference) {
  std::vector<NumericReport> reports;
  for (const Tensor& tensor : cascade.tensors)
    reports.push_back(compare(tensor, bit_true.at(tensor.name), reference.at(tensor.name)));
  return reports;
}

}  // namespace einfall::einsum
