#include "base/ensure.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>

namespace einfall::base {

void fail_ensure(std::string_view condition, std::string_view file, int line,
                 std::string_view context) {
  fmt::print(stderr,
             "einfall: internal error: {} does not hold ({})\n  at {}:{}\n"
             "This is a bug in Einfall, not in your input.\n",
             condition, context, file, line);
  std::fflush(stderr);
  std::_Exit(3);
}

}  // namespace einfall::base
