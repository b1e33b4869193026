#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/source.hpp"

namespace einfall::base {

enum class Severity { kError, kWarning, kNote };
[[nodiscard]] std::string_view name(Severity severity);  // "error"

/// A remark attached to a diagnostic: a second place that matters ("declared here").
struct DiagnosticNote {
  SourceSpan span;
  std::string message;
};

/// One message about the user's input. `code` is a row of docs/reference/errors.md (E204, W3).
/// The message says what was found, what was expected and where that expectation comes from;
/// `help`, if not empty, says what to do.
struct Diagnostic {
  Severity severity = Severity::kError;
  std::string code;
  SourceSpan span;
  std::string message;
  std::vector<DiagnosticNote> notes;
  std::string help;
};

/// A list, so that a bad file reports everything at once.
using Diagnostics = std::vector<Diagnostic>;

[[nodiscard]] Diagnostic error(std::string code, SourceSpan span, std::string message,
                               std::string help = {});
[[nodiscard]] Diagnostic warning(std::string code, SourceSpan span, std::string message,
                                 std::string help = {});

[[nodiscard]] bool has_errors(const Diagnostics& diagnostics);

/// `file:line:col: error[E204]: text`, the source line, a caret, notes and help. At most `limit`
/// diagnostics, sorted by file, line and column; a last line counts the rest. Long source lines
/// are cut around the caret and control characters are shown as '?'.
[[nodiscard]] std::string render(const Diagnostics& diagnostics, std::size_t limit = 20);

/// The candidate nearest to `word` by edit distance, or empty if none is near enough to suggest or
/// has nothing in common with it. Letters of the other case are nearly equal.
[[nodiscard]] std::string nearest(const std::string& word,
                                  const std::vector<std::string>& candidates);

}  // namespace einfall::base
