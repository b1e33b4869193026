#pragma once

#include <nlohmann/json.hpp>
#include <string>

/// Runs the program that was just built, as a user does: through a shell.
namespace einfall::tests {

struct Ran {
  int exit = -1;  // 128 + signal if one ended it
  std::string out;
  std::string err;
  double cpu_seconds = 0;  // of the program, whatever else the machine is doing
};

/// Runs a bash command from the repository root, with `einfall` on its PATH and empty standard
/// input.
[[nodiscard]] Ran shell(const std::string& command);

/// The program alone; `arguments` may redirect: "convert a.yaml > /dev/full".
[[nodiscard]] Ran einfall(const std::string& arguments);

/// Standard output of a run with --json added, parsed. Fails the test case if it is not JSON.
[[nodiscard]] nlohmann::json einfall_json(const std::string& arguments);

}  // namespace einfall::tests
