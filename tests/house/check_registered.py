"""Every .cpp file is compiled: a source that no target names would rot, a test would never run."""

import json

import house

# Built by other presets than the one whose compilation database is read.
OPTIONAL = {"bench": "EINFALL_BENCH", "tests/fuzz": "EINFALL_FUZZ"}


def main():
    root, build = house.arguments()
    database = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    compiled = {entry["file"] for entry in database}
    cache = (build / "CMakeCache.txt").read_text(encoding="utf-8")
    left_out = [f for f, option in OPTIONAL.items() if f"{option}:BOOL=ON" not in cache]
    breaches, seen = [], 0
    for path in house.files(root):
        if path.suffix != ".cpp" or any(path.as_posix().startswith(f + "/") for f in left_out):
            continue
        seen += 1
        if str(root / path) not in compiled:
            breaches.append(f"{path}: compiled by no target")
        in_tests = path.parts[0] == "tests" and path.parts[1] not in {"support", "fuzz"}
        if in_tests and not path.stem.endswith("_test"):
            breaches.append(f"{path}: a test file is called ..._test.cpp")
    house.report("registered", breaches, seen)


main()
