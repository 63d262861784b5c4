# SPDX-License-Identifier: GPL-3.0-or-later
"""Split chips: accelerometer and gyro as two IIO devices with one label. The simulator shows them so; poised finds both
halves by label or by name, takes them for one site on one clock, and reads the angles that a whole chip gives."""

import re
import unittest

import numpy as np

from poise_rig import RigTest, check_balance, check_replay, read_lines, run, subscribe

SITES = ("c7", "t12", "sternum")
LISTEN_S = 17
WALKER = """\
version: 1
sites: [c7, t12, sternum]
split: {split}
phases:
  - {{kind: stand, duration_s: 10}}
  - {{kind: walk, duration_s: 30, thoracic_flexion_deg: 9}}
"""


class Split(RigTest):
    def scenario(self, split):
        return self.rig.write("walker.yaml", WALKER.format(split=split))

    def live(self, split, sets=()):
        """A run of LISTEN_S: the emitted lines, the recording, the log."""
        self.rig.start_sim("--scenario", self.scenario(split))
        emitted, recording = self.rig.folder / "live.jsonl", self.rig.folder / "live.xdf"
        poised = self.rig.start_poised("--emit", emitted, "--record", recording, sites=SITES, sets=sets)
        subscribe(self.rig.endpoint, LISTEN_S, ["lab/status"])
        self.assertEqual(poised.stop(), 0, poised.log)
        return read_lines(emitted), recording, poised.log

    def check_acquired(self, lines, n_devices):
        status = [line for line in lines if line["stream"] == "status"][-1]
        self.assertEqual(sorted(status["sites"]), sorted(SITES))
        for name, site in status["sites"].items():
            with self.subTest(site=name):
                self.assertEqual(site["state"], "running", site)
                self.assertAlmostEqual(site["rate_hz"], 1000, delta=15)
                self.assertLess(site["jitter_us"], 100)
        check_balance(self, status["counters"])
        self.assertGreater(status["counters"]["samples_used"], n_devices * 1000 * (LISTEN_S - 4))
        posture = [line for line in lines if line["stream"] == "posture"][-1]
        self.assertTrue(posture["calibrated"])
        self.assertIsNotNone(posture["thoracic_flexion_deg"])

    def test_both_halves_are_found_by_the_label(self):
        lines, recording, log = self.live("[c7, sternum]")
        for site in ("c7", "sternum"):
            for half in ("accel", "gyro"):
                self.assertRegex(log, f"site {site}: running: lsm6dso_{half} ")
        self.assertRegex(log, "site t12: running: bmi160 ")
        self.check_acquired(lines, 5)
        check_replay(self, recording, lines, 70 * (LISTEN_S - 4))
        chips = re.findall(rb"<chip>([^<]*)</chip>", recording.read_bytes())
        self.assertEqual(len(chips), 5)
        self.assertEqual(len(set(chips)), 3, chips)

    def test_both_halves_are_found_by_their_names(self):
        lines, _, log = self.live("[c7]", sets=("sites.c7.accel.name=lsm6dso_accel", "sites.c7.gyro.name=lsm6dso_gyro"))
        self.assertRegex(log, "site c7: running: lsm6dso_accel ")
        self.assertRegex(log, "site c7: running: lsm6dso_gyro ")
        self.check_acquired(lines, 4)

    def test_a_split_harness_reads_as_a_whole_one(self):
        angles = {}
        for split in ("false", "true"):
            recording, emitted = self.rig.folder / "run.xdf", self.rig.folder / "run.jsonl"
            done = run("poise-sim", "--scenario", self.scenario(split), "--write", recording)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(len(re.findall(rb"<chip>", recording.read_bytes())), 6 if split == "true" else 3)
            done = run("poised", "--replay", recording, "--emit", emitted)
            self.assertEqual(done.returncode, 0, done.stderr)
            lines = read_lines(emitted)
            status = [line for line in lines if line["stream"] == "status"][-1]
            check_balance(self, status["counters"])
            self.assertEqual([site["missed"] for site in status["sites"].values()], [0, 0, 0])
            angles[split] = {line["t_s"]: line["thoracic_flexion_deg"] for line in lines
                             if line["stream"] == "posture" and line["calibrated"]}
        common = sorted(angles["false"].keys() & angles["true"].keys())
        self.assertGreater(len(common), 20 * 25)
        difference = np.array([angles["true"][t] - angles["false"][t] for t in common])
        self.assertLess(np.sqrt(np.mean(difference ** 2)), 0.3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
