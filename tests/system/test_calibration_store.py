# SPDX-License-Identifier: GPL-3.0-or-later
"""A calibration outlives restart and reload: kept in the state directory, first in the log, the same in a replay."""

import json
import math
import os
import signal
import stat
import unittest
from unittest import mock

from poise_rig import PATIENCE_S, RigTest, check_replay, foreign_xdf, read_lines, run, subscribe

FEW = ["sacrum", "c7"]
STANDING = "version: 1\nseed: 3\nphases: [{name: stand, kind: stand, duration_s: 3600}]\n"
IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1]


def fit(pitch_deg):
    """A sensor that leans forward by pitch_deg in the neutral pose."""
    half = math.radians(pitch_deg) / 2
    return {"q_sensor_from_segment": [math.cos(half), 0, -math.sin(half), 0], "mount": IDENTITY, "axis": "mount",
            "tilt_deg": abs(pitch_deg), "sway_deg": 0.1, "axis_turn_deg": 0, "axis_share": None,
            "tall_pitch_deg": None, "tall_roll_deg": None}


def by_hand(subject, sites):
    return {"version": 1, "subject": subject, "rig": "lab", "program": "by hand", "taken": "2026-11-20T10:00:00Z",
            "tall_taken": None, "sites": sites}


def of_stream(lines, stream):
    return [line for line in lines if line["stream"] == stream]


class Kept(RigTest):
    def setUp(self):
        super().setUp()
        self.config = self.rig.write("poised.yaml", "version: 1\nrig: lab\nsubject: {id: s01}\n")

    def kept(self, subject="s01"):
        return self.rig.state / "calibration" / f"{subject}@lab.json"

    def keep(self, content, subject="s01"):
        self.kept(subject).parent.mkdir(exist_ok=True)
        self.kept(subject).write_text(content if isinstance(content, str) else json.dumps(content))


