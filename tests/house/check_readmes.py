"""Every folder that holds code or documents has a README.md that says what it is for and what it
must not depend on."""

import house

FOLDERS = ["base", "einsum", "arch", "mappings", "explore", "cli", "tests", "docs", "script",
           "workloads", "bench", "sim", "rtl", "gpu_ref"]


def main():
    root, _ = house.arguments()
    breaches, seen = [], 0
    for folder in FOLDERS:
        if not (root / folder).is_dir():
            continue
        seen += 1
        readme = root / folder / "README.md"
        if not readme.is_file():
            breaches.append(f"{folder}: no README.md")
    for folder in sorted(p.name for p in root.iterdir() if p.is_dir()):
        if not folder.startswith(".") and folder not in FOLDERS + ["build", "cmake"]:
            breaches.append(f"{folder}: a folder that the house does not know")
    house.report("readmes", breaches, seen)


main()
