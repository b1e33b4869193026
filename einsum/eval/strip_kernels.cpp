#include "einsum/eval/strip_kernels.hpp"

#include <algorithm>
#include <array>

#include "base/ensure.hpp"

// One binary for every x86-64: the hot loops exist twice and the loader picks. clang 14 refuses the
// attribute on templates, so its build has the baseline only. Contraction is off (-ffp-contract),
// hence both versions give the same bits.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
#define EINFALL_VECTOR_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define EINFALL_VECTOR_CLONES
#endif

namespace einfall::einsum::eval {
namespace {

template <class F, class T>
EINFALL_VECTOR_CLONES void unary_loop(const T* __restrict a, T* __restrict out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = F::f(a[i]);
}
template <class F, class T>
EINFALL_VECTOR_CLONES void vv_loop(const T* __restrict a, const T* __restrict b, T* __restrict out,
                                   std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = F::f(a[i], b[i]);
}
template <class F, class T>
EINFALL_VECTOR_CLONES void vs_loop(const T* __restrict a, T b, T* __restrict out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = F::f(a[i], b);
}
template <class F, class T>
EINFALL_VECTOR_CLONES void sv_loop(T a, const T* __restrict b, T* __restrict out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = F::f(a, b[i]);
}

template <class F, class T>
void binary_loops(Operand<T> a, Operand<T> b, T* out, std::size_t n) {
  if (a.scalar && b.scalar)
    out[0] = F::f(*a.data, *b.data);
  else if (a.scalar)
    sv_loop<F>(*a.data, b.data, out, n);
  else if (b.scalar)
    vs_loop<F>(a.data, *b.data, out, n);
  else
    vv_loop<F>(a.data, b.data, out, n);
}

template <class F, class T>
EINFALL_VECTOR_CLONES void accumulate_loop(T* __restrict acc, const T* __restrict x,
                                           std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) acc[i] = F::f(acc[i], x[i]);
}
template <class F, class T>
EINFALL_VECTOR_CLONES void accumulate_masked(T* __restrict acc, const T* __restrict x,
                                             const std::uint8_t* __restrict mask, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) acc[i] = mask[i] != 0 ? F::f(acc[i], x[i]) : acc[i];
}
template <class T>
EINFALL_VECTOR_CLONES void add_product_vv(T* __restrict acc, const T* __restrict a,
                                          const T* __restrict b, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) acc[i] += a[i] * b[i];
}
template <class T>
EINFALL_VECTOR_CLONES void add_product_sv(T* __restrict acc, T a, const T* __restrict b,
                                          std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) acc[i] += a * b[i];
}

template <class T>
EINFALL_VECTOR_CLONES void add_scaled_rows(T* __restrict acc, T f0, T f1, T f2, T f3,
                                           const T* __restrict r0, const T* __restrict r1,
                                           const T* __restrict r2, const T* __restrict r3,
                                           std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    acc[i] = (((acc[i] + f0 * r0[i]) + f1 * r1[i]) + f2 * r2[i]) + f3 * r3[i];
}

constexpr std::size_t kLanes = 16;

/// Independent lanes hide the latency of the additions; they are joined in a fixed order.
template <class F, class T>
EINFALL_VECTOR_CLONES T reduce_loop(T start, const T* __restrict x, std::size_t n) {
  std::array<T, kLanes> lane;
  lane.fill(start);
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (std::size_t l = 0; l < kLanes; ++l) lane[l] = F::f(lane[l], x[i + l]);
  for (std::size_t l = 0; i < n; ++i, ++l) lane[l] = F::f(lane[l], x[i]);
  T sum = lane[0];
  for (std::size_t l = 1; l < kLanes; ++l) sum = F::f(sum, lane[l]);
  return sum;
}
template <class T>
EINFALL_VECTOR_CLONES T dot_loop(const T* __restrict a, const T* __restrict b, std::size_t n) {
  std::array<T, kLanes> lane{};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (std::size_t l = 0; l < kLanes; ++l) lane[l] += a[i + l] * b[i + l];
  for (std::size_t l = 0; i < n; ++i, ++l) lane[l] += a[i] * b[i];
  T sum = lane[0];
  for (std::size_t l = 1; l < kLanes; ++l) sum += lane[l];
  return sum;
}

template <class T>
T at(Operand<T> x, std::size_t i) {
  return x.scalar ? *x.data : x.data[i];
}

