#pragma once

#include <cstddef>

#include "einsum/ir/types.hpp"

namespace einfall::einsum::eval {

/// convert_<dtype>(x): the value of the type nearest to x, ties to even, with the default ends of
/// its range (base/numerics/format.hpp). A long double becomes a double first: an explicit rounding
/// means the same in every arithmetic.
template <class T>
void convert(DataType type, const T* x, T* out, std::size_t count);

}  // namespace einfall::einsum::eval
