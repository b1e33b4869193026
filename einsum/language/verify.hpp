#pragma once

#include "base/diagnostic.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// The static checks of language.md 1.5 on a lowered cascade: E301 to E306, E402 to E404; and
/// that its canonical text can be read again: E107.
void verify(const Cascade& cascade, base::Diagnostics& sink);

/// One level each.
void verify_slices(const Cascade& cascade, base::Diagnostics& sink);  // E301, E305, E306
void verify_types(const Cascade& cascade, base::Diagnostics& sink);   // E402 to E404
void verify_order(const Cascade& cascade, base::Diagnostics& sink);   // E302, E303
void verify_text(const Cascade& cascade, base::Diagnostics& sink);    // E107

/// The warnings W1 to W7. Precondition: `verify` found nothing.
void lint(const Cascade& cascade, base::Diagnostics& sink);

}  // namespace einfall::einsum
