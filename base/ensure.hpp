#pragma once

#include <string_view>

namespace einfall::base {

/// Ends the program with exit code 3 after printing where an internal invariant broke. Never
/// reached by bad input: that is what `Result` and diagnostics are for.
[[noreturn]] void fail_ensure(std::string_view condition, std::string_view file, int line,
                              std::string_view context);

/// From now on a broken invariant ends the program by SIGABRT, on which a fuzzer keeps its input.
void abort_on_failed_ensure();

}  // namespace einfall::base

/// Checks an internal invariant: `EINFALL_ENSURE(i < n, "tensor index")`. A macro because it has to
/// name the condition and its place, and clang 14 has no std::source_location.
#define EINFALL_ENSURE(condition, context)                                                     \
  do {                                                                                         \
    if (!(condition)) ::einfall::base::fail_ensure(#condition, __FILE__, __LINE__, (context)); \
  } while (false)
