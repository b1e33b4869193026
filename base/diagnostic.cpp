#include "base/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <tuple>
#include <utility>

namespace einfall::base {
namespace {

constexpr std::size_t kShownColumns = 120;

// Terminals must not be steered by the contents of a hostile file.
std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const auto u = static_cast<unsigned char>(c);
    if (u == '\t') c = ' ';
    if (u < 0x20 || u == 0x7f) c = u == '\t' ? ' ' : '?';
  }
  return out;
}

std::string excerpt(const SourceSpan& span) {
  if (!span.known()) return {};
  std::string_view line = span.file->line(span.line);
  std::size_t column = span.column > 0 ? span.column - 1 : 0;
  if (column > line.size()) column = line.size();
  std::size_t start = 0;
  if (line.size() > kShownColumns && column > kShownColumns / 2) start = column - kShownColumns / 2;
  line = line.substr(start, kShownColumns);
  column -= start;
  const std::size_t room = line.size() > column ? line.size() - column : 1;
  const std::size_t marks = std::clamp<std::size_t>(span.length, 1, std::max<std::size_t>(room, 1));
  return fmt::format("{:>6} | {}\n       | {}{}\n", span.line, printable(line),
                     std::string(column, ' '), std::string(marks, '^'));
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j - 1] + 1, above + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      break;
  }
  return "note";
}

Diagnostic error(std::string code, SourceSpan span, std::string message, std::string help) {
  return {Severity::kError, std::move(code), std::move(span), std::move(message), {},
          std::move(help)};
}

Diagnostic warning(std::string code, SourceSpan span, std::string message, std::string help) {
  return {Severity::kWarning, std::move(code), std::move(span), std::move(message), {},
          std::move(help)};
}

bool has_errors(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

std::string render(const Diagnostics& diagnostics, std::size_t limit) {
  std::vector<const Diagnostic*> sorted;
  for (const Diagnostic& d : diagnostics) sorted.push_back(&d);
  const auto key = [](const Diagnostic* d) {
    return std::tuple(d->span.file ? d->span.file->name : std::string(), d->span.line,
                      d->span.column);
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Diagnostic* a, const Diagnostic* b) { return key(a) < key(b); });
  std::string out;
  for (std::size_t i = 0; i < sorted.size() && i < limit; ++i) {
    const Diagnostic& d = *sorted[i];
    out += fmt::format("{}: {}[{}]: {}\n", printable(d.span.text()), name(d.severity), d.code,
                       printable(d.message));
    out += excerpt(d.span);
    for (const DiagnosticNote& note : d.notes) {
      out += fmt::format("{}: note: {}\n", printable(note.span.text()), printable(note.message));
      out += excerpt(note.span);
    }
    if (!d.help.empty()) out += fmt::format("  help: {}\n", printable(d.help));
  }
  if (sorted.size() > limit) out += fmt::format("... and {} more\n", sorted.size() - limit);
  return out;
}

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
  if (word.size() > 64) return {};
  std::string best;
  // Letters of the other case come after what is right to the letter.
  std::pair<std::size_t, std::size_t> best_distance{std::max<std::size_t>(1, word.size() / 3) + 1,
                                                    0};
  for (const std::string& candidate : candidates) {
    if (candidate.size() > 64) continue;
    const std::pair found{distance(lower(word), lower(candidate)), distance(word, candidate)};
    if (found >= best_distance || found.first >= std::max(word.size(), candidate.size())) continue;
    best_distance = found;
    best = candidate;
  }
  return best;
}

}  // namespace einfall::base
