#include "tests/support/program.hpp"

#include <catch2/catch.hpp>

namespace einfall::tests {

TEST_CASE("the version and the help go to standard output with exit code 0", "[cli]") {
  CHECK(einfall("--version").out == "einfall " EINFALL_VERSION "\n");
  const Ran help = einfall("--help");
  CHECK(help.exit == 0);
  CHECK(help.err.empty());
  for (const char* command : {"check", "analyze", "eval", "convert"}) {
    CHECK(help.out.find(command) != std::string::npos);
    const Ran one = einfall(command + std::string(" --help"));
    CHECK(one.exit == 0);
    CHECK(one.out.find("Examples:\n  einfall " + std::string(command)) != std::string::npos);
    CHECK(one.out.find("--json") != std::string::npos);
  }
}

}  // namespace einfall::tests
