#include "explore/gpu_kernels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "base/csv.hpp"
#include "base/sha256.hpp"
#include "base/text_table.hpp"
#include "explore/canonical.hpp"

namespace einfall::explore {
namespace {

namespace records = gpu_ref::records;
using records::Point;

constexpr std::size_t kLargestFile = std::size_t{1} << 24;
constexpr const char* kKernelColumn = "kernel";
// Of the time: less is what subtractions leave, which may differ between compilers.
constexpr double kLeastShare = 1e-6;

base::SourceSpan span_of(std::shared_ptr<const base::SourceFile> file, int line, int column) {
  return {std::move(file), static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(column), 1};
}

// What a point asks of its kernel; `usual` settings may be left out where a scenario does not know
// the parameter.
struct Asked {
  std::string parameter, value;
  bool usual = false;
};
std::vector<Asked> asked(const Point& p, const std::string& machine) {
  const auto text = [](int n) { return std::to_string(n); };
  std::vector<Asked> out = {{"machine", machine},
                            {"format", p.format},
                            {"mask",
                             p.window > 0 ? "window"
                             : p.causal   ? "causal"
                                          : "none",
                             p.window == 0 && !p.causal},
                            {"batch", text(p.batch)},
                            {"q_len", text(p.q_len)},
                            {"kv_len", text(p.kv_len)},
                            {"head_dim", text(p.head_dim), true},
                            {"kv_heads", text(p.kv_heads)},
                            {"groups", text(p.q_heads / p.kv_heads), p.q_heads == p.kv_heads},
                            {"l2", p.warm ? "warm" : "cold", !p.warm}};
  // Not given: nothing is set.
  if (p.window > 0) out.push_back({"window", text(p.window)});
  if (p.splits > 1) out.push_back({"splits", text(p.splits)});
  if (p.slots > 0) out.push_back({"slots", text(p.slots)});
  if (p.kept > 0) out.push_back({"kept", text(p.kept)});
  if (p.page > 0) out.push_back({"page", text(p.page)});
  return out;
}

// Everything that is not composed, with how often it runs.
void for_each_run(const Costed& costed, double times,
                  const std::function<void(const Costed&, double)>& visit) {
  if (costed.bound) return visit(costed, times);
  for (const CostedPart& part : costed.parts)
    for_each_run(part.costed, times * static_cast<double>(part.times), visit);
}

// To so many digits, so that what is committed does not depend on a compiler.
double rounded(double value) { return std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr); }

void add_effect(std::vector<mappings::Effect>& effects, const std::string& name, double ms) {
  const auto it = std::find_if(effects.begin(), effects.end(),
                               [&](const mappings::Effect& e) { return e.name == name; });
  if (it == effects.end())
    effects.push_back({name, ms});
  else
    it->cycles += ms;
}

// Useful points of Einsums on arrays, and of those on units that have an exponential.
void add_operations(const Costed& costed, double times, records::Prediction& out) {
  for (std::size_t s = 0; s < costed.bound->einsums.size(); ++s) {
    const auto& unit = costed.machine->units[costed.bound->einsums[s].unit.index()];
    const double points = times * static_cast<double>(costed.cost.counts.steps[s].useful);
    if (unit.rows > 1) out.multiply_adds += points;
    const auto& operators = unit.operators;
    if (std::any_of(operators.begin(), operators.end(),
                    [](const auto& op) { return op.name == "exp"; }))
      out.exps += points;
  }
}

}  // namespace

KernelPredictor::KernelPredictor(std::string folder, std::string machine, Refusal refusal)
    : folder_(std::move(folder)), machine_(std::move(machine)), refusal_(std::move(refusal)) {}

base::Result<Costed> KernelPredictor::cost(const Point& point, const base::SourceSpan& span) {
  const auto refuse = [&](std::string message, std::string help) {
    return base::failure(base::error("E971", span, std::move(message), std::move(help)));
  };
  const std::string path =
      (std::filesystem::path(folder_) / (point.kernel + ".yaml")).lexically_normal().string();
  std::error_code error;
  if (point.kernel.find('/') != std::string::npos || !std::filesystem::exists(path, error))
    return refuse(fmt::format("no scenario says how '{}' works", point.kernel),
                  fmt::format("a kernel is predicted by the scenario of its name in {}", folder_));
  if (point.q_heads % point.kv_heads != 0)
    return refuse(fmt::format("{} query heads do not share {} heads of keys and values evenly",
                              point.q_heads, point.kv_heads),
                  "the number of query heads is a multiple of the other");
  if (point.window > 0 && !point.causal)
    return refuse("a window without a causal mask", "no scenario of a kernel has such a mask");
  EINFALL_TRY(const auto scenario, documents_.scenarios().get(path));
  Settings settings;
  for (const Asked& one : asked(point, machine_)) {
    if (scenario->find(one.parameter) != nullptr)
      settings[one.parameter] = one.value;
    else if (!one.usual)
      return refuse(fmt::format("the scenario of '{}' has no parameter '{}', here {}", point.kernel,
                                one.parameter, one.value),
                    "what a point asks for must be a parameter of its kernel's scenario");
  }
  if (const std::string why = refusal_(point); !why.empty())
    return refuse(fmt::format("'{}' does not do this: {}", point.kernel, why),
                  "a point that would not be measured is not predicted");
  auto costed = cost_scenario(path, settings, documents_);
  if (!costed && !costed.error().empty())
    costed.error().front().notes.push_back({span, "for this point"});
  return costed;
}

