# SPDX-License-Identifier: GPL-3.0-or-later
"""poisectl against a real publisher, against none, and against one that means harm."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

import zmq

BIN = Path(os.environ["POISE_BIN_DIR"])
STREAMS = ["posture", "orientation", "cadence", "breathing", "status", "meta", "calibration"]
EVIL = "\x1b]0;owned\x07\x9b31m"


def ctl(*arguments, **options):
    return subprocess.run([BIN / "poisectl", *arguments], capture_output=True, text=True, check=False, timeout=60,
                          stdin=subprocess.DEVNULL, **options)


class WithoutDaemon(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="poise-")
        self.addCleanup(shutil.rmtree, self.folder)

    def test_says_so_at_once(self):
        for command in (["status"], ["snapshot"], ["sub"], ["top", "--once"], ["mark", "x"], ["speed", "1"],
                        ["calibrate"], ["devices"]):
            with self.subTest(command=command):
                begin = time.monotonic()
                done = ctl("--runtime-dir", self.folder, *command)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(f"no poised runs in {self.folder}", done.stderr)
                self.assertLess(time.monotonic() - begin, 5)

    def test_a_dead_socket_is_not_waited_for_long(self):
        for name in ("control", "metrics"):
            context = zmq.Context()
            socket = context.socket(zmq.PUB)
            socket.bind(f"ipc://{self.folder}/{name}")
            os.rename(f"{self.folder}/{name}", f"{self.folder}/kept")
            context.destroy(linger=0)
            os.rename(f"{self.folder}/kept", f"{self.folder}/{name}")
        for command, says in (("status", "does not answer"), ("sub", "nothing is published")):
            with self.subTest(command=command):
                begin = time.monotonic()
                done = ctl("--runtime-dir", self.folder, command)
                self.assertEqual(done.returncode, 1)
                self.assertIn(says, done.stderr)
                self.assertLess(time.monotonic() - begin, 15)

    def test_the_environment_names_the_place(self):
        done = ctl("status", env={**os.environ, "POISE_RUNTIME_DIR": "/nowhere/at/all"})
        self.assertIn("/nowhere/at/all", done.stderr)
        done = ctl("--runtime-dir", "/" + "x" * 120, "status")
        self.assertEqual(done.returncode, 1)
        self.assertIn("too long", done.stderr)

    def test_usage(self):
        for command in ([], ["--nonsense"], ["nonsense"], ["sub", "nonsense"], ["sub", "--count", "0"],
                        ["sub", "--count", "1x"], ["sub", "--seconds", "-1"], ["sub", "--seconds", "nan"],
                        ["sub", "--count"], ["status", "--count", "1"], ["status", "extra"], ["mark"],
                        ["mark", "a", "b"], ["speed"], ["speed", "fast"], ["speed", "1.5x"], ["--endpoint", "x", "status"],
                        ["status", "--once"]):
            with self.subTest(command=command):
                done = ctl(*command)
                self.assertEqual((done.returncode, done.stdout), (64, ""), done.stderr)
                self.assertTrue(done.stderr.startswith("poisectl: "))
        self.assertEqual(ctl("sub", "--endpoint", "nonsense").returncode, 1)

    def test_help(self):
        self.assertIn("usage: poisectl", ctl("--help").stdout)
        for command in ("sub", "top", "status", "snapshot", "devices", "mark", "speed", "calibrate"):
            self.assertIn(command, ctl("--help").stdout)
            done = ctl(command, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn(f"usage: poisectl {command}", done.stdout)
            self.assertIn("--json", done.stdout)
        self.assertRegex(ctl("--version").stdout, r"^poisectl \d")

    def test_devices_of_a_uri_that_leads_nowhere(self):
        done = ctl("devices", "--uri", "ip:127.0.0.1:1")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("ip:127.0.0.1:1", done.stderr)


class WithPublisher(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="poise-")
        self.probe = subprocess.Popen([BIN / "publish_probe", "run", self.folder], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.endpoint = self.probe.stdout.readline().strip()

    def tearDown(self):
        self.probe.stdin.close()
        self.assertEqual(self.probe.wait(30), 0)
        self.probe.stdout.close()
        shutil.rmtree(self.folder)

    def ctl(self, *arguments):
        return ctl("--runtime-dir", self.folder, *arguments)

    def test_sub_prints_json(self):
        done = self.ctl("sub", "--json", "--count", "20")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        items = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(items), 20)
        self.assertTrue({"posture", "orientation"} <= {item["stream"] for item in items})

    def test_sub_filters_and_prints_lines(self):
        done = self.ctl("sub", "--count", "3", "cadence")
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 3)
        for line in lines:
            self.assertRegex(line, r"^\d\d:\d\d:\d\d\.\d{3}  cadence +168\.2 steps/min  by steps -  .* run$")
        self.assertIn("neck -", self.ctl("sub", "--count", "1", "posture").stdout)

    def test_sub_ends_in_time_and_on_a_signal(self):
        begin = time.monotonic()
        done = self.ctl("sub", "--seconds", "1", "posture", "--endpoint", self.endpoint)
        self.assertEqual(done.returncode, 0)
        self.assertGreater(len(done.stdout.splitlines()), 3)
        self.assertLess(time.monotonic() - begin, 15)
        running = subprocess.Popen([BIN / "poisectl", "--runtime-dir", self.folder, "sub"], stdout=subprocess.PIPE)
        running.stdout.readline()
        running.send_signal(signal.SIGINT)
        self.assertEqual(running.wait(20), 0)
        running.stdout.close()

    def test_nothing_of_what_was_asked_for(self):
        done = self.ctl("sub", "--seconds", "0.2", "meta")
        self.assertIn(done.returncode, (0, 1))  # meta may just have been sent
        if done.returncode == 1:
            self.assertIn("no message", done.stderr)

    def wait_for_status(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if json.loads(self.ctl("status", "--json").stdout or "null"):
                return
            time.sleep(0.1)
        self.fail("no status came")

    def test_status(self):
        self.wait_for_status()
        done = self.ctl("status")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"(?m)^c7 +running +999\.50")
        self.assertRegex(done.stdout, r"(?m)^sternum +lost .*refused\\x1b\[31m$")
        self.assertIn("samples_in 3000", done.stdout)
        self.assertNotIn("\x1b", done.stdout)
        item = json.loads(self.ctl("--json", "status").stdout)
        self.assertEqual(item["sites"]["sternum"]["state"], "lost")
        self.assertIn("sternum", json.loads(self.ctl("devices", "--json").stdout))
        self.assertRegex(self.ctl("devices").stdout, r"(?m)^sacrum +running +999\.5 Hz")

    def test_snapshot(self):
        self.wait_for_status()
        self.assertEqual(list(json.loads(self.ctl("snapshot", "--json").stdout)), STREAMS)
        lines = self.ctl("snapshot").stdout.splitlines()
        self.assertEqual([line.split()[1] for line in lines], STREAMS)

    def test_commands(self):
        self.assertEqual(self.ctl("mark", "hill, Grüße").stdout, "marked\n")
        self.assertEqual(self.ctl("speed", "3.25").returncode, 0)
        self.assertEqual(json.loads(self.ctl("calibrate", "--json").stdout), {"ok": True})
        taken = [self.probe.stdout.readline().strip() for _ in range(3)]
        self.assertEqual(taken, ["mark 0.000 hill, Grüße", "speed 3.250", "calibrate 0.000 stand"])
        for command, says in ((["speed", "12.5"], "from 0 to 12"), (["mark", ""], "1 to 95"),
                              (["mark", "x" * 96], "1 to 95"), (["mark", "a\nb"], "control")):
            with self.subTest(command=command):
                done = self.ctl(*command)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(says, done.stderr)

    def test_top_once(self):
        done = self.ctl("top", "--once")
        self.assertEqual(done.returncode, 0)
        for word in ("rig lab1", "168.2 steps/min", "32.5 breaths/min", "thoracic flexion", "sternum", "999.50"):
            self.assertIn(word, done.stdout)
        self.assertNotIn("\x1b", done.stdout)
        self.assertEqual(json.loads(self.ctl("top", "--once", "--json").stdout)["cadence"]["activity"], "run")
        done = self.ctl("top")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("--once", done.stderr)

    def test_top_live_in_a_terminal(self):
        if not shutil.which("tmux"):
            self.skipTest("no tmux")
        tmux = ["tmux", "-f", "/dev/null", "-S", f"{self.folder}/tmux"]
        environment = {k: v for k, v in os.environ.items() if k != "TMUX"}
        environment["LC_ALL"] = "C.UTF-8"

        def run(*arguments):
            return subprocess.run([*tmux, *arguments], check=False, capture_output=True, text=True, env=environment)

        def wait_for(pattern):
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                text = run("capture-pane", "-p", "-t", "top").stdout
                if re.search(pattern, text):
                    return text
                time.sleep(0.1)
            self.fail(f"never showed {pattern}:\n{text}")

        command = f"{BIN}/poisectl --runtime-dir {self.folder} top; echo left $?; read x"
        started = run("new-session", "-d", "-s", "top", "-x", "80", "-y", "24", command)
        self.assertEqual(started.returncode, 0, started.stderr)
        try:
            text = wait_for("168.2 steps/min(?s:.*)sternum: connection")
            lines = text.rstrip("\n").splitlines()
            self.assertLessEqual(len(lines), 24)
            for word in ("thoracic flexion", "999.5 Hz", "q quit", "latency p50"):
                self.assertIn(word, text)
            run("send-keys", "-t", "top", "?")
            wait_for("this help")
            run("send-keys", "-t", "top", "?")
            run("resize-window", "-t", "top", "-x", "120", "-y", "40")
            wait_for("jitter us")
            run("resize-window", "-t", "top", "-x", "20", "-y", "3")
            wait_for("q quit")
            run("resize-window", "-t", "top", "-x", "80", "-y", "24")
            wait_for("168.2 steps/min")
            run("send-keys", "-t", "top", "q")
            wait_for("left 0")
        finally:
            run("kill-server")


class Hostile(unittest.TestCase):
    """A publisher that is none of ours: lost numbers, wrong types, terminal commands in every text."""

    def setUp(self):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.PUB)
        port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self.endpoint = f"tcp://127.0.0.1:{port}"
        self.ended = threading.Event()
        self.messages = []
        self.thread = threading.Thread(target=self.send)

    def tearDown(self):
        self.ended.set()
        self.thread.join()
        self.context.destroy(linger=0)

    def send(self):
        turn = 0
        while not self.ended.wait(0.01):
            for message in self.messages:
                item = message[1]
                if isinstance(item, dict):
                    item = json.dumps({**item, "seq": turn * 3 + 1}, ensure_ascii=False).encode()
                self.socket.send_multipart([message[0], item, *message[2:]])
            turn += 1

    def test_harmless_on_a_terminal(self):
        evil = {"rig": EVIL, "boot": EVIL, "utc": EVIL, "t_s": 1e300, "activity": EVIL, "cadence_spm": EVIL,
                "sites": {EVIL: {"state": EVIL, "reason": EVIL}}, "versions": {"poise": EVIL},
                "endpoints": {"tcp": EVIL}, "counters": {EVIL: EVIL}, "recording": {"path": EVIL, "error": EVIL},
                "latency_ms": [], "mean": 7, "segments": {EVIL: 1}}
        self.messages = [(b"x/" + s.encode(), {**evil, "stream": s}) for s in STREAMS]
        self.messages += [(b"x/y", {**evil, "stream": EVIL}), (b"x/y", {"stream": "z" * 500})]
        self.messages += [(b"x", b"\x1b[31m"), (b"", b""), (b"a", b"{}", b"c"), (b"a", b"[" * 100000), (b"n", b"\xff\0")]
        self.thread.start()
        for arguments in (["sub", "--count", "60"], ["sub", "--json", "--count", "60"], ["top", "--once"],
                          ["top", "--once", "--json"]):
            with self.subTest(arguments=arguments):
                done = subprocess.run([BIN / "poisectl", "--endpoint", self.endpoint, *arguments], timeout=60,
                                      capture_output=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
                output = (done.stdout + done.stderr).decode()
                self.assertGreater(len(output), 100)
                self.assertEqual([c for c in output if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160)], [])

    def test_lost_messages_are_told(self):
        self.messages = [(b"x/cadence", {"stream": "cadence", "boot": "b"})]
        self.thread.start()
        done = ctl("sub", "--endpoint", self.endpoint, "--count", "5")
        self.assertEqual(done.returncode, 0)
        self.assertIn("warning: 8 messages of cadence were lost", done.stderr)


if __name__ == "__main__":
    unittest.main()