template <class F, class T>
void accumulate_any(T* acc, Operand<T> x, const std::uint8_t* mask, std::size_t n) {
  if (x.scalar) {
    for (std::size_t i = 0; i < n; ++i)
      if (mask == nullptr || mask[i] != 0) acc[i] = F::f(acc[i], *x.data);
  } else if (mask != nullptr) {
    accumulate_masked<F>(acc, x.data, mask, n);
  } else {
    accumulate_loop<F>(acc, x.data, n);
  }
}

template <class F, class T>
T reduce_any(T start, Operand<T> x, const std::uint8_t* mask, std::size_t n) {
  if (mask == nullptr && !x.scalar) return reduce_loop<F>(start, x.data, n);
  T sum = start;
  for (std::size_t i = 0; i < n; ++i)
    if (mask == nullptr || mask[i] != 0) sum = F::f(sum, at(x, i));
  return sum;
}

/// Calls `body` with the functor of a reduction.
template <class Body>
auto with_reduction(ReduceOp op, Body body) {
  switch (op) {
    case ReduceOp::kSum:
      return body(Add{});
    case ReduceOp::kProd:
      return body(Mul{});
    case ReduceOp::kMax:
      return body(Max{});
    case ReduceOp::kMin:
      return body(Min{});
    case ReduceOp::kAny:
      return body(Any{});
    case ReduceOp::kAll:
      break;
  }
  return body(All{});
}

}  // namespace

template <class T>
void negate(const T* a, T* out, std::size_t n) {
  unary_loop<Neg>(a, out, n);
}

template <class T>
void apply_unary(Builtin builtin, const T* a, T* out, std::size_t n) {
  switch (builtin) {
    case Builtin::kExp:
      return unary_loop<Call<Builtin::kExp>>(a, out, n);
    case Builtin::kExp2:
      return unary_loop<Call<Builtin::kExp2>>(a, out, n);
    case Builtin::kExpm1:
      return unary_loop<Call<Builtin::kExpm1>>(a, out, n);
    case Builtin::kLog:
      return unary_loop<Call<Builtin::kLog>>(a, out, n);
    case Builtin::kLog1p:
      return unary_loop<Call<Builtin::kLog1p>>(a, out, n);
    case Builtin::kLog2:
      return unary_loop<Call<Builtin::kLog2>>(a, out, n);
    case Builtin::kSqrt:
      return unary_loop<Call<Builtin::kSqrt>>(a, out, n);
    case Builtin::kRsqrt:
      return unary_loop<Call<Builtin::kRsqrt>>(a, out, n);
    case Builtin::kAbs:
      return unary_loop<Call<Builtin::kAbs>>(a, out, n);
    case Builtin::kSign:
      return unary_loop<Call<Builtin::kSign>>(a, out, n);
    case Builtin::kSq:
      return unary_loop<Call<Builtin::kSq>>(a, out, n);
    case Builtin::kTanh:
      return unary_loop<Call<Builtin::kTanh>>(a, out, n);
    case Builtin::kSigmoid:
      return unary_loop<Call<Builtin::kSigmoid>>(a, out, n);
    case Builtin::kRelu:
      return unary_loop<Call<Builtin::kRelu>>(a, out, n);
    case Builtin::kSilu:
      return unary_loop<Call<Builtin::kSilu>>(a, out, n);
    case Builtin::kErf:
      return unary_loop<Call<Builtin::kErf>>(a, out, n);
    case Builtin::kFloor:
      return unary_loop<Call<Builtin::kFloor>>(a, out, n);
    case Builtin::kRound:
      return unary_loop<Call<Builtin::kRound>>(a, out, n);
    default:
      EINFALL_ENSURE(false, "not a function of one argument");
  }
}

template <class T>
void apply_binary(BinaryOp op, Operand<T> a, Operand<T> b, T* out, std::size_t n) {
  switch (op) {
    case BinaryOp::kAdd:
      return binary_loops<Add>(a, b, out, n);
    case BinaryOp::kSub:
      return binary_loops<Sub>(a, b, out, n);
    case BinaryOp::kMul:
      return binary_loops<Mul>(a, b, out, n);
    case BinaryOp::kDiv:
      return binary_loops<Div>(a, b, out, n);
  }
}

template <class T>
void apply_binary(Builtin builtin, Operand<T> a, Operand<T> b, T* out, std::size_t n) {
  switch (builtin) {
    case Builtin::kMax:
      return binary_loops<Max>(a, b, out, n);
    case Builtin::kMin:
      return binary_loops<Min>(a, b, out, n);
    case Builtin::kPow:
      return binary_loops<Call<Builtin::kPow>>(a, b, out, n);
    case Builtin::kEq:
      return binary_loops<Call<Builtin::kEq>>(a, b, out, n);
    case Builtin::kNe:
      return binary_loops<Call<Builtin::kNe>>(a, b, out, n);
    case Builtin::kLt:
      return binary_loops<Call<Builtin::kLt>>(a, b, out, n);
    case Builtin::kLe:
      return binary_loops<Call<Builtin::kLe>>(a, b, out, n);
    case Builtin::kGt:
      return binary_loops<Call<Builtin::kGt>>(a, b, out, n);
    case Builtin::kGe:
      return binary_loops<Call<Builtin::kGe>>(a, b, out, n);
    default:
      EINFALL_ENSURE(false, "not a function of two arguments");
  }
}

