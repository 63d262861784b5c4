# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipeline thread allocates nothing after start: poised under a preloaded guard, fed by the simulator, with a
subscriber, a recording in parts with what is published, commands and a session. The guard itself is shown to fail when it should."""

import os
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from poise_rig import BIN, RigTest, read_lines, run, subscribe

GUARD = BIN / "poise_alloc_guard.so"
START_S = 3
LISTEN_S = 26
SCENARIO = """\
version: 1
phases:
  - {kind: stand, duration_s: 14}
  - {kind: walk, duration_s: 600}
"""
CALLS = ("malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign", "free")


def guarded(thread, after_s):
    return {"LD_PRELOAD": str(GUARD), "POISE_GUARD_THREAD": thread, "POISE_GUARD_AFTER_S": str(after_s)}


class Guard(unittest.TestCase):
    """The negative control."""

    def probe(self, name, call, threads="pipeline"):
        return subprocess.run([BIN / "alloc_probe", name, call], env=os.environ | guarded(threads, 0.5),
                              capture_output=True, text=True, timeout=60, check=False)

    def test_every_call_in_the_pipeline_thread_aborts(self):
        for call in CALLS:
            with self.subTest(call=call):
                done = self.probe("pipeline", call)
                self.assertEqual(done.returncode, -signal.SIGABRT, done.stderr)
                self.assertIn(f"alloc_guard: thread 'pipeline' called {call} after start", done.stderr)
                self.assertIn("alloc_probe(", done.stderr, "no backtrace")

    def test_other_threads_may(self):
        for call in CALLS:
            with self.subTest(call=call):
                done = self.probe("publisher", call)
                self.assertEqual((done.returncode, done.stdout), (0, "went unnoticed\n"), done.stderr)

    def test_several_threads_by_name_and_beginning(self):
        for name, caught in (("pipeline", True), ("read-c7", True), ("read-", True), ("read", False),
                             ("pipe", False), ("pipelines", False), ("publisher", False)):
            with self.subTest(thread=name):
                done = self.probe(name, "malloc", threads="read-*,pipeline")
                self.assertEqual(done.returncode, -signal.SIGABRT if caught else 0, done.stderr)


class Pipeline(RigTest):
    def start(self, thread):
        self.rig.start_sim("--scenario", self.rig.write("scenario.yaml", SCENARIO))
        self.emitted = self.rig.folder / "live.jsonl"
        os.environ.update(guarded(thread, START_S))
        try:
            return self.rig.start_poised("--emit", self.emitted, sets=[
                "breathing.min_window_s=8", f"record.dir={self.rig.folder / 'rec'}", "record.rotate_mb=1"])
        finally:
            for key in guarded(thread, START_S):
                del os.environ[key]

    def test_the_pipeline_thread_allocates_nothing(self):
        poised = self.start("pipeline")
        frames = self.rig.start("poise_frames", "--runtime-dir", self.rig.runtime, "--seconds", LISTEN_S / 2)
        messages = subscribe(self.rig.endpoint, LISTEN_S / 2)
        self.assertEqual(frames.popen.wait(60), 0, frames.out)
        if (BIN / "poisectl").exists():
            for verb in (["session", "start"], ["mark", "guarded"], ["speed", "1.5"], ["record", "stop"],
                         ["record", "start"]):
                done = run("poisectl", "--runtime-dir", self.rig.runtime, *verb)
                self.assertEqual(done.returncode, 0, done.stderr)
        messages += subscribe(self.rig.endpoint, LISTEN_S / 2)
        self.assertIsNone(poised.popen.poll(), poised.log)
        self.assertEqual(poised.stop(), 0, poised.log)
        self.assertNotIn("alloc_guard", poised.log)
        self.assertGreater(len(list((self.rig.folder / "rec").iterdir())), 5)
        # It was the whole work: standing and walking, every kind of value, a rate of breathing among them.
        lines = read_lines(self.emitted)
        self.assertGreater(len(messages), 70 * LISTEN_S / 2)
        self.assertEqual({line["activity"] for line in lines if line["stream"] == "cadence"} & {"still", "walk"},
                         {"still", "walk"})
        self.assertTrue(any(line["rate_bpm"] for line in lines if line["stream"] == "breathing"))
        self.assertTrue(any(line["calibrated"] for line in lines if line["stream"] == "posture"))

    def test_the_guard_is_alive_in_the_daemon(self):
        """The publisher's thread makes JSON and may allocate: guarded, it must be caught."""
        poised = self.start("publisher")
        found = poised.wait_for(r"alloc_guard: thread 'publisher' called \w+ after start")
        self.assertTrue(found)
        self.assertEqual(poised.popen.wait(60), -signal.SIGABRT)


def sanitized(path):
    program = path.read_bytes()
    return b"__asan_init" in program or b"__tsan_init" in program


if __name__ == "__main__":
    if sanitized(BIN / "poised"):
        print("skipped: a sanitized build has its own malloc; run this test in a release build")
        sys.exit(77)
    unittest.main(verbosity=1)
