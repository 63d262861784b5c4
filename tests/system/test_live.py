# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulator → libiio → poised → a subscriber in another language, over real sockets: every object follows its schema,
none is missing, the counters balance; the recording of the run replays to the values that were published."""

import re
import unittest

import zmq

from poise_rig import (SITES, Rig, Schemas, check_balance, check_replay, check_sequences, read_lines, run, subscribe)

LISTEN_S = 20
WALKER = """\
version: 1
phases:
  - {kind: stand, duration_s: 7}
  - {kind: walk, duration_s: 600}
"""


class Live(unittest.TestCase):
    """One run for all tests here: it takes real time."""

    @classmethod
    def setUpClass(cls):
        cls.rig = Rig()
        cls.addClassCleanup(cls.rig.close)
        cls.sim = cls.rig.start_sim("--scenario", cls.rig.write("walker.yaml", WALKER))
        cls.emitted, cls.recording = cls.rig.folder / "live.jsonl", cls.rig.folder / "live.xdf"
        cls.poised = cls.rig.start_poised("--emit", cls.emitted, "--record", cls.recording)
        cls.messages = subscribe(cls.rig.endpoint, LISTEN_S)
        cls.by_ipc = subscribe(f"ipc://{cls.rig.runtime}/metrics", 3, ["lab/posture"])
        cls.exit_code = cls.poised.stop()
        cls.sim.stop()
        cls.lines = read_lines(cls.emitted)

    def of(self, stream):
        return [message for _, message in self.messages if message["stream"] == stream]

    def test_ended_cleanly(self):
        self.assertEqual(self.exit_code, 0, self.poised.log)

    def test_every_object_follows_its_schema(self):
        schemas = Schemas()
        for topic, message in self.messages:
            schemas.check(message)
            self.assertEqual(topic, f"lab/{message['stream']}")
            self.assertEqual((message["v"], message["rig"], message["session"]), (1, "lab", None))
        for line in self.lines:
            schemas.check(line)

    def test_every_stream_came_and_without_holes(self):
        self.assertEqual({message["stream"] for _, message in self.messages},
                         {"posture", "orientation", "cadence", "breathing", "status", "meta", "calibration",
                          "contact", "step", "gait", "arms", "pack", "finding", "session"})
        check_sequences(self, [message for _, message in self.messages])
        check_sequences(self, self.lines, first=1)

    def test_rates(self):
        posture = [message["t_s"] for message in self.of("posture")]
        span = posture[-1] - posture[0]
        for stream, rate in (("posture", 20), ("orientation", 50), ("cadence", 4), ("breathing", 1), ("status", 1),
                             ("gait", 1), ("arms", 1), ("pack", 1)):
            with self.subTest(stream=stream):
                self.assertAlmostEqual(len(self.of(stream)) / span, rate, delta=rate * 0.1 + 1.5 / span)
        # Spectral values describe the centre of a window that grows; the others' time only goes on.
        for stream in ("posture", "orientation", "status", "contact", "step"):
            times = [message["t_s"] for message in self.of(stream)]
            self.assertEqual(times, sorted(times))

    def test_the_emitted_lines_are_what_was_published(self):
        lines = {(line["stream"], line["seq"]): line for line in self.lines}
        for _, message in self.messages:
            self.assertEqual(message, lines[message["stream"], message["seq"]])

    def test_ipc_carries_the_same(self):
        lines = {(line["stream"], line["seq"]): line for line in self.lines}
        self.assertGreater(len(self.by_ipc), 10)
        for topic, message in self.by_ipc:
            self.assertEqual(topic, "lab/posture")
            self.assertEqual(message, lines["posture", message["seq"]])

    def test_every_site_runs_and_the_counters_balance(self):
        for message in self.of("status"):
            check_balance(self, message["counters"])
        last = self.of("status")[-1]
        self.assertEqual(sorted(last["sites"]), sorted(SITES))
        for name, site in last["sites"].items():
            with self.subTest(site=name):
                self.assertEqual(site["state"], "running", site)
                self.assertAlmostEqual(site["rate_hz"], 1000, delta=15)
        self.assertGreater(last["counters"]["samples_used"], 12 * 1000 * LISTEN_S / 2)

    def test_no_sample_is_missing_but_those_that_the_sensors_lost(self):
        """A single one that got lost on the way would be told by the stamps beside it."""
        last = [line for line in self.lines if line["stream"] == "status"][-1]
        lost = dict.fromkeys(SITES, last["counters"]["samples_dropped"])
        for site, count in re.findall(r"(\w+) \(.*?\): .* (\d+) overrun", self.sim.log):
            lost[site] += int(count)
        for name, site in last["sites"].items():
            with self.subTest(site=name):
                if lost[name]:  # the machine stood still
                    self.assertLessEqual(site["missed"], lost[name] + 5)
                else:
                    self.assertEqual((site["gaps"], site["missed"]), (0, 0))

    def test_the_walk_is_seen(self):
        self.assertTrue(self.of("posture")[-1]["calibrated"])
        last = self.of("cadence")[-1]
        self.assertEqual(last["activity"], "walk")
        self.assertAlmostEqual(last["cadence_spm"], 112, delta=1.5)

    def test_the_recording_replays_to_the_live_values(self):
        replayed = check_replay(self, self.recording, self.lines, 70 * LISTEN_S)
        for line in replayed:
            for key in ("latency_ms", "rt", "host"):
                self.assertIsNone(line.get(key), f"{key} is the host's and null in a replay")

    def test_two_replays_emit_the_same_bytes_apart_from_boot(self):
        texts = []
        for _ in range(2):
            done = run("poised", "--replay", self.recording, "--emit", "-")
            self.assertEqual(done.returncode, 0, done.stderr)
            boots = {line.split('"boot":')[1].split('"')[1] for line in done.stdout.splitlines()}
            self.assertEqual(len(boots), 1)
            texts.append((boots.pop(), done.stdout))
        self.assertNotEqual(texts[0][0], texts[1][0])
        self.assertTrue(texts[0][1].replace(texts[0][0], texts[1][0]) == texts[1][1])

    def test_python_and_zmq_are_the_other_language(self):
        self.assertGreaterEqual(zmq.zmq_version_info(), (4, 3))


if __name__ == "__main__":
    unittest.main()
