#pragma once

#include <memory>

#include "base/result.hpp"
#include "base/yaml/node.hpp"

namespace einfall::base::yaml {

/// Builds the tree from yaml-cpp's events. Precondition: check_text found nothing. Errors as for
/// parse; yaml-cpp's exceptions end here.
[[nodiscard]] Result<Node> read_events(const std::shared_ptr<const SourceFile>& file);

}  // namespace einfall::base::yaml
