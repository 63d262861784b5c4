# SPDX-License-Identifier: GPL-3.0-or-later
"""poisectl top: one screen as text, and live in terminals of several sizes."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

import zmq

from poisectl_kit import BIN, ProbeTest

SITES = ("head c7 t12 sacrum sternum abdomen shoulder_left shoulder_right wrist_left wrist_right foot_left foot_right "
         "pack").split()
STEPS_ROW = "steps     contact 243 ms  vertical 84 mm  length 1.07 m  asymmetry 2.1 +-0.8 %"
ARMS_ROW = "arms      left 35  right 26 deg  asymmetry 29 %   pack 12 mm  tilt 2 deg"


class Terminal:
    """A terminal by tmux that runs a command, then says "left" and its exit code."""

    def __init__(self, folder, command, columns=80, rows=24):
        self.tmux = ["tmux", "-f", "/dev/null", "-S", f"{folder}/tmux"]
        self.environment = {k: v for k, v in os.environ.items() if k != "TMUX"}
        self.environment["LC_ALL"] = "C.UTF-8"
        started = self.run("new-session", "-d", "-s", "top", "-x", str(columns), "-y", str(rows),
                           f"{command}; echo left $?; read x")
        if started.returncode != 0:
            raise AssertionError(started.stderr)

    def run(self, *arguments):
        return subprocess.run([*self.tmux, *arguments], check=False, capture_output=True, text=True,
                              env=self.environment)

    def press(self, key):
        self.run("send-keys", "-t", "top", key)

    def resize(self, columns, rows):
        self.run("resize-window", "-t", "top", "-x", str(columns), "-y", str(rows))

    def wait_for(self, pattern):
        """The screen once it matches."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            text = self.run("capture-pane", "-p", "-t", "top").stdout
            if re.search(pattern, text):
                return text
            time.sleep(0.1)
        raise AssertionError(f"never showed {pattern}:\n{text}")

    def close(self):
        self.run("kill-server")


class Top(ProbeTest):
    def test_once(self):
        done = self.ctl("top", "--once")
        self.assertEqual(done.returncode, 0)
        for word in ("rig lab1", "168.2 steps/min", "32.5 breaths/min", STEPS_ROW, ARMS_ROW, "thoracic flexion",
                     "sternum", "999.50", "slipped on the body: c7;", "slipped by 12 deg", "findings  slouching!"):
            self.assertIn(word, done.stdout)
        self.assertNotIn("\x1b", done.stdout)
        everything = json.loads(self.ctl("top", "--once", "--json").stdout)
        self.assertEqual(everything["cadence"]["activity"], "run")
        self.assertEqual(everything["gait"]["steps"], 20)
        done = self.ctl("top")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("--once", done.stderr)

    @unittest.skipUnless(shutil.which("tmux"), "no tmux")
    def test_live_in_a_terminal(self):
        terminal = Terminal(self.folder, f"{BIN}/poisectl --runtime-dir {self.folder} top")
        self.addCleanup(terminal.close)
        text = terminal.wait_for("168.2 steps/min(?s:.*)pack 12 mm(?s:.*)sternum: connection")
        self.assertLessEqual(len(text.rstrip("\n").splitlines()), 24)
        for word in (STEPS_ROW, ARMS_ROW, "thoracic flexion", "999.5 Hz", "q quit", "latency p50"):
            self.assertIn(word, text)
        terminal.press("?")
        terminal.wait_for("this help")
        terminal.press("?")
        terminal.resize(120, 40)
        terminal.wait_for("jitter us")
        terminal.resize(20, 3)
        terminal.wait_for("q quit")
        terminal.resize(80, 24)
        terminal.wait_for("168.2 steps/min")
        terminal.press("q")
        terminal.wait_for("left 0")
        terminal.close()


class FullHarness(unittest.TestCase):
    """Thirteen sites and the widest numbers a runner can make, from a publisher of this test."""

    def setUp(self):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.PUB)
        self.endpoint = f"tcp://127.0.0.1:{self.socket.bind_to_random_port('tcp://127.0.0.1')}"
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.send)
        site = {"state": "running", "reason": None, "rate_hz": 1000.123, "gaps": 12345, "slipped_deg": None}
        lost = {**site, "state": "lost", "reason": "unplugged"}
        self.streams = {
            "status": {"calibrated": True, "sites": {name: lost if name == "pack" else site for name in SITES},
                       "counters": {"samples_in": 1123200000, "samples_dropped": 0, "samples_invalid": 0,
                                    "outputs_dropped": 0}, "host": {"cpu_pct": 12.3, "memory_mb": 45.6}},
            "posture": {"slipped": [], "mean": {}}, "cadence": {"cadence_spm": 168.2}, "breathing": {},
            "gait": {"contact_ms": 743.3, "vertical_oscillation_mm": 98.4, "step_length_m": 1.07,
                     "step_asymmetry_pct": -12.1, "step_asymmetry_ci_pct": 3.4},
            "arms": {"swing_left_deg": 135.1, "swing_right_deg": 126.2, "asymmetry_pct": -29.0},
            "pack": {"bounce_mm": 12.3, "tilt_deg": -22.3}}
        self.thread.start()

    def tearDown(self):
        self.ended.set()
        self.thread.join()
        self.context.destroy(linger=0)

    def send(self):
        seq = 0
        while not self.ended.wait(0.05):
            seq += 1
            for name, keys in list(self.streams.items()):
                item = {"rig": "lab1", "stream": name, "boot": "b", "seq": seq, "t_s": 1.0, "utc": None, **keys}
                self.socket.send_multipart([f"lab1/{name}".encode(), json.dumps(item).encode()])

    @unittest.skipUnless(shutil.which("tmux"), "no tmux")
    def test_fits_into_80_by_24(self):
        folder = tempfile.mkdtemp(prefix="poise-")
        self.addCleanup(shutil.rmtree, folder)
        terminal = Terminal(folder, f"{BIN}/poisectl --endpoint {self.endpoint} top")
        self.addCleanup(terminal.close)
        rows = terminal.wait_for("contact 743(?s:.*)tilt -22(?s:.*)pack: unplugged").rstrip("\n").splitlines()
        self.assertEqual(len(rows), 24, rows)
        text = "\n".join(rows)
        for words in ("contact 743 ms  vertical 98 mm  length 1.07 m  asymmetry -12.1 +-3.4 %\n",
                      "left 135  right 126 deg  asymmetry -29 %   pack 12 mm  tilt -22 deg\n",
                      "samples 1123200000  dropped 0  invalid 0  outputs dropped 0  cpu 12.3 %  46 MB\n"):
            self.assertIn(words, text)
        for name in SITES[:-1]:
            self.assertRegex(text, rf"\b{name} +1000\.1 Hz  12345 gaps")
        self.assertRegex(rows[-3], "^pack +lost$")
        self.assertEqual(rows[-1], "q quit  ? help")
        terminal.press("q")
        terminal.wait_for("left 0")

    def test_what_is_not_known_is_a_dash(self):
        self.streams["gait"] = {"contact_ms": None, "step_length_m": "long"}
        self.streams["arms"] = {"swing_left_deg": None}
        self.streams["pack"] = {"bounce_mm": 3.4}
        done = subprocess.run([BIN / "poisectl", "--endpoint", self.endpoint, "top", "--once"], timeout=60,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("contact - ms  vertical - mm  length - m  asymmetry - %\n", done.stdout)
        self.assertIn("left -  right - deg  asymmetry - %   pack 3 mm  tilt - deg\n", done.stdout)


if __name__ == "__main__":
    unittest.main()
