#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace einfall::explore {

/// The text forms of a cascade, Einfall's own and those of other tools.
enum class CascadeFormat { kEinfall, kTeaal, kAccelforge, kTimeloop };

struct ConversionRequest {
  std::string file;
  std::optional<CascadeFormat> from;           // unset: told by the keys of the file; not kTimeloop
  CascadeFormat to = CascadeFormat::kEinfall;  // not kTeaal
  /// Needed for formats that have sizes only (AccelForge, Timeloop), where the file has none.
  std::map<std::string, std::int64_t> sizes;
};

struct Conversion {
  std::string name;  // of the cascade
  std::string text;
  std::vector<std::string> lost;  // what the format cannot say; the text says so as well
};

/// Reads a cascade in one format and prints it in another. What an import could not take over is
/// appended to `remarks`. Errors: those of reading, importing and sizes; E034 the format
/// cannot hold the cascade.
[[nodiscard]] base::Result<Conversion> convert_cascade(const ConversionRequest& request,
                                                       base::Diagnostics& remarks);

}  // namespace einfall::explore
