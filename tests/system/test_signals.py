# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals, a second daemon, devices that come and go."""

import signal
import time
import unittest

from poise_rig import (PATIENCE_S, RigTest, check_balance, check_replay, check_sequences, parse, read_lines, run,
                       subscribe)

FEW = ["sacrum", "c7"]


def last_of(stream):
    return lambda messages: messages[-1][1]["stream"] == stream


class Signals(RigTest):
    def test_term_and_int_end_with_0_and_whole_files(self):
        self.rig.start_sim()
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name):
                emitted, recording = self.rig.folder / "out.jsonl", self.rig.folder / "out.xdf"
                poised = self.rig.start_poised("--emit", emitted, "--record", recording, sites=FEW)
                self.assertTrue(subscribe(self.rig.endpoint, PATIENCE_S, ["lab/posture"], lambda m: len(m) > 20))
                self.assertEqual(poised.stop(number), 0, poised.log)
                check_sequences(self, read_lines(emitted), first=1)
                done = run("poised", "--replay", recording)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertNotIn("warning", done.stderr.lower())

    def test_hup_takes_a_right_configuration(self):
        self.rig.start_sim()
        config = self.rig.write("poised.yaml", "version: 1\nrig: lab\n")
        poised = self.rig.start_poised(sites=FEW, config=config)
        subscribe(self.rig.endpoint, PATIENCE_S, ["lab/posture"], last_of("posture"))
        said = len(poised.log)
        self.rig.write("poised.yaml", "version: 1\nrig: lab\nposture: {mean_strides: 4}\n")
        poised.popen.send_signal(signal.SIGHUP)
        poised.wait_for("reload", said)
        messages = [m for _, m in subscribe(self.rig.endpoint, PATIENCE_S, [""],
                                            lambda m: sum(o["stream"] == "posture" for _, o in m) > 40)]
        check_sequences(self, messages)
        self.assertNotIn("old configuration", poised.log[said:])
        self.assertEqual(poised.stop(), 0, poised.log)

    def test_a_recording_over_reloads_and_commands_replays_to_the_live_values(self):
        self.rig.start_sim()
        emitted, recording = self.rig.folder / "live.jsonl", self.rig.folder / "live.xdf"
        head = f"version: 1\nrig: lab\nsites: {{sternum: {{uri: \"ip:{self.rig.sim_address}\"}}}}\n"
        config = self.rig.write("poised.yaml", "version: 1\nrig: lab\n")
        poised = self.rig.start_poised("--emit", emitted, "--record", recording, sites=FEW, config=config)
        enough = lambda messages: len(messages) > 80
        subscribe(self.rig.endpoint, PATIENCE_S, ["lab/posture"], enough)
        for change in ("calibrate", head + "posture: {mean_strides: 4}\n", head + "gait: {window_s: 5}\n", "mark"):
            if change in ("calibrate", "mark"):
                arguments = ["here"] if change == "mark" else ["--stand", "--no-wait"]
                done = run("poisectl", "--runtime-dir", self.rig.runtime, change, *arguments)
                self.assertEqual(done.returncode, 0, done.stderr)
            else:
                said = len(poised.log)
                self.rig.write("poised.yaml", change)
                poised.popen.send_signal(signal.SIGHUP)
                poised.wait_for("in force", said)
            subscribe(self.rig.endpoint, PATIENCE_S, ["lab/posture"], lambda messages: len(messages) > 30)
        self.assertEqual(poised.stop(), 0, poised.log)
        lines = read_lines(emitted)
        self.assertIn("sternum", [line for line in lines if line["stream"] == "status"][-1]["sites"])
        check_replay(self, recording, lines, 400)

    def test_hup_keeps_the_old_configuration_after_a_wrong_one(self):
        self.rig.start_sim()
        config = self.rig.write("poised.yaml", "version: 1\nrig: lab\n")
        poised = self.rig.start_poised(sites=FEW, config=config)
        subscribe(self.rig.endpoint, PATIENCE_S, ["lab/posture"], last_of("posture"))
        said = len(poised.log)
        self.rig.write("poised.yaml", "version: 1\nrig: lab\nposture: {mean_strides: many}\n")
        poised.popen.send_signal(signal.SIGHUP)
        poised.wait_for("old configuration", said)
        for word in (f"{config}:3:", "'posture.mean_strides'", "'many'", "1 … 4"):
            self.assertIn(word, poised.log[said:])
        self.assertGreater(len(subscribe(self.rig.endpoint, PATIENCE_S, ["lab/posture"], lambda m: len(m) > 20)), 20)
        self.assertEqual(poised.stop(), 0, poised.log)

    def test_a_second_daemon_is_refused(self):
        self.rig.start_sim()
        self.rig.start_poised(sites=FEW)
        done = run("poised", *self.rig.poised_options(FEW))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(str(self.rig.runtime), done.stderr)


