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

base::SourceSpan DerivedText::origin_of(const base::SourceSpan& span) const {
  const auto origin = origins_.find(span.line);
  return origin == origins_.end() ? whole_ : origin->second;
}

base::Diagnostics DerivedText::at_origin(base::Diagnostics diagnostics) const {
  for (base::Diagnostic& diagnostic : diagnostics) {
    diagnostic.span = origin_of(diagnostic.span);
    for (base::DiagnosticNote& note : diagnostic.notes) note.span = origin_of(note.span);
  }
  return diagnostics;
}

// Sizes and exports are checked later and say where in the cascade something is wrong.
void DerivedText::move_to_origin(Cascade& cascade) const {
  const auto move = [&](auto& items) {
    for (auto& item : items) item.span = origin_of(item.span);
  };
  move(cascade.ranks);
  move(cascade.params);
  move(cascade.opaque);
  move(cascade.tensors);
  move(cascade.einsums);
  move(cascade.assumptions);
  move(cascade.expectations);
  move(cascade.accesses);
  move(cascade.indices);
  move(cascade.exprs);
  move(cascade.conds);
  cascade.file = whole_.file;
}

base::Result<Cascade> DerivedText::load(base::Diagnostics& remarks) const {
  const auto file = std::make_shared<base::SourceFile>(
      base::SourceFile{whole_.file == nullptr ? std::string() : whole_.file->name, text_});
  base::Diagnostics found;
  auto cascade = load_cascade(file, found);
  base::Diagnostics placed = at_origin(std::move(found));
  std::move(placed.begin(), placed.end(), std::back_inserter(remarks));
  if (!cascade) return base::failure(at_origin(std::move(cascade).error()));
  move_to_origin(*cascade);
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
