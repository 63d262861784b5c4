# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulator says it left out is what poised says it missed, sample for sample: in a recording and live."""

import json
import unittest

from poise_rig import RigTest, check_balance, read_lines, run, subscribe

LISTEN_S = 12
EDGE = 3  # what is left out before the first or after the last sample shows nowhere
SINCE_STATUS = 60  # at 2 % of 1 kHz, what is lost between the last status and the end
STAND = "version: 1\nsites: [c7, t12]\nphases: [{kind: stand, duration_s: 30}]\n"
FAULTS = ("--fault", "drop:c7@1+600=2", "--fault", "gap:t12@5+0.75")


def last_status(path):
    return [line for line in read_lines(path) if line["stream"] == "status"][-1]


def left_out(path):
    """The simulator's counts by site."""
    events = map(json.loads, path.read_text().splitlines())
    return {line["site"]: line for line in events if line.get("event") == "samples"}


class Faults(RigTest):
    def setUp(self):
        super().setUp()
        self.scenario = self.rig.write("stand.yaml", STAND)
        self.truth, self.emitted = self.rig.folder / "truth.jsonl", self.rig.folder / "run.jsonl"

    def test_of_a_recording(self):
        recording = self.rig.folder / "run.xdf"
        done = run("poise-sim", "--scenario", self.scenario, "--write", recording, "--truth", self.truth, *FAULTS)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = run("poised", "--replay", recording, "--emit", self.emitted)
        self.assertEqual(done.returncode, 0, done.stderr)
        status, told = last_status(self.emitted), left_out(self.truth)
        check_balance(self, status["counters"])
        self.assertEqual(status["counters"]["samples_in"], sum(line["delivered"] for line in told.values()))
        self.assertAlmostEqual(told["c7"]["dropped"], 580, delta=100)
        self.assertAlmostEqual(told["t12"]["in_gaps"], 750, delta=9)
        self.assertAlmostEqual(status["sites"]["c7"]["missed"], told["c7"]["dropped"], delta=EDGE)
        self.assertAlmostEqual(status["sites"]["t12"]["missed"], told["t12"]["in_gaps"], delta=EDGE)
        self.assertEqual(status["sites"]["t12"]["gaps"], 1)

    def test_over_the_network(self):
        sim = self.rig.start_sim("--scenario", self.scenario, "--truth", self.truth, *FAULTS)
        poised = self.rig.start_poised("--emit", self.emitted, sites=("c7", "t12"))
        subscribe(self.rig.endpoint, LISTEN_S, ["lab/status"])
        self.assertEqual(poised.stop(), 0, poised.log)
        self.assertEqual(sim.stop(), 0, sim.log)
        status, told = last_status(self.emitted), left_out(self.truth)
        check_balance(self, status["counters"])
        missed = {site: status["sites"][site]["missed"] for site in told}
        lost = {site: line["dropped"] + line["in_gaps"] + line["overrun"] for site, line in told.items()}
        self.assertGreater(told["c7"]["dropped"], 100)
        self.assertLessEqual(missed["c7"], lost["c7"] + EDGE)
        self.assertGreaterEqual(missed["c7"], lost["c7"] - SINCE_STATUS)
        self.assertAlmostEqual(missed["t12"], lost["t12"], delta=EDGE)


if __name__ == "__main__":
    unittest.main(verbosity=2)
