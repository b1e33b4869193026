#pragma once

#include <span>
#include <string_view>

namespace einfall::base {

/// One row of docs/reference/errors.md; a file under tests/error/ provokes it. Each layer keeps the
/// table of the codes it reports in a file error_codes.{hpp,cpp}:
/// `std::span<const base::ErrorCode> <layer>_error_codes();`.
struct ErrorCode {
  std::string_view code;         // "E204", "W3"
  std::string_view title;        // "rank variable without a rank"
  std::string_view explanation;  // when it is reported and what to do, one paragraph of Markdown
};

}  // namespace einfall::base
