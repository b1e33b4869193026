"""What a mapping of a kernel counts for a turn of its loop over tiles is what the census expects of
the compiled kernel: multiply-adds of its products, and exponentials.

    mapping_counts.py EINFALL
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import census

# mma.sync: multiply-adds of an instruction by its kind.
MMA = {"mma": census.MACS, "mma_s8": 2 * census.MACS}


def mma_sync(expected, warps, rows, copies=4):
    """Multiply-adds and exponentials of a block's turn. A row's correction is computed by four
    lanes, in decoding by those of each of four warps, which have maxima of their own there; the
    cascade has it once."""
    macs = exps = 0
    for turn, _ in expected:
        macs += warps * sum(count * MMA[kind] for kind, count in turn.items() if kind in MMA)
        lanes = turn["exp"] * 32 * warps
        corrections = lanes % (rows * 64)  # scores are multiples of a tile
        exps += lanes - corrections + corrections // copies
    return macs, exps


def wgmma(expected, keys, dim, depth):
    """The same of two warpgroups of 64 rows; `depth` numbers of a row in a product."""
    macs = exps = 0
    for turn, _ in expected:
        scores = sum(n for kind, n in turn.items() if kind.startswith("wgmma")
                     and not kind.endswith("_registers"))
        values = sum(n for kind, n in turn.items() if kind.endswith("_registers"))
        macs += 2 * 64 * depth * (scores * keys + values * dim)
        # A lane has 2 rows of which it computes the corrections, as three others do.
        exps += 2 * ((turn["exp"] - 2) * 128 + 64)
    return macs, exps


def cases():
    """Kernel, format, head dimension, query heads, queries, keys of a turn; what is expected."""
    for dim in (64, 128, 256):
        warps = 8 if dim == 256 else 4
        yield "k3-one-pass", "bf16", dim, 1, 128, 64, mma_sync(
            census.expected_one_pass(dim), warps, 128)
        for passes, name in ((2, "k2-two-pass"), (3, "k2-three-pass")):
            yield name, "bf16", dim, 1, 128, 64, mma_sync(
                census.expected_one_pass(dim, passes), warps, 128)
        yield "k7-block-sparse", "bf16", dim, 1, 128, 64, mma_sync(
            census.expected_one_pass(dim), warps, 128)
        yield "k8-int8", "int8", dim, 1, 128, 64, mma_sync(
            census.expected_int8(dim), 4 if dim == 64 else 8, 128)
        yield "k5-split-1", "bf16", dim, 16, 1, 64, mma_sync(
            census.expected_decode(dim, 1), 4, 16, copies=16)
        keys = 64 if dim == 256 else 128
        for name in ("k4-ping-pong", "k4-no-ping-pong"):
            yield name, "bf16", dim, 1, 128, keys, wgmma(
                census.expected_specialised(dim), keys, dim, 16)
    for passes in (2, 3):
        yield f"k5-split-{passes}", "bf16", 128, 16, 1, 64, mma_sync(
            census.expected_decode(128, passes), 4, 16, copies=16)
    yield "k8-e4m3-wgmma", "e4m3", 128, 1, 128, 128, wgmma(
        census.expected_specialised_e4m3(128), 128, 128, 32)


TURNS = 8


def predictions(program, wanted):
    rows = ["kernel,format,q_heads,kv_heads,q_len,kv_len,head_dim"]
    rows += [f"{kernel},{form},{heads},1,{queries},{TURNS * keys},{dim}"
             for kernel, form, dim, heads, queries, keys, _ in wanted]
    with tempfile.TemporaryDirectory() as folder:
        points = Path(folder) / "points.csv"
        points.write_text("\n".join(rows) + "\n")
        ran = subprocess.run([program, "gpu", "predict", str(points), "--json"],
                             capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)["points"]


def main():
    wanted = list(cases())
    wrong = 0
    for case, found in zip(wanted, predictions(sys.argv[1], wanted), strict=True):
        kernel, _, dim, *_, (macs, exps) = case
        counted = found["multiply_adds"] / TURNS, found["exps"] / TURNS
        if counted != (macs, exps):
            wrong += 1
            print(f"{kernel} at {dim}: a turn of the mapping has {counted[0]} multiply-adds and "
                  f"{counted[1]} exponentials, the compiled one {macs} and {exps}")
    print(f"{len(wanted)} kernels and head dimensions, {wrong} differ")
    sys.exit(1 if wrong else 0)


main()
