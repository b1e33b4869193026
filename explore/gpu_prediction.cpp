#include "explore/gpu_prediction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace einfall::explore {
namespace {

constexpr std::int64_t kTileRows = 128;  // of a block of threads: more query heads are no one tile
constexpr const char* kTensorUnit = "tensor";
constexpr std::int64_t kBlocks[] = {128, 64, 32};
// Spans are chosen in the manner of FlashAttention's num_splits_heuristic; it is content with 0.85,
// 0.95 is our choice.
constexpr std::int64_t kMostSplits = 128;
constexpr double kNearlyAsFull = 0.95;

base::Diagnostic refusal(const GpuPoint& point, std::string message, std::string help) {
  return base::error("E971", point.span, std::move(message), std::move(help));
}

// The masks of the scenario, by what tables call them.
base::Result<std::string> mask_of(const GpuPoint& point) {
  static const std::map<std::string, std::string> kMasks = {
      {"none", "none"},
      {"full", "none"},
      {"", "none"},
      {"causal", "causal"},
      {"window", "window"},
      {"bottom_right_causal", "causal"},
      {"sliding_window", "window"},
      {"bottom_right_causal_sliding_window", "window"}};
  const bool square = point.q_len == point.kv_len;
  if (point.mask == "top_left_causal" && square) return std::string("causal");
  const auto found = kMasks.find(point.mask);
  if (found == kMasks.end())
    return base::failure(refusal(
        point, fmt::format("the mask '{}' is not known", point.mask),
        "masks: none, full, causal, bottom_right_causal, sliding_window with a column 'window'"));
  if (found->second == "window" && !point.window)
    return base::failure(refusal(point, "a sliding window without its size",
                                 "add a column 'window': keys that a query sees"));
  return found->second;
}

bool too_large(const base::Diagnostics& errors) {
  return std::any_of(errors.begin(), errors.end(), [](const base::Diagnostic& error) {
    return error.code == "E815" || error.code == "E816" || error.code == "E822";
  });
}

// The fewest spans that keep places nearly as full as any number of them does; none is empty.
std::int64_t splits_for(std::int64_t alone, std::int64_t places, std::int64_t blocks) {
  const auto filled = [&](std::int64_t splits) {
    const double rounds =
        static_cast<double>(alone) * static_cast<double>(splits) / static_cast<double>(places);
    return rounds / std::ceil(rounds);
  };
  std::vector<std::pair<std::int64_t, double>> found;
  double best = 0;
  for (std::int64_t wanted = 1; wanted <= std::min(blocks, std::max(kMostSplits, places));
       ++wanted) {
    const std::int64_t splits = base::ceil_div(blocks, base::ceil_div(blocks, wanted));
    if (!found.empty() && found.back().first == splits) continue;
    found.emplace_back(splits, filled(splits));
    best = std::max(best, found.back().second);
  }
  for (const auto& [splits, full] : found)
    if (full >= kNearlyAsFull * best) return splits;
  return 1;
}

}  // namespace

std::string_view name(GpuFamily family) {
  return family == GpuFamily::kPrefill ? "prefill" : "decode";
}

std::optional<double> GpuPrediction::relative_error() const {
  if (!point.measured_ms || !refused.empty()) return std::nullopt;
  return predicted_ms / *point.measured_ms - 1;
}

GpuPredictor::GpuPredictor(std::string scenario, std::string machine)
    : scenario_(std::move(scenario)), machine_(std::move(machine)) {}

