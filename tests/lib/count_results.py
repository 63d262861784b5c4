#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the tests behind ctest's JUnit files: each cmocka function and each unittest method is one, a test program
that says nothing of the kind is one. Prints what failed and was skipped, then "N passed, N failed, N skipped"; exit 1
when any failed or none ran."""

import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

CMOCKA_RAN = re.compile(r"^\[==========\] (?:.*: )?(\d+) test\(s\) run\.", re.M)
CMOCKA_FAILED = re.compile(r"^\[  FAILED  \] (?:.*: )?(\d+) test\(s\), listed below", re.M)
CMOCKA_SKIPPED = re.compile(r"^\[  SKIPPED \] (?:.*: )?(\d+) test\(s\), listed below", re.M)
UNITTEST_RAN = re.compile(r"^Ran (\d+) tests? in", re.M)
UNITTEST_END = re.compile(r"^(?:OK|FAILED)(?: \((.*)\))?$", re.M)


def counts_in(output):
    """(passed, failed, skipped) as the program itself says, or None."""
    if CMOCKA_RAN.search(output):
        ran = sum(map(int, CMOCKA_RAN.findall(output)))
        failed = sum(map(int, CMOCKA_FAILED.findall(output)))
        skipped = sum(map(int, CMOCKA_SKIPPED.findall(output)))
        return ran - failed - skipped, failed, skipped
    if UNITTEST_RAN.search(output):
        ran = sum(map(int, UNITTEST_RAN.findall(output)))
        failed = skipped = 0
        for end in UNITTEST_END.findall(output):
            for name, number in re.findall(r"([a-z ]+)=(\d+)", end):
                if name.strip() in ("failures", "errors", "unexpected successes"):
                    failed += int(number)
                elif name.strip() == "skipped":
                    skipped += int(number)
        return max(ran - failed - skipped, 0), failed, skipped
    return None


def count_file(path, failures, skips):
    total = [0, 0, 0]
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{path.stem}: {case.get('name')}"
        output = case.findtext("system-out") or ""
        status = case.get("status")
        counts = counts_in(output)
        skip = case.find("skipped")
        if status == "run":
            counts = counts or (1, 0, 0)
        elif skip is not None and re.match("SKIP_|Disabled", skip.get("message", "")):
            counts = (0, 0, max(1, sum(counts or ())))
            skips.append(name)
        elif not counts or counts[1] == 0:
            # It failed although its own count says otherwise: a crash, a leak, a time-out, no such program.
            counts = (counts[0] if counts else 0, 1, counts[2] if counts else 0)
        if counts[1]:
            failures.append((name, output))
        total = [a + b for a, b in zip(total, counts)]
    return total


def main():
    folder = Path(sys.argv[1])
    failures, skips = [], []
    passed = failed = skipped = 0
    for path in sorted(folder.glob("*.xml")):
        counts = count_file(path, failures, skips)
        passed, failed, skipped = (a + b for a, b in zip((passed, failed, skipped), counts))
    extra = folder / "extra"
    for line in extra.read_text().splitlines() if extra.exists() else []:
        verdict, _, name = line.partition(" ")
        passed += verdict == "pass"
        failed += verdict == "fail"
        skipped += verdict == "skip"
        if verdict == "fail":
            failures.append((name, ""))
    for name, output in failures:
        print(f"-- failed: {name}")
        for line in output.splitlines()[-40:]:
            print(f"   {line}")
    for name in skips:
        print(f"-- skipped: {name}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
