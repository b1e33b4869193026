#include "einsum/import/derived_text.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "einsum/language/load.hpp"

namespace einfall::einsum {

void DerivedText::line(const std::string& text, base::SourceSpan origin) {
  origins_[++lines_] = std::move(origin);
  text_ += text + '\n';
}

base::Diagnostics DerivedText::at_origin(base::Diagnostics diagnostics) const {
  const auto move_span = [&](base::SourceSpan& span) {
    const auto origin = origins_.find(span.line);
    span = origin == origins_.end() ? whole_ : origin->second;
  };
  for (base::Diagnostic& diagnostic : diagnostics) {
    move_span(diagnostic.span);
    for (base::DiagnosticNote& note : diagnostic.notes) move_span(note.span);
  }
  return diagnostics;
}

base::Result<Cascade> DerivedText::load(base::Diagnostics& remarks) const {
  const auto file = std::make_shared<base::SourceFile>(
      base::SourceFile{whole_.file == nullptr ? std::string() : whole_.file->name, text_});
  base::Diagnostics found;
  auto cascade = load_cascade(file, found);
  base::Diagnostics placed = at_origin(std::move(found));
  std::move(placed.begin(), placed.end(), std::back_inserter(remarks));
  if (!cascade) return base::failure(at_origin(std::move(cascade).error()));
  return cascade;
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += c;
    out += c == '\n' ? ' ' : c;
  }
  return out + "'";
}

std::string name_of_file(const std::string& path) {
  std::string stem = path.substr(path.find_last_of('/') + 1);
  stem = stem.substr(0, stem.find('.'));
  for (char& c : stem)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') c = '-';
  if (stem.empty() || std::isalpha(static_cast<unsigned char>(stem[0])) == 0)
    stem.insert(0, "imported-");
  return stem;
}

}  // namespace einfall::einsum
