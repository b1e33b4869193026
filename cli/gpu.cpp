#include "cli/gpu.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

#include "cli/commands.hpp"

namespace einfall::cli {
namespace {

constexpr Command kGpuCommands[] = {
    {"predict", "times of attention on a GPU, from its machine document and mappings",
     "  einfall gpu predict --machine h200 workloads/measurements/h200_cudnn_bf16_train.csv\n"
     "  einfall gpu predict --machine h200 --fit zero points.csv --json\n",
     declare_gpu_predict},
    {"compare", "predicted against measured: errors, what the times go to, a plot",
     "  einfall gpu compare --machine h200 workloads/measurements/h200_cudnn_bf16_train.csv\n",
     declare_gpu_compare},
    {"fit", "at most three constants for each family of kernels, from a file of measurements",
     "  einfall gpu fit --machine h200 workloads/measurements/h200_cudnn_bf16_train.csv "
     "--name h200-cudnn\n",
     declare_gpu_fit},
    {"measure", "validates and times the kernels of gpu_ref/ on this machine's GPU",
     "  einfall gpu measure records.jsonl --limit-s 500\n"
     "  einfall gpu measure records.jsonl --command validate --kernel k3-one-pass\n",
     declare_gpu_measure},
};

struct Declared {
  CLI::App* app = nullptr;
  Run run;
};

}  // namespace

Run declare_gpu(CLI::App& app) {
  app.require_subcommand(1);
  auto declared = std::make_shared<std::vector<Declared>>();
  for (const Command& command : kGpuCommands) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    sub->footer(fmt::format("Examples:\n{}", command.examples));
    // `--json` may stand behind the sub-command, too.
    sub->fallthrough();
    declared->push_back({sub, command.declare(*sub)});
  }
  return [declared] {
    for (const Declared& entry : *declared)
      if (entry.app->parsed()) return entry.run();
    return Outcome{};
  };
}

}  // namespace einfall::cli
