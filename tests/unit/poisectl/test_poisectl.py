# SPDX-License-Identifier: GPL-3.0-or-later
"""poisectl against a real publisher, against none, and against one that means harm."""

import fcntl
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import threading
import time
import unittest

import zmq

from poisectl_kit import BIN, EVIL, STREAMS, ProbeTest, ctl


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
                self.assertLess(time.monotonic() - begin, 5 * int(os.environ.get("POISE_TEST_SCALE", 1)))

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
                        ["mark", "a", "b"], ["speed"], ["speed", "fast"], ["speed", "1.5x"], ["--endpoint", "x", "snapshot"],
                        ["status", "--once"], ["status", "--stand"], ["calibrate", "--stand", "--tall"],
                        ["calibrate", "--seconds", "0"], ["calibrate", "stand"], ["calibrate", "--once"]):
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


class WithPublisher(ProbeTest):
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
        for stream, text in (
                ("contact", "left  confidence 0.94"),
                ("step", "-  356 ms  contact 243  flight 113 ms  vertical 84 mm  impact 2.31 g  braking 0.21 g  length - m"),
                ("gait", "contact 243 ms  vertical 84 mm  ratio 7.9 %  length 1.07 m  asymmetry 2.1  +- 0.8 %  "
                         "impact 2.31 g  overstride 1.02  steps 20"),
                ("arms", "left 35  right 26 deg  asymmetry 29 %  crossing 12  / -3 deg  stiffness 0.23"),
                ("pack", "bounce 12 mm  lag 14 ms  tilt 2.4  side -1.2 deg")):
            with self.subTest(stream=stream):
                self.assertEqual(self.ctl("sub", "--count", "1", stream).stdout.rstrip("\n").split(f"  {stream:11}  ")[1],
                                 text)

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
        self.assertRegex(done.stdout, r"(?m)^c7 .*  slipped by 12 degrees$")
        self.assertEqual(done.stdout.count("slipped"), 1)
        self.assertNotIn("\x1b", done.stdout)
        item = json.loads(self.ctl("--json", "status").stdout)
        self.assertEqual(item["sites"]["sternum"]["state"], "lost")
        self.assertIn("sternum", json.loads(self.ctl("devices", "--json").stdout)["sites"])
        self.assertRegex(self.ctl("devices").stdout, r"(?m)^sacrum +running +999\.5 Hz")

    def test_snapshot(self):
        self.wait_for_status()
        self.assertEqual(list(json.loads(self.ctl("snapshot", "--json").stdout)), STREAMS)
        self.assertRegex(self.ctl("snapshot").stdout, r"(?m)  calibration +calibrated$")
        lines = self.ctl("snapshot").stdout.splitlines()
        self.assertEqual([line.split()[1] for line in lines], STREAMS)

    def test_commands(self):
        self.assertEqual(self.ctl("mark", "hill, Grüße").stdout, "marked\n")
        self.assertEqual(self.ctl("speed", "3.25").returncode, 0)
        self.assertEqual(json.loads(self.ctl("calibrate", "--stand", "--no-wait", "--json").stdout), {"ok": True})
        taken = [self.probe.stdout.readline().strip() for _ in range(3)]
        self.assertEqual(taken, ["mark 0.000 hill, Grüße", "speed 3.250", "calibrate 0.000 stand"])
        for command, says in ((["speed", "12.5"], "from 0 to 12"), (["mark", ""], "1 to 95"),
                              (["mark", "x" * 96], "1 to 95"), (["mark", "a\nb"], "control")):
            with self.subTest(command=command):
                done = self.ctl(*command)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(says, done.stderr)


