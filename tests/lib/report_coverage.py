#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sums gcovr's JSON up by room: lines, lines that were run, share. Prints the total last; exit 1 below the share asked
for. usage: report_coverage.py LINES.json --at-least PERCENT [--missing]"""

import argparse
import json
import os
import sys
from collections import defaultdict
from pathlib import PurePath


def room_of(name):
    parts = PurePath(name).parts
    return parts[1] if len(parts) > 2 else "(the daemon)"


def counts_by_file(path):
    """{file: {line: how often}}. A header is reached through the links of its room's door; the file is what counts."""
    counts = defaultdict(lambda: defaultdict(int))
    with open(path, encoding="utf-8") as stream:
        files = json.load(stream)["files"]
    for entry in files:
        name = os.path.relpath(os.path.realpath(entry.get("file") or entry.get("filename")))
        for line in entry["lines"]:
            if not line.get("gcovr/noncode"):
                counts[name][line["line_number"]] += line["count"]
    return counts


def ranges(numbers):
    """[3, 4, 5, 9] as "3-5 9"."""
    spans = []
    for number in sorted(numbers):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


def share(run, lines):
    return 100.0 * run / lines if lines else 100.0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("lines")
    parser.add_argument("--at-least", type=float, default=90)
    parser.add_argument("--missing", action="store_true")
    options = parser.parse_args()
    rooms = defaultdict(lambda: [0, 0])
    for name, counts in sorted(counts_by_file(options.lines).items()):
        unrun = [line for line, count in counts.items() if count == 0]
        rooms[room_of(name)][0] += len(counts)
        rooms[room_of(name)][1] += len(counts) - len(unrun)
        if options.missing and unrun:
            print(f"{name}: {ranges(unrun)}")
    n_lines = sum(lines for lines, _ in rooms.values())
    n_run = sum(run for _, run in rooms.values())
    print(f"{'room':<14} {'lines':>6} {'run':>6} {'share':>7}")
    for room, (lines, run) in sorted(rooms.items()):
        print(f"{room:<14} {lines:>6} {run:>6} {share(run, lines):>6.1f} %")
    print(f"{'daemon/':<14} {n_lines:>6} {n_run:>6} {share(n_run, n_lines):>6.1f} %")
    if not n_lines or share(n_run, n_lines) < options.at_least:
        print(f"coverage: below {options.at_least:g} %", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
