#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

namespace einfall::tests {
namespace {

const char* const kCascade =
    "einfall: 1\nname: mean\nranks: {K: 5}\ndeclaration: {A: [K]}\n"
    "expressions: |\n  Y = sum[k](A[k]) / |K|\n";

}  // namespace

TEST_CASE("standard output that cannot be written is exit code 1 and no signal", "[cli]") {
  const Ran full = einfall("--help > /dev/full");
  CHECK(full.exit == 1);
  CHECK(full.err.find("cannot write standard output: No space left") != std::string::npos);
  const Ran closed = einfall("--help >&-");
  CHECK(closed.exit == 1);
  CHECK(closed.err.find("cannot write standard output") != std::string::npos);
}

TEST_CASE("a pipe whose reader has gone is exit code 1 and no signal", "[cli]") {
  const Ran ran = shell("(sleep 0.2; einfall --help; echo \"exit $?\" >&2) | true");
  CHECK(ran.err.find("Broken pipe") != std::string::npos);
  CHECK(ran.err.find("exit 1") != std::string::npos);
}

TEST_CASE("with standard error closed the exit code is still right", "[cli]") {
  CHECK(einfall("check /nowhere/a.yaml 2>&-").exit == 1);
  CHECK(einfall("check /nowhere/a.yaml 2>/dev/full").exit == 1);
  CHECK(einfall("--version 2>&- <&-").exit == 0);
}

TEST_CASE("an output file is written completely or not at all", "[cli]") {
  const Scratch scratch;
  const std::string in = scratch.write("in.yaml", kCascade);
  const std::string printed = einfall("convert " + in).out;
  REQUIRE_FALSE(printed.empty());

  CHECK(einfall("convert " + in + " -o " + scratch.path("out.yaml")).exit == 0);
  CHECK(scratch.read("out.yaml") == printed);

  const Ran nowhere = einfall("convert " + in + " -o " + scratch.path("none/out.yaml"));
  CHECK(nowhere.exit == 1);
  CHECK(nowhere.err.find("none/out.yaml: error[E006]: cannot be written: "
                         "No such file") != std::string::npos);

  std::filesystem::create_directory(scratch.path("folder"));
  CHECK(einfall("convert " + in + " -o " + scratch.path("folder")).exit == 1);
  CHECK(std::filesystem::is_directory(scratch.path("folder")));

  CHECK(einfall("convert " + in + " -o /dev/full").exit == 1);
  CHECK(einfall("convert " + in + " -o /dev/null").exit == 0);
  CHECK(std::filesystem::is_character_file("/dev/null"));

  std::size_t left = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path("")))
    left += entry.exists() ? 1U : 0U;
  CHECK(left == 3);  // in.yaml, out.yaml, folder: no temporary file stays
}

TEST_CASE("a name from a file cannot steer the terminal", "[cli]") {
  const Scratch scratch;
  const std::string cascade =
      scratch.write("named.yaml",
                    "einfall: 1\nname: \"me\\e[2Jan\\x7f\"\nranks: {K: 5}\ndeclaration: {A: [K]}\n"
                    "expressions: |\n  Y = sum[k](A[k])\n");
  const Ran ran = einfall("analyze " + cascade);
  INFO(ran.err);
  REQUIRE(ran.exit == 0);
  CHECK(ran.out.find("me?[2Jan?: 1-pass\n") != std::string::npos);
  CHECK(ran.out.find('\x1b') == std::string::npos);
  CHECK(einfall("check '/nowhere/\x1b[2J.yaml'").out.find('\x1b') == std::string::npos);
}

TEST_CASE("a failed command leaves the file that was there", "[cli]") {
  const Scratch scratch;
  const std::string out = scratch.write("out.yaml", "precious");
  CHECK(einfall("convert /nowhere/a.yaml -o " + out).exit == 1);
  CHECK(scratch.read("out.yaml") == "precious");
}

TEST_CASE("a link to an output file stays a link", "[cli]") {
  const Scratch scratch;
  const std::string in = scratch.write("in.yaml", kCascade);
  const std::string goal = scratch.write("goal.yaml", "old");
  std::filesystem::create_symlink(goal, scratch.path("link.yaml"));
  CHECK(einfall("convert " + in + " -o " + scratch.path("link.yaml")).exit == 0);
  CHECK(std::filesystem::is_symlink(scratch.path("link.yaml")));
  CHECK(scratch.read("goal.yaml") != "old");
}

}  // namespace einfall::tests
