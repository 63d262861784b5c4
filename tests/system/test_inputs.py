# SPDX-License-Identifier: GPL-3.0-or-later
"""What bad input gets: each case its exit code and a message that says what, where and what is allowed."""

import math
import random
import unittest

from poise_rig import SOURCE, RigTest, foreign_xdf, read_lines, run

DONE, FAILED, USAGE, NO_INPUT, CONFIG = 0, 1, 64, 66, 78


class Configuration(RigTest):
    def check(self, text, *words, options=("--check-config",)):
        path = self.rig.write("bad.yaml", text)
        done = run("poised", "-c", path, *options)
        self.assertEqual(done.returncode, CONFIG, done.stderr)
        for word in (str(path), *words):
            self.assertIn(word, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertLessEqual(len(done.stderr.splitlines()), 2, done.stderr)

    def test_wrong_type(self):
        self.check("version: 1\nacquire:\n  rate_hz: fast\n", ":3:", "'acquire.rate_hz'", "'fast'", "25 … 4000 Hz")
        self.check("version: 1\npublish: {ipc: 1}\n", ":2:", "'publish.ipc'", "true, false")
        self.check("version: 1\nacquire: [1]\n", ":2:", "'acquire'", "mapping")

    def test_trailing_garbage(self):
        self.check("version: 1\nacquire: {rate_hz: 100abc}\n", ":2:", "'acquire.rate_hz'", "'100abc'", "25 … 4000 Hz")
        self.check("version: 1\nacquire: {rate_hz: 100.5}\n", "'100.5'")
        self.check("version: 1\nsubject: {leg_length_m: 0.9m}\n", "'subject.leg_length_m'", "'0.9m'", "0.4 … 1.4 m")

    def test_unknown_key(self):
        self.check("version: 1\nacquire:\n  rate_hz: 100\n  on_mising: exit\n", ":4:", "'acquire.on_mising'", "'exit'",
                   "did you mean 'on_missing'?")
        self.check("version: 1\nsites:\n  elbow: {uri: \"local:\"}\n", ":3:", "'sites.elbow'", "sacrum")

    def test_site_twice(self):
        self.check("version: 1\nsites:\n  c7: {uri: \"local:\"}\n  t12: {uri: \"local:\"}\n  c7: {uri: \"local:\"}\n",
                   ":5:", "'sites.c7'", "twice", "line 3")

    def test_out_of_range_two_documents_and_nothing(self):
        self.check("version: 1\nacquire: {rate_hz: 0}\n", "'0' is out of range", "25 … 4000 Hz")
        self.check("version: 1\n---\nversion: 1\n", ":2:", "second document")
        self.check("", "'version'", "missing")
        self.check("version: 1\nrig: [\n", "not YAML")

    def test_values_that_only_fail_together(self):
        for text, words in (("rig: \"a/b\"", ["'rig'", "'a/b'", "letters"]),
                            ("subject: {id: \"../s 01\"}", ["'subject.id'", "'../s 01'", "letters"]),
                            ("sites: {c7: {label: c7}}", ["'sites.c7.uri'"])):
            done = run("poised", "--check-config", "-c", self.rig.write("bad.yaml", "version: 1\n" + text + "\n"))
            self.assertEqual(done.returncode, CONFIG, done.stderr)
            for word in words:
                self.assertIn(word, done.stderr)

    def test_it_fails_the_same_way_when_it_would_run(self):
        self.check("version: 1\nacquire: {rate_hz: fast}\n", "'acquire.rate_hz'", options=())
        self.check("version: 1\nacquire: {rate_hz: fast}\n", "'acquire.rate_hz'", options=("--print-config",))

    def test_a_file_that_is_not_there(self):
        done = run("poised", "--check-config", "-c", "/nonexistent/poised.yaml")
        self.assertEqual(done.returncode, CONFIG)
        self.assertIn("/nonexistent/poised.yaml", done.stderr)
        self.assertIn("No such file", done.stderr)

    def test_assignments(self):
        for assignment, words in (("acquire.rate_hz=5x", ["'5x'", "25 … 4000 Hz"]), ("acquire.rate_hz", ["key=value"]),
                                  ("acquire.rate=5", ["did you mean 'rate_hz'?"]), ("sites.elbow.uri=x", ["sacrum"])):
            with self.subTest(assignment=assignment):
                done = run("poised", "--check-config", "--set", assignment)
                self.assertEqual(done.returncode, CONFIG, done.stderr)
                for word in ("--set", assignment, *words):
                    self.assertIn(word, done.stderr)

    def test_usage(self):
        for arguments in (["--nonsense"], ["stray"], ["--pace", "slow"], ["--log-level", "loud"], ["--set"]):
            with self.subTest(arguments=arguments):
                done = run("poised", *arguments)
                self.assertEqual(done.returncode, USAGE, done.stderr)
                self.assertTrue(done.stderr)

    def test_what_ships_is_right_and_prints_to_itself(self):
        for name in ("poised.yaml", "sim.yaml"):
            with self.subTest(file=name):
                done = run("poised", "--check-config", "-c", SOURCE / "config" / name)
                self.assertEqual(done.returncode, DONE, done.stderr)
                printed = run("poised", "--print-config", "-c", SOURCE / "config" / name)
                again = run("poised", "--print-config", "-c", self.rig.write("printed.yaml", printed.stdout))
                self.assertEqual((again.returncode, again.stdout), (DONE, printed.stdout), again.stderr)


class Devices(RigTest):
    def test_an_unreachable_uri_ends_the_daemon_when_asked_to(self):
        done = run("poised", "--set", "sites.sacrum.uri=ip:127.0.0.1:1", "--set", "acquire.on_missing=exit",
                   "--set", "publish.tcp=127.0.0.1:0", "--runtime-dir", self.rig.runtime, "--state-dir", self.rig.state)
        self.assertEqual(done.returncode, FAILED, done.stderr)
        for word in ("sacrum", "ip:127.0.0.1:1"):
            self.assertIn(word, done.stderr)

    def test_no_device_for_a_configured_site(self):
        self.rig.start_sim()
        done = run("poised", *self.rig.poised_options(["sacrum"], ["sites.c7.uri=ip:" + self.rig.sim_address,
                                                                 "sites.c7.label=unheard_of",
                                                                 "acquire.on_missing=exit"]))
        self.assertEqual(done.returncode, FAILED, done.stderr)
        for word in ("c7", "unheard_of"):
            self.assertIn(word, done.stderr)


class Recordings(RigTest):
    def replay(self, content, *options, name="bad.xdf"):
        path = self.rig.write(name, content)
        done = run("poised", "--replay", path, "--emit", self.rig.folder / "out.jsonl", *options)
        return path, done

    def check_unusable(self, content, *words, options=()):
        path, done = self.replay(content, *options)
        self.assertEqual(done.returncode, NO_INPUT, done.stderr)
        for word in (str(path), *words):
            self.assertIn(word, done.stderr)

    def test_random_bytes(self):
        noise = random.Random(7)
        for size in (1, 3, 4, 100, 65536):
            with self.subTest(size=size):
                self.check_unusable(noise.randbytes(size))

    def test_nothing_at_all(self):
        self.check_unusable(b"")
        done = run("poised", "--replay", "/nonexistent/run.xdf")
        self.assertEqual(done.returncode, NO_INPUT)
        self.assertIn("/nonexistent/run.xdf", done.stderr)

    def test_other_peoples_streams(self):
        eeg = ("Amp", "EEG", ["Fz", "Cz"], "microvolts", 250, [[i, -i] for i in range(500)])
        self.check_unusable(foreign_xdf([eeg]), "Amp")

    def test_other_peoples_imus_are_read_by_the_map(self):
        hz = 100
        walk = [[0.5 * math.cos(2 * math.pi * 0.9 * i / hz), 0, 9.81 + 3 * math.cos(2 * math.pi * 1.8 * i / hz), 0, 0, 0]
                for i in range(40 * hz)]
        labels = ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"]
        imu = ("belt unit 3", "IMU", labels, "m/s^2", hz, walk)
        eeg = ("Amp", "EEG", ["Fz"], "microvolts", 250, [[i] for i in range(500)])
        _, done = self.replay(foreign_xdf([eeg, imu]), "--set", "import.map.belt unit 3=sacrum")
        self.assertEqual(done.returncode, DONE, done.stderr)
        cadence = [line["cadence_spm"] for line in read_lines(self.rig.folder / "out.jsonl") if line["stream"] == "cadence"]
        self.assertAlmostEqual(cadence[-8], 108, delta=1)

    def test_a_recording_cut_short(self):
        made = run("poise-sim", "--write", self.rig.folder / "run.xdf", "--pace", "fast", "--scenario",
                   self.rig.write("short.yaml", SHORT_SCENARIO))
        self.assertEqual(made.returncode, DONE, made.stderr)
        whole = (self.rig.folder / "run.xdf").read_bytes()
        _, done = self.replay(whole)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertNotIn("warning", done.stderr.lower())
        complete = read_lines(self.rig.folder / "out.jsonl")
        for cut in (len(whole) // 2, len(whole) // 2 + 1, len(whole) * 3 // 4 + 13):
            with self.subTest(cut=cut):
                _, done = self.replay(whole[:cut])
                self.assertEqual(done.returncode, DONE, done.stderr)
                self.assertIn("warning", done.stderr.lower())
                self.assertIn("cut short", done.stderr)
                lines = read_lines(self.rig.folder / "out.jsonl")
                self.assertGreater(len(lines), len(complete) // 4)
                self.assertLess(len(lines), len(complete))
        with self.subTest("damaged in the middle"):
            damaged = bytearray(whole)
            middle = len(whole) // 2
            damaged[middle:middle + 64] = random.Random(3).randbytes(64)
            _, done = self.replay(bytes(damaged))
            self.assertIn(done.returncode, (DONE, NO_INPUT), done.stderr)


SHORT_SCENARIO = """\
version: 1
phases:
  - {kind: stand, duration_s: 5}
  - {kind: walk, duration_s: 10}
"""

if __name__ == "__main__":
    unittest.main()
