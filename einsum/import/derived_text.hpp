#pragma once

#include <map>
#include <string>

#include "base/result.hpp"
#include "einsum/ir/cascade.hpp"

namespace einfall::einsum {

/// A cascade document made from another tool's file, line by line; every line knows the place it
/// was made from, so that what is wrong with it is reported there.
class DerivedText {
 public:
  explicit DerivedText(base::SourceSpan whole) : whole_(std::move(whole)) {}

  /// Precondition: no line end in `text` (see quoted).
  void line(const std::string& text, base::SourceSpan origin);
  void line(const std::string& text) { line(text, whole_); }
  [[nodiscard]] const std::string& text() const { return text_; }

  /// Loads the document; diagnostics, notes, remarks and every place in the cascade point into the
  /// original file.
  [[nodiscard]] base::Result<Cascade> load(base::Diagnostics& remarks) const;

 private:
  [[nodiscard]] base::SourceSpan origin_of(const base::SourceSpan& span) const;
  [[nodiscard]] base::Diagnostics at_origin(base::Diagnostics diagnostics) const;
  void move_to_origin(Cascade& cascade) const;

  base::SourceSpan whole_;
  std::string text_;
  std::uint32_t lines_ = 0;
  std::map<std::uint32_t, base::SourceSpan> origins_;  // by line of the text
};

/// Text as a YAML scalar in single quotes on one line.
[[nodiscard]] std::string quoted(const std::string& text);

/// "attention" for "some/path/attention.teaal.yaml": letters, digits, '-' and '_' only.
[[nodiscard]] std::string name_of_file(const std::string& path);

}  // namespace einfall::einsum
