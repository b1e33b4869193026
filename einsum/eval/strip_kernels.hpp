#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "einsum/eval/scalar_ops.hpp"

/// Plain loops over strips, one per operation and operand kind, that the compiler vectorises. An
/// operand is a vector of n values or one value for all n; outputs never overlap operands.
namespace einfall::einsum::eval {

template <class T>
struct Operand {
  const T* data = nullptr;
  bool scalar = false;
};

template <class T>
void negate(const T* a, T* out, std::size_t n);
/// A built-in of one argument other than convert.
template <class T>
void apply_unary(Builtin builtin, const T* a, T* out, std::size_t n);
/// Any mixture of scalars and vectors; two scalars make one value.
template <class T>
void apply_binary(BinaryOp op, Operand<T> a, Operand<T> b, T* out, std::size_t n);
/// A built-in of two arguments.
template <class T>
void apply_binary(Builtin builtin, Operand<T> a, Operand<T> b, T* out, std::size_t n);
/// condition != 0 ? a : b.
template <class T>
void apply_select(Operand<T> condition, Operand<T> a, Operand<T> b, T* out, std::size_t n);
/// Where `mask` is set the first, else the second.
template <class T>
void blend(const std::uint8_t* mask, Operand<T> a, Operand<T> b, T* out, std::size_t n);

/// acc[i] = op(acc[i], x[i]) where mask (null: everywhere).
template <class T>
void accumulate(ReduceOp op, T* acc, Operand<T> x, const std::uint8_t* mask, std::size_t n);
/// acc[i] += a[i] * b[i] where mask (null: everywhere).
template <class T>
void accumulate_product(T* acc, Operand<T> a, Operand<T> b, const std::uint8_t* mask,
                        std::size_t n);
/// Four terms at once: acc[i] += factors[0] * rows[0][i], then the next, so that the result is that
/// of four calls, bit by bit.
inline constexpr std::size_t kTerms = 4;
template <class T>
void accumulate_scaled(T* acc, const std::array<T, kTerms>& factors,
                       const std::array<const T*, kTerms>& rows, std::size_t n);
/// The strip reduced to one value, lanes in a fixed order; the identity if the mask is empty.
template <class T>
[[nodiscard]] T reduce(ReduceOp op, Operand<T> x, const std::uint8_t* mask, std::size_t n);
template <class T>
[[nodiscard]] T reduce_product(Operand<T> a, Operand<T> b, const std::uint8_t* mask, std::size_t n);

/// out[i] = a[i] & b[i] on bytes.
void mask_and(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* out, std::size_t n);
/// acc[i] |= mask[i].
void mask_or(std::uint8_t* acc, const std::uint8_t* mask, std::size_t n);
[[nodiscard]] bool any_set(const std::uint8_t* mask, std::size_t n);

}  // namespace einfall::einsum::eval
