#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "einsum/analysis/passes.hpp"
#include "tests/support/load.hpp"

namespace einfall::tests {

/// tests/einsum/analysis/cascades/<name>.yaml
inline einsum::Cascade load_shipped(const std::string& name) {
  return cascade_at("tests/einsum/analysis/cascades/" + name + ".yaml");
}

inline einsum::PassAnalysis analyzed(const einsum::Cascade& cascade) {
  auto analysis = einsum::analyze_passes(cascade);
  if (!analysis) FAIL(base::render(analysis.error()));
  return std::move(*analysis);
}

}  // namespace einfall::tests
