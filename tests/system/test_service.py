# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd is told, read from a socket of its kind: readiness, status line, watchdog, reloads right and wrong, the
end. Under the real systemd: tests/package."""

import os
import re
import signal
import socket
import threading
import time
import unittest

from poise_rig import PATIENCE_S, RigTest


class Service(RigTest):
    def setUp(self):
        super().setUp()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        path = str(self.rig.folder / "notify")
        self.socket.bind(path)
        self.socket.settimeout(0.2)
        os.environ["NOTIFY_SOCKET"] = path
        self.addCleanup(os.environ.pop, "NOTIFY_SOCKET")
        self.said = []  # (time, {key: value})

    def wait_for(self, condition):
        """The first message from now on that fits."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                text = self.socket.recv(4096).decode()
            except TimeoutError:
                continue
            message = dict(line.split("=", 1) for line in text.splitlines())
            self.said.append((time.monotonic(), message))
            if condition(message):
                return message
        raise AssertionError(f"not said within {PATIENCE_S} s; said was: {self.said[-20:]}")

    def wait_for_status(self, pattern):
        return self.wait_for(lambda message: re.search(pattern, message.get("STATUS", "")))["STATUS"]

    def test_from_ready_to_stopping(self):
        self.rig.start_sim()
        config = self.rig.write("poised.yaml", "version: 1\nrig: lab\n")
        poised = self.rig.start_poised(sites=["sacrum", "c7"], sets=["sites.head.uri=ip:127.0.0.1:1"], config=config)
        self.wait_for(lambda message: message.get("READY") == "1")
        self.wait_for_status(r"^2 of 3 sites running, waiting for head$")
        fed = [self.wait_for(lambda message: "WATCHDOG" in message) and time.monotonic() for _ in range(5)]
        self.assertLess(fed[-1] - fed[0], PATIENCE_S / 2)

        self.rig.write("poised.yaml", "version: 1\nrig: lab\nposture: {mean_strides: many}\n")
        before_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        poised.popen.send_signal(signal.SIGHUP)
        reloading = self.wait_for(lambda message: message.get("RELOADING") == "1")
        self.assertGreaterEqual(int(reloading["MONOTONIC_USEC"]), before_us)
        self.wait_for(lambda message: message.get("READY") == "1")
        line = self.wait_for_status("refused")
        self.assertRegex(line, r"^2 of 3 .*; reload refused, the old configuration stays: .*poised\.yaml:3: .*'many'")

        self.rig.write("poised.yaml", "version: 1\nrig: lab\nposture: {mean_strides: 4}\n")
        poised.popen.send_signal(signal.SIGHUP)
        self.wait_for(lambda message: message.get("RELOADING") == "1")
        self.wait_for(lambda message: message.get("READY") == "1")
        self.wait_for_status(r"^2 of 3 sites running, waiting for head$")

        poised.popen.send_signal(signal.SIGTERM)
        self.wait_for(lambda message: message.get("STOPPING") == "1")
        self.assertEqual(poised.stop(), 0, poised.log)

    def make_pipe_nobody_empties(self, name):
        path = self.rig.folder / name
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        return path, reader

    def test_a_slow_disk_at_the_end_is_given_time(self):
        """A recording into a pipe that nobody empties holds the end up; then it is emptied."""
        self.rig.start_sim()
        path, reader = self.make_pipe_nobody_empties("slow.xdf")
        poised = self.rig.start_poised("--record", path, sites=["sacrum", "c7"])
        self.wait_for_status(r"^2 sites running")
        time.sleep(3)  # longer than the pipe can hold
        poised.popen.send_signal(signal.SIGTERM)
        self.wait_for(lambda message: message.get("STOPPING") == "1")
        patience = self.wait_for(lambda message: "EXTEND_TIMEOUT_USEC" in message)
        self.assertGreater(int(patience["EXTEND_TIMEOUT_USEC"]), 5e6)
        self.assertIn("writing out what was recorded", patience["STATUS"])
        self.assertIsNone(poised.popen.poll())
        until = time.monotonic() + PATIENCE_S
        while poised.popen.poll() is None and time.monotonic() < until:
            try:
                os.read(reader, 1 << 20)
            except BlockingIOError:
                time.sleep(0.01)
        self.assertIsNotNone(poised.popen.poll(), poised.log)

    def test_the_watchdog_is_not_fed_by_a_stopped_daemon(self):
        self.rig.start_sim()
        poised = self.rig.start_poised(sites=["sacrum"])
        self.wait_for(lambda message: "WATCHDOG" in message)
        poised.popen.send_signal(signal.SIGSTOP)
        try:
            quiet_since = time.monotonic() + 0.5  # what was under way
            until = quiet_since + 3
            while time.monotonic() < until:
                try:
                    self.socket.recv(4096)
                    self.assertLess(time.monotonic(), quiet_since, "fed while stopped")
                except TimeoutError:
                    pass
        finally:
            poised.popen.send_signal(signal.SIGCONT)
        self.wait_for(lambda message: "WATCHDOG" in message)

    def test_the_watchdog_is_not_fed_while_a_thread_hangs(self):
        """The publisher's, in a pipe that nobody empties; main and the pipeline go on meanwhile."""
        self.rig.start_sim()
        path, reader = self.make_pipe_nobody_empties("full.jsonl")
        poised = self.rig.start_poised("--emit", path, sites=["sacrum", "c7"])
        self.wait_for(lambda message: "WATCHDOG" in message)
        fed, until = time.monotonic(), time.monotonic() + PATIENCE_S
        while time.monotonic() - fed < 2 and time.monotonic() < until:  # while all goes well: four times a second
            try:
                fed = time.monotonic() if b"WATCHDOG" in self.socket.recv(4096) else fed
            except TimeoutError:
                pass
        self.assertLess(time.monotonic(), until, "fed all the time")
        self.wait_for_status("sites running")  # main still turns
        emptied = threading.Thread(target=self.empty, args=(reader, poised))
        emptied.start()
        self.wait_for(lambda message: "WATCHDOG" in message)
        self.assertEqual(poised.stop(), 0, poised.log)
        emptied.join()

    @staticmethod
    def empty(reader, process):
        while process.popen.poll() is None:
            try:
                os.read(reader, 1 << 20)
            except BlockingIOError:
                time.sleep(0.01)

    def test_a_configuration_error_is_not_ready(self):
        self.rig.start_sim()
        wrong = self.rig.write("wrong.yaml", "version: 1\nrig: lab\nposture: {mean_strides: many}\n")
        poised = self.rig.start("poised", "-c", wrong, *self.rig.poised_options(["sacrum"]))
        self.assertEqual(poised.popen.wait(PATIENCE_S), 78)
        with self.assertRaises(TimeoutError):
            self.socket.recv(4096)


if __name__ == "__main__":
    unittest.main()
