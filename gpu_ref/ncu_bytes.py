"""Bytes that ncu counted beside those that the cascade and the tiling ask for.

    ncu_bytes.py NCU.csv RECORD.jsonl

The record is that of the run under ncu, in which every point launches its kernels 5 times (script/
measure says how); the last of them is what is printed: DRAM bytes read and written, as counted and
as asked for, their ratio, and bytes between L2 and the SMs.
"""

import csv
import json
import sys

LAUNCHES = 5


def rows_of(path):
    """One dictionary of metrics for each profiled launch, in order."""
    with open(path, encoding="utf-8") as file:
        lines = [line for line in file if line.startswith('"')]
    launches = {}
    for row in csv.DictReader(lines):
        metrics = launches.setdefault(int(row["ID"]), {})
        metrics[row["Metric Name"]] = float(row["Metric Value"].replace(",", ""))
    return [launches[number] for number in sorted(launches)]


def points_of(path):
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    runs = [line["run"] for line in lines if line["record"] == "run"]
    return [line for line in lines if line["record"] == "measurement" and line["run"] == runs[-1]]


def main():
    launches, at = rows_of(sys.argv[1]), 0
    print(f"{'kernel':16}{'batch':>6}{'kv_len':>8}{'DRAM B':>15}{'asked for':>15}{'ratio':>8}"
          f"{'L2 B':>15}{'asked for':>15}")
    for point in points_of(sys.argv[2]):
        each = len(point["launches"])
        mine = launches[at + (LAUNCHES - 1) * each:at + LAUNCHES * each]
        at += LAUNCHES * each
        dram = sum(m["dram__bytes_read.sum"] + m["dram__bytes_write.sum"] for m in mine)
        l2 = sum(m["lts__t_bytes.sum"] for m in mine)
        what = point["point"]
        print(f"{what['kernel']:16}{what['batch']:6}{what['kv_len']:8}{dram:15.0f}"
              f"{point['dram_bytes']:15.0f}{dram / point['dram_bytes']:8.3f}{l2:15.0f}"
              f"{point['sm_bytes']:15.0f}")
    if at != len(launches):
        sys.exit(f"{len(launches)} launches were profiled, the points have {at}")


main()
