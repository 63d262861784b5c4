# SPDX-License-Identifier: GPL-3.0-or-later
"""A subscriber and a control client in another language against a real publisher."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import jsonschema
import zmq

PROBE = Path(os.environ["POISE_BIN_DIR"]) / "publish_probe"
STREAMS = {"posture", "orientation", "cadence", "breathing", "status", "meta", "calibration", "contact", "step",
           "gait", "arms", "pack", "inspiration", "finding", "session", "assessment", "repetition"}


class Remote(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        schemas = json.loads(subprocess.run([PROBE, "schemas"], check=True, capture_output=True).stdout)
        cls.checkers = {name: jsonschema.Draft202012Validator(schema) for name, schema in schemas.items()}

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="poise-")
        self.context = zmq.Context()
        self.probe = subprocess.Popen([PROBE, "run", self.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True)
        self.endpoint = self.probe.stdout.readline().strip()

    def tearDown(self):
        self.context.destroy(linger=0)
        self.probe.stdin.close()
        self.assertEqual(self.probe.wait(20), 0)
        self.assertEqual(os.listdir(self.folder), ["lock"])
        self.probe.stdout.close()
        shutil.rmtree(self.folder)

    def subscribe(self, endpoint, topic=b""):
        socket = self.context.socket(zmq.SUB)
        socket.subscribe(topic)
        socket.rcvtimeo = 15000
        socket.connect(endpoint)
        return socket

    def request(self, *frames, kind=zmq.REQ):
        socket = self.context.socket(kind)
        socket.rcvtimeo = 15000
        socket.connect(f"ipc://{self.folder}/control")
        socket.send_multipart(frames)
        reply = socket.recv_multipart()
        socket.close(linger=0)
        return json.loads(reply[-1])

    def ask(self, **keys):
        return self.request(json.dumps(keys).encode())

    def test_every_stream_arrives_on_both_endpoints(self):
        for endpoint in (self.endpoint, f"ipc://{self.folder}/metrics"):
            socket = self.subscribe(endpoint)
            seen, last = set(), {}
            deadline = time.monotonic() + 30
            while seen != STREAMS and time.monotonic() < deadline:
                topic, text = socket.recv_multipart()
                item = json.loads(text)
                self.assertEqual(topic.decode(), "lab1/" + item["stream"])
                self.checkers[item["stream"]].validate(item)
                if item["stream"] in last:
                    self.assertEqual(item["seq"], last[item["stream"]] + 1)
                last[item["stream"]] = item["seq"]
                seen.add(item["stream"])
            self.assertEqual(seen, STREAMS)

    def test_topics_filter(self):
        socket = self.subscribe(self.endpoint, b"lab1/cadence")
        for _ in range(4):
            self.assertEqual(socket.recv_multipart()[0], b"lab1/cadence")

    def test_a_late_joiner_asks_for_a_snapshot(self):
        deadline = time.monotonic() + 20
        snapshot = {}
        while not all(snapshot.get(name) for name in STREAMS) and time.monotonic() < deadline:
            reply = self.ask(cmd="snapshot")
            self.assertIs(reply["ok"], True)
            snapshot = reply["snapshot"]
        self.assertEqual(set(snapshot), STREAMS)
        for name, item in snapshot.items():
            self.checkers[name].validate(item)
        self.assertEqual(self.ask(cmd="meta")["meta"]["endpoints"]["tcp"], self.endpoint)
        self.assertEqual(self.ask(cmd="ping")["rig"], "lab1")

    def test_commands_are_taken_once(self):
        self.assertEqual(self.ask(cmd="mark", text="hill"), {"ok": True})
        self.assertEqual(self.ask(cmd="speed", m_s=3.25), {"ok": True})
        self.assertEqual(self.ask(cmd="calibrate"), {"ok": True})
        lines = [self.probe.stdout.readline().strip() for _ in range(3)]
        self.assertEqual(lines, ["mark 0.000 hill", "speed 3.250", "calibrate 0.000 stand"])

    def test_garbage_gets_an_error_and_changes_nothing(self):
        garbage = [b"", b"\0", b"\xff" * 100, b"[" * 3000, b"{}", b'{"cmd":"reboot"}', b'{"cmd":"speed","m_s":"x"}',
                   b'{"cmd":"mark","text":"' + b"x" * 96 + b'"}', b" " * 5000, b"x" * 8000]
        for text in garbage:
            with self.subTest(text=text[:30]):
                reply = self.request(text)
                self.assertIs(reply["ok"], False)
                self.assertTrue(reply["error"])
        self.assertIs(self.request(b'{"cmd":"calibrate"}', b"")["ok"], False)
        self.assertIs(self.request(b'{"cmd":"calibrate"}', b'{"cmd":"calibrate"}', b"x")["ok"], False)
        self.assertEqual(self.ask(cmd="mark", text="last"), {"ok": True})
        self.assertEqual(self.probe.stdout.readline().strip(), "mark 0.000 last")

    def test_a_client_without_a_delimiter_is_answered(self):
        self.assertIs(self.request(b'{"cmd":"ping"}', kind=zmq.DEALER)["ok"], True)
        self.assertIs(self.request(b"", b'{"cmd":"ping"}', kind=zmq.DEALER)["ok"], True)
        self.assertIs(self.request(b"", kind=zmq.DEALER)["ok"], False)

    def test_clients_that_do_not_wait_do_no_harm(self):
        for _ in range(200):
            socket = self.context.socket(zmq.DEALER)
            socket.connect(f"ipc://{self.folder}/control")
            socket.send_multipart([b"", b'{"cmd":"snapshot"}'])
            socket.close(linger=0)
        self.assertIs(self.ask(cmd="ping")["ok"], True)

    def test_a_huge_request_is_cut_off(self):
        socket = self.context.socket(zmq.DEALER)
        socket.connect(f"ipc://{self.folder}/control")
        socket.send(b"x" * 1000000)
        self.assertIs(self.ask(cmd="ping")["ok"], True)

    def test_status_is_live(self):
        socket = self.subscribe(self.endpoint, b"lab1/status")
        for _ in range(3):
            item = json.loads(socket.recv_multipart()[1])
        self.assertEqual(item["sites"]["sternum"]["state"], "lost")
        self.assertEqual(item["sites"]["sternum"]["reason"], "connection to 10.0.0.5 refused\x1b[31m")
        self.assertGreater(item["latency_ms"]["p50"], 4.9)
        self.assertLess(item["latency_ms"]["p50"], 1000)
        self.assertGreater(item["host"]["memory_mb"], 1)
        self.assertGreaterEqual(item["host"]["cpu_pct"], 0)
        self.assertIsNone(item["recording"])
        self.assertEqual((item["rt"]["policy"], item["rt"]["mlock"], item["rt"]["cpus"]), ("other", False, None))

    def test_a_second_publisher_is_refused(self):
        done = subprocess.run([PROBE, "run", self.folder], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("another poised", done.stderr)
        self.assertIs(self.ask(cmd="ping")["ok"], True)


if __name__ == "__main__":
    unittest.main()
