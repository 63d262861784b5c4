#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the analyzers found against what docs/analysis.md explains. A row of the page names file, check and a piece of
the line, which moves less than its number:  | `tools/x.c` | `-Wanalyzer-malloc-leak` | `x = y;` | why |
Prints every finding that no row explains, every row that explains nothing, and a sum; exit 1 when a finding is left.
usage: explain_findings.py PAGE LOG…"""

import os
import re
import subprocess
import sys

FINDING = re.compile(r"^(\S+?):(\d+):\d+: (?:warning|error): (.*?) \[([^\[\]]+)\]$", re.M)
ROW = re.compile(r"^\| `([^`|]+)` \| `([^`|]+)` \| `([^`]+)` \| (.+) \|$", re.M)
VERSION = re.compile(r"^Versions: gcc (\d+), clang-tidy (\d+)\.$", re.M)


def source_line(path, number):
    with open(path, encoding="utf-8", errors="replace") as stream:
        for at, line in enumerate(stream, 1):
            if at == number:
                return line.strip()
    return ""


def findings_in(log):
    """{(file, line, check): sentence}; a header's finding comes from every file that includes it."""
    found = {}
    with open(log, encoding="utf-8", errors="replace") as stream:
        for path, line, sentence, check in FINDING.findall(stream.read()):
            # Ninja compiles in the build folder, whose depth below the checkout is in the path.
            path = os.path.relpath(os.path.realpath(path if os.path.exists(path) else re.sub(r"^(\.\./)+", "", path)))
            found[path, int(line), check.split(",")[0]] = sentence
    return found


def major(program):
    text = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = re.findall(r"(\d+)\.\d+\.\d+", text)
    return numbers[-1 if program == "gcc" else 0] if numbers else "?"


def main():
    with open(sys.argv[1], encoding="utf-8") as stream:
        page = stream.read()
    rows = ROW.findall(page)
    used, left, n_found = set(), [], 0
    for log in sys.argv[2:]:
        for (path, line, check), sentence in sorted(findings_in(log).items()):
            n_found += 1
            text = source_line(path, line)
            row = next((row for row in rows if row[:2] == (path, check) and row[2] in text), None)
            if row:
                used.add(row)
            else:
                left.append(f"{path}:{line}: {sentence} [{check}]\n    {text}")
    print("\n".join(left))
    for row in rows:
        if row not in used:
            print(f"explains nothing any more: {row[0]} {row[1]} `{row[2]}`")
    print(f"{n_found} findings, {n_found - len(left)} explained, {len(left)} left")
    versions = (major("gcc"), major("clang-tidy"))
    wanted = VERSION.search(page)
    if wanted and wanted.groups() != versions:
        print(f"gcc {versions[0]} and clang-tidy {versions[1]} are not those of {sys.argv[1]}: a report, no verdict")
        return 0
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
