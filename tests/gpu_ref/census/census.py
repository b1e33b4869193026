"""In each turn of its loop over tiles, a compiled kernel has the instructions that its cascade and
its tiling ask for: products, exponentials, loads of fragments, copies. What stands before and
behind the loops is listed apart.

    census.py PROBES CUBIN...        the cubins are of sm_90a
"""

import re
import sys
from pathlib import Path

import sass

MACS = 16 * 8 * 16  # multiply-adds of an mma.sync of 16-bit numbers


def tile(rows, keys, dim, threads, products, exps, corrections):
    """One warp's turn over `keys` keys with `rows` row tiles of 16: Q K^T and, with two products,
    P V; `exps` a score; a correction of each row. Exponentials are a lane's, products a warp's."""
    scores = 16 * rows * keys
    values = products - 1
    return {
        "mma": scores * dim * products // MACS,
        "exp": scores * exps // 32 + corrections * 2 * rows,
        "ldmatrix": dim // 16 * (rows + keys // 16) + values * (keys // 16) * (dim // 16),
        "copy_async": products * keys * dim * 2 // 16 // threads,
    }


def sweeps(passes, *shape):
    """The turns of each sweep of a cascade with so many passes over the keys."""
    last = tile(*shape, 2, 1, 1 if passes == 1 else 0)
    first = {1: [], 2: [tile(*shape, 1, 1, 1)], 3: [tile(*shape, 1, 0, 0), tile(*shape, 1, 1, 0)]}
    return first[passes] + [last]


def query_rows(dim):
    return (1, 256) if dim == 256 else (2, 128)  # row tiles, threads


def unrolled(steps, dim):
    """Turns of the loop over the steps of Q K^T, which is unrolled by 2 above D = 64."""
    return [steps // 2] if dim > 64 else []


def expected_one_pass(dim, passes=1):
    rows, threads = query_rows(dim)
    trips = unrolled(dim // 16, dim)
    return [(turn, trips) for turn in sweeps(passes, rows, 64, dim, threads)]


def expected_decode(dim, passes):
    return [(turn, unrolled(dim // 16, dim)) for turn in sweeps(passes, 1, 16, dim, 32)]


def expected_int8(dim):
    rows, threads = (2, 128) if dim == 64 else (1, 256)
    turn = tile(rows, 64, dim, threads, 1, 1, 1)
    turn["mma_s8"] = turn["mma"] // 2  # k = 32
    turn["ldmatrix"] = dim // 32 * (rows + 4) + 4 * (dim // 16)
    turn["copy_async"] = 64 * dim * 3 // 16 // threads
    return [(turn, unrolled(dim // 32, dim))]


def expected_specialised(dim):
    # A warpgroup's 64 rows and its keys; products of 64 x keys x 16, and of 64 x D x 16.
    keys = 64 if dim == 256 else 128
    return [({"wgmma": dim // 16, "wgmma_registers": keys // 16, "exp": 64 * keys // 128 + 2}, [])]


def expected_specialised_e4m3(dim):
    # The same with 32 numbers of a row in a product.
    return [({"wgmma_e4m3": dim // 32, "wgmma_e4m3_registers": 128 // 32,
              "exp": 64 * 128 // 128 + 2}, [])]


def expected_linear(dim):
    chunk = 128 if dim == 256 else 64
    warps, slab = chunk // 16, 64
    state = dim // 16 // warps
    macs = 16 * chunk * dim + 16 * chunk * slab + 16 * dim * slab + 16 * state * chunk * slab
    turn = {
        "mma": macs // MACS,
        "exp": 16 * chunk // 32 + 4 * chunk // 16,  # decays of scores, and of keys
        "ldmatrix": dim // 16 * (1 + chunk // 16) + chunk // 16 * 4 + dim // 16 * 5
                    + chunk // 16 * (state + 4),
        "copy_async": (2 * dim + slab) * chunk * 2 // 16 // (32 * warps),
    }
    return [(turn, [dim // 32, *unrolled(dim // 16, dim), chunk // 32])]


# Kernel -> turns of its loops with the trips of inner loops; the numbers come from the name.
FAMILIES = [
    (r"attend_one_pass<QueryBlock<\w+, (\d+)", expected_one_pass),
    (r"attend_listed_blocks<QueryBlock<\w+, (\d+)", expected_one_pass),
    (r"attend_more_passes<QueryBlock<\w+, (\d+), \d>, (\d)>", expected_one_pass),
    (r"attend_one_pass<Int8Block<(\d+)>", expected_int8),
    (r"decode_(?:split|stream)<DecodeBlock<\w+, (\d+)>, (\d)>", expected_decode),
    (r"attend_linear<LinearBlock<\w+, (\d+)>", expected_linear),
    (r"attend_specialised<SpecialisedBlock<(?:Bf|Fp)16, (\d+)>", expected_specialised),
    (r"attend_specialised<SpecialisedBlock<E4m3, (\d+)>", expected_specialised_e4m3),
]


def text(counts):
    return ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items())) or "nothing"


def differences(name, code, kinds, expected):
    found = sass.steady_loops(code, kinds)
    if len(found) != len(expected):
        yield f"{name}: {len(found)} loops over tiles, {len(expected)} expected"
        return
    for loop, (wanted, trips) in zip(found, expected):
        counts = sass.turn(code, kinds, loop, trips)
        for kind in sorted(set(wanted) | (set(counts) - {"barrier"})):
            if counts[kind] != wanted.get(kind, 0):
                yield f"{name}: {counts[kind]} {kind} a turn, {wanted.get(kind, 0)} expected"
    rest = sass.count(code, kinds, [(0, len(code) - 1)])
    rest.subtract(sass.count(code, kinds, found))
    print(f"{name}\n  a turn: {'; '.join(text(turn) for turn, _ in expected)}"
          f"\n  outside: {text(+rest)}")


def main():
    probes, *cubins = map(Path, sys.argv[1:])
    kinds = sass.learn(probes)
    problems, seen = [], set()
    for cubin in cubins:
        kernels = sass.kernels(cubin)
        for name, code in zip(sass.demangled(kernels), kernels.values()):
            for pattern, expected in FAMILIES:
                if match := re.match(pattern, name):
                    seen.add(pattern)
                    numbers = [int(number) for number in match.groups()]
                    problems += differences(name, code, kinds, expected(*numbers))
    problems += [f"no kernel is called {pattern}" for pattern, _ in FAMILIES if pattern not in seen]
    print("\n".join(problems))
    print(f"{len(problems)} differences")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
