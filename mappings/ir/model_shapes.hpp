#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/schema.hpp"
#include "base/source.hpp"

namespace einfall::mappings {

/// A linear layer beside the attention: T = batch * length tokens, K features in, N out.
struct LinearShape {
  std::string name;
  std::int64_t k = 1, n = 1;
  base::SourceSpan span;
};

/// The shapes of a workload: what one cascade needs to run as one layer of it.
struct ModelShapes {
  std::string name, doc, source;
  std::int64_t layers = 1;
  std::int64_t batch = 1;
  std::map<std::string, std::int64_t> sizes;  // ranks with a fixed size
  std::string batch_rank;                     // rank of the sequences of a batch
  std::vector<std::string> length_ranks;      // ranks as long as a sequence
  std::vector<LinearShape> linear;            // of one layer
  base::SourceSpan span;                      // of length_ranks
};

/// Reads a model document. E830 a rank sized twice.
[[nodiscard]] base::Result<ModelShapes> load_model(const std::string& path);

/// Every schema of a model document, for the reference page.
[[nodiscard]] std::vector<base::SchemaTable> model_schema_tables();

}  // namespace einfall::mappings
