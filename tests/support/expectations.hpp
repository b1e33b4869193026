#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.hpp"

/// What a document says of itself in comments:
///
///     # expect-error: E204 variable 'z'
///     QK[m, p] = Q[e, p] * K[e, z]
///
/// The severity is error, warning or note; then the code and a fragment of the message or the help.
/// It is meant for the next line that is no such comment; `expect-error@7:` for line 7,
/// `expect-error@0:` for the file as a whole, or for another document that it names.
namespace einfall::tests {

struct Expected {
  base::Severity severity = base::Severity::kError;
  std::uint32_t line = 0;
  std::string code;
  std::string fragment;
};

/// The expectations in a text, in its order. One that cannot be read has the code "unreadable".
[[nodiscard]] std::vector<Expected> expectations(const std::string& text);

/// What differs between the two, a line each: expected and not reported, reported and not expected.
/// Every diagnostic meets at most one expectation.
[[nodiscard]] std::vector<std::string> mismatches(const std::vector<Expected>& expected,
                                                  const base::Diagnostics& found);

}  // namespace einfall::tests
