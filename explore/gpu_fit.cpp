#include "explore/gpu_fit.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "arch/fields.hpp"
#include "base/yaml/path.hpp"

namespace einfall::explore {
namespace {

using base::Presence;
using base::Schema;
namespace yaml = base::yaml;

constexpr std::size_t kMostConstants = 3;  // of a family
constexpr double kLeastRate = 1;           // MHz or GB/s
constexpr double kUnbounded = std::numeric_limits<double>::infinity();
constexpr double kGiga = 1e9, kMega = 1e6, kMicro = 1e-6;

/// A constant that is fitted: a number in a readable unit.
struct Free {
  double value = 0;
  double step = 0;  // of the search, at first
  double least = 0;
};
using Frees = std::vector<Free>;

class Family {
 public:
  Family(GpuFamily family, std::vector<std::pair<GpuCosted, double>> points)
      : family_(family),
        points_(std::move(points)),
        machine_(*points_.front().first.costed.machine) {}

  base::Result<GpuConstants> fit() {
    Frees frees = first();
    EINFALL_TRY(double best, error(frees));
    // Each constant in turn, by steps that halve while nothing improves.
    const double finest = frees.front().step / kHalvings;
    for (int round = 0; round < kRounds && frees.front().step > finest; ++round) {
      bool better = false;
      for (Free& free : frees)
        for (const double sign : {1.0, -1.0}) {
          const double before = free.value;
          free.value = std::max(free.least, before + sign * free.step);
          EINFALL_TRY(const double found, error(frees));
          if (found < best) {
            best = found;
            better = true;
            break;
          }
          free.value = before;
        }
      if (!better)
        for (Free& free : frees) free.step /= 2;
    }
    return constants(frees);
  }

 private:
  static constexpr int kRounds = 120;
  static constexpr double kHalvings = 256;  // of the steps: they end below what documents say

  [[nodiscard]] Frees first() const {
    const double clock = static_cast<double>(machine_.clock.value());
    const double launch = static_cast<double>(machine_.tasks.launch.value()) / clock / kMicro;
    if (family_ == GpuFamily::kPrefill) {
      const auto* tensor = machine_.find_unit("tensor");
      const double rate =
          tensor != nullptr && tensor->clock ? static_cast<double>(tensor->clock->value()) : clock;
      return {{rate / kMega, 64, kLeastRate}};
    }
    const double bandwidth =
        static_cast<double>(machine_.memories.front().bandwidth->value()) / kGiga;
    Frees frees{{launch, 0.5, 0}, {bandwidth, 128, kLeastRate}};
    if (machine_.memories.front().cold) frees.push_back({bandwidth * 0.75, 256, kLeastRate});
    return frees;
  }

