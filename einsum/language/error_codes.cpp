#include "einsum/language/error_codes.hpp"

#include <array>

namespace einfall::einsum {
namespace {

constexpr std::array<base::ErrorCode, 55> kCodes{{
    {"E022", "expression over several lines",
     "A folded or plain YAML scalar over several lines loses its columns, so expressions must "
     "stand on one line each. Several Einsums stand in a literal block, `expressions: |`."},
    {"E023", "YAML made a map of an expression",
     "In a YAML list an item with `: ` in it is a map. Put the item in quotes, write "
     "`max[m](...)` instead of `:: max[m]`, or use a literal block."},
    {"E025", "too many",
     "A document has more entries, a tensor more ranks or slices, or a cascade more Einsums "
     "than the program accepts (4096 entries, 4096 Einsums, 32 ranks, 64 slices)."},
    {"E026", "malformed name",
     "Ranks and tensors begin with an upper-case letter, variables, params and functions with "
     "a lower-case one; letters, digits and `_` follow. Keywords (`where and or not present "
     "inf`) are no names."},
    {"E027", "name that stands twice",
     "A function has the name of a built-in or of another function, a function names one of its "
     "parameters twice, or `outputs` or `batch` lists a name twice."},
    {"E028", "alias of itself",
     "`alias: {P: N}` says that P is a name of the common rank N; a rank as a name of itself says "
     "nothing."},
    {"E029", "cascade without an Einsum",
     "`expressions`, or the list of Einsums of an imported file, is empty: there is nothing to "
     "compute."},
    {"E101", "unexpected character",
     "A character that is no part of the cascade language stands in an expression."},
    {"E102", "unexpected token", "The parser expected something else here: `expected X, found Y`."},
    {"E103", "malformed number",
     "A number is followed by letters, does not fit into a double, is an integer above 2^53 in an "
     "index, or begins with a 0 before other digits."},
    {"E104", "unknown reduction",
     "`name[vars](...)` reduces; the reductions are `sum prod max min any all argmax argmin "
     "topk argtopk`."},
    {"E105", "lower-case tensor", "Tensor names begin with an upper-case letter."},
    {"E106", "nested too deeply",
     "More than 200 levels of parentheses or more than 500 operators on top of each other. "
     "Name a part of the expression as an Einsum of its own."},
    {"E107", "expression too large",
     "An expression has more tokens or, with its functions written out, more operators or a longer "
     "text, or a larger index than the program accepts. Split it into several Einsums."},
    {"E109", "index not affine",
     "An index is a sum of variables times sizes. A product needs one factor free of "
     "variables, `//` and `%` a divisor that is a positive size; functions and `/` are not "
     "possible. Gathers (`A[B[k]]`) are."},
    {"E201", "unknown function",
     "The name is neither a built-in nor defined under `functions`. The nearest known one is "
     "suggested."},
    {"E202", "unknown tensor",
     "Inputs must stand under `declaration`; every other tensor is the left side of an Einsum."},
    {"E203", "unknown rank", "The name is not a key of `ranks`."},
    {"E204", "rank variable without a rank",
     "A variable belongs to the rank of its upper-case name, unless `vars` says otherwise. The"
     " message lists the variables that exist."},
    {"E205", "wrong number of arguments",
     "A function is called with more or fewer arguments than it has parameters."},
    {"E206", "rank or tensor",
     "An upper-case name without indices is both a rank and a tensor. Write `|K|` for the size"
     " of the rank and `K[...]` for the tensor."},
    {"E207", "wrong number of indices",
     "An access has one index for each declared rank; batch ranks are added by themselves."},
    {"E208", "function or param that is not closed",
     "A function is expanded in place: it must not call itself, and it sees its arguments, "
     "params and sizes only. A param sees earlier params and sizes only."},
    {"E209", "unknown lower-case name",
     "A name in value position is a variable, a param (declared further up) or an argument; in"
     " an index it is a variable."},
    {"E210", "param with the name of a variable",
     "A param and a rank variable share a name, so neither can be told from the other."},
    {"E211", "index label without a rank",
     "`A[M: p]` reads rank M of A at p. A has no such rank, or it is indexed twice."},
    {"E212", "ranks of a tensor unknown",
     "An undeclared tensor has the ranks of the variables on its left sides; they contradict "
     "each other, or an index is no plain variable. Declare the tensor."},
    {"E213", "size of a later rank",
     "The size of a rank may use ranks above it only, so that sizes cannot be cyclic."},
    {"E214", "malformed size",
     "The size of a rank is made of integers, earlier ranks, `+ - *`, exact `a / b` and "
     "`ceil(a / b)`."},
    {"E215", "contradictory batch",
     "A batch rank has no variable, is named twice, or stands in the declaration of a tensor "
     "too; or `share` names a rank that is not in `batch`."},
    {"E301", "slice written twice",
     "Every point of a tensor is assigned once. Slices that cannot overlap (`X[0]`, `X[r+1]`) "
     "may stand apart."},
    {"E304", "iterative on two ranks",
     "A tensor is written at r+1 on two positions; it can step along one rank only."},
    {"E305", "init missing or extra",
     "An init line writes coordinate 0 of the position at which the tensor is written at r+1 "
     "elsewhere. Without one, coordinate 0 is absent: that is legal where the Einsum replaces "
     "the absent value (`X[r] ?\? 0`), and an error where it needs the value, since the tensor"
     " would be absent everywhere."},
    {"E306", "left side not injective",
     "Two points of the iteration space would write the same point of the tensor. An index of "
     "a left side is a variable, `v+1`, or a split `m1*M0 + m0` in which m0 has exactly |M0| "
     "values."},
    {"E307", "variable used inside and outside its reduction",
     "A reduced variable means nothing outside the parentheses of its reduction. A second "
     "variable on the rank goes into `vars`."},
    {"E308", "selection without a proper target",
     "`topk` and `argtopk` reduce one variable into another, `argtopk[m -> j](...)`, whose "
     "rank says how many are kept and which is an index of the left side. `argmax` and "
     "`argmin` have no target."},
    {"E309", "variable bound twice",
     "A reduced variable stands on the left side too, or is reduced by a reduction around this"
     " one."},
    {"E310", "ambiguous implied sum",
     "A variable on the right side that is neither on the left nor reduced is summed over the "
     "whole right side. Where that is a sum or difference, every term must contain it; a "
     "selection must have it reduced. Write `sum[v](...)`."},
    {"E311", "variable in a condition only",
     "A variable that occurs in conditions only is neither kept nor reduced. Reduce over it "
     "explicitly."},
    {"E312", "output never written",
     "`outputs` names a tensor that is not the left side of any Einsum."},
    {"E313", "reduction where none can stand",
     "Functions and params hold no reductions, and selections (argmax, topk, ...) stand alone "
     "on the right side."},
    {"E314", "filter under an else",
     "An index filter `A[k: k < 3]` limits the whole Einsum, which is not what `A[k: k < 3] "
     "?\? 0` says. Write the filtered tensor as an Einsum of its own."},
    {"E315", "variable that cancels out of an index",
     "`m - m` and `0*m` name no coordinate of m, in an index or in a condition. A variable that "
     "occurs on the right side only is summed over, and one that occurs there only would not be."},
    {"E401", "fractional index", "An index is a whole number."},
    {"E402", "gather from a tensor that holds no coordinates",
     "A tensor that stands in an index must be of type `index`."},
    {"E403", "constant does not fit its type",
     "A constant or fill value is outside the range of the integer type of its tensor."},
    {"E404", "condition that is not bool",
     "A tensor that stands as a condition must be of type `bool`."},
    {"N1", "nested reduction split off",
     "A reduction inside an expression becomes an Einsum of its own, under a generated name; "
     "the note says which."},
    {"W1", "narrower operand",
     "A sum of two like tensors of which one lacks points (its Einsum has conditions): the "
     "result lacks them too. `(X[...] ?\? 0)` keeps the other's."},
    {"W2", "index may leave its rank",
     "Points out of range are absent. Neither the size expressions, nor the sizes in the file,"
     " nor a condition on the same variables shows that this does not happen or is meant. A "
     "rank split into declared parts (`M1: ceil(M / M0)`) is not reported."},
    {"W3", "unused tensor", "Nothing reads the tensor and it is no output."},
    {"W4", "-inf as a value",
     "A mask by -inf is a `where`: points that are left out cost nothing and reductions skip "
     "them."},
    {"W5", "exp that may overflow",
     "exp of a sum over a rank, without a maximum subtracted. `finite(X)` under `assume` "
     "promises that X, the tensor that is written, stays finite."},
    {"W6", "unused param or function", "Nothing uses the param or the function, inline or opaque."},
    {"W7", "reduced variable does not occur",
     "The body of a reduction has none of its variables, so that the value is taken once for "
     "every coordinate."},
}};

}  // namespace

std::span<const base::ErrorCode> language_error_codes() { return kCodes; }

}  // namespace einfall::einsum
