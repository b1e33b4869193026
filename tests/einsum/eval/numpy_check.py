"""Recomputes evaluated tensors with NumPy: numpy_check.py FOLDER KIND.

FOLDER holds one text file a tensor (a line with the shape, a line with the values). Prints the
largest error relative to the largest value of NumPy's result.
"""

import os
import sys

import numpy as np


def read(folder, name):
    with open(os.path.join(folder, name + ".txt")) as file:
        shape = [int(n) for n in file.readline().split()]
        return np.array(file.readline().split(), dtype=np.float64).reshape(shape)


def softmax(x, axis):
    weights = np.exp(x - x.max(axis=axis, keepdims=True))
    return weights / weights.sum(axis=axis, keepdims=True)


def attention(t, visible=None):
    q, k, v = t("Q"), t("K"), t("V")
    scores = np.einsum("bhep,bhem->bhmp", q, k) / np.sqrt(q.shape[2])
    if visible is not None:
        scores = np.where(visible(scores.shape[2], scores.shape[3]), scores, -np.inf)
    return {"AV": np.einsum("bhmp,bhfm->bhfp", softmax(scores, 2), v)}


def causal(keys, queries):
    return np.arange(keys)[:, None] <= np.arange(queries)[None, :]


def einsums(t):
    a, b, c, d = t("A"), t("B"), t("C"), t("D")
    return {
        "MatMul": np.einsum("ik,kj->ij", a, b),
        "Batched": np.einsum("nik,njk->nij", c, d),
        "Outer": np.einsum("ik,kj->ijk", a, b),
        "Trace": np.einsum("nii->n", c[:, : c.shape[1], : c.shape[1]]),
        "Swapped": np.einsum("nik,kj->jni", c, b),
        "Two": np.einsum("nik,njk->ij", c, d),
    }


KINDS = {
    "attention": lambda t: attention(t),
    "causal": lambda t: attention(t, causal),
    "einsums": einsums,
}


def main():
    folder, kind = sys.argv[1:]
    worst = 0.0
    for name, expected in KINDS[kind](lambda tensor: read(folder, tensor)).items():
        got = read(folder, name)
        assert got.shape == expected.shape, (name, got.shape, expected.shape)
        worst = max(worst, np.abs(got - expected).max() / np.abs(expected).max())
    print(repr(float(worst)))


main()
