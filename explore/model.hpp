#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.hpp"
#include "base/schema.hpp"

namespace einfall::explore {

/// The shape of a transformer model: sizes that scenarios give to the ranks of a cascade, by name.
struct Model {
  std::string name;
  std::string doc;
  std::string source;
  std::map<std::string, std::int64_t> sizes;
  std::int64_t layers = 0;  // 0: not known
};

/// Errors: those of the YAML reader.
[[nodiscard]] base::Result<Model> load_model(const std::string& path);
[[nodiscard]] base::Schema<Model> model_schema();

}  // namespace einfall::explore