KernelPrediction KernelPredictor::predict(const Point& point,
                                          std::shared_ptr<const base::SourceFile> file) {
  KernelPrediction out;
  out.record.point = point;
  out.record.machine = machine_;
  const base::SourceSpan span = span_of(std::move(file), point.line, 1);
  auto costed = cost(point, span);
  if (!costed) {
    out.refused = std::move(costed.error());
    return out;
  }
  bool dispatched = true;
  for_each_run(*costed, 1, [&](const Costed& run, double times) {
    if (!run.cost.dispatch) {
      dispatched = false;
      return;
    }
    const mappings::DispatchTime& time = *run.cost.dispatch;
    const double ms = times * 1e3 / static_cast<double>(run.machine->clock.value());
    out.record.predicted_ms += time.cycles * ms;
    out.record.dram_bytes += times * time.bytes;
    for (const mappings::Effect& effect : time.effects)
      add_effect(out.effects_ms, effect.name, effect.cycles * ms);
    add_operations(run, times, out.record);
  });
  if (!dispatched)
    out.refused = {base::error("E971", span,
                               fmt::format("a mapping of '{}' dispatches no tasks", point.kernel),
                               "the scenario's mappings say how with `dispatch`")};
  for (const mappings::Effect& effect : out.effects_ms)
    if (effect.cycles > kLeastShare * out.record.predicted_ms)
      out.record.effects.push_back({effect.name, rounded(effect.cycles)});
  out.record.predicted_ms = rounded(out.record.predicted_ms);
  out.record.dram_bytes = std::round(out.record.dram_bytes);
  out.record.documents_sha256 = base::sha256(canonical_text(*costed));
  return out;
}

base::Result<std::optional<KernelPoints>> read_kernel_points(const std::string& path) {
  auto file = std::make_shared<base::SourceFile>();
  file->name = path;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream read;
  const auto refuse = [&](const char* message) {
    return base::failure(
        base::error("E970", span_of(file, 0, 0), message, "a file of points in CSV"));
  };
  if (in && !std::filesystem::is_directory(path) && in.peek() == std::ifstream::traits_type::eof())
    return refuse("the file is empty");
  if (!in || !(read << in.rdbuf())) return refuse("cannot be read");
  const std::string& text = file->text = read.str();
  if (text.size() > kLargestFile) return refuse("is larger than 16 MiB");
  bool kernels = false;
  base::each_csv_row(text, [&](std::uint32_t, const std::vector<base::CsvField>& names) {
    kernels = std::any_of(names.begin(), names.end(),
                          [](const base::CsvField& name) { return name.text == kKernelColumn; });
    return false;
  });
  if (!kernels) return std::nullopt;
  records::Points points = records::parse_points(text, path);
  base::Diagnostics sink;
  for (const records::Complaint& complaint : points.complaints)
    sink.push_back(base::error("E970", span_of(file, complaint.line, complaint.column),
                               complaint.message, "columns are those of gpu_ref/points.csv"));
  if (!sink.empty()) return base::failure(std::move(sink));
  if (points.points.empty()) return refuse("the file has no rows of points");
  return KernelPoints{file, std::move(points.points)};
}

std::string prediction_lines(const std::vector<KernelPrediction>& predictions) {
  std::string out;
  for (const KernelPrediction& p : predictions)
    if (p.refused.empty()) out += records::line_of(p.record);
  return out;
}

std::string predictions_text(const std::vector<KernelPrediction>& predictions) {
  using base::TextTable;
  constexpr auto kLeft = TextTable::Align::kLeft;
  constexpr auto kRight = TextTable::Align::kRight;
  TextTable table({{"kernel", kLeft},
                   {"format", kLeft},
                   {"batch", kRight},
                   {"heads", kRight},
                   {"q", kRight},
                   {"kv", kRight},
                   {"d", kRight},
                   {"mask", kLeft},
                   {"predicted ms", kRight},
                   {"TFLOP/s", kRight},
                   {"DRAM GB", kRight},
                   {"most goes to", kLeft}});
  for (const KernelPrediction& p : predictions) {
    const Point& at = p.record.point;
    std::vector<std::string> row = {at.kernel,
                                    at.format,
                                    std::to_string(at.batch),
                                    fmt::format("{}/{}", at.q_heads, at.kv_heads),
                                    std::to_string(at.q_len),
                                    std::to_string(at.kv_len),
                                    std::to_string(at.head_dim),
                                    at.window > 0 ? fmt::format("window {}", at.window)
                                    : at.causal   ? "causal"
                                                  : "full"};
    if (p.refused.empty()) {
      const auto most =
          std::max_element(p.effects_ms.begin(), p.effects_ms.end(),
                           [](const auto& a, const auto& b) { return a.cycles < b.cycles; });
      row.insert(
          row.end(),
          {fmt::format("{:.6f}", p.record.predicted_ms),
           fmt::format("{:.1f}", 2e-9 * p.record.multiply_adds / p.record.predicted_ms),
           fmt::format("{:.4f}", p.record.dram_bytes * 1e-9),
           fmt::format("{} {:.0f} %", most->name, 100 * most->cycles / p.record.predicted_ms)});
    } else {
      row.insert(row.end(), {"refused", "", "", ""});
    }
    table.add(row);
  }
  return table.text();
}

}  // namespace einfall::explore
