#pragma once

#include <limits>

#include "einsum/ir/builtins.hpp"

/// What the operators of a body and of a reduction do to two present values. The built-ins are
/// those of einsum/ir/builtins.hpp; like there, max and min hand NaN on, so that the result of a
/// reduction does not depend on its order.
namespace einfall::einsum::eval {

struct Add {
  template <class T>
  static T f(T a, T b) {
    return a + b;
  }
};
struct Sub {
  template <class T>
  static T f(T a, T b) {
    return a - b;
  }
};
struct Mul {
  template <class T>
  static T f(T a, T b) {
    return a * b;
  }
};
struct Div {
  template <class T>
  static T f(T a, T b) {
    return a / b;
  }
};
struct Max {
  template <class T>
  static T f(T a, T b) {
    return a > b || a != a ? a : b;
  }
};
struct Min {
  template <class T>
  static T f(T a, T b) {
    return a < b || a != a ? a : b;
  }
};
struct Any {
  template <class T>
  static T f(T a, T b) {
    return T(a != T{0} || b != T{0});
  }
};
struct All {
  template <class T>
  static T f(T a, T b) {
    return T(a != T{0} && b != T{0});
  }
};
struct Neg {
  template <class T>
  static T f(T x) {
    return -x;
  }
};
/// A built-in as one of these, so that loops over it are compiled for it.
template <Builtin kBuiltin>
struct Call {
  template <class T>
  static T f(T x) {
    return apply<T>(kBuiltin, &x, 1);
  }
  template <class T>
  static T f(T x, T y) {
    const T args[] = {x, y};
    return apply<T>(kBuiltin, args, 2);
  }
};

/// What a reduction starts from.
template <class T>
[[nodiscard]] T identity(ReduceOp op) {
  switch (op) {
    case ReduceOp::kSum:
    case ReduceOp::kAny:
      return T{0};
    case ReduceOp::kProd:
    case ReduceOp::kAll:
      return T{1};
    case ReduceOp::kMax:
      return -std::numeric_limits<T>::infinity();
    case ReduceOp::kMin:
      break;
  }
  return std::numeric_limits<T>::infinity();
}

}  // namespace einfall::einsum::eval
