#include "cli/commands.hpp"

namespace einfall::cli {
namespace {

constexpr Command kCommands[] = {
    {"check", "parse and verify documents of any kind",
     "  einfall check workloads/cascades/attn_1pass.yaml\n"
     "  einfall check --json workloads/cascades/*.yaml\n",
     declare_check},
    {"analyze", "passes, critical chains, footprints, traffic bounds and operation counts",
     "  einfall analyze workloads/cascades/attn_3pass.yaml\n"
     "  einfall analyze workloads/cascades/attn_3pass.yaml --set M=64K --buffer 4M --json\n",
     declare_analyze},
    {"eval", "run a cascade on random values, or compare two cascades",
     "  einfall eval workloads/cascades/attn_1pass.yaml --set M=64 --set P=8\n"
     "  einfall eval workloads/cascades/attn_1pass.yaml --against "
     "workloads/cascades/attn_3pass.yaml\n",
     declare_eval},
    {"convert", "canonical text of a cascade; import and export of other tools' formats",
     "  einfall convert workloads/cascades/attn_1pass.yaml\n", declare_convert},
    {"cost", "time, energy and area of a scenario, and where every cycle and joule comes from",
     "  einfall cost workloads/scenarios/fusemax.yaml --set design=flat --set seq_len=64K\n"
     "  einfall cost workloads/scenarios/fusemax.yaml --set mode=published --json\n",
     declare_cost},
    {"simulate", "execute a scenario cycle by cycle: who was busy, who waited for what",
     "  einfall simulate workloads/scenarios/fusemax.yaml --set schedule=pipelined\n"
     "  einfall simulate workloads/scenarios/fusemax.yaml --set heads=1 --no-skip --json\n",
     declare_simulate},
    {"compare", "scenarios side by side, by the analytic model and by the simulator",
     "  einfall compare workloads/scenarios/fusemax.yaml --vary design=flat,binding\n",
     declare_compare},
    {"gpu", "attention on a GPU: predicted, fitted, and compared with measurements",
     "  einfall gpu compare --machine h200 workloads/measurements/h200_cudnn_bf16_train.csv\n",
     declare_gpu},
    {"reproduce", "the figures of a published study, beside the published values",
     "  einfall reproduce fusemax --mode published\n"
     "  einfall reproduce fusemax --plots . --json\n",
     declare_reproduce},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }

}  // namespace einfall::cli
