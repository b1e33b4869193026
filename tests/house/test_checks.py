"""The checks of this folder find what they look for: each is run on a small tree with one breach of
every kind, must name exactly those, and must pass once they are mended."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
FORBIDDEN = "TO" "DO"

# check -> {file: content}, {breach that must be named}, {file: mended content}
CASES = {
    "layers": (
        {
            "base/a.hpp": '#include "einsum/b.hpp"\n#include <fmt/format.h>\n',
            "einsum/b.hpp": '#include "base/a.hpp"\n#include "b.hpp"\n#include <Eigen/Core>\n',
            "mappings/ir/c.hpp": '#include "mappings/schedule/d.hpp"\n',
            "base/yaml/e.cpp": "#include <yaml-cpp/yaml.h>\n",
            "sim/array/f.hpp": '#include "sim/systemc/g.hpp"\n#include <systemc>\n',
            "sim/systemc/g.hpp": '#include "sim/array/f.hpp"\n#include <systemc>\n',
        },
        {"base/a.hpp:1", "einsum/b.hpp:2", "einsum/b.hpp:3", "mappings/ir/c.hpp:1",
         "sim/array/f.hpp:1", "sim/array/f.hpp:2"},
        {"base/a.hpp": "", "einsum/b.hpp": '#include "base/a.hpp"\n', "mappings/ir/c.hpp": "",
         "sim/array/f.hpp": ""},
    ),
    "size": (
        {"base/long.cpp": "\n" * 501, "base/wide.cpp": "x" * 101 + "\n", "base/ok.cpp": "\n"},
        {"base/long.cpp", "base/wide.cpp:1"},
        {"base/long.cpp": "\n" * 500, "base/wide.cpp": "x" * 100 + "\n"},
    ),
    "words": (
        {"base/a.cpp": f"// {FORBIDDEN}: later\n", "docs/b.md": f"Tested.\n{FORBIDDEN}\n"},
        {"base/a.cpp:1", "docs/b.md:2"},
        {"base/a.cpp": "// done\n", "docs/b.md": f"my{FORBIDDEN}s\n"},
    ),
    "registered": (
        {"base/a.cpp": "", "base/forgotten.cpp": "", "tests/base/a.cpp": "", "bench/b.cpp": ""},
        {"base/forgotten.cpp", "tests/base/a.cpp"},
        {"base/forgotten.cpp": None, "tests/base/a.cpp": None},
    ),
    "readmes": (
        {"base/a.cpp": "", "einsum/README.md": "x", "attic/README.md": "x"},
        {"base", "attic"},
        {"base/README.md": "x", "attic/README.md": None},
    ),
    "links": (
        {
            "README.md": "# A\n[x](docs/x.md) [y](docs/y.md) [z](docs/x.md#a-b) [w](#none)\n",
            "docs/x.md": "# A *b*\n`[no](link)` [far](https://example.org)\n```\n[no](l)\n```\n",
        },
        {"README.md:2: docs/y.md", "README.md:2: #none"},
        {"README.md": "# A\n[x](docs/x.md) [z](docs/x.md#a-b) [w](#a)\n"},
    ),
}
COMPILED = ["base/a.cpp", "tests/base/a.cpp"]


def write(root, contents):
    for name, content in contents.items():
        path = root / name
        if content is None:
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")


def run(check, root):
    """The lines a check prints but the last, and its exit code."""
    build = root / "build"
    build.mkdir(exist_ok=True)
    database = [{"file": str(root / name)} for name in COMPILED]
    (build / "compile_commands.json").write_text(json.dumps(database), encoding="utf-8")
    (build / "CMakeCache.txt").write_text("EINFALL_BENCH:BOOL=OFF\n", encoding="utf-8")
    done = subprocess.run([sys.executable, HERE / f"check_{check}.py", root, build],
                          stdout=subprocess.PIPE, encoding="utf-8", check=False)
    return done.stdout.splitlines()[:-1], done.returncode


def problems_of(check, files, breaches, mended):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        write(root, files)
        lines, code = run(check, root)
        if code != 1:
            yield f"{check}: exit code {code} in spite of breaches"
        for line in lines:
            if not any(line.startswith(breach) for breach in breaches):
                yield f"{check}: should not report: {line}"
        for breach in breaches:
            if not any(line.startswith(breach) for line in lines):
                yield f"{check}: does not report {breach}"
        write(root, mended)
        lines, code = run(check, root)
        if code != 0:
            yield f"{check}: still reports {lines}"


def main():
    checks = {path.stem.removeprefix("check_") for path in HERE.glob("check_*.py")}
    problems = [f"{check}: no case here" for check in sorted(checks - CASES.keys())]
    for check, case in CASES.items():
        problems += problems_of(check, *case)
    print("\n".join(problems) or f"{len(CASES)} checks find their breaches")
    sys.exit(1 if problems else 0)


main()
