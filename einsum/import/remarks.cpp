#include "einsum/import/remarks.hpp"

#include <fmt/format.h>

namespace einfall::einsum {

base::Diagnostic remark(std::string code, base::SourceSpan span, std::string message) {
  return {base::Severity::kNote, std::move(code), std::move(span), std::move(message), {}, {}};
}

base::Diagnostic not_taken_over(const base::yaml::Node& key) {
  return remark("N31", key.span,
                fmt::format("'{}' is not taken over: a cascade has no place for it", key.text));
}

void remark_renames(const TensorNames& names, base::Diagnostics& remarks) {
  if (names.changed().empty()) return;
  std::string list;
  for (const auto& [from, to, place] : names.changed())
    list += fmt::format("{}{} is {}", list.empty() ? "" : ", ", from, to);
  remarks.push_back(
      remark("N34", names.changed().front().place, "tensors begin with a capital here: " + list));
}

}  // namespace einfall::einsum
