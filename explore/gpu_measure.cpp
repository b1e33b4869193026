#include "explore/gpu_measure.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

extern char** environ;

namespace einfall::explore {
namespace {

namespace records = gpu_ref::records;

constexpr int kSkipped = 77, kAgain = 75, kMostStarts = 40;

/// The exit code; -1 with `problem` where the program could not be run or was ended by a signal.
int run_once(std::vector<std::string> words, std::string& problem) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  const int spawned =
      posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0) {
    problem = fmt::format("{} cannot be run: {}", words[0], std::strerror(spawned));
    return -1;
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  problem = fmt::format("{} was ended by signal {}", words[0], WTERMSIG(status));
  return -1;
}

}  // namespace

MeasuringEnd run_measuring_program(const MeasuringRequest& request) {
  std::error_code error;
  if (!std::filesystem::exists(request.program, error))
    return {kSkipped,
            fmt::format("there is no program {}: it is built where nvcc and cuBLAS are found, or "
                        "by gpu_ref/build_measure",
                        request.program)};
  std::vector<std::string> words{request.program, request.command, "--record", request.record};
  if (request.command == "all" || request.command == "time")
    words.insert(words.end(), {"--points", request.points});
  words.insert(words.end(), request.arguments.begin(), request.arguments.end());
  std::string problem;
  int code = kAgain;
  for (int starts = 0; code == kAgain && starts < kMostStarts; ++starts)
    code = run_once(words, problem);
  if (code == kSkipped) return {code, "there is no GPU that the program can use"};
  if (problem.empty()) return {code == kAgain ? 2 : code, ""};
  return {kSkipped, problem};
}

RecordSummary summarise(const records::Records& all, const std::string& root) {
  RecordSummary summary;
  summary.complaints = all.complaints;
  summary.runs = static_cast<int>(all.runs.size());
  const std::vector<records::Verdict> verdicts = records::verdicts(all);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    using records::Verdict;
    if (verdicts[i] == Verdict::kNoRun || verdicts[i] == Verdict::kRehearsal) ++summary.rehearsed;
    if (verdicts[i] != Verdict::kWrong) continue;
    ++summary.wrong;
    summary.failures.push_back(key(all.measurements[i].point) + ": wrong values");
  }
  for (const records::Measurement& m : counted(all)) {
    const records::Freshness fresh = freshness(m, root);
    if (fresh == records::Freshness::kFresh) ++summary.measured;
    if (fresh == records::Freshness::kStale) ++summary.stale;
    if (fresh == records::Freshness::kUnknown) ++summary.unknown;
  }
  for (const records::Validation& v : all.validations) {
    ++(v.passed ? summary.checks_passed : summary.checks_failed);
    if (!v.passed) summary.failures.push_back(key(v.point) + ", " + v.check + ": " + v.message);
  }
  for (const records::Refusal& r : all.refusals) {
    ++summary.refused;
    summary.failures.push_back(key(r.point) + ": " + r.message);
  }
  return summary;
}

}  // namespace einfall::explore