template <class T>
void apply_select(Operand<T> condition, Operand<T> a, Operand<T> b, T* out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = at(condition, i) != T(0) ? at(a, i) : at(b, i);
}

template <class T>
void blend(const std::uint8_t* mask, Operand<T> a, Operand<T> b, T* out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = mask[i] != 0 ? at(a, i) : at(b, i);
}

template <class T>
void accumulate(ReduceOp op, T* acc, Operand<T> x, const std::uint8_t* mask, std::size_t n) {
  with_reduction(op, [&](auto f) { accumulate_any<decltype(f)>(acc, x, mask, n); });
}

template <class T>
void accumulate_product(T* acc, Operand<T> a, Operand<T> b, const std::uint8_t* mask,
                        std::size_t n) {
  if (mask != nullptr || (a.scalar && b.scalar)) {
    for (std::size_t i = 0; i < n; ++i)
      if (mask == nullptr || mask[i] != 0) acc[i] += at(a, i) * at(b, i);
  } else if (a.scalar) {
    add_product_sv(acc, *a.data, b.data, n);
  } else if (b.scalar) {
    add_product_sv(acc, *b.data, a.data, n);
  } else {
    add_product_vv(acc, a.data, b.data, n);
  }
}

template <class T>
void accumulate_scaled(T* acc, const std::array<T, kTerms>& factors,
                       const std::array<const T*, kTerms>& rows, std::size_t n) {
  add_scaled_rows(acc, factors[0], factors[1], factors[2], factors[3], rows[0], rows[1], rows[2],
                  rows[3], n);
}

template <class T>
T reduce(ReduceOp op, Operand<T> x, const std::uint8_t* mask, std::size_t n) {
  const T start = identity<T>(op);
  return with_reduction(op, [&](auto f) { return reduce_any<decltype(f)>(start, x, mask, n); });
}

template <class T>
T reduce_product(Operand<T> a, Operand<T> b, const std::uint8_t* mask, std::size_t n) {
  if (mask == nullptr && !a.scalar && !b.scalar) return dot_loop(a.data, b.data, n);
  T sum = 0;
  for (std::size_t i = 0; i < n; ++i)
    if (mask == nullptr || mask[i] != 0) sum += at(a, i) * at(b, i);
  return sum;
}

void mask_and(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = a[i] & b[i];
}
void mask_or(std::uint8_t* acc, const std::uint8_t* mask, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) acc[i] |= mask[i];
}
bool any_set(const std::uint8_t* mask, std::size_t n) {
  return std::any_of(mask, mask + n, [](std::uint8_t byte) { return byte != 0; });
}

#define EINFALL_INSTANTIATE(T)                                                             \
  template void negate<T>(const T*, T*, std::size_t);                                      \
  template void apply_unary<T>(Builtin, const T*, T*, std::size_t);                        \
  template void apply_binary<T>(BinaryOp, Operand<T>, Operand<T>, T*, std::size_t);        \
  template void apply_binary<T>(Builtin, Operand<T>, Operand<T>, T*, std::size_t);         \
  template void apply_select<T>(Operand<T>, Operand<T>, Operand<T>, T*, std::size_t);      \
  template void blend<T>(const std::uint8_t*, Operand<T>, Operand<T>, T*, std::size_t);    \
  template void accumulate<T>(ReduceOp, T*, Operand<T>, const std::uint8_t*, std::size_t); \
  template void accumulate_product<T>(T*, Operand<T>, Operand<T>, const std::uint8_t*,     \
                                      std::size_t);                                        \
  template void accumulate_scaled<T>(T*, const std::array<T, kTerms>&,                     \
                                     const std::array<const T*, kTerms>&, std::size_t);    \
  template T reduce<T>(ReduceOp, Operand<T>, const std::uint8_t*, std::size_t);            \
  template T reduce_product<T>(Operand<T>, Operand<T>, const std::uint8_t*, std::size_t)

EINFALL_INSTANTIATE(double);
EINFALL_INSTANTIATE(long double);

}  // namespace einfall::einsum::eval
