#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace einfall::base {

/// Reads a file, at most one byte more than `most_bytes`, so that neither a huge file nor a device
/// without end is a trap; who asked tells the user that it is too large. Error E001: cannot be read
/// (with the system's reason).
[[nodiscard]] Result<std::shared_ptr<const SourceFile>> read_source(const std::string& path,
                                                                    std::size_t most_bytes);

}  // namespace einfall::base
