#include "einsum/eval/convert.hpp"

#include "base/numerics/rounder.hpp"
#include "einsum/eval/bit_true_types.hpp"

namespace einfall::einsum::eval {

template <class T>
void convert(DataType type, const T* x, T* out, std::size_t count) {
  const base::numerics::Rounder round = rounder_of(type, {});
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<T>(round(static_cast<double>(x[i])));
}

template void convert<double>(DataType, const double*, double*, std::size_t);
template void convert<long double>(DataType, const long double*, long double*, std::size_t);

}  // namespace einfall::einsum::eval
