#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"

namespace einfall::einsum {

/// Where a piece of surface text begins in its file, so that every token knows its place.
struct Origin {
  base::SourceSpan start;
  /// False where columns inside the text are unknown (quoted scalars with escapes): every span is
  /// then that of the whole text.
  bool exact = true;

  [[nodiscard]] base::SourceSpan at(std::size_t offset, std::size_t length) const;
};

enum class TokenKind {
  kUpper,
  kLower,
  kNumber,
  kInf,
  kWhere,
  kAnd,
  kOr,
  kNot,
  kPresent,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kFloorDiv,
  kPercent,
  kElse,
  kArrow,
  kAssign,
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kLeftParen,
  kRightParen,
  kLeftBracket,
  kRightBracket,
  kComma,
  kColon,
  kDoubleColon,
  kBar,
  kEnd
};

/// A stretch of the text; its characters are text.substr(offset, length).
struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};

/// How messages name a token: "'+'", "a name", "end of line".
[[nodiscard]] std::string_view describe(TokenKind kind);

/// Tokens of one line (language.md 1.2), the last one kEnd; `#` starts a comment. Empty after an
/// error: E101 unexpected character, E103 malformed number, E107 too long.
[[nodiscard]] std::vector<Token> lex(std::string_view text, const Origin& origin,
                                     base::Diagnostics& sink);

}  // namespace einfall::einsum
