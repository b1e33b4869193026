#include "explore/gpu_prediction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace einfall::explore {
namespace {

constexpr std::int64_t kTileRows = 128;  // of a block of threads
constexpr const char* kTensorUnit = "tensor";
constexpr std::int64_t kBlocks[] = {128, 64, 32};
// Of the numbers of spans that an estimate finds best, so many are costed.
constexpr std::size_t kCostedSplits = 2;
constexpr std::size_t kMostKnown = 256;  // costed points that are kept
// As in FlashAttention's num_splits_heuristic.
constexpr std::int64_t kMostSplits = 128;

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

double cycles_of(const Costed& costed) { return costed.cost.dispatch->cycles; }
// Of a kernel that waits in its stream for the one before: its launch lies beside that one's run.
double cycles_behind(const Costed& costed) {
  return cycles_of(costed) - static_cast<double>(costed.machine->tasks.launch.value());
}

bool too_large(const base::Diagnostics& errors) {
  return std::any_of(errors.begin(), errors.end(), [](const base::Diagnostic& error) {
    return error.code == "E815" || error.code == "E816" || error.code == "E822";
  });
}

// Numbers of spans of so many blocks of keys, at most `most`, none of them empty.
std::vector<std::int64_t> splits_of(std::int64_t blocks, std::int64_t most) {
  std::vector<std::int64_t> out;
  for (std::int64_t wanted = 1; wanted <= std::min(blocks, most); ++wanted) {
    const std::int64_t splits = base::ceil_div(blocks, base::ceil_div(blocks, wanted));
    if (out.empty() || out.back() != splits) out.push_back(splits);
  }
  return out;
}

// What the run with so many spans takes, by the lengths of tasks with one span and with the most:
// rounds of tasks that share instances, and not less than the outermost memory takes.
class SplitEstimate {
 public:
  SplitEstimate(const Costed& whole, const Costed& parted, std::int64_t blocks)
      : whole_(*whole.cost.dispatch),
        parted_(*parted.cost.dispatch),
        residents_(whole.bound->dispatch->per_instance),
        blocks_(static_cast<double>(blocks)) {}

  [[nodiscard]] double cycles(std::int64_t splits) const {
    const auto tasks = static_cast<double>(whole_.tasks) * static_cast<double>(splits);
    const auto instances = static_cast<double>(whole_.instances);
    const double full = std::floor(tasks / (instances * static_cast<double>(residents_)));
    const double left = tasks - full * instances * static_cast<double>(residents_);
    const double rest = std::ceil(left / instances);
    const double span = std::ceil(blocks_ / static_cast<double>(splits));
    const auto round = [&](double sharing) {
      return sharing > 0 ? std::max(between(whole_.alone, parted_.alone, span),
                                    sharing * between(whole_.asked, parted_.asked, span))
                         : 0;
    };
    return std::max(whole_.memory, full * round(static_cast<double>(residents_)) + round(rest));
  }

 private:
  // Of a task with `span` blocks, where one with all of them takes `most`, one with one `least`.
  [[nodiscard]] double between(double most, double least, double span) const {
    return blocks_ > 1 ? least + (most - least) * (span - 1) / (blocks_ - 1) : most;
  }

  const mappings::DispatchTime& whole_;
  const mappings::DispatchTime& parted_;
  std::int64_t residents_;
  double blocks_;
};

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
  Settings key = {{"mask", point.mask}, {"window", std::to_string(point.window.value_or(0))}};
  const auto add = [&](const char* name, std::int64_t value) { key[name] = std::to_string(value); };
  add("batch", point.batch);
  add("q_len", point.q_len);
  add("kv_len", point.kv_len);
  add("head_dim", point.head_dim);
  add("q_heads", point.q_heads);
  add("kv_heads", point.kv_heads);
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  EINFALL_TRY(GpuCosted costed, cost_anew(point));
  if (known_.size() >= kMostKnown) known_.clear();
  known_.emplace(std::move(key), costed);
  return costed;
}

