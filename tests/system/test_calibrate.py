# SPDX-License-Identifier: GPL-3.0-or-later
"""poisectl calibrate against a live daemon and a simulated runner: stand, bows, a stand as tall as can be, and what
does not end well."""

import json
import signal
import subprocess
import time
import unittest

from poise_rig import BIN, PATIENCE_S, RigTest, Schemas, run, subscribe

# Slopes of the body under the simulator's sensors (tools/sim/sensor.c), degrees; on top of them every sensor sits up
# to 3 degrees askew about each axis.
SLOPE_DEG = {"head": 8, "c7": 25, "t12": 9, "sacrum": 14, "sternum": 18, "shoulder_left": 15}
ASKEW_DEG = 6
FEW = tuple(SLOPE_DEG)
STANDER = "version: 1\nphases: [{kind: stand, duration_s: 600}]\n"
BOWER = """\
version: 1
mount: {mount_error_deg: 10}
phases:
  - {kind: stand, duration_s: 20}
  - {kind: bow, duration_s: 600, bow_deg: 45, bow_s: 3, bow_rest_s: 1}
"""
TALL = """\
version: 1
phases:
  - {kind: stand, duration_s: 20}
  - {kind: stand, duration_s: 600, thoracic_flexion_deg: -9, neck_flexion_deg: -5}
"""


def ended_as(outcome):
    return lambda messages: messages[-1][1]["outcome"] == outcome


class Calibrate(RigTest):
    def begin(self, scenario, *, sets=()):
        """A daemon that delivers."""
        self.rig.start_sim("--scenario", self.rig.write("scenario.yaml", scenario))
        self.poised = self.rig.start_poised(sites=FEW, sets=sets)
        subscribe(self.rig.endpoint, PATIENCE_S, ["lab/posture"], lambda messages: True)

    def calibrate(self, *arguments):
        return run("poisectl", "--runtime-dir", self.rig.runtime, "calibrate", *arguments)

    def calibration(self, enough, seconds=PATIENCE_S):
        messages = subscribe(self.rig.endpoint, seconds, ["lab/calibration"], enough)
        self.assertTrue(messages and enough(messages), f"never so: {messages[-1:]}")
        return messages[-1][1]

    def check_done(self, done, method):
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout[-3000:])
        items, schemas = [json.loads(line) for line in done.stdout.splitlines()], Schemas()
        for item in items:
            schemas.check(item)
        self.assertEqual({(item["method"], item["commands"]) for item in items}, {(method, items[0]["commands"])})
        self.assertEqual([item["outcome"] for item in items], ["running"] * (len(items) - 1) + ["done"])
        self.assertTrue(items[-1]["calibrated"])
        return items

    def test_a_stand(self):
        self.begin(STANDER)
        for commands in (1, 2):
            items = self.check_done(self.calibrate("--stand", "--json"), "stand")
            self.assertEqual(items[-1]["commands"], commands)
            self.assertEqual(sorted(items[-1]["sites"]), sorted(FEW))
            for site, fit in items[-1]["sites"].items():
                with self.subTest(site=site):
                    self.assertEqual(fit["axis"], "mount")
                    self.assertAlmostEqual(fit["tilt_deg"], SLOPE_DEG[site], delta=ASKEW_DEG)
                    self.assertLess(fit["sway_deg"], 2)
        progress = [item["progress"] for item in items if item["step"] == "stand"]
        self.assertGreater(len(progress), 3)
        self.assertEqual(progress, sorted(progress))

    def test_bows_find_forward(self):
        self.begin(BOWER)
        items = self.check_done(self.calibrate("--json", "--seconds", "120"), "bows")
        steps = list(dict.fromkeys(item["step"] for item in items if item["step"]))
        self.assertEqual(steps, ["stand", "bows"])
        bows = [item["bows"] for item in items if item["step"] == "bows"]
        self.assertEqual(bows, sorted(bows))
        for site in ("head", "c7", "t12", "sacrum", "sternum"):
            with self.subTest(site=site):
                fit = items[-1]["sites"][site]
                self.assertEqual(fit["axis"], "bows")
                self.assertAlmostEqual(fit["tilt_deg"], SLOPE_DEG[site], delta=ASKEW_DEG + 10)
                self.assertLess(abs(fit["axis_turn_deg"]), 20)
                self.assertGreater(fit["axis_share"], 0.6)

    def test_tall_reads_against_the_habit(self):
        self.begin(TALL)
        self.check_done(self.calibrate("--stand", "--json"), "stand")
        time.sleep(22)  # the runner stretches
        last = self.check_done(self.calibrate("--tall", "--json"), "tall")[-1]
        self.assertAlmostEqual(last["tall"]["thoracic_flexion_deg"], -9, delta=1.5)
        self.assertAlmostEqual(last["tall"]["neck_flexion_deg"], -5, delta=1.5)
        self.assertAlmostEqual(last["tall"]["lumbar_flexion_deg"], 0, delta=1.5)
        posture = subscribe(self.rig.endpoint, PATIENCE_S, ["lab/posture"], lambda messages: True)[-1][1]
        self.assertLess(posture["mean"]["thoracic_flexion_deg"], -5)  # the neutral pose stays the habit's

    def test_without_ipc(self):
        self.begin(STANDER, sets=["publish.ipc=false"])
        self.check_done(self.calibrate("--stand", "--json"), "stand")

    def test_an_interrupt_cancels(self):
        self.begin(STANDER)
        before = self.check_done(self.calibrate("--stand", "--json"), "stand")[-1]
        process = subprocess.Popen([BIN / "poisectl", "--runtime-dir", self.rig.runtime, "calibrate", "--gait"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.assertRegex(process.stdout.readline(), "^stand ")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_S), 130)
        self.assertIn("cancelled", process.stderr.read())
        after = self.calibration(ended_as("cancelled"))
        self.assertTrue(after["calibrated"])
        self.assertEqual(after["taken"], before["taken"])
        self.assertEqual(after["sites"], before["sites"])

    def test_what_takes_too_long_is_given_up(self):
        self.begin(STANDER)
        begin = time.monotonic()
        done = self.calibrate("--gait", "--seconds", "2")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("not finished within 2 s", done.stderr)
        self.assertGreater(time.monotonic() - begin, 2)
        self.assertLess(time.monotonic() - begin, 30)
        self.calibration(ended_as("cancelled"))

    def test_without_sensors_it_says_what_it_waits_for(self):
        self.rig.sim_address = "127.0.0.1:1"
        self.rig.start_poised(sites=FEW)
        done = self.calibrate("--stand", "--seconds", "4")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no sensor delivers", done.stdout)
        self.assertIn("not finished within 4 s", done.stderr)


if __name__ == "__main__":
    unittest.main()
