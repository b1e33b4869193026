#include "arch/error_codes.hpp"

#include <array>

namespace einfall::arch {
namespace {

constexpr std::array<base::ErrorCode, 21> kCodes{{
    {"E701", "a machine that extends itself",
     "`extends` leads back to a document it came from, or through more than 8 of them. The chain "
     "must end in a document that extends nothing."},
    {"E702", "features and implementation differ",
     "Every unit and memory under `features` has an entry of the same name under `implementation`, "
     "and nothing else is built there."},
    {"E703", "a unit or a machine that is not complete",
     "A spatial array has rows and columns, a vector unit has lanes, neither has both; each has "
     "operators, and dataflows of its kind. A machine has at least one unit and one memory."},
    {"E704", "energy of an action is not known",
     "Every operator, register file and memory names a component; a table of the machine must say "
     "what each of its actions costs, and for memories and registers how many bits one action "
     "moves. A machine "
     "whose energy is not known says why under `no_energy`."},
    {"E705", "area of a component is not known",
     "The area of a machine is asked for and no table has a row for one of its components."},
    {"E706", "operator composed of itself",
     "Following `compose` leads back to the same operator, or more than 16 deep. A composition "
     "ends "
     "in operators that have cycles of their own."},
    {"E707", "operator composed of one that is missing",
     "`compose` names operators of the same unit."},
    {"E708", "composed operator with issue cycles",
     "A composed operator takes the cycles of its parts, so it cannot have `issue` itself."},
    {"E709", "operator beyond all reason",
     "The parts of a composed operator add up to more than 2^30 cycles."},
    {"E710", "operator or register file without a component",
     "`implementation` names one component of the tables for each primitive operator and for the "
     "registers of each unit, and none for anything else."},
    {"E711", "capacity of a memory that has none",
     "A sweep sets the capacity of a memory of the machine; DRAM and memories that do not exist "
     "have none to set."},
    {"E712", "unknown dataflow",
     "Dataflows are output-stationary, weight-stationary, in-place, column-reduce and vector."},
    {"E713", "names that do not fit together",
     "A link leads from one unit or memory of the machine to another, and no unit has the name of "
     "a memory. A unit is a form of another (`form_of`) that is none itself, and there are as many "
     "of both."},
    {"E714", "capacity, row, bandwidth or latency that cannot be",
     "A memory's row has at least a byte, its capacity is a whole number of rows, its bandwidth is "
     "not zero; a link takes at most a million cycles, and its width, if it is given, is not "
     "zero."},
    {"E715", "a number without a source",
     "Every row of a table and every part of a machine says where its numbers come from."},
    {"E716", "numerics that do not exist",
     "A format, an order of addition or a way to do exp under `numerics` is none of those that the "
     "bit-true evaluator has; k of tree(k) and blocks(k) is from 2 to 2^20, n of poly(n) from 2 to "
     "12, bits of table(bits) from 1 to 16."},
    {"E717", "two rows for the same thing",
     "Among all tables of a machine there is one row of energy for a component and action, and one "
     "row of area for a component; which of two was meant cannot be known."},
    {"E718", "address of a DRAM that is not each field once",
     "The `address` of a DRAM timing table names row, rank, bank_group, bank, channel and column, "
     "each once, from the top of the address down."},
    {"E719", "DRAM that cannot be",
     "The numbers of a DRAM timing table contradict each other: a distance inside a bank group is "
     "shorter than between groups, tRC shorter than tRAS, tREFI too short for a refresh and one "
     "access, a row does not hold whole bursts, or the device is larger than any."},
    {"E720", "operator with its result before it has issued",
     "A result comes after the cycles that its operator issues: the `latency` of a primitive "
     "operator is at least its `issue`. A composed one may overlap its parts."},
    {"E721", "operand wider than the word",
     "The format of a machine's operands (`numerics`) fits its `word`: evaluation rounds to the "
     "one, costs count the other."},
}};

}  // namespace

std::span<const base::ErrorCode> error_codes() { return kCodes; }

}  // namespace einfall::arch
