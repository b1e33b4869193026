"""Runs the commands of the documents and compares their output with what the documents show.

A fenced block ```console holds commands (lines that begin with "$ ") and, after each, the lines it
prints, standard output and standard error together, exactly. A line "..." stands for any number of
lines. "[exit N]" as the last line of an output is the exit code where it is not 0. Commands run in
bash from the repository root; `einfall` is the program just built. `cat FILE` is the way to show a
file.

    run_docs.py PROGRAM DOCUMENT...             compare
    run_docs.py PROGRAM --update DOCUMENT...    rewrite the outputs
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60


def console_blocks(lines):
    """(index of the first line inside, index of the closing fence) of each console block."""
    language, start = None, None
    for number, line in enumerate(lines):
        if start is None and line.startswith("```"):
            language, start = line[3:].strip(), number + 1
        elif start is not None and line.rstrip() == "```":
            if language == "console":
                yield start, number
            start = None
    if start is not None:
        raise SystemExit("a fenced block is not closed")


def steps(lines):
    """The commands of a console block with their expected output lines."""
    found = []
    for line in lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
        else:
            raise SystemExit(f"output before the first command: {line}")
    return found


def run(command, program):
    """The lines a command prints."""
    environment = dict(os.environ, LC_ALL="C", TERM="dumb",
                       PATH=f"{Path(program).parent}:{os.environ['PATH']}")
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environment, timeout=SECONDS,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
                          check=False)
    return done.stdout.splitlines() + ([f"[exit {done.returncode}]"] if done.returncode else [])


def matches(expected, printed):
    """Whether the printed lines are the expected ones, "..." standing for any lines."""
    if not expected:
        return not printed
    if expected[0] == "...":
        return any(matches(expected[1:], printed[i:]) for i in range(len(printed) + 1))
    return bool(printed) and expected[0] == printed[0] and matches(expected[1:], printed[1:])


def differences(path, number, command, expected, printed):
    wanted = "\n".join(f"  - {line}" for line in expected)
    found = "\n".join(f"  + {line}" for line in printed)
    return f"{path}:{number}: $ {command}\n{wanted}\n{found}"


def treat(path, program, update):
    """Runs one document; returns its number of commands and the differences found."""
    lines = path.read_text(encoding="utf-8").splitlines()
    result, done, count, wrong = [], 0, 0, []
    for start, end in console_blocks(lines):
        result += lines[done:start]
        for command, expected in steps(lines[start:end]):
            count += 1
            printed = run(command, program)
            if not matches(expected, printed):
                wrong.append(differences(path, start, command, expected, printed))
                expected = printed
            result += [f"$ {command}", *expected]
        done = end
    if update and wrong:
        path.write_text("\n".join(result + lines[done:]) + "\n", encoding="utf-8")
    return count, wrong


def main():
    program, *documents = sys.argv[1:]
    update = "--update" in documents
    commands, failures = 0, []
    for document in documents:
        if document == "--update":
            continue
        count, wrong = treat(Path(document), str(Path(program).resolve()), update)
        commands += count
        failures += wrong
    for failure in failures:
        print(("rewritten: " if update else "") + failure)
    print(f"docs: {commands} commands, {len(failures)} differ")
    if not commands:
        print("docs: a document without commands shows nothing")
    sys.exit(1 if not commands or (failures and not update) else 0)


main()
