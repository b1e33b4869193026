#include "gpu_ref/measure/session.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iomanip>
#include <ostream>
#include <random>

#include "gpu_ref/measure/ceiling.hpp"

namespace einfall::gpu_ref::measure {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string utc() {
  const std::time_t time = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

bool among(const std::vector<std::string>& list, const std::string& name) {
  return list.empty() || std::find(list.begin(), list.end(), name) != list.end();
}

/// What a step is known by: the sources, the point, and the check where it is one.
std::string step_of(const std::string& source_sha256, const records::Point& point,
                    const std::string& check = "") {
  return source_sha256 + " " + key(point) + " " + check;
}

std::vector<std::string> known_steps(const records::Records& earlier, const std::string& witness) {
  std::vector<std::string> known;
  const auto add = [&](const std::string& run, std::string step) {
    const records::Run* const of = run_of(earlier, run);
    if (of != nullptr && of->witness == witness) known.push_back(std::move(step));
  };
  for (const auto& v : earlier.validations) add(v.run, step_of(v.source_sha256, v.point, v.check));
  for (const auto& m : earlier.measurements) add(m.run, step_of(m.source_sha256, m.point));
  for (const auto& r : earlier.refusals) add(r.run, step_of(r.source_sha256, r.point));
  std::sort(known.begin(), known.end());
  return known;
}

constexpr const char* kHangs = "hangs";
constexpr const char* kLoses = "loses the device: ";

std::vector<std::string> harmful_kernels(const records::Records& earlier) {
  std::vector<std::string> kernels;
  const auto look = [&](const auto& list) {
    for (const auto& record : list)
      if (record.message == kHangs || record.message.rfind(kLoses, 0) == 0)
        kernels.push_back(record.point.kernel + " " + record.source_sha256);
  };
  look(earlier.validations);
  look(earlier.refusals);
  return kernels;
}

}  // namespace

Session::Session(Device& device, Build build, records::Appender& record,
                 const records::Records& earlier, SessionOptions options, std::ostream& out)
    : device_(device),
      record_(record),
      options_(std::move(options)),
      out_(out),
      run_(device.facts()),
      known_(known_steps(earlier, run_.witness)),
      harmful_(harmful_kernels(earlier)),
      watchdog_(record, options_.hang_s),
      began_(now()) {
  run_.started = utc();
  run_.id = run_.started + "-" + std::to_string(getpid());
  run_.compiler = build.compiler;
  run_.flags = build.flags;
  run_.seed = options_.seed;
  options_.point.seed = options_.seed;
  for (const Kernel& kernel : device.kernels())
    kernels_.push_back({kernel, build.of(launch_source(kernel))});
  record_.add(line_of(run_));
}

bool Session::time_left() const { return now() - began_ < options_.limit_s; }

const Session::Listed* Session::kernel_of(const std::string& id) const {
  for (const Listed& listed : kernels_)
    if (listed.kernel.id == id) return &listed;
  return nullptr;
}

bool Session::left_out(const Listed& listed) const {
  const std::string id(listed.kernel.id);
  return options_.only_kernels.empty() &&
         std::find(harmful_.begin(), harmful_.end(), id + " " + listed.source.source_sha256) !=
             harmful_.end();
}

Tally Session::ceilings() {
  Tally tally;
  for (const Microbenchmark& benchmark : device_.microbenchmarks())
    for (const std::int64_t bytes : benchmark.sizes) {
      if (!time_left() || tally.device_lost)
        ++tally.left;
      else
        ceiling(benchmark, bytes, tally);
    }
  return tally;
}

void Session::ceiling(const Microbenchmark& benchmark, std::int64_t bytes, Tally& tally) {
  records::Ceiling ceiling;
  std::string problem;
  watchdog_.begin("");
  problem = measure_ceiling(device_, benchmark, bytes, run_.sm_count, ceiling);
  watchdog_.end();
  if (!problem.empty()) {
    out_ << std::left << std::setw(18) << benchmark.id << " fails: " << problem << "\n";
    ++tally.failed;
    tally.device_lost = device_.lost();
    return;
  }
  ceiling.run = run_.id;
  record_.add(line_of(ceiling));
  ++tally.done;
  out_ << std::left << std::setw(18) << ceiling.id << std::right << std::setw(14) << ceiling.bytes
       << " B " << std::setw(13) << ceiling.per_second << " " << ceiling.unit << "/s "
       << std::setw(10) << ceiling.per_clock_and_sm << " " << ceiling.unit << "/clk/SM\n"
       << std::flush;
}

Tally Session::validate() {
  Tally tally;
  for (const Listed& listed : kernels_)
    if (among(options_.only_kernels, std::string(listed.kernel.id))) validate(listed, tally);
  return tally;
}

void Session::validate(const Listed& listed, Tally& tally) {
  if (left_out(listed)) {
    ++tally.failed;
    out_ << listed.kernel.id << " is left out: it hung or lost the device before\n";
    return;
  }
  int passed = 0, failed = 0;
  for (const check::Trial& trial : check::battery(listed.kernel, options_.extent, options_.seed)) {
    records::Validation v;
    v.run = run_.id;
    v.point = point_of(listed.kernel, trial.problem);
    v.source_sha256 = listed.source.source_sha256;
    v.check = trial.check;
    if (std::binary_search(known_.begin(), known_.end(),
                           step_of(v.source_sha256, v.point, v.check))) {
      ++tally.known;
      continue;
    }
    if (!time_left() || tally.device_lost) {
      ++tally.left;
      continue;
    }
    v.message = kHangs;
    watchdog_.begin(line_of(v));
    const check::Verdict verdict = trial.run();
    watchdog_.end();
    v.passed = verdict.passed();
    v.error = verdict.error;
    v.gate = verdict.gate;
    tally.device_lost = !v.passed && device_.lost();
    v.message = (tally.device_lost ? kLoses : "") + verdict.message;
    record_.add(line_of(v));
    ++tally.done;
    ++(v.passed ? passed : failed);
    if (v.passed) continue;
    out_ << listed.kernel.id << ", " << v.check << ": " << key(v.point) << ": " << v.message
         << "\n";
  }
  tally.failed += failed;
  out_ << std::left << std::setw(18) << listed.kernel.id << std::right << std::setw(4) << passed
       << " checks passed, " << failed << " failed\n"
       << std::flush;
}

Tally Session::time(const std::vector<records::Point>& points) {
  Tally tally;
  std::vector<const records::Point*> order;
  for (const records::Point& point : points)
    if (among(options_.only_kernels, point.kernel) && among(options_.only_sets, point.set))
      order.push_back(&point);
  // Not std::shuffle: what it does with its numbers is the library's choice.
  std::mt19937_64 random(options_.seed);
  for (std::size_t left = order.size(); left > 1; --left)
    std::swap(order[left - 1], order[static_cast<std::size_t>(random() % left)]);
  for (const records::Point* point : order) {
    if (!time_left() || tally.device_lost)
      ++tally.left;
    else
      measure(*point, tally);
  }
  return tally;
}

void Session::measure(const records::Point& point, Tally& tally) {
  const Listed* const listed = kernel_of(point.kernel);
  records::Refusal refusal{run_.id, point, listed ? listed->source.source_sha256 : "", kHangs};
  if (std::binary_search(known_.begin(), known_.end(), step_of(refusal.source_sha256, point))) {
    ++tally.known;
    return;
  }
  PointResult result;
  if (listed == nullptr) {
    result.refusal = "there is no such kernel here";
  } else if (left_out(*listed)) {
    result.refusal = "left out: the kernel hung or lost the device before";
  } else {
    watchdog_.begin(line_of(refusal));
    result = measure_point(device_, listed->kernel, point, options_.point);
    watchdog_.end();
  }
  tally.device_lost = result.device_lost;
  if (!result.measured) {
    refusal.message = (result.device_lost ? kLoses : "") + result.refusal;
    record_.add(line_of(refusal));
    ++tally.failed;
    out_ << key(point) << ": " << refusal.message << "\n" << std::flush;
    return;
  }
  records::Measurement& m = *result.measured;
  m.run = run_.id;
  m.source = listed->source.name;
  m.source_sha256 = listed->source.source_sha256;
  m.ptx_sha256 = listed->source.ptx_sha256;
  if (const auto predicted = options_.predicted_ms.find(key(point));
      predicted != options_.predicted_ms.end())
    m.predicted_ms = predicted->second;
  record_.add(line_of(m));
  ++tally.done;
  if (!m.correct) ++tally.failed;
  out_ << key(point) << ": " << m.median_us << " us (" << m.p10_us << " to " << m.p90_us << "), "
       << 2e-6 * m.multiply_adds / m.median_us << " TFLOP/s, " << 1e-3 * m.dram_bytes / m.median_us
       << " GB/s" << (m.correct ? "" : ", WRONG VALUES") << "\n"
       << std::flush;
}

}  // namespace einfall::gpu_ref::measure
