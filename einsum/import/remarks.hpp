#pragma once

#include <string>

#include "base/diagnostic.hpp"
#include "base/yaml/node.hpp"
#include "einsum/import/tokens.hpp"

/// What an import has to say about what it read.
namespace einfall::einsum {

[[nodiscard]] base::Diagnostic remark(std::string code, base::SourceSpan span, std::string message);

/// N31: a key whose meaning a cascade has no place for.
[[nodiscard]] base::Diagnostic not_taken_over(const base::yaml::Node& key);

/// N34: tensors that had to be called otherwise, in one remark at the first of them.
void remark_renames(const TensorNames& names, base::Diagnostics& remarks);

}  // namespace einfall::einsum
