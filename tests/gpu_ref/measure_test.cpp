#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "gpu_ref/executor/device.hpp"
#include "gpu_ref/host/launches.hpp"
#include "gpu_ref/measure/program.hpp"
#include "gpu_ref/measure/tensors.hpp"
#include "tests/gpu_ref/attention_case.hpp"

namespace einfall::gpu_ref::test {
namespace {

using measure::Session;
using measure::SessionOptions;
using measure::Tally;
using records::Point;

/// As few repeats as show anything: here every launch takes a while.
SessionOptions quick() {
  SessionOptions options;
  options.point.least_repeats = 1;
  options.point.most_repeats = 2;
  return options;
}

std::string fresh_file(const std::string& name) {
  const std::filesystem::path folder = std::filesystem::path(EINFALL_BINARY_DIR) / "measure_test";
  std::filesystem::create_directories(folder);
  std::filesystem::remove(folder / name);
  return (folder / name).string();
}

/// One start of the program on the executor.
struct Start {
  Start(std::string file, std::vector<Kernel> kernels, SessionOptions options = quick(),
        std::vector<Microbenchmark> benchmarks = {})
      : device(executor::make_device(std::move(kernels), std::move(benchmarks))),
        record(file),
        session(*device, build(), record, records::read_records(file), options, out) {}
  static measure::Build build() {
    return measure::parse_build(
        "compiler none\nflags -x y\nsource kernels/k3_one_pass.cpp abc\n"
        "ptx kernels/k3_one_pass.cpp def\n");
  }
  std::unique_ptr<measure::Device> device;
  std::ostringstream out;
  records::Appender record;
  Session session;
};

Point small_point(const std::string& kernel, int q_len = 20, int kv_len = 64) {
  Point p;
  p.kernel = kernel;
  p.q_len = q_len;
  p.kv_len = kv_len;
  p.q_heads = p.kv_heads = 2;
  return p;
}

/// K3 but for its outputs, which it leaves as they were.
void run_nothing(Stream&, const Problem&, const Operands&) {}

TEST_CASE("numbers made on the device are those of the host, and nearly normal", "[measure]") {
  for (const Format format : {Format::kBf16, Format::kInt8, Format::kE4m3}) {
    Problem p = problem(format, 64, 33, 64);
    const char* const id = format == Format::kBf16   ? "k3-one-pass"
                           : format == Format::kInt8 ? "k8-int8"
                                                     : "k8-e4m3";
    Stream stream(1);
    const Kernel of = kernel_named(id);
    const auto set = measure::make_tensors(stream, of, p, 5, 1);
    REQUIRE(!stream.problem());
    Operands operands;
    set->point(operands);
    double sum = 0, square = 0;
    for (std::int64_t i = 0; i < 33 * 64; ++i) {
      const double want = measure::number_of(of, p, 5, 1, 0, i);
      double got = 0;
      if (format == Format::kBf16) got = value_of(static_cast<const Bf16*>(operands.q)[i]);
      if (format == Format::kInt8) got = static_cast<const std::int8_t*>(operands.q)[i];
      if (format == Format::kE4m3) got = value_of(static_cast<const E4m3*>(operands.q)[i]);
      REQUIRE(got == want);
      sum += got;
      square += got * got;
    }
    const double scale = static_cast<double>(measure::sizes_of(of, p).q_scale), n = 33 * 64;
    CHECK(std::fabs(sum / n) < 0.1 * scale);
    CHECK(std::fabs(std::sqrt(square / n) / scale - 1) < 0.1);
  }
}

TEST_CASE("a point of every kind of kernel is measured and its rows are right", "[measure]") {
  std::vector<Point> points;
  for (const char* id : {"k1-unfused", "k2-three-pass", "k3-one-pass", "k5-split-1", "k5-stream-2",
                         "k6-linear-chunk", "k7-block-sparse", "k9-softmax-2"})
    points.push_back(small_point(id, id[1] == '6' ? 64 : 20));
  points.push_back(small_point("k8-int8"));
  points.back().format = "int8";
  points.push_back(small_point("k8-e4m3"));
  points.back().format = "e4m3";
  points.push_back(small_point("k7-block-sparse", 130, 200));
  points.back().kept = 2;
  points.push_back(small_point("k3-one-pass", 70, 64));
  points.back().causal = points.back().warm = true;
  const std::string file = fresh_file("kinds.jsonl");
  Start start(file, kernels());
  const Tally tally = start.session.time(points);
  INFO(start.out.str());
  CHECK(tally.failed == 0);
  CHECK(tally.done == static_cast<int>(points.size()));
  const records::Records read = records::read_records(file);
  CHECK(read.complaints.empty());
  REQUIRE(read.measurements.size() == points.size());
  for (const records::Measurement& m : read.measurements) {
    CAPTURE(m.point.kernel);
    CHECK(m.correct);
    CHECK(m.errors.frobenius > 0);  // rows were compared with something else than themselves
    CHECK(m.rows_checked >= 4);
    CHECK(m.p10_us <= m.median_us);
    CHECK(m.median_us <= m.p90_us);
    CHECK(m.repeats >= 1);
    CHECK(!m.launches.empty());
    CHECK(m.dram_bytes > 0);
  }
  CHECK(records::counted(read).empty());  // it is the executor
  // Orders differ by seed, and nothing is done twice.
  Start again(file, kernels());
  const Tally known = again.session.time(points);
  CHECK(known.known == static_cast<int>(points.size()));
  CHECK(known.done == 0);
}

TEST_CASE("a wrong kernel is measured as wrong, and its launches as they were", "[measure]") {
  Kernel broken = kernel_named("k3-one-pass");
  broken.run = run_nothing;
  const std::string file = fresh_file("wrong.jsonl");
  Start start(file, {broken});
  CHECK(start.session.time({small_point("k3-one-pass")}).failed == 1);
  const records::Records read = records::read_records(file);
  REQUIRE(read.measurements.size() == 1);
  CHECK(!read.measurements[0].correct);
  CHECK(read.measurements[0].source == "kernels/k3_one_pass.cpp");
  CHECK(read.measurements[0].source_sha256 == "abc");
  CHECK(read.measurements[0].ptx_sha256 == "def");
  CHECK(start.out.str().find("WRONG VALUES") != std::string::npos);
}

TEST_CASE("what cannot be measured is refused with its reason", "[measure]") {
  std::vector<Point> points{small_point("k99"), small_point("k3-one-pass", 1 << 19, 1 << 19),
                            small_point("k3-one-pass", 1 << 29, 1), small_point("k3-one-pass")};
  points.back().page = 16;
  const std::string file = fresh_file("refused.jsonl");
  Start start(file, kernels());
  CHECK(start.session.time(points).failed == 4);
  const records::Records read = records::read_records(file);
  REQUIRE(read.refusals.size() == 4);
  std::string all;
  for (const records::Refusal& refusal : read.refusals) all += refusal.message + "\n";
  for (const char* reason :
       {"no such kernel", "do not fit into memory", "queries or keys", "knows no pages"})
    CHECK(all.find(reason) != std::string::npos);
}

TEST_CASE("a kernel that hung or lost the device is left out, but for when it is named",
          "[measure]") {
  for (const char* message : {"hangs", "loses the device: an illegal address"}) {
    const std::string file = fresh_file("harmful.jsonl");
    records::Run run;
    run.id = "earlier";
    run.witness = "executor";
    records::Refusal refusal{"earlier", small_point("k3-one-pass", 9), "abc", message};
    std::ofstream(file) << line_of(run) << line_of(refusal);
    Start start(file, {kernel_named("k3-one-pass")});
    CHECK(start.session.validate().failed == 1);
    CHECK(start.session.time({small_point("k3-one-pass", 3)}).failed == 1);
    CHECK(records::read_records(file).refusals.back().message.find("left out") == 0);
    SessionOptions named = quick();
    named.only_kernels = {"k3-one-pass"};
    Start again(file, {kernel_named("k3-one-pass")}, named);
    CHECK(again.session.time({small_point("k3-one-pass", 4)}).done == 1);
  }
}

TEST_CASE("nothing begins after the limit, and the next start goes on", "[measure]") {
  SessionOptions options = quick();
  options.limit_s = 0;
  const std::string file = fresh_file("limit.jsonl");
  CHECK(Start(file, kernels(), options).session.time({small_point("k3-one-pass")}).left == 1);
  CHECK(Start(file, kernels()).session.time({small_point("k3-one-pass")}).done == 1);
}

TEST_CASE("points are taken in an order that the seed decides, and by set and kernel",
          "[measure]") {
  const auto order = [](std::uint64_t seed, std::vector<std::string> sets) {
    std::vector<Point> points;
    for (int i = 1; i <= 6; ++i) points.push_back(small_point("k3-one-pass", i));
    points[2].set = "a";
    SessionOptions options = quick();
    options.seed = seed;
    options.only_sets = std::move(sets);
    options.only_kernels = {"k3-one-pass"};
    const std::string file = fresh_file("order.jsonl");
    Start start(file, kernels(), options);
    start.session.time(points);
    std::string text;
    for (const auto& m : records::read_records(file).measurements)
      text += std::to_string(m.point.q_len);
    return text;
  };
  CHECK(order(1, {}).size() == 6);
  CHECK(order(1, {}) == order(1, {}));
  CHECK(order(1, {}) != order(2, {}));
  CHECK(order(1, {"a"}) == "3");
}

TEST_CASE("checks of a kernel are recorded, found in the record, and not done again",
          "[measure][slow]") {
  SessionOptions options;
  options.extent = check::Extent::kSmall;
  const std::string file = fresh_file("validate.jsonl");
  Start start(file, {kernel_named("k3-one-pass")}, options);
  const Tally tally = start.session.validate();
  INFO(start.out.str());
  CHECK(tally.done > 15);
  CHECK(tally.failed == 0);
  Start again(file, {kernel_named("k3-one-pass")}, options);
  CHECK(again.session.validate().known == tally.done);
  Kernel broken = kernel_named("k3-one-pass");
  broken.run = run_nothing;
  const std::string other = fresh_file("broken.jsonl");
  Start third(other, {broken}, options);
  CHECK(third.session.validate().failed > 10);
  for (const auto& v : records::read_records(other).validations)
    CHECK((v.passed || v.message != ""));
}

TEST_CASE("a microbenchmark becomes a ceiling, a rate for each clock only if it counts",
          "[measure]") {
  const auto work = [](int blocks, int repeats, std::int64_t) { return 10.0 * blocks * repeats; };
  const auto nothing = [](Stream&, int, int, std::int64_t, void*, long long*) {};
  const auto counting = [](Stream&, int blocks, int, std::int64_t, void*, long long* cycles) {
    std::fill(cycles, cycles + blocks, 100);
  };
  const std::string file = fresh_file("ceilings.jsonl");
  Start start(file, {}, {},
              {{"k0-a", "B", 2, 3, {16, 4096}, work, nothing},
               {"k0-b", "exp", 2, 3, {16}, work, counting}});
  CHECK(start.session.ceilings().done == 3);
  const records::Records read = records::read_records(file);
  REQUIRE(read.ceilings.size() == 3);
  CHECK(read.ceilings[1].bytes == 4096);
  CHECK(read.ceilings[0].per_clock_and_sm == 0);
  CHECK(read.ceilings[2].per_clock_and_sm == 10 * 2 * 3 / 100.0);
}

std::unique_ptr<measure::Device> no_device(std::string& why_not) {
  why_not = "none for a test";
  return nullptr;
}
std::unique_ptr<measure::Device> executor_device(std::string&) {
  return executor::make_device({kernel_named("k3-one-pass")}, {});
}

TEST_CASE("without a device the program skips, and never passes", "[measure]") {
  std::ostringstream out, errors;
  const std::string file = fresh_file("none.jsonl");
  CHECK(measure::run_program({"validate", "--record", file}, no_device, {}, out, errors) ==
        measure::Exit::kSkipped);
  CHECK(errors.str() == "skipped, nothing was measured: none for a test\n");
  CHECK(!std::filesystem::exists(file));
}

TEST_CASE("wrong arguments and wrong points are said before anything is done", "[measure]") {
  const auto says = [](const std::vector<std::string>& arguments, const std::string& text) {
    std::ostringstream out, errors;
    CHECK(measure::run_program(arguments, no_device, {}, out, errors) == measure::Exit::kInput);
    CAPTURE(errors.str());
    CHECK(errors.str().find(text) != std::string::npos);
  };
  says({}, "no command");
  says({"measure"}, "'measure' is no command");
  says({"validate"}, "wants --record");
  says({"time", "--record", "r"}, "wants --points");
  says({"validate", "--record"}, "--record has no value");
  says({"validate", "--seed", "-1"}, "--seed wants");
  says({"validate", "--limit-s", "soon"}, "--limit-s wants");
  says({"validate", "--extent", "huge"}, "--extent wants");
  says({"validate", "--repeats", "0"}, "--repeats wants");
  says({"validate", "--colour", "red"}, "'--colour' is no option");
  says({"time", "--record", "r", "--points", "/nonexistent"}, "cannot be read");
  const std::string points = fresh_file("points.csv");
  std::ofstream(points) << "kernel,q_len,kv_len,head_dim\nk,1,x,64\n";
  says({"time", "--record", "r", "--points", points}, points + ":2:5: kv_len is 'x'");
}

TEST_CASE("the program times points, goes on from a cut record, and tells what is wrong",
          "[measure]") {
  const std::string record = fresh_file("program.jsonl"), points = fresh_file("two.csv"),
                    build = fresh_file("build");
  std::ofstream(points) << "kernel,q_len,kv_len,head_dim\nk3-one-pass,3,20,64\nk99,3,20,64\n";
  std::ofstream(build) << "compiler c\n";
  std::ofstream(record) << "{\"record\": \"measu";
  const auto run_it = [&](std::string& out_text, std::string& error_text) {
    std::ostringstream out, errors;
    const auto exit =
        measure::run_program({"time", "--record", record, "--points", points, "--build", build},
                             executor_device, {}, out, errors);
    out_text = out.str();
    error_text = errors.str();
    return exit;
  };
  std::string out, errors;
  CHECK(run_it(out, errors) == measure::Exit::kFailed);  // k99
  CHECK(errors.find(":1:") != std::string::npos);
  CHECK(errors.find("counts for nothing") != std::string::npos);
  CHECK(out.find("points: 1 done, 1 failed, 0 known from earlier runs, 0 left") !=
        std::string::npos);
  CHECK(run_it(out, errors) == measure::Exit::kFine);
  CHECK(out.find("points: 0 done, 0 failed, 2 known") != std::string::npos);
  const records::Records read = records::read_records(record);
  CHECK(read.complaints.size() == 1);
  CHECK(read.runs.size() == 2);
  CHECK(read.runs[0].witness == "executor");
}

// What runs on the GPU only, too.
Kernel entry_of(const std::string& id) {
  for (const std::vector<Kernel>& list : {kernels(), k4_unlaunched()})
    for (const Kernel& kernel : list)
      if (kernel.id == id) return kernel;
  return {};
}

TEST_CASE("a point that asks for what a kernel does not do is refused", "[measure]") {
  const auto why = [](const std::string& id, const std::function<void(Point&)>& change) {
    Point point = small_point(id, 128, 128);
    change(point);
    return measure::refusal_of(entry_of(id), point);
  };
  const auto usual = [](Point&) {};
  for (const char* id : {"k3-one-pass", "k4-ping-pong", "k5-split-1", "k6-linear-chunk"})
    CHECK(why(id, usual) == "");
  CHECK(why("k5-split-1", [](Point& p) { p.page = 16; }).find("no pages") != std::string::npos);
  CHECK(why("k7-block-sparse", [](Point& p) { p.kept = 2; }) == "");
  CHECK(why("k7-block-sparse", [](Point& p) { p.kept = 3; }) == "3 kept of 2 blocks of keys");
  CHECK(why("k6-linear-chunk", [](Point& p) { p.kv_len = 64; }) ==
        "every token is a query and a key");
  CHECK(why("k4-no-ping-pong", [](Point& p) { p.head_dim = 96; }).find("head dimension 96") == 0);
  const auto bytes = [](Point& p) {
    p.format = "e4m3";
    p.head_dim = 128;
  };
  CHECK(why("k8-e4m3-wgmma", bytes) == "");
  CHECK(why("k8-e4m3-wgmma", [&](Point& p) {
          bytes(p);
          p.head_dim = 64;
        }) == "has tiles for head dimension 128");
}

TEST_CASE("every point of the list is one that its kernel takes", "[measure]") {
  std::ifstream in(EINFALL_SOURCE_DIR "/gpu_ref/points.csv");
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const records::Points points = records::parse_points(text, "points.csv");
  for (const auto& complaint : points.complaints) FAIL_CHECK(text_of(complaint));
  CHECK(points.points.size() > 250);
  for (const Point& point : points.points) {
    CAPTURE(point.line, point.kernel);
    const Kernel kernel = entry_of(point.kernel);
    REQUIRE(kernel.id == point.kernel);
    CHECK(measure::refusal_of(kernel, point) == "");
    const Problem p = measure::problem_of(kernel, point, 132);
    // Cold copies and all must fit into an H200.
    const double bytes = measure::bytes_of(kernel, p);
    CHECK(bytes * (bytes > 60e6 ? 3 : 1) + static_cast<double>(kernel.workspace_bytes(p)) < 120e9);
  }
}

TEST_CASE("hashes are those of the tree", "[measure]") {
  std::ostringstream out, errors;
  CHECK(measure::run_program({"hashes", "--tree", EINFALL_SOURCE_DIR}, no_device, kernels(), out,
                             errors) == measure::Exit::kFine);
  CHECK(out.str().find("source kernels/k5_decode.cpp ") != std::string::npos);
  CHECK(measure::run_program({"hashes", "--tree", "/nonexistent"}, no_device, kernels(), out,
                             errors) == measure::Exit::kInput);
  for (const Kernel& kernel : kernels()) {
    const std::string source = measure::launch_source(kernel);
    CHECK(std::filesystem::exists(EINFALL_SOURCE_DIR "/gpu_ref/" + source));
    CHECK(out.str().find("source " + source + " ") != std::string::npos);
  }
}

}  // namespace
}  // namespace einfall::gpu_ref::test
