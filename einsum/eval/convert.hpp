#pragma once

#include <cstddef>

#include "einsum/ir/types.hpp"

namespace einfall::einsum::eval {

/// convert_<dtype>(x): the value of the type nearest to x, ties to even; floating types overflow to
/// infinity (fp8e4m3, which has none, to NaN), integers saturate, bool is x != 0. fp64 rounds a
/// long double too: an explicit rounding means the same in every arithmetic.
template <class T>
void convert(DataType type, const T* x, T* out, std::size_t count);

}  // namespace einfall::einsum::eval
