#include "einsum/language/verify.hpp"

#include "einsum/ir/graph.hpp"

namespace einfall::einsum {

void verify(const Cascade& cascade, base::Diagnostics& sink) {
  verify_slices(cascade, sink);
  verify_types(cascade, sink);
  // Cycles among slices that overlap or never begin would only repeat what is said already.
  if (sink.empty()) verify_order(cascade, sink);
  if (sink.empty()) verify_text(cascade, sink);
}

void verify_order(const Cascade& cascade, base::Diagnostics& sink) {
  if (const auto graph = dependence_graph(cascade); !graph)
    sink.insert(sink.end(), graph.error().begin(), graph.error().end());
}

}  // namespace einfall::einsum
