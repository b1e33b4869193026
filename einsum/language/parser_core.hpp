#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "einsum/language/ast.hpp"

namespace einfall::einsum {

/// The parser of one line. After the first error it stands at the end of the line, so that every
/// loop ends and nothing more is reported; `failed()` then holds and node ids mean nothing.
class ParserCore {
 public:
  ParserCore(std::string_view text, const Origin& origin, base::Diagnostics& sink);

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] ast::Tree take_tree() { return std::move(tree_); }
  [[nodiscard]] base::SourceSpan span(ast::NodeId id) const { return tree_.span(id); }

  // Values: parser_expr.cpp.
  ast::NodeId expression();
  ast::NodeId access();
  ast::NodeId reduction_suffix(ast::NodeId body);  // `:: max[m]` after an expression
  // Indices and conditions: parser_cond.cpp.
  ast::NodeId index_expression();
  ast::NodeId condition();
  std::vector<ast::NodeId> condition_list();

  // Tokens.
  [[nodiscard]] TokenKind kind(std::size_t ahead = 0) const;
  [[nodiscard]] bool is(TokenKind wanted) const { return kind() == wanted; }
  bool accept(TokenKind wanted);
  bool expect(TokenKind wanted, std::string_view context = {});
  ast::Name name(TokenKind wanted, std::string_view what);
  void expect_end();

 private:
  /// Counts one level of recursion for as long as it lives.
  struct Nested {
    explicit Nested(ParserCore& p);
    ~Nested() { --parser.depth_; }
    ParserCore& parser;
  };

  ast::NodeId sum();
  ast::NodeId term();
  ast::NodeId unary();
  ast::NodeId atom();
  ast::NodeId number();
  ast::NodeId size_of();
  ast::NodeId named();
  ast::NodeId call();
  ast::NodeId reduce();
  ast::NodeId take();
  std::vector<ast::NodeId> arguments();
  ast::IndexArg index_argument();
  ast::NodeId index_term();
  ast::NodeId index_factor();
  ast::NodeId conjunction();
  ast::NodeId condition_atom();
  ast::NodeId comparison();

  [[nodiscard]] bool parenthesis_holds_index() const;
  [[nodiscard]] bool bracket_before_parenthesis() const;
  ast::NodeId binary(ast::Operator op, ast::NodeId lhs, ast::NodeId rhs);
  template <class What>
  ast::NodeId add(What what, std::uint32_t offset, std::initializer_list<ast::NodeId> children);
  template <class What>
  ast::NodeId add(What what, std::uint32_t offset, const std::vector<ast::NodeId>& children);
  ast::NodeId add_node(ast::Node node);
  [[nodiscard]] std::uint32_t offset() const { return tokens_[at_].offset; }
  [[nodiscard]] std::string_view spelling(const Token& token) const {
    return text_.substr(token.offset, token.length);
  }
  [[nodiscard]] std::string found() const;
  void advance() {
    if (at_ + 1 < tokens_.size()) ++at_;
  }
  void fail(const char* code, const Token& where, std::string message, std::string help = {});

  std::string_view text_;
  base::Diagnostics& sink_;
  ast::Tree tree_;
  std::vector<Token> tokens_;
  std::vector<std::uint32_t> partner_;  // of '(' and '[': the matching close, or 0
  std::size_t at_ = 0;
  int depth_ = 0;
  bool failed_ = false;
};

template <class What>
ast::NodeId ParserCore::add(What what, std::uint32_t start,
                            std::initializer_list<ast::NodeId> children) {
  return add(std::move(what), start, std::vector<ast::NodeId>(children));
}

template <class What>
ast::NodeId ParserCore::add(What what, std::uint32_t start,
                            const std::vector<ast::NodeId>& children) {
  ast::Node node;
  node.offset = start;
  for (const ast::NodeId child : children)
    if (child.valid()) node.depth = std::max(node.depth, tree_[child].depth + 1);
  node.what = std::move(what);
  return add_node(std::move(node));
}

}  // namespace einfall::einsum
