#include "explore/error_codes.hpp"

#include <array>

namespace einfall::explore {
namespace {

constexpr std::array<base::ErrorCode, 21> kCodes{{
    {"E002", "document of no known kind",
     "The kind of a document is told by its keys, `expressions` for a cascade, `machine`, "
     "`mapping` "
     "and so on; this one has none of them."},
    {"E610", "results that cannot be compared",
     "Two cascades are compared output by output, by name; they have no output in common, or one "
     "of different shape. Ranks that mean the same must have the same size: pass `--set RANK=n`."},
    {"E950", "scenario that is not complete",
     "A scenario has a cascade, a machine and a mapping, or else it is composed of others; a value "
     "that is chosen has exactly the keys `by` and `cases`; a reproduction has at least one axis."},
    {"E951", "unknown parameter or quirk",
     "A parameter or quirk was set, or is used in the document, that the scenario does not "
     "declare; "
     "or, of a reproduction, none of its scenarios."},
    {"E952", "value that is not allowed",
     "Parameters with a list of values take one of them, except sizes: those are any whole number "
     "from 1 to 2^40, also written 16K or 2M, and their list is what reports visit. A list names a "
     "value once. `mode` and `quirks` exclude each other, and a quirk is named once."},
    {"E953", "choice without a case",
     "The parameter after `by` has a value for which there is no case, as a length for which a "
     "design "
     "has no mapping. Add one, or `otherwise`."},
    {"E954", "parameter without a value",
     "The scenario needs a parameter that has no default. Pass `--set NAME=value`."},
    {"E955", "composition that contains itself, or of too many parts",
     "Compositions of scenarios nest at most 8 deep and have at most 256 parts, those of their "
     "parts included; a scenario cannot be a part of itself."},
    {"E956", "size that is not a product",
     "Sizes in a scenario are products of whole numbers and ranks of its model, `16K*B`, at most "
     "2^40."},
    {"E957", "registers without a table",
     "The scenario puts another register component into a unit; the machine has no such unit, or "
     "its "
     "tables have no row for the component."},
    {"E958", "setting of an axis",
     "A reproduction visits all values of its axes, so they cannot be set; `einfall cost` "
     "evaluates "
     "one point."},
    {"E959", "scenario that has not one cascade on one machine",
     "`eval` takes a scenario for its cascade, its sizes and its machine's numerics: a composition "
     "has none of its own, and `--machine` would be a second one. `reproduce --simulate` executes "
     "no composition either, and nothing that a published model assumes of a machine (quirks)."},
    {"E960", "deadlock",
     "The simulator came to a point where no unit and no transfer can go on; the message says who "
     "waits for what. Exit code 2: the model failed, not the document."},
    {"E961", "trace of a composition",
     "`--trace`, `--vcd` and `--svg` show one run; the parts of a composition are runs of their "
     "own."},
    {"E962", "mapping that is not computed tile by tile",
     "`--functional` computes what a visit of an operation covers. A loop inside a part of its "
     "rank that is no loop covers scattered points; a reduction that is spread over visits "
     "needs an order of adding whose state is one value; and the PEs of an array add in no order "
     "but one product after another."},
    {"E963", "value used where it is not",
     "With `--functional` every value has to come to where it is used, in time, and to be there "
     "still. A mapping that is accepted never shows this; if one does, the schedule that was made "
     "from it is wrong. Exit code 2."},
    {"E964", "memory that cannot be simulated so",
     "`--dram banks` needs a machine whose outermost memory names a timing table. Time is counted "
     "in 63 bits, in ticks of which a cycle of the machine and a byte (or a clock of the memory) "
     "are whole numbers; where rates and clocks have no common divisor, large transfers do not "
     "fit."},
    {"E965", "assumption about something that is not there",
     "A scenario's `assume`, or a quirk that is switched on, names a unit, an operator of a unit, "
     "a memory, an Einsum or a tensor that the scenario's machine or cascade does not have. It "
     "would change nothing."},
    {"E970", "file of points that cannot be read",
     "Points of a GPU are CSV: a row of column names (q_len, kv_len, head_dim and q_heads must be "
     "there), then at least one row, a point each, sizes whole numbers from 1 to 2^40, times in "
     "milliseconds. To be compared, one of them has a measured time."},
    {"E971", "point that no kernel does",
     "`einfall gpu predict` knows the masks none, full, causal, bottom_right_causal and "
     "sliding_window (with a column `window`); query heads are a multiple of the heads of keys and "
     "values, and under a mask there are no more queries than keys. The other points are predicted "
     "all the same. A point with a column `kernel` is predicted by the scenario of that name in "
     "workloads/scenarios/gpu, and can ask for nothing that is no parameter of it, or that the "
     "kernel itself refuses when it is measured."},
    {"E972", "too few points for a fit",
     "`einfall gpu fit` finds one constant for prompts and three for decoding, and wants at least "
     "as many different measured points of each family that the file has. A fit has no more "
     "constants than these. The name of a fit is one word of letters, digits, dots, dashes and "
     "underscores."},
}};

constexpr std::array<base::ErrorCode, 5> kProgramCodes{{
    {"E003", "unknown word on the command line",
     "A command or an option that does not exist, or an argument too many. `einfall --help` lists "
     "the commands, `einfall COMMAND --help` what each takes."},
    {"E004", "missing word on the command line",
     "The command itself, one of its arguments, or the value of an option."},
    {"E005", "option that makes no sense",
     "The value of the option is not of its form, the option is given twice, or without another "
     "that it needs."},
    {"E006", "file that cannot be written",
     "The system's reason stands in the message. A file is written completely or not at all."},
    {"E007", "out of memory", "The sizes ask for more than this machine has."},
}};

}  // namespace

std::span<const base::ErrorCode> error_codes() { return kCodes; }
std::span<const base::ErrorCode> program_error_codes() { return kProgramCodes; }

}  // namespace einfall::explore
