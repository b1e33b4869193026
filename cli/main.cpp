#include "cli/output.hpp"
#include "cli/program.hpp"

int main(int argc, char** argv) {
  einfall::cli::prepare_standard_streams();
  return einfall::cli::run_program(argc, argv);
}
