#pragma once

namespace einfall::base {

/// Visitor of a closed family: `std::visit(Overloaded{[](A) {...}, [](B) {...}}, variant)`.
template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace einfall::base
