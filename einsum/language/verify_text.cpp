#include <fmt/format.h>

#include "base/yaml/node.hpp"
#include "einsum/language/parser.hpp"
#include "einsum/language/print.hpp"
#include "einsum/language/token.hpp"
#include "einsum/language/verify.hpp"

namespace einfall::einsum {
namespace {

constexpr const char* kHelp = "name a part of the expression as an Einsum of its own";

void too_long(const Cascade& cascade, const Einsum& einsum, base::Diagnostics& sink) {
  sink.push_back(base::error("E107", einsum.span,
                             fmt::format("{} is too long once written out in full",
                                         cascade[cascade[einsum.lhs].tensor].name),
                             kHelp));
}

}  // namespace

// A function is written once and expanded in every place, so that a short document can stand for an
// expression that no reader takes: neither as a line nor, with others, as a file.
void verify_text(const Cascade& cascade, base::Diagnostics& sink) {
  std::size_t bytes = 0;
  for (const Einsum& einsum : cascade.einsums) {
    const std::string line = print(cascade, einsum);
    bytes += line.size();
    base::Diagnostics found;
    if (bytes > base::yaml::kMaxDocumentBytes ||
        !parse_statement(line, {einsum.span, false}, found))
      return too_long(cascade, einsum, sink);
  }
  if (!cascade.einsums.empty() && print(cascade).size() > base::yaml::kMaxDocumentBytes)
    too_long(cascade, cascade.einsums.back(), sink);
}

}  // namespace einfall::einsum
