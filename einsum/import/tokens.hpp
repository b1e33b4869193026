#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.hpp"

/// Expressions of other tools are rewritten token by token, so that what both languages share comes
/// through as it was written.
namespace einfall::einsum {

struct ForeignToken {
  enum class Kind { kName, kNumber, kSymbol };
  Kind kind = Kind::kSymbol;
  std::string gap;  // the white space before it
  std::string text;

  [[nodiscard]] bool is(std::string_view symbol) const {
    return kind == Kind::kSymbol && text == symbol;
  }
  [[nodiscard]] bool is_name() const { return kind == Kind::kName; }
};

/// Names, numbers and single characters; line ends count as white space.
[[nodiscard]] std::vector<ForeignToken> tokens_of(std::string_view text);
[[nodiscard]] std::string text_of(const std::vector<ForeignToken>& tokens);

/// What an opening bracket, '(' or '[', encloses.
struct Enclosed {
  std::size_t after = 0;  // the position after the closing one, or the end
  int parts = 1;          // between commas of this level
};
/// By position; meaningful at opening brackets. One pass, whatever the nesting.
[[nodiscard]] std::vector<Enclosed> brackets_of(const std::vector<ForeignToken>& tokens);

/// Tensor names of another tool as names of this language, each name once: `tmp` becomes `Tmp`.
class TensorNames {
 public:
  /// The name to use for this one, which stands at `place`.
  const std::string& of(const std::string& foreign, const base::SourceSpan& place);
  /// The name of one that has been used; nullptr: there is none.
  [[nodiscard]] const std::string* find(const std::string& foreign) const;
  /// Those that differ, in order of appearance, with the places where they first stand.
  struct Renamed {
    std::string from, to;
    base::SourceSpan place;
  };
  [[nodiscard]] const std::vector<Renamed>& changed() const { return changed_; }

 private:
  std::map<std::string, std::string> known_;
  std::set<std::string> taken_;
  std::vector<Renamed> changed_;
};

}  // namespace einfall::einsum
