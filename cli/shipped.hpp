#pragma once

#include <string>

namespace einfall::cli {

/// Where a file or folder that ships is ("workloads/reference/fusemax.yaml"): in the tree that is
/// worked in, or else in the one that the program was built from.
[[nodiscard]] std::string shipped(const std::string& path);

}  // namespace einfall::cli