base::Result<GpuCosted> GpuPredictor::cost_anew(const GpuPoint& point) {
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
  out.settings = {{"machine", machine_},
                  {"kernel", "one-pass"},
                  {"mask", mask},
                  {"batch", std::to_string(point.batch)},
                  {"q_len", std::to_string(point.q_len)},
                  {"kv_len", std::to_string(keys)},
                  {"head_dim", std::to_string(point.head_dim)},
                  {"kv_heads", std::to_string(point.kv_heads)},
                  {"groups", std::to_string(groups)}};
  if (mask == "window") out.settings["window"] = std::to_string(*point.window);
  const bool partly_filled = point.q_len < kTileRows && mask != "window";
  auto costed = partly_filled ? with_splits(out, point) : with_largest_block(out.settings);
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

// The fastest of what the kernels for few queries can do: spans of keys, and from two queries on
// tiles that hold the queries of one head, as prompts have them.
base::Result<Costed> GpuPredictor::with_splits(GpuCosted& out, const GpuPoint& point) {
  Settings settings = out.settings;
  const std::int64_t groups = point.q_heads / point.kv_heads;
  // Without a mask heads and queries are rows alike.
  const bool alike = settings["mask"] == "none";
  const std::int64_t rows = alike ? groups * point.q_len : point.q_len;
  const std::int64_t pack =
      std::min(rows, alike ? kTileRows : std::max<std::int64_t>(1, kTileRows / groups));
  settings["kernel"] = "split-kv";
  if (alike) settings["groups"] = "1";
  settings["pack"] = std::to_string(pack);
  settings["tiles"] = std::to_string(base::ceil_div(rows, pack));
  settings["splits"] = "1";
  auto best = with_largest_block(settings);
  if (best && !best->cost.dispatch) return best;
  std::optional<Costed> combined;
  if (best) {
    EINFALL_TRY(const auto parted, fastest_split(settings, *best, groups));
    if (parted) {
      settings = parted->settings;
      best = parted->costed;
      combined = parted->combined;
    }
  }
  std::optional<Costed> prompt;  // as prompts have them
  if (point.q_len > 1 || !best) {
    auto unpacked = with_largest_block(out.settings);
    if (unpacked && (!best || !unpacked->cost.dispatch)) return unpacked;
    if (unpacked) prompt = std::move(*unpacked);
  }
  if (!best) return best;
  GpuCosted split{GpuFamily::kDecode, std::move(settings), *best, std::move(combined)};
  if (!prompt) {
    out = std::move(split);
    return best;
  }
  const double cycles =
      cycles_of(split.costed) + (split.combined ? cycles_behind(*split.combined) : 0);
  GpuCosted whole{GpuFamily::kPrefill, out.settings, *prompt, std::nullopt};
  const bool as_prompt = cycles_of(*prompt) <= cycles;
  out = as_prompt ? whole : split;
  out.other = std::make_shared<const GpuCosted>(as_prompt ? std::move(split) : std::move(whole));
  return as_prompt ? std::move(*prompt) : std::move(*best);
}

base::Result<std::optional<GpuPredictor::Split>> GpuPredictor::fastest_split(
    const Settings& settings, const Costed& whole, std::int64_t groups) {
  const std::int64_t blocks =
      base::ceil_div(*parse_size(settings.at("kv_len")), *parse_size(settings.at("block")));
  std::optional<Split> best;
  double least = cycles_of(whole);
  const auto try_splits = [&](std::int64_t splits) -> base::Result<Costed> {
    Settings parted = settings;
    parted["splits"] = std::to_string(splits);
    EINFALL_TRY(Costed costed, cost_scenario(scenario_, parted, documents_));
    Settings combining = parted;
    combining["kernel"] = "combine";
    combining["mask"] = "none";
    combining["groups"] = std::to_string(groups);
    EINFALL_TRY(Costed combined, cost_scenario(scenario_, combining, documents_));
    const double cycles = cycles_of(costed) + cycles_behind(combined);
    if (cycles < least) {
      least = cycles;
      best = Split{std::move(parted), costed, std::move(combined)};
    }
    return costed;
  };
  std::vector<std::int64_t> splits = splits_of(blocks, kMostSplits);
  if (splits.size() < 2) return best;
  EINFALL_TRY(const Costed parted, try_splits(splits.back()));
  const SplitEstimate estimate(whole, parted, blocks);
  splits.pop_back();
  std::stable_sort(splits.begin(), splits.end(), [&](std::int64_t a, std::int64_t b) {
    return estimate.cycles(a) < estimate.cycles(b);
  });
  for (std::size_t i = 0; i < std::min(kCostedSplits, splits.size()); ++i)
    if (splits[i] > 1) {
      EINFALL_TRY([[maybe_unused]] const Costed tried, try_splits(splits[i]));
    }
  return best;
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
  const auto timed = [&](const GpuCosted& one) {
    return time_on(one, fit == nullptr ? GpuConstants() : constants_of(*fit, one.family));
  };
  const GpuCosted* fastest = &*costed;
  auto time = timed(*fastest);
  if (!time) return refuse(time.error());
  // With other constants the other may be faster.
  if (fit != nullptr && costed->other) {
    auto other = timed(*costed->other);
    if (other && other->cycles < time->cycles) {
      fastest = costed->other.get();
      time = std::move(other);
    }
  }
  out.family = fastest->family;
  out.settings = fastest->settings;
  const double ms = 1e3 / static_cast<double>(fastest->costed.machine->clock.value());
  out.predicted_ms = time->cycles * ms;
  out.dram_bytes = time->bytes;
  for (const mappings::Effect& effect : time->effects)
    out.effects_ms.push_back({effect.name, effect.cycles * ms});
  return out;
}

GpuConstants constants_of(const GpuFit& fit, GpuFamily family) {
  GpuConstants out;
  if (const auto own = fit.families.find(family); own != fit.families.end()) out = own->second;
  // There is one DRAM, and decoding shows it.
  const auto decode = fit.families.find(GpuFamily::kDecode);
  if (decode == fit.families.end()) return out;
  if (!out.bandwidth) out.bandwidth = decode->second.bandwidth;
  if (!out.cold) out.cold = decode->second.cold;
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

base::Result<mappings::DispatchTime> time_on(const GpuCosted& costed,
                                             const GpuConstants& constants) {
  const auto time = [](const Costed& one, const arch::Machine& machine) {
    return mappings::dispatch_time(*one.bound, *one.cascade, machine, one.cost.counts);
  };
  arch::Machine machine = with_constants(*costed.costed.machine, constants);
  EINFALL_TRY(mappings::DispatchTime out, time(costed.costed, machine));
  if (!costed.combined) return out;
  // What it reads has just been written, and its launch lies beside the run of the first.
  machine.memories.front().cold.reset();
  machine.tasks.launch = base::Cycles(0);
  EINFALL_TRY(const mappings::DispatchTime behind, time(*costed.combined, machine));
  out.cycles += behind.cycles;
  out.bytes += behind.bytes;
  for (const mappings::Effect& effect : behind.effects) {
    const auto same =
        std::find_if(out.effects.begin(), out.effects.end(),
                     [&](const mappings::Effect& e) { return e.name == effect.name; });
    if (same == out.effects.end())
      out.effects.push_back(effect);
    else
      same->cycles += effect.cycles;
  }
  return out;
}

}  // namespace einfall::explore
