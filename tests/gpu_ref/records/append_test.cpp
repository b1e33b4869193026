#include "gpu_ref/records/append.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "gpu_ref/measure/watchdog.hpp"
#include "gpu_ref/records/record.hpp"

namespace einfall::gpu_ref::records {
namespace {

std::string fresh_file(const std::string& name) {
  const std::filesystem::path folder = std::filesystem::path(EINFALL_BINARY_DIR) / "append_test";
  std::filesystem::create_directories(folder);
  std::filesystem::remove(folder / name);
  return (folder / name).string();
}

Refusal refusal(int i) {
  Refusal r;
  r.run = "r";
  r.message = std::string(3000, 'x') + std::to_string(i);
  return r;
}

TEST_CASE("a record survives a kill -9 but for its last line, and goes on after it", "[append]") {
  const std::string file = fresh_file("killed.jsonl");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    Appender record(file);
    for (int i = 0;; ++i) record.add(line_of(refusal(i)));
  }
  while (!std::filesystem::exists(file) || std::filesystem::file_size(file) < 50000) usleep(1000);
  kill(child, SIGKILL);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  const Records before = read_records(file);
  REQUIRE(before.refusals.size() > 10);
  CHECK(before.complaints.size() <= 1);
  for (std::size_t i = 0; i < before.refusals.size(); ++i)
    CHECK(before.refusals[i].message == refusal(static_cast<int>(i)).message);
  Appender(file).add(line_of(refusal(-1)));
  const Records after = read_records(file);
  CHECK(after.refusals.back().message == refusal(-1).message);
  CHECK(after.complaints.size() == before.complaints.size());
}

TEST_CASE("a line without its end gets one, and what follows is whole", "[append]") {
  const std::string file = fresh_file("cut.jsonl");
  std::ofstream(file) << line_of(refusal(1)) << "{\"record\": \"refu";
  CHECK(read_records(file).complaints.size() == 1);
  {
    Appender record(file);
    CHECK(record.was_cut());
    record.add(line_of(refusal(2)));
  }
  const Records records = read_records(file);
  CHECK(records.refusals.size() == 2);
  REQUIRE(records.complaints.size() == 1);
  CHECK(records.complaints[0].line == 2);
  CHECK(!Appender(file).was_cut());
}

TEST_CASE("a file that cannot be written is a problem with its name", "[append]") {
  Appender record("/nonexistent/folder/file");
  record.add("line\n");
  CHECK(record.problem().find("/nonexistent/folder/file cannot be opened: ") == 0);
}

TEST_CASE("a step that hangs ends the process and leaves its line", "[append]") {
  const std::string file = fresh_file("hangs.jsonl");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    Appender record(file);
    measure::Watchdog watchdog(record, 0.2);
    for (int i = 0; i < 3; ++i) {
      watchdog.begin(line_of(refusal(i)));
      watchdog.end();
    }
    watchdog.begin(line_of(refusal(7)));
    sleep(60);
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == measure::kAgainCode);
  const Records records = read_records(file);
  REQUIRE(records.refusals.size() == 1);
  CHECK(records.refusals[0].message == refusal(7).message);
}

}  // namespace
}  // namespace einfall::gpu_ref::records
