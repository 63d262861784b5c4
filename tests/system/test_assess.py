# SPDX-License-Identifier: GPL-3.0-or-later
"""poisectl assess against a live daemon and a simulated person who turns the chest: on a terminal, for a program, and
however it ends nothing is lost that was done."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

from poise_rig import BIN, PATIENCE_S, RigTest, Schemas, check_replay, read_lines, run, subscribe

SITES = ("c7", "t12", "sacrum")
# Turns to the left, between them time to be still even when the machine let samples get lost. The first is held as long
# as asked; the others are too short to be taken for the rest.
TURN = "motion: turn, side: left, move_s: 1, rest_s: 8, range_left_deg: 40"
PERSON = f"""\
version: 1
rate_hz: 200
sites: [c7, t12, sacrum]
phases:
  - {{kind: stand, duration_s: 12}}
  - {{kind: stand, duration_s: 20, exercise: {{{TURN}, repetitions: 1, hold_s: 5.5}}}}
  - {{kind: stand, duration_s: 600, exercise: {{{TURN}, repetitions: 45, hold_s: 1}}}}
"""
AWHILE_S = 2 * PATIENCE_S


class Terminal:
    """poisectl on a terminal of 80 columns; `text` is what it has shown."""

    def __init__(self, arguments):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.child = subprocess.Popen([str(argument) for argument in arguments], stdin=slave, stdout=slave,
                                      stderr=slave, start_new_session=True, env={**os.environ, "TERM": "xterm"},
                                      preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.text = ""

    def read(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            self.text += os.read(self.master, 65536).decode(errors="replace")

    def wait_for(self, pattern):
        deadline = time.monotonic() + AWHILE_S
        while not re.search(pattern, self.text):
            if time.monotonic() > deadline or self.child.poll() is not None:
                self.child.kill()
                raise AssertionError(f"never /{pattern}/ ({self.child.poll()}):\n{self.text}")
            self.read(0.2)

    def end(self):
        """Its exit code, and whether it left the terminal as it was."""
        deadline = time.monotonic() + PATIENCE_S
        while self.child.poll() is None and time.monotonic() < deadline:
            self.read(0.1)
        self.read(0.2)
        same = termios.tcgetattr(self.slave) == self.before
        os.close(self.slave)
        os.close(self.master)
        return self.child.wait(1), same


class Lines:
    """poisectl assess --json; `items` are its objects so far."""

    def __init__(self, arguments):
        self.child = subprocess.Popen([str(argument) for argument in arguments], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, bufsize=0)
        self.rest, self.items = b"", []

    def read(self):
        if not select.select([self.child.stdout], [], [], 0.2)[0]:
            return True
        got = os.read(self.child.stdout.fileno(), 65536)
        *lines, self.rest = (self.rest + got).split(b"\n")
        self.items += [json.loads(line) for line in lines]
        return bool(got)

    def wait_for(self, enough):
        deadline = time.monotonic() + AWHILE_S
        while not any(enough(item) for item in self.items):
            if time.monotonic() > deadline or not self.read():
                self.child.kill()
                raise AssertionError(f"never so: {self.items[-2:]} {self.child.stderr.read()}")

    def end(self):
        while self.read():
            pass
        errors = self.child.stderr.read().decode()
        code = self.child.wait(PATIENCE_S)
        self.child.stdout.close()
        self.child.stderr.close()
        return code, errors


def is_repetition(item):
    return item.get("stream") == "repetition"


def count_of(rows):
    return sum(row["count"] for row in rows)


class Assess(RigTest):
    def begin(self, *arguments):
        self.poised = self.rig.start_poised(*arguments, sites=SITES, sets=("subject.id=s01",))
        subscribe(self.rig.endpoint, PATIENCE_S, ["lab/posture"], lambda messages: messages[-1][1]["calibrated"])

    def command(self, *arguments):
        return [BIN / "poisectl", "--runtime-dir", self.rig.runtime, "assess", "thoracic-rotation", "--state-dir",
                self.rig.state, *arguments]

    def kept(self, subject="s07"):
        done = run("poisectl", "subject", "show", subject, "--state-dir", self.rig.state, "--json")
        self.assertEqual(done.returncode, 0, done.stdout)
        return json.loads(done.stdout)["assessments"]

    def check_objects(self, items):
        """As published and all of them; a repetition before the object that counts it."""
        schemas, count, seq = Schemas(), 0, {}
        for item in items:
            schemas.check(item)
            self.assertEqual(item["seq"], seq.get(item["stream"], item["seq"] - 1) + 1)
            seq[item["stream"]] = item["seq"]
            self.assertEqual(item["exercise"], "thoracic_rotation")
            count += is_repetition(item)
            if not is_repetition(item):
                self.assertEqual(count_of(item["rows"]), count)
        return count

    def test_it_leads_and_keeps(self):
        self.rig.start_sim("--scenario", self.rig.write("scenario.yaml", PERSON))
        self.begin()
        started = run("poisectl", "--runtime-dir", self.rig.runtime, "session", "start", "s07", "--json")
        session = json.loads(started.stdout)["session"]
        self.on_a_terminal()
        self.interrupted()
        self.daemon_killed(session)
        self.reloaded()
        self.replayed()

    def on_a_terminal(self):
        terminal = Terminal(self.command())
        terminal.wait_for(r"left 1: (3[6-9]|4[0-4])\.\d deg, held [15]\.\d s, out in [01]\.\d s\r\n")
        missed = "held 1" in terminal.text  # the machine stood still when the first was done
        os.write(terminal.master, b"xn") # the first means nothing, the second ends the only part that is left
        code, same = terminal.end()
        text = terminal.text
        self.assertEqual((code, same), (0, True), text)
        self.assertLess(text.index("Part 1 of 2, still"), text.index("Part 2 of 2, turn"))
        self.assertRegex(text, r"  be still \.\.\. [123] s more\r\n")
        drawn = re.findall(r"\x1b\[A\r\x1b\[K  left 0/5  right 0/5  \[([.#|]{25})\] +(\d+) deg  ([a-z. 0-9]+)\r\n", text)
        self.assertTrue({"now", "and back"} <= {cue for _, _, cue in drawn}, drawn)
        self.assertTrue(missed or any(re.match(r"hold \.\.\. [1-5] s more", cue) for _, _, cue in drawn), drawn)
        for bar, angle, _ in drawn:
            self.assertAlmostEqual(bar.count("#") * 5, int(angle), delta=3.1)
        self.assertEqual(text.count("\a"), 0 if missed else 1, "the bell at the end of the hold")
        self.assertTrue(all(len(line) < 80 for line in re.sub(r"\x1b\[[AK]", "", text).replace("\a", "").split("\r\n")
                            if not line.startswith("Kept")), text)
        self.assertRegex(text, r"\r\ndone\r\n\r\nturn left +now\r\n  repetitions +1\r\n  held as long as asked +[01]\r\n")
        self.assertIn(f"Kept in {self.rig.state}/assessments/s07.json, the first of this exercise.", text)
        self.assertIn("not a diagnosis", text)
        self.assertEqual([(entry["outcome"], count_of(entry["rows"])) for entry in self.kept()], [("done", 1)])

    def interrupted(self):
        lines = Lines(self.command("--json"))
        lines.wait_for(is_repetition)
        lines.child.send_signal(signal.SIGINT)
        code, errors = lines.end()
        *items, last = lines.items
        self.assertEqual((code, errors), (128 + signal.SIGINT, ""))
        count = self.check_objects(items)
        self.assertGreaterEqual(count, 1)
        self.assertEqual(last["assessment"], items[-1])
        self.assertEqual(items[-1]["outcome"], "stopped")
        self.assertEqual((last["subject"], last["kept"]), ("s07", f"{self.rig.state}/assessments/s07.json"))
        first, second = self.kept()
        self.assertEqual(last["last"], [first])
        self.assertEqual((second["outcome"], count_of(second["rows"])), ("stopped", count))
        self.assertEqual(second["utc"][:23], items[0]["begun_utc"][:23])
        values = {row["side"]: row["values"] for row in items[-1]["rows"]}
        self.assertTrue(values["left"])

    def daemon_killed(self, session):
        lines = Lines(self.command("--json"))
        lines.wait_for(is_repetition)
        time.sleep(1.5) # what was done a second ago is on the disk
        seen = sum(map(is_repetition, lines.items))
        self.poised.popen.send_signal(signal.SIGKILL)
        code, _ = lines.end()
        self.assertEqual(code, 1)
        self.recording, self.emitted = self.rig.folder / "run.xdf", self.rig.folder / "run.jsonl"
        refusal = next(item for item in lines.items if "ok" in item)
        self.assertRegex(refusal["error"], "no poised runs|does not answer")
        self.assertEqual(lines.items[-1]["assessment"]["outcome"], "running")
        self.assertEqual(len(lines.items[-1]["last"]), 2)
        self.begin("--record", self.recording, "--emit", self.emitted)
        entries = self.kept()
        self.assertEqual([entry["outcome"] for entry in entries], ["done", "stopped", "stopped"])
        self.assertGreaterEqual(count_of(entries[-1]["rows"]), seen)
        self.assertEqual({entry["session"] for entry in entries}, {session})

    def reloaded(self):
        lines = Lines(self.command("--json"))
        lines.wait_for(lambda item: item.get("outcome") == "running")
        self.poised.popen.send_signal(signal.SIGHUP)
        code, errors = lines.end()
        self.assertEqual((code, errors), (1, ""))
        self.assertEqual(lines.items[-2]["outcome"], "stopped")
        again = Lines(self.command("--json"))  # counts its commands from 1 anew
        again.wait_for(lambda item: item.get("outcome") == "running")
        again.child.send_signal(signal.SIGTERM)
        self.assertEqual(again.end()[0], 128 + signal.SIGTERM)
        self.assertEqual(again.items[-2]["outcome"], "stopped")
        if count_of(lines.items[-2]["rows"]) == 0:
            self.assertEqual((len(self.kept()), lines.items[-1]["kept"]), (3, None))

    def replayed(self):
        self.assertEqual(self.poised.stop(), 0)
        lines = check_replay(self, self.recording, read_lines(self.emitted), at_least=100)
        outcomes = [line["outcome"] for line in lines if line["stream"] == "assessment"]
        self.assertEqual((outcomes.count("stopped"), outcomes[-1]), (2, "stopped"))


if __name__ == "__main__":
    unittest.main()
