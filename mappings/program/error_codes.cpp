#include "mappings/program/error_codes.hpp"

#include <array>

namespace einfall::mappings {
namespace {

constexpr std::array<base::ErrorCode, 2> kCodes{{
    {"E890", "carried value across parted loops",
     "What one step of an iterative rank leaves for the next is handed on in the order of the "
     "loops. That only works if all loops of the rank stand next to each other."},
    {"E891", "mapping that is not simulated",
     "The simulator does not execute units with several instances, and has nobody wait for a link: "
     "one of a stated width has to take what passes it. Values are handed on in the "
     "order of the loops: a mask must not reverse it, nor leave out steps of an iterative rank "
     "between others where loops inside of it go on meanwhile, and under a mask no more than "
     "2^20 steps of loops are looked through to see it. `einfall cost` evaluates these mappings."},
}};

}  // namespace

std::span<const base::ErrorCode> program_error_codes() { return kCodes; }

}  // namespace einfall::mappings
