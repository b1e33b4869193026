#pragma once

#include <string>

#include "base/diagnostic.hpp"

namespace einfall::explore {

enum class Verdict {
  kFine,      // warnings at most
  kRejected,  // errors in the document
  kUnmet      // the document is right, but what it expects of itself (`expect:`) does not hold
};

struct CheckedDocument {
  std::string kind;  // "cascade", "machine", ...; empty if that could not be told
  Verdict verdict = Verdict::kFine;
  base::Diagnostics diagnostics;
};

/// Reads a document of any kind, tells the kind by its keys, and verifies it, with the documents it
/// names: the example of a mapping, a scenario with the values it gives its parameters, every point
/// of a reproduction. Errors: those of the reader of that kind, those found in the documents it
/// names (located there), and E002 a document of no known kind.
[[nodiscard]] CheckedDocument check_document(const std::string& path);

/// Whether a document can be read and is a scenario by its keys.
[[nodiscard]] bool is_scenario(const std::string& path);

}  // namespace einfall::explore
