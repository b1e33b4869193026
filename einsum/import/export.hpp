#pragma once

#include <string>
#include <vector>

#include "einsum/ir/cascade.hpp"
#include "einsum/ir/sizes.hpp"

namespace einfall::einsum {

/// A text for another tool, and what it could not say, a sentence each.
struct Exported {
  std::string text;
  std::vector<std::string> lost;
  std::size_t einsums = 0;  // that it does say; with none it is no file of the other tool
};

/// An AccelForge workload with these sizes. Only the accesses survive there: operators, functions,
/// conditions, params and init lines are dropped; an iterative tensor is written at its step, and
/// what is read of the step before becomes the input <tensor>_prev; Einsums with gathers, quotients
/// or no input are left out. Tensors without a declared type get `default_bits`. A variable runs
/// over the rank of its own name there, and is renamed where that is another rank of the cascade.
[[nodiscard]] Exported export_accelforge(const Cascade& cascade, const Sizes& sizes,
                                         int default_bits = 16);

/// One Timeloop problem an Einsum, as YAML documents one after another. Timeloop knows ranks by one
/// letter: every document begins with the table of its letters as comments. The same is lost as
/// for AccelForge, constants in indices too.
[[nodiscard]] Exported export_timeloop(const Cascade& cascade, const Sizes& sizes);

}  // namespace einfall::einsum
