#include "einsum/language/verify.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "einsum/ir/graph.hpp"
#include "einsum/ir/sizes.hpp"

namespace einfall::einsum {

void verify(const Cascade& cascade, base::Diagnostics& sink) {
  verify_slices(cascade, sink);
  verify_types(cascade, sink);
  verify_sizes(cascade, sink);
  // Cycles among slices that overlap or never begin would only repeat what is said already.
  if (sink.empty()) verify_order(cascade, sink);
}

void verify_sizes(const Cascade& cascade, base::Diagnostics& sink) {
  const bool complete = std::all_of(cascade.ranks.begin(), cascade.ranks.end(),
                                    [](const Rank& rank) { return rank.size.has_value(); });
  if (!complete) return;  // the rest comes from outside and is checked then
  const auto sizes = bind_sizes(cascade, {});
  const auto append = [&](const base::Diagnostics& errors) {
    sink.insert(sink.end(), errors.begin(), errors.end());
  };
  if (!sizes) return append(sizes.error());
  if (const auto params = bind_params(cascade, *sizes); !params) append(params.error());
}

void verify_order(const Cascade& cascade, base::Diagnostics& sink) {
  if (const auto graph = dependence_graph(cascade); !graph)
    sink.insert(sink.end(), graph.error().begin(), graph.error().end());
}

}  // namespace einfall::einsum
