#include "einsum/eval/contraction.hpp"

#include <Eigen/Core>

namespace einfall::einsum::eval {
namespace {

/// One side of a matrix: positions 0 .. extent-1 with their offsets, a constant step apart if
/// `offsets` is empty.
struct Axis {
  std::int64_t extent = 1;
  std::int64_t step = 1;
  std::vector<std::int64_t> offsets;

  [[nodiscard]] std::int64_t at(std::int64_t i) const {
    return offsets.empty() ? i * step : offsets[static_cast<std::size_t>(i)];
  }
};

using Member = std::int64_t ContractionLoop::*;

Axis axis(const std::vector<ContractionLoop>& loops, Member member) {
  Axis out;
  bool linear = true;
  for (std::size_t i = loops.size(); i-- > 0;) {
    if (i + 1 == loops.size())
      out.step = loops[i].*member;
    else
      linear = linear && loops[i].*member == out.step * out.extent;
    out.extent *= loops[i].extent;
  }
  if (linear) return out;
  out.offsets.assign(1, 0);
  for (const ContractionLoop& loop : loops) {
    std::vector<std::int64_t> next;
    next.reserve(out.offsets.size() * static_cast<std::size_t>(loop.extent));
    for (const std::int64_t base : out.offsets)
      for (std::int64_t i = 0; i < loop.extent; ++i) next.push_back(base + i * (loop.*member));
    out.offsets = std::move(next);
  }
  return out;
}

/// A matrix in memory whose rows or columns are contiguous.
template <class T>
struct Dense {
  const T* data;
  std::int64_t outer;
  bool row_major;
};

bool unit_step(const Axis& axis) { return axis.offsets.empty() && axis.step == 1; }
bool mappable(const Axis& inner, const Axis& outer) {
  return unit_step(inner) && outer.offsets.empty() && outer.step >= 1;
}

/// The matrix as it lies, or packed by columns into `buffer`.
template <class T>
Dense<T> dense(const T* data, const Axis& rows, const Axis& columns, std::vector<T>& buffer) {
  if (mappable(columns, rows)) return {data, rows.step, true};
  if (mappable(rows, columns)) return {data, columns.step, false};
  buffer.resize(static_cast<std::size_t>(rows.extent * columns.extent));
  T* to = buffer.data();
  for (std::int64_t c = 0; c < columns.extent; ++c) {
    const T* column = data + columns.at(c);
    for (std::int64_t r = 0; r < rows.extent; ++r) *to++ = column[rows.at(r)];
  }
  return {buffer.data(), rows.extent, false};
}

template <class T, int kOrder>
using Matrix = Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, kOrder>, 0,
                          Eigen::OuterStride<>>;

template <class T, class Use>
void with_matrix(const Dense<T>& dense, std::int64_t rows, std::int64_t columns, Use use) {
  const Eigen::OuterStride<> stride(dense.outer);
  if (dense.row_major)
    use(Matrix<T, Eigen::RowMajor>(dense.data, rows, columns, stride));
  else
    use(Matrix<T, Eigen::ColMajor>(dense.data, rows, columns, stride));
}

/// The axes of one factor or of the result in every batch.
struct Axes {
  Axis rows, columns;
};

/// All products with the result by columns; `out` gets a.rows x b.columns.
template <class T>
class Product {
 public:
  Product(Axes a, Axes b, Axes out) : a_(std::move(a)), b_(std::move(b)), out_(std::move(out)) {}

  void run(const T* a, const T* b, T* out) {
    const Dense<T> left = dense(a, a_.rows, a_.columns, packed_a_);
    const Dense<T> right = dense(b, b_.rows, b_.columns, packed_b_);
    const std::int64_t m = out_.rows.extent, n = out_.columns.extent, k = a_.columns.extent;
    const bool direct = mappable(out_.rows, out_.columns);
    if (!direct) result_.resize(static_cast<std::size_t>(m * n));
    Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>, 0, Eigen::OuterStride<>> to(
        direct ? out : result_.data(), m, n, Eigen::OuterStride<>(direct ? out_.columns.step : m));
    with_matrix(left, m, k, [&](const auto& x) {
      with_matrix(right, k, n, [&](const auto& y) { to.noalias() = x * y; });
    });
    if (!direct)
      for (std::int64_t c = 0; c < n; ++c)
        for (std::int64_t r = 0; r < m; ++r)
          out[out_.rows.at(r) + out_.columns.at(c)] = result_[static_cast<std::size_t>(c * m + r)];
  }

 private:
  Axes a_, b_, out_;
  std::vector<T> packed_a_, packed_b_, result_;
};

}  // namespace

template <class T>
void contract(const Contraction& c, const T* a, const T* b, T* out) {
  using L = ContractionLoop;
  const Axis batch_a = axis(c.batch, &L::a), batch_b = axis(c.batch, &L::b),
             batch_out = axis(c.batch, &L::out);
  Axes left{axis(c.m, &L::a), axis(c.k, &L::a)}, right{axis(c.k, &L::b), axis(c.n, &L::b)},
      result{axis(c.m, &L::out), axis(c.n, &L::out)};
  // A result that lies by rows is the transpose of one by columns: (a b)' = b' a'.
  const bool transposed =
      !mappable(result.rows, result.columns) && mappable(result.columns, result.rows);
  const auto swap = [](Axes axes) { return Axes{std::move(axes.columns), std::move(axes.rows)}; };
  Product<T> product = transposed ? Product<T>(swap(right), swap(left), swap(result))
                                  : Product<T>(left, right, result);
  for (std::int64_t i = 0; i < batch_out.extent; ++i) {
    const T* x = a + c.a_base + batch_a.at(i);
    const T* y = b + c.b_base + batch_b.at(i);
    T* to = out + c.out_base + batch_out.at(i);
    transposed ? product.run(y, x, to) : product.run(x, y, to);
  }
}

template void contract<double>(const Contraction&, const double*, const double*, double*);
template void contract<long double>(const Contraction&, const long double*, const long double*,
                                    long double*);

}  // namespace einfall::einsum::eval
