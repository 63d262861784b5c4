# SPDX-License-Identifier: GPL-3.0-or-later
"""A run in which one sensor after the other, or all, fail in some way, against the same run without: how soon `status`
says it, that no angle is wild meanwhile, that nothing warns, and how soon everything is again what it is without."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

BIN = Path(os.environ["POISE_BIN_DIR"])
SITES = "[head, c7, t12, sacrum, sternum, shoulder_left]"
EVERY_S, FIRST_S = 18, 35
TOLD_S, GOOD_S = 1.5, 7.0  # what is asked for is 10 s until it is good
# What an angle may be off by at any time beside a fault, and what counts as good again.
WILD_DEG, TOLERANCE_DEG, TOLERANCE_SPM = 6, 1.5, 1.0
FAULTS = (("gap:c7", 1), ("unplug:t12", 3), ("freeze:c7", 2), ("freeze:sacrum", 5), ("saturate:t12", 0.5),
          ("saturate:sacrum", 0.05), ("burst:sacrum", 0.3), ("step:c7", 3, -40), ("drop:all", 5, 2), ("eio:sacrum", 2),
          ("reset:all", 2), ("hang:all", 6), ("gap:all", 0.3), ("freeze:all", 2))
ANGLES = ("trunk_lean_deg", "thoracic_flexion_deg", "lumbar_flexion_deg", "pelvic_tilt_deg", "neck_flexion_deg",
          "lateral_bend_deg", "shoulder_elevation_left_deg")
# A recording has a hundred lines a second, and most say nothing here.
WANTED = re.compile(r'"stream":"(posture|cadence|status|finding)"')


def figure(name, value, unit):
    print(f"figure {name} {value:.2f} {unit}", flush=True)


class Emitted:
    def __init__(self, path):
        self.streams = {"posture": [], "cadence": [], "status": [], "finding": []}
        for line in path.read_text().splitlines():
            found = WANTED.search(line)
            if found:
                self.streams[found[1]].append(json.loads(line))
        self.t = {name: np.array([message["t_s"] for message in messages]) for name, messages in self.streams.items()}
        self.warns = {message["factor"] for message in self.streams["finding"] if message["level"] == "warn"}

    def of(self, stream, key, sub=None):
        values = ((message[sub] if sub else message)[key] for message in self.streams[stream])
        return np.array([np.nan if value is None else value for value in values], dtype=float)


def check_sums(case, emitted):
    """in = used + dropped + invalid + held; published = sequence numbers."""
    for status in emitted.streams["status"]:
        counters = status["counters"]
        parts = sum(counters[f"samples_{part}"] for part in ("used", "dropped", "invalid", "held"))
        case.assertEqual(counters["samples_in"], parts)
    case.assertEqual(counters["samples_held"], 0)
    for stream, messages in emitted.streams.items():
        case.assertEqual([message["seq"] for message in messages], list(range(1, len(messages) + 1)), stream)


class Recovery(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="poise-recovery-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.at = [FIRST_S + EVERY_S * i for i in range(len(FAULTS))]
        cls.scenario = cls.folder / "run.yaml"
        cls.scenario.write_text(f"version: 1\nseed: 7\nsites: {SITES}\nphases:\n  - {{kind: stand, duration_s: 8}}\n"
                                f"  - {{kind: run, duration_s: {cls.at[-1] + EVERY_S - 8}}}\n")
        specs = [f"{what}@{t}+{length}" + "".join(f"={v}" for v in value)
                 for t, (what, length, *value) in zip(cls.at, FAULTS)]
        cls.clean = cls.simulate("clean")
        cls.faulty = cls.simulate("faulty", *(word for spec in specs for word in ("--fault", spec)))

    @classmethod
    def simulate(cls, name, *options):
        """Through a pipe; what a replay says of it."""
        emit = cls.folder / f"{name}.jsonl"
        with subprocess.Popen([BIN / "poise-sim", "--scenario", cls.scenario, "--write", "-", "--quiet", *options],
                              stdout=subprocess.PIPE) as sim:
            subprocess.run([BIN / "poised", "--replay", "-", "--emit", emit], stdin=sim.stdout, check=True,
                           stderr=subprocess.DEVNULL)
        return Emitted(emit)

    def test_the_counters_balance(self):
        check_sums(self, self.clean)
        check_sums(self, self.faulty)

    def test_nothing_warns_that_does_not_without(self):
        self.assertEqual(self.faulty.warns - self.clean.warns, set())

    def test_status_says_it(self):
        for t, (what, *_) in zip(self.at, FAULTS):
            with self.subTest(fault=what):
                told = self.told_after(1000 + t)
                figure(f"recovery_{what.replace(':', '_')}_told", told, "s")
                self.assertLessEqual(told, TOLD_S)

    def told_after(self, start):
        """Until status differs in what it says of the sites or counts."""
        def words(status):
            return [(site["state"], site["gaps"], site["missed"], site["saturated"])
                    for site in status["sites"].values()], status["counters"]["samples_invalid"]

        before = None
        for status in self.faulty.streams["status"]:
            if status["t_s"] <= start:
                before = words(status)
            elif before is not None and words(status) != before:
                return status["t_s"] - start
        return np.inf

    def test_no_angle_is_wild(self):
        t = self.faulty.t["posture"]
        for key in ANGLES:
            reference = np.interp(t, self.clean.t["posture"], self.clean.of("posture", key))
            off = np.abs(self.faulty.of("posture", key) - reference)
            worst = np.nanargmax(off)
            figure(f"recovery_{key}_furthest_off", off[worst], "deg")
            self.assertLess(off[worst], WILD_DEG, f"{key} at {t[worst] - 1000:.2f} s")

    def test_it_is_good_again(self):
        for t, (what, length, *_) in zip(self.at, FAULTS):
            with self.subTest(fault=what):
                good, key = self.good_after(1000 + t, 1000 + t + length)
                figure(f"recovery_{what.replace(':', '_')}_good", good, "s")
                self.assertLessEqual(good, GOOD_S, key)

    def good_after(self, start, end):
        """Until every mean is within its tolerance of the run without, up to the next fault, and what came last."""
        worst = 0, None
        for stream, keys, sub, tolerance in (("posture", ANGLES, "mean", TOLERANCE_DEG),
                                             ("cadence", ("cadence_spm",), None, TOLERANCE_SPM)):
            t = self.faulty.t[stream]
            here = (t > start) & (t < start + EVERY_S)
            for key in keys:
                reference = np.interp(t[here], self.clean.t[stream], self.clean.of(stream, key, sub))
                error = np.abs(self.faulty.of(stream, key, sub)[here] - reference)
                bad = t[here][~(error <= tolerance)]  # null is not good either
                worst = max(worst, (bad[-1] - end if len(bad) else 0, key), key=lambda pair: pair[0])
        return worst


if __name__ == "__main__":
    for program in ("poised", "poise-sim"):
        if not (BIN / program).exists():
            print(f"skipped: {program} is not built")
            sys.exit(77)
    unittest.main(verbosity=1)
