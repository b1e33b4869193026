"""No source file is over 500 lines, no line over 100 columns, and files are 150 lines long at the
median at most."""

import statistics

import house

MOST_LINES = 500
MOST_COLUMNS = 100
MEDIAN_LINES = 150


def main():
    root, _ = house.arguments()
    breaches, lengths = [], []
    for path in house.files(root):
        if not house.is_source(path):
            continue
        lines = house.text(root, path).splitlines()
        lengths.append(len(lines))
        if len(lines) > MOST_LINES:
            breaches.append(f"{path}: {len(lines)} lines, {MOST_LINES} at most")
        for number, line in enumerate(lines, 1):
            if len(line) > MOST_COLUMNS:
                breaches.append(f"{path}:{number}: {len(line)} columns, {MOST_COLUMNS} at most")
    if lengths and statistics.median(lengths) > MEDIAN_LINES:
        breaches.append(f"median of {statistics.median(lengths)} lines, {MEDIAN_LINES} at most")
    house.report("size", breaches, len(lengths))


main()
