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
};

}  // namespace

std::span<const Command> commands() { return kCommands; }

}  // namespace einfall::cli