class Live(Kept):
    def start(self, *arguments, name="poised", calibration="stored"):
        return self.rig.start_poised(*arguments, sites=FEW, config=self.config, name=name,
                                     sets=[f"segment.calibration={calibration}"])

    def stand(self):
        """A runner who stands, and a first run in which that was noticed and kept."""
        self.rig.start_sim("--scenario", self.rig.write("standing.yaml", STANDING))
        poised = self.start(calibration="auto")
        said = poised.wait_for(r"calibration of subject (\S+) kept in (\S+)")
        self.assertEqual((said[1], said[2]), ("s01", str(self.kept())))
        self.assertEqual(poised.stop(), 0, poised.log)
        return poised

    def posture(self, enough):
        return [m for _, m in subscribe(self.rig.endpoint, PATIENCE_S, ["lab/posture"], lambda m: len(m) >= enough)]

    def test_the_next_run_begins_with_it_and_replays(self):
        self.stand()
        kept = json.loads(self.kept().read_text())
        self.assertEqual((kept["version"], kept["subject"], kept["rig"]), (1, "s01", "lab"))
        self.assertEqual(sorted(kept["sites"]), sorted(FEW))
        self.assertRegex(kept["taken"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")
        self.assertEqual(stat.S_IMODE(self.kept().stat().st_mode) & ~0o640, 0)
        for site in FEW:
            self.assertAlmostEqual(sum(x * x for x in kept["sites"][site]["q_sensor_from_segment"]), 1, 9)
        before = self.kept().read_bytes()

        emitted, recording = self.rig.folder / "out.jsonl", self.rig.folder / "out.xdf"
        poised = self.start("--emit", emitted, "--record", recording, name="second")
        self.posture(40)
        said = len(poised.log)
        poised.popen.send_signal(signal.SIGHUP)
        poised.wait_for("in force", said)
        self.posture(40)
        self.assertEqual(poised.stop(), 0, poised.log)
        self.assertNotIn("no stored calibration", poised.log)
        lines = read_lines(emitted)
        posture = of_stream(lines, "posture")
        self.assertEqual({line["calibrated"] for line in posture}, {True})
        self.assertLess(max(abs(line["trunk_lean_deg"]) for line in posture if line["trunk_lean_deg"] is not None), 5)
        self.assertEqual(self.kept().read_bytes(), before)
        self.assertNotIn("kept in", poised.log)  # the stored one is no new one
        check_replay(self, recording, lines, 80)
        # The calibration came out of the recording, not out of what was found on the way.
        self.kept().unlink()
        check_replay(self, recording, lines, 80)
        self.assertFalse(self.kept().exists())

    def test_a_reload_keeps_what_was_in_force(self):
        self.rig.start_sim("--scenario", self.rig.write("standing.yaml", STANDING))
        emitted, recording = self.rig.folder / "out.jsonl", self.rig.folder / "out.xdf"
        poised = self.start("--emit", emitted, "--record", recording, calibration="auto")
        poised.wait_for("kept in")
        self.posture(5)
        for subject, calibrated in (("s01", {True}), ("s02", {False})):
            said = len(poised.log)
            self.rig.write("poised.yaml", f"version: 1\nrig: lab\nsubject: {{id: {subject}, leg_length_m: 0.8}}\n")
            poised.popen.send_signal(signal.SIGHUP)
            poised.wait_for("in force", said)
            with self.subTest(subject=subject):
                self.assertEqual({line["calibrated"] for line in self.posture(10)}, calibrated)
        poised.wait_for("subject s02 kept in")
        self.assertTrue(self.kept("s01").exists() and self.kept("s02").exists())
        self.assertEqual(poised.stop(), 0, poised.log)
        check_replay(self, recording, read_lines(emitted), 80)

    def test_without_a_file_it_says_so_and_takes_the_stand(self):
        self.rig.start_sim("--scenario", self.rig.write("standing.yaml", STANDING))
        poised = self.start()
        said = poised.wait_for(r"warning.*no stored calibration: (\S+): .*first quiet stand")
        self.assertEqual(said[1], str(self.kept()))
        poised.wait_for("kept in")
        self.assertEqual(poised.stop(), 0, poised.log)

    def test_systemd_names_the_state_directory(self):
        self.rig.start_sim("--scenario", self.rig.write("standing.yaml", STANDING))
        options = self.rig.poised_options(FEW, ["segment.calibration=stored"])
        at = options.index("--state-dir")
        with mock.patch.dict(os.environ, {"STATE_DIRECTORY": f"{self.rig.state}:/elsewhere"}):
            poised = self.rig.start("poised", "-c", self.config, *options[:at], *options[at + 2:])
        self.assertEqual(poised.wait_for(r"no stored calibration: (\S+): ")[1], str(self.kept()))
        poised.wait_for("kept in")
        self.assertEqual(poised.stop(), 0, poised.log)

    def test_a_garbled_file_is_refused_and_the_daemon_runs(self):
        self.rig.start_sim("--scenario", self.rig.write("standing.yaml", STANDING))
        wrong = by_hand("s01", {"c7": fit(3)})
        wrong["sites"]["c7"]["tilt_deg"] = 400
        for number, (content, words) in enumerate((
                ("{\"version\": 1,\n \"sites\": oops", ["line 2"]),
                (wrong, ["'sites.c7.tilt_deg'", "400", "0 … 180"]),
                (by_hand("s07", {"c7": fit(3)}), ["subject s07"]))):
            with self.subTest(words=words):
                self.keep(content)
                poised = self.start(name=f"poised{number}", calibration="stored")
                self.assertTrue(self.posture(10))
                line = next(line for line in poised.log.splitlines() if "stored calibration" in line)
                self.assertIn("error", line)
                for word in (str(self.kept()), *words):
                    self.assertIn(word, line)
                self.assertEqual(poised.stop(), 0, poised.log)

    def test_a_folder_that_cannot_be_written_is_one_warning(self):
        self.rig.start_sim("--scenario", self.rig.write("standing.yaml", STANDING))
        if os.geteuid() == 0: # root writes anywhere but into what is no folder
            (self.rig.state / "calibration").write_text("in the way")
        else:
            self.rig.state.chmod(0o500)
        poised = self.start(calibration="auto")
        poised.wait_for("warning.*the calibration is not kept")
        said = len(poised.log)
        self.rig.write("poised.yaml", "version: 1\nrig: lab\nsubject: {id: s02}\n") # who has to stand anew
        poised.popen.send_signal(signal.SIGHUP)
        poised.wait_for("in force", said)
        calibrated = [m["calibrated"] for _, m in subscribe(self.rig.endpoint, PATIENCE_S, ["lab/posture"],
                                                            lambda m: m[-1][1]["calibrated"])]
        self.assertEqual(calibrated[-1], True)
        self.posture(20)
        self.assertNotIn("not kept", poised.log[said:])
        self.assertEqual(poised.stop(), 0, poised.log)
        self.rig.state.chmod(0o700)


class Replay(Kept):
    """A foreign recording of somebody who leans and never stands still."""

    LEAN_DEG = 10

    def recording(self, still=False):
        lean = math.radians(self.LEAN_DEG)
        up = [-9.81 * math.sin(lean), 0, 9.81 * math.cos(lean)]
        # 1.5 m/s² of shaking is no quiet stand; its mean is the lean's gravity.
        shake = [0.0 if still else (-1.5 if i % 2 else 1.5) for i in range(8000)]
        samples = [[up[0] + s, 0, up[2], 0, 0, 0] for s in shake]
        labels = ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"]
        streams = [(site, "IMU", labels, "", 1000, samples) for site in FEW]
        return self.rig.write("foreign.xdf", foreign_xdf(streams))

    def replay(self, recording, *sets, state=True):
        emitted = self.rig.folder / "foreign.jsonl"
        options = ["--state-dir", self.rig.state] if state else []
        for assignment in ("rig=lab", "subject.id=s01", *sets):
            options += ["--set", assignment]
        done = run("poised", "--replay", recording, "--emit", emitted, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        posture = of_stream(read_lines(emitted), "posture")
        lean = [line["trunk_lean_deg"] for line in posture if line["trunk_lean_deg"] is not None]
        return done.stderr, {line["calibrated"] for line in posture}, lean[-1]

    def test_state_is_only_used_when_asked_for(self):
        recording = self.recording()
        self.keep(by_hand("s01", {site: fit(self.LEAN_DEG) for site in FEW}))
        before = self.kept().read_bytes()
        for sets, state, calibrated, lean in (((), True, {False}, self.LEAN_DEG),
                                              (("segment.calibration=stored",), False, {False}, self.LEAN_DEG),
                                              (("segment.calibration=stored",), True, {True}, 0)):
            with self.subTest(sets=sets, state=state):
                said, was, leaned = self.replay(recording, *sets, state=state)
                self.assertEqual(was, calibrated)
                self.assertAlmostEqual(leaned, lean, delta=1.5)
                self.assertNotIn("stored calibration", said)
                self.assertEqual(self.kept().read_bytes(), before)

    def test_a_stand_in_a_recording_is_kept_when_asked_for(self):
        recording = self.recording(still=True)
        self.replay(recording, state=False)
        self.assertFalse(self.kept().exists())
        self.replay(recording, "segment.calibration=off")
        self.assertFalse(self.kept().exists())
        said, _, _ = self.replay(recording)
        self.assertIn("kept in", said)
        kept = json.loads(self.kept().read_text())
        for site in FEW:
            self.assertAlmostEqual(kept["sites"][site]["tilt_deg"], self.LEAN_DEG, delta=0.5)
        said, calibrated, _ = self.replay(recording, "segment.calibration=stored")
        self.assertEqual(calibrated, {True})


if __name__ == "__main__":
    unittest.main()
