#pragma once

#include <optional>
#include <string>
#include <vector>

namespace einfall::gpu_ref::records {

/// The files that a kernel is made of: `source` (a path from gpu_ref/), and what it includes of the
/// tree, directly or not, as nvcc finds it (<gpu/...> is device/gpu/...), but for this folder,
/// which only speaks of kernels; sorted, from the root of the tree. Nothing if a file cannot be
/// read.
[[nodiscard]] std::optional<std::vector<std::string>> source_files(const std::string& root,
                                                                   const std::string& source);

/// SHA-256 over the names and the code of those files. Comments, empty lines and indentation do not
/// count: what is said about a kernel may change, what it does may not.
[[nodiscard]] std::optional<std::string> source_hash(const std::string& root,
                                                     const std::string& source);

}  // namespace einfall::gpu_ref::records
