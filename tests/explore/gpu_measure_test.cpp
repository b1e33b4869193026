#include "explore/gpu_measure.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "gpu_ref/records/source_hash.hpp"

namespace einfall::explore {
namespace {

namespace records = gpu_ref::records;

/// A program that is a shell script.
std::string program(const std::string& name, const std::string& body) {
  const std::filesystem::path folder = std::filesystem::path(EINFALL_BINARY_DIR) / "measuring";
  std::filesystem::create_directories(folder);
  const std::string path = (folder / name).string();
  std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
  chmod(path.c_str(), 0755);
  return path;
}

TEST_CASE("without the program, or without a GPU, measuring is skipped", "[gpu_measure]") {
  const MeasuringEnd none = run_measuring_program({"/nonexistent/program", "all", "r", "p", {}});
  CHECK(none.exit == 77);
  CHECK(none.skipped.find("/nonexistent/program") != std::string::npos);
  const MeasuringEnd no_gpu =
      run_measuring_program({program("no_gpu", "exit 77"), "all", "r", "p", {}});
  CHECK(no_gpu.exit == 77);
  CHECK(no_gpu.skipped.find("no GPU") != std::string::npos);
  const MeasuringEnd killed =
      run_measuring_program({program("killed", "kill -9 $$"), "all", "r", "p", {}});
  CHECK(killed.exit == 77);
  CHECK(killed.skipped.find("signal 9") != std::string::npos);
}

TEST_CASE("the program is given its record and points, and its exit code is kept",
          "[gpu_measure]") {
  const std::string said = EINFALL_BINARY_DIR "/measuring/said";
  const std::string path = program("says", "echo \"$*\" > " + said + "; exit 2");
  const auto words = [&] {
    std::ifstream in(said);
    std::string line;
    std::getline(in, line);
    return line;
  };
  CHECK(run_measuring_program({path, "time", "r.jsonl", "p.csv", {"--seed", "3"}}).exit == 2);
  CHECK(words() == "time --record r.jsonl --points p.csv --seed 3");
  CHECK(run_measuring_program({path, "validate", "r.jsonl", "p.csv", {}}).skipped.empty());
  CHECK(words() == "validate --record r.jsonl");
}

TEST_CASE("a program that asks for another start gets it", "[gpu_measure]") {
  const std::string once = EINFALL_BINARY_DIR "/measuring/once";
  std::filesystem::remove(once);
  const std::string path =
      program("again", "[ -e " + once + " ] && exit 0; touch " + once + "; exit 75");
  CHECK(run_measuring_program({path, "all", "r", "p", {}}).exit == 0);
  CHECK(run_measuring_program({program("ever", "exit 75"), "all", "r", "p", {}}).exit == 2);
}

TEST_CASE("a record is summed up by what counts in this tree", "[gpu_measure]") {
  records::Records all;
  records::Run gpu, executor;
  gpu.id = "g";
  gpu.witness = "gpu";
  executor.id = "e";
  executor.witness = "executor";
  all.runs = {gpu, executor};
  records::Measurement m;
  m.run = "g";
  m.correct = true;
  m.point.kernel = "k3-one-pass";
  m.source = "kernels/k3_one_pass.cpp";
  m.source_sha256 = records::source_hash(EINFALL_SOURCE_DIR, m.source).value();
  const auto add = [&](auto change) {
    records::Measurement other = m;
    ++m.point.q_len;
    change(other);
    all.measurements.push_back(other);
  };
  add([](records::Measurement&) {});
  add([](records::Measurement& x) { x.source_sha256 = "old"; });
  add([](records::Measurement& x) { x.source_sha256 = "older"; });
  add([](records::Measurement& x) { x.source = "kernels/gone.cpp"; });
  add([](records::Measurement& x) { x.correct = false; });
  add([](records::Measurement& x) { x.run = "e"; });
  records::Validation v;
  v.run = "g";
  v.point.kernel = "k4";
  v.check = "ones";
  v.message = "not 1";
  all.validations = {v};
  all.refusals = {{"g", m.point, "", "too large"}};
  const RecordSummary summary = summarise(all, EINFALL_SOURCE_DIR);
  CHECK(summary.measured == 1);
  CHECK(summary.stale == 2);
  CHECK(summary.unknown == 1);
  CHECK(summary.wrong == 1);
  CHECK(summary.rehearsed == 1);
  CHECK(summary.refused == 1);
  CHECK(summary.checks_failed == 1);
  CHECK(summary.failures.size() == 3);
}

}  // namespace
}  // namespace einfall::explore
