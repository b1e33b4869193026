"""No kernel spills registers or uses a stack; each needs what gpu_ref/resources.txt says.

    check_resources.py NVCC RECORD LOG...            check
    check_resources.py NVCC RECORD --update LOG...   write the record anew

A log is what nvcc -Xptxas -v prints for one source and architecture. The record begins with the
compiler's version; another compiler may need other registers, so then only spills are checked.
"""

import re
import subprocess
import sys
from pathlib import Path

ENTRY = re.compile(r"Compiling entry function '(\w+)' for '(\w+)'")
SPILL = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
USED = re.compile(r"Used (\d+) registers")


def entries(log):
    """(architecture, mangled name, registers, stack and spill bytes) of each kernel in a log."""
    name = arch = None
    spilled = 0
    for line in log.read_text(encoding="utf-8").splitlines():
        if match := ENTRY.search(line):
            name, arch = match.groups()
        elif match := SPILL.search(line):
            spilled = sum(int(number) for number in match.groups())
        elif match := USED.search(line):
            yield arch, name, int(match[1]), spilled


def demangled(names):
    done = subprocess.run(["c++filt"], input="\n".join(names), stdout=subprocess.PIPE,
                          encoding="utf-8", check=True)
    for name in done.stdout.splitlines():
        yield re.sub(r"\((?!anonymous).*", "", name.replace("einfall::gpu_ref::", "")) \
            .removeprefix("void ")


def compiler():
    text = subprocess.run([sys.argv[1], "--version"], stdout=subprocess.PIPE, encoding="utf-8",
                          check=True).stdout
    return "nvcc " + re.search(r"V([\d.]+)", text)[1]


def main():
    _, _, record, *logs = sys.argv
    record, update = Path(record), "--update" in logs
    rows = [row for log in logs if log != "--update" for row in entries(Path(log))]
    if not rows:
        sys.exit("no kernel in the logs")
    names = demangled([row[1] for row in rows])
    table = sorted((arch, name, registers, spilled)
                   for (arch, _, registers, spilled), name in zip(rows, names))
    lines = [compiler(), "arch      registers  kernel"]
    lines += [f"{arch:9} {registers:9}  {name}"
              for arch, name, registers, _ in dict.fromkeys(table)]
    for arch, name, _, spilled in table:
        if spilled:
            print(f"{arch} {name}: {spilled} bytes of stack and spills")
    wrong = any(row[3] for row in table)
    if update:
        record.write_text("\n".join(lines) + "\n", encoding="utf-8")
    elif (recorded := record.read_text(encoding="utf-8").splitlines())[0] != lines[0]:
        print(f"recorded with {recorded[0]}, compiled with {lines[0]}: registers not compared")
    else:
        for line in sorted(set(recorded) ^ set(lines)):
            print(("recorded: " if line in recorded else "compiled: ") + line)
            wrong = True
    print(f"{len(table)} kernels")
    sys.exit(1 if wrong else 0)


main()