base::Result<GpuCosted> GpuPredictor::cost(const GpuPoint& point) {
  EINFALL_TRY(std::string mask, mask_of(point));
  if (point.q_heads % point.kv_heads != 0)
    return base::failure(
        refusal(point,
                fmt::format("{} query heads do not share {} heads of keys and values evenly",
                            point.q_heads, point.kv_heads),
                "the number of query heads is a multiple of the other"));
  const std::int64_t groups = point.q_heads / point.kv_heads;
  std::int64_t keys = point.kv_len;
  if (mask == "window" && *point.window >= keys) mask = "causal";
  if (mask != "none" && point.q_len > point.kv_len)
    return base::failure(
        refusal(point,
                fmt::format("{} queries are more than {} keys under a mask that ends with the last",
                            point.q_len, point.kv_len),
                "queries without any key are not predicted"));
  // The last query sees every key, or the last of them: nothing is masked.
  if (point.q_len == 1 && mask == "window") keys = *point.window;
  if (point.q_len == 1) mask = "none";
  GpuCosted out;
  const bool one_tile = point.q_len <= kTileRows && groups <= kTileRows &&
                        groups * point.q_len <= kTileRows && mask == "none";
  out.family = one_tile ? GpuFamily::kDecode : GpuFamily::kPrefill;
  out.settings = {{"machine", machine_},
                  {"kernel", one_tile ? "split-kv" : "one-pass"},
                  {"mask", mask},
                  {"batch", std::to_string(point.batch)},
                  {"q_len", std::to_string(point.q_len)},
                  {"kv_len", std::to_string(keys)},
                  {"head_dim", std::to_string(point.head_dim)},
                  {"kv_heads", std::to_string(point.kv_heads)},
                  {"groups", std::to_string(groups)}};
  if (mask == "window") out.settings["window"] = std::to_string(*point.window);
  auto costed = one_tile ? with_splits(out.settings, point) : with_largest_block(out.settings);
  if (!costed) {
    base::Diagnostics errors = std::move(costed.error());
    if (!errors.empty()) errors.front().notes.push_back({point.span, "for this point"});
    return base::failure(std::move(errors));
  }
  out.costed = std::move(*costed);
  if (!out.costed.cost.dispatch)
    return base::failure(refusal(point, "its mapping dispatches no tasks",
                                 "the scenario's mappings say how with `dispatch`"));
  return out;
}

// Steps over as many keys as fit.
base::Result<Costed> GpuPredictor::with_largest_block(Settings& settings) {
  for (const std::int64_t block : kBlocks) {
    settings["block"] = std::to_string(block);
    auto costed = cost_scenario(scenario_, settings, documents_);
    if (costed || block == kBlocks[2] || !too_large(costed.error())) return costed;
  }
  return base::failure(base::Diagnostics{});
}

base::Result<Costed> GpuPredictor::with_splits(Settings& settings, const GpuPoint& point) {
  settings["splits"] = "1";
  auto whole = with_largest_block(settings);
  if (!whole || !whole->bound->dispatch) return whole;
  const std::int64_t places = whole->bound->slots * whole->bound->dispatch->per_instance;
  const std::int64_t blocks =
      base::ceil_div(*parse_size(settings["kv_len"]), *parse_size(settings["block"]));
  std::int64_t alone = 0;
  if (__builtin_mul_overflow(point.batch, point.kv_heads, &alone)) return whole;
  const std::int64_t splits = splits_for(alone, places, blocks);
  if (splits == 1) return whole;
  Settings parted = settings;
  parted["splits"] = std::to_string(splits);
  auto split = cost_scenario(scenario_, parted, documents_);
  if (split && split->cost.cycles.value() > whole->cost.cycles.value()) return whole;
  settings = std::move(parted);
  return split;
}

GpuPrediction GpuPredictor::predict(const GpuPoint& point, const GpuFit* fit) {
  GpuPrediction out;
  out.point = point;
  const auto refuse = [&](base::Diagnostics why) {
    out.refused = std::move(why);
    return out;
  };
  auto costed = cost(point);
  if (!costed) return refuse(std::move(costed.error()));
  out.family = costed->family;
  out.settings = costed->settings;
  arch::Machine machine = *costed->costed.machine;
  if (fit != nullptr)
    if (const auto constants = fit->families.find(out.family); constants != fit->families.end())
      machine = with_constants(std::move(machine), constants->second);
  auto time = time_on(costed->costed, machine);
  if (!time) return refuse(std::move(time.error()));
  const double ms = 1e3 / static_cast<double>(machine.clock.value());
  out.predicted_ms = time->cycles * ms;
  out.dram_bytes = time->bytes;
  for (const mappings::Effect& effect : time->effects)
    out.effects_ms.push_back({effect.name, effect.cycles * ms});
  return out;
}

arch::Machine with_constants(arch::Machine machine, const GpuConstants& constants) {
  if (constants.launch) machine.tasks.launch = *constants.launch;
  if (constants.start) machine.tasks.start = *constants.start;
  if (constants.tensor_clock)
    for (arch::ComputeUnit& unit : machine.units)
      if (unit.name == kTensorUnit) unit.clock = constants.tensor_clock;
  if (constants.bandwidth) machine.memories.front().bandwidth = constants.bandwidth;
  if (constants.cold) machine.memories.front().cold = constants.cold;
  return machine;
}

base::Result<mappings::DispatchTime> time_on(const Costed& costed, const arch::Machine& machine) {
  return mappings::dispatch_time(*costed.bound, *costed.cascade, machine, costed.cost.counts);
}

}  // namespace einfall::explore
