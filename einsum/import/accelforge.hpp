#pragma once

#include <memory>

#include "base/result.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// Reads the `workload:` of an AccelForge specification: rank sizes, and Einsums as text or as
/// tensor accesses with a map and a reduce operator. AccelForge looks only at the accesses of a
/// text; here its operators are computed as they stand, which is remarked on (N32), and functions
/// this language does not know become opaque. Bounds in `iteration_space_shape` become rank sizes
/// or conditions. Where a left side puts two ranks into one, `64*c + i`, the number becomes the
/// size that it is, `c*I + i`. `bits_per_value` becomes `types` (widths.hpp). What a cascade has no
/// place for is listed (N31). Errors: E031 no workload, E032 something in it that is not
/// AccelForge, E033 a template, and those of the cascade it turns into, located in the given file.
[[nodiscard]] base::Result<Cascade> import_accelforge(std::shared_ptr<const base::SourceFile> file,
                                                      base::Diagnostics& remarks);

}  // namespace einfall::einsum