class Calibrate(ProbeTest):
    """The probe behaves as a daemon whose runner does what is asked for."""

    def commands(self, n):
        """What the daemon was told: the last word of each command."""
        return [self.probe.stdout.readline().split()[-1] for _ in range(n)]

    def start(self, *arguments):
        process = subprocess.Popen([BIN / "poisectl", "--runtime-dir", self.folder, "calibrate", *arguments],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        return process

    def test_bows_are_the_default_and_a_line_tells_each_change(self):
        done = self.ctl("calibrate")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.commands(1), ["bows"])
        lines = done.stdout.splitlines()
        table = lines.index("")
        self.assertRegex(lines[0], r"^stand +\[[#-]{20}\] +\d+ %  stand upright and still$")
        self.assertRegex(lines[table - 1], r"^bows +\[#{20}\]  done$")
        self.assertEqual(sum("done" in line for line in lines), 2)
        self.assertTrue(any(re.match(r"bows .* \d+ %  bow forward: 2 of 3$", line) for line in lines))
        self.assertEqual(len(set(lines[:table])), table, "a line that tells nothing new")
        self.assertRegex(lines[table + 1], r"^site +tilt deg +sway deg +axis +turn deg +share$")
        self.assertRegex("\n".join(lines), r"(?m)^t12 +4\.6 +0\.25 +bows +-7\.5 +0\.99$")
        self.assertRegex("\n".join(lines), r"(?m)^abdomen +4\.6 +0\.25 +mount +0\.0 +-$")
        self.assertEqual(lines[-2:], [
            "c7: has slipped by 12 degrees since: put it back or calibrate again",
            "sternum: tilted by 51 degrees and turned by 25 degrees to the left against its mount: check that the "
            "sensor sits as configured"])

    def test_an_old_outcome_is_not_taken_for_ours(self):
        for _ in range(2):
            done = self.ctl("calibrate", "--stand")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("stand upright", done.stdout)
        self.assertEqual(self.commands(2), ["stand", "stand"])

    def test_json(self):
        done = self.ctl("calibrate", "--stand", "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        items = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual({(item["stream"], item["method"], item["commands"]) for item in items},
                         {("calibration", "stand", 1)})
        self.assertEqual([item["outcome"] for item in items], ["running"] * (len(items) - 1) + ["done"])
        numbers = [item["seq"] for item in items]
        self.assertEqual(numbers, sorted(set(numbers)))

    def test_tall_shows_its_angles(self):
        done = self.ctl("calibrate", "--tall")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^thoracic_flexion_deg +-3\.5$")
        self.assertEqual(self.commands(1), ["tall"])

    def test_a_failure_tells_the_reason_of_the_daemon(self):
        process = self.start("--gait")
        for line in process.stdout:
            if line.startswith("gait"):
                break
        self.ctl("mark", "the runner stopped")
        self.assertEqual(process.wait(30), 1)
        self.assertEqual(process.stderr.read(),
                         "poisectl: calibration failed: stood still before \\x1b[31mthe axis was found\n")

    def test_what_takes_too_long_is_cancelled(self):
        begin = time.monotonic()
        done = self.ctl("calibrate", "--gait", "--seconds", "1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not finished within 1 s", done.stderr)
        self.assertLess(time.monotonic() - begin, 20)
        self.assertEqual(self.commands(2), ["gait", "cancel"])

    def test_a_signal_cancels(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(number=number):
                process = self.start("--gait")
                process.stdout.readline()
                process.send_signal(number)
                self.assertEqual(process.wait(30), code)
                self.assertIn("cancelled", process.stderr.read())
                self.assertEqual(self.commands(2), ["gait", "cancel"])

    def test_who_is_cancelled_or_replaced_from_elsewhere_says_so(self):
        for other, says in ((["--cancel"], "cancelled by another"), (["--tall", "--no-wait"], "replaced")):
            with self.subTest(other=other):
                process = self.start("--gait")
                process.stdout.readline()
                self.assertEqual(self.ctl("calibrate", *other).returncode, 0)
                self.assertEqual(process.wait(30), 1)
                self.assertIn(says, process.stderr.read())

    def test_top_tells_what_the_runner_is_to_do(self):
        self.assertEqual(self.ctl("calibrate", "--gait", "--no-wait").returncode, 0)
        deadline = time.monotonic() + 30
        while "calibration: gait 25 %  walk or run" not in (text := self.ctl("top", "--once").stdout):
            self.assertLess(time.monotonic(), deadline, text)
        self.assertRegex(self.ctl("sub", "calibration", "--count", "1").stdout,
                         r"calibration +calibrated  gait running  step gait 25 %  walk or run$")

    def test_a_daemon_that_ends_is_noticed(self):
        process = self.start("--gait")
        process.stdout.readline()
        self.probe.stdin.close()
        self.assertEqual(self.probe.wait(30), 0)
        self.assertEqual(process.wait(30), 1)
        self.assertRegex(process.stderr.read(), "no poised runs|does not answer")

    def test_a_terminal_has_one_line_per_step(self):
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
        process = subprocess.Popen([BIN / "poisectl", "--runtime-dir", self.folder, "calibrate"], stdin=follower,
                                   stdout=follower, stderr=follower, env={**os.environ, "TERM": "xterm"})
        os.close(follower)
        text = b""
        try:
            while part := os.read(leader, 4096):
                text += part
        except OSError:  # the other end is closed
            pass
        os.close(leader)
        self.assertEqual(process.wait(30), 0)
        steps, table = text.decode().replace("\r\n", "\n").split("\n\n")
        screen = []
        for line in steps.split("\n"):
            if line.startswith("\x1b[A\r\x1b[K"):
                screen.pop()
                line = line[7:]
            self.assertNotIn("\x1b", line)
            self.assertLess(len(line), 40)
            screen.append(line)
        self.assertRegex("\n".join(screen), r"^stand +\[#{20}\]  done\nbows +\[#{20}\]  done$")
        self.assertIn("sternum: tilted", table)


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
                "latency_ms": [], "mean": 7, "segments": {EVIL: 1},
                "slipped": [EVIL, 7], "hint": EVIL, "method": EVIL, "outcome": EVIL, "step": EVIL, "progress": EVIL}
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
