#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "einsum/analysis/passes.hpp"
#include "einsum/language/load.hpp"

namespace einfall::tests {

inline einsum::Cascade load_text(const std::string& text) {
  base::Diagnostics remarks;
  auto file = std::make_shared<base::SourceFile>();
  file->name = "test.yaml";
  file->text = text;
  auto cascade = einsum::load_cascade(file, remarks);
  if (!cascade) FAIL(base::render(cascade.error()) << "\n" << text);
  return std::move(*cascade);
}

inline einsum::Cascade load_path(const std::string& path) {
  base::Diagnostics remarks;
  auto cascade = einsum::load_cascade(path, remarks);
  if (!cascade) FAIL(base::render(cascade.error()));
  return std::move(*cascade);
}

/// tests/einsum/analysis/cascades/<name>.yaml
inline einsum::Cascade load_shipped(const std::string& name) {
  return load_path(std::string(EINFALL_SOURCE_DIR) + "/tests/einsum/analysis/cascades/" + name +
                   ".yaml");
}

inline einsum::PassAnalysis analyzed(const einsum::Cascade& cascade) {
  auto analysis = einsum::analyze_passes(cascade);
  if (!analysis) FAIL(base::render(analysis.error()));
  return std::move(*analysis);
}

}  // namespace einfall::tests