class Devices(RigTest):
    def status(self, site, *states):
        """The first status that shows the site in one of these states."""
        def is_there(messages):
            return messages[-1][1]["sites"].get(site, {}).get("state") in states
        messages = subscribe(self.rig.endpoint, PATIENCE_S, ["lab/status"], is_there)
        self.assertTrue(messages and is_there(messages), f"{site} never became {states}: {messages[-1:]}")
        return messages[-1][1]

    def test_what_is_missing_is_waited_for_and_said(self):
        sim = self.rig.start_sim()
        address = self.rig.sim_address
        self.rig.start_poised(sites=FEW, sets=["sites.head.uri=ip:127.0.0.1:1"])
        status = self.status("head", "waiting")
        self.assertTrue(status["sites"]["head"]["reason"])
        self.status("sacrum", "running")
        sim.stop()
        status = self.status("sacrum", "lost", "waiting")
        self.assertTrue(status["sites"]["sacrum"]["reason"])
        self.rig.start("poise-sim", "--port", address.split(":")[1], name="sim-again")
        status = self.status("sacrum", "running")
        check_balance(self, status["counters"])

    def test_no_site_at_all_is_said(self):
        done = run("poised", *self.rig.poised_options([]))
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn("sites.NAME.uri", done.stderr)


class Fast(RigTest):
    def test_a_recording_goes_through_a_pipe(self):
        import subprocess
        from poise_rig import BIN
        scenario = self.rig.write("short.yaml", "version: 1\nphases:\n  - {kind: stand, duration_s: 20}\n")
        sim = subprocess.Popen([BIN / "poise-sim", "--write", "-", "--pace", "fast", "--scenario", scenario],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(sim.stdout.close)
        started = time.monotonic()
        done = subprocess.run([BIN / "poised", "--replay", "-", "--emit", "-"], stdin=sim.stdout, capture_output=True,
                              timeout=PATIENCE_S * 4, check=False)
        self.assertEqual((done.returncode, sim.wait()), (0, 0), done.stderr.decode())
        lines = [parse(line) for line in done.stdout.decode().splitlines()]
        check_sequences(self, lines, first=1)
        self.assertLess(time.monotonic() - started, PATIENCE_S)
        posture = [line for line in lines if line["stream"] == "posture"]
        self.assertTrue(posture[-1]["calibrated"])
        self.assertAlmostEqual(posture[-1]["trunk_lean_deg"], 0, delta=1)

    def test_a_pipe_that_falls_silent_does_not_hold_a_replay(self):
        import signal
        import subprocess
        from poise_rig import BIN
        scenario = self.rig.write("short.yaml", "version: 1\nphases:\n  - {kind: stand, duration_s: 20}\n")
        recording, emit = self.rig.folder / "short.xdf", self.rig.folder / "silent.jsonl"
        run("poise-sim", "--write", recording, "--scenario", scenario, "--quiet")
        half = recording.read_bytes()[:recording.stat().st_size // 2]
        with subprocess.Popen([BIN / "poised", "--replay", "-", "--emit", emit], stdin=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as poised:
            poised.stdin.write(half)
            poised.stdin.flush()
            time.sleep(1)
            poised.send_signal(signal.SIGINT)
            try:
                code = poised.wait(PATIENCE_S)
            finally:
                poised.kill()
        self.assertEqual(code, 0)
        lines = read_lines(emit)
        check_sequences(self, lines, first=1)
        last = [line for line in lines if line["stream"] == "status"][-1]
        self.assertGreater(last["counters"]["samples_used"], 0)
        check_balance(self, last["counters"])


if __name__ == "__main__":
    unittest.main()
