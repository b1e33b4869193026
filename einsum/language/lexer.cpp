#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "einsum/language/limits.hpp"
#include "einsum/language/token.hpp"

namespace einfall::einsum {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_upper(c) || is_lower(c) || is_digit(c) || c == '_'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Longer spellings first, so that the first match is the longest.
constexpr std::array<std::pair<std::string_view, TokenKind>, 23> kOperators{{
    {"??", TokenKind::kElse},       {"->", TokenKind::kArrow},       {"//", TokenKind::kFloorDiv},
    {"==", TokenKind::kEq},         {"!=", TokenKind::kNe},          {"<=", TokenKind::kLe},
    {">=", TokenKind::kGe},         {"::", TokenKind::kDoubleColon}, {"+", TokenKind::kPlus},
    {"-", TokenKind::kMinus},       {"*", TokenKind::kStar},         {"/", TokenKind::kSlash},
    {"%", TokenKind::kPercent},     {"=", TokenKind::kAssign},       {"<", TokenKind::kLt},
    {">", TokenKind::kGt},          {"(", TokenKind::kLeftParen},    {")", TokenKind::kRightParen},
    {"[", TokenKind::kLeftBracket}, {"]", TokenKind::kRightBracket}, {",", TokenKind::kComma},
    {":", TokenKind::kColon},       {"|", TokenKind::kBar},
}};

constexpr std::array<std::pair<std::string_view, TokenKind>, 6> kKeywords{{
    {"where", TokenKind::kWhere},
    {"and", TokenKind::kAnd},
    {"or", TokenKind::kOr},
    {"not", TokenKind::kNot},
    {"present", TokenKind::kPresent},
    {"inf", TokenKind::kInf},
}};

class Lexer {
 public:
  Lexer(std::string_view text, const Origin& origin, base::Diagnostics& sink)
      : text_(text), origin_(origin), sink_(sink) {}

  std::vector<Token> run() {
    while (true) {
      while (at_ < text_.size() && is_space(text_[at_])) ++at_;
      if (at_ >= text_.size() || text_[at_] == '#') break;
      if (tokens_.size() >= limits::kTokens)
        return fail("E107", 1,
                    fmt::format("more than {} tokens in one expression", limits::kTokens),
                    "split it into several Einsums");
      if (!next()) return {};
    }
    push(TokenKind::kEnd, 0);
    return std::move(tokens_);
  }

 private:
  bool next() {
    const char c = text_[at_];
    if (is_upper(c) || is_lower(c)) return word();
    if (is_digit(c)) return number();
    for (const auto& [spelling, kind] : kOperators) {
      if (text_.substr(at_, spelling.size()) != spelling) continue;
      push(kind, spelling.size());
      return true;
    }
    const auto code = static_cast<unsigned char>(c);
    const std::string shown =
        code > 0x20 && code < 0x7f ? fmt::format("'{}'", c) : fmt::format("byte 0x{:02x}", code);
    fail("E101", 1, "unexpected character " + shown,
         c == '!' ? "'not' negates a condition, '!=' compares" : "");
    return false;
  }

  bool word() {
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    const std::string_view spelling = text_.substr(at_, end - at_);
    if (spelling.size() > limits::kNameLength) {
      fail("E107", 1,
           fmt::format("a name of {} characters, at most {} are allowed", spelling.size(),
                       limits::kNameLength));
      return false;
    }
    TokenKind kind = is_upper(spelling.front()) ? TokenKind::kUpper : TokenKind::kLower;
    for (const auto& [keyword, keyword_kind] : kKeywords)
      if (keyword == spelling) kind = keyword_kind;
    push(kind, spelling.size());
    return true;
  }

  bool number() {
    std::size_t end = at_;
    const auto digits = [&] {
      while (end < text_.size() && is_digit(text_[end])) ++end;
    };
    digits();
    if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) {
      ++end;
      digits();
    }
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      std::size_t exponent = end + 1;
      if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) ++exponent;
      if (exponent < text_.size() && is_digit(text_[exponent])) {
        end = exponent;
        digits();
      }
    }
    if (text_[at_] == '0' && at_ + 1 < end && is_digit(text_[at_ + 1])) {
      fail("E103", end - at_, "a number that begins with a 0",
           "some readers of YAML take it for octal: leave the 0 out");
      return false;
    }
    if (end < text_.size() && (is_word(text_[end]) || text_[end] == '.')) {
      fail("E103", end + 1 - at_, "malformed number, expected digits as in 12, 0.5 or 1e-6");
      return false;
    }
    push(TokenKind::kNumber, end - at_);
    return true;
  }

  void push(TokenKind kind, std::size_t length) {
    tokens_.push_back({kind, static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(length)});
    at_ += length;
  }

  std::vector<Token> fail(const char* code, std::size_t length, std::string message,
                          std::string help = {}) {
    sink_.push_back(
        base::error(code, origin_.at(at_, length), std::move(message), std::move(help)));
    return {};
  }

  std::string_view text_;
  const Origin& origin_;
  base::Diagnostics& sink_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

base::SourceSpan Origin::at(std::size_t offset, std::size_t length) const {
  base::SourceSpan span = start;
  if (!exact) return span;
  span.column += static_cast<std::uint32_t>(offset);
  span.length = static_cast<std::uint32_t>(length == 0 ? 1 : length);
  return span;
}

std::string_view describe(TokenKind kind) {
  switch (kind) {
    case TokenKind::kUpper:
      return "an upper-case name";
    case TokenKind::kLower:
      return "a lower-case name";
    case TokenKind::kNumber:
      return "a number";
    case TokenKind::kInf:
      return "'inf'";
    case TokenKind::kWhere:
      return "'where'";
    case TokenKind::kAnd:
      return "'and'";
    case TokenKind::kOr:
      return "'or'";
    case TokenKind::kNot:
      return "'not'";
    case TokenKind::kPresent:
      return "'present'";
    case TokenKind::kPlus:
      return "'+'";
    case TokenKind::kMinus:
      return "'-'";
    case TokenKind::kStar:
      return "'*'";
    case TokenKind::kSlash:
      return "'/'";
    case TokenKind::kFloorDiv:
      return "'//'";
    case TokenKind::kPercent:
      return "'%'";
    case TokenKind::kElse:
      return "'?\?'";
    case TokenKind::kArrow:
      return "'->'";
    case TokenKind::kAssign:
      return "'='";
    case TokenKind::kEq:
      return "'=='";
    case TokenKind::kNe:
      return "'!='";
    case TokenKind::kLt:
      return "'<'";
    case TokenKind::kLe:
      return "'<='";
    case TokenKind::kGt:
      return "'>'";
    case TokenKind::kGe:
      return "'>='";
    case TokenKind::kLeftParen:
      return "'('";
    case TokenKind::kRightParen:
      return "')'";
    case TokenKind::kLeftBracket:
      return "'['";
    case TokenKind::kRightBracket:
      return "']'";
    case TokenKind::kComma:
      return "','";
    case TokenKind::kColon:
      return "':'";
    case TokenKind::kDoubleColon:
      return "'::'";
    case TokenKind::kBar:
      return "'|'";
    case TokenKind::kEnd:
      return "end of line";
  }
  return "a token";
}

std::vector<Token> lex(std::string_view text, const Origin& origin, base::Diagnostics& sink) {
  return Lexer(text, origin, sink).run();
}

}  // namespace einfall::einsum
