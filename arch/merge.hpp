#pragma once

#include <string>

#include "base/result.hpp"
#include "base/yaml/node.hpp"

namespace einfall::arch {

/// Loads a document and those it extends, merged: a map takes the entries it lacks from the map it
/// extends, an entry without a value (`max: ~`) takes the extended one away, anything else replaces
/// what was there. Every node keeps the place it was written at.
/// Errors: those of the YAML reader, E701 a document extends itself, or more than 8 in a row.
[[nodiscard]] base::Result<base::yaml::Node> load_extended(const std::string& path);

/// `relative` seen from the folder of the document `path`.
[[nodiscard]] std::string beside(const std::string& path, const std::string& relative);

}  // namespace einfall::arch
