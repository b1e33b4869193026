#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "einsum/language/ast.hpp"

/// Recursive descent over one line (language.md 1.3). Each function reports at most one error and
/// then returns nothing: E101 to E109, E401.
namespace einfall::einsum {

[[nodiscard]] std::optional<ast::Statement> parse_statement(std::string_view text,
                                                            const Origin& origin,
                                                            base::Diagnostics& sink);
[[nodiscard]] std::optional<ast::Expression> parse_expression(std::string_view text,
                                                              const Origin& origin,
                                                              base::Diagnostics& sink);
/// An index expression: `h // G`.
[[nodiscard]] std::optional<ast::Expression> parse_index(std::string_view text,
                                                         const Origin& origin,
                                                         base::Diagnostics& sink);
/// Conditions separated by commas, without `where`.
[[nodiscard]] std::optional<ast::Conditions> parse_conditions(std::string_view text,
                                                              const Origin& origin,
                                                              base::Diagnostics& sink);
/// `finite(X)` or `positive(X)` of an `assume` list gives {"finite", "X"}; anything else nothing,
/// without an error.
struct TensorPromise {
  std::string_view kind;
  ast::Name tensor;
};
[[nodiscard]] std::optional<TensorPromise> parse_promise(std::string_view text,
                                                         const Origin& origin);
/// The head of a function definition, `cap(x, y)`.
struct FunctionHead {
  ast::Name name;
  std::vector<ast::Name> params;
};
[[nodiscard]] std::optional<FunctionHead> parse_function_head(std::string_view text,
                                                              const Origin& origin,
                                                              base::Diagnostics& sink);

}  // namespace einfall::einsum