  // Rounded to what the document says, so that the document gives what was fitted.
  [[nodiscard]] GpuConstants constants(const Frees& frees) const {
    const double clock = static_cast<double>(machine_.clock.value());
    GpuConstants out;
    if (family_ == GpuFamily::kPrefill) {
      out.tensor_clock = base::Hertz(std::llround(frees[0].value) * 1'000'000);
      return out;
    }
    out.launch = base::Cycles(std::llround(frees[0].value * kMicro * clock));
    const auto rate = [](double gb) {
      return base::BytesPerSecond(std::llround(gb) * 1'000'000'000);
    };
    out.bandwidth = rate(frees[1].value);
    // How many bytes come slowly is the machine's to say.
    if (const auto& cold = machine_.memories.front().cold)
      out.cold = arch::ColdStart{cold->bytes, rate(frees[2].value)};
    return out;
  }

  // Mean square of relative errors.
  base::Result<double> error(const Frees& frees) const {
    const GpuConstants tried = constants(frees);
    double sum = 0;
    for (const auto& [point, measured_ms] : points_) {
      EINFALL_TRY(const auto time, time_on(point, tried));
      const double ms = time.cycles / static_cast<double>(machine_.clock.value()) * 1e3;
      sum += std::pow(ms / measured_ms - 1, 2);
    }
    return sum / static_cast<double>(points_.size());
  }

  GpuFamily family_;
  std::vector<std::pair<GpuCosted, double>> points_;
  const arch::Machine& machine_;
};

Schema<arch::ColdStart> cold_schema() {
  return {"fitted cold start",
          "The first bytes of a run, and the rate at which they come.",
          {arch::field<arch::ColdStart, base::Bytes, base::Bytes>(
               "bytes", "size", Presence::kRequired, "", "how many they are",
               &arch::ColdStart::bytes, yaml::read_bytes),
           arch::field<arch::ColdStart, base::BytesPerSecond, base::BytesPerSecond>(
               "bandwidth", "rate", Presence::kRequired, "", "at which they come",
               &arch::ColdStart::bandwidth, yaml::read_bandwidth)}};
}

Schema<GpuConstants> constants_schema() {
  return {"fitted constants",
          "Values that take the place of the machine's for a family of kernels.",
          {arch::field<GpuConstants, std::optional<base::Cycles>, base::Cycles>(
               "launch", "cycles", Presence::kOptional, "the machine's", "of a run",
               &GpuConstants::launch, yaml::read_cycles),
           arch::field<GpuConstants, std::optional<base::Cycles>, base::Cycles>(
               "start", "cycles", Presence::kOptional, "the machine's", "of a task",
               &GpuConstants::start, yaml::read_cycles),
           arch::field<GpuConstants, std::optional<base::Hertz>, base::Hertz>(
               "tensor_clock", "frequency", Presence::kOptional, "the machine's",
               "of the unit 'tensor'", &GpuConstants::tensor_clock, yaml::read_hertz),
           arch::field<GpuConstants, std::optional<base::BytesPerSecond>, base::BytesPerSecond>(
               "bandwidth", "rate", Presence::kOptional, "the machine's", "of the outermost memory",
               &GpuConstants::bandwidth, yaml::read_bandwidth),
           {"cold", "fitted cold start", Presence::kOptional, "the machine's",
            "of the outermost memory",
            [](const yaml::Node& node, GpuConstants& out, base::Diagnostics& sink) {
              arch::ColdStart cold;
              if (base::read_object(cold_schema(), node, cold, sink)) out.cold = cold;
            }}}};
}

Schema<GpuFit> fit_schema() {
  return {
      "fit document",
      "Constants of a GPU that were fitted to measurements, at most three for each family of "
      "kernels. `einfall gpu fit` writes it.",
      {arch::version_field<GpuFit>(),
       arch::name_field("fit", Presence::kRequired, "name of the fit", &GpuFit::name),
       arch::text_field("doc", Presence::kOptional, "what it is", &GpuFit::doc),
       arch::name_field("machine", Presence::kRequired,
                        "the machine it is for, as `--machine` names it", &GpuFit::machine),
       arch::text_field("trained_on", Presence::kRequired, "the file of points",
                        &GpuFit::trained_on),
       {"families", "family -> fitted constants", Presence::kRequired, "",
        "`prefill`, blocks of queries over all keys; `decode`, spans of keys",
        [](const yaml::Node& node, GpuFit& out, base::Diagnostics& sink) {
          if (!node.is_map()) {
            sink.push_back(base::error("E016", node.span, "'families' is a map of families"));
            return;
          }
          for (const yaml::MapEntry& entry : node.entries) {
            const auto family =
                yaml::read_choice(entry.key, "a family", {"prefill", "decode"}, sink);
            GpuConstants constants;
            if (family && entry.value.is_map() && entry.value.entries.size() > kMostConstants)
              sink.push_back(base::error(
                  "E972", entry.value.span,
                  fmt::format("{} constants are fitted for '{}'", entry.value.entries.size(),
                              explore::name(static_cast<GpuFamily>(*family))),
                  fmt::format("at most {} for each family", kMostConstants)));
            else if (family && base::read_object(constants_schema(), entry.value, constants, sink))
              out.families[static_cast<GpuFamily>(*family)] = constants;
          }
        }}}};
}

// All of the file that the points are from.
base::SourceSpan whole_file(const std::vector<GpuPoint>& points, const std::string& name) {
  if (!points.empty()) return {points.front().span.file, 0, 0, 1};
  auto file = std::make_shared<base::SourceFile>();
  file->name = name;
  return {file, 0, 0, 1};
}

std::size_t constants_of_family(GpuFamily family) { return family == GpuFamily::kPrefill ? 1 : 3; }

std::string text_of(const GpuConstants& constants) {
  std::string out;
  const auto add = [&](const std::string& entry) { out += (out.empty() ? "" : ", ") + entry; };
  const auto rate = [](base::BytesPerSecond r) {
    return fmt::format("{} GB/s", r.value() / 1'000'000'000);
  };
  if (constants.launch) add(fmt::format("launch: {} cycles", constants.launch->value()));
  if (constants.start) add(fmt::format("start: {} cycles", constants.start->value()));
  if (constants.tensor_clock)
    add(fmt::format("tensor_clock: {} MHz", constants.tensor_clock->value() / 1'000'000));
  if (constants.bandwidth) add(fmt::format("bandwidth: {}", rate(*constants.bandwidth)));
  if (constants.cold)
    add(fmt::format("cold: {{bytes: {} MB, bandwidth: {}}}",
                    constants.cold->bytes.value() / 1'000'000, rate(constants.cold->bandwidth)));
  return "{" + out + "}";
}

}  // namespace

base::Result<GpuFit> fit_gpu(const std::string& name, const std::string& trained_on,
                             const std::vector<GpuPoint>& points, GpuPredictor& predictor) {
  std::map<GpuFamily, std::vector<std::pair<GpuCosted, double>>> families;
  std::map<GpuFamily, std::set<Settings>> different;
  for (const GpuPoint& point : points) {
    if (!point.measured_ms) continue;
    EINFALL_TRY(GpuCosted costed, predictor.cost(point));
    const GpuFamily family = costed.family;
    different[family].insert(costed.settings);
    families[family].emplace_back(std::move(costed), *point.measured_ms);
  }
  GpuFit fit{name, predictor.machine(), trained_on, {}, {}};
  if (families.empty())
    return base::failure(base::error("E972", whole_file(points, trained_on),
                                     "no point has a measured time",
                                     "fill in the column median_ms"));
  for (auto& [family, costed] : families) {
    const std::size_t distinct = different[family].size();
    if (const std::size_t wanted = constants_of_family(family); distinct < wanted)
      return base::failure(
          base::error("E972", whole_file(points, trained_on),
                      fmt::format("{} constants of {} are to be fitted to {} different points",
                                  wanted, explore::name(family), distinct),
                      "at least as many points as constants, or none of this family"));
    EINFALL_TRY(fit.families[family], Family(family, std::move(costed)).fit());
  }
  return fit;
}

std::vector<std::string> doubts(const GpuFit& fit, const arch::Machine& machine) {
  std::vector<std::string> out;
  const auto look = [&](std::string_view family, const char* constant, double value, double least,
                        double most, const char* unit) {
    if (value <= least)
      out.push_back(fmt::format("{} of {} ends where the search does, at {:.0f} {}", constant,
                                family, value, unit));
    if (value > most)
      out.push_back(fmt::format("{} of {} is {:.0f} {}, the machine's highest is {:.0f}", constant,
                                family, value, unit, most));
  };
  const double clock = static_cast<double>(machine.clock.value()) / kMega;
  const double bandwidth = static_cast<double>(machine.memories.front().bandwidth->value()) / kGiga;
  for (const auto& [of, constants] : fit.families) {
    const std::string_view family = explore::name(of);
    if (constants.launch)
      look(family, "launch", static_cast<double>(constants.launch->value()), 0, kUnbounded,
           "cycles");
    if (constants.tensor_clock) {
      const double rate = static_cast<double>(constants.tensor_clock->value()) / kMega;
      look(family, "tensor_clock", rate, kLeastRate, clock, "MHz");
    }
    if (constants.bandwidth) {
      const double rate = static_cast<double>(constants.bandwidth->value()) / kGiga;
      look(family, "bandwidth", rate, kLeastRate, bandwidth, "GB/s");
    }
    if (constants.cold) {
      const double rate = static_cast<double>(constants.cold->bandwidth.value()) / kGiga;
      look(family, "the bandwidth of cold", rate, kLeastRate, bandwidth, "GB/s");
    }
  }
  return out;
}

std::string fit_document(const GpuFit& fit) {
  std::string out = fmt::format(
      "einfall: 1\nfit: {}\ndoc: written by `einfall gpu fit`; by least squares of relative "
      "errors\n"
      "machine: {}\ntrained_on: {}\nfamilies:\n",
      fit.name, fit.machine, fit.trained_on);
  for (const auto& [family, constants] : fit.families)
    out += fmt::format("  {}: {}\n", explore::name(family), text_of(constants));
  return out;
}

base::Result<GpuFit> load_gpu_fit(const std::string& path) {
  EINFALL_TRY(const yaml::Node node, yaml::load(path));
  base::Diagnostics sink;
  GpuFit fit;
  base::read_object(fit_schema(), node, fit, sink);
  if (base::has_errors(sink)) return base::failure(std::move(sink));
  return fit;
}

std::vector<base::SchemaTable> gpu_fit_schema_tables() {
  return {table_of(fit_schema()), table_of(constants_schema()), table_of(cold_schema())};
}

}  // namespace einfall::explore
