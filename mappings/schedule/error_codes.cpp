#include "mappings/schedule/error_codes.hpp"

#include <array>

namespace einfall::mappings {
namespace {

constexpr std::array<base::ErrorCode, 7> kCodes{{
    {"E880", "no steady state to schedule",
     "A pipelined schedule lists the innermost loops of one leaf under `over`; this mapping has "
     "none "
     "or its leaves do not end in them."},
    {"E881", "steady state in several leaves",
     "The Einsums of a pipeline share one leaf of the nest, and that leaf comes first; those of "
     "other leaves follow it, under the loops around its steady state."},
    {"E882", "interval too short",
     "The busiest unit, or a value that one epoch hands to the next, needs more cycles than the "
     "given `interval`. Leave it out to have the shortest found. Einsums of `interleave` follow "
     "each "
     "other in every epoch, for which there may be no interval at all."},
    {"E883", "slots that cannot be kept",
     "Given `slots` must be complete, respect every dependence, and never use a unit twice at "
     "once."},
    {"E884", "cycle inside one epoch",
     "The Einsums of the steady state wait for each other within one epoch: something of the cycle "
     "must be read from the epoch before."},
    {"E885", "visit or run too long, or too many different runs",
     "One visit of a tile may take 2^24 cycles, a whole run 2^61. Cut temporal ranks into loops. "
     "Where a condition leaves epochs out, each run that differs is timed by itself, and 2^21 "
     "stretches of the loops are looked at to find them."},
    {"W803", "registers too few for words that wait",
     "Results that leave an array wait in the registers of the unit that reads them. In the steady "
     "state of a pipeline more of them wait than there are registers, as the array makes them "
     "faster than they are taken. Times are those of enough registers."},
}};

}  // namespace

std::span<const base::ErrorCode> schedule_error_codes() { return kCodes; }

}  // namespace einfall::mappings
