#pragma once

#include <optional>

#include "arch/machine.hpp"
#include "base/diagnostic.hpp"

namespace einfall::arch {

/// A dataflow by its name; E712 (nearest suggested) if there is none of that name.
[[nodiscard]] std::optional<Dataflow> read_dataflow(const Located<std::string>& written,
                                                    base::Diagnostics& sink);

}  // namespace einfall::arch
