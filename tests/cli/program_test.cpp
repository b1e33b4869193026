#include "tests/cli/program.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/support/scratch.hpp"

namespace einfall::tests {
namespace {

void redirect(int descriptor, const std::string& path, int flags) {
  const int opened = ::open(path.c_str(), flags, 0600);
  if (opened < 0 || ::dup2(opened, descriptor) < 0) ::_exit(126);
  ::close(opened);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

Ran shell(const std::string& command) {
  const Scratch scratch;
  const std::string path = EINFALL_BINARY_DIR ":" + std::string(std::getenv("PATH"));
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    redirect(0, "/dev/null", O_RDONLY);
    redirect(1, scratch.path("out"), O_WRONLY | O_CREAT);
    redirect(2, scratch.path("err"), O_WRONLY | O_CREAT);
    if (::chdir(EINFALL_SOURCE_DIR) != 0 || ::setenv("PATH", path.c_str(), 1) != 0) ::_exit(125);
    ::execl("/bin/bash", "bash", "-c", command.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  rusage used{};
  REQUIRE(::wait4(child, &status, 0, &used) == child);
  Ran ran;
  ran.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ran.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  ran.out = scratch.read("out");
  ran.err = scratch.read("err");
  return ran;
}

Ran einfall(const std::string& arguments) { return shell("exec einfall " + arguments); }

nlohmann::json einfall_json(const std::string& arguments) {
  const Ran ran = einfall(arguments + " --json");
  INFO(ran.out << ran.err);
  auto parsed = nlohmann::json::parse(ran.out, nullptr, false);
  REQUIRE_FALSE(parsed.is_discarded());
  return parsed;
}

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

TEST_CASE("a command line that makes no sense is exit code 1 with a reason", "[cli]") {
  for (const char* arguments :
       {"", "frobnicate", "check", "check --frobnicate x", "eval", "eval a.yaml --mode sideways",
        "eval a.yaml --seed x", "eval a.yaml --seed -1", "eval a.yaml --seed 18446744073709551616",
        "eval a.yaml --against a.yaml --tolerance nan",
        "eval a.yaml --against a.yaml --tolerance inf",
        "eval a.yaml --against a.yaml --tolerance -1", "eval a.yaml --tolerance 1"}) {
    const Ran ran = einfall(arguments);
    INFO(arguments);
    CHECK(ran.exit == 1);
    CHECK(ran.out.empty());
    CHECK(ran.err.rfind("einfall: ", 0) == 0);
  }
}

TEST_CASE("a size setting must be a name and a size", "[cli]") {
  for (const char* setting : {"M", "=4", "M=", "M=x", "M=0", "M=-4", "M=4Q", "M=4KK", "M=1.5",
                              "M=99999999999999999999", "M=9999999999G", "'M=4 '"}) {
    const Ran ran = einfall(std::string("eval a.yaml --set ") + setting);
    INFO(setting);
    CHECK(ran.exit == 1);
    CHECK(ran.err.find("--set") != std::string::npos);
  }
  const Ran twice = einfall("eval a.yaml --set M=4 --set M=5");
  CHECK(twice.exit == 1);
  CHECK(twice.err.find("M is set twice") != std::string::npos);
}

}  // namespace einfall::tests
