# SPDX-License-Identifier: GPL-3.0-or-later
"""A replay is a function of the recording alone: the same bytes each time, at either pace, through a pipe, apart from
`boot`. Objects come at their stated rates. Needs no reference data."""

import re
import subprocess
import time

import numpy as np

from replay_kit import BIN, PATIENCE_S, RATE_HZ, ReplayTest, figure, main, run

SHORT_S = 4
LONG_S = 30
BOOT = re.compile(rb'"boot":"[0-9a-f-]{36}"')


def without_boot(text):
    return BOOT.sub(b'"boot":""', text)


class Determinism(ReplayTest):
    def recording(self, seconds, *options):
        path = self.folder / "sim.xdf"
        run("poise-sim", "--write", path, "--seconds", seconds, "--seed", 11, "--quiet", *options)
        return path

    def emit(self, *arguments, stdin=None):
        return run("poised", *arguments, "--emit", "-", stdin=stdin).stdout

    def test_two_replays_give_the_same_bytes(self):
        path = self.recording(LONG_S)
        first, second = self.emit("--replay", path), self.emit("--replay", path)
        self.assertNotEqual(BOOT.search(first)[0], BOOT.search(second)[0], "every start has its own boot")
        self.assertEqual(len(set(BOOT.findall(first))), 1)
        self.assertTrue(without_boot(first) == without_boot(second), "two replays differ")
        self.assertTrue(without_boot(self.emit("--replay", "-", stdin=path.read_bytes())) == without_boot(first),
                        "a replay through a pipe differs")
        self.assertGreater(len(first.splitlines()), 70 * LONG_S)

    def test_the_pace_changes_nothing(self):
        path = self.recording(SHORT_S)
        fast = self.emit("--replay", path)
        began = time.monotonic()
        real = self.emit("--replay", path, "--pace", "real")
        took = time.monotonic() - began
        self.assertTrue(without_boot(real) == without_boot(fast), "the pace changes the values")
        self.assertGreater(took, SHORT_S - 0.5, "--pace real did not take its time")

    def test_the_same_seed_is_the_same_recording(self):
        first = self.recording(SHORT_S).read_bytes()
        self.assertEqual(self.recording(SHORT_S).read_bytes(), first)
        run("poise-sim", "--write", self.folder / "other.xdf", "--seconds", SHORT_S, "--seed", 12, "--quiet")
        self.assertNotEqual((self.folder / "other.xdf").read_bytes(), first)

    def test_a_recording_cut_short_replays_what_is_whole(self):
        path = self.recording(LONG_S)
        whole = self.emit("--replay", path).splitlines()
        cut = self.folder / "cut.xdf"
        cut.write_bytes(path.read_bytes()[:path.stat().st_size * 2 // 3 + 5])
        done = subprocess.run([BIN / "poised", "--replay", cut, "--emit", "-"], capture_output=True, check=False,
                              timeout=PATIENCE_S)
        self.assertEqual(done.returncode, 0, done.stderr)
        part = done.stdout.splitlines()
        self.assertGreater(len(part), len(whole) // 2)
        same = sum(without_boot(a) == without_boot(b) for a, b in zip(whole, part))
        self.assertGreater(same, len(part) - 120, "the whole part of a cut recording gives other values")

    def test_rates_over_the_recording(self):
        emitted = self.replay(self.recording(LONG_S))
        orientation = emitted.times("orientation")
        span = orientation[-1] - orientation[0]
        self.assertAlmostEqual(span, LONG_S, delta=0.3)
        for stream, rate in RATE_HZ.items():
            measured = len(emitted.streams[stream]) / span
            figure(f"rate_{stream}", measured, "Hz")
            self.assertAlmostEqual(measured, rate, delta=2.5 / span, msg=stream)
        for stream in ("posture", "orientation"):
            steps = np.diff(emitted.times(stream))
            self.assertAlmostEqual(steps.max(), 1 / RATE_HZ[stream], places=6)
            self.assertAlmostEqual(steps.min(), 1 / RATE_HZ[stream], places=6)


if __name__ == "__main__":
    main(programs=("poised", "poise-sim"))
