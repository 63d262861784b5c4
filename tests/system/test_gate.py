# SPDX-License-Identifier: GPL-3.0-or-later
"""How much each door takes, to the last byte and place, and how long who says or reads nothing keeps one: the bounds of
docs/security.md, asked of the running daemon over raw sockets."""

import select
import subprocess
import sys
import time
import unittest
from pathlib import Path

from hostile_clients import connect, frame, greeting, pour, shake_hands
from poise_rig import DEFAULT_HWM, EMULATED, PATIENCE_S, Rig, is_sanitized

MORE = 1
IPC, TCP, CONTROL, FRAMES = 96, 128, 32, 32  # places
HANDSHAKE_S, HEARTBEAT_S = 3, 6
AT_ONCE_S = 5  # before heartbeats end it
ROOM = 8192


def is_open(raw):
    """Reads what is there; False when the other side has closed."""
    try:
        while raw in select.select([raw], [], [], 0)[0]:
            if not raw.recv(1 << 16):
                return False
        return True
    except OSError:
        return False


def closes(raw, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not is_open(raw):
            return True
        time.sleep(0.02)
    return False


class Gate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig()
        cls.addClassCleanup(cls.rig.close)
        cls.rig.start_sim("--sites", "c7,t12")
        cls.poised = cls.rig.start_poised(sites=["c7", "t12"], sets=[f"publish.send_hwm={DEFAULT_HWM}"])
        cls.poised.wait_for("site t12: running")
        cls.metrics, cls.control, cls.frames = (f"ipc://{cls.rig.runtime}/{name}"
                                                for name in ("metrics", "control", "frames"))

    def shake(self, endpoint, kind=b"SUB", room=None):
        raw = shake_hands(endpoint, kind, room)
        self.addCleanup(raw.close)
        return raw

    def check_answer(self, raw, text):
        """What comes until the text does: heartbeats, too."""
        got, end = b"", time.monotonic() + PATIENCE_S
        while text not in got and time.monotonic() < end:
            if select.select([raw], [], [], 1)[0]:
                part = raw.recv(1 << 16)
                self.assertTrue(part, "closed")
                got += part
        self.assertIn(text, got)

    def test_frames_of_a_subscriber(self):
        for endpoint in (self.metrics, self.rig.endpoint, self.frames):
            with self.subTest(endpoint=endpoint):
                raw = self.shake(endpoint)
                raw.sendall(frame(b"\x01" + b"x" * 511))
                self.assertFalse(closes(raw, 0.3))
                raw.sendall(frame(b"\x01" + b"x" * 512))
                self.assertTrue(closes(raw, AT_ONCE_S), "513 bytes")
                raw = self.shake(endpoint)
                raw.sendall(frame(b"\x01lab", MORE) + frame(b"x"))
                self.assertTrue(closes(raw, AT_ONCE_S), "two frames")

    def test_frames_of_a_request(self):
        raw = self.shake(self.control, b"REQ")
        raw.sendall(frame(b"", MORE) + frame(b"x" * 8192))
        self.check_answer(raw, b"at most 4096 bytes")
        raw.sendall(frame(b"", MORE) * 7 + frame(b'{"cmd":"ping"}'))
        self.check_answer(raw, b"a request is one frame")
        raw.sendall(frame(b"", MORE) * 9)
        self.assertTrue(closes(raw, AT_ONCE_S), "nine frames")
        raw = self.shake(self.control, b"REQ")
        raw.sendall(frame(b"", MORE) + frame(b"x" * 8193))
        self.assertTrue(closes(raw, AT_ONCE_S), "8193 bytes")

    def test_requests_at_once_and_a_second(self):
        raw, n, got = self.shake(self.control, b"REQ"), 20, b""
        begin = time.monotonic()
        raw.sendall((frame(b"", MORE) + frame(b'{"cmd":"ping"}')) * 60)
        while (took_s := time.monotonic() - begin) < 2:
            if select.select([raw], [], [], 0.05)[0]:
                got += raw.recv(1 << 16)
        count = got.count(b'"ok":true')
        self.assertGreaterEqual(count, n + 10)
        self.assertLessEqual(count, n + 10 * took_s + 1)

    def test_what_a_subscriber_says_too_much_waits_with_it(self):
        for endpoint, bound in ((self.metrics, 1e6), (self.frames, 1e6), (self.rig.endpoint, 1e7)):  # kernels' buffers
            with self.subTest(endpoint=endpoint):
                raw, end = self.shake(endpoint), time.monotonic() + 1
                sent, was_cut = pour(raw, lambda: frame(b"\x01" + b"x" * 511) * 100, end)
                self.assertFalse(was_cut)
                self.assertTrue(200 * 514 < sent < bound, f"{sent} bytes")

    def test_hanging_up_with_much_unread_is_survived(self):
        """And when the connection's heartbeat is due, which libzmq alone would not outlive."""
        doors = (self.metrics, self.rig.endpoint, self.control, self.frames)
        attackers = [subprocess.Popen([sys.executable, Path(__file__).with_name("hostile_clients.py"), "hang_up", door,
                                       "4.5"], stdout=subprocess.PIPE, text=True) for door in doors]
        for attacker in attackers:
            with attacker:
                self.assertGreater(int(attacker.stdout.read().split()[0]), 0 if EMULATED else 20)
            self.assertEqual(attacker.returncode, 0)
        self.assertIsNone(self.poised.popen.poll(), self.poised.log)
        self.assertTrue(is_open(self.shake(self.rig.endpoint)))

    def fill(self, endpoint, places, kind=b"SUB"):
        """As many connections as stay."""
        held = []
        for _ in range(places + 5):
            try:
                held.append(self.shake(endpoint, kind))
            except OSError:
                pass
        time.sleep(0.2)
        return [raw for raw in held if is_open(raw)]

    def test_places(self):
        for endpoint, places in ((self.metrics, IPC), (self.rig.endpoint, TCP), (self.frames, FRAMES)):
            with self.subTest(endpoint=endpoint):
                held = self.fill(endpoint, places)
                self.assertLessEqual(len(held), places)
                self.assertGreater(len(held), places - 5)  # others may still be leaving
                for raw in held:
                    raw.close()
                time.sleep(0.3)
                self.assertTrue(is_open(self.shake(endpoint)))

    def test_on_the_control_door_the_longest_silent_makes_room(self):
        begin, first = time.monotonic(), self.shake(self.control, b"REQ")
        held = [first] + self.fill(self.control, CONTROL, b"REQ")
        if time.monotonic() - begin < 0.9:  # nobody has been silent for a second yet
            self.assertLessEqual(len(held), CONTROL)
            self.assertGreater(len(held), CONTROL - 5)
            self.assertTrue(is_open(first))
        time.sleep(1.2)
        ping = frame(b"", MORE) + frame(b'{"cmd":"ping"}')
        held[0].sendall(ping)
        self.check_answer(held[0], b'"ok":true')
        newcomers = [self.shake(self.control, b"REQ") for _ in range(CONTROL - len(held) + 2)]
        newcomers[-1].sendall(ping)
        self.check_answer(newcomers[-1], b'"ok":true')
        self.assertTrue(is_open(held[0]), "who has just spoken")
        self.assertFalse(is_open(held[1]), "who has been silent longest")
        self.assertTrue(is_open(held[-1]))

    def test_who_says_nothing_is_let_go(self):
        """Nothing, half a greeting, a greeting without what follows; and who does not answer heartbeats."""
        doors = ((self.metrics, b"SUB"), (self.rig.endpoint, b"SUB"), (self.control, b"REQ"), (self.frames, b"SUB"))
        begin, open_ones = time.monotonic(), []
        for endpoint, kind in doors:
            for start in (b"", greeting()[:30], greeting()):
                raw = connect(endpoint)
                self.addCleanup(raw.close)
                raw.sendall(start)
                open_ones.append((HANDSHAKE_S, f"{len(start)} bytes to {endpoint}", raw))
            open_ones.append((HEARTBEAT_S, f"mute at {endpoint}", self.shake(endpoint, kind)))
        late_s = 3 * HEARTBEAT_S + (10 if is_sanitized() else 0)
        while open_ones and time.monotonic() - begin < late_s:
            time.sleep(0.1)
            for one in [one for one in open_ones if not is_open(one[2])]:
                open_ones.remove(one)
                took = time.monotonic() - begin
                self.assertGreater(took, one[0] - 0.5, one[1])
                if one[0] == HANDSHAKE_S and not is_sanitized():
                    self.assertLess(took, HANDSHAKE_S + 5, one[1])
        self.assertEqual([one[1] for one in open_ones], [])

    def test_who_does_not_read_finds_the_newest_gone(self):
        """Five seconds lie unread: of them at most 8 KiB in each buffer, 4 KiB and send_hwm (frames: 100) messages."""
        doors = [(endpoint, topic, rate, self.shake(endpoint, room=ROOM)) for endpoint, topic, rate in (
            (self.metrics, b"lab/posture", 20), (self.rig.endpoint, b"lab/posture", 20), (self.frames, b"lab/imu", 100))]
        for *_, raw in doors:
            raw.sendall(frame(b"\x01"))
        time.sleep(5)
        got, begin = dict.fromkeys((raw for *_, raw in doors), b""), time.monotonic()
        while (took_s := time.monotonic() - begin) < 1:
            for raw in select.select(list(got), [], [], 0.05)[0]:
                got[raw] += raw.recv(1 << 16)
        for endpoint, topic, rate, raw in doors:
            with self.subTest(endpoint=endpoint):
                count = got[raw].count(topic)
                kept_s = count / rate - took_s
                print(f"figure gate {endpoint.split(':')[0]} {topic.decode()}: of 5 s unread {kept_s:.1f} s were kept",
                      flush=True)
                self.assertGreater(count, rate / 2)
                self.assertLess(kept_s, 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
