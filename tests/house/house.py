"""What the checks of this folder share: the project's files and how a check reports."""

import os
import sys
from pathlib import Path

SOURCE = {".cpp", ".hpp", ".cu", ".cuh", ".sv", ".svh", ".py", ".cmake"}
SKIPPED_FOLDERS = {"build", "__pycache__"}


def files(root):
    """Every file of the project below root as a path relative to it, sorted; build trees and dot
    folders (but .ci) left out."""
    found = []
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [
            s for s in subfolders
            if s not in SKIPPED_FOLDERS and (not s.startswith(".") or s == ".ci")
        ]
        found += [Path(folder, name).relative_to(root) for name in names]
    return sorted(found)


def is_source(path):
    """Code of any language, scripts included."""
    return (path.suffix in SOURCE or path.name == "CMakeLists.txt"
            or (path.parts[0] in {".ci", "script"} and path.suffix != ".md"))


def text(root, path):
    return (Path(root) / path).read_text(encoding="utf-8", errors="replace")


def arguments():
    """The two arguments every check gets: the source folder and the build folder."""
    return Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()


def report(name, breaches, seen):
    """Prints the breaches and ends the program; a check that saw nothing has checked nothing."""
    for breach in breaches:
        print(breach)
    if not seen:
        print(f"{name}: found nothing to check")
        sys.exit(1)
    print(f"{name}: {len(breaches)} breaches in {seen} files")
    sys.exit(1 if breaches else 0)
