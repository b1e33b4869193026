#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "einsum/import/tokens.hpp"

namespace einfall::einsum {

/// What an AccelForge Einsum given as text amounts to here.
struct RewrittenText {
  std::string text;
  /// Ranks by tensor (under its name here) as its first access names them.
  std::vector<std::pair<std::string, std::vector<std::string>>> accesses;
  std::set<std::string> variables;  // in indices
  /// Functions that are no built-ins, with the number of their arguments.
  std::map<std::string, int> functions;
  bool has_operators = false;
};

/// Rewrites one that stands at `place`: `K(weight)[b, M=p, h]` becomes `K[b, M: p, h]`,
/// `copy(X[...])` becomes `(X[...])`.
[[nodiscard]] RewrittenText rewrite_accelforge(const std::string& text,
                                               const base::SourceSpan& place, TensorNames& names);

}  // namespace einfall::einsum
