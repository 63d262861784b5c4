# SPDX-License-Identifier: GPL-3.0-or-later
"""The completion in bash: what it offers for a line, asked as readline asks, and one line typed into a terminal."""

import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from poisectl_kit import BIN, STREAMS, ctl

ROOT = Path(os.environ["POISE_SOURCE_DIR"])
FILE = ROOT / "tools/completion/poise"
SITES = ("head c7 t12 sacrum sternum abdomen shoulder_left shoulder_right wrist_left wrist_right foot_left foot_right "
         "pack").split()


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="poise-")
        for name in ("run.xdf", "a b.xdf", "notes.txt", "walk.csv", "walk.csv.xz", "rig.yaml"):
            Path(cls.folder.name, name).touch()
        Path(cls.folder.name, "keys").mkdir()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def offered(self, line):
        """What is offered at the end of line, split into words as readline does: "=" and ":" are words of their own."""
        words = [part for word in line.split(" ") for part in (re.findall(r"[=:]+|[^=:]+", word) or [""])]
        script = (f"source {shlex.quote(str(FILE))}; COMP_WORDS=({' '.join(shlex.quote(w) for w in words)}); "
                  f"COMP_CWORD={len(words) - 1}; _poise {shlex.quote(words[0])}; "
                  "printf '%s\\n' \"${COMPREPLY[@]}\"")
        done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, check=False, timeout=60,
                              cwd=self.folder.name, env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"})
        self.assertEqual(done.stderr, "", line)
        return sorted({word for word in done.stdout.split("\n") if word})  # readline shows each once, too

    def check(self, line, *expected):
        self.assertEqual(self.offered(line), sorted(expected), line)

    def test_verbs(self):
        shown = re.findall(r"(?m)^  ([a-z]+)  +\S", ctl("--help").stdout.split("Verbs:")[1].split("\n\n")[0])
        self.assertGreaterEqual(len(shown), 11)
        self.check("poisectl ", *shown)
        self.check("poisectl sn", "snapshot")
        self.check("poisectl --runtime-dir keys --json sta", "status")
        self.check("poisectl --v", "--version")

    def test_options_are_those_of_the_verb(self):
        for verb in self.offered("poisectl "):
            rows = re.findall(r"(?m)^ {2,6}(--[a-z-]+)", ctl(verb, "--help").stdout.split("\nOptions:\n")[1].split("\n\n")[0])
            self.check(f"poisectl {verb} -", *rows)
        self.check("poisectl calibrate --s", "--stand", "--seconds")
        for program in ("poised", "poise-sim"):
            text = subprocess.run([BIN / program, "--help"], capture_output=True, text=True, check=True).stdout
            rows = re.findall(r"(?m)^ {2,6}(?:-., )?(--[a-z-]+)", text)
            self.assertGreater(len(rows), 10)
            self.check(f"{program} -", *rows)

    def test_words_behind_a_verb(self):
        self.check("poisectl sub ", *STREAMS)
        self.check("poisectl sub --json cadence po", "posture")
        self.check("poisectl sub --count ", )
        self.check("poisectl mark ", )
        self.check("poisectl devices ", "local:", "ip:", "usb:")
        self.check("poisectl export ", "run.xdf", "a b.xdf", "keys")
        self.check("poisectl export r", "run.xdf")
        self.check("poisectl assess thoracic-", "thoracic-rotation", "thoracic-extension")
        self.check("poisectl report r", "run.xdf")
        self.check("poisectl import --map c7=ax,ay,az ", "walk.csv", "walk.csv.xz", "run.xdf", "a b.xdf", "keys")

    def test_values_of_options(self):
        self.check("poisectl export run.xdf --to ", "csv", "bids-motion", "hdf5")
        self.check("poisectl export run.xdf --to=b", "bids-motion")
        self.check("poisectl report run.xdf --to ", "html", "json", "md")
        self.check("poisectl report --dir ", "keys")
        self.check("poisectl export --map IMU1=foot_", "foot_left", "foot_right")
        self.check("poisectl import --map ", *(f"{site}=" for site in SITES))
        self.check("poisectl import --unit-gyro ", "deg/s", "rad/s")
        self.assertIn("qmt_fullbody", self.offered("poisectl import --from "))
        self.check("poisectl keygen --server ", "keys")
        self.check("poised --pace ", "fast", "real")
        self.check("poised --replay ", "run.xdf", "a b.xdf", "keys")
        self.check("poised --replay run.xdf a", "a b.xdf")
        self.check("poisectl session ", "start", "stop", "status")
        self.check("poised -c r", "rig.yaml")
        self.check("poised --log-level w", "warning")
        self.check("poise-sim --scenario ", "rig.yaml", "keys")
        self.check("poise-sim --sites c7,ste", "c7,sternum")

    def test_keys_of_the_configuration(self):
        self.check("poised --set acquire.on", "acquire.on_missing=")
        self.check("poised --set sites.c7.u", "sites.c7.uri=")
        self.check("poised --set import.m", "import.map.")
        self.check("poised --set acquire.on_missing=", "exit", "wait")
        self.check("poised --set acquire.on_missing=w", "wait")
        self.check("poised --set import.map.x=foot_l", "foot_left")
        # As many as the daemon itself has: what --print-config prints, and sites.
        printed = subprocess.run([BIN / "poised", "--print-config"], capture_output=True, text=True, check=True).stdout
        plain = {key for key in self.offered("poised --set ") if not key.startswith(("sites.", "import."))}
        leaves = [line for line in printed.splitlines() if re.match(r" *[a-z_0-9]+: \S", line) and "{}" not in line]
        self.assertEqual(len(plain), len(leaves))

    def test_shellcheck_accepts_it(self):
        if not shutil.which("shellcheck"):
            self.skipTest("no shellcheck")
        done = subprocess.run(["shellcheck", FILE], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_a_line_typed_into_a_terminal(self):
        leader, follower = pty.openpty()
        environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "PS1": "$ ", "TERM": "dumb",
                       "INPUTRC": "/dev/null", "HISTFILE": "/dev/null"}
        shell = subprocess.Popen(["bash", "--norc", "--noprofile", "-i"], stdin=follower, stdout=follower, stderr=follower,
                                 cwd=self.folder.name, env=environment, start_new_session=True)
        os.close(follower)
        text = b""

        def type_line(line, until):
            nonlocal text
            os.write(leader, line.encode())
            deadline = time.monotonic() + 60
            while until not in text:
                self.assertLess(time.monotonic(), deadline, text)
                if select.select([leader], [], [], 0.2)[0]:
                    text += os.read(leader, 4096)

        try:
            type_line(f"source {FILE}; echo rea''dy\n", b"ready\r")
            # Each tab ends a word that one candidate is left for; echo shows what readline made of the line.
            type_line("poised --se\tacquire.on_m\tw\t#", b"--set acquire.on_missing=wait #")
            type_line("\x15poisectl exp\t--to hd\ta\t", rb"poisectl export --to hdf5 a\ b.xdf ")
        finally:
            os.close(leader)
            self.assertIsNotNone(shell.wait(30))


if __name__ == "__main__":
    unittest.main()
