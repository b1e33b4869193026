#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "einsum/language/load.hpp"
#include "einsum/language/print.hpp"
#include "tests/support/load.hpp"

/// Helpers for the tests of the cascade language.
namespace einfall::einsum::test {

inline base::Result<Cascade> try_load(const std::string& text, base::Diagnostics& remarks) {
  return load_cascade(std::make_shared<base::SourceFile>(base::SourceFile{"test.yaml", text}),
                      remarks);
}

/// Loads a document that must be right.
inline Cascade load(const std::string& text, base::Diagnostics& remarks) {
  return tests::cascade_from(text, remarks);
}
inline Cascade load(const std::string& text) { return tests::cascade_from(text); }

/// "E204 8:5" for every error of a document that must be wrong, in the order reported.
inline std::string errors_of(const std::string& text) {
  base::Diagnostics remarks;
  const auto cascade = try_load(text, remarks);
  if (cascade) return "no errors";
  std::string out;
  for (const base::Diagnostic& d : cascade.error())
    out += (out.empty() ? "" : "; ") + d.code + " " + std::to_string(d.span.line) + ":" +
           std::to_string(d.span.column);
  return out;
}

/// The codes of the warnings and notes of a right document, in the order reported.
inline std::string remarks_of(const std::string& text) {
  base::Diagnostics remarks;
  load(text, remarks);
  std::string out;
  for (const base::Diagnostic& d : remarks) out += (out.empty() ? "" : " ") + d.code;
  return out;
}

/// The Einsums as printed, one a line.
inline std::string einsums_of(const Cascade& cascade) {
  std::string out;
  for (const Einsum& einsum : cascade.einsums) out += print(cascade, einsum) + "\n";
  return out;
}

/// The cascade survives printing: the text loads, to the same cascade, and prints the same.
inline void check_round_trip(const Cascade& cascade) {
  const std::string text = print(cascade);
  INFO(text);
  base::Diagnostics remarks;
  const auto again = try_load(text, remarks);
  if (!again) FAIL(base::render(again.error()));
  CHECK(same(cascade, *again));
  CHECK(print(*again) == text);
}

}  // namespace einfall::einsum::test
