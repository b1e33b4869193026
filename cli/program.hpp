#pragma once

namespace einfall::cli {

/// Parses the command line, runs the command it names and prints what that says. Returns the exit
/// code. Exceptions that reach it become exit codes too: memory that ran out is the input's fault
/// (1), anything else a bug (3).
[[nodiscard]] int run_program(int argc, const char* const* argv);

}  // namespace einfall::cli
