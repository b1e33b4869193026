"""Includes go only downwards, and a library stays in the folder it was chosen for.

The table is that of the README's map. A folder may always include itself.
"""

import re

import house

MAY_USE = {
    "base": [],
    "einsum": ["base"],
    "arch": ["base"],
    "mappings/ir": ["base", "einsum", "arch"],
    "mappings/walk": ["base", "einsum", "arch", "mappings/ir"],
    "mappings/schedule": ["base", "einsum", "arch", "mappings/ir"],
    "mappings/model": ["base", "einsum", "arch", "mappings/ir", "mappings/walk",
                       "mappings/schedule"],
    "mappings/program": ["base", "einsum", "arch", "mappings/ir", "mappings/walk",
                         "mappings/schedule", "mappings/model"],
    "mappings/search": ["base", "einsum", "arch", "mappings/ir", "mappings/schedule",
                        "mappings/model"],
    "sim": ["base", "einsum", "arch", "mappings"],
    "sim/systemc": ["base", "sim"],
    "gpu_ref": ["base", "gpu_ref/records"],
    "gpu_ref/records": ["base"],
    "explore": ["base", "einsum", "arch", "mappings", "sim", "gpu_ref/records"],
    "cli": ["base", "einsum", "arch", "mappings", "sim", "explore", "gpu_ref"],
    "tests": ["base", "einsum", "arch", "mappings", "sim", "gpu_ref", "explore"],
    "bench": ["base", "einsum", "arch", "mappings", "sim", "explore", "tests/support"],
}
# First part of an include path -> folders that may name it.
LIBRARIES = {
    "yaml-cpp": ["base/yaml"],
    "systemc": ["sim/systemc", "sim/engine/kernel.cpp"],
    "systemc.h": [],
    "Eigen": ["einsum/eval", "tests", "bench"],
    "CLI": ["cli"],
    "nlohmann": ["cli", "explore", "tests"],
    "catch2": ["tests"],
    "rapidcheck": ["tests"],
    "rapidcheck.h": ["tests"],
    "benchmark": ["bench"],
    "cuda.h": ["gpu_ref/device"],
    "cuda_runtime.h": ["gpu_ref/device"],
    "cublas_v2.h": ["gpu_ref/device"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def inside(path, folder):
    return path == folder or path.startswith(folder + "/")


def folder_of(path):
    """The row of MAY_USE a file belongs to, or None."""
    rows = [row for row in MAY_USE if inside(path, row)]
    return max(rows, key=len) if rows else None


def breach_of(folder, path, bracket, target):
    """Why this include is wrong, or None."""
    first = target.split("/")[0]
    if bracket == "<":
        allowed = LIBRARIES.get(first)
        if allowed is not None and not any(inside(path, a) for a in allowed):
            return f"<{target}> belongs to {', '.join(allowed) or 'nobody'}"
        return None
    if "/" not in target:
        return f'"{target}" is not written from the repository root'
    used = folder_of(target)
    if used is None:
        return f'"{target}" is in no folder of the table'
    if used == folder or any(inside(used, allowed) for allowed in MAY_USE[folder]):
        return None
    return f'{folder} may not use {used} ("{target}")'


def main():
    root, _ = house.arguments()
    breaches, seen = [], 0
    for path in house.files(root):
        if path.suffix not in {".cpp", ".hpp", ".cu", ".cuh"}:
            continue
        seen += 1
        folder = folder_of(path.as_posix())
        if folder is None:
            breaches.append(f"{path}: no folder of the table in {__file__}")
            continue
        for number, line in enumerate(house.text(root, path).splitlines(), 1):
            match = INCLUDE.match(line)
            wrong = match and breach_of(folder, path.as_posix(), match[1], match[2])
            if wrong:
                breaches.append(f"{path}:{number}: {wrong}")
    house.report("layers", breaches, seen)


main()
