#include "tests/support/program.hpp"

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

}  // namespace einfall::tests
