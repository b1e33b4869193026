#include "base/ensure.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace einfall::base {
namespace {

bool aborts = false;

}  // namespace

void abort_on_failed_ensure() { aborts = true; }

void fail_ensure(std::string_view condition, std::string_view file, int line,
                 std::string_view context) {
  std::string text = "einfall: internal error: ";
  text.append(condition).append(" does not hold (").append(context).append(")\n  at ");
  text.append(file).append(":").append(std::to_string(line));
  text.append("\nThis is a bug in Einfall, not in your input.\n");
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
  if (aborts) std::abort();
  std::_Exit(3);
}

}  // namespace einfall::base
