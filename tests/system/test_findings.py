# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings on the live stack: a slouch is told within a second of its time, the operator's program runs and is ended
when it hangs, poisectl follows; and what is kept of a runner outlives the daemon, follows who runs, and replays."""

import json
import os
import signal
import stat
import subprocess
import time
import unittest

from poise_rig import BIN, EMULATED, PATIENCE_S, RigTest, check_replay, check_sequences, read_lines, run, subscribe

FEW = ["sacrum", "t12", "c7", "head"]
# 12 degrees are crossed somewhere in the blend of 2 s.
SLOUCH = """\
version: 1
seed: 4
phases:
  - {name: stand, kind: stand, duration_s: 10}
  - {name: slouch, kind: stand, duration_s: 14, blend_s: 2, thoracic_flexion_deg: 20}
  - {name: upright, kind: stand, duration_s: 3600, blend_s: 2}
"""
STANDING = "version: 1\nseed: 3\nphases: [{name: stand, kind: stand, duration_s: 3600}]\n"
HOLD_S = 5
WITHIN_S = 1.0  # of its hold, in the signal's own time


def of(lines, stream):
    return [line for line in lines if line["stream"] == stream]


class Slouch(RigTest):
    def setUp(self):
        super().setUp()
        self.told = self.rig.folder / "told.txt"

    def start(self, program, *arguments):
        script = self.rig.write("tell.sh", program)
        script.chmod(0o755)
        self.rig.start_sim("--scenario", self.rig.write("slouch.yaml", SLOUCH))
        return self.rig.start_poised(*arguments, sites=FEW, sets=[
            f"findings.slouching.hold_s={HOLD_S}", f"findings.on_finding={script}", "findings.on_finding_limit_s=1"])

    def wait_for_told(self, level):
        deadline = time.monotonic() + PATIENCE_S
        while level not in (text := self.told.read_text() if self.told.exists() else ""):
            self.assertLess(time.monotonic(), deadline, text)
            time.sleep(0.1)

    def test_it_is_told_in_time_and_clears(self):
        emitted, recording = self.rig.folder / "out.jsonl", self.rig.folder / "out.xdf"
        # What it was called with, and what it inherited.
        poised = self.start('#!/bin/sh\necho "$1 $2 $3 $POISE_RIG $POISE_SCORE $POISE_ADVICE" "$(ls /proc/self/fd | wc -l)"'
                            f" >>{self.told}\necho heard >&2\n", "--emit", emitted, "--record", recording)
        follower = subprocess.Popen([BIN / "poisectl", "--runtime-dir", self.rig.runtime, "findings", "--follow", "--json",
                                     "--seconds", str(PATIENCE_S)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(follower.wait)
        self.addCleanup(follower.stdout.close)
        self.addCleanup(follower.kill)
        followed = []
        for line in follower.stdout:
            followed.append(json.loads(line))
            if followed[-1]["factor"] == "slouching" and followed[-1]["level"] == "ok":
                break
        self.assertEqual([f["level"] for f in followed if f["factor"] == "slouching"], ["notice", "warn", "notice", "ok"])
        self.wait_for_told("slouching ok")
        now = json.loads(run("poisectl", "--runtime-dir", self.rig.runtime, "findings", "--json").stdout)
        self.assertEqual(len(now["findings"]), 32)
        self.assertEqual(len({f["factor"] for f in now["findings"]}), 32)
        self.assertEqual(poised.stop(), 0, poised.log)
        self.assertIn("heard", poised.log)

        lines = read_lines(emitted)
        check_sequences(self, lines, first=1)
        changes = [f for f in of(lines, "finding") if f["factor"] == "slouching"]
        warn = next(f for f in changes if f["level"] == "warn")
        crossed = next(p["t_s"] for p in of(lines, "posture") if p["calibrated"] and p["thoracic_flexion_deg"] >= 12)
        print(f"figure slouch: warn {warn['t_s'] - crossed - HOLD_S:+.2f} s from its hold, since {warn['since_s'] - crossed:+.2f} s")
        self.assertAlmostEqual(warn["t_s"], crossed + HOLD_S, delta=WITHIN_S)
        self.assertGreater(warn["evidence"]["thoracic_flexion_deg"]["value"], 12)
        self.assertTrue(warn["advice"])
        called = [line.split() for line in self.told.read_text().splitlines()]
        slouch = [words for words in called if words[1] == "slouching"]
        levels = [words[2] for words in slouch]
        # On the way back it is a notice for a moment; while another factor's program runs only the newest change is kept.
        self.assertEqual((levels[:2], levels[-1], levels[2:-1] in ([], ["notice"])), (["notice", "warn"], "ok", True))
        for words in slouch:
            self.assertEqual((words[0], words[3]), ("poor_posture", "lab"))
            self.assertEqual(int(words[-1]), 4, "it has the three standard descriptors, and ls its folder")
        check_replay(self, recording, lines, 200)

    def test_a_program_that_hangs_is_ended(self):
        poised = self.start(f"#!/bin/sh\necho $$ $3 >>{self.told}\nsleep 3600\n")
        poised.wait_for("was ended by signal 15: it took longer")
        self.wait_for_told("ok")
        self.assertEqual(poised.stop(), 0, poised.log)
        for line in self.told.read_text().splitlines():
            with self.assertRaises(ProcessLookupError):
                os.kill(int(line.split()[0]), 0)

    @unittest.skipIf(EMULATED, "under an emulator a program that cannot be run is one that ended with status 127")
    def test_a_program_that_is_none_is_told(self):
        poised = self.start("no program at all")
        poised.wait_for(r"on_finding: \S+tell.sh cannot be run for slouching: Exec format error")
        self.assertEqual(poised.stop(), 0, poised.log)


class History(RigTest):
    def start(self, *arguments, name="poised", subject="s01"):
        config = self.rig.write("poised.yaml", f"version: 1\nrig: lab\nsubject: {{id: {subject}}}\n")
        return self.rig.start_poised(*arguments, sites=FEW, config=config, name=name)

    def kept(self, subject):
        return self.rig.state / "history" / f"{subject}.json"

    def session(self, *arguments):
        done = run("poisectl", "--runtime-dir", self.rig.runtime, "session", *arguments, "--json")
        self.assertEqual(done.returncode, 0, done.stdout)
        return json.loads(done.stdout)["session"]

    def listen(self, enough):
        return [m for _, m in subscribe(self.rig.endpoint, PATIENCE_S, ["lab/session"], enough)]

    def test_a_session_goes_on_after_a_restart(self):
        self.rig.start_sim("--scenario", self.rig.write("standing.yaml", STANDING))
        poised = self.start()
        begun = self.session("start", "s07")
        run("poisectl", "--runtime-dir", self.rig.runtime, "mark", "drink")
        last = self.listen(lambda m: m[-1][1]["elapsed_s"] > 6)[-1]
        self.assertEqual(last["session"], begun)
        self.assertEqual(last["markers"][-1]["text"], "drink")
        self.assertEqual(poised.stop(), 0, poised.log)
        kept = json.loads(self.kept("s07").read_text())
        self.assertEqual((kept["subject"], kept["session"]), ("s07", begun))
        self.assertGreater(kept["elapsed_s"], 6)
        self.assertEqual(stat.S_IMODE(self.kept("s07").stat().st_mode) & ~0o640, 0)

        emitted, recording = self.rig.folder / "out.jsonl", self.rig.folder / "out.xdf"
        poised = self.start("--emit", emitted, "--record", recording, name="again")
        first = self.listen(lambda m: True)[0]
        self.assertEqual(first["session"], begun)
        self.assertGreater(first["elapsed_s"], kept["elapsed_s"])
        self.assertLess(first["elapsed_s"], kept["elapsed_s"] + 20)
        # Another runner, and a reload while he runs.
        self.session("stop")
        other = self.session("start", "s08")
        self.listen(lambda m: m[-1][1]["session"] == other)
        poised.popen.send_signal(signal.SIGHUP)
        poised.wait_for("in force")
        self.listen(lambda m: m[-1][1]["session"] == other and m[-1][1]["elapsed_s"] > 6)
        self.assertEqual(poised.stop(), 0, poised.log)
        kept = json.loads(self.kept("s08").read_text())
        self.assertEqual(kept["session"], other)
        self.assertGreater(kept["elapsed_s"], 6)
        check_replay(self, recording, read_lines(emitted), 100)

    def test_a_damaged_history_stops_nothing(self):
        self.kept("s01").parent.mkdir()
        self.kept("s01").write_text('{"version": 1}')
        self.rig.start_sim("--scenario", self.rig.write("standing.yaml", STANDING))
        poised = self.start()
        poised.wait_for(r"the history of s01 is not used: \S+/history/s01.json: key 'subject' is missing")
        self.listen(lambda m: len(m) > 1)
        self.assertEqual(poised.stop(), 0, poised.log)

    def test_a_folder_that_cannot_be_written_stops_nothing(self):
        (self.rig.state / "history").write_text("in the way")
        self.rig.start_sim("--scenario", self.rig.write("standing.yaml", STANDING))
        poised = self.start()
        self.listen(lambda m: len(m) > 1)
        self.assertEqual(poised.stop(), 0, poised.log)
        self.assertIn("the history of s01 is not kept", poised.log)


if __name__ == "__main__":
    unittest.main()
